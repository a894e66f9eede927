//! Why a job stopped. Whatever it was, the job is done again at the next turn.

use seal::error::OpenError;
use seal::key_ring::RingError;
use store::StoreError;

/// Why a job stopped.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key ring.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// A sealed record doesn't open: planted, or of another ring.
    #[error("a sealed record: {0}")]
    Open(#[from] OpenError),
    /// The mail server can't be reached; nothing was lost.
    #[error("the mail server can't be used: {0}")]
    Mail(String),
    /// LINE can't be reached, or takes nothing now; nothing was lost.
    #[error("LINE can't be used: {0}")]
    Line(String),
}

/// How long to wait after the `attempts`th failure: 1, 5, 15, 60 minutes, then an hour each time.
pub(crate) fn back_off(attempts: u32) -> std::time::Duration {
    let minutes = match attempts {
        0 | 1 => 1,
        2 => 5,
        3 => 15,
        _ => 60,
    };
    std::time::Duration::from_secs(60 * minutes)
}

/// A message that failed this often is given up: about a day.
pub(crate) const LAST_ATTEMPT: u32 = 24;
