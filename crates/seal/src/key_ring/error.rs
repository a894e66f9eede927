//! Why the key ring didn't do it, each case with what follows from it.

use std::io;
use std::path::{Path, PathBuf};

use domain::service_day::ServiceDay;

/// Why the ring didn't do it.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// There is no ring in this folder.
    #[error("there is no key ring in {}; `tadori keys init` makes one", .0.display())]
    Missing(PathBuf),
    /// There is one already, and it is never overwritten.
    #[error("there is a key ring in {} already; it is never overwritten", .0.display())]
    Exists(PathBuf),
    /// Another process owns the ring, or the folder can't be written: this one may only open.
    #[error("another process owns the key ring; this one may read it only")]
    ReadOnly,
    /// The day's keys were destroyed.
    #[error("the keys of {0} were destroyed")]
    Destroyed(ServiceDay),
    /// The day's keys were never made here.
    #[error("the ring has no keys of {0}")]
    Unknown(ServiceDay),
    /// The key file or passphrase is another ring's.
    #[error("this key file or passphrase doesn't open this key ring")]
    WrongKey,
    /// The key file holds no age key.
    #[error("{} holds no age key (a line AGE-SECRET-KEY-1…)", .0.display())]
    KeyFile(PathBuf),
    /// The ring is of a generation whose wrapping key is gone: an old copy, as good as destroyed.
    #[error("the wrapping key of generation {0} is gone: this ring is an old copy and opens nothing")]
    KekMissing(u64),
    /// A newer program wrote it.
    #[error("the key ring has format {0}, which this program doesn't know")]
    UnknownFormat(u32),
    /// Cut short, changed, or put together from two rings.
    #[error("the key ring is damaged: {0}")]
    Damaged(&'static str),
    /// A notice's key was wrapped by another ring, for another notice, or was changed.
    #[error("the notice's key was not wrapped by this ring for this notice")]
    NoticeKey,
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl RingError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}
