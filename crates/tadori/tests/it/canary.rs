//! The canary: a real notice to a mailbox of our own, every hour, of which nothing stays but the ledger's entries.

use deliver::inbox::Failure;
use domain::id::MessageId;
use worker::canary::{Canary, has_arrived};

use crate::world::{HOUR, MINUTE, World};

const MAILBOX: &str = "canary@ours.example";

/// Every table in which a flight could leave something.
async fn nothing_stays(world: &World) {
    for table in [
        "notice",
        "notice_day",
        "notice_case",
        "notice_approval",
        "outbox",
        "case_record",
        "interview_visit",
        "case_visit",
        "finding",
        "venue",
    ] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
    assert_eq!(world.check_ins_today().await, 0);
    assert_eq!(world.intake.count_arrivals(world.today()).await.unwrap(), 0);
}

#[tokio::test]
async fn every_hour_a_notice_arrives_and_nothing_stays() {
    let mut world = World::new().await;
    world.let_canary_fly(Canary::new(MAILBOX, None).unwrap());
    for hour in 1..=3 {
        world.settle().await;
        assert_eq!(world.mails_to(MAILBOX).len(), hour, "one an hour, and no confirmation");
        nothing_stays(&world).await;
        world.clock.advance(HOUR / 2);
        world.settle().await;
        assert_eq!(world.mails_to(MAILBOX).len(), hour);
        world.clock.advance(HOUR / 2);
    }
    let notice = world.notices_to(MAILBOX).remove(0);
    assert!(notice.subject.ends_with("大切なお知らせ"), "as visitors get it: {}", notice.subject);
    // Officers see nothing of it but that addresses were opened, and why.
    let officer = world.officer("sato").await;
    for page in ["/notices", "/cases", "/figures", "/venues"] {
        world.see(&officer, page).await.is(200).does_not_say("動作確認");
    }
    let acts = world.office.ledger(None, 100).await.unwrap();
    let acted = |act: &str| acts.iter().filter(|entry| entry.act == act).count();
    assert_eq!(acted("notice_released"), 3);
    // Osaka's table asks for one where it asks for the fewest.
    assert_eq!((acted("case_matched"), acted("notice_proposed")), (3, 3));
}

/// By service day and by time band, with a table and without, by the table's fewest cases: in every pack that ships, at noon
/// and as one day goes over into the next.
#[tokio::test]
async fn in_every_pack_its_cases_lead_to_its_notice() {
    for name in crate::packs::shipped() {
        let mut world = World::of(&name, |_| {}).await;
        world.let_canary_fly(Canary::new(MAILBOX, None).unwrap());
        for hour in 1..=18 {
            world.settle().await;
            assert_eq!(world.mails_to(MAILBOX).len(), hour, "{name}");
            nothing_stays(&world).await;
            world.clock.advance(HOUR);
        }
    }
}

/// Where the table asks for several, there are as many cases, and no fewer.
#[tokio::test]
async fn there_are_as_many_cases_as_the_table_asks_for() {
    let mut world = World::with_pack(|files| {
        let table = files.get_mut("thresholds.toml").unwrap();
        *table = (0..=4).fold(table.clone(), |text, n| text.replace(&format!("cases = {n}"), "cases = 5"));
    })
    .await;
    world.let_canary_fly(Canary::new(MAILBOX, None).unwrap());
    world.settle().await;
    assert_eq!(world.mails_to(MAILBOX).len(), 1);
    nothing_stays(&world).await;
    let acts = world.office.ledger(None, 100).await.unwrap();
    let matched: Vec<&str> =
        acts.iter().filter(|entry| entry.act == "case_matched").map(|entry| entry.detail.as_str()).collect();
    let below = "below_threshold";
    assert_eq!(matched, ["proposed", below, below, below, below], "the newest first");
}

