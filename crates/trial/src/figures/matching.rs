//! Matching: a turn of the worker with one case, and with a thousand, among many check-ins.
//!
//! What is timed is the job that matches ([`spent`]): finding where the cases were, counting, opening everyone who was
//! there too, proposing the notice, writing findings and ledger, durably; and beside it the whole turn of all jobs. Every
//! case was at three places on days of its window and every one is proposed (`trigger = "any_positive"`), so none is cheap
//! for having come to nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use domain::case::InterviewVisit;
use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Instant;
use domain::contact::Contact;
use domain::exposure::Window;
use domain::id::VenueId;
use domain::notice::NoticeState;
use domain::service_day::ServiceDay;
use domain::time_band::Span;
use fastrand::Rng;
use seal::key_ring::KeyRing;

use crate::figures::machine::{self, Machine};
use crate::figures::{Engine, fill, spent, table};

/// How much is measured.
pub struct Measure {
    /// Check-ins of all days.
    pub rows: u64,
    /// Days that are kept.
    pub days: u64,
    /// Places.
    pub venues: usize,
    /// Cases that come at once.
    pub cases: usize,
    /// Cases that come alone.
    pub alone: usize,
    /// Whether cases that report their addresses are measured, for which days are indexed.
    pub reported: bool,
}

/// Days of a case's window.
const WINDOW: i64 = 8;

/// Places where each case was.
const VISITS: usize = 3;

const BY_DAY: &[(&str, &str)] = &[
    ("trigger = \"threshold\"", "trigger = \"any_positive\""),
    ("confirmation = \"every\"", "confirmation = \"none\""),
];

const BY_BAND: &[(&str, &str)] = &[
    ("trigger = \"threshold\"", "trigger = \"any_positive\""),
    ("confirmation = \"every\"", "confirmation = \"none\""),
    ("match = \"day\"", "match = \"time_band\"\ntime_band_minutes = 120"),
];

/// A case that will come.
struct Coming {
    visits: Vec<(VenueId, ServiceDay)>,
    address: Contact,
}

/// Cases in the order in which they will come.
struct Cases {
    coming: std::vec::IntoIter<Coming>,
    ring: KeyRing,
    window: Window,
}

/// Fills a folder and measures at a quarter, a half and all of the days; the lines of the table.
///
/// # Errors
/// What kept it from being measured.
pub async fn measure(folder: &Path, engine: Engine, of: &Measure) -> anyhow::Result<Vec<Vec<String>>> {
    let mut machine = Machine::new(folder, engine, of.days + 1, BY_DAY).await?;
    let venues = fill::register(&machine, of.venues).await?;
    std::fs::write(
        folder.join("venues"),
        venues.iter().map(|id| format!("{}\n", id.as_i64())).collect::<String>(),
    )?;
    machine.live(of.days + 1).await?;
    eprintln!("{}: {} venues, {} days", engine.name(), of.venues, of.days);
    let today = machine.today();
    let mut cases = cases(&machine, of, &venues, 0)?;
    let mut lines = Vec::new();
    let mut filled = 0;
    for part in [4, 2, 1] {
        let days = of.days / part;
        for back in filled + 1..=days {
            let day = today.plus_days(-i64::try_from(back)?);
            fill::closed(&machine, day, of.venues, of.rows / of.days).await?;
            fill::holds(&machine.intake, day, of.rows / of.days).await?;
        }
        if filled == 0 {
            prepare(&machine, &cases).await?;
        }
        filled = days;
        lines.push(alone(&mut machine, &mut cases, engine, &kept(days, of), of.alone, Kind::Day).await?);
        eprintln!("{}", lines.last().map_or_else(String::new, |line| line.join(" | ")));
    }
    lines.extend(rest(&mut machine, &mut cases, engine, of).await?);
    if of.reported {
        index(&machine, &cases, &venues, of).await?;
        lines.extend(reported(&mut machine, &mut cases, engine, of).await?);
    }
    Ok(lines)
}

