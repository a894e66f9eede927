//! The same definition of a store, on PostgreSQL: every file of `../conformance` that doesn't speak of files.
//! [`stores`] is this engine's own, and so are the last modules.

#![expect(clippy::unwrap_used, reason = "what a test can't do without is a failure of the test")]

#[path = "../postgres_server/mod.rs"]
mod postgres_server;
#[path = "../conformance/samples.rs"]
mod samples;
mod stores;

#[path = "../conformance/check_ins.rs"]
mod check_ins;
#[path = "../conformance/killed.rs"]
mod killed;
#[path = "../conformance/model.rs"]
mod model;
#[path = "../conformance/model_cases.rs"]
mod model_cases;
#[path = "../conformance/model_channels.rs"]
mod model_channels;
#[path = "../conformance/model_days.rs"]
mod model_days;
#[path = "../conformance/model_letters.rs"]
mod model_letters;
#[path = "../conformance/model_line.rs"]
mod model_line;
#[path = "../conformance/model_notices.rs"]
mod model_notices;
#[path = "../conformance/model_officers.rs"]
mod model_officers;
#[path = "../conformance/model_outbox.rs"]
mod model_outbox;
#[path = "../conformance/model_quotas.rs"]
mod model_quotas;
#[path = "../conformance/model_venues.rs"]
mod model_venues;
#[path = "../conformance/models.rs"]
mod models;

#[path = "../conformance/certificates.rs"]
mod certificates;
#[path = "../conformance/days.rs"]
mod days;
#[path = "../conformance/enquiries.rs"]
mod enquiries;
#[path = "../conformance/index.rs"]
mod index;
#[path = "../conformance/quotas.rs"]
mod quotas;
#[path = "../conformance/reports.rs"]
mod reports;
#[path = "../conformance/venue_acts.rs"]
mod venue_acts;
#[path = "../conformance/venues.rs"]
mod venues;

#[path = "../conformance/case_stays.rs"]
mod case_stays;
#[path = "../conformance/cases.rs"]
mod cases;
#[path = "../conformance/matching.rs"]
mod matching;
#[path = "../conformance/notice_steps.rs"]
mod notice_steps;
#[path = "../conformance/notices.rs"]
mod notices;
#[path = "../conformance/officers.rs"]
mod officers;
#[path = "../conformance/outbox.rs"]
mod outbox;

#[path = "../conformance/channels.rs"]
mod channels;
#[path = "../conformance/line.rs"]
mod line;

#[path = "../conformance/job_successes.rs"]
mod job_successes;
#[path = "../conformance/leases.rs"]
mod leases;
#[path = "../conformance/ledger.rs"]
mod ledger;

#[path = "../conformance/erasure.rs"]
mod erasure;
#[path = "../conformance/schema.rs"]
mod schema;

mod failover;
mod locked;
mod migrating;
mod reads;
mod roles;
mod several_nodes;
mod taken_back;
mod tls;
