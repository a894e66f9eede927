//! Tries the program under faults, a kind at a time: `cargo run -p trial --bin tadori-faults -- --seconds 30`.
//!
//! Prints one line a kind and what broke; with `--write docs/performance.md` the table goes between that page's marks.
//! It starts `tadori` from beside itself (`cargo build` makes it), or from `--program`. `--kind` takes one or several,
//! `--engine postgresql` puts the databases of the other kinds there too, but for those that are of files. The same
//! `--seed` strikes at the same instants, as far as a machine repeats itself.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use fastrand::Rng;
use trial::faults::kind::{KINDS, Kind};
use trial::faults::report::{self, Line};
use trial::faults::tried;
use trial::load::report::placed;
use trial::words::Words;

const USAGE: &str = "usage: tadori-faults [--seconds <each>] [--kind <name,name>] [--engine <sqlite or postgresql>] \
                     [--seed <number>] [--program <path>] [--write <page>]";

#[tokio::main]
async fn main() -> ExitCode {
    match tried_all().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}\n{USAGE}\nkinds: {}", KINDS.map(|(name, _)| name).join(" "));
            ExitCode::from(2)
        }
    }
}

/// The kinds of these names, or all of them.
fn chosen(names: Option<&str>, postgres: bool) -> anyhow::Result<Vec<(&'static str, Kind)>> {
    let Some(names) = names else {
        return Ok(KINDS.into_iter().filter(|(_, kind)| !(postgres && kind.needs_files())).collect());
    };
    names
        .split(',')
        .map(|name| {
            let known = KINDS.into_iter().find(|(known, _)| *known == name);
            let known = known.with_context(|| format!("--kind {name}: not a kind"))?;
            ensure!(!(postgres && known.1.needs_files()), "{name} is of files, which PostgreSQL's aren't");
            Ok(known)
        })
        .collect()
}

async fn tried_all() -> anyhow::Result<bool> {
    let words = Words::read(std::env::args().skip(1), USAGE)?;
    let (program, postgres) = (words.program()?, words.postgres()?);
    let time = Duration::from_secs(words.number("--seconds", 20)?);
    let mut chance = Rng::with_seed(words.number("--seed", 1)?);
    let mut lines: Vec<Line> = Vec::new();
    for (name, kind) in chosen(words.value("--kind"), postgres)? {
        // Each kind has a seed of its own: it strikes as it would without the others.
        let mut own = Rng::with_seed(chance.u64(..));
        let verdict = tried(kind, &program, postgres, time, &mut own).await;
        println!("{}", report::line(name, &verdict));
        lines.push((name, verdict));
    }
    if let Some(page) = words.value("--write") {
        let command = format!("tadori-faults {}", words.said());
        let table = report::table(&lines);
        let figures = format!("`{}`, {} s each:\n\n{table}", command.trim(), time.as_secs());
        let mark = if postgres { "faults postgresql" } else { "faults" };
        let text = std::fs::read_to_string(Path::new(page)).with_context(|| page.to_owned())?;
        let text =
            placed(&text, mark, &figures).with_context(|| format!("{page} has no marks for {mark}"))?;
        std::fs::write(page, text)?;
    }
    Ok(lines.iter().all(|(_, verdict)| report::is_good(verdict)))
}
