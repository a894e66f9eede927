//! Faults: what is done to the program while people use it, and what must hold afterwards.
//!
//! Each kind has an installation of its own. Visitors check in, officers enter cases, approve notices and stop some of
//! them, and the fault happens again and again for the chosen time. Then everything is repaired, and once the program
//! has come to rest it is looked at ([`verdict`]): is every acknowledged check-in there once, was everyone told whom a
//! notice is for and nobody else, was nothing sent after a stop, does the ledger's chain hold.

pub mod comer;
pub mod disk;
pub mod kind;
pub mod mail;
pub mod people;
pub mod post;
pub mod report;
pub mod retention;
pub mod scene;
pub mod verdict;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::clock::Clock;
use fastrand::Rng;

use kind::Kind;
use people::People;
use retention::Came;
use scene::{On, Scene};
use verdict::Verdict;

/// Venues of an installation: more than there are cases in the time.
const VENUES: usize = 12;

/// How long a repaired program may take to come to rest: what was put off once goes after a minute, and what was put
/// off twice five minutes later.
const REST: Duration = Duration::from_secs(480);

/// Tries one kind for so long.
///
/// # Errors
/// If the installation can't be made or repaired: that too is a failure.
pub async fn tried(
    kind: Kind,
    program: &Path,
    postgres: bool,
    time: Duration,
    chance: &mut Rng,
) -> anyhow::Result<Verdict> {
    let folder = tempfile::Builder::new().prefix("tadori-faults-").tempdir()?;
    let on = On { folder: folder.path(), program, venues: VENUES, postgres };
    let mut scene = Scene::set(kind, &on, chance).await?;
    let installation = Arc::clone(&scene.installation);
    installation.ready().await.with_context(|| scene.last_words())?;
    let people = People::come(&installation, &scene.post, chance.u64(..)).await;
    let clock = Clock::system();
    let begin = clock.now();
    let mut faults = 0;
    while clock.now().since(begin) < time {
        faults += scene.strike(people.came(), chance).await?;
    }
    scene.recover().await.with_context(|| scene.last_words())?;
    let history = people.go_home(Duration::from_secs(2)).await;
    let rested = verdict::rested(&installation, &history, REST).await;
    let words = scene.last_words();
    scene.end_processes();
    let there = verdict::look(&installation).await?;
    let came = match kind {
        Kind::Retention => retention::comes(&mut scene, &history, chance).await?,
        _ => Came::default(),
    };
    let post = scene.post.lock().await;
    let mut verdict = verdict::of(&installation, &history, &post, &there, kind).await?;
    verdict.faults = faults + came.kills;
    verdict.broken.extend(came.broken);
    if let Err(error) = rested {
        verdict.broken.push(format!("{error:#}; last words:\n{words}"));
    }
    Ok(verdict)
}
