//! Whose code we ship, under what terms, and from where.
//!
//! `deny.toml` says what is allowed. Cargo alone is enough to compare it with the tree of crates, in a
//! tenth of a second, so that comparison always runs; cargo-deny reads the licence texts as well and
//! looks up known vulnerabilities, and takes about three minutes to build where it isn't installed. Its
//! database of advisories comes from a git host that a closed network doesn't reach: that is no failure,
//! but it is said.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use crate::setup;
use crate::spdx;
use crate::step::{Done, Failure, cargo, output, program, root};

/// The version that deny.toml is written for.
const CARGO_DENY: &str = "0.20.2";

/// The step that always runs.
pub fn check() -> Result<Done, Failure> {
    let rules = Rules::read()?;
    let tree = tree()?;
    let faults: Vec<String> = tree.iter().filter_map(|line| rules.fault(line)).collect();
    if !faults.is_empty() {
        let then = "use another crate, or allow it in deny.toml with the reason on its line\n\
                    who brings it in: cargo tree --workspace --invert <crate>";
        return Err(Failure::new(faults.join("\n"), then));
    }
    println!("   {} crates, each from the registry and under a licence of deny.toml", tree.len());
    Ok(Done::Checked)
}

/// The step that takes cargo-deny's word.
pub fn audit() -> Result<Done, Failure> {
    let deny = cargo_deny()?;
    let words = ["--log-level", "error", "check", "licenses", "bans", "sources"];
    let then = "mend what is named above; rules and their reasons stand in deny.toml";
    program(Command::new(&deny).args(words), then)?;
    if output(Command::new(&deny).args(["fetch", "db"]), "").is_err() {
        return Ok(Done::Partly(
            "known vulnerabilities, for their database could not be fetched from here; \
             on a machine with the network: cargo deny check advisories"
                .to_owned(),
        ));
    }
    let then = "upgrade the crate named above, or write the advisory's id with a reason into deny.toml";
    program(Command::new(&deny).args(["--log-level", "error", "check", "advisories"]), then)?;
    Ok(Done::Checked)
}

/// Where cargo-deny is: the machine's, or ours in the target folder, built there if need be.
fn cargo_deny() -> Result<PathBuf, Failure> {
    let tools = root().join("target/tools");
    let ours = tools.join("bin/cargo-deny");
    if let Some(installed) = setup::find("cargo-deny") {
        return Ok(installed);
    }
    if !ours.is_file() {
        println!(
            "   cargo-deny isn't installed here: it is built once into target/tools, in about three minutes"
        );
        let words = ["install", "--quiet", "--locked", "cargo-deny", "--version", CARGO_DENY, "--root"];
        program(cargo(&words).arg(&tools), "cargo install cargo-deny --locked")?;
    }
    Ok(ours)
}

/// What `deny.toml` allows. Read line by line: one entry a line is the file's own rule.
struct Rules {
    licences: BTreeSet<String>,
    exceptions: BTreeSet<(String, String)>,
    banned: BTreeSet<String>,
}

impl Rules {
    fn read() -> Result<Self, Failure> {
        let then = "git checkout deny.toml";
        let text = std::fs::read_to_string(root().join("deny.toml"))
            .map_err(|error| Failure::new(format!("deny.toml can't be read: {error}"), then))?;
        let rules = Self::parse(&text);
        if rules.licences.is_empty() || rules.banned.is_empty() {
            return Err(Failure::new("deny.toml allows no licence, or bans no crate: is it whole?", then));
        }
        Ok(rules)
    }

    fn parse(text: &str) -> Self {
        let mut rules =
            Self { licences: BTreeSet::new(), exceptions: BTreeSet::new(), banned: BTreeSet::new() };
        let (mut table, mut list) = ("", "");
        for line in text.lines().map(str::trim) {
            let quoted: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
            match line.split_once('=') {
                _ if line.starts_with('#') => {}
                _ if line.starts_with('[') => (table, list) = (line, ""),
                _ if line == "]" => list = "",
                Some((name, "[" | " [")) => list = name.trim(),
                _ => match (table, list, quoted.as_slice()) {
                    ("[licenses]", "allow", [licence]) => {
                        rules.licences.insert((*licence).to_owned());
                    }
                    ("[licenses]", "exceptions", [name, licence, ..]) => {
                        rules.exceptions.insert(((*name).to_owned(), (*licence).to_owned()));
                    }
                    ("[bans]", "deny", [name, ..]) => {
                        rules.banned.insert((*name).to_owned());
                    }
                    _ => {}
                },
            }
        }
        rules
    }

    /// What is wrong with a crate, given as `name v1.2.3 (source)|licence`.
    fn fault(&self, line: &str) -> Option<String> {
        let (package, licence) = line.split_once('|').unwrap_or((line, ""));
        let name = package.split(' ').next().unwrap_or(package);
        let source = package.split(" (").nth(1).filter(|source| !source.starts_with("proc-macro"));
        let accepts = |terms: &str| {
            self.licences.contains(terms) || self.exceptions.contains(&(name.into(), terms.into()))
        };
        if self.banned.contains(name) {
            Some(format!("{package} is banned by deny.toml"))
        } else if source.is_some_and(|source| !source.starts_with('/')) {
            Some(format!("{package} doesn't come from the registry"))
        } else if !spdx::satisfied(licence, &accepts) {
            Some(format!("{package} is under `{licence}`, which deny.toml doesn't allow"))
        } else {
            None
        }
    }
}

/// Every crate that is compiled here, once, as `name v1.2.3 (source)|licence`.
fn tree() -> Result<BTreeSet<String>, Failure> {
    let words = ["tree", "--locked", "--workspace", "--prefix", "none", "--format", "{p}|{l}"];
    let then = "if Cargo.lock lags behind a Cargo.toml: cargo check --workspace, and commit Cargo.lock";
    let text = output(&mut cargo(&words), then)?;
    Ok(text
        .lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .filter(|line| !line.is_empty())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::Rules;

    const RULES: &str = "\
[licenses]
allow = [
  # permissive
  \"MIT\",
]
exceptions = [
  { crate = \"odd\", allow = [\"MPL-2.0\"] }, # used unchanged
]
[bans]
deny = [
  { crate = \"openssl\", reason = \"one TLS\" },
]
";

    /// The repository's own file is read whole.
    #[test]
    fn own_rules_are_read() {
        let Ok(rules) = Rules::read() else { panic!("deny.toml is read") };
        for licence in ["Apache-2.0", "MIT", "Apache-2.0 WITH LLVM-exception", "Zlib"] {
            assert!(rules.licences.contains(licence), "{licence}");
        }
        for name in ["chrono", "lettre", "native-tls", "openssl", "openssl-sys"] {
            assert!(rules.banned.contains(name), "{name}");
        }
    }

    /// Licence, exception, ban and source are each looked at.
    #[test]
    fn faults_are_found() {
        let rules = Rules::parse(RULES);
        for good in
            ["a v1.0.0|MIT", "m v1.0.0 (proc-macro)|MIT", "domain v0.1.0 (/home/x)|MIT", "odd v1.0.0|MPL-2.0"]
        {
            assert_eq!(rules.fault(good), None);
        }
        for bad in [
            "a v1.0.0|GPL-3.0",
            "a v1.0.0|",
            "b v1.0.0|MPL-2.0",
            "openssl v0.10.0|MIT",
            "g v1.0.0 (ssh://x)|MIT",
        ] {
            assert!(rules.fault(bad).is_some(), "{bad}");
        }
    }
}
