//! The worker in a process of its own: this program again, told where everything lies.

use std::path::Path;
use std::process::Command;

use deliver::Courier;
use deliver::smtp::{SmtpCourier, SmtpSettings, Tls};
use domain::clock::Clock;

use crate::figures::Engine;
use crate::figures::fan_out::RULES;
use crate::figures::machine::{Machine, Place, pack};
use crate::process::Process;

/// The word by which this program is told to be the worker.
pub const WORD: &str = "be-the-worker";

/// The worker's process.
pub struct Child(Process);

impl Child {
    /// Starts it on a machine whose own worker has ended.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn start(machine: &Machine, port: u16, connections: usize) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let engine = if machine.server.is_some() { "postgres" } else { "sqlite" };
        command.args([WORD, engine]).arg(&machine.folder);
        command.args([
            port.to_string(),
            connections.to_string(),
            machine.clock.now().as_micros().to_string(),
        ]);
        Ok(Self(Process::start(command, &machine.folder.join("worker.log"))?))
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it is there.
    pub fn is_running(&mut self) -> bool {
        self.0.is_running()
    }
}

/// Is the worker, until the process is killed.
///
/// # Errors
/// If it was told nonsense.
pub async fn run(words: &[String]) -> anyhow::Result<()> {
    let [engine, folder, port, connections, now] = words else { anyhow::bail!("five words") };
    let mut settings = SmtpSettings::new("127.0.0.1", port.parse()?, "tadori.example");
    (settings.tls, settings.connections) = (Tls::None, connections.parse()?);
    let courier = Courier::Smtp(SmtpCourier::new(settings)?);
    // As a worker's clock does, it runs.
    let clock = Clock::running_from(domain::clock::Instant::from_micros(now.parse()?));
    let place = Place::there(Path::new(folder), Engine::parse(engine)?);
    let mut worker = place.worker(pack(RULES)?.into(), clock, courier).await?;
    worker.run(std::future::pending()).await;
    Ok(())
}
