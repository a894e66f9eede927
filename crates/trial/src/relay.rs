//! A relay in front of a server: a port that stays while what is behind it goes away, is slow, is another one from
//! now on, or answers and isn't heard. For a database it stands for the virtual address that a failover moves.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// How answers come through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// As they are given.
    Through,
    /// So much later.
    Slow(Duration),
    /// A third of them never: the server has done what it was asked, and the connection ends before it says so.
    Swallows,
}

/// The relay.
pub struct Relay {
    port: u16,
    shared: Arc<Mutex<Shared>>,
    serving: Option<JoinHandle<()>>,
}

struct Shared {
    to: SocketAddr,
    flow: Flow,
    chance: Rng,
}

impl Relay {
    /// Listens on a port of its own, and leads there.
    ///
    /// # Errors
    /// If there is no port.
    pub async fn start(to: SocketAddr, seed: u64) -> anyhow::Result<Self> {
        let shared = Shared { to, flow: Flow::Through, chance: Rng::with_seed(seed) };
        let port = crate::installation::free_port()?;
        let mut relay = Self { port, shared: Arc::new(Mutex::new(shared)), serving: None };
        relay.back().await?;
        Ok(relay)
    }

    /// Where it is reached.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Answers come through so from now on.
    pub fn set(&self, flow: Flow) {
        lock(&self.shared).flow = flow;
    }

    /// Nobody listens any more, and who was connected is cut off.
    pub async fn away(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    /// Somebody listens again.
    ///
    /// # Errors
    /// If the port was taken meanwhile.
    pub async fn back(&mut self) -> anyhow::Result<()> {
        if self.serving.is_none() {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
            self.serving = Some(tokio::spawn(serve(listener, Arc::clone(&self.shared))));
        }
        Ok(())
    }

    /// Leads to another server from now on; who was connected to the one before is cut off.
    ///
    /// # Errors
    /// If the port was taken meanwhile.
    pub async fn lead_to(&mut self, to: SocketAddr) -> anyhow::Result<()> {
        self.away().await;
        lock(&self.shared).to = to;
        self.back().await
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connections end with the task.
async fn serve(listener: TcpListener, shared: Arc<Mutex<Shared>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((from, _)) = accepted {
                let shared = Arc::clone(&shared);
                connections.spawn(async move { _ = carry(from, &shared).await; });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Both ways, until either side has enough.
async fn carry(from: TcpStream, shared: &Mutex<Shared>) -> std::io::Result<()> {
    let to = lock(shared).to;
    let to = TcpStream::connect(to).await?;
    from.set_nodelay(true)?;
    to.set_nodelay(true)?;
    let ((mut asks, mut hears), (mut answers, mut asked)) = (from.into_split(), to.into_split());
    let answering = async {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = answers.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            let (flow, lost) = {
                let mut shared = lock(shared);
                (shared.flow, shared.chance.u8(..3) == 0)
            };
            match flow {
                Flow::Through => {}
                Flow::Slow(by) => tokio::time::sleep(by).await,
                Flow::Swallows if lost => return Ok(()),
                Flow::Swallows => {}
            }
            hears.write_all(&buffer[..read]).await?;
        }
    };
    tokio::select! {
        asked = tokio::io::copy(&mut asks, &mut asked) => asked.map(drop),
        answered = answering => answered,
    }
}
