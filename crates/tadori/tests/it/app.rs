//! The app's door: its page without a script, its files, its check-in, and the list of venues.

use axum::http::header;
use domain::clock::Instant;
use domain::venue::Venue;
use serde_json::Value;

use crate::form::{Form, form, with};
use crate::page::Page;
use crate::story::Officer;
use crate::world::{Ask, DAY, HOUR, MINUTE, START, World, policy};

const MEI: &str = "mei@visitor.example";

/// A prefecture with an app.
pub const APP: &str = "kyoto-pref";

pub fn json(page: &Page) -> Value {
    serde_json::from_str(page.text()).unwrap()
}

impl World {
    /// What the script asks for before a check-in.
    pub async fn app_form(&self, venue: &Venue) -> Value {
        json(&self.get(&format!("/app/form?code={}", venue.code)).await.is(200))
    }

    /// The fields of a check-in as the script sends them; `at` is what the phone takes for the time of the visit.
    pub async fn app_fields(&self, venue: &Venue, contact: Form, at: Instant) -> Form {
        let nonce = self.app_form(venue).await["nonce"].as_str().unwrap().to_owned();
        let millis = (at.as_micros() / 1000).to_string();
        let mut fields = form(&[("code", &venue.code.to_string()), ("nonce", &nonce), ("visited", &millis)]);
        fields.extend(contact);
        fields
    }

    /// A check-in by the app, now.
    pub async fn app_check_in(&self, venue: &Venue, contact: Form) -> Page {
        let fields = self.app_fields(venue, contact, self.clock.now()).await;
        self.post("/app/check-in", &fields).await
    }
}

/// Whether a page has a link there.
#[track_caller]
fn leads(page: &Page, to: &str) {
    let links = page.text().replace("&#x2f;", "/");
    assert!(links.contains(&format!("href=\"{to}\"")), "no link to {to}:\n{}", page.main());
}

fn mail(address: &str) -> Form {
    form(&[("email", address)])
}

async fn cafe() -> (World, Venue) {
    let world = World::of(APP, |_| {}).await;
    let venue = world.venue("喫茶みなと", "restaurant", 0).await;
    (world, venue)
}

/// A1: the app is there where the pack has it, and nowhere else; its scripts are admitted there alone.
#[tokio::test]
async fn the_app_is_where_the_pack_has_it() {
    let without = World::new().await;
    for path in ["/app", "/app/app.js", "/app/sw.js", "/app/manifest.webmanifest", "/app/form", "/app/venues"]
    {
        let page = without.get(path).await.is(404);
        assert!(!page.header(header::CONTENT_SECURITY_POLICY).contains("script-src"), "{path}");
    }
    without.post("/app/check-in", &form(&[])).await.is(404);
    let (world, venue) = cafe().await;
    let page = world.get("/app").await.is(200);
    assert!(page.header(header::CONTENT_SECURITY_POLICY).contains("default-src 'none'"));
    assert!(page.header(header::CONTENT_SECURITY_POLICY).contains("script-src 'self'"));
    assert!(!page.text().contains("http://") && !page.text().contains("https://"), "nothing foreign");
    for part in ["app.js", "keep.js", "scan.js", "send.js", "sw.js", "qr-scanner.min.js", "icon.svg"] {
        let file = world.get(&format!("/app/{part}")).await.is(200);
        assert!(!file.header(header::CONTENT_TYPE).is_empty() && !file.bytes.is_empty());
    }
    let script = world.get("/app/sw.js").await;
    assert_eq!(script.headers.get("service-worker-allowed").unwrap(), "/app");
    world.get("/app/nothing.js").await.is(404);
    let manifest = json(&world.get("/app/manifest.webmanifest").await.is(200));
    assert_eq!(
        (manifest["start_url"].as_str(), manifest["display"].as_str()),
        (Some("/app"), Some("standalone"))
    );
    assert_eq!(manifest["name"].as_str(), Some(world.pack.policy.jurisdiction.system_name.as_str()));
    let form_page = world.get(&format!("/v/{}", venue.code)).await.is(200);
    assert!(!form_page.header(header::CONTENT_SECURITY_POLICY).contains("script-src"));
    leads(&form_page, &format!("/app?code={}", venue.code));
    form_page.says("name=\"email\"");
}

/// Whoever has no script is told what the app needs and how to check in by mail.
#[tokio::test]
async fn the_page_is_whole_without_a_script() {
    let (world, venue) = cafe().await;
    world.get("/app").await.is(200).says("アプリを使うには").says("メールで登録する");
    let page = world.get(&format!("/app?code={}", venue.code)).await.is(200);
    leads(&page, &format!("/v/{}", venue.code));
    page.says("個人情報の扱い");
    world.get("/app?lang=en").await.is(200).says("What the app needs");
    for path in ["/", "/visitors", "/sitemap"] {
        leads(&world.get(path).await.is(200), "/app");
    }
    world.get("/visitors").await.is(200).says("大切なお知らせ");
    world.get("/privacy").await.is(200).says("端末の中だけ");
    let without = World::new().await;
    for path in ["/", "/visitors", "/sitemap", "/privacy"] {
        let text = without.get(path).await.is(200).text().replace("&#x2f;", "/");
        assert!(!text.contains("\"/app\"") && !text.contains("端末の中だけ"), "{path}");
    }
    world.get("/app?code=%3Cscript%3E").await.is(200).does_not_say("<script>");
}

