//! `tadori restore`: a backup is put back where no database is.
//!
//! What happened since the backup isn't in it, and two of those things must not happen again by themselves. A day
//! that was erased since is dropped at once: its key is gone from the ring, and what came back is noise. And notices
//! that were under way may have gone out since: every channel is stopped, so that nothing goes before an officer has
//! looked at each and stopped those that did. Confirmations of the backup aren't sent at all.

use std::path::PathBuf;

use anyhow::Context as _;
use domain::clock::{Clock, Instant};
use domain::contact::Channel;
use domain::ledger::{Act, Entry};
use domain::notice::NoticeState;
use domain::service_day::ServiceDay;
use seal::key_ring::{KeyRing, RingError, Unlock};
use seal::random::Randomness;
use store::backend::sqlite::Folder;
use store::backup::{self, Left};
use store::days::DayState;
use store::ledger::Verified;
use store::{Intake, Office, Root};

use crate::commands::backup::{DayCount, Manifest, folder};
use crate::commands::keys::deployment;
use crate::config::Config;
use crate::{packs, say};

/// In whose name channels are stopped, and the ledger written.
const ENGINEER: &str = "engineer";

// Its comments are `tadori restore --help`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The backup's folder.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// What is left of the databases' folder before: days that are whole in it, journals included, are taken from
    /// there, so that check-ins after the backup aren't lost. It is only read.
    #[arg(long, value_name = "FOLDER")]
    days_from: Option<PathBuf>,
    /// Compares the backup with its manifest, and restores nothing.
    #[arg(long)]
    check: bool,
}

/// Restores.
///
/// # Errors
/// A backup that isn't whole or is another installation's, a place that isn't empty, or a running worker.
pub async fn run(config: &Config, arguments: Arguments) -> anyhow::Result<()> {
    let manifest = Manifest::checked(&arguments.from)?;
    let policy = packs::load(&config.jurisdiction)?.policy;
    let made = policy.calendar.wall_clock(manifest.begun());
    say!("The backup of {made} is whole: {} files.", manifest.files.len())?;
    if arguments.check {
        return Ok(());
    }
    let own = deployment(config)?;
    anyhow::ensure!(
        manifest.deployment == own.as_str(),
        "it is of the deployment {:?}, the settings say {:?}",
        manifest.deployment,
        own.as_str()
    );
    let folder = folder(config)?;
    anyhow::ensure!(
        backup::is_empty(&folder)?,
        "{}: there are databases; move intake and office away first, `--days-from` reads what is left of them",
        folder.path().display()
    );
    let ring = ring(config)?;
    let now = Clock::system().now();
    let files: Vec<String> = manifest.files.iter().map(|file| file.path.clone()).collect();
    backup::put_back(&folder, &arguments.from, &files).await?;
    let root = Root::Folder(folder);
    let restored = Restored {
        intake: Intake::open(&root).await?,
        office: Office::open(&root).await?,
        ring,
        now,
        today: policy.newest_day(now),
        made,
    };
    let left = match &arguments.days_from {
        Some(old) => restored.recover(&Folder::new(old)).await?,
        None => Vec::new(),
    };
    restored.drop_erased().await?;
    let held = restored.hold().await?;
    restored.count(&manifest.days, &left).await?;
    restored.say_held(&held)?;
    match restored.office.verify_ledger().await? {
        Verified::Whole { entries, head } => say!("The ledger is whole: {entries} entries, head {head}.")?,
        Verified::BrokenAt(seq) => anyhow::bail!("the ledger is broken at entry {seq}"),
    }
    say!("Next: the officers' door alone, then the worker, then the visitors' door (docs/deploying.md).")
}

/// The ring as it is now; nothing on a machine that holds none.
fn ring(config: &Config) -> anyhow::Result<Option<KeyRing>> {
    let unlock = Unlock::key_file(&config.keys.key_file);
    match KeyRing::open(&config.keys.ring, &unlock, &Randomness::os()) {
        Ok(ring) => {
            anyhow::ensure!(
                !ring.is_read_only(),
                "a worker owns the key ring, or you can't write it: stop the worker, and restore as its user"
            );
            Ok(Some(ring))
        }
        Err(RingError::Missing(_)) => {
            say!(
                "note   there is no key ring here: nothing can be opened, and no erased day is told from another"
            )?;
            Ok(None)
        }
        Err(error) => Err(error).context("the key ring"),
    }
}

