//! Words and rules of Tadori: what a venue, a check-in, a case and a notice are, and what follows from them.
//!
//! Everything here is pure. There is no I/O, no async, and no clock or randomness of its own: an instant
//! comes in as [`clock::Instant`], random bytes come in as arrays. So each rule can be tested
//! exhaustively, and a reader finds it without meeting a database on the way.
//!
//! The modules stand in reading order: first the words, then the rules over them, then the policy data
//! that makes the engine one prefecture's own.

pub mod clock;
pub mod id;
pub mod service_day;
pub mod text;

pub mod contact;
pub mod disease;
pub mod email_typo;
pub mod enquiry;
pub mod held;
pub mod likeness;
pub mod venue;

pub mod case;
pub mod check_in;
pub mod exposure;
pub mod persons;
pub mod report;
pub mod threshold;
pub mod time_band;

pub mod decision;
pub mod notice;
pub mod operator;

pub mod ledger;
pub mod line;
pub mod push;
pub mod retention;

pub mod faq;
pub mod message;
pub mod policy;
pub mod wording;
