//! A mail server far away: what is said is under way for a while, and nothing waits for what was said before it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::clock::{Clock, Instant};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

/// Forwards to a port of this machine; ends, with its connections, when dropped.
pub struct Relay {
    port: u16,
    bytes: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Starts it. `round_trip` is how long it takes there and back.
    ///
    /// # Errors
    /// If there is no port.
    pub async fn start(to: u16, round_trip: Duration) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (port, bytes) = (listener.local_addr()?.port(), Arc::<AtomicU64>::default());
        let task = tokio::spawn(accept(listener, to, round_trip / 2, Arc::clone(&bytes)));
        Ok(Self { port, bytes, task })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What went to the server so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, to: u16, delay: Duration, bytes: Arc<AtomicU64>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let bytes = Arc::clone(&bytes);
        connections.spawn(async move {
            let server = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, to))).await?;
            client.set_nodelay(true)?;
            server.set_nodelay(true)?;
            let ((from_client, to_client), (from_server, to_server)) =
                (client.into_split(), server.into_split());
            tokio::join!(
                later(from_client, to_server, delay, Some(&bytes)),
                later(from_server, to_client, delay, None),
            );
            std::io::Result::Ok(())
        });
    }
}

/// Everything that is read is written so much later.
async fn later(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    delay: Duration,
    bytes: Option<&AtomicU64>,
) {
    let (clock, (sender, mut receiver)) = (Clock::system(), mpsc::unbounded_channel::<(Instant, Vec<u8>)>());
    let reading = async move {
        let mut buffer = vec![0; 16_384];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            if let Some(bytes) = bytes {
                bytes.fetch_add(read as u64, Ordering::Relaxed);
            }
            if sender.send((Clock::system().now().plus(delay), buffer[..read].to_vec())).is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, said)) = receiver.recv().await {
            tokio::time::sleep(due.since(clock.now())).await;
            if to.write_all(&said).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(reading, writing);
}
