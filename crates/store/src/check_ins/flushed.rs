//! What is written to a day's file is flushed beside the writing of what came next, and only then answered.
//!
//! A flush is mostly waiting, for the disk and then for a core. While SQLite itself waits for it the next group can't
//! be written, and with all visitors in one group nobody has work. So a file's writer commits without it, and a thread
//! that does nothing else flushes the journal: once for all groups that were written meanwhile. Nobody is answered
//! before the flush that came after his commit, so what `synchronous = full` promises still holds.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Waiting;
use crate::StoreError;
use crate::backend::Journal;

/// How many groups may be written and not flushed: a disk that is slow holds the writer up.
const GROUPS: usize = 4;

/// A group that is committed and not yet flushed.
struct Written {
    journal: Arc<Journal>,
    waiting: Vec<Waiting>,
}

/// The way to the thread that flushes.
#[derive(Debug)]
pub(super) struct Flusher {
    sender: mpsc::Sender<Written>,
    thread: JoinHandle<()>,
}

impl Flusher {
    pub(super) fn start() -> Self {
        let (sender, receiver) = mpsc::channel(GROUPS);
        Self { sender, thread: tokio::task::spawn_blocking(move || flush(receiver)) }
    }

    /// Has those who wait answered once they are on the disk.
    pub(super) async fn put(&self, journal: Arc<Journal>, waiting: Vec<Waiting>) {
        if let Err(unsent) = self.sender.send(Written { journal, waiting }).await {
            answer(unsent.0.waiting, false);
        }
    }

    /// Waits until everybody is answered.
    pub(super) async fn end(self) {
        drop(self.sender);
        let _ = self.thread.await;
    }
}

fn flush(mut receiver: mpsc::Receiver<Written>) {
    while let Some(first) = receiver.blocking_recv() {
        let mut groups = vec![first];
        while let Ok(next) = receiver.try_recv() {
            groups.push(next);
        }
        while let Some(first) = groups.first() {
            let journal = Arc::clone(&first.journal);
            let flushed = journal.flush();
            if let Err(error) = &flushed {
                tracing::error!(%error, "check-ins could not be stored");
            }
            for group in groups.extract_if(.., |group| Arc::ptr_eq(&group.journal, &journal)) {
                answer(group.waiting, flushed.is_ok());
            }
        }
    }
}

fn answer(waiting: Vec<Waiting>, flushed: bool) {
    for waiting in waiting {
        waiting.answer(if flushed { Ok(()) } else { Err(StoreError::Full) });
    }
}

#[cfg(test)]
mod tests {
    use domain::check_in::{CheckInNonce, CheckInPlace};
    use domain::clock::Instant;
    use domain::id::VenueId;
    use domain::service_day::ServiceDay;
    use tokio::sync::oneshot;

    use super::super::SealedCheckIn;
    use super::*;

    type Answer = oneshot::Receiver<Result<(), StoreError>>;

    fn waiting() -> (Waiting, Answer) {
        let (answer, answered) = oneshot::channel();
        let at = Instant::from_micros(1);
        let nonce = CheckInNonce::issue(at, [0; 10]);
        let place = CheckInPlace {
            day: ServiceDay::parse("2026-11-22").expect("a day"),
            venue: VenueId::from_random([1; 8]),
            at,
            nonce,
        };
        (Waiting { row: SealedCheckIn { place, sealed: vec![] }, accepted_at: at, answer }, answered)
    }

    /// Nobody is thanked for what may not be on the disk, and others of the same turn are.
    #[tokio::test]
    async fn who_is_not_flushed_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        std::fs::write(&good, "").unwrap();
        let good = Arc::new(Journal::at(&good).unwrap());
        // What can't be flushed at all.
        let bad = Arc::new(Journal::at("/dev/null".as_ref()).unwrap());
        let flusher = Flusher::start();
        let mut answers = Vec::new();
        for (journal, stored) in [(&good, true), (&bad, false), (&good, true), (&bad, false)] {
            let (one, answered) = waiting();
            flusher.put(Arc::clone(journal), vec![one]).await;
            answers.push((answered, stored));
        }
        flusher.end().await;
        for (answered, stored) in answers {
            assert_eq!(answered.await.unwrap().is_ok(), stored);
        }
        assert!(bad.is_lost() && !good.is_lost());
    }
}
