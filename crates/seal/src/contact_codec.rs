//! The plaintext of a sealed contact: what is inside, and how its length is kept from telling anything.
//!
//! ```text
//! 1 version │ 1 channel │ 1 length, language │ 2 length, address │ zeros up to 64, 128, 256, 512 or 1024
//! ```
//!
//! A subscription of the app is `endpoint#p256dh.auth` and always fills the largest class, so that its length
//! doesn't tell whose browser it is. That it is one, the length does tell.
//!
//! An address of 30 characters and one of 50 seal to the same number of bytes; only very long ones fall
//! into a larger class. Reading is strict: one contact has one encoding, and anything else is refused, since
//! whoever can write to the database holds the public key and can seal whatever they like.

use domain::contact::{Channel, Contact};
use domain::text::deceives;
use zeroize::Zeroizing;

use crate::suite::OVERHEAD;

/// The lengths that a plaintext can have.
const CLASSES: [usize; 5] = [64, 128, 256, 512, PUSH];

/// The class of every push subscription, and of nothing else.
const PUSH: usize = 1024;

/// The lengths that a sealed contact can have: plaintext, encapsulated key and tag.
pub const SEALED_LENGTHS: [usize; 5] = [
    CLASSES[0] + OVERHEAD,
    CLASSES[1] + OVERHEAD,
    CLASSES[2] + OVERHEAD,
    CLASSES[3] + OVERHEAD,
    CLASSES[4] + OVERHEAD,
];

const VERSION: u8 = 1;
const HEAD: usize = 5;

/// The longest address that a contact can have (RFC 5321, section 4.5.3.1.3, less the brackets).
const ADDRESS_MAX: usize = 254;

/// The longest language tag: `zh-Hant-TW` and the like.
const LANGUAGE_MAX: usize = 15;

/// The longest text of a push subscription.
const SUBSCRIPTION_MAX: usize = PUSH - HEAD - LANGUAGE_MAX;

/// The smallest class into which so many bytes go on this channel.
fn class(channel: Channel, used: usize) -> Option<usize> {
    let mut classes = CLASSES.into_iter();
    match channel {
        Channel::Push => (used <= PUSH).then_some(PUSH),
        Channel::Email | Channel::Line => classes.find(|class| used <= *class && *class < PUSH),
    }
}

/// Writes it; `None` if language or address is none that could be read back.
pub(crate) fn encode(contact: &Contact, language: &str) -> Option<Zeroizing<Vec<u8>>> {
    let address = contact.expose();
    if !is_language(language) || !is_address(contact.channel(), address) {
        return None;
    }
    let used = HEAD + language.len() + address.len();
    let class = class(contact.channel(), used)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(class));
    plain.push(VERSION);
    plain.push(contact.channel().as_byte());
    plain.push(u8::try_from(language.len()).ok()?);
    plain.extend_from_slice(language.as_bytes());
    plain.extend_from_slice(&u16::try_from(address.len()).ok()?.to_be_bytes());
    plain.extend_from_slice(address.as_bytes());
    plain.resize(class, 0);
    Some(plain)
}

/// Reads it; `None` unless it is exactly what [`encode`] writes.
pub(crate) fn decode(plain: &[u8]) -> Option<(Contact, String)> {
    let (head, rest) = plain.split_first_chunk::<3>()?;
    let [VERSION, channel, language_len] = *head else { return None };
    let channel = Channel::from_byte(channel)?;
    let (language, rest) = rest.split_at_checked(usize::from(language_len))?;
    let (address_len, rest) = rest.split_first_chunk::<2>()?;
    let (address, padding) = rest.split_at_checked(usize::from(u16::from_be_bytes(*address_len)))?;
    let language = str::from_utf8(language).ok()?;
    let address = str::from_utf8(address).ok()?;
    let used = HEAD + language.len() + address.len();
    let canonical = class(channel, used)? == plain.len();
    if !canonical
        || padding.iter().any(|b| *b != 0)
        || !is_language(language)
        || !is_address(channel, address)
    {
        return None;
    }
    if !channel.takes(address) {
        return None;
    }
    Some((Contact::from_sealed(channel, address.to_owned()), language.to_owned()))
}

