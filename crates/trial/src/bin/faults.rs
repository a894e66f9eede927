//! Tries the program under faults, a kind at a time: `cargo run -p trial --bin tadori-faults -- --seconds 30`.
//!
//! Prints one line a kind and what broke. It starts `tadori` from beside itself (`cargo build` makes it), or from
//! `--program`. The same `--seed` strikes at the same instants, as far as a machine repeats itself.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use fastrand::Rng;
use trial::faults::kind::{KINDS, Kind};
use trial::faults::tried;

const USAGE: &str =
    "usage: tadori-faults [--seconds <each>] [--kind <name>] [--seed <number>] [--program <path>]\nkinds:";

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).map(String::as_str)
    };
    if words.iter().any(|word| word == "--help") {
        println!("{USAGE} {}", KINDS.map(|(name, _)| name).join(" "));
        return ExitCode::SUCCESS;
    }
    let number = |name: &str, otherwise| value(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let beside = std::env::current_exe().map(|own| own.with_file_name("tadori")).unwrap_or_default();
    let program = value("--program").map_or(beside, PathBuf::from);
    let chosen: Vec<(&str, Kind)> =
        KINDS.into_iter().filter(|(name, _)| value("--kind").is_none_or(|kind| kind == *name)).collect();
    if chosen.is_empty() {
        eprintln!("{USAGE} {}", KINDS.map(|(name, _)| name).join(" "));
        return ExitCode::from(2);
    }
    let (time, mut good) = (Duration::from_secs(number("--seconds", 20)), true);
    let mut chance = Rng::with_seed(number("--seed", 1));
    for (name, kind) in chosen {
        match tried(kind, &program, time, &mut chance).await {
            Ok(verdict) => {
                println!(
                    "{name:<14} {:>3} faults  {:>6} check-ins acknowledged, {:>4} not  {:>2} notices  {:>5} mails, \
                     {:>3} doubled  {}",
                    verdict.faults,
                    verdict.acknowledged,
                    verdict.not_acknowledged,
                    verdict.notices,
                    verdict.mails,
                    verdict.doubled,
                    if verdict.broken.is_empty() { "good" } else { "BROKEN" }
                );
                for broken in verdict.broken.iter().take(8) {
                    println!("    {broken}");
                }
                good &= verdict.broken.is_empty();
            }
            Err(error) => {
                println!("{name:<14} BROKEN: {error:#}");
                good = false;
            }
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
