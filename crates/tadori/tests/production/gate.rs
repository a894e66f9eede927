//! A gate before a mail server: shut, nobody answers at the address that the settings name; open, whatever
//! comes is passed on.

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// An address that is answered at only when it is opened.
pub struct Gate {
    port: u16,
    beyond: u16,
    open: Option<JoinHandle<()>>,
}

impl Gate {
    /// A shut gate before the server at this port.
    pub fn before(beyond: u16) -> Self {
        Self { port: crate::deployment::free_port(), beyond, open: None }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub async fn open(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let beyond = self.beyond;
        self.open = Some(tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut to = TcpStream::connect(("127.0.0.1", beyond)).await?;
                    from.set_nodelay(true)?;
                    to.set_nodelay(true)?;
                    tokio::io::copy_bidirectional(&mut from, &mut to).await
                });
            }
        }));
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let Some(open) = &self.open {
            open.abort();
        }
    }
}
