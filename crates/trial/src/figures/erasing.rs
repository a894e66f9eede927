//! Erasing: the turn in which a day ends, after days that held little and much.
//!
//! Two months pass turn by turn under the real guards; what is timed is the whole turn that destroys the day's key,
//! writes the key ring anew, removes check-ins and index, looks whether they are gone and publishes it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use domain::check_in::{CheckInNonce, CheckInPlace};
use fastrand::Rng;
use store::days::DayState;

use crate::figures::machine::{DAY, Machine};
use crate::figures::{Engine, fill, table};

const RULES: &[(&str, &str)] =
    &[("self_report = true", "self_report = false"), ("confirmation = \"every\"", "confirmation = \"none\"")];

/// Days that pass until all are gone.
const UNTIL_GONE: u64 = 66;

/// Erases days that held so many check-ins each; the lines of the table.
///
/// # Errors
/// What kept them from being erased.
pub async fn measure(folder: &Path, engine: Engine, sizes: &[u64]) -> anyhow::Result<Vec<Vec<String>>> {
    let mut machine = Machine::new(folder, engine, UNTIL_GONE, RULES).await?;
    let venue = fill::register(&machine, 1).await?[0];
    machine.turn().await?;
    let first = machine.today();
    let mut closing = Vec::new();
    for (number, rows) in sizes.iter().enumerate() {
        let day = first.plus_days(i64::try_from(number)?);
        fill::open(&machine, day, venue, *rows).await?;
        let tags = tags(
            *rows,
            CheckInPlace {
                day,
                venue,
                at: machine.clock.now(),
                nonce: CheckInNonce::issue(machine.clock.now(), [0; 10]),
            },
        );
        machine.office.write_index(day, &tags, machine.clock.now()).await?;
        machine.clock.advance(DAY);
        closing.push(machine.turn().await?);
        ensure!(machine.intake.day(day).await?.context("no day")?.check_ins == *rows, "closed and counted");
        eprintln!("{}: {rows} check-ins closed", engine.name());
    }
    let (mut lines, mut idle) = (Vec::new(), Vec::new());
    let mut next = 0;
    for _ in 0..UNTIL_GONE {
        let day = first.plus_days(i64::try_from(next)?);
        let bytes = fill::bytes(&machine, day).await.unwrap_or(0);
        let took = machine.turn().await?;
        let stored = machine.intake.day(day).await?.context("no day")?;
        if stored.state == DayState::Erased {
            let published = machine.intake.erasures(1).await?;
            let erased = published.first().context("nothing published")?;
            ensure!(erased.verified && erased.erased.check_ins == sizes[next], "erased and counted");
            lines.push(vec![
                engine.name().to_owned(),
                table::number(sizes[next]),
                format!("{} MB", table::number(bytes / 1_000_000)),
                table::time(took),
                table::time(closing[next]),
            ]);
            next += 1;
            if next == sizes.len() {
                break;
            }
        } else {
            idle.push(took);
        }
        // A turn without anything new, between: it isn't the day's change that is timed.
        machine.clock.advance(DAY);
    }
    ensure!(next == sizes.len(), "only {next} days were erased");
    let line = |text: &str, time: Duration| {
        vec![engine.name().to_owned(), text.to_owned(), String::new(), table::time(time), String::new()]
    };
    lines.push(line("a turn that makes and closes an empty day", table::median(&mut idle)));
    Ok(lines)
}

fn tags(rows: u64, place: CheckInPlace) -> Vec<([u8; 16], CheckInPlace)> {
    let mut chance = Rng::with_seed(3);
    let mut tags: Vec<_> = (0..rows).map(|_| (std::array::from_fn(|_| chance.u8(..)), place)).collect();
    tags.sort_unstable();
    tags
}
