//! Identifiers: random, never counted, and each its own type.
//!
//! A sequence would tell how many venues or cases there are and let them be enumerated, so every
//! identifier is made of random bytes that the caller passes in. What people read or type is written in
//! Crockford's base32 (no I, L, O, U), upper case, which also keeps QR codes in alphanumeric mode.

use std::fmt;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `value`'s lowest `5 × symbols` bits in Crockford base32, most significant first.
pub fn base32(value: u128, symbols: u32) -> String {
    (0..symbols)
        .rev()
        .map(|at| char::from(ALPHABET[usize::try_from((value >> (5 * at)) & 31).unwrap_or(0)]))
        .collect()
}

/// Reads Crockford base32: case does not matter, `I` and `L` are 1, `O` is 0. `None` for anything else
/// and for more than 25 symbols.
pub fn read_base32(text: &str) -> Option<u128> {
    if text.is_empty() || text.len() > 25 {
        return None;
    }
    text.bytes().try_fold(0u128, |value, byte| Some((value << 5) | u128::from(symbol(byte)?)))
}

/// The value of one Crockford symbol, 0 to 31.
pub fn symbol(byte: u8) -> Option<u8> {
    let byte = match byte.to_ascii_uppercase() {
        b'I' | b'L' => b'1',
        b'O' => b'0',
        other => other,
    };
    ALPHABET.iter().position(|known| *known == byte).and_then(|at| u8::try_from(at).ok())
}

macro_rules! random_id {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// From 16 random bytes.
            pub const fn from_random(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes as the stores keep them.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// From stored bytes; `None` if they are not 16.
            pub fn from_stored(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// From the form that [`fmt::Display`] writes, as it stands in addresses of pages.
            pub fn parse(text: &str) -> Option<Self> {
                if text.len() != 32 || !text.is_ascii() {
                    return None;
                }
                u128::from_str_radix(text, 16).ok().map(|value| Self(value.to_be_bytes()))
            }

            /// What people call it: its last eight digits. The first ones won't do, for an id that was a
            /// form's nonce begins with the time and is like its neighbours.
            pub fn number(&self) -> String {
                format!("{self}")[24..].to_uppercase()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", u128::from_be_bytes(self.0))
            }
        }
    };
}

random_id!(CaseId, "One case: an infected person, of whom no name is kept.");
random_id!(NoticeId, "One notice: proposed, approved, released, settled.");
random_id!(OfficerId, "One health officer's named account.");
random_id!(
    MessageId,
    "One message to one recipient; constant over retries, so that a mailbox can tell a repeat."
);
random_id!(LeaseId, "One claim on rows of the outbox: whoever holds it alone may settle them.");

/// One venue's number: 50 random bits, shown to the operator as the registration number.
///
/// It fits a signed 64-bit column and stands first in every day's key (DESIGN section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VenueId(i64);

impl VenueId {
    const BITS: u32 = 50;

    /// From eight random bytes, of which 50 bits are used.
    pub const fn from_random(bytes: [u8; 8]) -> Self {
        Self((u64::from_be_bytes(bytes) >> (64 - Self::BITS)) as i64)
    }

    /// The number as the stores keep it.
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// From a stored number.
    pub const fn from_stored(value: i64) -> Self {
        Self(value)
    }

    /// Reads the registration number as people type it: with or without hyphen, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let bare: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        if bare.len() != 10 {
            return None;
        }
        read_base32(&bare).and_then(|value| i64::try_from(value).ok()).map(Self)
    }
}

impl fmt::Display for VenueId {
    /// Ten symbols in two groups: `4F7Q9-2XDAB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = base32(u128::from(self.0.unsigned_abs()), 10);
        write!(f, "{}-{}", &text[..5], &text[5..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_registration_number_is_read_back(bytes: [u8; 8]) {
            let id = VenueId::from_random(bytes);
            prop_assert_eq!(VenueId::parse(&id.to_string()), Some(id));
            prop_assert_eq!(VenueId::parse(&id.to_string().to_lowercase()), Some(id));
        }

        #[test]
        fn an_id_is_read_back(bytes: [u8; 16]) {
            let id = CaseId::from_random(bytes);
            prop_assert_eq!(CaseId::parse(&id.to_string()), Some(id));
        }

        #[test]
        fn no_text_makes_reading_panic(text in ".{0,60}") {
            let _ = VenueId::parse(&text);
            let _ = CaseId::parse(&text);
            let _ = read_base32(&text);
        }
    }
}
