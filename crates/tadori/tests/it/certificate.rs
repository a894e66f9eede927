//! The certificate: measures are chosen with the registration, printed with the code, and chosen again.

use axum::http::header;
use domain::clock::Instant;
use domain::id::VenueId;

use crate::form::{Form, form, with};
use crate::operator::{registration, scanned};
use crate::page::Page;
use crate::world::{BASE_URL, DAY, World};

/// The operator's form in a pack that measures by visitors a day.
pub fn restaurant() -> Form {
    let mut fields = registration();
    fields.retain(|(name, _)| name != "seats");
    with(fields, "daily_users", "80")
}

/// Ticks.
pub fn ticked(mut fields: Form, measures: &[&str]) -> Form {
    fields.retain(|(name, _)| name != "measure" && name != "step");
    fields.push(("step".into(), "measures".into()));
    fields.extend(measures.iter().map(|measure| ("measure".to_owned(), (*measure).to_owned())));
    fields
}

/// What a browser sends of a page of measures: everything that the page carries, and the ticks.
pub fn second_page(page: &Page, measures: &[&str]) -> Form {
    let carried = page.text().split("<input type=\"hidden\" name=\"").skip(1);
    let fields: Vec<(String, String)> = carried
        .map(|tag| {
            let name = tag.split('"').next().unwrap();
            (name.to_owned(), page.field(name).unwrap())
        })
        .collect();
    ticked(fields, measures)
}

/// The words of a PDF, without spaces.
pub fn words(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sheet.pdf");
    std::fs::write(&file, pdf).unwrap();
    let output = std::process::Command::new("pdftotext").arg(&file).arg("-").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().chars().filter(|c| !c.is_whitespace()).collect()
}

/// What a camera reads from a printed page.
pub fn scanned_page(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sheet.pdf"), pdf).unwrap();
    let arguments = ["-png", "-singlefile", "-r", "150", "sheet.pdf", "page"];
    let run = std::process::Command::new("pdftoppm").args(arguments).current_dir(folder.path()).status();
    assert!(run.unwrap().success());
    scanned(&std::fs::read(folder.path().join("page.png")).unwrap())
}

/// KNG-2, KNG-3, KNG-22, KNG-26: the second page asks for the measures of the category that was chosen,
/// without script; one suffices; certificate and code come together, by page and mail.
#[tokio::test]
async fn measures_are_chosen_with_the_registration() {
    let mut world = World::of("kanagawa", |_| {}).await;
    let page = world.send_registration(restaurant()).await.is(200).says("感染防止対策を選んでください");
    let page = page.says("大皿を避け").does_not_say("マイクを1組ごとに").does_not_say("LINE");
    assert_eq!(world.count("venue").await, 0, "nothing is stored before the measures are there");

    let none = world.post("/venues", &second_page(&page, &[])).await.is(422);
    let none = none.says("1つ以上選んでください").says("エラー");
    world.post("/venues", &second_page(&none, &["mic", "castle", ""])).await.is(422);
    let last = second_page(&none, &["tables"]);
    let own = world.post("/venues", &last).await.leads_to().to_owned();
    world.post("/venues", &last).await.is(200).says("受け付けています");
    assert_eq!((world.count("venue").await, world.count("certificate").await), (1, 1));

    let page = world.get(&own).await.is(200).says("テーブルの間隔").says("2026年11月22日");
    let of = |end: &str| page.addresses().into_iter().find(|address| address.contains(end)).unwrap();
    let pdf = world.get(&of("certificate.pdf")).await.is(200);
    assert_eq!(pdf.header(header::CONTENT_TYPE), "application/pdf");
    let text = words(&pdf.bytes);
    for said in
        ["感染防止対策取組書", "神奈川県", "髙﨑𠮷辻食堂", "飲食店", "テーブルの間隔を", "2026年11月22日"]
    {
        assert!(text.contains(said), "{said} isn't in {text}");
    }
    assert!(!text.contains("New"), "nothing of a first issue is new");
    let png = world.get(&of("code.png")).await.is(200);
    assert_eq!(scanned_page(&pdf.bytes), scanned(&png.bytes), "the poster's code");

    world.settle().await;
    let mail = &world.mails_to("operator@shop.example")[0];
    let link = mail.body.lines().map(str::trim).find_map(|line| line.strip_prefix(BASE_URL)).unwrap();
    assert!(own.starts_with(link) && mail.body.contains("感染防止対策取組書も"), "{}", mail.body);
}

