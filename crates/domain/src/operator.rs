//! Who operates a venue: sealed to the office's key, and opened only to write to them.

use std::fmt;

use crate::contact::Contact;
use crate::text::{self, TextError};
use unicode_normalization::UnicodeNormalization;

/// An operator's own data, which no officer sees on a page.
#[derive(Clone)]
pub struct Operator {
    /// Whom to ask for.
    pub contact_name: String,
    /// Where the poster is sent; none where an officer registered for someone who has no address (KNG-23).
    pub email: Option<Contact>,
    /// Telephone number, digits and hyphens.
    pub phone: String,
}

impl Operator {
    /// As bytes, for sealing: one `key=value` a line, as nothing here can hold a line break.
    pub fn to_bytes(&self) -> zeroize::Zeroizing<Vec<u8>> {
        let Self { contact_name, email, phone } = self;
        let email = email.as_ref().map_or("", Contact::expose);
        zeroize::Zeroizing::new(format!("name={contact_name}\nemail={email}\nphone={phone}\n").into_bytes())
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operator(…)")
    }
}

/// Reads a telephone number: ten or eleven digits, hyphens as typed, full-width folded.
pub fn phone(typed: &str) -> Option<String> {
    let folded: String = typed.trim().nfkc().map(|c| if "ー―−‐–—".contains(c) { '-' } else { c }).collect();
    let digits = folded.bytes().filter(u8::is_ascii_digit).count();
    let clean = folded.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (clean && (10..=11).contains(&digits) && folded.starts_with('0') && folded.len() <= 14).then_some(folded)
}

/// Reads a postal code: seven digits, with or without the hyphen or 〒.
pub fn postal_code(typed: &str) -> Option<String> {
    let folded: String = typed.nfkc().filter(|c| !matches!(c, '-' | '〒' | ' ' | 'ー' | '−' | '‐')).collect();
    (folded.len() == 7 && folded.bytes().all(|b| b.is_ascii_digit())).then_some(folded)
}

/// Reads the name of a contact person, at most 40 characters.
///
/// # Errors
/// [`TextError`]
pub fn contact_name(typed: &str) -> Result<String, TextError> {
    text::line(typed, 40)
}

/// Reads a postal address, at most 120 characters.
///
/// # Errors
/// [`TextError`]
pub fn address(typed: &str) -> Result<String, TextError> {
    text::line(typed, 120)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nobody() {
        let operator = Operator {
            contact_name: "髙橋 一".into(),
            email: Some(Contact::email("operator@shop.example").unwrap()),
            phone: "06-6941-0000".into(),
        };
        assert_eq!(format!("{operator:?}"), "Operator(…)");
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(phone("０６－６９４１－００００").as_deref(), Some("06-6941-0000"));
        assert_eq!(phone("09000000000").as_deref(), Some("09000000000"));
        assert_eq!(phone("110"), None);
        assert_eq!(phone("06-6941-0000 内線1"), None);
        assert_eq!(postal_code("〒５４０-0000").as_deref(), Some("5400000"));
        assert_eq!(postal_code("540-000"), None);
    }
}
