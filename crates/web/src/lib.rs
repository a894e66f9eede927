//! Every page; cannot send: all goes through arrivals and the outbox.
