//! The cipher suite: HPKE base mode, RFC 9180, X25519 with HKDF-SHA256 and ChaCha20-Poly1305.
//!
//! Sealing to a public key is rustls's implementation over AWS-LC, each message with an ephemeral key of its
//! own. Its bytes are the RFC's, checked against the RFC's vectors and a second implementation in the tests;
//! if that implementation moves house, only this file follows it.
//!
//! Wrapping under a secret key is ChaCha20-Poly1305 (RFC 8439) with a random nonce in front; no key here
//! wraps more than some thousands of values, where random 96-bit nonces don't meet.

use std::fmt;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement;
use rustls::crypto::aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_CHACHA20_POLY1305 as HPKE;
use rustls::crypto::hpke::{EncapsulatedSecret, Hpke, HpkePrivateKey, HpkePublicKey};
use zeroize::Zeroizing;

use crate::random::Randomness;

/// The number of this suite in the stores' `suite` columns. A post-quantum one will be another number.
pub(crate) const SUITE: i64 = 1;

/// Length of the encapsulated key in front of each ciphertext.
pub(crate) const ENC_LEN: usize = 32;

/// What sealing adds: the encapsulated key and the authentication tag.
pub(crate) const OVERHEAD: usize = ENC_LEN + TAG_LEN;

const TAG_LEN: usize = 16;

/// A public key to seal to.
#[derive(Clone)]
pub(crate) struct PublicKey(HpkePublicKey);

impl PublicKey {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(HpkePublicKey(bytes.to_vec()))
    }

    /// `enc || ciphertext`; `None` if the key is no point that anything can be agreed with.
    pub(crate) fn seal(&self, info: &[u8], aad: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
        let (enc, ciphertext) = HPKE.seal(info, aad, plaintext, &self.0).ok()?;
        let mut sealed = enc.0;
        sealed.reserve_exact(ciphertext.len());
        sealed.extend_from_slice(&ciphertext);
        Some(sealed)
    }
}

/// A private key to open with. Wiped when dropped.
pub(crate) struct PrivateKey(HpkePrivateKey);

impl PrivateKey {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(HpkePrivateKey::from(bytes.to_vec()))
    }

    /// What was sealed; `None` if this key, `info` or `aad` is not the one it was sealed with.
    pub(crate) fn open(&self, info: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if sealed.len() < OVERHEAD {
            return None;
        }
        let (enc, ciphertext) = sealed.split_at(ENC_LEN);
        let enc = EncapsulatedSecret(enc.to_vec());
        HPKE.open(&enc, info, aad, ciphertext, &self.0).ok().map(Zeroizing::new)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

/// A new private key, and the public key that belongs to it.
pub(crate) fn key_pair(randomness: &Randomness) -> (Zeroizing<[u8; 32]>, [u8; 32]) {
    let private = Zeroizing::new(randomness.bytes::<32>());
    let public = public_of(&private).expect("every 32 bytes are an X25519 private key (RFC 7748)");
    (private, public)
}

/// The public key of a private one.
pub(crate) fn public_of(private: &[u8; 32]) -> Option<[u8; 32]> {
    let key = agreement::PrivateKey::from_private_key(&agreement::X25519, private).ok()?;
    key.compute_public_key().ok()?.as_ref().try_into().ok()
}

/// Wraps `plaintext` under `key`: `nonce || ciphertext || tag`.
pub(crate) fn wrap(key: &[u8; 32], aad: &[u8], plaintext: &[u8], randomness: &Randomness) -> Vec<u8> {
    let nonce = randomness.bytes::<NONCE_LEN>();
    // Ciphered where it lies, in room made before, so that no copy of the plaintext is left behind.
    let mut wrapped = Vec::with_capacity(NONCE_LEN + plaintext.len() + TAG_LEN);
    wrapped.extend_from_slice(&nonce);
    wrapped.extend_from_slice(plaintext);
    let tag = aead_key(key)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(aad),
            &mut wrapped[NONCE_LEN..],
        )
        .expect("ChaCha20-Poly1305 refuses only plaintexts of 256 GiB");
    wrapped.extend_from_slice(tag.as_ref());
    wrapped
}

/// Unwraps what [`wrap`] made; `None` if key or aad is another or the bytes were changed.
pub(crate) fn unwrap(key: &[u8; 32], aad: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = wrapped.split_first_chunk::<NONCE_LEN>()?;
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    let opened = aead_key(key)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut plaintext)
        .ok()?
        .len();
    plaintext.truncate(opened);
    Some(plaintext)
}

fn aead_key(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("its keys have 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_wrapped_is_unwrapped_in_its_place_only(
            key: [u8; 32], aad: Vec<u8>, plaintext: Vec<u8>, flip: usize, bit in 0u8..8,
        ) {
            let wrapped = wrap(&key, &aad, &plaintext, &Randomness::seeded(1));
            let unwrapped = unwrap(&key, &aad, &wrapped).unwrap();
            prop_assert_eq!(unwrapped.as_slice(), plaintext.as_slice());
            prop_assert!(unwrap(&key, &[aad.as_slice(), b"x"].concat(), &wrapped).is_none());
            let mut changed = wrapped;
            let at = flip % changed.len();
            changed[at] ^= 1 << bit;
            prop_assert!(unwrap(&key, &aad, &changed).is_none());
        }

        #[test]
        fn no_bytes_make_opening_panic(sealed in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(PrivateKey::new(&[9; 32]).open(b"info", b"aad", &sealed).is_none());
            prop_assert!(unwrap(&[9; 32], b"aad", &sealed).is_none());
        }
    }

    /// RFC 9180, appendix A.2.1: the key pair of the receiver.
    #[test]
    fn public_keys_are_the_rfcs() {
        use data_encoding::HEXLOWER;
        let private = "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb";
        let private: [u8; 32] = HEXLOWER.decode(private.as_bytes()).unwrap().try_into().unwrap();
        assert_eq!(
            HEXLOWER.encode(&public_of(&private).unwrap()),
            "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"
        );
    }

    /// A point of small order gives everyone the same secret: it is refused (RFC 9180, section 7.1.4).
    #[test]
    fn a_point_of_small_order_is_refused() {
        assert!(PublicKey::new([0; 32]).seal(b"", b"", b"x").is_none());
        assert!(PrivateKey::new(&[9; 32]).open(b"", b"", &[0; 64]).is_none());
    }
}
