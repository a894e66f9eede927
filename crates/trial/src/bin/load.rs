//! Measures check-ins of an installation of its own, as phones see them:
//! `cargo run --release -p trial --bin tadori-load`.
//!
//! Starts `tadori` from beside itself (`cargo build --release` makes it), or from `--program`, with `--venues` venues
//! on the disk of `--folder` (else of the temporary folder), and presses it closed with `--phones` phones and then
//! open at each of `--rates`, `--seconds` each. Prints the table; with `--write docs/performance.md` it goes between
//! that page's marks, and the chart beside it. `--engine postgresql` puts the databases on a PostgreSQL of its own.
//! `--while failover,mail-slow` presses at each of the rates while such a fault strikes again and again and officers
//! send notices, on an installation of each kind's own. Phones and program share the machine.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use fastrand::Rng;
use trial::faults::kind::{KINDS, Kind};
use trial::faults::people::People;
use trial::faults::scene::{On, Scene};
use trial::load::report::{self, Line};
use trial::load::{Way, press};
use trial::settings;
use trial::words::Words;

const USAGE: &str = "usage: tadori-load [--engine <sqlite or postgresql>] [--phones <number>] \
                     [--rates <500,2000,5000>] [--seconds <each>] [--venues <number>] [--while <kind,kind>] \
                     [--folder <path>] [--program <path>] [--write <page>]";

#[tokio::main]
async fn main() -> ExitCode {
    match measured().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

async fn measured() -> anyhow::Result<()> {
    let words = Words::read(std::env::args().skip(1), USAGE)?;
    let postgres = words.postgres()?;
    let mut rates = Vec::new();
    for rate in words.value("--rates").unwrap_or("500,2000,5000").split(',') {
        rates.push(Way::Open(rate.parse().with_context(|| format!("--rates {rate}"))?));
    }
    let time = Duration::from_secs(words.number("--seconds", 15)?);
    let (lines, mark) = match words.value("--while") {
        Some(kinds) => (pressed_while(&words, kinds, &rates, time).await?, "load while".to_owned()),
        None => {
            let ways: Vec<Way> =
                std::iter::once(Way::Closed(words.number("--phones", 64)?)).chain(rates).collect();
            let engine = if postgres { "postgresql" } else { "sqlite" };
            (pressed(&words, Kind::Nothing, &ways, time).await?, format!("load {engine}"))
        }
    };
    let command = format!("tadori-load {}", words.said());
    let figures = format!(
        "`{}`, {} venues, {} s each, {}:\n\n{}",
        command.trim(),
        words.number("--venues", 1_000)?,
        time.as_secs(),
        if cfg!(debug_assertions) {
            "a program that isn't optimised"
        } else {
            "the program as it is released"
        },
        report::table(&lines)
    );
    print!("{figures}");
    match words.value("--write") {
        Some(page) => write(Path::new(page), &mark, &figures, &lines),
        None => Ok(()),
    }
}

/// Presses one installation each way, while this kind of fault strikes.
async fn pressed(words: &Words, kind: Kind, ways: &[Way], time: Duration) -> anyhow::Result<Vec<Line>> {
    let folder = match words.value("--folder") {
        Some(at) => tempfile::tempdir_in(at)?,
        None => tempfile::tempdir()?,
    };
    let venues = usize::try_from(words.number("--venues", 1_000)?)?;
    let (program, postgres) = (words.program()?, words.postgres()?);
    let on = On { folder: folder.path(), program: &program, venues, postgres };
    let mut chance = Rng::with_seed(1);
    let mut scene = Scene::set(kind, &on, &mut chance).await?;
    let installation = Arc::clone(&scene.installation);
    installation.ready().await.with_context(|| scene.last_words())?;
    // Once for the caches and the connections.
    press(&installation, ways[0], Duration::from_secs(2), 1).await;
    let mut lines = Vec::new();
    let people = match kind {
        Kind::Nothing => None,
        _ => Some(People::come(&installation, &scene.post, chance.u64(..)).await),
    };
    for (way, seed) in ways.iter().zip(2..) {
        let pressing = press(&installation, *way, time, seed);
        tokio::pin!(pressing);
        let mut faults = 0;
        let measured = loop {
            if kind == Kind::Nothing {
                break pressing.await;
            }
            // A strike that has begun is ended, or half of a failover would be left.
            let strike = scene.strike(0, &mut chance);
            tokio::pin!(strike);
            tokio::select! {
                measured = &mut pressing => {
                    strike.await?;
                    break measured;
                }
                struck = &mut strike => faults += struck?,
            }
        };
        let name = KINDS.into_iter().find(|(_, known)| *known == kind && kind != Kind::Nothing);
        let name = name.map(|(name, _)| (name, faults));
        lines.push(Line { way: *way, during: name, measured });
    }
    scene.recover().await?;
    if let Some(people) = people {
        people.go_home(Duration::ZERO).await;
    }
    Ok(lines)
}

async fn pressed_while(
    words: &Words,
    kinds: &str,
    rates: &[Way],
    time: Duration,
) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for name in kinds.split(',') {
        let known = KINDS.into_iter().find(|(known, _)| *known == name);
        let (_, kind) = known.with_context(|| format!("--while {name}: not a kind of faults"))?;
        ensure!(kind.way() == settings::Way::Mail, "--while {name}: phones check in by the form");
        lines.extend(pressed(words, kind, rates, time).await?);
    }
    Ok(lines)
}

fn write(page: &Path, mark: &str, figures: &str, lines: &[Line]) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(page).with_context(|| page.display().to_string())?;
    let text = report::placed(&text, mark, figures).with_context(|| format!("no marks for {mark}"))?;
    std::fs::write(page, text)?;
    let pictures = page.with_file_name("pictures");
    std::fs::create_dir_all(&pictures)?;
    let picture = format!("{}.svg", mark.replace(' ', "-"));
    Ok(std::fs::write(pictures.join(picture), report::chart(lines))?)
}
