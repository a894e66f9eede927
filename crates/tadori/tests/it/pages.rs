//! Every public page: its headers, its size, and that it fetches nothing foreign.

use axum::http::header;

use domain::message::Named;

use crate::form::form;
use crate::world::{BASE_URL, World};

const PAGES: [&str; 13] = [
    "/",
    "/visitors",
    "/operators",
    "/faq",
    "/ask",
    "/privacy",
    "/thresholds",
    "/erasures",
    "/changes",
    "/sitemap",
    "/report",
    "/report/thanks",
    "/venues/new",
];

/// OSK-10, OSK-11, OSK-15, OSK-33, OSK-35, OSK-36, HKD-44: the pages are there, in each language; none sets a
/// cookie, is kept by a browser or proxy, may run a script, or fetches anything from elsewhere.
#[tokio::test]
async fn public_pages_fetch_nothing_and_are_not_kept() {
    let world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let thanks = world.checked_in(&venue, "a@visitor.example").await.replace("&lang=ja", "");
    let own = [format!("/v/{}", venue.code), thanks];
    let missing = ["/v/unknown".to_owned(), "/nowhere".to_owned(), "/venues/00000-00000".to_owned()];
    let all = PAGES.iter().map(|path| (*path).to_owned()).chain(own);
    let all = all.map(|path| (path, 200)).chain(missing.map(|path| (path, 404)));
    for (path, status) in all {
        for language in ["ja", "ja-easy", "en"] {
            let page = world
                .get(&format!("{path}{}lang={language}", if path.contains('?') { '&' } else { '?' }))
                .await
                .is(status);
            let policy = page.header(header::CONTENT_SECURITY_POLICY);
            assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{path}: {policy}");
            assert!(policy.contains("form-action 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
            assert!(!policy.contains("script-src"), "{path}: {policy}");
            assert_eq!(page.header(header::CACHE_CONTROL), "no-store", "{path}");
            assert_eq!(page.header(header::REFERRER_POLICY), "no-referrer", "{path}");
            assert_eq!(page.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
            assert_eq!(page.header(header::X_FRAME_OPTIONS), "DENY", "{path}");
            assert!(!page.headers.contains_key(header::SET_COOKIE), "{path}");
            assert!(!page.text().contains("<script"), "{path}");
            assert!(!page.text().contains("style=\""), "{path}: a style that the policy forbids");
            for address in page.addresses() {
                let ours = address.starts_with(BASE_URL)
                    || address.starts_with('#')
                    || address.starts_with('?')
                    || address == "data:,"
                    || address.starts_with("tel:")
                    || (address.starts_with('/') && !address.starts_with("//"));
                assert!(ours, "{path} leads to {address}");
            }
        }
    }
}

/// The style that the policy admits by its hash is the one that the page holds.
#[tokio::test]
async fn the_policy_admits_the_style() {
    use sha2::Digest as _;
    let world = World::new().await;
    for page in [world.get("/").await, world.ask_console(crate::world::Ask::get("/sign-in")).await] {
        let style = page.text().split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let hash = data_encoding::BASE64.encode(&sha2::Sha256::digest(style.as_bytes()));
        assert!(page.header(header::CONTENT_SECURITY_POLICY).contains(&format!("'sha256-{hash}'")));
    }
}

/// The page of the scanned code is at most 15 KB with its style, in each language.
#[tokio::test]
async fn the_scanned_page_is_small() {
    let world = World::new().await;
    let venue = world.venue(&"名".repeat(60), "restaurant", 40).await;
    for language in ["ja", "ja-easy", "en"] {
        let page = world.get(&format!("/v/{}?lang={language}", venue.code)).await.is(200);
        assert!(page.bytes.len() <= 15 * 1024, "{language}: {} bytes", page.bytes.len());
    }
}

/// Every link of every public page leads to a page.
#[tokio::test]
async fn no_link_leads_nowhere() {
    let world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let thanks = world.checked_in(&venue, "a@visitor.example").await;
    let mut waiting: Vec<String> =
        vec!["/".into(), format!("/v/{}", venue.code), thanks, "/v/unknown".into()];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let page = world.get(&path).await;
        let expected = match path.split('?').next() {
            Some("/v/unknown") => 404,
            Some("/venues") => 405, // where the operator's form is sent
            _ => 200,
        };
        let page = page.is(expected);
        if !page.header(header::CONTENT_TYPE).starts_with("text/html") {
            continue;
        }
        let here = path.split(['?', '#']).next().unwrap_or_default().to_owned();
        for address in page.addresses() {
            let address = address.strip_prefix(BASE_URL).unwrap_or(&address);
            let address = address.split('#').next().unwrap_or_default();
            let address =
                if address.starts_with('?') { format!("{here}{address}") } else { address.to_owned() };
            if address.starts_with('/') {
                waiting.push(address);
            }
        }
    }
    assert!(seen.len() > 25, "{seen:?}");
}

/// OSK-14, OSK-15: the table of base numbers is public, as it is in force.
#[tokio::test]
async fn the_table_is_public() {
    let world = World::new().await;
    let page = world.get("/thresholds").await.is(200).says("2020-12-01").says("カラオケボックス");
    for row in ["1000㎡未満", "1000㎡以上 10000㎡未満", "10000㎡以上", "100席以上", "201人以上"]
    {
        assert!(page.text().contains(row), "{row}");
    }
}

/// OSK-22, GEN-1: the mails that the guide shows in advance are the mails that are sent.
#[tokio::test]
async fn the_guide_shows_the_mails_as_they_arrive() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let guide = world.get("/visitors").await.is(200);
    world.check_in(&venue, "mei@visitor.example").await;
    world.settle().await;
    let confirmation = &world.mails_to("mei@visitor.example")[0];
    let alert = domain::message::alert(&world.pack.policy, &world.pack.wording, "ja", &Named::Nothing);
    let cluster = domain::message::cluster(&world.pack.policy, &world.pack.wording, "ja", &Named::Nothing);
    for (subject, body) in [
        (&confirmation.subject, &confirmation.body),
        (&alert.subject, &alert.body),
        (&cluster.subject, &cluster.body),
    ] {
        assert!(guide.text().contains(subject.as_str()), "{subject}");
        for line in body.lines().filter(|line| !line.is_empty()) {
            assert!(guide.text().contains(line), "{line}");
        }
    }
}

/// Wrong methods and addresses get a page with a way on, too.
#[tokio::test]
async fn a_wrong_address_gets_a_page() {
    let world = World::new().await;
    world.post("/faq", &form(&[])).await.is(405).says("はじめのページへ");
    world.get("/../etc/passwd").await.is(404);
    world.get("/venues").await.is(405);
    world.get("/health/live").await.is(200);
    world.get("/health/ready").await.is(200);
}
