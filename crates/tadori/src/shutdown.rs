//! Stopping gracefully: on Ctrl-C and on the signal that init systems send.
//!
//! Doors stop listening, requests under way are answered, the queue of check-ins is written out, the
//! worker ends its turn; then the process ends. What was acknowledged is on the disk already.

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
