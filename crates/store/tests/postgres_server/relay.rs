//! An address that leads to one server and later to another, as a virtual address or a proxy does it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, UnixStream};
use tokio::task::JoinSet;

use super::PostgresServer;

/// Where a server listens.
#[derive(Clone, Debug)]
pub struct Address(PathBuf);

impl Address {
    /// A server's socket.
    pub fn of(server: &PostgresServer) -> Self {
        Self(server.folder.join(format!(".s.PGSQL.{}", server.port)))
    }
}

/// A port of this machine behind which a server stands.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    target: Arc<Mutex<Target>>,
}

#[derive(Debug)]
struct Target {
    address: Address,
    connections: JoinSet<()>,
}

impl Relay {
    /// Begins to lead to a server.
    pub async fn to(address: Address) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let target = Arc::new(Mutex::new(Target { address, connections: JoinSet::new() }));
        let of_listener = Arc::clone(&target);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut target = of_listener.lock().expect("whole");
                let Address(socket) = target.address.clone();
                target.connections.spawn(async move {
                    let Ok(mut server) = UnixStream::connect(socket).await else { return };
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self { port, target }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Leads to another server from here on, and cuts what still leads to the one before.
    pub fn lead_to(&self, address: Address) {
        let mut target = self.target.lock().expect("whole");
        target.address = address;
        target.connections.abort_all();
    }
}
