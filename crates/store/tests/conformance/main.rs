//! The definition of a store: what holds of every engine that keeps Tadori's data (DESIGN section 6).
//!
//! [`stores`] opens the engine under test and meddles with it from outside, as a crash, a thief or a full
//! disk would; a second engine brings its own. All other files speak through the public interface only,
//! and each is about one idea. Time and randomness are the tests' own, nothing sleeps to make a point.

#![expect(clippy::unwrap_used, reason = "what a test can't do without is a failure of the test")]

mod samples;
mod stores;

mod check_ins;
mod every_function;
mod full_disk;
mod killed;
mod locked;
mod matching;
mod model;
mod model_cases;
mod model_channels;
mod model_days;
mod model_letters;
mod model_line;
mod model_notices;
mod model_officers;
mod model_outbox;
mod model_quotas;
mod model_venues;
mod models;

mod certificates;
mod days;
mod enquiries;
mod index;
mod quotas;
mod reports;
mod venue_acts;
mod venues;

mod backup;
mod case_stays;
mod cases;
mod notice_steps;
mod notices;
mod officers;
mod outbox;

mod channels;
mod line;

mod job_successes;
mod leases;
mod ledger;

mod erasure;

#[cfg(unix)]
mod rights;
mod schema;
