//! Sealing and the key ring: the only crate that names a cipher.
