//! Whose keys they are: the deployment's name, and the key ring's signature over its public keys.
//!
//! Public keys lie in the intake database. Whoever can write there could plant a key of their own and read
//! every later check-in; so each is signed by the key ring (Ed25519, RFC 8032), and the verifying key stands
//! in the public server's `tadori.toml`, out of the database's reach (DESIGN section 5).

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use data_encoding::BASE64;
use zeroize::Zeroizing;

/// The name of one installation of Tadori, as all that it seals is bound to it.
///
/// Two prefectures that share a database server, or a test system restored from the real one's backup,
/// can't open or use each other's rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deployment(String);

impl Deployment {
    /// Reads a name: 1 to 64 lower-case letters, digits and hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        ((1..=64).contains(&text.len()) && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its length in one byte, then itself: how it begins everything that is signed or bound.
    pub(crate) fn prefix(&self, into: &mut Vec<u8>) {
        into.push(u8::try_from(self.0.len()).expect("parse takes at most 64 bytes"));
        into.extend_from_slice(self.0.as_bytes());
    }
}

/// The public half of the key ring's identity: what the public server trusts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey([u8; 32]);

impl VerifyingKey {
    /// Reads the text that [`fmt::Display`] writes, as it stands in `tadori.toml`.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64.decode(text.trim().as_bytes()).ok()?.try_into().ok().map(Self)
    }

    /// Whether the ring signed `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(&self.0))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({self})")
    }
}

/// The private half: signs the public keys that the ring makes. Lives in the ring only.
pub(crate) struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// From its 32-byte seed; `None` if the seed is no seed.
    pub(crate) fn from_seed(seed: &Zeroizing<[u8; 32]>) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).ok().map(Self)
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        let public = self.0.public_key().as_ref();
        VerifyingKey(public.try_into().expect("an Ed25519 public key has 32 bytes"))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_verifying_key_is_read_back() {
        let key = SigningKey::from_seed(&Zeroizing::new([3; 32])).unwrap().verifying_key();
        assert_eq!(VerifyingKey::parse(&key.to_string()), Some(key));
        assert_eq!(VerifyingKey::parse(&format!(" {key}\n")), Some(key));
        assert_eq!(VerifyingKey::parse(""), None);
        assert_eq!(VerifyingKey::parse("AAAA"), None);
    }

    /// RFC 8032, section 7.1, test 1: the empty message.
    #[test]
    fn signatures_are_ed25519() {
        use data_encoding::HEXLOWER;
        let seed =
            HEXLOWER.decode(b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let key = SigningKey::from_seed(&Zeroizing::new(seed.try_into().unwrap())).unwrap();
        assert_eq!(
            HEXLOWER.encode(&key.verifying_key().0),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        assert_eq!(
            HEXLOWER.encode(&key.sign(b"")),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b\
             d25bf5f0595bbe24655141438e7a100b"
        );
    }

    #[test]
    fn names_of_deployments() {
        for good in ["osaka", "a", "chiba-2020", &"x".repeat(64)] {
            assert!(Deployment::parse(good).is_some(), "{good}");
        }
        for bad in ["", "Osaka", "大阪", "a b", "a_b", &"x".repeat(65)] {
            assert_eq!(Deployment::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn only_the_signed_message_verifies(seed: [u8; 32], message: Vec<u8>, other: Vec<u8>) {
            let key = SigningKey::from_seed(&Zeroizing::new(seed)).unwrap();
            let signature = key.sign(&message);
            prop_assert!(key.verifying_key().verifies(&message, &signature));
            prop_assert_eq!(key.verifying_key().verifies(&other, &signature), message == other);
        }
    }
}
