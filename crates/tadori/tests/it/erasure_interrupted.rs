//! Erasing that a clock, a crash or a second look must not lead astray.

use domain::service_day::ServiceDay;
use sqlx::Executor as _;
use store::days::DayState;
use worker::erase_days::CLOCK_TRUSTED;

use crate::world::{DAY, HOUR, World, copy};

/// A world on the last day of the two months, with one check-in on the first day.
async fn on_the_eve() -> (World, ServiceDay) {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let day = world.today();
    world.check_in(&venue, "mei@visitor.example").await;
    world.pass_until(day.plus_months(2), 12 * HOUR).await;
    (world, day)
}

async fn acts(world: &World, act: &str) -> usize {
    world.office.ledger(None, 500).await.unwrap().iter().filter(|entry| entry.act == act).count()
}

async fn is_erased(world: &World, day: ServiceDay) {
    let stored = world.intake.day(day).await.unwrap().unwrap();
    assert_eq!(stored.state, DayState::Erased);
    assert!(world.intake.day_file_is_gone(day).await.unwrap() && world.ring().open_day(day).is_err());
    let erasures = world.intake.erasures(100).await.unwrap();
    let own: Vec<_> = erasures.iter().filter(|erasure| erasure.day == day).collect();
    assert_eq!(own.len(), 1);
    assert!(own[0].verified && own[0].erased.check_ins == 1, "{own:?}");
}

/// OSK-30: a clock that jumps erases nothing; it is said once, in the ledger; an engineer vouches, and only
/// then the day goes.
#[tokio::test]
async fn a_clock_that_jumps_erases_nothing() {
    let (mut world, day) = on_the_eve().await;
    world.clock.advance(11 * DAY);
    for _ in 0..3 {
        world.settle().await;
        world.clock.advance(HOUR);
    }
    assert_eq!(world.intake.day(day).await.unwrap().unwrap().state, DayState::Closed);
    assert!(world.ring().open_day(day).is_ok() && !world.intake.day_file_is_gone(day).await.unwrap());
    assert_eq!((acts(&world, "erasure_refused").await, acts(&world, "day_erased").await), (1, 0));
    let officer = world.officer("sato").await;
    world.see(&officer, "/ledger").await.is(200).says("消去を拒否").says("11");

    // A new worker doesn't know better.
    let ring = world.stop_worker();
    world.start_worker(ring);
    world.settle().await;
    assert!(!world.intake.day_file_is_gone(day).await.unwrap());

    world.office.set(CLOCK_TRUSTED, "yes").await.unwrap();
    world.settle().await;
    is_erased(&world, day).await;
    // Vouched for once, not for ever.
    assert!(world.office.setting(CLOCK_TRUSTED).await.unwrap().unwrap().is_empty());
    world.clock.advance(11 * DAY);
    world.settle().await;
    assert_eq!(acts(&world, "erasure_refused").await, 3);
}

/// A worker that ends in the very turn in which an engineer's word counts: the next one asks for no other, though more
/// days are due than it would erase by itself.
#[tokio::test]
async fn a_crash_loses_no_engineers_word() {
    for (table, when) in
        [("update on setting", "new.name = 'clock_trusted'"), ("insert on ledger", "new.act = 'day_erased'")]
    {
        let (mut world, day) = on_the_eve().await;
        world.clock.advance(20 * DAY);
        world.settle().await;
        world.office.set(CLOCK_TRUSTED, "yes").await.unwrap();
        let mut office = world.connect(&world.store().join("office/office.db")).await;
        let ends = format!(
            "create trigger ends before {table} when {when} begin select raise(abort, 'killed'); end"
        );
        office.execute(sqlx::AssertSqlSafe(ends)).await.unwrap();
        assert_eq!(world.turn().await.failed, 1, "{table}");
        office.execute("drop trigger ends").await.unwrap();
        sqlx::Connection::close(office).await.unwrap();
        let ring = world.stop_worker();
        world.start_worker(ring);
        world.settle().await;
        is_erased(&world, day).await;
        assert_eq!(acts(&world, "erasure_refused").await, 1, "{table}");
    }
}

/// DESIGN section 4: a crash after the key is gone and before the rows leaves noise, and the next turn ends
/// it.
#[tokio::test]
async fn a_crash_after_the_key_is_gone_is_ended() {
    let (mut world, day) = on_the_eve().await;
    world.clock.advance(DAY);
    world.intake.set_day_state(day, DayState::Expiring, world.clock.now()).await.unwrap();
    let mut ring = world.stop_worker();
    ring.destroy_days(&[day]).unwrap();
    world.start_worker(ring);
    assert!(!world.intake.day_file_is_gone(day).await.unwrap());
    world.settle().await;
    is_erased(&world, day).await;
    assert_eq!(acts(&world, "day_erased").await, 1);
    assert_eq!(world.settle().await, 0);
}

