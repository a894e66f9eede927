//! `cargo xtask test`: the one command that a newcomer and CI run.
//!
//! It fetches what the tests need beyond cargo, then checks format, licences, lints, docs and every
//! test, and stops at the first that fails with what to do about it. It has no dependencies, so that it
//! compiles in a second and can say what is missing on a machine where nothing else builds yet.

mod browser;
mod checks;
mod licences;
mod line;
mod package;
mod sbom;
mod setup;
mod spdx;
mod step;

use std::process::ExitCode;

use crate::step::Step;

const SBOM: Step = Step { name: "bill of materials", act: sbom::write };
const PACKAGE: Step = Step { name: "Debian package", act: package::make };

const USAGE: &str = "\
usage: cargo xtask <command>

  test [--fast]   set-up, format, licences, lints, docs, all tests, LINE's SDK, browser tests
                  --fast: without docs, LINE's SDK and browser
  generate        write docs/coverage.md and docs/schema anew, where a test says that they are stale
  sbom            write the bill of materials of what ships, target/tadori.cdx.json (CycloneDX)
  package         build the release binary and the Debian package, in target/package
  setup           only find, or install, what the tests need beyond cargo
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let steps = match words.as_slice() {
        ["test"] => checks::all(),
        ["test", "--fast"] => checks::fast(),
        ["generate"] => vec![checks::GENERATE],
        ["sbom"] => vec![SBOM],
        ["package"] => vec![PACKAGE],
        ["setup"] => vec![setup::step(setup::Extent::All)],
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if step::run(&steps) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
