//! Processes of one test: started with what they say going into a file, ended with the test at the latest.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use domain::clock::Clock;

/// How long a thing may take that takes moments on a calm machine.
pub const SOON: Duration = Duration::from_secs(60);

/// A running process.
pub struct Process {
    child: Child,
    said: PathBuf,
}

impl Process {
    pub fn start(command: Command, said: PathBuf) -> Self {
        Self::start_reading(command, said, Stdio::null())
    }

    /// The same with something as its standard input.
    pub fn start_reading(mut command: Command, said: PathBuf, stdin: Stdio) -> Self {
        let file = File::create(&said).unwrap();
        let child = command
            .stdin(stdin)
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, said }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it takes away from the rights of the files that it makes.
    pub fn umask(&self) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        status.lines().find_map(|line| line.strip_prefix("Umask:")).unwrap().trim().to_owned()
    }

    /// Everything that it said so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.said).unwrap_or_default()).into_owned()
    }

    /// Waits until it owns the key ring, as a worker does.
    pub async fn begins(&self) {
        eventually("the worker begins", SOON, async || {
            self.said().contains("the worker begins").then_some(())
        })
        .await;
    }

    /// Ends it without a warning, as a power cut would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop, as an init system does.
    pub fn ask_to_stop(&self) {
        let status = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.id())]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for its end.
    pub async fn end(&mut self, within: Duration) -> ExitStatus {
        let said = self.said.clone();
        let what = format!("the end of the process that said in {}:\n{}", said.display(), self.said());
        eventually(&what, within, async || self.child.try_wait().unwrap()).await
    }

    /// Asks it to stop and waits until it has, without an error.
    pub async fn stop(&mut self) {
        self.ask_to_stop();
        let status = self.end(Duration::from_secs(10)).await;
        assert!(status.success(), "{status}:\n{}", self.said());
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = self.said();
            let tail: Vec<&str> = said.lines().rev().take(12).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            eprintln!("--- {} ends with\n{}", self.said.display(), tail.join("\n"));
        }
        self.kill();
    }
}

/// Looks until there is something to see.
///
/// # Panics
/// If there isn't within that time.
pub async fn eventually<T>(what: &str, within: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let clock = Clock::system();
    let start = clock.now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(clock.now().since(start) < within, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
