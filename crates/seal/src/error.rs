//! Why something was not sealed, or not opened.

use domain::service_day::ServiceDay;

/// Why something was not sealed. Nothing is stored then; the visitor is told to try again (503).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The public key was not signed by the ring that the configuration names: planted, or of another
    /// deployment, or the configuration's `verifying_key` is not this ring's.
    #[error("the public key is not signed by this deployment's key ring")]
    NotSigned,
    /// The key is of a suite that this program doesn't know.
    #[error("the public key is of the unknown suite {0}")]
    UnknownSuite(i64),
    /// The check-in belongs to another day than the key.
    #[error("the check-in is of {place} and the key of {key}")]
    WrongDay {
        /// The check-in's day.
        place: ServiceDay,
        /// The key's day.
        key: ServiceDay,
    },
    /// The language or the address could not be read back.
    #[error("the contact or its language can't be encoded")]
    NotEncodable,
    /// More than a sealed record may hold.
    #[error("the record is too long to be sealed")]
    TooLong,
    /// The signed key is none that can be sealed to.
    #[error("the cipher refused the public key")]
    KeyRefused,
}

/// Why something sealed was not opened. No case tells what was inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The check-in belongs to another day than the key.
    #[error("the check-in is of {place} and the key of {key}")]
    WrongDay {
        /// The check-in's day.
        place: ServiceDay,
        /// The key's day.
        key: ServiceDay,
    },
    /// Not sealed to this key, or moved from another place, or changed.
    #[error("it was not sealed to this key in this place")]
    NotOpened,
    /// Opened, but not what this program writes: planted, or of a newer version.
    #[error("it opened to something that is none of this program's records")]
    Malformed,
}
