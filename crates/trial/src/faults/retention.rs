//! The time comes at which a day is to be erased. A clock that jumps there is not believed; an engineer's word is, and
//! then nothing of the day may be readable any more, not even in a copy of the databases that was made before.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use domain::clock::Clock;
use fastrand::Rng;
use store::{Intake, Root};

use crate::faults::people::History;
use crate::faults::scene::Scene;
use crate::installation::Installation;

/// Two calendar months and some days.
const LATER: i64 = 75 * 86_400;

/// How long a clock that nobody vouched for is looked at.
const REFUSES: Duration = Duration::from_secs(4);

/// How long erasing may take, with kills.
const ERASES: Duration = Duration::from_secs(90);

/// What came of it.
#[derive(Debug, Default)]
pub struct Came {
    /// How often the worker was killed while it erased.
    pub kills: u32,
    /// What should not be.
    pub broken: Vec<String>,
}

/// Lets the time come. Every process has ended, and all of them are started here.
///
/// # Errors
/// If a process doesn't begin, or the day doesn't go.
pub async fn comes(scene: &mut Scene, history: &History, chance: &mut Rng) -> anyhow::Result<Came> {
    let (mut came, today) = (Came::default(), Installation::today()?);
    let installation = std::sync::Arc::clone(&scene.installation);
    let backup = installation.path("backup");
    copy(&installation.path("lib"), &backup)?;
    scene.repaired()?;
    installation.ready().await?;
    installation.set_clocks(LATER)?;
    tokio::time::sleep(REFUSES).await;
    if !is_listed(&installation).await? || installation.ring()?.open_day(today).is_err() {
        came.broken.push("a clock that jumped ahead erased a day without an engineer's word".to_owned());
    }
    installation.vouch_for_the_clock()?;
    let clock = Clock::system();
    let begin = clock.now();
    while is_listed(&installation).await? || installation.ring()?.open_day(today).is_ok() {
        ensure!(clock.now().since(begin) < ERASES, "the day isn't erased; {}", scene.last_words());
        tokio::time::sleep(Duration::from_millis(chance.u64(..1_500))).await;
        scene.kill_workers();
        scene.repaired()?;
        came.kills += 1;
    }
    // Until the public record says so, something may be left.
    while !installation.intake().erasures(100).await?.iter().any(|of| of.day == today && of.verified) {
        ensure!(clock.now().since(begin) < ERASES, "the erasure isn't published; {}", scene.last_words());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    scene.end_processes();
    if installation.intake().check_ins(today, None).await.is_ok_and(|rows| !rows.is_empty()) {
        came.broken.push("check-ins of an erased day are there".to_owned());
    }
    let copied = Intake::open(&Root::new(&backup)).await?.check_ins(today, None).await?;
    ensure!(copied.len() >= history.sent.values().filter(|sent| sent.thanked.is_some()).count(), "no copy");
    if installation.ring()?.open_day(today).is_ok() {
        came.broken.push(format!("{} check-ins of an erased day open in an old copy", copied.len()));
    }
    Ok(came)
}

async fn is_listed(installation: &Installation) -> anyhow::Result<bool> {
    let today = Installation::today()?;
    Ok(installation.intake().days().await?.iter().any(|day| day.day == today))
}

/// A folder with everything below it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        match path.is_dir() {
            true => copy(&path, &to.join(name))?,
            false => _ = std::fs::copy(&path, to.join(name))?,
        }
    }
    Ok(())
}
