//! Stopping gracefully: on Ctrl-C and on the signal that init systems send.
//!
//! Doors stop listening, requests under way are answered, the queue of check-ins is written out, the
//! worker ends its turn; then the process ends. What was acknowledged is on the disk already.

use std::time::Duration;

use tokio::task::JoinHandle;

/// How long what is under way may take after that. A client that never ends its request, or a mail server
/// that never says a word, would otherwise keep the process until its init system kills it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Resolves when the process is asked to stop.
pub async fn asked() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
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
