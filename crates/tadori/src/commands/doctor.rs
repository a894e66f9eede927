//! `tadori doctor`: looks whether everything is as it should be, and says what to do where it isn't.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use domain::clock::{Clock, Instant};
use domain::ledger::{Act, Entry};
use domain::policy::Way;
use domain::policy::pack::Pack;
use domain::retention;
use domain::service_day::ServiceDay;
use seal::day_key::{DayPublic, Sealer};
use seal::key_ring::{KeyRing, RingError, Unlock};
use seal::random::Randomness;
use store::days::DayState;
use store::ledger::Verified;
use store::{Intake, Office};

use crate::commands::keys::{deployment, web_secret};
use crate::config::{Config, Engine};
use crate::{packs, say};

mod rights;

// Its comments are `tadori doctor --help`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Confirms once that this machine's clock is right: the worker refuses to erase after the clock jumped,
    /// or after a long stop, until somebody has looked.
    #[arg(long)]
    trust_clock: bool,
}

/// What was looked at, and what was found.
#[derive(Default)]
struct Findings {
    wrong: usize,
}

impl Findings {
    fn say(&mut self, what: &str, found: Result<String, String>) -> anyhow::Result<()> {
        match found {
            Ok(fine) => say!("ok     {what}: {fine}"),
            Err(wrong) => {
                self.wrong += 1;
                say!("WRONG  {what}: {wrong}")
            }
        }
    }
}

/// Looks at everything.
///
/// # Errors
/// If anything is wrong; each finding is printed with what to do.
pub async fn run(config: &Config, settings: &Path, arguments: Arguments) -> anyhow::Result<()> {
    let mut findings = Findings::default();
    let pack = packs::load(&config.jurisdiction)?;
    findings.say("jurisdiction", Ok(format!("{}, version {}", pack.policy.jurisdiction.id, pack.version)))?;
    let root = config.store.place();
    let (intake, office) = (Intake::open(&root).await?, Office::open(&root).await?);
    let now = Clock::system().now();
    let today = pack.policy.calendar.day_of(now);
    if arguments.trust_clock {
        office.set(worker::erase_days::CLOCK_TRUSTED, "yes").await?;
        let detail = format!("today is {today}");
        let entry = Entry {
            at: now,
            actor: "engineer".into(),
            act: Act::ClockTrusted,
            subject: String::new(),
            detail,
        };
        office.record(&entry).await?;
        say!("The clock is vouched for: the worker erases at its next turn.")?;
    }
    findings.say(
        "ledger",
        match office.verify_ledger().await? {
            Verified::Whole { entries, head } => {
                Ok(format!("{entries} entries, the chain is whole, head {head}"))
            }
            Verified::BrokenAt(seq) => Err(format!(
                "entry {seq} doesn't follow from the one before: compare with a printed head and a backup"
            )),
        },
    )?;
    let days = intake.days().await?;
    let last = days.last().map(|day| day.day);
    let ahead = last.map_or(-1, |last| today.days_until(last));
    findings.say(
        "days ahead",
        match ahead {
            7.. => Ok(format!("{ahead}")),
            _ => Err(format!("{ahead} (14 are made): is the worker running?")),
        },
    )?;
    findings.say("jobs", jobs(&office.job_successes().await?, now))?;
    let ring = ring(config, &mut findings)?;
    let held = ring.as_ref().map(KeyRing::days).unwrap_or_default();
    let known: BTreeSet<ServiceDay> = days.iter().map(|day| day.day).chain(held.iter().copied()).collect();
    let keep = pack.policy.data.keep();
    findings.say(
        "erasure",
        match known
            .into_iter()
            .filter(|day| retention::expired(*day, pack.policy.oldest_day(now), keep))
            .count()
        {
            0 => Ok("no day is overdue".into()),
            n => Err(format!("{n} days are overdue: see the worker's log, perhaps --trust-clock")),
        },
    )?;
    if ring.is_some() {
        findings.say("erased days", keys_of_erased(&intake, &held).await?)?;
    }
    if let Some(verifying) =
        config.keys.verifying_key.as_deref().and_then(seal::identity::VerifyingKey::parse)
    {
        let sealer = Sealer::new(deployment(config)?, verifying);
        let unsigned = days.iter().filter(|day| {
            let public = DayPublic::from_stored(day.day, day.suite, &day.public_key, &day.signature);
            public.is_none_or(|public| sealer.open_day(&public).is_err())
        });
        findings.say(
            "public keys",
            match unsigned.count() {
                0 => Ok("all signed by the ring that the settings name".into()),
                n => Err(format!(
                    "{n} days have a key that our ring didn't sign: someone may have written to the database"
                )),
            },
        )?;
        if let Some(ring) = &ring {
            let same = ring.verifying_key() == verifying;
            findings.say(
                "verifying key",
                if same { Ok("is the ring's".into()) } else { Err("is another ring's".into()) },
            )?;
        }
    } else {
        findings.say("verifying key", Err("missing or unreadable: `tadori keys list` prints it".into()))?;
    }
    findings.say(
        "web secret",
        web_secret(config).map(|_| "readable".into()).map_err(|error| format!("{error:#}")),
    )?;
    line(config, &pack, ring.is_some(), &mut findings)?;
    apart(config, &mut findings)?;
    let has_line = pack.policy.channels.has(Way::Line);
    findings.say("rights of secrets", rights::of_secrets(config, settings, has_line))?;
    if config.store.engine == Engine::Sqlite {
        findings.say("rights of databases", rights::of_databases(&config.store.root))?;
    }
    anyhow::ensure!(findings.wrong == 0, "{} of the above need looking at", findings.wrong);
    Ok(())
}

