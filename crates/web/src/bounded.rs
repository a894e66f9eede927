//! Costly work that a stranger can ask for: so many at once, so many waiting, and nobody else.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// At once. More would take the machine from visitors.
const WORKING: usize = 2;

/// How many may wait for those.
const WAITING: usize = 32;

/// Work with a queue in front of it.
pub(crate) struct Bounded {
    admitted: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

/// A place in the queue.
pub(crate) struct Place(OwnedSemaphorePermit, Arc<Semaphore>);

/// Leave to work. It goes where the work goes, which ends after who asked for it has left.
pub(crate) struct Leave(#[expect(dead_code, reason = "held until it is dropped")] [OwnedSemaphorePermit; 2]);

impl Default for Bounded {
    fn default() -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(WORKING + WAITING)),
            working: Arc::new(Semaphore::new(WORKING)),
        }
    }
}

impl Bounded {
    /// A place in the queue; `None` if it is full.
    pub fn queue(&self) -> Option<Place> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().ok()?;
        Some(Place(admitted, Arc::clone(&self.working)))
    }
}

impl Place {
    /// Waits for its turn.
    pub async fn turn(self) -> Option<Leave> {
        let working = self.1.acquire_owned().await.ok()?;
        Some(Leave([self.0, working]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_work_so_many_wait_and_nobody_else() {
        let bounded = Bounded::default();
        let mut places: Vec<_> = (0..WORKING + WAITING).map(|_| bounded.queue().unwrap()).collect();
        assert!(bounded.queue().is_none());
        let first = places.pop().unwrap().turn().await.unwrap();
        let second = places.pop().unwrap().turn().await.unwrap();
        assert_eq!(bounded.working.available_permits(), 0);
        drop(first);
        assert!(places.pop().unwrap().turn().await.is_some());
        drop(second);
        assert!(bounded.queue().is_some(), "whoever is done makes room");
    }
}
