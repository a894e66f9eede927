//! The ring's folder: its files, how they are written so that a crash leaves the old or the new, and how the
//! wrapping key of a past generation is destroyed.
//!
//! ```text
//! ring.age        everything, each secret wrapped under the current wrapping key; age over it all
//! kek-17          the current wrapping key, 32 bytes: the one cell that needs real deletion
//! lock            held by the one process that may change the ring
//! ```
//!
//! Files are 0600, the folder 0700. A file is written under another name, flushed, renamed, and its folder
//! flushed; nothing is ever rewritten in place, except a wrapping key on its way out.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::RingError;

const RING: &str = "ring.age";
const NEW_RING: &str = "ring.age.new";
const KEK: &str = "kek-";
const LOCK: &str = "lock";

/// A ring of some years' days has some tens of kilobytes; what is larger is no ring.
const RING_MAX: u64 = 16 * 1024 * 1024;

/// The folder that holds a ring.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn create(&self) -> Result<(), RingError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        made.map_err(|source| RingError::io(&self.0, source))?;
        sync_parent(&self.0)
    }

    pub(super) fn has_ring(&self) -> bool {
        self.0.join(RING).exists()
    }

    /// The lock, if no other process holds it; `None` also where the folder can only be read.
    pub(super) fn lock(&self) -> Result<Option<File>, RingError> {
        let path = self.0.join(LOCK);
        let file = match OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path) {
            Ok(file) => file,
            Err(error)
                if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
            {
                return Ok(None);
            }
            Err(source) => return Err(RingError::io(&path, source)),
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(RingError::io(&path, source)),
        }
    }

    pub(super) fn read_ring(&self) -> Result<Vec<u8>, RingError> {
        let path = self.0.join(RING);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(RingError::Missing(self.0.clone()));
            }
            Err(source) => return Err(RingError::io(&path, source)),
        };
        let mut bytes = Vec::new();
        file.take(RING_MAX).read_to_end(&mut bytes).map_err(|source| RingError::io(&path, source))?;
        Ok(bytes)
    }

    /// Writes the ring beside the old one, flushed.
    pub(super) fn write_new_ring(&self, encrypted: &[u8]) -> Result<(), RingError> {
        let path = self.0.join(NEW_RING);
        remove_if_there(&path)?;
        let mut file = create_new(&path)?;
        let written = file.write_all(encrypted).and_then(|()| file.sync_all());
        written.map_err(|source| RingError::io(&path, source))
    }

    /// Puts the ring that [`Self::write_new_ring`] wrote in the old one's place.
    pub(super) fn rename_new_ring(&self) -> Result<(), RingError> {
        let path = self.0.join(RING);
        std::fs::rename(self.0.join(NEW_RING), &path).map_err(|source| RingError::io(&path, source))?;
        self.sync()
    }

    /// Writes a generation's wrapping key, flushed. Never over one that is there: it might be in use.
    pub(super) fn write_kek(&self, generation: u64, kek: &[u8; 32]) -> Result<(), RingError> {
        let path = self.kek_path(generation);
        let mut file = create_new(&path)?;
        let written = file.write_all(kek).and_then(|()| file.sync_all());
        written.map_err(|source| RingError::io(&path, source))?;
        self.sync()
    }

    pub(super) fn read_kek(&self, generation: u64) -> Result<Zeroizing<[u8; 32]>, RingError> {
        let path = self.kek_path(generation);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(RingError::KekMissing(generation));
            }
            Err(source) => return Err(RingError::io(&path, source)),
        };
        let kek = bytes.as_slice().try_into().map(Zeroizing::new);
        kek.map_err(|_| RingError::Damaged("the wrapping key's file has not 32 bytes"))
    }

    /// A number that no wrapping key here has, not even one that a crash left.
    pub(super) fn next_generation(&self) -> Result<u64, RingError> {
        Ok(self.generations()?.last().map_or(1, |last| last.saturating_add(1)))
    }

    /// The generations whose wrapping keys lie here, ascending.
    fn generations(&self) -> Result<Vec<u64>, RingError> {
        let mut generations = Vec::new();
        for entry in std::fs::read_dir(&self.0).map_err(|source| RingError::io(&self.0, source))? {
            let name = entry.map_err(|source| RingError::io(&self.0, source))?.file_name();
            let number: Option<u64> = name.to_str().and_then(|name| name.strip_prefix(KEK)?.parse().ok());
            generations.extend(number);
        }
        generations.sort_unstable();
        Ok(generations)
    }

    /// Overwrites a generation's wrapping key, flushes, and unlinks it. Done again without harm.
    pub(super) fn destroy_kek(&self, generation: u64) -> Result<(), RingError> {
        let path = self.kek_path(generation);
        let overwritten = OpenOptions::new().write(true).open(&path).and_then(|mut file| {
            file.write_all(&[0; 32])?;
            file.sync_all()
        });
        match overwritten {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(RingError::io(&path, source)),
            Ok(()) => {}
        }
        remove_if_there(&path)?;
        self.sync()
    }

    /// Ends what a crash left behind: a ring that was never put in place, and every wrapping key but this.
    pub(super) fn sweep(&self, current: u64) -> Result<(), RingError> {
        remove_if_there(&self.0.join(NEW_RING))?;
        for generation in self.generations()? {
            if generation != current {
                self.destroy_kek(generation)?;
            }
        }
        Ok(())
    }

    fn kek_path(&self, generation: u64) -> PathBuf {
        self.0.join(format!("{KEK}{generation}"))
    }

    fn sync(&self) -> Result<(), RingError> {
        sync_folder(&self.0)
    }
}

/// Flushes the folder that `path` stands in, so that a power cut doesn't forget that it is there.
pub(super) fn sync_parent(path: &Path) -> Result<(), RingError> {
    match path.parent() {
        Some(parent) if parent != Path::new("") => sync_folder(parent),
        _ => sync_folder(Path::new(".")),
    }
}

fn sync_folder(path: &Path) -> Result<(), RingError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(|source| RingError::io(path, source))
}

/// A new file that only its owner reads; an error if there is one.
pub(super) fn create_new(path: &Path) -> Result<File, RingError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened.map_err(|source| RingError::io(path, source))
}

fn remove_if_there(path: &Path) -> Result<(), RingError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(RingError::io(path, error)),
        _ => Ok(()),
    }
}
