//! The browser tests: the real binary's demo, walked in a real Chromium (tests/browser).

use std::process::Command;

use crate::setup;
use crate::step::{Done, Failure, cargo, program, root};

/// The step.
pub fn test() -> Result<Done, Failure> {
    let folder = root().join("tests/browser");
    let then = "the driver and axe come from the npm registry: is it reached?\ncd tests/browser && npm ci";
    program(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--prefix"]).arg(&folder), then)?;
    // Not `build`: with the features of the tests, the binary that they have built is taken as it is.
    let words = ["test", "--workspace", "--no-run", "--quiet"];
    program(&mut cargo(&words), "cargo test --workspace --no-run")?;

    let mut command = Command::new("node");
    command.args(["--test", "--test-concurrency=1", "--test-timeout=300000", "--test-reporter=spec"]);
    command.args([
        "tests/browser/harness.test.mjs",
        "tests/browser/demo.test.mjs",
        "tests/browser/app.test.mjs",
        "tests/browser/app_story.test.mjs",
        "tests/browser/line.test.mjs",
    ]);
    if let Some(chromium) = setup::browser() {
        command.env("TADORI_CHROMIUM", chromium);
    }
    let then =
        "screenshots lie in target/screenshots; one file alone:\nnode --test tests/browser/demo.test.mjs";
    program(&mut command, then)?;
    Ok(Done::Checked)
}
