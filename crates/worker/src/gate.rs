//! Whether a notice may still be sent, asked right before each mail, so that an officer's *stop* works at once.
//!
//! Mails that ask at the same time share a look into the database. Each is told what was found by one that began
//! after it had asked: nothing older counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::contact::Channel;
use domain::id::NoticeId;
use store::outbox::Held;
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
    held: Arc<Mutex<Option<Held>>>,
}

impl Looks {
    pub fn new(office: &Office) -> Self {
        Self { office: office.clone(), held: Arc::default() }
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
        let found = connection.may_be_sent(notice, Channel::Email).await?;
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
        self.shared.ask(async || matches!(self.looks.may_be_sent(self.notice).await, Ok(true))).await
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
    /// The number of the last look that has ended, and what it found.
    last: Mutex<(u64, bool)>,
    found_no: AtomicBool,
}

impl SharedLook {
    async fn ask(&self, look: impl AsyncFnOnce() -> bool) -> bool {
        let before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.0 <= before {
            let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let found = look().await;
            self.found_no.store(!found, Ordering::SeqCst);
            *last = (number, found);
        }
        last.1
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
    }

    impl Looks {
        fn new() -> Arc<Self> {
            let (open, count, through) = (AtomicBool::new(true), AtomicU64::new(0), Semaphore::new(0));
            Arc::new(Self { shared: SharedLook::default(), open, count, through })
        }

        async fn ask(self: Arc<Self>) -> bool {
            let look = async || {
                self.count.fetch_add(1, Ordering::SeqCst);
                let found = self.open.load(Ordering::SeqCst);
                self.through.acquire().await.expect("open").forget();
                found
            };
            self.shared.ask(look).await
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
    async fn what_was_found_before_counts_for_nobody() {
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
