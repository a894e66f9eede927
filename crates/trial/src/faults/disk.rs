//! Disks of a trial's own below the databases, where the system lets us have them: one so small that it can be
//! filled, and one whose power can be cut.
//!
//! The power is cut as follows. The disk is a file with a file system in it, mounted through the kernel's loop device.
//! What a program writes and doesn't flush stays in the kernel's memory and isn't in that file. So a copy of the
//! file, made at the instant after the processes were killed, is what a disk has after the power went: what was
//! flushed is there, of the rest nothing or any part. The copy is mounted in its place; the file system recovers from its own
//! journal first, then the database from its.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::faults::kind::Kind;

/// How large a disk is whose power can be cut.
const LARGE: u64 = 128 << 20;

/// What lies below the databases.
pub enum Disk {
    /// The machine's own.
    Own,
    /// A small one in memory.
    Small(PathBuf),
    /// One in a file, with a number that grows with each cut.
    Loop {
        /// Where it is mounted.
        at: PathBuf,
        /// Where the files of disks lie.
        folder: PathBuf,
        /// Which of them is mounted.
        number: u32,
    },
}

impl Disk {
    /// Makes the one that this kind needs below `folder`, for `folder/lib`.
    ///
    /// # Errors
    /// If the folder can't be made, or the kind can't do without a disk that the system doesn't let us have.
    pub fn below(folder: &Path, kind: Kind) -> anyhow::Result<Self> {
        let lib = folder.join("lib");
        std::fs::create_dir_all(&lib)?;
        match kind {
            Kind::DiskFull => {
                let small = ["-t", "tmpfs", "-o", "size=128m", "none"];
                Ok(if run("mount", &small, &lib).is_ok() { Self::Small(lib) } else { Self::Own })
            }
            Kind::PowerCut => {
                let file = folder.join("disk-0");
                std::fs::File::create(&file)?.set_len(LARGE)?;
                run("mkfs.ext4", &["-q"], &file).context("no disk whose power could be cut")?;
                mount(&file, &lib).context("no disk whose power could be cut")?;
                Ok(Self::Loop { at: lib, folder: folder.to_owned(), number: 0 })
            }
            _ => Ok(Self::Own),
        }
    }

    /// Whether it can be filled to the last byte; else a limit on the length of files stands for that.
    pub fn is_small(&self) -> bool {
        matches!(self, Self::Small(_))
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        use std::io::Write as _;
        let Self::Small(lib) = self else { return };
        let Ok(mut balloon) = std::fs::File::create(lib.join("balloon")) else { return };
        for size in [65_536, 4_096, 1] {
            while balloon.write_all(&vec![1; size]).is_ok() {}
        }
    }

    /// Makes room again.
    ///
    /// # Errors
    /// If that can't be done.
    pub fn empty(&self) -> anyhow::Result<()> {
        match self {
            Self::Small(lib) if lib.join("balloon").exists() => {
                Ok(std::fs::remove_file(lib.join("balloon"))?)
            }
            _ => Ok(()),
        }
    }

    /// Cuts the power: what was written and not flushed is gone. Nobody writes any more, and until [`Self::power`] there is
    /// no disk.
    ///
    /// # Errors
    /// If the disk can't be copied or unmounted.
    pub fn cut(&mut self) -> anyhow::Result<()> {
        let Self::Loop { at, folder, number } = self else { return Ok(()) };
        let before = folder.join(format!("disk-{number}"));
        *number += 1;
        std::fs::copy(&before, folder.join(format!("disk-{number}")))?;
        run("umount", &["--lazy"], at)?;
        // It goes with the last file that somebody still has open on it.
        Ok(std::fs::remove_file(before)?)
    }

    /// The power is back. Whoever had files open on the disk has closed them: another disk has the same numbers for
    /// other files, and SQLite tells files by their numbers.
    ///
    /// # Errors
    /// If the disk can't be mounted: its file system didn't survive.
    pub fn power(&self) -> anyhow::Result<()> {
        match self {
            Self::Loop { at, folder, number } => mount(&folder.join(format!("disk-{number}")), at),
            _ => Ok(()),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Self::Small(at) | Self::Loop { at, .. } = self {
            let _ = run("umount", &["--lazy"], at);
        }
    }
}

/// What isn't flushed is kept in memory as long as the kernel lets us: more is lost by a cut.
fn mount(file: &Path, at: &Path) -> anyhow::Result<()> {
    let file = file.display().to_string();
    run("mount", &["-o", "loop,commit=300", &file], at)
}

fn run(program: &str, words: &[&str], last: &Path) -> anyhow::Result<()> {
    let output = Command::new(program).args(words).arg(last).output().with_context(|| program.to_owned())?;
    ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// What was flushed is there after a cut, and what wasn't is not: or this trial would prove nothing.
    #[test]
    fn a_cut_takes_what_was_not_flushed() {
        let folder = tempfile::tempdir().unwrap();
        let Ok(mut disk) = Disk::below(folder.path(), Kind::PowerCut) else { return };
        let lib = folder.path().join("lib");
        let mut flushed = std::fs::File::create(lib.join("flushed")).unwrap();
        flushed.write_all(b"here").unwrap();
        flushed.sync_all().unwrap();
        std::fs::write(lib.join("written"), b"gone").unwrap();
        flushed.write_all(b" and gone").unwrap();
        disk.cut().unwrap();
        drop(flushed);
        disk.power().unwrap();
        assert_eq!(std::fs::read(lib.join("flushed")).unwrap(), b"here");
        assert!(!lib.join("written").exists());
    }
}
