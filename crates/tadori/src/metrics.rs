//! `/metrics` for Prometheus, on a door of its own: on the loopback unless told otherwise, and never on the visitors'.
//!
//! Counters are counted where things happen (`metrics.rs` of `web` and `worker`, the ledger in `store`); what is a
//! state and not an event is asked for when somebody looks.

mod registry;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use domain::clock::Clock;
use metrics::gauge;
use store::watch::PoolUse;
use store::{Intake, Office, StoreError};
use tokio::net::TcpListener;

use crate::commands::serve::serve_on;
pub use registry::Registry;

/// How long until an address that was taken is tried again: during an upgrade the process before still has it.
const AGAIN: Duration = Duration::from_secs(2);

/// What a process can be asked about.
#[derive(Clone)]
pub struct Watched {
    pub clock: Clock,
    pub intake: Intake,
    /// Only for who reaches it.
    pub office: Option<Office>,
}

/// Begins to count, and opens the door; with no address neither. It closes when `stop` resolves.
///
/// A door for figures must keep nobody from working: where its address is taken, it is tried again and again.
pub fn open(address: Option<SocketAddr>, watched: Watched, stop: impl Future<Output = ()> + Send + 'static) {
    let Some(address) = address else { return };
    let registry = Registry::install();
    let door = Router::new().route("/metrics", get(answer)).with_state((registry, Arc::new(watched)));
    tokio::spawn(async move {
        let mut stop = std::pin::pin!(stop);
        let mut said = false;
        loop {
            match TcpListener::bind(address).await {
                Ok(listener) => {
                    let (ending, ended) = tokio::sync::oneshot::channel::<()>();
                    let serving = serve_on(listener, door, async move {
                        let _ = ended.await;
                    });
                    stop.await;
                    drop(ending);
                    let _ = serving.await;
                    return;
                }
                Err(error) if !said => {
                    tracing::warn!(%address, %error, "figures can't be shown yet: the address can't be listened on");
                    said = true;
                }
                Err(_) => {}
            }
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    });
}

async fn answer(State((registry, watched)): State<(Registry, Arc<Watched>)>) -> Response {
    match watched.look().await {
        Ok(()) => {
            let form = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
            ([form], registry.text()).into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "figures could not be read");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}

impl Watched {
    /// Reads the states.
    async fn look(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        gauge!("tadori_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        pool("intake", self.intake.pool_use());
        let days = self.intake.days().await?;
        gauge!("tadori_days_kept").set(days.len() as f64);
        let Some(office) = &self.office else { return Ok(()) };
        pool("office", office.pool_use());
        for (job, at) in office.job_successes().await? {
            // A word of the program, whatever stands in the table.
            let Some(job) = worker::JOBS.into_iter().find(|known| *known == job) else { continue };
            let seconds = Duration::from_micros(u64::try_from(at.as_micros()).unwrap_or(0)).as_secs_f64();
            gauge!("tadori_job_last_success_timestamp_seconds", "job" => job).set(seconds);
        }
        let depths = office.outbox_depth().await?;
        for channel in ["mail", "line", "push", ""] {
            let found = depths.iter().find(|depth| depth.channel == channel);
            let name = if channel.is_empty() { "unopened" } else { channel };
            gauge!("tadori_outbox_waiting", "channel" => name)
                .set(found.map_or(0.0, |depth| depth.messages as f64));
            gauge!("tadori_outbox_oldest_seconds", "channel" => name)
                .set(found.map_or(0.0, |depth| now.since(depth.since).as_secs_f64()));
        }
        Ok(())
    }
}

fn pool(zone: &'static str, of: PoolUse) {
    gauge!("tadori_pool_connections", "zone" => zone, "state" => "open").set(f64::from(of.open));
    gauge!("tadori_pool_connections", "zone" => zone, "state" => "idle").set(f64::from(of.idle));
}
