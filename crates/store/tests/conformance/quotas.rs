//! Quotas: so many tries, then a pause; one count, whoever asks.

use std::time::Duration;

use store::quotas::Quota;

use crate::samples::{NOW, later, sixteen};
use crate::stores::{Raw, Stores};

const MINUTES: u64 = 60;

fn quota(n: u64) -> Quota {
    Quota { mark: sixteen(n), most: 5, pause: Duration::from_secs(15 * MINUTES) }
}

/// Five, and a quarter of an hour from the last of them; a client beside it has its own five.
#[tokio::test]
async fn so_many_then_a_pause_from_the_last() {
    let stores = Stores::new().await;
    let (intake, of) = (&stores.intake, quota(1));
    for n in 0..5 {
        assert_eq!(intake.quota_pause(&of, later(n)).await.unwrap(), None, "{n}");
        assert!(intake.use_quota(&of, later(n * MINUTES)).await.unwrap(), "{n}");
    }
    assert!(!intake.use_quota(&of, later(4 * MINUTES)).await.unwrap());
    let pause = intake.quota_pause(&of, later(10 * MINUTES)).await.unwrap();
    assert_eq!(pause, Some(Duration::from_secs(9 * MINUTES)));
    assert!(intake.use_quota(&quota(2), later(10 * MINUTES)).await.unwrap());
    assert!(!intake.use_quota(&of, later(19 * MINUTES - 1)).await.unwrap());
    assert_eq!(intake.quota_pause(&of, later(19 * MINUTES)).await.unwrap(), None);
    for n in 0..5 {
        assert!(intake.use_quota(&of, later(19 * MINUTES)).await.unwrap(), "anew, {n}");
    }
    assert!(!intake.use_quota(&of, later(19 * MINUTES)).await.unwrap());
}

/// Four are forgotten a quarter of an hour after the first; a right one ends the count at once.
#[tokio::test]
async fn what_is_not_used_up_is_forgotten() {
    let stores = Stores::new().await;
    let (intake, of) = (&stores.intake, quota(1));
    for n in 0..4 {
        assert!(intake.use_quota(&of, later(n)).await.unwrap());
    }
    for n in 0..5 {
        assert!(intake.use_quota(&of, later(15 * MINUTES + n)).await.unwrap(), "{n}");
    }
    intake.end_quota(&of).await.unwrap();
    assert_eq!(intake.quota_pause(&of, later(16 * MINUTES)).await.unwrap(), None);
    assert!(intake.use_quota(&of, later(16 * MINUTES)).await.unwrap());
    intake.erase_quotas(later(31 * MINUTES)).await.unwrap();
    assert_eq!(stores.number(Raw::Intake, "select count(*) from quota").await, 1, "not yet over");
    intake.erase_quotas(later(31 * MINUTES + 1)).await.unwrap();
    assert_eq!(stores.number(Raw::Intake, "select count(*) from quota").await, 0);
}

/// Two nodes' clocks differ by five minutes: their tries count together, and the slower one's pause is not longer.
/// A clock that was wrong by a year locks nobody out.
#[tokio::test]
async fn clocks_that_differ() {
    let stores = Stores::new().await;
    let (intake, of) = (&stores.intake, quota(1));
    for n in 0..5 {
        let at = if n % 2 == 0 { later(5 * MINUTES) } else { NOW };
        assert!(intake.use_quota(&of, at).await.unwrap(), "{n}");
    }
    assert!(!intake.use_quota(&of, NOW).await.unwrap() && !intake.use_quota(&of, later(60)).await.unwrap());
    assert_eq!(intake.quota_pause(&of, NOW).await.unwrap(), Some(of.pause));

    let other = quota(2);
    for _ in 0..5 {
        assert!(intake.use_quota(&other, later(365 * 24 * 60 * MINUTES)).await.unwrap());
    }
    assert_eq!(intake.quota_pause(&other, NOW).await.unwrap(), None);
    assert!(intake.use_quota(&other, NOW).await.unwrap());
}

/// Twenty at once are no more than five.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_so_many_get_one() {
    let stores = Stores::new().await;
    let mut tries = Vec::new();
    for _ in 0..20 {
        let (intake, _) = stores.reopened().await;
        tries.push(tokio::spawn(async move { intake.use_quota(&quota(1), NOW).await.unwrap() }));
    }
    let mut allowed = 0;
    for one in tries {
        allowed += u32::from(one.await.unwrap());
    }
    assert_eq!(allowed, 5);
}
