//! Notices to browsers: sealed, delivered once, retried or ended; nothing is sent inside the house.

use domain::id::NoticeId;
use domain::notice::NoticeState;
use domain::venue::Venue;

use crate::app::{APP, json};
use crate::form::{form, with};
use crate::story::Officer;
use crate::world::{DAY, MINUTE, World, files_with};

const MAIL: &str = "haruto@visitor.example";

/// Two browsers and an address checked in; a case was there; the notice is approved.
pub async fn approved() -> (World, Officer, Venue, NoticeId) {
    let mut world = World::of(APP, |_| {}).await;
    let cafe = world.venue("喫茶みなと", "restaurant", 0).await;
    for _ in 0..2 {
        let browser = world.push().subscribe(&world.randomness);
        world.app_check_in(&cafe, browser).await.is(200);
    }
    world.app_check_in(&cafe, form(&[("email", MAIL)])).await.is(200);
    let officer = world.officer("sato").await;
    world.enter(&officer, "本町-1", &[(&cafe, world.today())]).await;
    world.settle().await;
    let notice = world.proposed().await;
    world.approve(&officer, notice).await;
    (world, officer, cafe, notice)
}

async fn figures(world: &World, notice: NoticeId) -> Vec<(String, u64, u64)> {
    let progress = world.office.channel_progress(notice).await.unwrap();
    progress.into_iter().map(|one| (one.channel, one.sent, one.failed)).collect()
}

fn statuses(world: &World) -> Vec<u16> {
    world.push().asked().iter().map(|(_, _, status)| *status).collect()
}

/// KYF-2, KYF-5: each is told on the way that it checked in by, once; officers see how many on each.
#[tokio::test]
async fn a_browser_is_told_like_an_address() {
    let (mut world, officer, _, notice) = approved().await;
    assert!(world.push().arrived(0).is_empty(), "nothing before the hold is over");
    world.pass(11 * MINUTE).await;
    for browser in 0..2 {
        let told = world.push().arrived(browser);
        assert_eq!(told.len(), 1);
        let mail = &world.notices_to(MAIL)[0];
        assert_eq!(told[0]["title"].as_str(), Some(mail.subject.as_str()));
        assert_eq!(told[0]["body"].as_str(), Some(mail.body.as_str()));
        assert!(!told[0]["id"].as_str().unwrap().is_empty());
        let released = world.office.notice(notice).await.unwrap().unwrap().released_at.unwrap();
        assert_eq!(told[0]["at"].as_i64(), Some(released.as_micros() / 1000), "by our clock");
    }
    assert_eq!(figures(&world, notice).await, [("mail".to_owned(), 1, 0), ("push".to_owned(), 2, 0)]);
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200);
    page.says("アプリの通知").does_not_say("127.0.0.1");
    // A day closes when what was kept without a network can't come any more.
    world.pass(4 * DAY).await;
    assert_eq!((world.state(notice).await, statuses(&world)), (NoticeState::Settled, vec![201, 201]));
}

/// No subscription lies in any file of a running system in clear.
#[tokio::test]
async fn a_subscription_lies_sealed() {
    let (mut world, _, _, _) = approved().await;
    world.pass(11 * MINUTE).await;
    for secret in ["/push/0", "/push/1"] {
        assert!(files_with(&world.store(), secret).is_empty(), "{secret}");
    }
}

/// 404 and 410 end it at once; nobody else is kept from being told.
#[tokio::test]
async fn a_subscription_that_ended_is_given_up() {
    for gone in [404, 410] {
        let (mut world, _, _, notice) = approved().await;
        world.push().answer(&[(gone, None)]);
        world.pass(11 * MINUTE).await;
        world.pass(DAY).await;
        assert_eq!(figures(&world, notice).await, [("mail".to_owned(), 1, 0), ("push".to_owned(), 1, 1)]);
        assert_eq!(world.push().asked().len(), 2, "never asked again");
        let progress = world.office.channel_progress(notice).await.unwrap();
        assert_eq!(progress[1].blocked, 1, "counted as one who can't be reached any more");
    }
}

/// No redirection is followed, and what a service refuses for good isn't asked again; the others are told.
#[tokio::test]
async fn a_refusal_is_final_and_a_redirection_is_one() {
    for refused in [301, 307, 308, 400, 413] {
        let (mut world, _, _, notice) = approved().await;
        world.push().answer(&[(refused, None)]);
        world.pass(11 * MINUTE).await;
        world.pass(DAY).await;
        assert_eq!(figures(&world, notice).await, [("mail".to_owned(), 1, 0), ("push".to_owned(), 1, 1)]);
        assert_eq!(world.push().asked().len(), 2, "{refused}");
        assert_eq!(world.office.channel_progress(notice).await.unwrap()[1].blocked, 0, "{refused}");
    }
}

