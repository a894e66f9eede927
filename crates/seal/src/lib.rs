//! Sealing and the key ring: the only crate that names a cipher.
//!
//! What a visitor types is sealed in the request that brought it, and from then on nobody reads it who
//! doesn't hold the key of its day (DESIGN section 5). Two sides that never meet in one process outside the
//! demo:
//!
//! - the public server holds no private key: [`day_key::Sealer`] checks that a day's public key was signed
//!   by this deployment's key ring, and seals to it; [`office::OfficeSealer`] does the same for what only
//!   the office may read;
//! - the worker holds the [`key_ring::KeyRing`]: random keys, one pair a day, destroyed with their day.
//!
//! Nothing here is a construction of our own: HPKE (RFC 9180) comes from rustls over AWS-LC, file
//! encryption from age, HMAC, Ed25519 and ChaCha20-Poly1305 from AWS-LC, Argon2id from RustCrypto. Every
//! use has its own label, and every ciphertext is bound to the place where it belongs.
//!
//! The clock is not read here, and randomness is drawn in one place, [`random::Randomness`]; the two
//! exceptions, HPKE's ephemeral keys and age's file keys, are drawn by those libraries themselves from the
//! operating system.

pub mod random;

pub mod identity;
mod suite;

mod contact_codec;
pub mod day_key;
pub mod error;
pub mod office;

pub mod tag;

pub mod line;
pub mod web_push;
pub mod web_secret;

pub mod form;
pub mod officer_login;
pub mod token;

pub mod key_ring;

#[cfg(test)]
mod second_opinion;
