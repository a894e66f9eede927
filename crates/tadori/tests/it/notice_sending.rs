//! Sending: a mail server in trouble loses nothing, doubles nothing, and an officer sees the figures.

use deliver::inbox::Failure;
use domain::id::LeaseId;
use domain::notice::NoticeState;

use crate::form::form;
use crate::notice::proposed;
use crate::world::{DAY, HOUR, MINUTE, World};

const EVERYONE: [&str; 3] = ["mei@visitor.example", "sora@visitor.example", "a..b@docomo.ne.jp"];

fn told(world: &World) -> Vec<usize> {
    EVERYONE.iter().map(|email| world.notices_to(email).len()).collect()
}

/// OSK-12: asked to come back later, the worker comes back; refused for good, it is counted and shown.
#[tokio::test]
async fn what_is_put_off_is_sent_and_what_is_refused_is_counted() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    world.approve(&officer, notice).await;
    world.inbox.fail_for("mei@visitor.example", Some(Failure::Transient));
    world.inbox.fail_for("sora@visitor.example", Some(Failure::Permanent));
    world.pass(10 * MINUTE).await;
    assert_eq!(told(&world), [0, 0, 1]);
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200);
    page.says("送信中").says("1通");
    let progress = world.office.progress(notice).await.unwrap();
    assert_eq!((progress.sent, progress.failed, progress.waiting), (1, 1, 1));
    world.inbox.fail_for("mei@visitor.example", None);
    world.pass(10 * MINUTE).await;
    assert_eq!(told(&world), [1, 0, 1]);
    world.pass(DAY).await;
    assert_eq!((told(&world), world.state(notice).await), (vec![1, 0, 1], NoticeState::Settled));
    let stored = world.office.notice(notice).await.unwrap().unwrap();
    assert_eq!((stored.sent, stored.failed), (2, 1));
    let officer = world.officer("suzuki").await;
    world.see(&officer, &format!("/notices/{notice}")).await.is(200).says("届かず");
    let case = world.newest_case().await;
    world.see(&officer, &format!("/cases/{case}")).await.is(200).says("2 / 3").says("届かず");
}

/// The clock was three days ahead when a message was put off. It is right since, and nobody waits for those days.
#[tokio::test]
async fn what_a_wrong_clock_put_off_is_not_waited_for() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    let wrong = world.clock.now().plus(3 * DAY);
    world.approve(&officer, notice).await;
    world.inbox.fail_for("mei@visitor.example", Some(Failure::Transient));
    world.pass(10 * MINUTE).await;
    assert_eq!(told(&world), [0, 1, 1]);

    let lease = LeaseId::from_random([9; 16]);
    let put_off = world.office.claim(lease, world.clock.now().plus(HOUR), 9).await.unwrap();
    world.office.postpone(lease, &put_off[0], wrong, "451").await.unwrap();
    world.inbox.fail_for("mei@visitor.example", None);
    world.pass(HOUR).await;
    assert_eq!(told(&world), [1, 1, 1]);
}

/// A server that can't be reached for hours loses nothing, and costs no message its attempts.
#[tokio::test]
async fn a_server_that_is_away_loses_nothing() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    world.approve(&officer, notice).await;
    world.clock.advance(10 * MINUTE);
    let mut failed = 0;
    for _ in 0..8 * 60 {
        world.inbox.fail_next(3, Failure::Unreachable);
        failed += world.turn().await.failed;
        world.clock.advance(MINUTE);
        let progress = world.office.progress(notice).await.unwrap();
        assert_eq!((progress.sent, progress.failed, progress.waiting), (0, 0, 3));
    }
    assert!(failed > 100, "{failed}");
    assert_eq!(told(&world), [0, 0, 0]);
    for _ in 0..60 {
        world.clock.advance(MINUTE);
        world.turn().await;
    }
    assert_eq!(told(&world), [1, 1, 1]);
    assert_eq!(world.office.notice(notice).await.unwrap().unwrap().failed, 0);
}

/// An officer stops what is being sent: what is out is out, and nothing more goes.
#[tokio::test]
async fn a_stop_while_sending_keeps_the_rest_back() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    world.approve(&officer, notice).await;
    world.inbox.fail_for("mei@visitor.example", Some(Failure::Transient));
    world.pass(10 * MINUTE).await;
    assert_eq!(told(&world), [0, 1, 1]);
    world.act(&officer, &format!("/notices/{notice}/stop"), form(&[])).await.leads_to();
    world.inbox.fail_for("mei@visitor.example", None);
    world.pass(2 * DAY).await;
    assert_eq!((told(&world), world.state(notice).await), (vec![0, 1, 1], NoticeState::Stopped));
    let stored = world.office.notice(notice).await.unwrap().unwrap();
    assert_eq!((stored.sent, stored.key_wrapped), (2, None));
    let officer = world.officer("suzuki").await;
    world.see(&officer, &format!("/notices/{notice}")).await.is(200).says("2通");
}

/// A worker that dies with messages half sent and a new one in its place: nobody is told twice under
/// another number, nobody is forgotten.
#[tokio::test]
async fn a_new_worker_goes_on_where_the_old_one_died() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    world.approve(&officer, notice).await;
    world.inbox.fail_for("mei@visitor.example", Some(Failure::Transient));
    world.pass(10 * MINUTE).await;
    let ring = world.stop_worker();
    world.inbox.fail_for("mei@visitor.example", None);
    world.clock.advance(HOUR);
    world.start_worker(ring);
    world.settle().await;
    assert_eq!(told(&world), [1, 1, 1]);
    world.pass(DAY).await;
    assert_eq!((told(&world), world.state(notice).await), (vec![1, 1, 1], NoticeState::Settled));
}

/// A worker that was killed with rows in its hands: the next owner of the ring sends them at its first turn,
/// without waiting for their lease to run out. A worker that only stands by takes nothing from a living one.
#[tokio::test]
async fn the_rows_of_a_killed_worker_are_sent_at_once() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    world.approve(&officer, notice).await;
    world.inbox.fail_next(3, Failure::Transient);
    world.pass(10 * MINUTE).await;
    world.clock.advance(MINUTE);
    let lease = LeaseId::from_random([7; 16]);
    assert_eq!(world.office.claim(lease, world.clock.now(), 100).await.unwrap().len(), 3);

    let owner = world.stop_worker();
    let second = world.stop_worker();
    assert!(!owner.is_read_only() && second.is_read_only());
    world.start_worker(second);
    world.settle().await;
    assert_eq!(told(&world), [0, 0, 0], "the owner lives");
    drop(owner);
    world.settle().await;
    assert_eq!(told(&world), [1, 1, 1], "at the very same moment");
}

/// Each message has a number of its own, constant over attempts: a mailbox can tell a repeat.
#[tokio::test]
async fn each_message_has_a_number_of_its_own() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    world.approve(&officer, notice).await;
    world.pass(10 * MINUTE).await;
    let mut ids: Vec<_> = world.inbox.messages().iter().map(|mail| mail.id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), all), (7, 7), "four confirmations and three notices");
}
