//! Every page; cannot send: all goes through arrivals and the outbox.

pub mod page;
pub mod wording;
