//! LINE's own SDK, from the npm registry, against our stand-in of LINE (tests/line).

use std::process::Command;

use crate::step::{Done, Failure, cargo, program, root};

/// The step.
pub fn test() -> Result<Done, Failure> {
    let folder = root().join("tests/line");
    let then = "the SDK comes from the npm registry: is it reached?\ncd tests/line && npm ci";
    program(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--prefix"]).arg(&folder), then)?;
    program(&mut cargo(&["build", "--quiet", "--package", "line-stand-in"]), "cargo build -p line-stand-in")?;
    let mut command = Command::new("node");
    command.args(["--test", "--test-concurrency=1", "--test-timeout=60000", "--test-reporter=spec"]);
    command.arg("tests/line/sdk.test.mjs");
    program(&mut command, "one file alone:\nnode --test tests/line/sdk.test.mjs")?;
    Ok(Done::Checked)
}
