//! The leaflet and the flyer, made from the policy; and templates that a pack brings for what is printed.

use std::path::Path;
use std::process::{Command, Output};

use axum::http::header;

use crate::certificate::{scanned_page, words};
use crate::operator::registration;
use crate::world::{BASE_URL, World};

/// OSK-37, HKD-18, HKD-37, KYF-3, GEN-2: linked from the pages, in Japanese with easy Japanese, saying what the
/// policy says, with a code that leads to the page.
#[tokio::test]
async fn leaflet_and_flyer_say_what_the_policy_says() {
    let world = World::new().await;
    world.get("/visitors").await.is(200).says("/leaflet.pdf");
    world.get("/operators").await.is(200).says("/flyer.pdf");
    let leaflet = world.get("/leaflet.pdf").await.is(200);
    assert_eq!(leaflet.header(header::CONTENT_TYPE), "application/pdf");
    let text = words(&leaflet.bytes);
    for said in [
        "大阪府",
        "登録から2か月後に消去",
        "氏名、住所、電話番号は集めません",
        "やさしい日本語",
        "感染しているとは限りません",
        "00-0000-0000",
    ] {
        assert!(text.contains(said), "{said} isn't in {text}");
    }
    assert_eq!(scanned_page(&leaflet.bytes), format!("{BASE_URL}/visitors"));
    assert_eq!(world.get("/leaflet.pdf").await.bytes, leaflet.bytes, "kept in memory");

    let flyer = world.get("/flyer.pdf").await.is(200);
    let text = words(&flyer.bytes);
    assert!(
        text.contains("掲示すると") && text.contains("登録から掲示まで") && text.contains("やさしい日本語"),
        "{text}"
    );
    assert!(!text.contains("取組書") && !text.contains("代わりに登録"), "{text}");
    assert_eq!(scanned_page(&flyer.bytes), format!("{BASE_URL}/operators"));
}

/// The sheets differ by the policy: how long, certificates (C19, KNG-8), entry by staff (C22).
#[tokio::test]
async fn the_sheets_change_with_the_policy() {
    let world = World::of("kanagawa", |files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        *policy = policy.replace("retention_months = 2", "retention_months = 1");
    })
    .await;
    assert!(words(&world.get("/leaflet.pdf").await.is(200).bytes).contains("登録から1か月後に消去"));
    let text = words(&world.get("/flyer.pdf").await.is(200).bytes);
    assert!(text.contains("感染防止対策取組書も発行") && text.contains("職員が代わりに登録"), "{text}");
}

const OWN: &str = "#let of = json(\"/values.json\")\n#set document(title: [own])\n#set text(lang: \"ja\", \
                   font: \"BIZ UDPGothic\")\n自前の紙 #of.jurisdiction\n\n#image(\"/code.svg\", width: 6cm, alt: \"code\")";

/// DESIGN section 7: a pack's own template is printed in place of the engine's.
#[tokio::test]
async fn a_packs_template_wins() {
    let world = World::of("osaka", |files| {
        for name in ["print/poster.typ", "print/leaflet.typ"] {
            files.insert(name.to_owned(), OWN.to_owned());
        }
    })
    .await;
    assert!(words(&world.get("/leaflet.pdf").await.is(200).bytes).contains("自前の紙大阪府"));
    assert!(!words(&world.get("/flyer.pdf").await.is(200).bytes).contains("自前の紙"));
    let own = world.send_registration(registration()).await.leads_to().to_owned();
    let poster = world.get(&own.replacen('?', "/poster.pdf?", 1)).await.is(200);
    assert!(words(&poster.bytes).contains("自前の紙大阪府"));
}

/// A template that reads files never gets one, and one that never ends is stopped: the visitor is told to
/// come back, and the server goes on.
#[tokio::test]
async fn a_template_that_misbehaves_harms_nobody() {
    let world = World::of("osaka", |files| {
        files.insert("print/leaflet.typ".to_owned(), "#read(\"/etc/passwd\")".to_owned());
        files.insert("print/flyer.typ".to_owned(), ENDLESS.to_owned());
    })
    .await;
    world.get("/leaflet.pdf").await.is(503).does_not_say("root:");
    world.get("/flyer.pdf").await.is(503);
    world.get("/operators").await.is(200);
}

/// Typst stops a plain endless loop by itself; this one is within its count of steps, and takes hours.
const ENDLESS: &str = "#for i in range(9000) { for j in range(9000) { let _ = calc.pow(i, 2) } }";

fn check(folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tadori")).args(["jurisdiction", "check"]).arg(folder).output().unwrap()
}

fn pack_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions/osaka");
    for name in ["jurisdiction.toml", "thresholds.toml", "faq.toml"] {
        std::fs::copy(shipped.join(name), folder.path().join(name)).unwrap();
    }
    std::fs::create_dir(folder.path().join("print")).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What is wrong with a pack's templates is said before anybody waits for a sheet: each by its file, a
/// template without end too.
#[test]
fn the_check_prints_each_template_once() {
    let good = check(pack_with(&[("print/poster.typ", OWN), ("print/flyer.typ", OWN)]).path());
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));

    let bad = check(
        pack_with(&[
            ("print/poster.typ", "= A\n#read(\"/etc/passwd\")"),
            ("print/leaflet.typ", ENDLESS),
            ("print/flyer.typ", "#import \"@preview/tablex:0.0.8\": *"),
            ("print/postre.typ", OWN),
        ])
        .path(),
    );
    let said = String::from_utf8(bad.stderr).unwrap();
    assert!(!bad.status.success());
    for words in [
        "print/poster.typ: the template, line 2, is wrong: ",
        "access denied",
        "print/leaflet.typ: the renderer ended with signal: 24",
        "print/flyer.typ: the template, line 1, is wrong: ",
        "print/postre.typ: unknown; known are poster.typ, discard.typ, certificate.typ, leaflet.typ, flyer.typ",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("root:"), "{said}");
}

/// Every pack that ships prints: each sheet, and the fullest certificate. A measure that no font draws is
/// found in whatever list it stands.
#[test]
fn every_pack_that_ships_prints() {
    for name in ["osaka", "kanagawa", "blank"] {
        let output = check(Path::new(name));
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let folder = pack_with(&[(
        "certificate.toml",
        "[[industry]]\nid = \"eating\"\nlabel = \"飲食\"\ncategories = [\"restaurant\"]\n\
         measure = [{ id = \"air\", text = \"1時間に2回、換気しています\", guideline = \"見本\", since = \"2020-05-28\" }]\n\
         [[industry]]\nid = \"singing\"\nlabel = \"歌\"\ncategories = [\"karaoke\"]\n\
         measure = [{ id = \"mic\", text = \"🎤を消毒\", guideline = \"見本\", since = \"2020-05-28\" }]\n",
    )]);
    let said = String::from_utf8(check(folder.path()).stderr).unwrap();
    assert!(said.contains("print/certificate.typ (singing): no font here draws “🎤”"), "{said}");
}
