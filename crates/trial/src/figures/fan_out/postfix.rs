//! Postfix's `smtp-sink`, which takes messages and drops them, and `smtp-source`, which has nothing to do but send.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;
use domain::clock::Clock;

use crate::installation::free_port;
use crate::process::Process;

/// How long one of our notices is, without its envelope.
const LENGTH: u64 = 2_250;

/// A mail server that takes everything.
pub struct Sink {
    port: u16,
    _process: Process,
}

impl Sink {
    /// Starts it.
    ///
    /// # Errors
    /// If it isn't there.
    pub async fn start(postfix: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = program(postfix, "smtp-sink");
        command.args(["-u", "nobody", &format!("127.0.0.1:{port}"), "1000"]);
        let process = Process::start(command, &std::env::temp_dir().join("tadori-smtp-sink.log"))?;
        for _ in 0..100 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(Self { port, _process: process });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("smtp-sink: {}", process.last_words())
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// How Postfix's client uses its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// They stay open (`-d`).
    Kept,
    /// Each message has one of its own, as the program does it unless told otherwise.
    OneEach,
}

/// Has Postfix's client send so many messages, so many at a time; how long it took.
///
/// # Errors
/// If it fails.
pub fn send(
    postfix: &Path,
    port: u16,
    (at_once, connections): (usize, Connections),
    messages: u64,
) -> anyhow::Result<Duration> {
    let mut command = program(postfix, "smtp-source");
    if connections == Connections::Kept {
        command.arg("-d");
    }
    command.args(["-s", &at_once.to_string(), "-m", &messages.to_string()]);
    command.args([
        "-l",
        &LENGTH.to_string(),
        "-f",
        "no-reply@tadori.example",
        "-t",
        "visitor@visitor.example",
    ]);
    command.arg(format!("127.0.0.1:{port}"));
    let clock = Clock::system();
    let begin = clock.now();
    let status = command.status()?;
    ensure!(status.success(), "smtp-source: {status}");
    Ok(clock.now().since(begin))
}

fn program(postfix: &Path, name: &str) -> Command {
    if postfix.as_os_str().is_empty() {
        return Command::new(name);
    }
    let mut command = Command::new(postfix.join("usr/sbin").join(name));
    command.env("LD_LIBRARY_PATH", postfix.join("usr/lib/postfix"));
    command
}
