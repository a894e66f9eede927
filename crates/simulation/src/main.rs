//! The whole machine in one process on one clock, driven by a seed: do DESIGN's promises hold, whatever fails?
//!
//! Real stores, the real worker with all its jobs, the officers' door; mail servers, a LINE and a push service that refuse,
//! are away, or take a message and lose the answer; accounts that block ours, browsers that end their subscriptions; workers killed at an await and begun anew,
//! clocks that are behind or minutes ahead, machines that stand still for weeks; people, cases, clusters, approvals,
//! withdrawals, stops of notices and of channels, some of them in the middle of a turn. What must come of it says a
//! plain model ([`check`], with its 12 invariants).
//!
//! Every fourth seed matches by time band, and every fourth has the app. A worker follows upon a killed one at once, with the same ring.
//!
//! Not in it: webhooks, PostgreSQL, a worker that stands by while another works, clocks that are far ahead (but
//! for `clock_ahead`).
//!
//! ```text
//! cargo run -p simulation -- --seeds 1000 [--from 0] [--seconds 60]   lives of so many seeds, on every core;
//!                                                                     one in 32 is long, the others a day
//! cargo run -p simulation -- --seed 17 [--days 90] [--times 20]       one life, told line by line
//! ```
//!
//! A seed decides everything but how the machine's threads take turns: where a kill falls among them may differ by
//! a statement from one run to the next, so a broken seed is lived several times.

mod acts;
mod bands;
mod browsers;
mod check;
#[cfg(test)]
mod clock_ahead;
mod dice;
mod history;
mod install;
mod life;
mod look;
mod machine;
mod many;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod reproductions;
mod rules;
mod turn;
mod weather;

use std::process::ExitCode;

use crate::many::Asked;

const USAGE: &str = "\
usage: simulation --seeds <number> [--from <seed>] [--seconds <most>] [--days <each>]
       simulation --seed <seed> [--days <number>] [--times <number>]
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| -> Option<u64> {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1)?.parse().ok()
    };
    let days = value("--days").and_then(|days| u32::try_from(days).ok());
    if let Some(seed) = value("--seed") {
        return ending(many::one(seed, days, value("--times").unwrap_or(1)));
    }
    let Some(seeds) = value("--seeds") else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    let asked = Asked {
        from: value("--from").unwrap_or(0),
        seeds,
        step: value("--step").unwrap_or(1),
        seconds: value("--seconds"),
        days,
        core: value("--core").and_then(|core| usize::try_from(core).ok()),
    };
    // A process a core: threads of one life don't disturb another's.
    ending(if words.iter().any(|word| word == "--alone") {
        many::alone(&asked)
    } else {
        many::on_every_core(&asked)
    })
}

fn ending(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
