//! `tadori backup`: a copy of the databases, made while everything runs.
//!
//! The key ring is never in it: with a ring beside it, a backup would open the days that it holds, also those that
//! were erased since. The manifest is written last; a folder without one is no backup.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::clock::{Clock, Instant};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::backend::sqlite::Folder;
use store::ledger::Verified;
use store::{Intake, Office, Root, backup};

use crate::commands::keys::deployment;
use crate::config::{Config, Engine};
use crate::{packs, say};

/// The manifest's name.
const MANIFEST: &str = "manifest.json";

/// The form of manifests that this program writes and reads.
const FORM: u32 = 1;

// Its comments are `tadori backup --help`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A new or empty folder, for this backup alone.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
}

/// What a backup says of itself.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    form: u32,
    /// The program that made it.
    pub program: String,
    /// Of which installation.
    pub deployment: String,
    /// The moment of which it is: nothing later is surely in it. Epoch microseconds.
    pub begun_at: i64,
    /// When the last file was copied.
    pub ended_at: i64,
    /// How many entries the ledger has.
    pub ledger_entries: u64,
    /// The hash of the last.
    pub ledger_head: String,
    /// Each day that isn't erased, with its check-ins.
    pub days: Vec<DayCount>,
    /// Every file.
    pub files: Vec<CopiedFile>,
}

/// A day in a backup.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DayCount {
    pub day: String,
    pub state: String,
    pub check_ins: u64,
}

/// A file of a backup.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CopiedFile {
    /// Relative to the backup.
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

/// Copies, looks whether the copy is whole, writes the manifest.
///
/// # Errors
/// A folder that isn't empty, or what kept the copy from being whole.
pub async fn run(config: &Config, arguments: Arguments) -> anyhow::Result<()> {
    let (clock, to) = (Clock::system(), &arguments.to);
    anyhow::ensure!(is_empty(to)?, "{}: not empty; each backup has a folder of its own", to.display());
    apart(config, to)?;
    let pack = packs::load(&config.jurisdiction)?;
    let begun = clock.now();
    let names = backup::copy_to(&folder(config)?, to).await?;
    // Read as an installation would read it: a copy that can't be used is found today, not on the day of need.
    let root = Root::new(to);
    let (intake, office) = (Intake::open(&root).await?, Office::open(&root).await?);
    let days = intake.counted_days().await?;
    let verified = office.verify_ledger().await?;
    intake.close().await;
    office.close().await;
    let Verified::Whole { entries, head } = verified else {
        anyhow::bail!("the ledger's chain is broken: `tadori doctor` says where; the copy has no manifest")
    };
    let files: Vec<CopiedFile> = names.iter().map(|name| measured(to, name)).collect::<Result<_, _>>()?;
    let ended = clock.now();
    let manifest = Manifest {
        form: FORM,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        deployment: deployment(config)?.as_str().to_owned(),
        begun_at: begun.as_micros(),
        ended_at: ended.as_micros(),
        ledger_entries: entries,
        ledger_head: head.to_string(),
        days: days
            .iter()
            .map(|(day, state, check_ins)| DayCount {
                day: day.to_string(),
                state: state.as_str().to_owned(),
                check_ins: *check_ins,
            })
            .collect(),
        files,
    };
    manifest.write(to)?;
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let check_ins: u64 = manifest.days.iter().map(|day| day.check_ins).sum();
    let calendar = &pack.policy.calendar;
    say!("The backup is in {}, as of {}.", to.display(), calendar.wall_clock(begun))?;
    say!(
        "{} files, {bytes} bytes, {check_ins} check-ins, {entries} ledger entries (head {head}), {} ms.",
        manifest.files.len(),
        ended.since(begun).as_millis()
    )?;
    say!("The key ring is not in it, nor {}: see docs/deploying.md.", config.keys.web_secret.display())
}

impl Manifest {
    fn write(&self, to: &Path) -> anyhow::Result<()> {
        let path = to.join(MANIFEST);
        let mut file = fs::File::create_new(&path).with_context(|| path.display().to_string())?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.sync_all()?;
        Ok(fs::File::open(to)?.sync_all()?)
    }

    /// Reads a backup's manifest and compares every file with it.
    ///
    /// # Errors
    /// Everything that differs, at once.
    pub fn checked(from: &Path) -> anyhow::Result<Self> {
        let path = from.join(MANIFEST);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{}: a folder without it is no backup", path.display()))?;
        let manifest: Self = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        anyhow::ensure!(
            manifest.form == FORM,
            "{}: form {}, this program reads form {FORM}",
            path.display(),
            manifest.form
        );
        let mut wrong = Vec::new();
        for file in &manifest.files {
            if !backup::is_known(&file.path) {
                wrong.push(format!("{:?} is no file of a backup", file.path));
                continue;
            }
            match measured(from, &file.path) {
                Ok(found) if found.sha256 == file.sha256 && found.bytes == file.bytes => {}
                Ok(_) => wrong.push(format!("{} isn't as it was copied", file.path)),
                Err(error) => wrong.push(format!("{error:#}")),
            }
        }
        for needed in ["intake/intake.db", "office/office.db"] {
            if !manifest.files.iter().any(|file| file.path == needed) {
                wrong.push(format!("{needed} is missing"));
            }
        }
        anyhow::ensure!(wrong.is_empty(), "this backup can't be used: {}", wrong.join("; "));
        Ok(manifest)
    }

    /// The moment of which it is.
    pub fn begun(&self) -> Instant {
        Instant::from_micros(self.begun_at)
    }
}

fn measured(folder: &Path, name: &str) -> anyhow::Result<CopiedFile> {
    let path = folder.join(name);
    let mut file = fs::File::open(&path).with_context(|| path.display().to_string())?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer).with_context(|| path.display().to_string())?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        hash.update(&buffer[..read]);
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(CopiedFile { path: name.to_owned(), bytes, sha256 })
}

fn is_empty(folder: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| folder.display().to_string()),
    }
}

/// The folder of the databases, which only SQLite has.
///
/// # Errors
/// PostgreSQL.
pub fn folder(config: &Config) -> anyhow::Result<Folder> {
    anyhow::ensure!(
        config.store.engine == Engine::Sqlite,
        "PostgreSQL has backups of its own: a base backup and its archive (docs/deploying.md, section 7)"
    );
    Ok(Folder::new(&config.store.root))
}

/// A copy inside the databases' own folder would be copied by the next one; one beside the ring would lie where no
/// backup may.
fn apart(config: &Config, to: &Path) -> anyhow::Result<()> {
    let place = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for (folder, what) in [(&config.store.root, "the databases"), (&config.keys.ring, "the key ring")] {
        anyhow::ensure!(
            !place(to).starts_with(place(folder)),
            "{}: lies inside the folder of {what}",
            to.display()
        );
    }
    Ok(())
}
