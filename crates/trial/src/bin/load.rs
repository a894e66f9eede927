//! Measures check-ins of an installation of its own, as phones see them:
//! `cargo run --release -p trial --bin tadori-load`.
//!
//! Starts `tadori` from beside itself (`cargo build --release` makes it), or from `--program`, with `--venues` venues
//! on the disk of `--folder` (else of the temporary folder), and presses it closed with `--phones` phones and then
//! open at each of `--rates`, `--seconds` each. Prints the table; with `--write docs/performance.md` it goes between
//! that page's marks, and the chart beside it into `pictures/load.svg`. Phones and program share the machine.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use trial::faults::mail::Mail;
use trial::installation::Installation;
use trial::load::report::{self, Line};
use trial::load::{Way, press};

const USAGE: &str = "usage: tadori-load [--phones <number>] [--rates <500,2000,5000>] [--seconds <each>] \
                     [--venues <number>] [--folder <path>] [--program <path>] [--write <page>]";

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
    let words: Vec<String> = std::env::args().skip(1).collect();
    for pair in words.chunks(2) {
        let known = USAGE.split(['[', ' ']).any(|word| word == pair[0]);
        anyhow::ensure!(known && pair.len() == 2, "{}: not an option with its value", pair[0]);
    }
    let value = |name: &str| {
        words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).map(String::as_str)
    };
    let number = |name: &str, otherwise: u64| -> anyhow::Result<u64> {
        value(name).map_or(Ok(otherwise), |text| text.parse().with_context(|| format!("{name} {text}")))
    };
    let beside = std::env::current_exe()?.with_file_name("tadori");
    let program = value("--program").map_or(beside, PathBuf::from);
    let mut ways = vec![Way::Closed(number("--phones", 64)?)];
    for rate in value("--rates").unwrap_or("500,2000,5000").split(',') {
        ways.push(Way::Open(rate.parse().with_context(|| format!("--rates {rate}"))?));
    }
    let folder = match value("--folder") {
        Some(at) => tempfile::tempdir_in(at)?,
        None => tempfile::tempdir()?,
    };
    let mail = Mail::start(Duration::ZERO, 1).await?;
    let venues = usize::try_from(number("--venues", 1_000)?)?;
    let installation = Arc::new(Installation::new(folder.path(), &program, venues, mail.port()).await?);
    let _worker = installation.worker()?;
    let _door = installation.serve(None)?;
    installation.ready().await?;
    let time = Duration::from_secs(number("--seconds", 15)?);
    // Once for the caches and the connections.
    press(&installation, ways[0], Duration::from_secs(2), 1).await;
    let mut lines: Vec<Line> = Vec::new();
    for (way, seed) in ways.into_iter().zip(2..) {
        lines.push((way, press(&installation, way, time, seed).await));
    }
    let command = format!("tadori-load {}", words.join(" "));
    let figures = format!(
        "`{}`, {venues} venues, {} s each, {}:\n\n{}",
        command.trim(),
        time.as_secs(),
        if cfg!(debug_assertions) {
            "a program that isn't optimised"
        } else {
            "the program as it is released"
        },
        report::table(&lines)
    );
    print!("{figures}");
    match value("--write") {
        Some(page) => write(Path::new(page), &figures, &lines),
        None => Ok(()),
    }
}

fn write(page: &Path, figures: &str, lines: &[Line]) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(page).with_context(|| page.display().to_string())?;
    let text = report::placed(&text, figures).context("the page has no marks for the figures")?;
    std::fs::write(page, text)?;
    let pictures = page.with_file_name("pictures");
    std::fs::create_dir_all(&pictures)?;
    Ok(std::fs::write(pictures.join("load.svg"), report::chart(lines))?)
}
