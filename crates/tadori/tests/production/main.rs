//! Production: the binary that ships, as an installation runs it.
//!
//! Each test makes an installation in a folder of its own: `tadori.toml`, `migrate`, `keys init`,
//! `officer add`, then `serve` and `worker` as processes of their own, spoken to over HTTP, mailing through a
//! real mail server. Run as root, visitors' door, officers' door and worker are different users to the
//! system, so that what one mustn't read it can't; run by anybody else they are one user, and say so.
//!
//! Nothing here waits for a length of time: what is to happen is looked for until it did, or until a
//! deadline.

#![expect(clippy::unwrap_used, reason = "what a test can't do without is a failure of the test")]

mod client;
mod deployment;
mod gate;
#[path = "../../../deliver/tests/mail_server/mod.rs"]
mod mail_server;
mod mailbox;
mod memory;
mod paper;
mod people;
#[expect(dead_code, reason = "the store's own suite needs more of it")]
#[path = "../../../store/tests/postgres_server/mod.rs"]
mod postgres_server;
mod process;

mod backup;
mod doctor;
mod figures;
mod interrupted;
mod keyless;
mod mail_down;
mod on_postgres;
mod refusals;
mod stopping;
mod story;
mod traces;
mod two_workers;
mod upgrade;
mod users;
