//! What operators see: one form, then the poster, and the page on which a registration is looked after.

pub(crate) mod certificate;
pub(crate) mod changes;
pub(crate) mod enquiry;
pub(crate) mod enrol;
pub(crate) mod measures;
pub(crate) mod printed;
pub(crate) mod register;
pub(crate) mod registered;
pub(crate) mod rooms;
pub(crate) mod rules;
pub(crate) mod typed;
