//! The hands of a process's clock: libfaketime, which stands between a program and the machine's clock.
//!
//! Each process reads how far its clock is off from a file of its own, at each look at the clock, so a running one
//! can be moved. How long things take isn't faked, only what time it is.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian's package `faketime` puts it, below the folder of libraries.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The library, where it is installed.
pub fn library() -> Option<PathBuf> {
    let machines = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let folders = machines.chain(["/usr/lib", "/usr/local/lib", "/usr/lib64"].map(PathBuf::from));
    folders.map(|folder| folder.join(LIBRARY)).find(|library| library.is_file())
}

/// Has a command's clock follow the file.
pub fn follow(command: &mut Command, library: &Path, file: &Path) {
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", file)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
}

/// Sets how far ahead, in seconds, clocks are that follow the file; at once, for nobody meets half a number.
///
/// # Errors
/// If the file can't be written.
pub fn set(file: &Path, ahead: i64) -> std::io::Result<()> {
    let next = file.with_extension("next");
    std::fs::write(&next, format!("{ahead:+}\n"))?;
    std::fs::rename(next, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the library is there, it does what this trial relies on.
    #[test]
    fn a_clock_follows_its_file() {
        let Some(library) = library() else { return };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        let year = |ahead: i64| {
            set(&file, ahead).unwrap();
            let mut date = Command::new("date");
            follow(date.arg("+%Y"), &library, &file);
            let said = String::from_utf8(date.output().unwrap().stdout).unwrap();
            said.trim().parse::<i64>().unwrap()
        };
        let now = year(0);
        assert!((9..=11).contains(&(year(10 * 365 * 86_400) - now)), "ten years on from {now}");
        assert!(year(-400 * 86_400) < now);
    }
}
