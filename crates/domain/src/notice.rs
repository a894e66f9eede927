//! A notice: the warning, from proposal to the last message.
//!
//! ```text
//! proposed → approved ──(hold)──→ released → settled
//!     └─ declined   └─ stopped
//! ```
//!
//! The states through which a warning can still be kept back are types: only a [`Proposed`] notice can be
//! approved, only an [`Approved`] one can be stopped or released, and only a [`Released`] one has
//! recipients. The caller proves where a notice stands; nobody asks later (EXAMPLES, rule 11).

use std::time::Duration;

use crate::clock::Instant;
use crate::id::{NoticeId, OfficerId};

/// The two kinds of OSK-12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Infected people reached the base number at a venue and day; names nothing (OSK-18).
    Alert,
    /// A cluster, or the fear of one, at a venue on named days (OSK-19); names what is published (OSK-21).
    Cluster,
}

impl NoticeKind {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Cluster => "cluster",
        }
    }

    /// The kind of a stored word.
    pub fn from_stored(word: &str) -> Self {
        if word == "cluster" { Self::Cluster } else { Self::Alert }
    }
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeState {
    /// Waiting for an officer.
    Proposed,
    /// Approved; held until its release time, and can be stopped.
    Approved,
    /// Its recipients are being written to.
    Released,
    /// Every recipient was written to, or could not be.
    Settled,
    /// An officer declined it, with a reason.
    Declined,
    /// An officer stopped it during the hold or while it was being sent.
    Stopped,
}

impl NoticeState {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Released => "released",
            Self::Settled => "settled",
            Self::Declined => "declined",
            Self::Stopped => "stopped",
        }
    }

    /// The state of a stored word.
    pub fn from_stored(word: &str) -> Option<Self> {
        [Self::Proposed, Self::Approved, Self::Released, Self::Settled, Self::Declined, Self::Stopped]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// A notice that waits for an officer.
#[derive(Clone, Debug)]
pub struct Proposed {
    id: NoticeId,
    approvals: Vec<OfficerId>,
    needed: u32,
}

/// A notice that was approved by enough officers and is held until its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approved {
    id: NoticeId,
    release_at: Instant,
}

/// A notice whose hold is over: its recipients may be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    id: NoticeId,
}

/// What one officer's approval leads to.
#[derive(Clone, Debug)]
pub enum Approval {
    /// Another officer has to approve too (E11).
    NeedsAnother(Proposed),
    /// Enough have approved.
    Complete(Approved),
}

impl Proposed {
    /// A proposed notice as it was loaded: who has approved it so far, and how many must.
    pub const fn loaded(id: NoticeId, approvals: Vec<OfficerId>, needed: u32) -> Self {
        Self { id, approvals, needed }
    }

    /// Its number.
    pub const fn id(&self) -> NoticeId {
        self.id
    }

    /// One officer approves. A second approval of the same officer counts once.
    pub fn approve(mut self, by: OfficerId, now: Instant, hold: Duration) -> Approval {
        if !self.approvals.contains(&by) {
            self.approvals.push(by);
        }
        if u32::try_from(self.approvals.len()).unwrap_or(u32::MAX) < self.needed {
            return Approval::NeedsAnother(self);
        }
        Approval::Complete(Approved { id: self.id, release_at: now.plus(hold) })
    }
}

impl Approved {
    /// An approved notice as it was loaded.
    pub const fn loaded(id: NoticeId, release_at: Instant) -> Self {
        Self { id, release_at }
    }

    /// Its number.
    pub const fn id(&self) -> NoticeId {
        self.id
    }

    /// When the hold ends.
    pub const fn release_at(&self) -> Instant {
        self.release_at
    }

    /// Released once the hold is over; before that, nothing.
    pub fn release(self, now: Instant) -> Option<Released> {
        (now >= self.release_at).then_some(Released { id: self.id })
    }
}

impl Released {
    /// A released notice as it was loaded.
    pub const fn loaded(id: NoticeId) -> Self {
        Self { id }
    }

    /// Its number.
    pub const fn id(&self) -> NoticeId {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_000_000_000);
    const HOLD: Duration = Duration::from_secs(600);

    fn officer(n: u8) -> OfficerId {
        OfficerId::from_random([n; 16])
    }

    #[test]
    fn nothing_is_released_during_the_hold() {
        let proposed = Proposed::loaded(NoticeId::from_random([1; 16]), vec![], 1);
        let Approval::Complete(approved) = proposed.approve(officer(1), NOW, HOLD) else {
            panic!("one is enough")
        };
        assert_eq!(approved.release(NOW.plus(HOLD).minus(Duration::from_micros(1))), None);
        assert!(approved.release(NOW.plus(HOLD)).is_some());
    }

    #[test]
    fn two_people_are_two_people() {
        let proposed = Proposed::loaded(NoticeId::from_random([1; 16]), vec![officer(1)], 2);
        let Approval::NeedsAnother(still) = proposed.approve(officer(1), NOW, HOLD) else {
            panic!("the same officer")
        };
        assert!(matches!(still.approve(officer(2), NOW, HOLD), Approval::Complete(_)));
    }
}