/// Measures again what lies in a folder that was filled and kept, with cases of its own: the `time`th time.
///
/// # Errors
/// What kept it from being measured.
pub async fn again(
    folder: &Path,
    engine: Engine,
    of: &Measure,
    time: u64,
) -> anyhow::Result<Vec<Vec<String>>> {
    let mut machine = Machine::there(folder, engine, BY_DAY).await?;
    let venues = std::fs::read_to_string(folder.join("venues"))?;
    let venues: Vec<VenueId> =
        venues.lines().map(|id| Ok(VenueId::from_stored(id.parse()?))).collect::<anyhow::Result<_>>()?;
    let mut cases = cases(&machine, of, &venues, time)?;
    prepare(&machine, &cases).await?;
    eprintln!("{}: prepared", engine.name());
    let mut lines =
        vec![alone(&mut machine, &mut cases, engine, &kept(of.days, of), of.alone, Kind::Day).await?];
    lines.extend(rest(&mut machine, &mut cases, engine, of).await?);
    if of.reported {
        index(&machine, &cases, &venues, of).await?;
        lines.extend(reported(&mut machine, &mut cases, engine, of).await?);
    }
    Ok(lines)
}

fn kept(days: u64, of: &Measure) -> String {
    let rows = table::number(days * (of.rows / of.days));
    format!("{rows} check-ins of {days} days: a case, by day")
}

/// By time band, and many at once.
async fn rest(
    machine: &mut Machine,
    cases: &mut Cases,
    engine: Engine,
    of: &Measure,
) -> anyhow::Result<Vec<Vec<String>>> {
    let mut lines = vec![together(machine, cases, engine, of.cases, Kind::Day).await?];
    machine.pack = machine::pack(BY_BAND)?.into();
    machine.begin_worker().await?;
    lines.push(alone(machine, cases, engine, "a case, by time band", of.alone, Kind::Band).await?);
    lines.push(together(machine, cases, engine, of.cases, Kind::Band).await?);
    machine.pack = machine::pack(BY_DAY)?.into();
    machine.begin_worker().await?;
    Ok(lines)
}

/// Cases that reported their addresses.
async fn reported(
    machine: &mut Machine,
    cases: &mut Cases,
    engine: Engine,
    of: &Measure,
) -> anyhow::Result<Vec<Vec<String>>> {
    let what = "a case that reported its address, by day";
    Ok(vec![
        alone(machine, cases, engine, what, of.alone, Kind::Reported).await?,
        together(machine, cases, engine, of.cases, Kind::Reported).await?,
    ])
}

/// How a case comes, and what counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Day,
    Band,
    Reported,
}

