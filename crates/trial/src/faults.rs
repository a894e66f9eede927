//! Faults: what is done to the program while people use it, and what must hold afterwards.
//!
//! Each kind has an installation of its own. Visitors check in, officers enter cases and approve notices, and the
//! fault happens again and again for the chosen time. Then everything is repaired, and once the program has come
//! to rest it is looked at ([`verdict`]): is every acknowledged check-in there once, was everyone told whom a notice
//! is for and nobody else, does the ledger's chain hold.
//!
//! What isn't tried here: jumping clocks (these processes read the machine's own; the simulation moves its), and a
//! database server's failures, which come with its store.

pub mod kind;
pub mod mail;
pub mod people;
pub mod verdict;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::clock::Clock;

use crate::installation::Installation;
use fastrand::Rng;
use kind::{Kind, Processes};
use mail::{Mail, Mode};
use people::People;
use verdict::Verdict;

/// Venues of an installation: more than there are cases in the time.
const VENUES: usize = 12;

/// How long a repaired program may take to come to rest: a mail that was put off once goes after a minute.
const REST: Duration = Duration::from_secs(240);

/// Tries one kind for so long.
///
/// # Errors
/// If the installation can't be made or repaired: that too is a failure.
pub async fn tried(kind: Kind, program: &Path, time: Duration, chance: &mut Rng) -> anyhow::Result<Verdict> {
    let folder = tempfile::Builder::new().prefix("tadori-faults-").tempdir()?;
    let disk = kind::SmallDisk::below(folder.path(), kind)?;
    let delay = if kind == Kind::MailSlow { Duration::from_millis(150) } else { Duration::ZERO };
    let mut mail = Mail::start(delay, chance.u64(..)).await?;
    let installation = Installation::new(folder.path(), program, VENUES, mail.port()).await?;
    let installation = Arc::new(installation);
    let mut processes = Processes::started(&installation)?;
    installation.ready().await.with_context(|| processes.last_words())?;
    let people = People::come(&installation, chance.u64(..));
    let clock = Clock::system();
    let begin = clock.now();
    let mut faults = 0;
    while clock.now().since(begin) < time {
        faults += kind::strike(kind, &installation, &mut processes, &mut mail, &disk, chance).await?;
    }
    mail.set(Mode::Good);
    mail.back().await?;
    disk.empty()?;
    processes.repaired(&installation)?;
    installation.ready().await.with_context(|| processes.last_words())?;
    let history = people.go_home(Duration::from_secs(2)).await;
    let rested = verdict::rested(&installation, &history, REST).await;
    let words = processes.last_words();
    drop(processes);
    let mut verdict = verdict::of(&installation, &history, &mail, kind).await?;
    verdict.faults = faults;
    if let Err(error) = rested {
        verdict.broken.push(format!("{error:#}; last words:\n{words}"));
    }
    Ok(verdict)
}
