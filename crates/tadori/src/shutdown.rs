//! Stopping gracefully: on Ctrl-C and on the signal that init systems send.
//!
//! Doors stop listening, requests under way are answered, the queue of check-ins is written out, the
//! worker ends its turn; then the process ends. What was acknowledged is on the disk already.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long what is under way may take after that. A client that never ends its request, or a mail server
/// that never says a word, would otherwise keep the process until its init system kills it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the process was asked to stop, as its one listener says. Several wait for it, each from its own moment on: with a
/// listener each, a signal that came between the first's and the last's was heard by some of them, and the process went on.
static ASKED: OnceLock<watch::Receiver<bool>> = OnceLock::new();

/// Resolves when the process is asked to stop, or was; listening begins with the first call. Before that the signal ends it at once.
pub async fn asked() {
    let mut asked = ASKED.get_or_init(listen).clone();
    // An error is the listener's end, which is the runtime's.
    let _ = asked.wait_for(|asked| *asked).await;
}

fn listen() -> watch::Receiver<bool> {
    let (say, asked) = watch::channel(false);
    let signal = signal();
    tokio::spawn(async move {
        signal.await;
        let _ = say.send(true);
    });
    asked
}

/// The next signal from now on.
#[cfg(unix)]
fn signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (terminate, interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        match (terminate, interrupt) {
            (Ok(mut terminate), Ok(mut interrupt)) => tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            },
            _ => _ = tokio::signal::ctrl_c().await,
        }
    }
}

#[cfg(not(unix))]
fn signal() -> impl Future<Output = ()> {
    async { _ = tokio::signal::ctrl_c().await }
}

/// Resolves when the process was asked to stop some time ago, and is to end now, as it is.
pub async fn overdue() {
    asked().await;
    tokio::time::sleep(PATIENCE).await;
}

/// Waits for doors that were told to close, then for the queue of check-ins to be written out; not for ever.
///
/// # Errors
/// A door or the queue that ended badly.
pub async fn close(
    doors: Vec<JoinHandle<std::io::Result<()>>>,
    writer: Option<JoinHandle<()>>,
) -> anyhow::Result<()> {
    let closed = tokio::time::timeout(PATIENCE, async {
        for door in doors {
            door.await??;
        }
        if let Some(writer) = writer {
            writer.await?;
        }
        Ok(())
    });
    closed.await.unwrap_or_else(|_| {
        tracing::warn!("connections that never ended their requests were cut");
        Ok(())
    })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    /// Whoever asks after the signal is told of it too.
    #[tokio::test]
    async fn a_signal_is_heard_by_all_who_wait() {
        let first = tokio::spawn(asked());
        tokio::task::yield_now().await;
        kill_process(getpid(), Signal::TERM).unwrap();
        first.await.unwrap();
        asked().await;
    }
}
