//! Time is read in one place, and the store's engine doesn't read it either.

use crate::assert_none;
use crate::repository::{product, texts};
use crate::rust::{Source, has_words};
use crate::sql::{flat, is_statement};

/// The one place.
const CLOCK: &str = "crates/domain/src/clock.rs";

const CALLS: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "Utc::now",
    "Local::now",
    "now_utc",
    "now_local",
    "UNIX_EPOCH.elapsed",
    ".elapsed()",
    "TimeZone::system",
];

/// SQL's own clocks and dice: the row must say what the injected ones say.
const IN_SQL: &[&str] = &[
    "current_timestamp",
    "current_date",
    "current_time",
    "now()",
    "datetime(",
    "strftime(",
    "unixepoch(",
    "julianday(",
    "clock_timestamp(",
    "random()",
    "randomblob(",
    "gen_random_uuid(",
];

fn readings(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| source.path != CLOCK) {
        for call in CALLS {
            let lines = source.lines_with(call);
            faults.extend(lines.iter().map(|line| format!("{}:{line}: {call} outside {CLOCK}", source.path)));
        }
        for (line, literal) in source.strings.iter().filter(|(_, literal)| is_statement(literal)) {
            faults.extend(sql_readings(&format!("{}:{line}", source.path), literal));
        }
    }
    faults
}

fn sql_readings(place: &str, statement: &str) -> Vec<String> {
    let text = flat(statement);
    let found = IN_SQL.iter().filter(|call| has_words(&text, call));
    found.map(|call| format!("{place}: `{call}` in SQL: pass the instant, or the random bytes, in")).collect()
}

/// Time is read in `clock.rs` only; randomness is passed in (invariant 4). clippy.toml bans the same
/// calls, but an `#[expect]` lifts its ban, and it doesn't read SQL.
#[test]
fn time_is_read_in_one_place() {
    let mut faults = readings(&product());
    for (path, text) in texts("crates/store/migrations") {
        for (n, line) in text.lines().enumerate() {
            let statement = line.split("--").next().unwrap_or("");
            faults.extend(sql_readings(&format!("{path}:{}", n + 1), statement));
        }
    }
    assert_none(&faults);
}

/// The rule above finds what is planted.
#[test]
fn planted_clocks_are_found() {
    let text =
        "fn f() { std::time::Instant::now(); q(\"update day set at = CURRENT_TIMESTAMP\"); clock.now() }";
    assert_eq!(readings(&[Source::read("crates/store/src/days.rs", text)]).len(), 2);
    assert_eq!(readings(&[Source::read(CLOCK, "fn f() { SystemTime::now() }")]).len(), 0);
}