/// The databases as they were put back.
struct Restored {
    intake: Intake,
    office: Office,
    ring: Option<KeyRing>,
    now: Instant,
    today: ServiceDay,
    made: String,
}

impl Restored {
    /// Takes days from what the installation before left. Days whose key is gone are left where they are.
    async fn recover(&self, old: &Folder) -> anyhow::Result<Vec<(ServiceDay, Left)>> {
        let mut found = Vec::new();
        for day in backup::days_of(old)? {
            if !self.is_erased(day) {
                found.push((day, self.intake.recover_day(old, day).await?));
            }
        }
        Ok(found)
    }

    /// Whether the ring says that a day was erased.
    fn is_erased(&self, day: ServiceDay) -> bool {
        self.ring.as_ref().is_some_and(|ring| matches!(ring.open_day(day), Err(RingError::Destroyed(_))))
    }

    /// Drops the days that were erased after the backup: their keys are gone.
    async fn drop_erased(&self) -> anyhow::Result<()> {
        let Some(ring) = &self.ring else { return Ok(()) };
        for stored in self.intake.days().await? {
            if self.is_erased(stored.day) {
                let why = format!("控え（{}）から戻った消去済みの日：", self.made);
                let (intake, office) = (&self.intake, &self.office);
                worker::erase_days::erase_remains(intake, office, ring, self.now, stored.day, &why).await?;
                say!("dropped   {}: it was erased after the backup; its key is gone", stored.day)?;
            }
        }
        Ok(())
    }

    /// Stops every channel and signs everybody out; the notices that wait for an officer's eye.
    async fn hold(&self) -> anyhow::Result<Vec<String>> {
        let mut held = Vec::new();
        for state in [NoticeState::Proposed, NoticeState::Approved, NoticeState::Released] {
            for notice in self.office.notices(state).await? {
                held.push(format!("{} ({})", notice.id.number(), state.as_str()));
            }
        }
        let mut tx = self.office.begin().await?;
        for channel in (0..=u8::MAX).filter_map(Channel::from_byte) {
            tx.set_channel_stop(channel, true, ENGINEER, self.now).await?;
        }
        tx.end_sessions().await?;
        let detail =
            format!("{}の控えから復元。連絡の方法をすべて停止、進行中のお知らせ{}件", self.made, held.len());
        let (actor, subject) = (ENGINEER.to_owned(), String::new());
        tx.record(&Entry { at: self.now, actor, act: Act::Restored, subject, detail }).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// Says of each day what is lost, as far as anybody knows; and ends the confirmations of days that came out of
    /// the backup, for most were sent since. Of a day that was closed nothing can be lost.
    async fn count(&self, copied: &[DayCount], left: &[(ServiceDay, Left)]) -> anyhow::Result<()> {
        for (day, state, check_ins) in self.intake.counted_days().await? {
            let before =
                copied.iter().find(|copy| copy.day == day.to_string()).map_or(0, |copy| copy.check_ins);
            let found = left.iter().find(|(of, _)| *of == day).map_or(Left::Nothing, |(_, found)| *found);
            if matches!(found, Left::Whole(was) if was == check_ins) {
                if check_ins > before {
                    say!(
                        "recovered {day}: {check_ins} check-ins, {} of them after the backup",
                        check_ins - before
                    )?;
                }
                continue;
            }
            self.intake.end_restored_arrivals(day).await?;
            if found == Left::Damaged {
                say!("damaged   {day}: the file that was left isn't whole; the backup's is taken")?;
            }
            if state == DayState::Open && day <= self.today {
                say!(
                    "LOST      {day}: check-ins after {}; {check_ins} are back, how many came later nobody can count",
                    self.made
                )?;
            }
        }
        Ok(())
    }

    fn say_held(&self, held: &[String]) -> anyhow::Result<()> {
        for notice in held {
            say!("held      notice {notice}: it may have gone out since; an officer decides")?;
        }
        say!("Every channel is stopped. Officers stop what went out, and then put the channels in use again.")
    }
}
