//! What the worker counts: failures and messages, never whose. Every label is a word of this program.

use domain::clock::Instant;
use metrics::{counter, gauge};

/// A job failed.
pub(crate) fn job_failed(job: &'static str) {
    counter!("tadori_job_failures_total", "job" => job).increment(1);
}

/// What became of so many notices' messages.
pub(crate) fn messages(result: &'static str, count: usize) {
    counter!("tadori_messages_total", "result" => result).increment(count as u64);
}

/// How far the canary came at this moment.
pub(crate) fn canary(reached: &'static str, now: Instant) {
    gauge!("tadori_canary_last_timestamp_seconds", "reached" => reached).set(seconds(now));
}

/// Whether a guard refuses to erase.
pub(crate) fn erasing_refused(refused: bool) {
    gauge!("tadori_erasure_refused").set(if refused { 1.0 } else { 0.0 });
}

/// Whether this worker owns the key ring.
pub(crate) fn owns_ring(owns: bool) {
    gauge!("tadori_key_ring_owned").set(if owns { 1.0 } else { 0.0 });
}

/// Seconds since 1970, as Prometheus counts time.
fn seconds(at: Instant) -> f64 {
    std::time::Duration::from_micros(u64::try_from(at.as_micros()).unwrap_or(0)).as_secs_f64()
}
