//! Flow tests: what people do over HTTP, the jobs that follow, and the mails that come of it; then the
//! jobs again, and nothing new.
//!
//! Everything is real but the world around: both doors without sockets, the stores in a folder of their
//! own, the key ring, the worker, the child process that prints. The clock stands until a test moves it,
//! randomness is seeded, and an inbox in memory stands for the mail server. Each test names the
//! requirements that it proves.

#![expect(clippy::unwrap_used, reason = "what fails in a test is the test")]

mod form;
mod page;
mod push_stand_in;
mod story;
mod world;

mod another_owner;
mod app;
mod app_push;
mod ask;
mod bad_dates;
mod canary;
mod certificate;
mod confirmations;
mod enquiry;
mod erasure;
mod erasure_interrupted;
mod findings;
mod forms_visitor;
mod handouts;
mod jobs;
mod languages;
mod line_check_in;
mod line_notice;
mod line_packs;
mod log_secrecy;
mod matched_together;
mod naming;
mod notice;
mod notice_sending;
mod operator;
mod operator_bad_input;
mod pack_pages;
mod pack_rules;
mod packs;
mod pages;
mod parameters;
mod planted;
mod proxy_entry;
mod registered_twice;
mod report;
mod secrecy;
mod sessions;
mod sign_in;
mod store_trouble;
mod time_bands;
mod triggers;
mod unanswered;
mod venue_approval;
mod venue_import;
mod venue_rooms;
mod visitor;
mod visits;
