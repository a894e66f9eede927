//! What visitors see: the check-in, the report of a positive test, and the pages of the pack.

pub(crate) mod check_in;
pub(crate) mod handouts;
pub(crate) mod pages;
pub(crate) mod report;
