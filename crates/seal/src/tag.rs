//! Tags: finding a person's check-ins, and making one of a person's many, without keeping who it is.
//!
//! [`TagKey`] is a day's own: the worker's index of a day holds `tag → check-in`, and the key is destroyed
//! with the day, so that the index of a day that ended is noise. [`RecipientKey`] is a notice's own: the
//! outbox tells two rows of one person by it, and forgets how when the notice is settled. Neither ever
//! stands on the public server, and the same person has unrelated tags on two days (DESIGN section 5).
//!
//! Both are HMAC-SHA256 (RFC 2104) of [`Contact::identity`], cut to 16 bytes, each with its own label.

use std::fmt;

use aws_lc_rs::hmac;
use domain::contact::Contact;
use domain::id::VenueId;
use domain::service_day::ServiceDay;
use zeroize::Zeroizing;

use crate::random::Randomness;
use crate::token::Token;

/// A day's index key.
pub struct TagKey(hmac::Key);

impl TagKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The contact's tag on this day.
    pub fn tag(&self, contact: &Contact) -> [u8; 16] {
        keyed_hash(&self.0, b"tadori/v1/tag\0", contact)
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagKey(…)")
    }
}

/// What wraps the keys of notices whose newest day this is: derived from the day's tag secret under a label
/// of its own, and so destroyed with it.
pub(crate) fn notice_wrapping_key(tag_secret: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, tag_secret);
    let derived = hmac::sign(&key, b"tadori/v1/notice-wrapping\0");
    let mut wrapping = Zeroizing::new([0; 32]);
    wrapping.copy_from_slice(derived.as_ref());
    wrapping
}

/// A notice's own key, stored wrapped by the ring ([`crate::key_ring::KeyRing::wrap_notice_key`]).
pub struct RecipientKey(Zeroizing<[u8; 32]>);

impl RecipientKey {
    /// A new one, for a notice that is being released.
    pub fn new(randomness: &Randomness) -> Self {
        Self(Zeroizing::new(randomness.bytes()))
    }

    /// The recipient's hash under this notice.
    pub fn hash(&self, contact: &Contact) -> [u8; 16] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice());
        keyed_hash(&key, b"tadori/v1/recipient\0", contact)
    }

    /// The hash of a recipient who is told of one place and day alone: a notice that names them is a message for
    /// each, and one that doesn't is one message a person.
    pub fn hash_at(&self, contact: &Contact, day: ServiceDay, venue: Option<VenueId>) -> [u8; 16] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice());
        let venue = venue.map_or(0, VenueId::as_i64);
        let label = format!("tadori/v1/recipient-at\0{day}\0{venue}\0");
        keyed_hash(&key, label.as_bytes(), contact)
    }

    /// The address of the page that tells the people of one venue and day where and when they were (A8): the same
    /// at each attempt, known to nobody without this key, and not to be guessed.
    pub fn page_token(&self, day: ServiceDay, venue: VenueId) -> Token {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice());
        let tag = hmac::sign(&key, format!("tadori/v1/notice-page\0{day}\0{}\0", venue.as_i64()).as_bytes());
        let mut bits = [0; 20];
        bits.copy_from_slice(&tag.as_ref()[..20]);
        Token::from_bytes(bits)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Zeroizing::new).map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecipientKey(…)")
    }
}

fn keyed_hash(key: &hmac::Key, label: &[u8], contact: &Contact) -> [u8; 16] {
    let mut context = hmac::Context::with_key(key);
    context.update(label);
    context.update(contact.identity().as_bytes());
    let mut short = [0; 16];
    short.copy_from_slice(&context.sign().as_ref()[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(address: &str) -> Contact {
        Contact::email(address).unwrap()
    }

    #[test]
    fn one_person_has_one_tag_a_day_and_another_tomorrow() {
        let (today, tomorrow) = (TagKey::new(&[1; 32]), TagKey::new(&[2; 32]));
        assert_eq!(today.tag(&contact("Taro@example.jp")), today.tag(&contact("taro@EXAMPLE.jp")));
        assert_ne!(today.tag(&contact("taro@example.jp")), today.tag(&contact("jiro@example.jp")));
        assert_ne!(today.tag(&contact("taro@example.jp")), tomorrow.tag(&contact("taro@example.jp")));
    }

    #[test]
    fn a_notice_hash_is_no_tag_even_under_the_same_key() {
        let taro = contact("taro@example.jp");
        let notice = RecipientKey::from_bytes(&[1; 32]).unwrap();
        assert_eq!(notice.hash(&taro), notice.hash(&contact("TARO@example.jp")));
        assert_ne!(notice.hash(&taro), TagKey::new(&[1; 32]).tag(&taro));
        assert_ne!(notice.hash(&taro), RecipientKey::new(&Randomness::seeded(1)).hash(&taro));
    }

    #[test]
    fn keys_are_never_shown() {
        assert_eq!(format!("{:?}", TagKey::new(&[7; 32])), "TagKey(…)");
        assert_eq!(format!("{:?}", RecipientKey::from_bytes(&[7; 32])), "Some(RecipientKey(…))");
    }
}