/// How long a job may not have ended well until something is wrong.
const LATE: Duration = Duration::from_secs(15 * 60);

/// When the worker's jobs last ended well, whichever worker did them.
fn jobs(found: &[(String, Instant)], now: Instant) -> Result<String, String> {
    let late: Vec<&str> =
        found.iter().filter(|(_, at)| now.since(*at) > LATE).map(|(job, _)| job.as_str()).collect();
    match (found.is_empty(), late.is_empty()) {
        (true, _) => Ok("none was done yet".into()),
        (false, true) => Ok("each ended well within the last quarter of an hour".into()),
        (false, false) => Err(format!(
            "{} has not ended well for a quarter of an hour: does a worker run? See its log",
            late.join(", ")
        )),
    }
}

/// What the account on LINE needs, where the pack has that channel. The token is the worker's: a machine without a
/// ring has no use for it.
fn line(config: &Config, pack: &Pack, works: bool, findings: &mut Findings) -> anyhow::Result<()> {
    if !pack.policy.channels.has(Way::Line) {
        return Ok(());
    }
    let said = |error: anyhow::Error| format!("{error:#}");
    let door = crate::line::door(config, pack).map_err(said);
    let account = |_| format!("{}, its channel secret is readable", config.line.account);
    findings.say("LINE account", door.map(account))?;
    let token = &config.line.token_file;
    if !works {
        return match token.exists() {
            true => findings.say(
                "LINE token",
                Err(format!("{} has no use here: only the worker calls LINE", token.display())),
            ),
            false => say!("note   LINE token: none here; as it should be on a machine that only serves"),
        };
    }
    let worker = crate::line::worker(config, pack).map_err(said);
    findings
        .say("LINE token", worker.map(|_| format!("readable; LINE is called at {}", config.line.base_url)))
}

/// Whether the ring still holds a key of a day that the database calls erased.
async fn keys_of_erased(intake: &Intake, held: &[ServiceDay]) -> anyhow::Result<Result<String, String>> {
    let mut left = Vec::new();
    for day in held {
        if intake.day(*day).await?.is_some_and(|found| found.state == DayState::Erased) {
            left.push(day.to_string());
        }
    }
    Ok(match left.len() {
        0 => Ok("the ring has no key of any".into()),
        n => Err(format!(
            "the ring still holds the keys of {n} ({}): someone wrote to the database, or an older copy of the \
             ring was put back; the worker destroys each when it expires",
            left.join(", ")
        )),
    })
}

fn ring(config: &Config, findings: &mut Findings) -> anyhow::Result<Option<KeyRing>> {
    let unlock = Unlock::key_file(&config.keys.key_file);
    match KeyRing::open(&config.keys.ring, &unlock, &Randomness::os()) {
        Ok(ring) => {
            let owner = if ring.is_read_only() { "a worker owns it" } else { "no worker owns it now" };
            let fine = format!("{} days, generation {}, {owner}", ring.days().len(), ring.generation());
            findings.say("key ring", Ok(fine))?;
            Ok(Some(ring))
        }
        Err(error @ RingError::Missing(_)) => {
            say!("note   key ring: {error}; as it should be on a machine that only serves")?;
            Ok(None)
        }
        Err(error) => {
            findings.say("key ring", Err(format!("{error}: the worker can't work")))?;
            Ok(None)
        }
    }
}

/// The ring must not lie where the databases are backed up, and its key file not beside it.
fn apart(config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    // As they lie on the disk, whatever links lead there; what isn't there yet, as it is written.
    let place = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let inside = |inner: &Path, outer: &Path| place(inner).starts_with(place(outer));
    let (ring, store, key) = (&config.keys.ring, &config.store.root, &config.keys.key_file);
    if config.store.engine == Engine::Sqlite {
        findings.say("ring and databases", if inside(ring, store) || inside(store, ring) {
            Err("lie in one folder: a backup of one would hold the other, and erased days could be read again".into())
        } else {
            Ok("lie apart".into())
        })?;
    }
    findings.say(
        "ring and key file",
        if inside(key, ring) {
            Err("lie in one folder: whoever copies it has both".into())
        } else {
            Ok("lie apart".into())
        },
    )
}
