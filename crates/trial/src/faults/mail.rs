//! A mail server at a port that stays, which misbehaves when it is told to.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use deliver::error::Stage;
use deliver::receiver::{Answer, Options, Receiver};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::installation::free_port;
use fastrand::Rng;

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As it should.
    Good,
    /// 4xx to half of the recipients.
    Later,
    /// 5xx to those whom [`is_refused`] names.
    Never,
    /// Takes a third of the messages and closes the connection before it says so.
    Closes,
}

/// Whom the server refuses for good, while it does.
pub fn is_refused(address: &str) -> bool {
    address.bytes().map(u32::from).sum::<u32>() % 7 == 0
}

/// The server.
pub struct Mail {
    receiver: Receiver,
    port: u16,
    forwarding: Option<JoinHandle<()>>,
    mode: Arc<AtomicU8>,
}

impl Mail {
    /// Starts it; each of its answers takes so long.
    ///
    /// # Errors
    /// If there is no port.
    pub async fn start(delay: Duration, seed: u64) -> anyhow::Result<Self> {
        let (mode, count) = (Arc::new(AtomicU8::new(0)), AtomicU64::new(seed));
        let told = Arc::clone(&mode);
        let options = Options { delay, ..Options::default() }.answering(move |stage, words| {
            let mut chance = Rng::with_seed(count.fetch_add(1, Ordering::SeqCst));
            match (told.load(Ordering::SeqCst), stage) {
                (1, Stage::Recipient) if chance.usize(..2) == 0 => {
                    Some(Answer::Say("451 4.3.0 later".into()))
                }
                (2, Stage::Recipient) if is_refused(words) => {
                    Some(Answer::Say(format!("550 5.1.1 nobody here, {}", chance.u64(..))))
                }
                (3, Stage::Content) if chance.usize(..3) == 0 => Some(Answer::Close),
                _ => None,
            }
        });
        let receiver = Receiver::start(options).await?;
        let mut mail = Self { receiver, port: free_port()?, forwarding: None, mode };
        mail.back().await?;
        Ok(mail)
    }

    /// Where it is reached.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Behaves so from now on.
    pub fn set(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }

    /// Nobody listens any more, and who was connected is cut off.
    pub fn away(&mut self) {
        if let Some(forwarding) = self.forwarding.take() {
            forwarding.abort();
        }
    }

    /// Somebody listens again.
    ///
    /// # Errors
    /// If the port was taken meanwhile.
    pub async fn back(&mut self) -> anyhow::Result<()> {
        if self.forwarding.is_none() {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
            self.forwarding = Some(tokio::spawn(forward(listener, self.receiver.address())));
        }
        Ok(())
    }

    /// Every message that was taken: its `Message-ID`, by recipient.
    pub fn taken(&self) -> BTreeMap<String, Vec<String>> {
        let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for message in self.receiver.messages() {
            let text = String::from_utf8_lossy(&message.eml).into_owned();
            let id = text.lines().find_map(|line| line.strip_prefix("Message-ID:")).unwrap_or_default();
            for to in message.to {
                taken.entry(to).or_default().push(id.trim().to_owned());
            }
        }
        taken
    }
}

impl Drop for Mail {
    fn drop(&mut self) {
        self.away();
    }
}

/// Connections end with the task.
async fn forward(listener: TcpListener, to: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((mut from, _)) = accepted {
                connections.spawn(async move {
                    if let Ok(mut to) = TcpStream::connect(to).await {
                        let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                    }
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
