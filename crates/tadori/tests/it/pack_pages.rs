//! Pages that are data of the pack: the list of changes, the gallery, pages of its own, the related app, the
//! disclaimer; and that a pack without them says nothing of them.

use axum::http::header;
use domain::policy::pack::{Pack, PackFiles};

use crate::world::{World, policy};

/// HKD-1: the newest change first, and the day of the last one in the foot of every page.
#[tokio::test]
async fn what_was_changed_is_listed_and_dated_on_every_page() {
    let world = World::of("osaka", |files| {
        let changes = "[[change]]\non = \"2026-11-20\"\ntext = \"<b>加えました</b>\"\ntext_en = \"Added\"\n\
                       [[change]]\non = \"2026-10-01\"\ntext = \"公開しました\"\n";
        files.insert("changes.toml".into(), changes.into());
    })
    .await;
    let page = world.get("/changes").await.is(200).says("2026年11月20日").says("&lt;b&gt;加えました");
    let (newer, older) = (page.text().find("加えました"), page.text().find("公開しました"));
    assert!(newer < older);
    world.get("/changes?lang=en").await.is(200).says("Added").says("<dd lang=\"ja\">公開しました");
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    for path in
        ["/", "/visitors", "/operators", "/faq", "/ask", "/report", "/venues/new", "/erasures", "/nowhere"]
    {
        let page = world.get(path).await.says("最終更新日 2026年11月22日");
        assert!(page.addresses().contains(&"/changes".to_owned()), "{path}");
        assert_eq!(page.text().matches("最終更新日").count(), 1, "{path}: said once");
    }
    world.get(&format!("/v/{}", venue.code)).await.is(200).says("最終更新日");
}

/// A pack without the files has neither the pages nor a link to them.
#[tokio::test]
async fn what_a_pack_lacks_is_not_there() {
    let bare = |files: &mut PackFiles| {
        files.retain(|name, _| {
            !name.starts_with("changes") && !name.starts_with("gallery") && !name.starts_with("pages/")
        });
        policy(&[("related_app_notice = \"contact-app\"", "")])(files);
    };
    let world = World::of("hokkaido", bare).await;
    for path in
        ["/changes", "/gallery", "/gallery/karaoke.svg", "/gallery/sheet-poster", "/pages/contact-app"]
    {
        world.get(path).await.is(404);
    }
    for path in ["/", "/visitors", "/operators", "/sitemap"] {
        let page = world.get(path).await.is(200).says("最終更新日");
        assert!(!page.text().contains("COCOA"), "{path}");
        let leads = |start: &str| page.addresses().iter().any(|address| address.starts_with(start));
        assert!(!["/changes", "/gallery", "/pages/"].into_iter().any(leads), "{path}");
    }
}

/// HKD-9, COC-1, COC-2, COC-3, F11: the app is named and spelt out, who made it, how it differs, and where the
/// ministry says more; in the guide and nowhere else.
#[tokio::test]
async fn the_related_app_stands_in_the_guide() {
    let world = World::of("hokkaido", |_| {}).await;
    let guide = world.get("/visitors").await.is(200);
    for said in [
        "COCOA（COVID-19 Contact-Confirming Application）",
        "厚生労働省が作った",
        "インストールをお願いします",
        "同意にもとづき",
        "Bluetooth",
        "同じ日に同じ場所を利用したこと",
        "https://www.mhlw.go.jp/",
    ] {
        let text = guide.text().replace("&#x2f;", "/");
        assert!(text.contains(said), "{said}");
    }
    world.get("/visitors?lang=en").await.is(200).says("<section lang=\"en\">").says("<b>COCOA</b> records");
    world.get("/visitors?lang=ja-easy").await.is(200).says("<section lang=\"ja\">");
    world.get("/pages/contact-app").await.is(404);
    world.get("/sitemap").await.is(200).does_not_say("contact-app");

    // The same text without the key is a page of its own.
    let own = World::of("hokkaido", policy(&[("related_app_notice = \"contact-app\"", "")])).await;
    own.get("/visitors").await.is(200).does_not_say("COCOA");
    own.get("/pages/contact-app").await.is(200).says("COCOA");
    own.get("/sitemap").await.is(200).says("接触確認アプリ");
}

