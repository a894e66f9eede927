//! The steps of `cargo xtask test`, in their order: what is quick and often wrong comes first, the test
//! runner whose closing line CI reads comes late.

use crate::setup::{self, Extent};
use crate::step::{Done, Failure, Step, cargo, program};
use crate::{browser, licences, line};

/// Everything.
pub fn all() -> Vec<Step> {
    vec![
        setup::step(Extent::All),
        FORMAT,
        LICENCES,
        AUDIT,
        LINTS,
        DOCS,
        DOC_TESTS,
        TESTS,
        SIMULATION,
        LINE,
        BROWSER,
    ]
}

/// What one wants to know after each change.
pub fn fast() -> Vec<Step> {
    vec![setup::step(Extent::WithoutBrowser), FORMAT, LICENCES, LINTS, TESTS]
}

/// Writes what is generated and committed; the same tests compare it.
pub const GENERATE: Step = Step { name: "generate", act: generate };

const FORMAT: Step = Step { name: "format", act: format };
const LICENCES: Step = Step { name: "licences", act: licences::check };
const AUDIT: Step = Step { name: "licence texts and advisories", act: licences::audit };
const LINTS: Step = Step { name: "lints", act: lints };
const DOCS: Step = Step { name: "docs", act: docs };
const DOC_TESTS: Step = Step { name: "doc tests", act: doc_tests };
const TESTS: Step = Step { name: "tests", act: tests };
const SIMULATION: Step = Step { name: "simulation", act: simulation };
const LINE: Step = Step { name: "LINE's SDK", act: line::test };
const BROWSER: Step = Step { name: "browser tests", act: browser::test };

fn format() -> Result<Done, Failure> {
    program(&mut cargo(&["fmt", "--all", "--check"]), "cargo fmt --all")?;
    Ok(Done::Checked)
}

fn generate() -> Result<Done, Failure> {
    for (target, test) in
        [("docs", "the_schemas_of_the_repository"), ("house", "every_requirement_has_its_proof")]
    {
        let words = ["test", "--quiet", "--package", "tadori", "--test", target, test];
        program(cargo(&words).env("TADORI_GENERATE", "1"), "mend what is named above")?;
    }
    Ok(Done::Checked)
}

fn lints() -> Result<Done, Failure> {
    let words = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    program(
        &mut cargo(&words),
        "mend what is named above (clippy.toml says why a function is banned), then\n\
         cargo clippy --workspace --all-targets -- -D warnings",
    )?;
    Ok(Done::Checked)
}

fn docs() -> Result<Done, Failure> {
    let mut command = cargo(&["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    program(
        &mut command,
        "mend the links named above, then\nRUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps",
    )?;
    Ok(Done::Checked)
}

fn doc_tests() -> Result<Done, Failure> {
    let words = ["test", "--workspace", "--doc"];
    program(&mut cargo(&words), "mend the example named above, then\ncargo test --workspace --doc")?;
    Ok(Done::Checked)
}

/// What proptest's cases are drawn from, unless the caller names another: every run draws the same ones, so that
/// an old fault that chance finds turns nobody's change away. One hunts with other seeds, and beside it.
const SEED: (&str, &str) = ("PROPTEST_RNG_SEED", "20201122");

/// With cargo-nextest where there is one, which runs each test in its own process; else with cargo.
fn tests() -> Result<Done, Failure> {
    let (words, then): (&[&str], &str) = if setup::find("cargo-nextest").is_some() {
        (
            &["nextest", "run", "--workspace", "--config-file", "xtask/nextest.toml"],
            "run one alone, with the seed above:\n\
             PROPTEST_RNG_SEED=<seed> cargo nextest run --workspace -E 'test(=its::full::name)'\n\
             accept a changed snapshot after reading it: INSTA_UPDATE=always cargo nextest run …",
        )
    } else {
        (
            &["test", "--workspace", "--lib", "--bins", "--tests"],
            "run one alone, with the seed above:\n\
             PROPTEST_RNG_SEED=<seed> cargo test --workspace its::full::name -- --exact\n\
             accept a changed snapshot after reading it: INSTA_UPDATE=always cargo test …",
        )
    };
    let seed = std::env::var(SEED.0).unwrap_or_else(|_| SEED.1.to_owned());
    println!("   proptest draws from seed {seed}; other cases: {}=<number> cargo xtask test", SEED.0);
    program(cargo(words).env("INSTA_UPDATE", "no").env(SEED.0, seed), then)?;
    Ok(Done::Checked)
}

/// Ten thousand lives, which take a quarter of an hour on two cores, of the same seeds in each run; where twenty minutes don't
/// do, it says how many it were.
fn simulation() -> Result<Done, Failure> {
    let words = ["run", "--quiet", "--package", "simulation", "--", "--seeds", "10000", "--seconds", "1200"];
    program(
        &mut cargo(&words),
        "live a seed that breaks again, told line by line:\n\
         cargo run -p simulation -- --seed <seed> --times 20\n\
         and keep it in crates/simulation/src/reproductions.rs",
    )?;
    Ok(Done::Checked)
}