fn cases(machine: &Machine, of: &Measure, venues: &[VenueId], time: u64) -> anyhow::Result<Cases> {
    let (mut chance, today) = (Rng::with_seed(time), machine.today());
    // Three stages, the band, the reports: each alone warm, cold and once before; then thrice all together, the same.
    let all = 5 * (2 * of.alone + 1) + 3 * 3 * of.cases;
    let coming = (0..all)
        .map(|number| {
            let visits = (0..VISITS)
                .map(|_| (venues[chance.usize(..venues.len())], today.plus_days(-chance.i64(1..=WINDOW))))
                .collect();
            Ok(Coming {
                visits,
                address: Contact::email(&format!("patient{time}.{number}@visitor.example"))?,
            })
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let window = Window { first: today.plus_days(-WINDOW), last: today.plus_days(-1) };
    Ok(Cases { coming: coming.into_iter(), ring: machine.ring()?, window })
}

/// Seals everyone who will be opened: where the cases will have been, the case itself first.
async fn prepare(machine: &Machine, cases: &Cases) -> anyhow::Result<()> {
    let mut there: BTreeMap<ServiceDay, BTreeMap<VenueId, Contact>> = BTreeMap::new();
    for case in cases.coming.as_slice() {
        for (venue, day) in &case.visits {
            there.entry(*day).or_default().entry(*venue).or_insert_with(|| case.address.clone());
        }
    }
    let mut number = 0;
    for (day, venues) in &there {
        let at: Vec<VenueId> = venues.keys().copied().collect();
        fill::with_contacts(machine, &cases.ring, *day, &at, |venue, first| {
            number += 1;
            match venues.get(&venue).filter(|_| first == 0) {
                Some(case) => case.clone(),
                None => Contact::email(&format!("guest{number}@visitor.example")).expect("an address"),
            }
        })
        .await?;
    }
    Ok(())
}

/// Writes the tag index of the window's days, whole: the cases' own tags among as many others as check-ins.
async fn index(machine: &Machine, cases: &Cases, venues: &[VenueId], of: &Measure) -> anyhow::Result<()> {
    for day in cases.window.days() {
        let key = cases.ring.tag_key(day)?;
        let mut chance = Rng::with_seed(2);
        let mut tags: Vec<([u8; 16], CheckInPlace)> = Vec::new();
        let place = |venue, at, chance: &mut Rng| CheckInPlace {
            day,
            venue,
            at,
            nonce: CheckInNonce::issue(at, std::array::from_fn(|_| chance.u8(..))),
        };
        let at = machine.pack.policy.calendar.start_of(day).plus(Duration::from_secs(12 * 3600));
        for case in cases.coming.as_slice() {
            for (venue, _) in case.visits.iter().filter(|(_, visited)| *visited == day) {
                tags.push((key.tag(&case.address), place(*venue, at, &mut chance)));
            }
        }
        while (tags.len() as u64) < of.rows / of.days {
            let venue = venues[chance.usize(..venues.len())];
            tags.push((std::array::from_fn(|_| chance.u8(..)), place(venue, at, &mut chance)));
        }
        machine.office.write_index(day, &tags, machine.clock.now()).await?;
    }
    Ok(())
}

async fn come(machine: &Machine, cases: &mut Cases, kind: Kind) -> anyhow::Result<()> {
    let Some(case) = cases.coming.next() else { anyhow::bail!("no case is left") };
    if kind == Kind::Reported {
        machine.enter(&cases.ring, &[], Some(&case.address), cases.window).await?;
        return Ok(());
    }
    let visits: Vec<InterviewVisit> = case
        .visits
        .iter()
        .map(|(venue, day)| InterviewVisit {
            venue: Some(*venue),
            venue_text: String::new(),
            day: *day,
            stay: (kind == Kind::Band).then(|| afternoon(machine, *day)),
        })
        .collect();
    machine.enter(&cases.ring, &visits, None, cases.window).await?;
    Ok(())
}

fn afternoon(machine: &Machine, day: ServiceDay) -> Span {
    let from: Instant = machine.pack.policy.calendar.start_of(day).plus(Duration::from_secs(14 * 3600));
    Span { from, to: from.plus(Duration::from_secs(2 * 3600)) }
}

/// Cases that come one after another: the middle of all turns, warm; then each after everything was forgotten.
async fn alone(
    machine: &mut Machine,
    cases: &mut Cases,
    engine: Engine,
    what: &str,
    times: usize,
    kind: Kind,
) -> anyhow::Result<Vec<String>> {
    machine.analyze().await?;
    let before = proposed(machine).await?;
    come(machine, cases, kind).await?;
    machine.turn().await?;
    let (mut warm, mut cold) = (Turns::default(), Turns::default());
    for _ in 0..times {
        warm.idle.push(machine.turn().await?);
        come(machine, cases, kind).await?;
        warm.with_case(machine).await?;
    }
    for _ in 0..times {
        forget(machine).await?;
        cold.idle.push(machine.turn().await?);
        come(machine, cases, kind).await?;
        forget(machine).await?;
        cold.with_case(machine).await?;
    }
    let found = proposed(machine).await? - before;
    ensure!(found == 2 * times + 1, "{what}: {found} notices proposed, not {}", 2 * times + 1);
    let mut line = vec![engine.name().to_owned(), what.to_owned()];
    line.push(table::time(table::median(&mut warm.matching)));
    line.push(warm.matching.last().map_or_else(String::new, |longest| table::time(*longest)));
    line.push(table::time(table::median(&mut cold.matching)));
    line.push(cold.matching.last().map_or_else(String::new, |longest| table::time(*longest)));
    for times in [&mut warm.whole, &mut cold.whole, &mut warm.idle, &mut cold.idle] {
        line.push(table::time(table::median(times)));
    }
    Ok(line)
}

/// How long turns took: without a case, with one, and of these the matching.
#[derive(Default)]
struct Turns {
    idle: Vec<Duration>,
    whole: Vec<Duration>,
    matching: Vec<Duration>,
}

impl Turns {
    async fn with_case(&mut self, machine: &mut Machine) -> anyhow::Result<()> {
        self.whole.push(machine.turn().await?);
        self.matching.push(spent::matching());
        Ok(())
    }
}

/// Many cases in one turn: by a worker that matched as many before, where they were read before; then as if the machine
/// had just started.
async fn together(
    machine: &mut Machine,
    cases: &mut Cases,
    engine: Engine,
    many: usize,
    kind: Kind,
) -> anyhow::Result<Vec<String>> {
    machine.analyze().await?;
    many_at_once(machine, cases, many, (kind, false)).await?;
    let warm = many_at_once(machine, cases, many, (kind, false)).await?;
    let cold = many_at_once(machine, cases, many, (kind, true)).await?;
    let how = match kind {
        Kind::Day => "by day",
        Kind::Band => "by time band",
        Kind::Reported => "that reported their addresses, by day",
    };
    let what = format!("{} cases at once, {how}", table::number(many as u64));
    let none = String::new;
    let mut line = vec![engine.name().to_owned(), what];
    line.extend([table::time(warm.1), none(), table::time(cold.1), none()]);
    line.extend([table::time(warm.0), table::time(cold.0), none(), none()]);
    Ok(line)
}

/// How long the turn took in which they were matched, and of it the matching.
async fn many_at_once(
    machine: &mut Machine,
    cases: &mut Cases,
    many: usize,
    (kind, cold): (Kind, bool),
) -> anyhow::Result<(Duration, Duration)> {
    let before = proposed(machine).await?;
    if !cold {
        read_places(machine, &cases.coming.as_slice()[..many]).await?;
    }
    for _ in 0..many {
        come(machine, cases, kind).await?;
    }
    if cold {
        forget(machine).await?;
    }
    let took = machine.turn().await?;
    let found = proposed(machine).await? - before;
    // Two of them may have been at one venue on one day; the second then belongs to the first one's notice.
    ensure!(found * 10 >= many * 9, "{found} notices proposed for {many} cases");
    Ok((took, spent::matching()))
}

/// Reads what stands at these cases' places, so that it is in memory.
async fn read_places(machine: &Machine, coming: &[Coming]) -> anyhow::Result<()> {
    let mut readings = machine.intake.day_readings();
    for (venue, day) in coming.iter().flat_map(|case| &case.visits) {
        machine.intake.venues_numbered(&[*venue]).await?;
        let mut pages = readings.pages_at(*day, *venue, 1_000).await?;
        while pages.page().await?.is_some() {}
        readings.give_back(pages);
    }
    Ok(readings.let_go().await?)
}

async fn proposed(machine: &Machine) -> anyhow::Result<usize> {
    Ok(machine.office.notices(NoticeState::Proposed).await?.len())
}

/// Nothing of the databases is in any memory: neither the system's nor the server's nor the worker's.
async fn forget(machine: &mut Machine) -> anyhow::Result<()> {
    if let Some(server) = &machine.server {
        server.restart()?;
    }
    let synced = std::process::Command::new("sync").status()?;
    ensure!(synced.success(), "not synced");
    std::fs::write("/proc/sys/vm/drop_caches", "3")?;
    machine.begin_worker().await
}