/// KNG-22: choosing again issues a certificate of that day, with a mark on what was added; the same choice
/// again is no new issue; and a list that has grown says so.
#[tokio::test]
async fn choosing_again_issues_anew() {
    let mut world = World::of("kanagawa", |files| {
        let lists = files.get_mut("certificate.toml").unwrap();
        *lists = lists.replacen("since = \"2020-08-01\"", "since = \"2026-11-24\"", 1);
    })
    .await;
    let page = world.send_registration(restaurant()).await.is(200).does_not_say("二酸化炭素濃度の測定器");
    let own = world.post("/venues", &second_page(&page, &["masks", "tables"])).await.leads_to().to_owned();
    let (path, key) =
        own.split_once("?").map(|(path, query)| (path, query.split('&').next().unwrap())).unwrap();
    let (sheet, measures) = (format!("{path}/certificate.pdf?{key}"), format!("{path}/measures?{key}"));

    world.pass(3 * DAY).await;
    let page = world.get(&measures).await.is(200).says("二酸化炭素濃度の測定器").says("一覧に加わりました");
    assert_eq!(page.text().matches(" checked").count(), 2, "what was chosen is ticked");
    world.post(&measures, &ticked(form(&[]), &[])).await.is(422).says("1つ以上選んでください");
    world.post(&measures, &ticked(form(&[]), &["masks", "hands", "co2"])).await.leads_to();
    let text = words(&world.get(&sheet).await.is(200).bytes);
    assert!(text.contains("2026年11月25日") && !text.contains("テーブルの間隔"), "{text}");
    assert!(text.contains("手指の消毒液を置いていますNew") && !text.contains("着用していますNew"), "{text}");
    assert_eq!(text.matches("New").count(), 3, "two measures, and what the mark means: {text}");
    world.get(&format!("{path}?{key}")).await.is(200).says("<b>New</b>").says("2026年11月22日");

    world.pass(DAY).await;
    world.post(&measures, &ticked(form(&[]), &["co2", "hands", "masks"])).await.leads_to();
    assert_eq!(world.count("certificate").await, 2);
    assert!(
        words(&world.get(&sheet).await.bytes).contains("2026年11月25日"),
        "the same choice is no new issue"
    );
    world.post(&measures, &ticked(form(&[]), &["masks"])).await.leads_to();
    let text = words(&world.get(&sheet).await.bytes);
    assert!(text.contains("2026年11月26日") && !text.contains("New"), "{text}");
}

/// C19, C20: a pack without lists knows no certificate; one may ask for more than one measure and mark
/// nothing; a category without a list registers as before.
#[tokio::test]
async fn certificates_are_the_packs() {
    let world = World::new().await;
    let own = world.send_registration(registration()).await.leads_to().to_owned();
    let page = world.get(&own).await.is(200).does_not_say("取組書");
    let poster = page.addresses().into_iter().find(|address| address.contains("poster.pdf")).unwrap();
    world.get(&poster.replace("poster.pdf", "certificate.pdf")).await.is(404);
    world.get(&poster.replace("poster.pdf", "measures")).await.is(404);

    let world = World::of("kanagawa", |files| {
        let lists = files.get_mut("certificate.toml").unwrap();
        *lists = lists.replace("min_items = 1", "min_items = 2").replace("badge = true", "badge = false");
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        let other = "[[venues.category]]\nid = \"other\"\nlabel = \"そのほか\"\ngroup = \"そのほか\"\nlevel = \"1\"\nmeasure = \"daily_users\"\n";
        *policy = policy.replacen("[[venues.category]]", &format!("{other}[[venues.category]]"), 1);
    })
    .await;
    let own = world.send_registration(with(restaurant(), "category", "other")).await.leads_to().to_owned();
    world.get(&own).await.is(200).does_not_say("取組書");
    let page = world.send_registration(restaurant()).await.is(200);
    let few = world.post("/venues", &second_page(&page, &["air"])).await.is(422).says("2つ以上");
    let own = world.post("/venues", &second_page(&few, &["air", "masks"])).await.leads_to().to_owned();
    let (path, query) = own.split_once('?').unwrap();
    let key = query.split('&').next().unwrap();
    world.post(&format!("{path}/measures?{key}"), &ticked(form(&[]), &["air", "hands"])).await.leads_to();
    let text = words(&world.get(&format!("{path}/certificate.pdf?{key}")).await.is(200).bytes);
    assert!(text.contains("消毒液") && !text.contains("New"), "{text}");
    world.get(&format!("{path}?{key}")).await.is(200).does_not_say("New");
    world.get(&format!("{path}/measures?{key}")).await.is(200).does_not_say("New");
}

