//! Rendering in a child process, so that a template can't take the server with it.
//!
//! A template is a program. Typst itself stops endless loops and recursion, but a string doubled
//! forty times ends in an abort of the whole process, and a hundred thousand lines take half a
//! minute. So the server starts its own binary once more ([`Renderer`]), and the child
//! ([`run_child`]) bounds itself before it reads a byte: memory, CPU seconds, open files, no core
//! dump. The parent waits so long and no longer.
//!
//! The child takes `{"template": …, "values": …}` on standard input, where values are a
//! [`Sheet`], and writes the PDF to standard output; or a [`PrintError`] as JSON to standard error,
//! with [`REFUSED`] as its exit code. It is started with an empty environment, so no secret of the
//! server's is in it.
//!
//! A process a poster costs some ten milliseconds; nothing is kept warm, because a kept process is
//! one that a template could leave something in.
//!
//! What isn't here: a bound on how many run at once. Who serves many people holds a semaphore.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{io, thread};

use rlimit::Resource;
use serde::{Deserialize, Serialize};

use crate::error::PrintError;
use crate::sheet::Sheet;

/// The child's exit code when it refuses with a [`PrintError`].
pub const REFUSED: u8 = 2;

/// The longest request that a child reads.
const MAX_REQUEST: u64 = 4 << 20;
/// The longest PDF that a parent takes.
const MAX_PDF: u64 = 32 << 20;
/// The longest complaint that a parent takes.
const MAX_COMPLAINT: u64 = 64 << 10;

/// What the child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of address space. A poster needs about 150 MB of it, the binary included.
    pub memory: u64,
    /// Seconds of CPU.
    pub cpu_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 768 << 20, cpu_seconds: 10 }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request<T, V> {
    template: T,
    values: V,
}

/// The child: bounds itself, renders one request from standard input to standard output, and gives
/// the exit code. Call it first thing in the process, while it has one thread.
#[must_use]
pub fn run_child(limits: Limits) -> ExitCode {
    let rendered = restrain(limits).and_then(|()| answer(io::stdin().lock()));
    let written = match &rendered {
        Ok(pdf) => io::stdout().lock().write_all(pdf),
        Err(refusal) => serde_json::to_writer(io::stderr().lock(), refusal).map_err(io::Error::from),
    };
    match (rendered, written) {
        (Ok(_), Ok(())) => ExitCode::SUCCESS,
        (Err(_), Ok(())) => ExitCode::from(REFUSED),
        (_, Err(_)) => ExitCode::FAILURE,
    }
}

fn restrain(limits: Limits) -> Result<(), PrintError> {
    // A second between the two CPU bounds, so that the first ends the child with a signal that tells.
    for (resource, soft, hard) in [
        (Resource::AS, limits.memory, limits.memory),
        (Resource::CPU, limits.cpu_seconds, limits.cpu_seconds + 1),
        (Resource::NOFILE, 16, 16),
        (Resource::CORE, 0, 0),
    ] {
        rlimit::setrlimit(resource, soft, hard).map_err(process)?;
    }
    Ok(())
}

fn answer(input: impl Read) -> Result<Vec<u8>, PrintError> {
    let mut bytes = Vec::new();
    input.take(MAX_REQUEST).read_to_end(&mut bytes).map_err(process)?;
    let request: Request<String, Sheet> =
        serde_json::from_slice(&bytes).map_err(|error| PrintError::Request { message: error.to_string() })?;
    request.values.render(&request.template)
}

/// The parent: starts a child for each sheet.
#[derive(Clone, Debug)]
pub struct Renderer {
    /// The program to start, as a full path: usually this binary.
    pub program: PathBuf,
    /// Its arguments, which lead it to [`run_child`].
    pub arguments: Vec<String>,
    /// How long a child may take by the clock on the wall, waiting for a CPU included.
    pub time: Duration,
}

impl Renderer {
    /// A renderer that gives each child twenty-five seconds: less than a request may take, and more than the ten
    /// seconds of CPU that bound a wild template, for a machine may be busy.
    #[must_use]
    pub fn new(program: PathBuf, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self { program, arguments, time: Duration::from_secs(25) }
    }

    /// Renders a sheet in a child process. Blocks: call it where blocking is allowed.
    ///
    /// # Errors
    /// What the child refuses, [`PrintError::TimedOut`], [`PrintError::Stopped`] where it ran into
    /// its bounds, [`PrintError::Process`] where it couldn't be run.
    pub fn render(&self, template: &str, sheet: impl Into<Sheet>) -> Result<Vec<u8>, PrintError> {
        let request = serde_json::to_vec(&Request { template, values: sheet.into() })
            .map_err(|error| PrintError::Request { message: error.to_string() })?;
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .env("RAYON_NUM_THREADS", "1") // a thread a core would count against the memory
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(process)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(PrintError::Process { message: "the child has no pipes".to_owned() });
        };

        thread::scope(|scope| {
            // A child that is stopped early doesn't read to the end; why is in its status.
            scope.spawn(move || drop(stdin.write_all(&request)));
            let (said_all, end) = mpsc::channel::<()>();
            let pdf = scope.spawn({
                let said_all = said_all.clone();
                move || read_all(stdout, MAX_PDF, said_all)
            });
            let complaint = scope.spawn(move || read_all(stderr, MAX_COMPLAINT, said_all));

            // Both pipes close when the child ends, and a template can't close them before.
            let timed_out = end.recv_timeout(self.time) == Err(RecvTimeoutError::Timeout);
            if timed_out {
                child.kill().map_err(process)?;
            }
            let status = child.wait().map_err(process)?;
            let joined = (pdf.join(), complaint.join());
            let (Ok(pdf), Ok(complaint)) = joined else {
                return Err(PrintError::Process { message: "a reader panicked".to_owned() });
            };

            if timed_out {
                let milliseconds = u64::try_from(self.time.as_millis()).unwrap_or(u64::MAX);
                return Err(PrintError::TimedOut { milliseconds });
            }
            if status.success() {
                return pdf.map_err(process);
            }
            let complaint = complaint.map_err(process)?;
            let refusal = serde_json::from_slice(&complaint).ok();
            Err(refusal.unwrap_or_else(|| PrintError::Stopped {
                status: status.to_string(),
                message: beginning(&complaint),
            }))
        })
    }
}

/// Reads to the end of a pipe; the sender is dropped there, which is the signal.
fn read_all(pipe: impl Read, most: u64, _said_all: mpsc::Sender<()>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn beginning(complaint: &[u8]) -> String {
    String::from_utf8_lossy(complaint).trim().chars().take(300).collect()
}

fn process(error: io::Error) -> PrintError {
    PrintError::Process { message: error.to_string() }
}
