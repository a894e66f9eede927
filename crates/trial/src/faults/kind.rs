//! The kinds of faults, and how each strikes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;

use crate::faults::mail::{Mail, Mode};
use crate::installation::Installation;
use crate::process::Process;
use fastrand::Rng;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `kill -9` of the visitors' door, at any instant.
    WebKilled,
    /// `kill -9` of the worker.
    WorkerKilled,
    /// Both at once, as when the machine ends.
    BothKilled,
    /// Nobody listens at the mail server's port.
    MailAway,
    /// The mail server says 4xx to half of them.
    MailLater,
    /// It says 5xx for good to some addresses.
    MailNever,
    /// It takes a message and closes the connection before it says so.
    MailCloses,
    /// It answers slowly.
    MailSlow,
    /// The disk is full, for a while.
    DiskFull,
    /// After a kill, the journal of the day's file ends in half a page of noise, as when the power went.
    TornFile,
}

/// All of them.
pub const KINDS: [(&str, Kind); 10] = [
    ("web-killed", Kind::WebKilled),
    ("worker-killed", Kind::WorkerKilled),
    ("both-killed", Kind::BothKilled),
    ("mail-away", Kind::MailAway),
    ("mail-later", Kind::MailLater),
    ("mail-never", Kind::MailNever),
    ("mail-closes", Kind::MailCloses),
    ("mail-slow", Kind::MailSlow),
    ("disk-full", Kind::DiskFull),
    ("torn-file", Kind::TornFile),
];

/// The processes of an installation.
pub struct Processes {
    worker: Process,
    door: Process,
    limited: bool,
}

impl Processes {
    /// Both of them.
    ///
    /// # Errors
    /// If one can't be started.
    pub fn started(installation: &Installation) -> anyhow::Result<Self> {
        Ok(Self { worker: installation.worker()?, door: installation.serve(None)?, limited: false })
    }

    /// Starts again whichever isn't there, and without limits.
    ///
    /// # Errors
    /// If one can't be started.
    pub fn repaired(&mut self, installation: &Installation) -> anyhow::Result<()> {
        if !self.worker.is_running() {
            self.worker = installation.worker()?;
        }
        if self.limited || !self.door.is_running() {
            self.door.kill();
            self.door = installation.serve(None)?;
            self.limited = false;
        }
        Ok(())
    }

    /// What both said last.
    pub fn last_words(&self) -> String {
        format!("worker: {}\ndoor: {}", self.worker.last_words(), self.door.last_words())
    }
}

/// A disk of its own below the databases, where this kind needs one and the system lets us have it.
pub struct SmallDisk(Option<PathBuf>);

impl SmallDisk {
    /// Makes it below `folder`.
    ///
    /// # Errors
    /// If the folder can't be made.
    pub fn below(folder: &Path, kind: Kind) -> anyhow::Result<Self> {
        if kind != Kind::DiskFull {
            return Ok(Self(None));
        }
        let lib = folder.join("lib");
        std::fs::create_dir_all(&lib)?;
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "none"]).arg(&lib).output();
        Ok(Self(mounted.is_ok_and(|output| output.status.success()).then_some(lib)))
    }

    /// Whether there is one; else a limit on the length of files stands for it.
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        use std::io::Write as _;
        let Some(lib) = &self.0 else { return };
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
        match &self.0 {
            Some(lib) if lib.join("balloon").exists() => Ok(std::fs::remove_file(lib.join("balloon"))?),
            _ => Ok(()),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Some(lib) = &self.0 {
            let _ = Command::new("umount").arg("--lazy").arg(lib).output();
        }
    }
}

async fn a_while(chance: &mut Rng, least: u64, most: usize) {
    tokio::time::sleep(Duration::from_millis(least + chance.usize(..most) as u64)).await;
}

/// One fault, with what goes before and after it; how many there were.
///
/// # Errors
/// If a process doesn't come back.
pub async fn strike(
    kind: Kind,
    installation: &Installation,
    processes: &mut Processes,
    mail: &mut Mail,
    disk: &SmallDisk,
    chance: &mut Rng,
) -> anyhow::Result<u32> {
    a_while(chance, 300, 1_500).await;
    match kind {
        Kind::WebKilled => processes.door.kill(),
        Kind::WorkerKilled => processes.worker.kill(),
        Kind::BothKilled => {
            processes.door.kill();
            processes.worker.kill();
        }
        Kind::TornFile => {
            processes.door.kill();
            processes.worker.kill();
            tear(installation, chance)?;
        }
        Kind::MailAway => {
            mail.away();
            a_while(chance, 500, 2_000).await;
            mail.back().await?;
        }
        Kind::MailLater => mail.set(Mode::Later),
        Kind::MailNever => mail.set(Mode::Never),
        Kind::MailCloses => mail.set(Mode::Closes),
        Kind::MailSlow => {}
        Kind::DiskFull if disk.is_there() => {
            disk.fill();
            a_while(chance, 300, 1_500).await;
            disk.empty()?;
        }
        Kind::DiskFull => {
            processes.door.kill();
            processes.door = installation.serve(Some(200_000))?;
            processes.limited = true;
            a_while(chance, 1_500, 1_500).await;
        }
    }
    processes.repaired(installation)?;
    Ok(1)
}

/// Half a page of noise behind the journal of the day's file: a frame that was being written.
fn tear(installation: &Installation, chance: &mut Rng) -> anyhow::Result<()> {
    use std::io::Write as _;
    let journal = installation.path(&format!("lib/intake/day/{}.db-wal", Installation::today()?));
    ensure!(journal.exists(), "the day has no journal");
    let noise: Vec<u8> =
        (0..1_000 + chance.usize(..3_000)).map(|_| chance.u64(..).to_le_bytes()[0]).collect();
    std::fs::File::options().append(true).open(&journal)?.write_all(&noise)?;
    Ok(())
}
