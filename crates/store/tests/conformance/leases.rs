//! A lease is one worker's, and passes on only from the beat that was seen.

use domain::id::LeaseId;

use crate::samples::sixteen;
use crate::stores::Stores;

const RING: &str = "ring";

fn worker(n: u64) -> LeaseId {
    LeaseId::from_random(sixteen(n))
}

/// Nobody's at first; the owner's while it beats; taken by one of two who saw it stand still; lost to the one
/// who slept.
#[tokio::test]
async fn a_lease_is_taken_from_the_beat_that_was_seen() {
    let stores = Stores::new().await;
    let office = &stores.office;
    assert_eq!(office.lease(RING).await.unwrap(), None);
    assert!(!office.keep_lease(RING, worker(1)).await.unwrap());
    assert!(office.take_lease(RING, worker(1), None).await.unwrap());
    assert!(!office.take_lease(RING, worker(2), None).await.unwrap(), "somebody was there first");
    let seen = office.lease(RING).await.unwrap();
    assert_eq!(seen.unwrap().owner, Some(worker(1)));
    assert!(office.keep_lease(RING, worker(1)).await.unwrap());
    assert!(!office.take_lease(RING, worker(2), seen).await.unwrap(), "it has beaten since");

    let seen = office.lease(RING).await.unwrap();
    assert!(office.take_lease(RING, worker(2), seen).await.unwrap());
    assert!(!office.take_lease(RING, worker(3), seen).await.unwrap(), "one of two");
    assert!(!office.keep_lease(RING, worker(1)).await.unwrap(), "it slept too long");
    office.let_lease_go(RING, worker(1)).await.unwrap();
    assert_eq!(office.lease(RING).await.unwrap().unwrap().owner, Some(worker(2)));
    office.let_lease_go(RING, worker(2)).await.unwrap();
    let free = office.lease(RING).await.unwrap();
    assert_eq!(free.unwrap().owner, None);
    assert!(!office.keep_lease(RING, worker(2)).await.unwrap());
    assert!(office.take_lease(RING, worker(3), free).await.unwrap());
    assert!(!office.keep_lease("another", worker(3)).await.unwrap());
}

/// Many want it at once: one gets it.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_gets_a_lease() {
    let stores = Stores::new().await;
    let office = &stores.office;
    let tries: Vec<_> = (0..8)
        .map(|n| {
            let office = office.clone();
            tokio::spawn(async move { office.take_lease(RING, worker(n), None).await.unwrap() })
        })
        .collect();
    let mut taken = 0;
    for one in tries {
        taken += u32::from(one.await.unwrap());
    }
    assert_eq!(taken, 1);
}
