//! What every file owes its reader.

use crate::assert_none;
use crate::repository::{files, root, texts, written_here};
use crate::rust::Source;

/// A file that needs more is two files.
const LINES: usize = 500;

/// Text that people wrote here, by the ending of its name.
const WRITTEN: &[&str] =
    &["css", "ftl", "html", "js", "json", "md", "mjs", "rs", "sql", "toml", "txt", "typ", "yml", "run"];

fn undocumented(sources: &[Source]) -> Vec<String> {
    let bare = sources.iter().filter(|source| !source.text.starts_with("//! "));
    bare.map(|source| format!("{}: no `//!` at its top that says what it is for", source.path)).collect()
}

fn long(sources: &[Source]) -> Vec<String> {
    let long = sources
        .iter()
        .map(|source| (source, source.text.lines().count()))
        .filter(|(_, lines)| *lines > LINES);
    long.map(|(source, lines)| format!("{}: {lines} lines; {LINES} at most", source.path)).collect()
}

/// Marks that say "later". The words are put together here so that this file has none.
fn marks(path: &str, text: &str) -> Vec<String> {
    let marks = [["TO", "DO"], ["FIX", "ME"], ["X", "XX"]].map(|halves| halves.concat());
    let ignored = ["#[", "ignore"].concat();
    let mut faults = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let mut words = line.split(|letter: char| !letter.is_alphanumeric());
        if words.any(|word| marks.iter().any(|mark| mark == word)) {
            faults.push(format!("{path}:{}: do it, or file it: {}", n + 1, line.trim()));
        }
        if path.ends_with(".rs") && line.trim_start().starts_with(&ignored) {
            faults.push(format!("{path}:{}: a test that nobody runs proves nothing", n + 1));
        }
    }
    faults
}

/// Paths of the machine that somebody wrote this on, where no address runs on before them.
fn machine_paths(path: &str, bytes: &[u8]) -> Vec<String> {
    let homes = [["/wo", "rk/"], ["/ro", "ot/"]].map(|halves| halves.concat());
    let mut faults = Vec::new();
    for home in homes {
        let starts = bytes.windows(home.len()).enumerate().filter(|(_, window)| *window == home.as_bytes());
        let inside = |at: usize| {
            at > 0
                && (bytes[at - 1].is_ascii_alphanumeric()
                    || matches!(bytes[at - 1], b'-' | b'_' | b'.' | b'/' | b'}'))
        };
        let found = starts.filter(|(at, _)| !inside(*at)).count();
        if found > 0 {
            faults.push(format!("{path}: names {home} {found} times"));
        }
    }
    faults
}

fn written() -> Vec<(String, String)> {
    let of_ours = |path: &str| path.rsplit(['.', '/']).next().is_some_and(|ending| WRITTEN.contains(&ending));
    texts("").into_iter().filter(|(path, _)| of_ours(path)).collect()
}

/// Each module says what it is for (CONTRIBUTING.md).
#[test]
fn every_module_is_introduced() {
    assert_none(&undocumented(&written_here()));
}

/// Files stay short enough to be read in one sitting (CONTRIBUTING.md).
#[test]
fn files_are_short() {
    assert_none(&long(&written_here()));
}

/// Nothing is left for later inside the code, and no test is switched off (CONTRIBUTING.md).
#[test]
fn nothing_is_left_for_later() {
    assert_none(&written().iter().flat_map(|(path, text)| marks(path, text)).collect::<Vec<_>>());
}

/// The repository builds anywhere: it names no folder of the machine it was written on.
#[test]
fn no_path_of_a_machine() {
    assert_none(&files("").iter().flat_map(|(path, bytes)| machine_paths(path, bytes)).collect::<Vec<_>>());
}

/// A lock file of npm names no download address, so that it installs from whatever registry is there.
#[test]
fn npm_lock_names_no_host() {
    let locks: Vec<_> =
        texts("tests").into_iter().filter(|(path, _)| path.ends_with("package-lock.json")).collect();
    assert!(!locks.is_empty(), "the browser tests' lock file is gone");
    let wrong =
        locks.iter().filter(|(_, text)| text.contains("\"resolved\"") || text.contains("://registry"));
    assert_none(&wrong.map(|(path, _)| format!("{path}: names a host")).collect::<Vec<_>>());
}

/// The one test command is the one that CI runs, and nothing else.
#[test]
fn ci_runs_the_one_command() {
    let script = std::fs::read_to_string(root().join(".ci/run")).expect(".ci/run is there");
    assert_eq!(
        script,
        "#!/usr/bin/env bash\nset -euo pipefail\ncd \"$(dirname \"$0\")/..\"\nexec cargo xtask test\n"
    );
}

/// The rules above find what is planted.
#[test]
fn planted_neglect_is_found() {
    let source = |text: &str| [Source::read("crates/x/src/a.rs", text)];
    assert_eq!(undocumented(&source("use std::fmt;\n//! late")).len(), 1);
    assert_eq!(long(&source(&"\n".repeat(LINES + 1))).len(), 1);
    assert_eq!(long(&source(&"\n".repeat(LINES))).len(), 0);
    let text = ["// TO", "DO: x\n    #[", "ignore = \"slow\"]\n// FIX", "ME\nTODOS"].concat();
    assert_eq!(marks("a.rs", &text).len(), 3);
    let text = ["see \"/wo", "rk/main\" and https://a.b/wo", "rk/x and ~/ro", "ot/y"].concat();
    assert_eq!(machine_paths("a.md", text.as_bytes()).len(), 2);
}