/// A signature that isn't believed is our fault: nobody is given up for it.
#[tokio::test]
async fn a_refused_signature_gives_nobody_up() {
    let (mut world, _, _, notice) = approved().await;
    world.push().answer(&[(403, None), (401, None), (403, None), (401, None)]);
    world.pass(11 * MINUTE).await;
    for _ in 0..8 {
        world.pass(10 * MINUTE).await;
    }
    assert_eq!(figures(&world, notice).await, [("mail".to_owned(), 1, 0), ("push".to_owned(), 2, 0)]);
    assert_eq!((world.push().arrived(0).len(), world.push().arrived(1).len()), (1, 1));
}

/// "Too many" is left alone for as long as it says; a service that falls over is asked again; nothing is lost and
/// nobody is told twice: a repeat has the same topic.
#[tokio::test]
async fn a_busy_service_is_asked_again() {
    let (mut world, _, _, notice) = approved().await;
    world.push().answer(&[(429, Some(600)), (500, None), (503, None)]);
    world.pass(11 * MINUTE).await;
    assert_eq!(statuses(&world).iter().filter(|status| **status == 429).count(), 1);
    for _ in 0..20 {
        world.pass(MINUTE).await;
    }
    assert_eq!(figures(&world, notice).await, [("mail".to_owned(), 1, 0), ("push".to_owned(), 2, 0)]);
    assert_eq!((world.push().arrived(0).len(), world.push().arrived(1).len()), (1, 1));
    let asked = world.push().asked();
    for browser in 0..2 {
        let mut topics: Vec<_> = asked.iter().filter(|one| one.0 == browser).map(|one| &one.1).collect();
        topics.dedup();
        assert_eq!(topics.len(), 1, "{asked:?}");
    }
}

/// Issue 4, point 4: push is stopped, mail goes on; put in use again, nobody was forgotten.
#[tokio::test]
async fn push_can_be_stopped() {
    let (mut world, officer, _, notice) = approved().await;
    let stop = form(&[("channel", "push"), ("act", "stop"), ("reason_push", "障害のため")]);
    world.see(&officer, "/channels").await.is(200).says("アプリの通知");
    world.act(&officer, "/channels", stop).await.leads_to();
    world.pass(30 * MINUTE).await;
    assert_eq!((world.push().asked().len(), world.notices_to(MAIL).len()), (0, 1));
    let go = form(&[("channel", "push"), ("act", "resume"), ("reason_push", "再開")]);
    world.act(&officer, "/channels", go).await.leads_to();
    world.pass(2 * MINUTE).await;
    assert_eq!(figures(&world, notice).await, [("mail".to_owned(), 1, 0), ("push".to_owned(), 2, 0)]);
}

/// No server-side request forgery: an endpoint on a private address, of a service that nobody named, or in disguise
/// is refused at the door, and leaves no row.
#[tokio::test]
async fn an_endpoint_inside_is_refused() {
    let world = World::of(APP, |_| {}).await;
    let cafe = world.venue("喫茶みなと", "restaurant", 0).await;
    let good = world.push().subscribe(&world.randomness);
    for inside in [
        "https://127.0.0.1/",
        "https://10.0.0.1/x",
        "http://127.0.0.1:1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://localhost/",
        "https://push.evil.example/",
        "file:///etc/passwd",
        "gopher://a/",
        "https://user@fcm.googleapis.com/",
        "HTTPS://127.0.0.1/",
    ] {
        let page = world.app_check_in(&cafe, with(good.clone(), "endpoint", inside)).await.is(422);
        assert_eq!(json(&page)["state"], "push", "{inside}");
    }
    for (field, wrong) in [("p256dh", "short"), ("auth", "!"), ("auth", "")] {
        world.app_check_in(&cafe, with(good.clone(), field, wrong)).await.is(422);
    }
    assert_eq!(world.check_ins_today().await, 0);
}

/// Somebody else's key in a subscription: it can't be sealed to, is given up, and stops nobody.
#[tokio::test]
async fn a_key_that_is_none_stops_nobody() {
    let (mut world, _, cafe, notice) = approved().await;
    let browser = world.push().subscribe(&world.randomness);
    let nowhere = with(browser, "p256dh", &format!("B{}", "A".repeat(86)));
    world.app_check_in(&cafe, nowhere).await.is(200);
    world.pass(11 * MINUTE).await;
    assert_eq!(figures(&world, notice).await, [("mail".to_owned(), 1, 0), ("push".to_owned(), 2, 1)]);
}
