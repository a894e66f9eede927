//! An operator's question to the desk (KNG-18, C21): sealed to the office's key, and opened once, by the worker,
//! to mail it to the desk.

use std::fmt;

use zeroize::{Zeroize as _, Zeroizing};

use crate::contact::Contact;
use crate::id::VenueId;
use crate::text::{self, TextError};

/// The longest question taken, in characters.
pub const LONGEST: usize = 1000;

/// What is asked, in the operator's words. It can't be printed by accident.
pub struct Question(String);

impl Question {
    /// Takes a question of at most [`LONGEST`] characters; line breaks stay.
    ///
    /// # Errors
    /// [`TextError`]
    pub fn parse(typed: &str) -> Result<Self, TextError> {
        text::lines(typed, LONGEST).map(Self)
    }

    /// The words, for sealing and for the desk's mail.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A question, and where the answer goes.
pub struct Enquiry {
    /// The operator's address.
    pub email: Contact,
    /// The registration that it is about, if a number was given.
    pub venue: Option<VenueId>,
    /// What is asked.
    pub question: Question,
}

impl Enquiry {
    /// As bytes, for sealing: two lines of `key=value`, and the question behind an empty one.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let number = self.venue.map(|venue| venue.to_string()).unwrap_or_default();
        let text = format!("email={}\nvenue={number}\n\n{}", self.email.expose(), self.question.as_str());
        Zeroizing::new(text.into_bytes())
    }

    /// From opened bytes; `None` if no version of this program wrote them.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, question) = std::str::from_utf8(bytes).ok()?.split_once("\n\n")?;
        let (email, venue) = head.strip_prefix("email=")?.split_once("\nvenue=")?;
        let venue = match venue {
            "" => None,
            number => Some(VenueId::parse(number)?),
        };
        Some(Self { email: Contact::email(email).ok()?, venue, question: Question::parse(question).ok()? })
    }
}

impl fmt::Debug for Enquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Enquiry(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for venue in [None, Some(VenueId::from_stored(7))] {
            let enquiry = Enquiry {
                email: Contact::email("tencho@shop.example").unwrap(),
                venue,
                question: Question::parse("1行目\r\n\r\nemail=other@shop.example").unwrap(),
            };
            let back = Enquiry::from_bytes(&enquiry.to_bytes()).unwrap();
            assert_eq!(back.email.expose(), "tencho@shop.example");
            assert_eq!(back.venue, venue);
            assert_eq!(back.question.as_str(), "1行目\n\nemail=other@shop.example");
            assert_eq!(format!("{back:?}"), "Enquiry(…)");
        }
        assert!(Enquiry::from_bytes(b"").is_none() && Enquiry::from_bytes(b"email=a\nvenue=\n\n?").is_none());
    }

    #[test]
    fn a_question_is_bounded_and_has_nothing_unseen() {
        assert!(Question::parse(&"あ".repeat(LONGEST)).is_ok());
        assert_eq!(Question::parse(&"あ".repeat(LONGEST + 1)).err(), Some(TextError::TooLong(LONGEST)));
        assert_eq!(Question::parse("a\u{200B}").err(), Some(TextError::Invisible(0x200B)));
    }
}
