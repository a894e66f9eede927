//! Codes and tokens: what a person or a browser holds, and the hash of it that is stored.
//!
//! A [`Token`] (session, an operator's key to the poster page, an invitation) has 160 random bits: nobody
//! guesses one, so its hash needs no salt and no stretching. A [`OneTimeCode`] is typed from paper by a
//! patient (REQUIREMENTS: self-report with a code of the health centre), so it has 60 bits; its hash is keyed
//! and stretched, so that a stolen table of hashes is not worth searching.
//!
//! Only hashes are stored. Nothing here has a `Display`: what opens a door is written with `expose`, on
//! purpose and in few places.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::LazyLock;

use aws_lc_rs::{constant_time, digest, pbkdf2};
use data_encoding::{Encoding, Specification};
use domain::id;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

use crate::identity::Deployment;
use crate::random::Randomness;
use crate::web_secret::WebSecret;

/// Crockford's base32, as codes of venues use it: no I, L, O or U, and reading forgives them.
static CROCKFORD: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    spec.translate.from.push_str("abcdefghjkmnpqrstvwxyzIiLlOo");
    spec.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ111100");
    spec.encoding().expect("32 different symbols, each translation to one of them")
});

/// Whether two secrets are the same, in a time that doesn't tell where they differ.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// What a token opens: a token of one kind is none of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenPurpose {
    /// An officer's signed-in browser.
    Session,
    /// An operator's way to the poster, the certificate and the codes of one venue.
    VenueKey,
    /// A new officer's first sign-in.
    Invitation,
    /// A form of the officers' console, against forged requests.
    OfficerForm,
    /// The page that tells the recipients of a notice where and when they were.
    NoticePage,
}

impl TokenPurpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Session => b"tadori/v1/token/session\0",
            Self::VenueKey => b"tadori/v1/token/venue-key\0",
            Self::Invitation => b"tadori/v1/token/invitation\0",
            Self::OfficerForm => b"tadori/v1/token/officer-form\0",
            Self::NoticePage => b"tadori/v1/token/notice-page\0",
        }
    }
}

/// 160 random bits that open something, as 32 symbols in an address or a cookie.
pub struct Token([u8; 20]);

impl Token {
    /// A new one.
    pub fn new(randomness: &Randomness) -> Self {
        Self(randomness.bytes())
    }

    /// One that a key makes.
    pub(crate) const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// Reads one from an address or a cookie.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 {
            return None;
        }
        let decoded = Zeroizing::new(CROCKFORD.decode(text.as_bytes()).ok()?);
        decoded.as_slice().try_into().ok().map(Self)
    }

    /// The text that opens the door: for the link or the cookie, and never for a log.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(CROCKFORD.encode(&self.0))
    }

    /// What is stored of it.
    pub fn hash(&self, deployment: &Deployment, purpose: TokenPurpose) -> CodeHash {
        let mut message = Zeroizing::new(purpose.label().to_vec());
        deployment.prefix(&mut message);
        message.extend_from_slice(&self.0);
        let hash = digest::digest(&digest::SHA256, &message);
        CodeHash(hash.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A one-time code on paper, `ABCD-EFGH-JKMN`: 60 random bits.
pub struct OneTimeCode(u64);

impl OneTimeCode {
    /// A new one.
    pub fn new(randomness: &Randomness) -> Self {
        Self(u64::from_be_bytes(randomness.bytes()) >> 4)
    }

    /// Reads one as people type it: any case, full width, with or without hyphens and blanks.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 200 {
            return None;
        }
        let bare: Zeroizing<String> = Zeroizing::new(
            typed.nfkc().filter(|c| !c.is_whitespace() && !"-‐‑‒–—―−ー".contains(*c)).collect(),
        );
        if bare.len() != 12 {
            return None;
        }
        id::read_base32(&bare).and_then(|value| u64::try_from(value).ok()).map(Self)
    }

    /// The text for the officer's page or the paper: three groups of four.
    pub fn expose(&self) -> Zeroizing<String> {
        let text = Zeroizing::new(id::base32(u128::from(self.0), 12));
        Zeroizing::new([&text[..4], &text[4..8], &text[8..]].join("-"))
    }
}

impl Drop for OneTimeCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

/// Hashes one-time codes under a secret of the web servers, about a millisecond each.
///
/// Without the secret the table of hashes can't be searched at all; with it, 2⁶⁰ codes of a millisecond each
/// are still some 36 million years of one processor.
#[derive(Clone)]
pub struct CodeHasher {
    salt: Zeroizing<[u8; 32]>,
}