/// KYF-1, KYF-4, B10: checked in, said on the screen, and no mail; twice the same nonce is one row.
#[tokio::test]
async fn a_check_in_is_confirmed_on_the_screen_only() {
    let (mut world, venue) = cafe().await;
    let fields = world.app_fields(&venue, mail(MEI), world.clock.now()).await;
    for _ in 0..3 {
        let said = json(&world.post("/app/check-in", &fields).await.is(200));
        assert_eq!(
            (said["state"].as_str(), said["venue"]["name"].as_str()),
            (Some("stored"), Some("喫茶みなと"))
        );
        assert_eq!(said["now"].as_i64(), Some(START.as_micros() / 1000));
    }
    world.settle().await;
    assert_eq!((world.check_ins_today().await, world.mails_to(MEI).len()), (1, 0));
    let thanks = world.checked_in(&venue, MEI).await;
    world.get(&thanks).await.is(200).says("この画面が登録の確認です");
    // Where the pack wants none, the page says only that it is done.
    let none = World::of(APP, policy(&[("\"on_screen_only\"", "\"none\"")])).await;
    let venue = none.venue("喫茶みなと", "restaurant", 0).await;
    let thanks = none.checked_in(&venue, MEI).await;
    none.get(&thanks).await.is(200).does_not_say("この画面が登録の確認です");
}

/// What a phone kept without a network counts within the policy's days, by its own day; older and future visits are
/// refused in words that name the clock. A device clock a year off is such a one.
#[tokio::test]
async fn a_kept_visit_is_judged_by_our_clock() {
    let (world, venue) = cafe().await;
    let now = world.clock.now();
    let send = async |at: Instant| {
        let fields = world.app_fields(&venue, mail(MEI), at).await;
        world.post("/app/check-in", &fields).await
    };
    let kept = json(&send(now.minus(26 * HOUR)).await.is(200));
    assert_eq!(kept["day"].as_str(), Some("2026-11-21"));
    let yesterday = world.today().plus_days(-1);
    assert_eq!(world.intake.count_check_ins(yesterday).await.unwrap(), 1);
    for (off, words) in [(now.plus(365 * DAY), "今より後"), (now.minus(365 * DAY), "2日より前")] {
        let said = json(&send(off).await.is(422));
        assert_eq!(said["state"].as_str(), Some("refused"));
        assert!(said["message"].as_str().unwrap().contains(words), "{said}");
    }
    for wrong in ["", "x", "9223372036854775807", "-1"] {
        let fields = world.app_fields(&venue, mail(MEI), now).await;
        world.post("/app/check-in", &with(fields, "visited", wrong)).await.is(422);
    }
    let same_day = World::of(APP, |files| {
        policy(&[("app_offline_days = 2", "app_offline_days = 0")])(files);
        // An answer that promised the two days would be refused with the pack.
        let faq = files.get_mut("faq.toml").unwrap();
        *faq = faq.replace("2日を過ぎると", "その日を過ぎると");
    })
    .await;
    let venue = same_day.venue("喫茶みなと", "restaurant", 0).await;
    let fields = same_day.app_fields(&venue, mail(MEI), now.minus(26 * HOUR)).await;
    let said = json(&same_day.post("/app/check-in", &fields).await.is(422));
    assert!(said["message"].as_str().unwrap().contains("今日より前"), "{said}");
}

/// A visit that waited two days is found by a case of its day, and the person is told once.
#[tokio::test]
async fn a_visit_that_waited_is_warned_like_any_other() {
    let (mut world, venue) = cafe().await;
    let visited = world.clock.now();
    world.pass(40 * HOUR).await;
    let fields = world.app_fields(&venue, mail(MEI), visited).await;
    world.post("/app/check-in", &fields).await.is(200);
    let officer: Officer = world.officer("sato").await;
    let day = world.pack.policy.calendar.day_of(visited);
    world.enter(&officer, "本町-1", &[(&venue, day)]).await;
    world.settle().await;
    let notice = world.proposed().await;
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    assert_eq!(world.notices_to(MEI).len(), 1);
}

