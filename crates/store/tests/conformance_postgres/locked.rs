//! A table that somebody else holds: the writer waits a while, says no, and goes on when it is free.

use domain::clock::Clock;
use sqlx::Executor as _;
use store::StoreError;
use store::check_ins::CheckInQueue;

use crate::samples::{NOW, check_in, day, put_together};
use crate::stores::{Raw, Stores, suffix};

/// A day that stays locked longer than the writer waits: each visitor is told, nothing is stored, also not
/// later; afterwards the same queue works, and other days have lost nothing (503, DESIGN section 6).
#[tokio::test]
async fn a_locked_day_refuses_and_recovers() {
    let stores = Stores::with_days([day(0), day(1)]).await;
    let (queue, writer) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    queue.put(check_in(day(0), 1, 1)).await.unwrap();

    let mut other = stores.raw(Raw::Intake).await;
    let lock = format!("begin; lock table arrival{} in exclusive mode", suffix(day(0)));
    other.execute(sqlx::AssertSqlSafe(lock)).await.unwrap();
    let rows = [(day(0), 2), (day(1), 3), (day(0), 4)].map(|(day, form)| check_in(day, 1, form));
    let answers = put_together(&queue, rows.clone()).await;
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true, false]);
    assert!(matches!(answers[0], Err(StoreError::Full)));
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
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), 2);
    assert_eq!(stores.intake.count_arrivals(day(0)).await.unwrap(), 2);
}

/// The server ends a writer's connection in the middle of its work: the batch is tried once more on a new one,
/// with the same nonces, and nobody is refused and nobody doubled.
#[tokio::test]
async fn a_lost_connection_is_made_anew() {
    let stores = Stores::with_days([day(0)]).await;
    let (queue, _writer) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    for form in 0..3 {
        queue.put(check_in(day(0), 1, form)).await.unwrap();
        let all = "select pg_terminate_backend(pid) from pg_stat_activity \
             where datname = current_database() and pid <> pg_backend_pid()";
        stores.pair.administer("intake", &[all]).unwrap();
    }
    queue.put(check_in(day(0), 1, 1)).await.unwrap();
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), 3);
    assert_eq!(stores.intake.count_arrivals(day(0)).await.unwrap(), 3);
}
