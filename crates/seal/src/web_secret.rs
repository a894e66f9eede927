//! The web servers' one secret: what they sign forms and hash codes with.
//!
//! All web servers of a deployment share it, from a file beside their configuration. It opens no contact and
//! no record: whoever steals it can forge a check-in form, and with the office database besides can search
//! one-time codes and read the officers' second factors. Each use has a key of its own, derived by label.

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::random::Randomness;

/// 32 random bytes that every web server of a deployment is given.
#[derive(Clone)]
pub struct WebSecret(Zeroizing<[u8; 32]>);

impl WebSecret {
    /// A new one.
    pub fn new(randomness: &Randomness) -> Self {
        Self(Zeroizing::new(randomness.bytes()))
    }

    /// Reads the text of its file: 32 bytes in base64.
    pub fn parse(text: &str) -> Option<Self> {
        let decoded = Zeroizing::new(BASE64.decode(text.trim().as_bytes()).ok()?);
        decoded.as_slice().try_into().ok().map(Zeroizing::new).map(Self)
    }

    /// The text for its file, and for nothing else.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.0.as_slice()))
    }

    /// The key for one use, by its label and what it is bound to.
    pub(crate) fn derive(&self, label: &[u8], bound_to: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice()));
        context.update(label);
        context.update(bound_to);
        Zeroizing::new(context.sign().as_ref().try_into().expect("HMAC-SHA256 has 32 bytes"))
    }
}

impl fmt::Debug for WebSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_back_and_never_shown() {
        let secret = WebSecret::new(&Randomness::seeded(1));
        let again = WebSecret::parse(&format!("{}\n", secret.expose().as_str())).unwrap();
        assert_eq!(again.derive(b"a", b""), secret.derive(b"a", b""));
        assert_ne!(secret.derive(b"a", b""), secret.derive(b"b", b""));
        assert_eq!(format!("{secret:?}"), "WebSecret(…)");
        for bad in ["", "short", "AAAA", &"A".repeat(64)] {
            assert!(WebSecret::parse(bad).is_none(), "{bad}");
        }
    }
}
