//! The printed sheet as others see it: what a camera, a screen reader and an archive find in the
//! PDF, and what a hostile template can't do.

mod child;
mod page;
mod sample;
mod sample_sheets;
mod sheets;
