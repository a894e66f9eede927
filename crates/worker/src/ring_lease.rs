//! The key ring's one owner, where workers run on several machines.
//!
//! A lock on the ring's folder keeps two workers of one machine apart. Machines that share a database are kept
//! apart by a lease in it: its owner shows every few seconds that it lives; whoever stands by looks every second,
//! and takes the lease when it has stood still for [`STILL`] looks. No clock is asked, for two machines' clocks may
//! differ by minutes, and one may jump.
//!
//! An owner that can't show that it lives for a while ends before anybody else could begin ([`RingLease::keep`]).

use std::time::Duration;

use domain::id::LeaseId;
use seal::random::Randomness;
use store::leases::{Lease, RING};
use store::{Office, StoreError};

/// How often whoever stands by looks.
pub const LOOK: Duration = Duration::from_secs(1);

/// For how many looks a lease stands still until its owner is taken for dead.
pub const STILL: u32 = 30;

/// How often the owner shows that it lives, and how long it waits for the database to hear it.
const BEAT: Duration = Duration::from_secs(5);

/// Unheard as often as that, it ends: at most 20 seconds after it was heard last.
const UNHEARD: u32 = 2;

/// One worker's wish to own the ring.
#[derive(Clone, Debug)]
pub struct RingLease {
    office: Office,
    worker: LeaseId,
    seen: Option<Lease>,
    looks: u32,
}

impl RingLease {
    /// A wish, under a number drawn for it.
    pub fn new(office: Office, randomness: &Randomness) -> Self {
        Self { office, worker: LeaseId::from_random(randomness.bytes()), seen: None, looks: 0 }
    }

    /// The number under which it is the ring's owner.
    pub const fn number(&self) -> LeaseId {
        self.worker
    }

    /// Looks once; true if the ring is ours from here on.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn look(&mut self) -> Result<bool, StoreError> {
        let found = self.office.lease(RING).await?;
        if found == self.seen {
            self.looks += 1;
        } else {
            (self.seen, self.looks) = (found, 0);
        }
        let free = found.is_none_or(|lease| lease.owner.is_none());
        if free || self.looks >= STILL {
            return self.office.take_lease(RING, self.worker, found).await;
        }
        Ok(false)
    }

    /// Shows once that we live; `false` if the ring is another worker's by now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn beat(&self) -> Result<bool, StoreError> {
        self.office.keep_lease(RING, self.worker).await
    }

    /// Shows that we live for as long as that is heard.
    pub async fn keep(self) {
        let mut unheard = 0;
        while unheard < UNHEARD {
            tokio::time::sleep(BEAT).await;
            match tokio::time::timeout(BEAT, self.beat()).await {
                Ok(Ok(true)) => unheard = 0,
                Ok(Ok(false)) => return,
                _ => unheard += 1,
            }
        }
    }

    /// Another may begin at once.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn let_go(&self) -> Result<(), StoreError> {
        self.office.let_lease_go(RING, self.worker).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn office() -> (tempfile::TempDir, Office) {
        let folder = tempfile::tempdir().unwrap();
        let root = store::Root::new(folder.path());
        store::backend::migrate(&root).await.unwrap();
        (folder, Office::open(&root).await.unwrap())
    }

    /// While the first lives nobody else begins, however long that takes; when it stood still for long enough
    /// one of two does, and the first learns of it.
    #[tokio::test]
    async fn the_ring_passes_on_when_its_owner_stands_still() {
        let (_folder, office) = office().await;
        let new = |seed| RingLease::new(office.clone(), &Randomness::seeded(seed));
        let (first, mut second, mut third) = (&mut new(1), new(2), new(3));
        assert!(first.look().await.unwrap());
        for look in 0..3 * STILL {
            if look % 20 == 0 {
                assert!(first.beat().await.unwrap());
            }
            assert!(!second.look().await.unwrap() && !third.look().await.unwrap(), "look {look}");
        }
        assert!(first.beat().await.unwrap());
        for _ in 0..STILL {
            assert!(!second.look().await.unwrap() && !third.look().await.unwrap());
        }
        assert!(second.look().await.unwrap() && !third.look().await.unwrap(), "one of two");
        assert!(!first.beat().await.unwrap(), "it slept too long");
        first.let_go().await.unwrap();
        assert!(second.beat().await.unwrap(), "and has nothing to let go of");
    }

    /// Let go, it is taken at the next look.
    #[tokio::test]
    async fn an_owner_that_ends_well_is_followed_at_once() {
        let (_folder, office) = office().await;
        let new = |seed| RingLease::new(office.clone(), &Randomness::seeded(seed));
        let (mut first, mut second) = (new(1), new(2));
        assert!(first.look().await.unwrap() && !second.look().await.unwrap());
        first.let_go().await.unwrap();
        assert!(second.look().await.unwrap() && !first.look().await.unwrap());
        first.keep().await;
    }
}
