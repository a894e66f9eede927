//! Whether a notice may still be sent, asked right before each mail, so that an officer's *stop* works at once, and a worker that
//! stood still sends nothing of what another has taken over.
//!
//! Mails that ask at the same time share a look into the database. Each is told what was found by one that began
//! after it had asked, or less than [`LOOK_COUNTS`] before, for a stop is over when so much time has passed. Only yes is
//! told so late, and only where a clock runs: by one that stands, each look is new.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use domain::clock::Clock;
use domain::contact::Channel;
use domain::id::{LeaseId, NoticeId};
use store::outbox::{Held, LOOK_COUNTS};
use store::{Office, StoreError};
use tokio::sync::Mutex;

/// What the mails of a notice ask.
pub(crate) struct Gate {
    looks: Looks,
    notice: NoticeId,
    shared: SharedLook,
}

/// The connection over which all gates look, one after another. One on which a look failed is not used again.
#[derive(Clone)]
pub(crate) struct Looks {
    office: Office,
    clock: Clock,
    sender: Option<LeaseId>,
    held: Arc<Mutex<Option<Held>>>,
}

impl Looks {
    /// By a worker that has the ring under this number, where several share it.
    pub fn new(office: &Office, clock: &Clock, sender: Option<LeaseId>) -> Self {
        Self { office: office.clone(), clock: clock.clone(), sender, held: Arc::default() }
    }

    /// Gives the connection back: nobody looks any more in this turn.
    pub async fn end(&self) {
        *self.held.lock().await = None;
    }

    async fn may_be_sent(&self, notice: NoticeId) -> Result<bool, StoreError> {
        let mut held = self.held.lock().await;
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => self.office.hold().await?,
        };
        let found = connection.may_be_sent(notice, Channel::Email, self.sender).await?;
        *held = Some(connection);
        Ok(found)
    }
}

impl Gate {
    pub fn new(looks: &Looks, notice: NoticeId) -> Self {
        Self { looks: looks.clone(), notice, shared: SharedLook::default() }
    }

    /// Whether the notice may still go by mail; no, where that can't be found out.
    pub async fn is_open(&self) -> bool {
        let look = async || matches!(self.looks.may_be_sent(self.notice).await, Ok(true));
        self.shared.ask(|| self.looks.clock.ran_for(), look).await
    }

    /// Whether it was shut when somebody looked last: then it is asked before anything is said to the mail server.
    pub fn was_shut(&self) -> bool {
        self.shared.found_no.load(Ordering::SeqCst)
    }
}

/// A look that several share who ask for it at once.
#[derive(Default)]
struct SharedLook {
    /// Looks that have begun.
    begun: AtomicU64,
    last: Mutex<Look>,
    found_no: AtomicBool,
}

/// The last look that has ended.
#[derive(Default)]
struct Look {
    number: u64,
    found: bool,
    /// When it began, by a clock that runs.
    began: Option<Duration>,
}

impl Look {
    /// Whether what it found counts for who asks now.
    fn counts(&self, now: Option<Duration>) -> bool {
        let age = now.zip(self.began).map(|(now, began)| now.saturating_sub(began));
        self.found && age.is_some_and(|age| age < LOOK_COUNTS)
    }
}

impl SharedLook {
    async fn ask(&self, now: impl Fn() -> Option<Duration>, look: impl AsyncFnOnce() -> bool) -> bool {
        let before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.number <= before && !last.counts(now()) {
            let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let began = now();
            let found = look().await;
            self.found_no.store(!found, Ordering::SeqCst);
            *last = Look { number, found, began };
        }
        last.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::Semaphore;

    /// Looks that take until they are let through; each finds what is so when it begins.
    struct Looks {
        shared: SharedLook,
        open: AtomicBool,
        count: AtomicU64,
        through: Semaphore,
        /// Milliseconds of a clock that runs when it is told.
        time: AtomicU64,
    }

    impl Looks {
        fn new() -> Arc<Self> {
            let (open, count, through) = (AtomicBool::new(true), AtomicU64::new(0), Semaphore::new(0));
            let time = AtomicU64::new(0);
            Arc::new(Self { shared: SharedLook::default(), open, count, through, time })
        }

        async fn ask(self: Arc<Self>) -> bool {
            let look = async || {
                self.count.fetch_add(1, Ordering::SeqCst);
                let found = self.open.load(Ordering::SeqCst);
                self.through.acquire().await.expect("open").forget();
                found
            };
            // Each look is new by a clock that stands; this one has not begun before it is told so.
            let time =
                || Some(self.time.load(Ordering::SeqCst)).filter(|time| *time > 0).map(Duration::from_millis);
            self.shared.ask(time, look).await
        }
    }

    async fn let_others_go_on() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn who_asks_while_another_looks_is_told_by_the_next_look() {
        let looks = Looks::new();
        let first = tokio::spawn(Looks::ask(looks.clone()));
        let_others_go_on().await;
        // Stopped while the first looks: it may be told so or not. Who asks now must be.
        looks.open.store(false, Ordering::SeqCst);
        let later: Vec<_> = (0..8).map(|_| tokio::spawn(Looks::ask(looks.clone()))).collect();
        let_others_go_on().await;
        looks.through.add_permits(9);
        assert!(first.await.unwrap());
        for one in later {
            assert!(!one.await.unwrap());
        }
        assert_eq!(looks.count.load(Ordering::SeqCst), 2, "the eight shared one");
        assert!(looks.shared.found_no.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn what_was_found_counts_as_long_as_a_stop_waits() {
        let looks = Looks::new();
        looks.through.add_permits(9);
        let most = u64::try_from(LOOK_COUNTS.as_millis()).unwrap();
        looks.time.store(1_000, Ordering::SeqCst);
        assert!(Looks::ask(looks.clone()).await);
        looks.open.store(false, Ordering::SeqCst);
        looks.time.store(1_000 + most - 1, Ordering::SeqCst);
        assert!(Looks::ask(looks.clone()).await, "the stop is not over yet");
        looks.time.store(1_000 + most, Ordering::SeqCst);
        assert!(!Looks::ask(looks.clone()).await);
        assert!(!Looks::ask(looks.clone()).await);
        assert_eq!(looks.count.load(Ordering::SeqCst), 3, "no is asked again each time");
    }

    #[tokio::test]
    async fn by_a_clock_that_stands_what_was_found_before_counts_for_nobody() {
        let looks = Looks::new();
        looks.through.add_permits(9);
        assert!(Looks::ask(looks.clone()).await);
        looks.open.store(false, Ordering::SeqCst);
        assert!(!Looks::ask(looks.clone()).await);
        looks.open.store(true, Ordering::SeqCst);
        assert!(Looks::ask(looks.clone()).await);
        assert_eq!(looks.count.load(Ordering::SeqCst), 3);
    }
}
