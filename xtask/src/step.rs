//! A step: a name, an act, and what to do when it fails.
//!
//! Steps run in order and the first failure ends the run: what comes after a broken set-up or a lint is
//! noise. Output of the tools goes straight to the terminal, since CI reads the test runners' own last
//! lines.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// One thing that is checked.
pub struct Step {
    /// What is printed before and after.
    pub name: &'static str,
    /// Does it.
    pub act: fn() -> Result<Done, Failure>,
}

/// How a step ended well.
pub enum Done {
    /// All of it was checked.
    Checked,
    /// Some of it wasn't, for a reason that is repeated at the end of the run.
    Partly(String),
}

/// Why a step failed, and the way on.
pub struct Failure {
    /// What went wrong, in a sentence.
    pub what: String,
    /// What the reader does next: commands, ready to be copied.
    pub then: String,
}

impl Failure {
    /// A failure with the way on.
    pub fn new(what: impl Into<String>, then: impl Into<String>) -> Self {
        Self { what: what.into(), then: then.into() }
    }
}

/// Runs the steps, prints each one's name and time, and says whether all went well.
pub fn run(steps: &[Step]) -> bool {
    let start = now();
    let mut left_out = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        println!("\n── {}/{} {}", n + 1, steps.len(), step.name);
        let began = now();
        match (step.act)() {
            Ok(Done::Checked) => println!("── {}: good, {}", step.name, seconds(now() - began)),
            Ok(Done::Partly(why)) => {
                println!("── {}: good in part, {}: {why}", step.name, seconds(now() - began));
                left_out.push(format!("{}: {why}", step.name));
            }
            Err(failure) => {
                println!("\n── {}: FAILED after {}", step.name, seconds(now() - began));
                println!("   {}", indented(&failure.what));
                println!("   What to do:\n     {}", failure.then.replace('\n', "\n     "));
                return false;
            }
        }
    }
    for line in &left_out {
        println!("\nnot checked here: {line}");
    }
    println!("\nall good in {}", seconds(now() - start));
    true
}

/// Runs a program in the repository's root, its output passed through; fails with `then` as the way on.
pub fn program(command: &mut Command, then: &str) -> Result<(), Failure> {
    let line = shown(command);
    println!("   $ {line}");
    let status = command
        .current_dir(root())
        .status()
        .map_err(|error| Failure::new(format!("`{line}` could not be started: {error}"), then))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{line}` ended with {status}"), then)) }
}

/// Runs a program in the repository's root and returns what it wrote to standard output.
pub fn output(command: &mut Command, then: &str) -> Result<String, Failure> {
    let line = shown(command);
    let output = command
        .current_dir(root())
        .output()
        .map_err(|error| Failure::new(format!("`{line}` could not be started: {error}"), then))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("`{line}` ended with {}: {}", output.status, said.trim()), then))
}

/// Cargo, the one that runs us.
pub fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words);
    command
}

/// The repository's root: this crate's folder's parent, where it was built.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_path_buf()
}

fn shown(command: &Command) -> String {
    let mut line: Vec<String> = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={:?}", name.to_string_lossy(), value?)))
        .collect();
    let name = Path::new(command.get_program()).file_name().unwrap_or_default();
    line.push(name.to_string_lossy().into_owned());
    line.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    line.join(" ")
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n   ")
}

#[expect(clippy::disallowed_methods, reason = "measures how long a tool ran on this machine, no service day")]
fn now() -> Instant {
    Instant::now()
}
