//! A mail server in the same process, for tests and measurements: it takes messages and keeps them.
//!
//! It is strict where real servers are (commands in order, lines ending in CR LF, seven bits, 998 characters
//! a line), so that a client that gets past it has a fair chance elsewhere; and it can be told to misbehave
//! at each step ([`Options::answer`]), which no real server does on request. It delivers nothing and listens
//! on loopback only. `tests/real_mail_server.rs` is where a real one has the last word.
//!
//! It keeps addresses in clear: it is for made-up people.

mod session;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use crate::error::Stage;
use crate::receiver::session::Session;

/// A running receiver; stops, and closes its connections, when dropped.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// How the receiver behaves.
#[derive(Clone)]
pub struct Options {
    /// Whether it offers PIPELINING.
    pub pipelining: bool,
    /// Waits so long before answers leave, those that leave together once: a server far away.
    pub delay: Duration,
    /// Takes messages only from who signs in with this name and password.
    pub login: Option<(String, String)>,
    /// The ways of signing in that it offers, `PLAIN LOGIN`.
    pub sign_in_ways: String,
    /// Its certificate: with one it offers STARTTLS, or speaks TLS from the first byte.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Speaks TLS from the first byte.
    pub implicit_tls: bool,
    /// Asked before each answer, with the step and what the client sent (at [`Stage::Recipient`] the bare
    /// address): `None` is the usual answer. At [`Stage::Content`] the message has been kept already,
    /// unless the answer refuses it.
    pub answer: Script,
}

/// What is answered at which step to which words, where it isn't the usual.
pub type Script = Arc<dyn Fn(Stage, &str) -> Option<Answer> + Send + Sync>;

/// An answer out of the ordinary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These words, `451 4.3.0 later`; the line end is added.
    Say(String),
    /// The connection is closed without a word.
    Close,
    /// Nothing, for ever.
    Silence,
}

/// A message that was taken.
#[derive(Clone, Debug)]
pub struct Received {
    /// MAIL FROM, without brackets.
    pub from: String,
    /// RCPT TO, without brackets, as it was written: quotes included.
    pub to: Vec<String>,
    /// The message, dots unstuffed.
    pub eml: Vec<u8>,
    /// The number of the connection that it came over, from 0.
    pub connection: usize,
    /// Whether that connection was encrypted.
    pub encrypted: bool,
    /// Who had signed in.
    pub user: Option<String>,
}

struct Shared {
    options: Options,
    messages: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    hang_up: Notify,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pipelining: true,
            delay: Duration::ZERO,
            login: None,
            sign_in_ways: "PLAIN LOGIN".to_owned(),
            tls: None,
            implicit_tls: false,
            answer: Arc::new(|_, _| None),
        }
    }
}

impl Options {
    /// Answers out of the ordinary.
    #[must_use]
    pub fn answering(
        mut self,
        answer: impl Fn(Stage, &str) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        self.answer = Arc::new(answer);
        self
    }

    /// Answers the first `times` times that a client comes to `stage` with `answer`.
    #[must_use]
    pub fn answering_first(self, times: usize, stage: Stage, answer: Answer) -> Self {
        let left = AtomicUsize::new(times);
        let take =
            move || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        self.answering(move |at, _| (at == stage && take()).then(|| answer.clone()))
    }
}

impl Receiver {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// If there is no port to be had.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            options,
            messages: Mutex::default(),
            connections: AtomicUsize::new(0),
            hang_up: Notify::new(),
        });
        let task = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self { address, shared, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The messages taken so far, in their order.
    pub fn messages(&self) -> Vec<Received> {
        self.shared.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections it has accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Closes the connections that wait for a command, as a server does that waited too long: with 421.
    pub fn hang_up(&self) {
        self.shared.hang_up.notify_waiters();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// Ends with the receiver, and its sessions with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    let number = shared.connections.fetch_add(1, Ordering::SeqCst);
                    sessions.spawn(serve(socket, shared.clone(), number));
                }
                Err(error) => tracing::warn!(%error, "a connection was lost before it began"),
            },
            Some(_) = sessions.join_next() => {}
        }
    }
}

/// A client that goes away in the middle is no error here.
async fn serve(socket: TcpStream, shared: Arc<Shared>, number: usize) {
    let result = match socket.set_nodelay(true) {
        Ok(()) => Session::new(Box::new(socket), shared, number).run().await,
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        tracing::debug!(%error, connection = number, "ended early");
    }
}