/// HKD-10: places by name, each with its picture and where the code hangs; and pictures of what there is to print.
#[tokio::test]
async fn the_gallery_shows_places_and_sheets() {
    let world = World::of("hokkaido", |_| {}).await;
    let page = world.get("/gallery").await.is(200).says("カラオケ店").says("博物館").says("食堂");
    world.get("/gallery?lang=en").await.is(200).says("Museum");
    assert!(world.get("/operators").await.is(200).addresses().contains(&"/gallery".to_owned()));
    let pictures: Vec<String> =
        page.addresses().into_iter().filter(|at| at.starts_with("/gallery/")).collect();
    assert_eq!(pictures.len(), 6, "{pictures:?}");
    for picture in pictures {
        let drawn = world.get(&picture).await.is(200);
        assert_eq!(drawn.header(header::CONTENT_TYPE), "image/svg+xml", "{picture}");
        assert!(drawn.text().starts_with("<svg") && !drawn.text().contains("<script"), "{picture}");
        assert!(drawn.bytes.len() < 1_500_000, "{picture}: {} bytes", drawn.bytes.len());
        assert!(drawn.header(header::CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"));
    }
    for none in ["/gallery/nothing.svg", "/gallery/..%2Fjurisdiction.toml", "/gallery/jurisdiction.toml"] {
        world.get(none).await.is(404);
    }
}

/// DESIGN section 7, GEN-2: a pack's own page is written from its text with everything escaped, and stands in the
/// site map; what would be markup, or a promise that isn't kept, is refused when the pack is read.
#[tokio::test]
async fn a_pack_writes_pages_of_its_own() {
    let world = World::of("osaka", |files| {
        files.insert(
            "pages/town.md".into(),
            "# 町の<皆>様へ\n\n**任意**です。[質問](/faq)\n\n1. 一\n2. 二\n".into(),
        );
    })
    .await;
    let page = world.get("/pages/town").await.is(200).says("<h1>町の&lt;皆&gt;様へ</h1>");
    let page = page.says("<b>任意</b>です。").says("<ol>").says("<li>二</li>");
    assert!(page.addresses().contains(&"/faq".to_owned()));
    world.get("/pages/town?lang=en").await.is(200).says("<article lang=\"ja\">");
    world.get("/sitemap").await.is(200).says("町の&lt;皆&gt;様へ");
    world.get("/pages/other").await.is(404);

    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions/osaka/jurisdiction.toml");
    let mut files =
        PackFiles::from([("jurisdiction.toml".to_owned(), std::fs::read_to_string(folder).unwrap())]);
    files.insert("thresholds.toml".into(), "".into());
    files.insert("pages/a.md".into(), "# 題\n\n<script>1</script>\n\n3か月後に消去します。\n".into());
    let errors: Vec<String> = Pack::parse(files).unwrap_err().iter().map(ToString::to_string).collect();
    assert!(errors.iter().any(|error| error.starts_with("pages: a.md, line 3: only")), "{errors:?}");
    assert!(errors.iter().any(|error| error.starts_with("pages: a.md: says 3か月")), "{errors:?}");
}

/// F8, OSK-32: the pack's own disclaimer, and none where it has none.
#[tokio::test]
async fn the_disclaimer_is_the_packs() {
    let world = World::new().await;
    world.get("/privacy").await.is(200).says("府の責めに帰すべき事由").says("責任の範囲");
    let none = World::with_pack(|files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        let lines = policy.lines().map(|line| match line.starts_with("disclaimer") {
            true => "disclaimer = \"\"",
            false => line,
        });
        *policy = lines.collect::<Vec<_>>().join("\n");
    })
    .await;
    none.get("/privacy").await.is(200).does_not_say("責任の範囲");
}

/// KNG-19, KNG-21, HKD-8, HKD-19, HKD-37: the way of a notice as the policy has it, the way back from every page,
/// a list of all pages, and what registering is good for.
#[tokio::test]
async fn guides_show_the_way_of_a_notice_and_every_page_its_place() {
    let world = World::new().await;
    for path in ["/visitors", "/operators"] {
        world
            .get(path)
            .await
            .is(200)
            .says("お知らせが届くまで")
            .says("基準に達したかを数え")
            .says("ご本人からの連絡");
    }
    world.get("/visitors").await.is(200).says("似た名前をかたる").says("登録は任意").says("登録すると");
    world.get("/operators").await.is(200).says("安心して利用していただけます");
    let kanagawa = World::of("kanagawa", |_| {}).await;
    let guide = kanagawa.get("/visitors").await.is(200).says("同じ時間帯に、同じ場所で");
    guide.says("職員が判断します").does_not_say("ご本人からの連絡");
    for path in ["/visitors", "/faq", "/sitemap", "/changes", "/venues/new", "/report"] {
        world.get(path).await.is(200).says("aria-current=\"page\"").says("はじめのページ");
    }
    world.get("/").await.is(200).does_not_say("aria-current=\"page\"");
    let listed = world.get("/sitemap").await.is(200).addresses();
    for path in [
        "/",
        "/visitors",
        "/operators",
        "/faq",
        "/ask",
        "/privacy",
        "/thresholds",
        "/erasures",
        "/report",
        "/venues/new",
        "/changes",
    ] {
        assert!(listed.contains(&path.to_owned()), "{path}: {listed:?}");
    }
}
