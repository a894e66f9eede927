//! Posters, certificates, handouts and codes: words in, bytes out.
//!
//! An operator registers a venue and gets what is to be posted: an A4 sheet with the code
//! ([`poster`]), a sheet with the measures that the venue takes ([`certificate`]), or the code alone as a
//! picture ([`qr`]); and what ends a code ([`discard`]). The prefecture hands out leaflets and flyers
//! ([`handout`]). All come from values that the caller has; nothing here asks a store, a clock or the network.
//!
//! A [`sheet`] is a Typst template with values beside it. The template is the engine's own
//! (such as [`poster::TEMPLATE`]) or a jurisdiction pack's; the values go in as JSON, so that a shop's name
//! can never be code. It comes out as PDF/UA-1 and PDF/A-2a: tagged, so that it can be read aloud,
//! and the same bytes for the same values, so that a reprint can be compared.
//!
//! A template is a program that a prefecture may write, so [`sandbox`] runs it in a child process
//! with bounds on memory and time. [`sheet::Sheet::render`] does the same work in this process,
//! without the bounds: for the child itself and for tests.
//!
//! What is refused: a character that no font here draws ([`error::PrintError::MissingGlyph`] names
//! it; no box is ever printed in its place), a poster that doesn't fit on one page, and a template
//! that reads any file or fetches any package.

pub mod certificate;
pub mod discard;
pub mod error;
mod fonts;
pub mod handout;
pub mod poster;
pub mod qr;
pub mod sandbox;
pub mod sheet;
mod typeset;