/// A wrong field of the first page, seen only after the second, keeps the ticks; a wrong key sees nothing.
#[tokio::test]
async fn ticks_are_kept_and_keys_are_asked_for() {
    let world = World::of("kanagawa", |_| {}).await;
    let page = world.send_registration(restaurant()).await.is(200);
    let wrong = with(second_page(&page, &["air", "masks"]), "name", "寿司🍣");
    let first = world.post("/venues", &wrong).await.is(422).says("印刷できない文字");
    assert_eq!(first.text().matches("type=\"hidden\" name=\"measure\"").count(), 2);
    assert_eq!(world.count("certificate").await, 0);

    let own = world.post("/venues", &second_page(&page, &["air"])).await.leads_to().to_owned();
    let id = VenueId::parse(own.split(['/', '?']).nth(2).unwrap()).unwrap();
    let key = own.split("key=").nth(1).unwrap().split('&').next().unwrap();
    let last = if key.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{last}", &key[..key.len() - 1]);
    for end in ["certificate.pdf", "measures"] {
        world.get(&format!("/venues/{id}/{end}?key={mistyped}")).await.is(404);
        world.get(&format!("/venues/{id}/{end}")).await.is(404);
    }
    world
        .post(&format!("/venues/{id}/measures?key={mistyped}"), &ticked(form(&[]), &["hands"]))
        .await
        .is(404);
    let issued = world.intake.certificate(id).await.unwrap().unwrap();
    assert_eq!((issued.issue, issued.measures.len()), (1, 1));
    assert!(issued.issued_at > Instant::from_micros(0));
}

/// KNG-2, C8, STM-27: a room is certified with its venue and not apart; and a venue that waits for an officer
/// prints no certificate, for its code takes nothing yet.
#[tokio::test]
async fn a_certificate_is_a_venues_in_use() {
    let mut world = World::of("kanagawa", |files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        *policy = policy.replace("mutability = \"mutable\"", "approval = \"officer\"");
    })
    .await;
    let page = world.send_registration(restaurant()).await.is(200);
    let own = world.post("/venues", &second_page(&page, &["masks"])).await.leads_to().to_owned();
    let of = |path: &str| own.split_once("&new").unwrap().0.replacen('?', &format!("{path}?"), 1);
    let nonce = world.get(&own).await.is(200).does_not_say("certificate.pdf").nonce();
    world.get(&of("/certificate.pdf")).await.leads_to();
    world.post(&of("/rooms"), &form(&[("rooms", "2階"), ("nonce", &nonce)])).await.leads_to();

    let officer = world.officer("sato").await;
    let waiting = world.intake.pending_venues(9).await.unwrap();
    let (rooms, venues): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|venue| venue.room.is_some());
    let sheets = format!("/venues/{}/sheets", venues[0].id);
    world.see(&officer, &sheets).await.is(404);
    world.act(&officer, &format!("/venues/{}/approve", venues[0].id), form(&[])).await.leads_to();
    world.see(&officer, &sheets).await.is(200);
    world.get(&own).await.is(200).says("certificate.pdf");
    assert!(world.get(&of("/certificate.pdf")).await.is(200).bytes.starts_with(b"%PDF-"));
    world.settle().await;
    assert!(world.mails_to("operator@shop.example")[0].body.contains("感染防止対策取組書も"));

    let room = |path: &str| of(path).replacen(&venues[0].id.to_string(), &rooms[0].id.to_string(), 1);
    world.get(&room("")).await.is(200).says("2階").does_not_say("感染防止対策取組書");
    world.get(&room("/measures")).await.is(404);
    world.get(&room("/certificate.pdf")).await.is(404);
    let measures = format!("/venues/{}/measures", rooms[0].id);
    world.see(&officer, &measures).await.is(404);
    let page = world.see(&officer, &format!("/venues/{}/sheets", rooms[0].id)).await.is(200);
    page.says("2階").does_not_say("感染防止対策取組書");
}