fn is_language(tag: &str) -> bool {
    (2..=LANGUAGE_MAX).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// What could be an address at all. Line breaks and the like never reach a mail's header from here, not even
/// out of a row that somebody planted.
fn is_address(channel: Channel, address: &str) -> bool {
    let longest = if channel == Channel::Push { SUBSCRIPTION_MAX } else { ADDRESS_MAX };
    (1..=longest).contains(&address.len()) && !address.chars().any(|c| deceives(c) || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::push::{LONGEST_ENDPOINT, PushServices, Subscription};
    use proptest::prelude::*;

    fn contact(address: &str) -> Contact {
        Contact::from_sealed(Channel::Email, address.to_owned())
    }

    fn address_of(length: usize) -> String {
        format!("{}@example.jp", "a".repeat(length - "@example.jp".len()))
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(address in "[!-~]{1,254}", language in "[a-z]{2}(-[A-Z][a-z]{3})?") {
            let plain = encode(&contact(&address), &language).unwrap();
            prop_assert!(CLASSES.contains(&plain.len()));
            let (read, read_language) = decode(&plain).unwrap();
            prop_assert_eq!(read.expose(), address.as_str());
            prop_assert_eq!(read.channel(), Channel::Email);
            prop_assert_eq!(read_language, language);
        }

        /// One contact has one encoding: whatever is read would be written the same.
        #[test]
        fn what_is_read_is_what_would_be_written(
            mut plain in proptest::collection::vec(0u8..3, 64), language_len in 0u8..6, address_len in 0u8..70,
        ) {
            plain[..3].copy_from_slice(&[VERSION, 1, language_len]);
            plain[3..3 + usize::from(language_len)].fill(b'x');
            let at = 3 + usize::from(language_len);
            plain[at..at + 2].copy_from_slice(&[0, address_len]);
            if let Some((contact, language)) = decode(&plain) {
                let written = encode(&contact, &language).unwrap();
                prop_assert_eq!(written.as_slice(), plain.as_slice());
            }
        }

        #[test]
        fn no_bytes_make_it_panic(plain in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = decode(&plain);
        }
    }

    #[test]
    fn ordinary_addresses_all_have_one_length() {
        for length in 12..=57 {
            assert_eq!(encode(&contact(&address_of(length)), "ja").unwrap().len(), 64, "{length}");
        }
        for (length, class) in [(58, 128), (121, 128), (122, 256), (249, 256), (250, 512), (254, 512)] {
            assert_eq!(encode(&contact(&address_of(length)), "ja").unwrap().len(), class, "{length}");
        }
    }

    #[test]
    fn what_could_not_be_read_back_is_not_written() {
        for (address, language) in [
            ("", "ja"),
            ("a@example.jp\r\nBcc: b@example.jp", "ja"),
            ("a b@example.jp", "ja"),
            ("a@example.jp", ""),
            ("a@example.jp", "j"),
            ("a@example.jp", "日本"),
            ("a@example.jp", "ja-too-long-a-tag"),
        ] {
            assert!(encode(&contact(address), language).is_none(), "{address:?} {language:?}");
        }
        assert!(encode(&contact(&address_of(255)), "ja").is_none());
    }

    /// An account has the length of an address, so that a row doesn't tell which of them it is.
    #[test]
    fn a_line_account_is_read_back_and_looks_like_an_address() {
        let line = Contact::line("U0123456789abcdef0123456789abcdef").unwrap();
        let plain = encode(&line, "ja").unwrap();
        let (read, _) = decode(&plain).unwrap();
        assert_eq!((read.channel(), read.expose()), (Channel::Line, line.expose()));
        assert_eq!(plain.len(), encode(&contact("a@example.jp"), "ja").unwrap().len());
        let mut other = plain.to_vec();
        other[7] = b'X';
        assert!(decode(&other).is_none(), "no account of LINE's");
    }

    /// Whose browser it is, the length doesn't tell.
    #[test]
    fn every_subscription_has_one_length() {
        let services = PushServices::parse(["push.example"]).unwrap();
        let (key, auth) = ("B".repeat(87), "a".repeat(22));
        for length in [1, 60, 300, 700, LONGEST_ENDPOINT - 21] {
            let endpoint = format!("https://push.example/{}", "e".repeat(length));
            let contact = Contact::push(&Subscription::new(&endpoint, &key, &auth, &services).unwrap());
            let plain = encode(&contact, "zh-Hant").unwrap();
            assert_eq!(plain.len(), PUSH);
            let (read, _) = decode(&plain).unwrap();
            assert_eq!((read.channel(), read.expose()), (Channel::Push, contact.expose()));
            let mut other = plain.to_vec();
            other[1] = 1;
            assert!(decode(&other).is_none(), "no mail address");
        }
    }

    #[test]
    fn a_second_encoding_is_refused() {
        let plain = encode(&contact("a@example.jp"), "ja").unwrap();
        let mut longer = plain.to_vec();
        longer.resize(128, 0);
        assert!(decode(&longer).is_none(), "padded to more than it needs");
        let mut noisy = plain.to_vec();
        noisy[63] = 1;
        assert!(decode(&noisy).is_none(), "padding that isn't zero");
        for (at, value) in [(0, 0), (0, 2), (1, 0), (1, 9), (2, 0), (2, 255)] {
            let mut other = plain.to_vec();
            other[at] = value;
            assert!(decode(&other).is_none(), "byte {at} is {value}");
        }
    }
}
