//! Posters and codes: venue in, bytes out.
