//! What operators see: one form, then the poster.

pub(crate) mod certificate;
pub(crate) mod enrol;
pub(crate) mod measures;
pub(crate) mod printed;
pub(crate) mod register;
pub(crate) mod registered;