/// What is wrong is said in the reader's language, with what the script needs to go on.
#[tokio::test]
async fn what_is_wrong_is_said() {
    let (world, venue) = cafe().await;
    let now = world.clock.now();
    let state = async |fields: Form, status: u16| {
        let said = json(&world.post("/app/check-in", &fields).await.is(status));
        assert!(!said["message"].as_str().unwrap_or_default().is_empty(), "{said}");
        (said["state"].as_str().unwrap().to_owned(), said["suggestion"].as_str().map(str::to_owned))
    };
    let good = world.app_fields(&venue, mail(MEI), now).await;
    assert_eq!(state(with(good.clone(), "email", "mei"), 422).await.0, "address");
    let typo = state(with(good.clone(), "email", "mei@gmial.com"), 422).await;
    assert_eq!(typo, ("typo".to_owned(), Some("mei@gmail.com".to_owned())));
    let meant = with(with(good.clone(), "email", "mei@gmial.com"), "keep", "1");
    world.post("/app/check-in", &meant).await.is(200);
    assert_eq!(state(with(good.clone(), "nonce", "forged"), 422).await.0, "expired");
    assert_eq!(state(with(good.clone(), "code", "NOSUCH"), 404).await.0, "unknown");
    let other = world.venue("別の店", "restaurant", 0).await;
    assert_eq!(state(with(good.clone(), "code", &other.code.to_string()), 422).await.0, "expired");
    world.clock.advance(13 * HOUR);
    assert_eq!(state(good, 422).await.0, "expired", "a form's life is over; the script asks for another");
    assert_eq!(json(&world.get("/app/form?code=NOSUCH").await.is(404))["state"], "unknown");
    let english = world.get("/app/form?code=NOSUCH&lang=en").await.is(404);
    assert!(english.text().contains("takes no check-ins"));
}

/// One client is counted as at the form.
#[tokio::test]
async fn a_robot_is_stopped_at_the_app_too() {
    let (world, venue) = cafe().await;
    let fields = world.app_fields(&venue, form(&[("email", "nobody")]), world.clock.now()).await;
    for _ in 0..600 {
        world.ask(Ask::post("/app/check-in", &fields).from("192.0.2.7")).await;
    }
    let page = world.ask(Ask::post("/app/check-in", &fields).from("192.0.2.7")).await.is(429);
    assert_eq!(json(&page)["state"], "later");
    assert!(!page.header(header::RETRY_AFTER).is_empty());
}

/// KYF-4: found by name, where the policy lists venues; only those that take check-ins.
#[tokio::test]
async fn venues_are_found_by_name() {
    let (world, venue) = cafe().await;
    let gone = world.venue("喫茶やまと", "restaurant", 0).await;
    let officer = world.officer("sato").await;
    world.act(&officer, &format!("/venues/{}/revoke", gone.id), form(&[])).await.leads_to();
    let shut = world.intake.venue(gone.id).await.unwrap().unwrap().status;
    assert_ne!(shut, domain::venue::VenueStatus::Active);
    let found = world.get("/app/venues?q=%E5%96%AB%E8%8C%B6").await.is(200);
    leads(&found, &format!("/app?code={}", venue.code));
    found.says("喫茶みなと").does_not_say("喫茶やまと");
    world.get("/app/venues?q=%25").await.is(200).does_not_say("喫茶みなと").says("見つかりませんでした");
    world.get("/app/venues").await.is(200).does_not_say("見つかりませんでした");
    world.get("/venues/new").await.is(200).says("名前で探せる一覧");
    let unlisted = World::of(APP, policy(&[("listing = \"public\"", "listing = \"none\"")])).await;
    unlisted.get("/app/venues").await.is(404);
    unlisted.get("/app").await.is(200).does_not_say("/app/venues");
    unlisted.get("/venues/new").await.is(200).does_not_say("名前で探せる一覧");
}

/// The app's keys have no effect without it, and a pack that has them is refused.
#[test]
fn the_list_needs_the_app() {
    let read = |change: (&str, &str)| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions").join(APP);
        let mut files = domain::policy::pack::PackFiles::new();
        for name in ["jurisdiction.toml", "faq.toml"] {
            files.insert(name.to_owned(), std::fs::read_to_string(folder.join(name)).unwrap());
        }
        policy(&[change])(&mut files);
        match domain::policy::pack::Pack::parse(files) {
            Ok(_) => String::new(),
            Err(errors) => format!("{errors:?}"),
        }
    };
    assert_eq!(read(("\"app_pwa\"", "\"app_pwa\"")), "");
    let said = read(("\"app_pwa\"", "\"web_email\""));
    for key in ["venues.listing", "check_in.remember_contact", "check_in.app_offline_days"] {
        assert!(said.contains(key), "{key}: {said}");
    }
}

/// B16: the page tells the script whether the phone may keep the address.
#[tokio::test]
async fn the_phone_keeps_the_address_where_the_policy_says_so() {
    let (world, _) = cafe().await;
    world.get("/app").await.is(200).says("data-remember=\"1\"").says("この端末に保存し");
    let forgetful = [("remember_contact = \"device_token\"", "remember_contact = \"off\"")];
    let off = World::of(APP, policy(&forgetful)).await;
    off.get("/app").await.is(200).says("data-remember=\"\"").says("端末には保存しません");
}
