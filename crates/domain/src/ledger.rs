//! The ledger: a hash-chained record of every sensitive act.
//!
//! Each entry carries the hash of the one before, so that nobody can take one out or change it without
//! every later one showing it; the head can be printed and published. What stands in an entry is who did
//! what to which notice, venue or day, and why: never a contact.
//!
//! And never a case, neither by its reference nor by its number. A case is entered, looked for and matched
//! within seconds, and what came of it stands in the entries around: the venue that was opened, the notice,
//! whose venue and days are kept. The ledger is kept for years, the case for two months, so whatever named
//! the case here would tell by its place, years later, where that person was. While the case lives, its own
//! record says who entered it and when, and each of its visits has a finding with the reason.

use sha2::{Digest, Sha256};

use crate::clock::Instant;

/// A SHA-256 over an entry and all before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EntryHash([u8; 32]);

impl EntryHash {
    /// What the first entry stands on.
    pub const GENESIS: Self = Self([0; 32]);

    /// Its bytes, as stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From stored bytes.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl std::fmt::Display for EntryHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for EntryHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EntryHash({self})")
    }
}

/// The acts that are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own word; the page explains them in Japanese")]
pub enum Act {
    RingCreated,
    OfficerAdded,
    OfficerRemoved,
    SignedIn,
    SignInFailed,
    CodeIssued,
    CaseReported,
    CaseEntered,
    CaseWithdrawn,
    CaseMatched,
    ContactsOpened,
    NoticeProposed,
    ClusterDeclared,
    NamingConsented,
    NoticeApproved,
    NoticeDeclined,
    NoticeStopped,
    NoticeReleased,
    NoticeSettled,
    ChannelStopped,
    ChannelResumed,
    VenueRevoked,
    OperatorErased,
    VenueApproved,
    VenueDeclined,
    VenuesImported,
    VenueEntered,
    CertificateIssued,
    DayClosed,
    DayErased,
    CasesErased,
    ErasureRefused,
    ClockTrusted,
    Restored,
}

impl Act {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RingCreated => "ring_created",
            Self::OfficerAdded => "officer_added",
            Self::OfficerRemoved => "officer_removed",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::CodeIssued => "code_issued",
            Self::CaseReported => "case_reported",
            Self::CaseEntered => "case_entered",
            Self::CaseWithdrawn => "case_withdrawn",
            Self::CaseMatched => "case_matched",
            Self::ContactsOpened => "contacts_opened",
            Self::NoticeProposed => "notice_proposed",
            Self::ClusterDeclared => "cluster_declared",
            Self::NamingConsented => "naming_consented",
            Self::NoticeApproved => "notice_approved",
            Self::NoticeDeclined => "notice_declined",
            Self::NoticeStopped => "notice_stopped",
            Self::NoticeReleased => "notice_released",
            Self::NoticeSettled => "notice_settled",
            Self::ChannelStopped => "channel_stopped",
            Self::ChannelResumed => "channel_resumed",
            Self::VenueRevoked => "venue_revoked",
            Self::OperatorErased => "operator_erased",
            Self::VenueApproved => "venue_approved",
            Self::VenueDeclined => "venue_declined",
            Self::VenuesImported => "venues_imported",
            Self::VenueEntered => "venue_entered",
            Self::CertificateIssued => "certificate_issued",
            Self::DayClosed => "day_closed",
            Self::DayErased => "day_erased",
            Self::CasesErased => "cases_erased",
            Self::ErasureRefused => "erasure_refused",
            Self::ClockTrusted => "clock_trusted",
            Self::Restored => "restored",
        }
    }
}

/// What is to be recorded.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When, UTC.
    pub at: Instant,
    /// Who: an officer's name, or `worker`.
    pub actor: String,
    /// What.
    pub act: Act,
    /// To which notice, venue or day; nothing where the act is about a case.
    pub subject: String,
    /// Why, or how many: figures and reasons, never a contact.
    pub detail: String,
}

/// The hash of an entry that follows `before` as number `seq`.
///
/// Every field is written with its length before it, so that no two entries have the same bytes.
pub fn chain(
    before: EntryHash,
    seq: i64,
    at: Instant,
    actor: &str,
    act: &str,
    subject: &str,
    detail: &str,
) -> EntryHash {
    let mut hash = Sha256::new();
    hash.update(b"tadori/v1/ledger");
    hash.update(before.as_bytes());
    hash.update(seq.to_be_bytes());
    hash.update(at.as_micros().to_be_bytes());
    for field in [actor, act, subject, detail] {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field.as_bytes());
    }
    EntryHash(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_shows() {
        let at = Instant::from_micros(5);
        let first = chain(EntryHash::GENESIS, 1, at, "sato", "signed_in", "", "");
        assert_ne!(first, chain(EntryHash::GENESIS, 1, at, "sat", "osigned_in", "", ""));
        assert_ne!(first, chain(EntryHash::GENESIS, 2, at, "sato", "signed_in", "", ""));
        assert_ne!(first, chain(first, 1, at, "sato", "signed_in", "", ""));
        assert_eq!(first.to_string().len(), 64);
    }
}
