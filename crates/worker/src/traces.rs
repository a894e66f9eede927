//! Where a turn's time went, for whoever collects traces ([`docs/traces.md`]).
//!
//! Every span of the worker is made here, and holds words and counts of this program alone: no case, notice, venue or day.
//! What had nothing to do says so, and is collected by nobody: the worker turns once a second.
//!
//! [`docs/traces.md`]: ../../../docs/traces.md

use tracing::Span;
use tracing::field::Empty;
use tracing::instrument::{Instrument as _, Instrumented};

use crate::{JobError, Turn};

/// What a job came to.
pub(crate) type Ended = (&'static str, Result<usize, JobError>);

/// A turn of all jobs.
pub(crate) async fn turn(jobs: impl Future<Output = Turn>) -> Turn {
    let span =
        tracing::info_span!("turn", otel.status_code = Empty, done = Empty, failed = Empty, idle = Empty);
    let turn = jobs.instrument(span.clone()).await;
    span.record("failed", turn.failed);
    done(&span, turn.done, turn.failed > 0);
    turn
}

/// One job of it.
pub(crate) async fn job(name: &'static str, work: impl Future<Output = Result<usize, JobError>>) -> Ended {
    let span =
        tracing::info_span!("job", otel.name = name, otel.status_code = Empty, done = Empty, idle = Empty);
    let result = work.instrument(span.clone()).await;
    done(&span, result.as_ref().map_or(0, |done| *done), result.is_err());
    (name, result)
}

/// A part of a job that takes its time; made only where there is something to do.
pub(crate) fn step<F: Future>(name: &'static str, work: F) -> Instrumented<F> {
    work.instrument(tracing::info_span!("step", otel.name = name))
}

fn done(span: &Span, done: usize, failed: bool) {
    span.record("done", done);
    span.record("idle", done == 0 && !failed);
    if failed {
        span.record("otel.status_code", "ERROR");
    }
}
