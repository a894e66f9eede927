//! Officers: a code begins one session, a session ends, a name is one person's.

use domain::clock::Instant;
use domain::id::OfficerId;
use store::StoreError;
use store::officers::Officer;

use crate::samples::{NOW, later, sixteen};
use crate::stores::Stores;

fn officer(n: u64, name: &str) -> Officer {
    Officer {
        id: OfficerId::from_random(sixteen(n)),
        name: name.into(),
        password_hash: "$argon2id$".into(),
        totp_secret: "BASE32".into(),
        totp_step: 0,
        failed: 0,
        locked_until: Instant::from_micros(0),
    }
}

async fn with_officers(names: &[&str]) -> Stores {
    let stores = Stores::new().await;
    for (n, name) in (1..).zip(names) {
        let mut tx = stores.office.begin().await.unwrap();
        tx.add_officer(&officer(n, name), NOW).await.unwrap();
        tx.commit().await.unwrap();
    }
    stores
}

async fn begin(stores: &Stores, n: u64, step: i64, token: &[u8]) -> Result<(), StoreError> {
    let mut tx = stores.office.begin().await?;
    tx.begin_session(OfficerId::from_random(sixteen(n)), step, token, NOW, later(100)).await?;
    tx.commit().await
}

/// A name is one account's; a second of that name is refused, and nothing of it is left.
#[tokio::test]
async fn a_name_is_taken_once() {
    let stores = with_officers(&["sato"]).await;
    let mut tx = stores.office.begin().await.unwrap();
    assert!(tx.add_officer(&officer(2, "sato"), NOW).await.unwrap_err().is_duplicate());
    drop(tx);
    let found = stores.office.officer("sato").await.unwrap().unwrap();
    assert_eq!((found.id, found.password_hash.as_str()), (officer(1, "").id, "$argon2id$"));
    assert!(stores.office.officer("SATO").await.unwrap().is_none());
    assert_eq!(format!("{found:?}"), "Officer(sato)", "no log shows a hash or a secret");
}

/// Many at once with one code, as a thief beside the officer: one session begins.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_begins_one_session() {
    let stores = with_officers(&["sato"]).await;
    let stores = std::sync::Arc::new(stores);
    let tries: Vec<_> = (0..8u8)
        .map(|n| {
            let stores = std::sync::Arc::clone(&stores);
            tokio::spawn(async move { begin(&stores, 1, 50, &[n; 32]).await })
        })
        .collect();
    let mut begun = 0;
    for one in tries {
        match one.await.unwrap() {
            Ok(()) => begun += 1,
            Err(error) => assert!(matches!(error, StoreError::Conflict), "{error}"),
        }
    }
    assert_eq!(begun, 1);
    assert!(matches!(begin(&stores, 1, 49, b"older").await, Err(StoreError::Conflict)));
    assert!(matches!(begin(&stores, 9, 51, b"nobody").await, Err(StoreError::Conflict)));
    begin(&stores, 1, 51, b"next").await.unwrap();
}

/// A session is good until its time and until it is ended, for its own token.
#[tokio::test]
async fn a_session_ends() {
    let stores = with_officers(&["sato", "suzuki"]).await;
    begin(&stores, 1, 1, b"first").await.unwrap();
    begin(&stores, 2, 1, b"second").await.unwrap();
    let whose = async |token: &[u8], at| {
        stores.office.officer_of_session(token, later(at)).await.unwrap().map(|officer| officer.name)
    };
    assert_eq!(whose(b"first", 99).await.as_deref(), Some("sato"));
    assert_eq!(whose(b"second", 99).await.as_deref(), Some("suzuki"));
    assert_eq!(whose(b"third", 99).await, None);
    assert_eq!(whose(b"first", 100).await, None);
    stores.office.end_session(b"first", later(5)).await.unwrap();
    assert_eq!(whose(b"first", 5).await, None);
    assert_eq!(whose(b"second", 5).await.as_deref(), Some("suzuki"));
    stores.office.end_session(b"none", later(100)).await.unwrap();
    assert_eq!(whose(b"second", 5).await, None, "what has run out goes with whoever leaves");
}

/// Wrong sign-ins are counted and lock the account with every so many; a right one begins anew.
#[tokio::test]
async fn wrong_sign_ins_are_counted_until_a_right_one() {
    let stores = with_officers(&["sato"]).await;
    for (times, until) in [(1, Instant::from_micros(0)), (2, later(12)), (3, later(12)), (4, later(14))] {
        wrong(&stores, 2, later(10 + u64::from(times))).await;
        let found = stores.office.officer("sato").await.unwrap().unwrap();
        assert_eq!((found.failed, found.locked_until), (times, until));
    }
    assert!(matches!(begin(&stores, 1, 7, b"token").await, Err(StoreError::Conflict)), "it is locked");
    let mut tx = stores.office.begin().await.unwrap();
    tx.begin_session(officer(1, "").id, 7, b"token", later(14), later(100)).await.unwrap();
    tx.commit().await.unwrap();
    let found = stores.office.officer("sato").await.unwrap().unwrap();
    assert_eq!((found.failed, found.locked_until, found.totp_step), (0, Instant::from_micros(0), 7));
}

/// Many wrong ones at once, each of which read the account before the others were wrong: all are counted,
/// and the lock holds against the right one among them.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_sign_ins_at_once_lock_too() {
    let stores = std::sync::Arc::new(with_officers(&["sato"]).await);
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let stores = std::sync::Arc::clone(&stores);
            tokio::spawn(async move { wrong(&stores, 5, later(60)).await })
        })
        .collect();
    let mut counted = Vec::new();
    for one in tries {
        counted.push(one.await.unwrap());
    }
    counted.sort_unstable();
    assert_eq!(counted, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert!(matches!(begin(&stores, 1, 50, b"right").await, Err(StoreError::Conflict)));
}

async fn wrong(stores: &Stores, tries: u32, until: Instant) -> u32 {
    let mut tx = stores.office.begin().await.unwrap();
    let counted = tx.sign_in_failed(officer(1, "").id, tries, until).await.unwrap();
    tx.commit().await.unwrap();
    counted
}
