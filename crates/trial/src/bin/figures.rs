//! Figures that docs/performance.md shows, of installations of its own:
//! `cargo run --release -p trial --bin tadori-figures -- matching --engine sqlite --folder /var/tmp`.
//!
//! What is said first chooses: `matching`, `fan-out`, `erasing`, `size`, `memory`. The table is printed; with `--write
//! docs/performance.md` it goes between that page's marks of the figure and engine. `matching` takes about 170 bytes
//! of the folder's disk a check-in on SQLite and 250 on PostgreSQL, and empties the machine's file cache, for which it
//! must be root; what was filled is kept with `--keep yes` and measured again with `--there`, each `--time` another
//! number. `fan-out` wants Postfix's `smtp-source` and `smtp-sink`, installed or unpacked at `--postfix`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};
use trial::figures::fan_out::{Programs, child};
use trial::figures::spent::Spent;
use trial::figures::{Engine, erasing, fan_out, matching, memory, size, table};

const USAGE: &str = "usage: tadori-figures <matching|fan-out|erasing|size|memory> [--engine sqlite|postgres] \
    [--folder <path>] [--write <page>]\n\
    matching: [--check-ins <number>] [--days <number>] [--venues <number>] [--cases <number>] [--alone <number>] \
    [--reported yes|no] [--keep yes] [--there <what was kept>] [--time <1, 2, …>]\n\
    fan-out: [--recipients <number>] [--connections <number>] [--delay <ms>] [--postfix <path>]\n\
    erasing: [--sizes <1000,100000,5000000>]\n\
    size: [--check-ins <number>] [--venues <number>]\n\
    memory: [--program <path>] [--seconds <number>]";

struct Words(Vec<String>);

impl Words {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().position(|word| word == name).and_then(|at| self.0.get(at + 1)).map(String::as_str)
    }

    fn number(&self, name: &str, otherwise: u64) -> anyhow::Result<u64> {
        self.value(name).map_or(Ok(otherwise), |text| text.parse().with_context(|| format!("{name} {text}")))
    }

    fn check(&self) -> anyhow::Result<()> {
        for pair in self.0.chunks(2) {
            let known = USAGE.split(['[', ' ']).any(|word| word == pair[0]);
            anyhow::ensure!(known && pair.len() == 2, "{}: not an option with its value", pair[0]);
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // Filling takes statements that are slow, and says so.
    let filter = EnvFilter::new("warn,sqlx=error");
    let told = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    let spans = Spent.with_filter(EnvFilter::new("off,worker::traces=info"));
    tracing_subscriber::registry().with(told).with(spans).init();
    match measured().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

async fn measured() -> anyhow::Result<()> {
    let mut said = std::env::args().skip(1);
    let figure = said.next().context("which figure?")?;
    let words = Words(said.collect());
    if figure == child::WORD {
        return child::run(&words.0).await;
    }
    words.check()?;
    let engine = Engine::parse(words.value("--engine").unwrap_or("sqlite"))?;
    let folder = match words.value("--folder") {
        Some(at) => tempfile::tempdir_in(at)?,
        None => tempfile::tempdir()?,
    };
    let measured = measure(&figure, engine, folder.path(), &words).await;
    if words.value("--keep") == Some("yes") {
        eprintln!("kept: {}", folder.keep().display());
    }
    let (head, lines) = measured?;
    let optimised = if cfg!(debug_assertions) { ", not optimised" } else { "" };
    let command = format!("tadori-figures {figure} {}", words.0.join(" "));
    let figures = format!("`{}`{optimised}:\n\n{}", command.trim(), table::table(&head, &lines));
    print!("{figures}");
    match words.value("--write") {
        Some(page) => table::write(Path::new(page), &format!("{figure} {}", engine.name()), &figures),
        None => Ok(()),
    }
}

type Table = (Vec<&'static str>, Vec<Vec<String>>);

async fn measure(figure: &str, engine: Engine, folder: &Path, words: &Words) -> anyhow::Result<Table> {
    match figure {
        "matching" => {
            let of = matching::Measure {
                rows: words.number("--check-ins", 100_000_000)?,
                days: words.number("--days", 60)?,
                venues: usize::try_from(words.number("--venues", 100_000)?)?,
                cases: usize::try_from(words.number("--cases", 1_000)?)?,
                alone: usize::try_from(words.number("--alone", 20)?)?,
                reported: words.value("--reported") != Some("no"),
            };
            let head = vec![
                "engine",
                "what is matched",
                "warm, median",
                "warm, longest",
                "cold, median",
                "cold, longest",
                "the whole turn, warm",
                "cold",
                "a turn without a case, warm",
                "cold",
            ];
            let lines = match words.value("--there") {
                Some(there) => {
                    matching::again(Path::new(there), engine, &of, words.number("--time", 1)?).await?
                }
                None => matching::measure(folder, engine, &of).await?,
            };
            Ok((head, lines))
        }
        "fan-out" => {
            let of = fan_out::Measure {
                recipients: words.number("--recipients", 100_000)?,
                connections: usize::try_from(words.number("--connections", 4)?)?,
                delay: Duration::from_millis(words.number("--delay", 0)?),
            };
            let postfix = words.value("--postfix").map_or_else(PathBuf::new, PathBuf::from);
            let programs = Programs { postfix: &postfix };
            let head = vec![
                "engine",
                "round trip",
                "connections",
                "recipients",
                "approval to the last",
                "ours, messages a second",
                "`smtp-source -d`: connections kept",
                "of it",
                "`smtp-source`: a connection a message",
                "of it",
                "worker idle",
                "worker at most",
            ];
            Ok((head, vec![fan_out::measure(folder, engine, &of, &programs).await?]))
        }
        "erasing" => {
            let sizes = words.value("--sizes").unwrap_or("1000,100000,5000000");
            let sizes =
                sizes.split(',').map(str::parse).collect::<Result<Vec<u64>, _>>().context("--sizes")?;
            let head = vec![
                "engine",
                "check-ins of the day",
                "on the disk",
                "the turn that erases it",
                "the turn that closed it",
            ];
            Ok((head, erasing::measure(folder, engine, &sizes).await?))
        }
        "size" => {
            let (rows, venues) = (words.number("--check-ins", 200_000)?, words.number("--venues", 10_000)?);
            let head = vec![
                "engine",
                "check-ins",
                "while the day is open",
                "closed",
                "its index",
                "the turn that closes it",
            ];
            Ok((head, size::measure(folder, engine, rows, usize::try_from(venues)?).await?))
        }
        "memory" => {
            let beside = std::env::current_exe()?.with_file_name("tadori");
            let program = words.value("--program").map_or(beside, PathBuf::from);
            let time = Duration::from_secs(words.number("--seconds", 15)?);
            let head = vec!["process", "ready after", "idle", "at most", "under"];
            Ok((head, memory::measure(folder, &program, time).await?))
        }
        _ => anyhow::bail!("{figure}: not a figure"),
    }
}
