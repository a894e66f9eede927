//! Every pack that ships lives the story by its own rules: check-in, case, decision, notice, erasure.

use std::path::Path;

use domain::message::{self, MailKind, Named};
use domain::notice::{NoticeKind, NoticeState};
use domain::policy::NamingAlert;
use domain::service_day::ServiceDay;

use crate::story::account_of;
use crate::world::{HOUR, MINUTE, World};

const MEI: &str = "mei@visitor.example";
const CASE: &str = "ken@visitor.example";

/// The folders of `jurisdictions/`.
pub fn shipped() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// HKD-1, HKD-20, HKD-30, GEN-1: both guides, the answers for both sides, the sample of the notice before anybody
/// gets one, and the day of the last change stand on every pack's pages.
#[tokio::test]
async fn every_pack_has_its_pages() {
    for name in shipped() {
        let world = World::of(&name, |_| {}).await;
        let policy = &world.pack.policy;
        let mut pages =
            vec!["/", "/visitors", "/operators", "/faq", "/ask", "/privacy", "/thresholds", "/erasures"];
        pages.extend(["/sitemap", "/changes"]);
        let some = [("/gallery", !world.pack.gallery.is_empty()), ("/enquiry", policy.venues.inquiry_form)];
        pages.extend(some.into_iter().filter(|(_, there)| *there).map(|(path, _)| path));
        let own = world.pack.own_pages.iter().filter(|page| !page.in_guide);
        let own: Vec<String> = own.map(|page| format!("/pages/{}", page.name)).collect();
        pages.extend(own.iter().map(String::as_str));
        for path in pages {
            let page = world.get(path).await.is(200);
            assert!(page.text().contains(&policy.jurisdiction.system_name), "{name} {path}");
        }
        let sample = message::alert(policy, &world.pack.wording, "ja", &Named::Nothing);
        let on_line = format!("【{}からの大切なお知らせ】", policy.jurisdiction.name);
        let by_mail = policy.channels.mails();
        world.get("/visitors").await.is(200).says(if by_mail { &sample.subject } else { &on_line });
        let faq = world.get("/faq").await.is(200);
        let changed = ServiceDay::parse(&policy.pages.updated_on).unwrap().in_japanese();
        let date = changed.split('（').next().unwrap();
        faq.says("利用される方から").says("施設・店舗・イベントの方から").says(date);
    }
}

/// F1, HKD-12, HKD-25, HKD-28, KYC-3, KYC-4, KYC-6, KNG-6, OSK-12, OSK-30: whoever was there is confirmed as the
/// pack says, warned once in the pack's words, and forgotten when its time is over.
#[tokio::test]
async fn every_pack_lives_the_story() {
    let packs = shipped();
    assert!(packs.len() >= 7, "{packs:?}");
    for name in packs {
        let mut world = World::of(&name, |_| {}).await;
        let category = world.pack.policy.venues.categories[0].id.clone();
        let venue = world.venue("見本食堂", &category, 40).await;
        world.visit(&venue, MEI).await;
        world.visit(&venue, CASE).await;
        world.settle().await;
        confirmed(&world, &name);
        let officer = world.officer("sato").await;
        let case = world.enter(&officer, "本町-1", &[(&venue, world.today())]).await;
        world.settle().await;
        assert_eq!(world.outcomes(case).await, ["proposed"], "{name}");
        let notice = world.proposed().await;
        world.approve(&officer, notice).await;
        world.pass(11 * MINUTE).await;
        told(&world, &name);
        let day = world.today();
        let last = world.pack.policy.data.keep().until(day);
        world.pass_until(last, 23 * HOUR).await;
        assert_eq!(world.state(notice).await, NoticeState::Settled, "{name}");
        told(&world, &name);
        assert!(world.intake.count_check_ins(day).await.unwrap() == 2, "{name}: kept to its last day");
        world.pass_until(last.plus_days(1), HOUR).await;
        assert_eq!(world.intake.count_check_ins(day).await.unwrap(), 0, "{name}: and then gone");
        world.get("/erasures").await.is(200).says(&day.in_japanese());
    }
}

/// Whoever checked in was told so once, where the pack's visitors are reached.
fn confirmed(world: &World, name: &str) {
    if world.pack.policy.channels.mails() {
        let written = usize::from(world.pack.policy.check_in.confirmation.writes());
        assert_eq!(world.mails_to(MEI).len(), written, "{name}: the confirmation");
    } else {
        assert!(world.mails_to(MEI).is_empty(), "{name}: no mail");
        let chat = world.line().chat(&account_of(MEI));
        let answers: Vec<_> = chat.iter().filter(|said| said.text().contains("登録しました")).collect();
        assert_eq!(answers.len(), 1, "{name}: {chat:?}");
    }
}

/// Whoever was there was warned once, in the pack's words, and of the place only where its alerts name it.
fn told(world: &World, name: &str) {
    let policy = &world.pack.policy;
    let named = match policy.notices.naming_alert {
        NamingAlert::VenueAndDate => Named::Place {
            venue: "見本食堂".into(),
            days: vec![ServiceDay::parse("2026-11-22").unwrap()],
        },
        _ => Named::Nothing,
    };
    let body = if policy.channels.mails() {
        let mut told = world.notices_to(MEI);
        assert_eq!(told.len(), 1, "{name}: once, and never again");
        let faults = world.faults(&told[0], MailKind::Alert, "ja", named.clone());
        assert!(faults.is_empty(), "{name}: {faults:?}");
        told.remove(0).body
    } else {
        let mut told = world.line().chat(&account_of(MEI));
        told.retain(|message| message.by != "reply");
        assert_eq!(told.len(), 1, "{name}: once, and never again");
        let text = told[0].text().to_owned();
        let lacks = message::line::lacks(policy, &world.pack.wording, "ja", NoticeKind::Alert, &text);
        assert!(lacks.is_empty(), "{name}: {lacks:?}");
        text
    };
    assert_eq!(body.contains("見本食堂"), named != Named::Nothing, "{name}: {body}");
}
