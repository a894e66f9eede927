//! The signed nonce of a check-in form: it shows that we issued the form, for this venue, and not long ago.
//!
//! The nonce becomes the identity of the check-in, so a reload is the same row (DESIGN section 4). Signing
//! it keeps a robot from inventing nonces by the million or reusing one venue's form at another; its age is
//! judged by [`domain::check_in::accept`]. All web servers of a deployment share the key, which opens
//! nothing: whoever steals it can forge forms, and read none.

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use domain::check_in::CheckInNonce;
use domain::clock::Instant;
use domain::contact::Contact;

use crate::web_secret::WebSecret;

/// Signs and verifies the nonces of forms.
#[derive(Clone)]
pub struct FormSigner(hmac::Key);

impl FormSigner {
    /// Under the web servers' secret.
    pub fn new(secret: &WebSecret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.derive(b"tadori/v1/form\0", b"").as_slice()))
    }

    /// The form's hidden field: 43 characters, good only for `bound_to` (a venue's code, a purpose).
    pub fn sign(&self, nonce: &CheckInNonce, bound_to: &[u8]) -> String {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(nonce.as_bytes());
        bytes[16..].copy_from_slice(&self.tag(nonce, bound_to));
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// The nonce, if we signed it for `bound_to`; its age is not judged here.
    pub fn verify(&self, text: &str, bound_to: &[u8]) -> Option<CheckInNonce> {
        if text.len() != 43 {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (nonce, tag) = bytes.split_at_checked(16)?;
        let nonce = CheckInNonce::from_stored(nonce)?;
        crate::token::same(tag, &self.tag(&nonce, bound_to)).then_some(nonce)
    }

    /// The identity of what a form brought: the form's time, then a hash of form and contact.
    ///
    /// The same form with the same address is the same row, however often it is sent; with another address
    /// (corrected after going back, or typed for a child) it is another row. The form's own random bits go
    /// into the hash and are stored nowhere, so the identity is no pseudonym of the contact.
    ///
    /// A visit whose time was typed is another row when another time is typed into the same form.
    pub fn identity(&self, form: &CheckInNonce, contact: &Contact, visited: Option<Instant>) -> CheckInNonce {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"tadori/v1/check-in\0");
        context.update(form.as_bytes());
        context.update(contact.identity().as_bytes());
        if let Some(visited) = visited {
            context.update(b"\0");
            context.update(&visited.as_micros().to_be_bytes());
        }
        let mut random = [0; 10];
        random.copy_from_slice(&context.sign().as_ref()[..10]);
        CheckInNonce::issue(form.issued_at(), random)
    }

    /// The identity of a line of an imported table: the same line is the same registration, whoever brings
    /// it again. Keyed, for the line has an address in it that its hash must not give away.
    pub fn line(&self, line: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"tadori/v1/venue-line\0");
        context.update(line);
        let mut short = [0; 16];
        short.copy_from_slice(&context.sign().as_ref()[..16]);
        short
    }

    /// The identity of what an operator asks with a form: the same form with the same words is the same
    /// question, however often it is sent; with other words it is another.
    pub fn enquiry(&self, form: &CheckInNonce, words: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"tadori/v1/enquiry\0");
        context.update(form.as_bytes());
        context.update(words);
        let mut short = [0; 16];
        short.copy_from_slice(&context.sign().as_ref()[..16]);
        short
    }

    /// A client by a mark of it, for counting one deed of it: no address, and another one for each deed. Whoever has
    /// the table without the secret learns nothing; whoever has the secret can try addresses.
    pub fn client(&self, deed: &str, address: &[u8; 16]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"tadori/v1/client\0");
        context.update(address);
        context.update(deed.as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&context.sign().as_ref()[..16]);
        short
    }

    fn tag(&self, nonce: &CheckInNonce, bound_to: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(nonce.as_bytes());
        context.update(bound_to);
        let mut short = [0; 16];
        short.copy_from_slice(&context.sign().as_ref()[..16]);
        short
    }
}

impl fmt::Debug for FormSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormSigner(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Randomness;
    use proptest::prelude::*;

    fn signed_by(seed: u64) -> FormSigner {
        FormSigner::new(&WebSecret::new(&Randomness::seeded(seed)))
    }

    fn nonce(random: [u8; 10]) -> CheckInNonce {
        CheckInNonce::issue(Instant::from_micros(1_790_000_000_000_000), random)
    }

    proptest! {
        #[test]
        fn a_form_is_good_for_its_venue_only(random: [u8; 10], venue: Vec<u8>, other: Vec<u8>) {
            let signer = signed_by(1);
            let text = signer.sign(&nonce(random), &venue);
            prop_assert_eq!(text.len(), 43);
            prop_assert_eq!(signer.verify(&text, &venue), Some(nonce(random)));
            prop_assert_eq!(signer.verify(&text, &other).is_some(), venue == other);
            prop_assert_eq!(signed_by(2).verify(&text, &venue), None);
        }

        #[test]
        fn one_changed_character_is_noticed(random: [u8; 10], at in 0usize..43, other in "[A-Za-z0-9_-]") {
            let signer = signed_by(1);
            let text = signer.sign(&nonce(random), b"venue");
            let mut changed = text.clone();
            changed.replace_range(at..=at, &other);
            prop_assert_eq!(signer.verify(&changed, b"venue").is_some(), changed == text);
        }

        #[test]
        fn a_line_is_known_again_by_us_alone(line: Vec<u8>, other: Vec<u8>) {
            let known = signed_by(1).line(&line);
            prop_assert_eq!(signed_by(1).line(&line), known);
            prop_assert_eq!(signed_by(1).line(&other) == known, line == other);
            prop_assert_ne!(signed_by(2).line(&line), known);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            prop_assert_eq!(signed_by(1).verify(&text, b"venue"), None);
        }
    }
}
