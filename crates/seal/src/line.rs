//! What LINE's channel secret is used for: whether a webhook is LINE's, and by which mark an account is known.
//!
//! The secret lies with the public door, which checks signatures with it, and with the worker, which asks by
//! the same mark whether an account has blocked us. It opens nothing that is sealed. Each use but LINE's own
//! has a key derived by label, so a mark tells nothing without the secret, and an event's identity isn't a mark.
//! A new secret is another set of marks: every account is asked for its agreement once more.

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use domain::check_in::CheckInNonce;
use domain::clock::Instant;
use domain::contact::{Channel, Contact};
use zeroize::Zeroizing;

/// An account's mark: the same for the same account, and no way back.
pub type AccountTag = [u8; 16];

/// The channel secret.
#[derive(Clone)]
pub struct ChannelSecret(Zeroizing<Vec<u8>>);

impl ChannelSecret {
    /// Reads the text of its file, as LINE's console shows it; nothing where it is too short to be one.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let plausible = (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        plausible.then(|| Self(Zeroizing::new(text.as_bytes().to_vec())))
    }

    /// Whether LINE signed these bytes, exactly as they came. Takes as long for a wrong signature as for a right
    /// one.
    pub fn signed(&self, body: &[u8], signature: &str) -> bool {
        let Ok(tag) = BASE64.decode(signature.as_bytes()) else { return false };
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        hmac::verify(&key, body, &tag).is_ok()
    }

    /// The mark of an account; nothing for a contact that is none.
    pub fn tag(&self, account: &Contact) -> Option<AccountTag> {
        (account.channel() == Channel::Line)
            .then(|| self.short(b"tadori/v1/line-account\0", account.expose().as_bytes()))
    }

    /// The form's nonce of a check-in that an event brings: an event that is delivered twice is the same row.
    pub fn event_nonce(&self, event_id: &str, at: Instant) -> CheckInNonce {
        let hash: [u8; 16] = self.short(b"tadori/v1/line-event\0", event_id.as_bytes());
        let mut random = [0; 10];
        random.copy_from_slice(&hash[..10]);
        CheckInNonce::issue(at, random)
    }

    fn short(&self, label: &[u8], text: &[u8]) -> [u8; 16] {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let derived = hmac::sign(&secret, label);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()), text);
        let mut short = [0; 16];
        short.copy_from_slice(&tag.as_ref()[..16]);
        short
    }
}

impl fmt::Debug for ChannelSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "8c570fa6dd201bb328f1c1eac23a96d8";

    fn secret() -> ChannelSecret {
        ChannelSecret::parse(&format!("{SECRET}\n")).unwrap()
    }

    /// What openssl makes of the same bytes: `printf %s '{"events":[]}' | openssl dgst -sha256 -hmac … -binary | base64`.
    const SIGNED: &str = "RIZv+ghLA0VnBQ9V4IKZeQBgYqUhjr9LL05tE4VSkWo=";

    #[test]
    fn lines_signature_is_over_the_bytes_as_they_came() {
        assert!(secret().signed(br#"{"events":[]}"#, SIGNED));
        assert!(!secret().signed(br#"{"events": []}"#, SIGNED));
        for wrong in ["", "AAAA", "not base64!", &SIGNED.to_lowercase(), &format!("{SIGNED}=")] {
            assert!(!secret().signed(br#"{"events":[]}"#, wrong), "{wrong}");
        }
        let other = ChannelSecret::parse("another secret".repeat(2).replace(' ', "-").as_str()).unwrap();
        assert!(!other.signed(br#"{"events":[]}"#, SIGNED));
    }

    #[test]
    fn an_account_has_one_mark_and_a_mail_address_none() {
        let account = |digit: char| Contact::line(&format!("U{}", digit.to_string().repeat(32))).unwrap();
        assert_eq!(secret().tag(&account('a')), secret().tag(&account('a')));
        assert_ne!(secret().tag(&account('a')), secret().tag(&account('b')));
        assert_eq!(secret().tag(&Contact::email("a@example.jp").unwrap()), None);
    }

    #[test]
    fn an_event_is_one_row() {
        let at = Instant::from_micros(1_790_000_000_000_000);
        let nonce = secret().event_nonce("01FZ74A0TDDPYRVKNK77XKC3ZR", at);
        assert_eq!(nonce, secret().event_nonce("01FZ74A0TDDPYRVKNK77XKC3ZR", at));
        assert_ne!(nonce, secret().event_nonce("01FZ74A0TDDPYRVKNK77XKC3ZS", at));
        assert_eq!(nonce.issued_at(), at);
    }

    #[test]
    fn a_secret_is_read_and_never_shown() {
        assert_eq!(format!("{:?}", secret()), "ChannelSecret(…)");
        for wrong in ["", "short", "with a blank in the middle"] {
            assert!(ChannelSecret::parse(wrong).is_none(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_signature_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..60), text in "\\PC{0,60}") {
            prop_assert!(!secret().signed(&body, &text));
        }
    }
}