impl CodeHasher {
    /// PBKDF2's rounds (RFC 8018).
    const ROUNDS: NonZeroU32 = NonZeroU32::new(10_000).expect("not zero");

    /// Under the web servers' secret.
    pub fn new(secret: &WebSecret, deployment: &Deployment) -> Self {
        Self { salt: secret.derive(b"tadori/v1/one-time-code\0", deployment.as_str().as_bytes()) }
    }

    /// What is stored of the code, and looked up when it is typed.
    pub fn hash(&self, code: &OneTimeCode) -> CodeHash {
        let mut hash = [0; 32];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            Self::ROUNDS,
            self.salt.as_slice(),
            &code.0.to_be_bytes(),
            &mut hash,
        );
        CodeHash(hash)
    }
}

impl fmt::Debug for CodeHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHasher(…)")
    }
}

/// The stored hash of a token or a code. Equality takes the same time wherever they differ.
#[derive(Clone, Copy, Debug)]
pub struct CodeHash([u8; 32]);

impl CodeHash {
    /// The bytes as the stores keep them.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From stored bytes; `None` if they are not 32.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl PartialEq for CodeHash {
    fn eq(&self, other: &Self) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for CodeHash {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn osaka() -> Deployment {
        Deployment::parse("osaka").unwrap()
    }

    proptest! {
        #[test]
        fn a_token_is_read_back_in_any_case(seed: u64) {
            let token = Token::new(&Randomness::seeded(seed));
            let text = token.expose();
            prop_assert_eq!(text.len(), 32);
            for text in [text.to_string(), text.to_lowercase(), text.replace('1', "l").replace('0', "O")] {
                prop_assert_eq!(Token::parse(&text).unwrap().0, token.0);
            }
        }

        #[test]
        fn a_code_is_read_as_people_type_it(seed: u64) {
            let code = OneTimeCode::new(&Randomness::seeded(seed));
            let text = code.expose();
            prop_assert_eq!(text.len(), 14);
            let wide: String =
                text.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
            for typed in [text.to_string(), text.to_lowercase(), text.replace('-', " "), text.replace('-', ""), wide] {
                prop_assert_eq!(OneTimeCode::parse(&typed).unwrap().0, code.0, "{}", typed);
            }
        }

        #[test]
        fn no_text_makes_reading_panic(text in "\\PC{0,60}") {
            let _ = Token::parse(&text);
            let _ = OneTimeCode::parse(&text);
        }
    }

    #[test]
    fn a_hash_is_of_one_token_one_purpose_and_one_deployment() {
        let randomness = Randomness::seeded(1);
        let token = Token::new(&randomness);
        let hash = token.hash(&osaka(), TokenPurpose::Session);
        assert_eq!(CodeHash::from_stored(hash.as_bytes()), Some(hash));
        assert_eq!(Token::parse(&token.expose()).unwrap().hash(&osaka(), TokenPurpose::Session), hash);
        assert_ne!(token.hash(&osaka(), TokenPurpose::VenueKey), hash);
        assert_ne!(token.hash(&Deployment::parse("chiba").unwrap(), TokenPurpose::Session), hash);
        assert_ne!(Token::new(&randomness).hash(&osaka(), TokenPurpose::Session), hash);
    }

    #[test]
    fn a_code_hash_depends_on_the_secret_and_the_deployment() {
        let code = OneTimeCode::new(&Randomness::seeded(1));
        let secret = |seed| WebSecret::new(&Randomness::seeded(seed));
        let hash = CodeHasher::new(&secret(1), &osaka()).hash(&code);
        let typed = OneTimeCode::parse(&code.expose()).unwrap();
        assert_eq!(CodeHasher::new(&secret(1), &osaka()).hash(&typed), hash);
        assert_ne!(CodeHasher::new(&secret(2), &osaka()).hash(&code), hash);
        assert_ne!(CodeHasher::new(&secret(1), &Deployment::parse("chiba").unwrap()).hash(&code), hash);
    }

    #[test]
    fn what_opens_a_door_is_never_shown_by_debug() {
        let randomness = Randomness::seeded(1);
        assert_eq!(format!("{:?}", Token::new(&randomness)), "Token(…)");
        assert_eq!(format!("{:?}", OneTimeCode::new(&randomness)), "OneTimeCode(…)");
    }

    #[test]
    fn comparing_is_comparing() {
        assert!(same(b"abc", b"abc") && same(b"", b""));
        assert!(!same(b"abc", b"abd") && !same(b"abc", b"ab"));
    }
}