/// A crash before the key is gone, or after the file is, is ended too.
#[tokio::test]
async fn a_crash_at_the_other_lines_is_ended() {
    let (mut world, day) = on_the_eve().await;
    world.clock.advance(DAY);
    world.intake.set_day_state(day, DayState::Expiring, world.clock.now()).await.unwrap();
    world.settle().await;
    is_erased(&world, day).await;

    let (mut world, day) = on_the_eve().await;
    world.clock.advance(DAY);
    world.intake.set_day_state(day, DayState::Expiring, world.clock.now()).await.unwrap();
    let mut ring = world.stop_worker();
    ring.destroy_days(&[day]).unwrap();
    world.office.erase_day(day).await.unwrap();
    assert_eq!(world.intake.erase_day_file(day).await.unwrap(), 1);
    world.start_worker(ring);
    world.settle().await;
    is_erased(&world, day).await;
}

/// What was begun is ended even by a worker whose clock isn't believed: the key may be gone already.
#[tokio::test]
async fn what_was_begun_is_ended_whatever_the_clock_says() {
    let (mut world, day) = on_the_eve().await;
    world.clock.advance(11 * DAY);
    world.intake.set_day_state(day, DayState::Expiring, world.clock.now()).await.unwrap();
    let mut ring = world.stop_worker();
    ring.destroy_days(&[day]).unwrap();
    world.start_worker(ring);
    world.settle().await;
    is_erased(&world, day).await;
    let next = day.plus_days(1);
    assert!(!world.intake.day_file_is_gone(next).await.unwrap(), "and nothing else is");
    assert_eq!(acts(&world, "erasure_refused").await, 1);
}

/// OSK-30: a day that someone marked as erased in the database keeps its key no longer than any other, and a
/// clock that jumped erases it no earlier. It is published with what it really held.
#[tokio::test]
async fn a_day_marked_as_erased_by_hand_is_erased_all_the_same() {
    let (mut world, day) = on_the_eve().await;
    world.intake.set_day_state(day, DayState::Erased, world.clock.now()).await.unwrap();
    world.settle().await;
    assert!(world.ring().open_day(day).is_ok(), "its two months aren't over");
    let mut jumped = on_the_eve().await.0;
    jumped.intake.set_day_state(day, DayState::Erased, jumped.clock.now()).await.unwrap();
    jumped.clock.advance(11 * DAY);
    jumped.settle().await;
    assert!(jumped.ring().open_day(day).is_ok() && !jumped.intake.day_file_is_gone(day).await.unwrap());

    world.clock.advance(DAY);
    world.settle().await;
    is_erased(&world, day).await;
    let entries = world.office.ledger(None, 500).await.unwrap();
    let own = entries.iter().find(|entry| entry.act == "day_erased" && entry.subject == day.to_string());
    assert!(own.unwrap().detail.contains("鍵が残っていた"));
    assert_eq!(world.settle().await, 0, "and it is over");
}

/// OSK-30: an older copy of the key ring brings back keys of days that were erased since. They are destroyed
/// again, and the public record keeps the numbers and the moment of the first erasure.
#[tokio::test]
async fn a_key_ring_put_back_brings_no_day_back() {
    let (mut world, day) = on_the_eve().await;
    let (ring, older) = (world.folder.path().join("ring"), world.folder.path().join("older"));
    copy(&ring, &older);
    world.clock.advance(DAY);
    world.settle().await;
    is_erased(&world, day).await;
    let first = world.intake.erasures(100).await.unwrap()[0].erased_at;

    drop(world.stop_worker());
    std::fs::remove_dir_all(&ring).unwrap();
    copy(&older, &ring);
    world.clock.advance(HOUR);
    let restored = world.stop_worker();
    assert!(restored.open_day(day).is_ok(), "the copy has the key");
    world.start_worker(restored);
    world.settle().await;
    is_erased(&world, day).await;
    assert_eq!(world.intake.erasures(100).await.unwrap()[0].erased_at, first);
    assert_eq!(acts(&world, "day_erased").await, 2, "each time is recorded");
    assert_eq!(world.settle().await, 0);
}

/// A second worker beside the owner of the ring makes nothing, erases nothing, and fails at nothing.
#[tokio::test]
async fn a_second_worker_only_reads() {
    let (mut world, day) = on_the_eve().await;
    let first = world.stop_worker();
    let second = world.stop_worker();
    assert!(!first.is_read_only() && second.is_read_only());
    world.start_worker(second);
    world.clock.advance(2 * DAY);
    world.settle().await;
    assert!(!world.intake.day_file_is_gone(day).await.unwrap());
    // The owner ends: the second one takes over at its next turn.
    drop(first);
    world.settle().await;
    is_erased(&world, day).await;
}
