//! What operators see: one form, then the poster.

pub(crate) mod printed;
pub(crate) mod register;
pub(crate) mod registered;
