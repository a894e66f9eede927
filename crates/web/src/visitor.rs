//! What visitors see: the check-in, the report of a positive test, the search for an answer, and the pages
//! of the pack.

pub(crate) mod app;
pub(crate) mod app_check_in;
pub(crate) mod app_venues;
pub(crate) mod ask;
pub(crate) mod changes;
pub(crate) mod check_in;
pub(crate) mod gallery;
pub(crate) mod handouts;
pub(crate) mod line;
pub(crate) mod made_pages;
pub(crate) mod notice_page;
pub(crate) mod own_pages;
pub(crate) mod pages;
pub(crate) mod report;
pub(crate) mod sitemap;
mod visit;
