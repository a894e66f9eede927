//! A mail server at a port that stays, which misbehaves when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use deliver::error::Stage;
use deliver::receiver::{Answer, Options, Receiver};
use fastrand::Rng;

use crate::faults::post::Taken;
use crate::relay::Relay;

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
    relay: Relay,
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
        let relay = Relay::start(receiver.address(), seed).await?;
        Ok(Self { receiver, relay, mode })
    }

    /// Where it is reached.
    pub fn port(&self) -> u16 {
        self.relay.port()
    }

    /// Behaves so from now on.
    pub fn set(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }

    /// Nobody listens any more, and who was connected is cut off.
    pub async fn away(&mut self) {
        self.relay.away().await;
    }

    /// Somebody listens again.
    ///
    /// # Errors
    /// If the port was taken meanwhile.
    pub async fn back(&mut self) -> anyhow::Result<()> {
        self.relay.back().await
    }

    /// Every message that was taken, in its order, with its `Message-ID`.
    pub fn taken(&self) -> Vec<Taken> {
        let mut taken = Vec::new();
        for message in self.receiver.messages() {
            let text = String::from_utf8_lossy(&message.eml).into_owned();
            let id = text.lines().find_map(|line| line.strip_prefix("Message-ID:")).unwrap_or_default();
            taken.extend(message.to.into_iter().map(|who| Taken { who, id: id.trim().to_owned() }));
        }
        taken
    }
}
