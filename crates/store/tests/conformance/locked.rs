//! A database that somebody else holds: the writer waits a while, says no, and goes on when it is free.

use std::collections::BTreeMap;

use domain::clock::Clock;
use sqlx::Executor as _;
use store::check_ins::CheckInQueue;

use crate::samples::{NOW, check_in, day, put_together, store_all};
use crate::stores::{Raw, Stores};

/// A day that stays locked longer than the engine waits: each visitor is told, nothing is stored, also
/// not later; afterwards the same queue works, and other days have lost nothing (503, DESIGN section 6).
///
/// The only test that takes as long as the engine's patience (two tries of five seconds).
#[tokio::test]
async fn a_locked_day_refuses_and_recovers() {
    let stores = Stores::with_days([day(0), day(1)]).await;
    let (queue, writer) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    queue.put(check_in(day(0), 1, 1)).await.unwrap();

    let mut other = stores.raw(Raw::Day(day(0))).await;
    other.execute("begin immediate").await.unwrap();
    let rows = [(day(0), 2), (day(1), 3), (day(0), 4)].map(|(day, form)| check_in(day, 1, form));
    let answers = put_together(&queue, rows.clone()).await;
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), 1, "readers are not held up");
    other.execute("rollback").await.unwrap();
    assert_eq!(
        stores.intake.count_check_ins(day(0)).await.unwrap(),
        1,
        "what was refused doesn't come later"
    );

    queue.put(rows[0].clone()).await.unwrap();
    drop(queue);
    writer.await.unwrap();
    let held: BTreeMap<_, _> = stores
        .intake
        .check_ins(day(0), None)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.place.nonce, row.sealed.clone()))
        .collect();
    assert_eq!(held.len(), 2);
    assert!(held.contains_key(&rows[0].place.nonce) && !held.contains_key(&rows[2].place.nonce));
}

/// While somebody reads an old state, the journal can't be written back whole; that is said, because an
/// erasure relies on it (DESIGN section 1: erasure is provable).
#[tokio::test]
async fn a_journal_that_cannot_be_written_back_is_said() {
    let stores = Stores::new().await;
    let mut reader = stores.raw(Raw::Office).await;
    reader.execute("begin").await.unwrap();
    reader.execute("select count(*) from setting").await.unwrap();
    stores.office.set("last_seen", "1").await.unwrap();
    stores.office.checkpoint().await.unwrap_err();
    reader.execute("rollback").await.unwrap();
    stores.office.checkpoint().await.unwrap();
    stores.intake.checkpoint().await.unwrap();
}

/// A day is erased though a reader still holds it.
#[tokio::test]
async fn a_reader_keeps_no_day_from_being_erased() {
    let stores = Stores::with_days([day(2)]).await;
    store_all(&stores.intake, (0..7).map(|form| check_in(day(2), 1, form))).await;
    let mut reader = stores.raw(Raw::Day(day(2))).await;
    reader.execute("begin; select count(*) from check_in").await.unwrap();
    assert_eq!(stores.intake.erase_day_file(day(2)).await.unwrap(), 7);
    assert!(stores.intake.day_file_is_gone(day(2)).await.unwrap() && stores.files_of_day(day(2)).is_empty());
}