/// A real case of the same hour has its own notice, and the canary is no part of it.
#[tokio::test]
async fn a_case_beside_the_canarys_has_its_own_notice() {
    let mut world = World::new().await;
    let cafe = world.venue("喫茶辿り", "restaurant", 40).await;
    world.check_in(&cafe, "mei@visitor.example").await;
    let officer = world.officer("sato").await;
    let today = world.today();
    world.enter(&officer, "R-1", &[(&cafe, today)]).await;
    world.let_canary_fly(Canary::new(MAILBOX, None).unwrap());
    world.settle().await;
    assert_eq!(world.mails_to(MAILBOX).len(), 1);
    let proposed = world.office.notices(domain::notice::NoticeState::Proposed).await.unwrap();
    let [notice] = proposed.as_slice() else { panic!("{proposed:?}") };
    assert_eq!((notice.created_by.as_str(), notice.others), ("worker", 1));
    assert_eq!(world.office.cases_of_notice(notice.id).await.unwrap().len(), 1);
    assert_eq!(world.count("case_record").await, 1);
}

/// Where matching no longer leads to a notice, nothing arrives, nothing stays, and the next flight is well again.
#[tokio::test]
async fn cases_that_lead_to_no_notice_leave_nothing() {
    let mut world = World::new().await;
    let broken = "create trigger broken before insert on finding begin select raise(abort, 'broken'); end";
    world.plant_row("office/office.db", broken).await;
    world.let_canary_fly(Canary::new(MAILBOX, None).unwrap());
    world.settle().await;
    assert!(world.mails_to(MAILBOX).is_empty());
    nothing_stays(&world).await;
    world.plant_row("office/office.db", "drop trigger broken").await;
    world.clock.advance(HOUR);
    world.settle().await;
    assert_eq!(world.mails_to(MAILBOX).len(), 1);
    nothing_stays(&world).await;
}

/// A mail server that is away, or refuses: the flight ends all the same, leaves nothing, and the next one begins in time.
#[tokio::test]
async fn a_flight_that_fails_leaves_nothing_and_the_next_one_begins() {
    let mut world = World::new().await;
    world.inbox.fail_for(MAILBOX, Some(Failure::Unreachable));
    world.let_canary_fly(Canary::new(MAILBOX, None).unwrap());
    for _ in 0..40 {
        world.turn().await;
        world.clock.advance(MINUTE);
    }
    assert!(world.mails_to(MAILBOX).is_empty());
    nothing_stays(&world).await;
    world.inbox.fail_for(MAILBOX, None);
    for _ in 0..40 {
        world.turn().await;
        world.clock.advance(MINUTE);
    }
    assert_eq!(world.mails_to(MAILBOX).len(), 1);
    nothing_stays(&world).await;
}

/// A worker that was killed in the middle of a flight: the next one clears it away.
#[tokio::test]
async fn what_a_killed_worker_left_in_the_air_is_cleared() {
    let mut world = World::new().await;
    world.inbox.fail_for(MAILBOX, Some(Failure::Transient));
    world.let_canary_fly(Canary::new(MAILBOX, None).unwrap());
    world.turn().await;
    assert_eq!((world.count("notice").await, world.count("case_record").await), (1, 0));
    let officer = world.officer("sato").await;
    world.see(&officer, "/cases").await.is(200).does_not_say("動作確認");
    let ring = world.stop_worker();
    world.start_worker(ring);
    world.inbox.fail_for(MAILBOX, None);
    world.let_canary_fly(Canary::new(MAILBOX, None).unwrap());
    world.settle().await;
    assert_eq!(world.mails_to(MAILBOX).len(), 1);
    nothing_stays(&world).await;
}

#[test]
fn an_arrival_is_found_by_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (MessageId::from_random([1; 16]), MessageId::from_random([2; 16]));
    assert!(!has_arrived(folder.path(), own), "no folder, no arrival");
    std::fs::create_dir(folder.path().join("new")).unwrap();
    let mail = format!("From: a@b.example\r\nMessage-ID: <{own}@tadori.example>\r\n\r\nwords\r\n");
    std::fs::write(folder.path().join("new/1.host"), mail).unwrap();
    assert!(has_arrived(folder.path(), own) && !has_arrived(folder.path(), other));
    assert!(Canary::new("nowhere", None).is_none());
}
