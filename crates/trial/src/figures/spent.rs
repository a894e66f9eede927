//! How long the matching of a turn took, by the span that the worker makes around it (docs/traces.md).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::clock::{Clock, Instant};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Microseconds of the last one that ended. Figures are measured one after another, by one worker.
static MATCHING: AtomicU64 = AtomicU64::new(0);

/// The last turn's.
pub fn matching() -> Duration {
    Duration::from_micros(MATCHING.load(Ordering::Acquire))
}

/// Listens for the worker's spans.
pub struct Spent;

struct Begun(Instant);

impl<S> Layer<S> for Spent
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut job = Job(false);
        attributes.record(&mut job);
        if let (true, Some(span)) = (job.0, context.span(id)) {
            span.extensions_mut().insert(Begun(Clock::system().now()));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        if let Some(Begun(at)) = span.extensions().get() {
            let took = Clock::system().now().since(*at).as_micros();
            MATCHING.store(u64::try_from(took).unwrap_or(u64::MAX), Ordering::Release);
        }
    }
}

/// Whether a span is that of the job.
struct Job(bool);

impl Visit for Job {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0 |= field.name() == "otel.name" && value == "match_cases";
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::figures::Engine;
    use crate::figures::machine::Machine;

    #[tokio::test]
    async fn of_a_turn_the_matching_counts() {
        let folder = tempfile::tempdir().unwrap();
        let mut machine = Machine::new(folder.path(), Engine::Sqlite, 1, &[]).await.unwrap();
        let _listening = tracing::subscriber::set_default(tracing_subscriber::registry().with(Spent));
        MATCHING.store(u64::MAX, Ordering::Release);
        let turn = machine.turn().await.unwrap();
        assert!(matching() < turn, "{:?} of {turn:?}", matching());
    }
}
