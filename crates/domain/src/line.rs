//! What a LINE account and we say to each other: the text of a scanned code, the button of agreement, and the
//! letter in which an answer waits for the worker.
//!
//! An account writes `TADORI <code>`, which our page has filled in; a language may follow. The button of
//! agreement sends back what we put into it, signed for this account, place and version
//! ([`ConsentData`]): whoever changes a letter of it agrees to nothing.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::clock::Instant;
use crate::contact::Contact;
use crate::venue::VenueCode;

/// What our page fills in before the code.
pub const KEYWORD: &str = "TADORI";

/// The longest text that is looked at: a code, and what a keyboard adds.
const LONGEST: usize = 200;

/// A scanned code as an account sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCode {
    /// The code, if it is one: a mistyped one is answered too.
    pub code: Option<VenueCode>,
    /// The language of the page that it came from, if it says one.
    pub language: Option<String>,
}

impl SentCode {
    /// Reads what was written; nothing where it doesn't begin with the keyword.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let folded: String = text.nfkc().collect();
        let mut words = folded.split_whitespace();
        if !words.next()?.eq_ignore_ascii_case(KEYWORD) {
            return None;
        }
        let code = words.next().and_then(VenueCode::parse);
        let language = words.next().filter(|word| is_language(word)).map(str::to_owned);
        Some(Self { code, language })
    }

    /// What the page fills in.
    pub fn text(code: VenueCode, language: &str) -> String {
        if language == "ja" { format!("{KEYWORD} {code}") } else { format!("{KEYWORD} {code} {language}") }
    }
}

fn is_language(word: &str) -> bool {
    (2..=15).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// What the button of agreement sends back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentData {
    /// The version of the text that was agreed to.
    pub version: u32,
    /// The place that was scanned, and no other.
    pub code: VenueCode,
    /// The language of the page.
    pub language: String,
    /// Our signed nonce, bound to all of it and to the account.
    pub signed: String,
}

impl ConsentData {
    /// Reads it back; its signature is another's to check.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 300 {
            return None;
        }
        let mut parts = text.split(':');
        let (mark, version, code, language, signed) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if mark != "consent" || parts.next().is_some() || !is_language(language) {
            return None;
        }
        let version = version.parse().ok()?;
        let (code, language, signed) = (VenueCode::parse(code)?, language.to_owned(), signed.to_owned());
        Some(Self { version, code, language, signed })
    }

    /// What the signature is bound to: this version, this place, this account by its tag.
    pub fn bound_to(version: u32, code: VenueCode, tag: &[u8]) -> Vec<u8> {
        let mut bytes = format!("line-consent/{version}/{code}/").into_bytes();
        bytes.extend_from_slice(tag);
        bytes
    }
}

impl std::fmt::Display for ConsentData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "consent:{}:{}:{}:{}", self.version, self.code, self.language, self.signed)
    }
}

/// What an account is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineReply {
    /// The check-in is stored (STM-8).
    CheckedIn {
        /// The place's name.
        venue: String,
        /// When.
        at: Instant,
    },
    /// Nothing is stored before the button is pressed (STM-9).
    AskConsent {
        /// The place's name.
        venue: String,
        /// What the button sends.
        data: String,
    },
    /// No such code, or none that takes check-ins now.
    UnknownCode,
    /// The policy wants the account added first (A6).
    JoinFirst,
    /// The account was added.
    Welcome,
}

/// An answer with what is needed to give it: sealed until the worker gives it.
#[derive(Debug)]
pub struct LineLetter {
    /// Good once, and for about a minute.
    pub reply_token: String,
    /// Whom to push to where the token ran out.
    pub to: Contact,
    /// In which language.
    pub language: String,
    /// What is said.
    pub reply: LineReply,
}

/// Between the parts of a letter: none of them may have it.
const GAP: char = '\u{1f}';

impl LineLetter {
    /// For sealing.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (word, one, two) = match &self.reply {
            LineReply::CheckedIn { venue, at } => ("checked-in", venue.clone(), at.as_micros().to_string()),
            LineReply::AskConsent { venue, data } => ("consent", venue.clone(), data.clone()),
            LineReply::UnknownCode => ("unknown", String::new(), String::new()),
            LineReply::JoinFirst => ("join", String::new(), String::new()),
            LineReply::Welcome => ("welcome", String::new(), String::new()),
        };
        let clean = |part: &str| part.replace(GAP, " ");
        let parts = [
            clean(&self.reply_token),
            self.to.expose().to_owned(),
            clean(&self.language),
            word.to_owned(),
            clean(&one),
            clean(&two),
        ];
        let mut joined = parts.join(&GAP.to_string());
        let bytes = Zeroizing::new(joined.as_bytes().to_vec());
        joined.zeroize();
        bytes
    }

    /// What was sealed; nothing where it isn't what [`Self::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let parts: Vec<&str> = str::from_utf8(bytes).ok()?.split(GAP).collect();
        let [reply_token, to, language, word, one, two] = *parts.as_slice() else { return None };
        let reply = match word {
            "checked-in" => {
                LineReply::CheckedIn { venue: one.to_owned(), at: Instant::from_micros(two.parse().ok()?) }
            }
            "consent" => LineReply::AskConsent { venue: one.to_owned(), data: two.to_owned() },
            "unknown" => LineReply::UnknownCode,
            "join" => LineReply::JoinFirst,
            "welcome" => LineReply::Welcome,
            _ => return None,
        };
        let (to, language) = (Contact::line(to)?, language.to_owned());
        Some(Self { reply_token: reply_token.to_owned(), to, language, reply })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ACCOUNT: &str = "U0123456789abcdef0123456789abcdef";

    fn code() -> VenueCode {
        VenueCode::from_random([7; 16])
    }

    #[test]
    fn a_code_is_read_as_phones_write_it() {
        let sent = |text: &str| SentCode::parse(text);
        let of = |language: Option<&str>| {
            Some(SentCode { code: Some(code()), language: language.map(str::to_owned) })
        };
        assert_eq!(sent(&SentCode::text(code(), "ja")), of(None));
        assert_eq!(sent(&SentCode::text(code(), "en")), of(Some("en")));
        assert_eq!(sent(&format!("　tadori　{}\n", code().to_string().to_lowercase())), of(None));
        assert_eq!(sent("TADORI 4F7Q"), Some(SentCode { code: None, language: None }));
        assert_eq!(sent("こんにちは"), None);
        assert_eq!(sent(&format!("TADORI {}", "x".repeat(300))), None);
    }

    #[test]
    fn agreement_is_read_back_and_nothing_else_is() {
        let data = ConsentData { version: 3, code: code(), language: "ja".into(), signed: "abc".into() };
        assert_eq!(ConsentData::parse(&data.to_string()), Some(data.clone()));
        assert!(data.to_string().len() <= 300, "a postback holds no more");
        for wrong in ["", "consent:3", "consent:x:y:ja:z", &format!("{data}:more"), "like:3:a:ja:b"] {
            assert_eq!(ConsentData::parse(wrong), None, "{wrong}");
        }
        let bound = |version, code, tag: &[u8]| ConsentData::bound_to(version, code, tag);
        assert_ne!(bound(1, code(), b"a"), bound(2, code(), b"a"));
        assert_ne!(bound(1, code(), b"a"), bound(1, VenueCode::from_random([8; 16]), b"a"));
        assert_ne!(bound(1, code(), b"a"), bound(1, code(), b"b"));
    }

    proptest! {
        #[test]
        fn a_letter_is_read_back(token in "[!-~]{1,60}", venue in "\\PC{1,60}", at in 0i64..2_000_000_000_000_000) {
            let at = Instant::from_micros(at);
            for reply in [
                LineReply::CheckedIn { venue: venue.clone(), at },
                LineReply::AskConsent { venue: venue.clone(), data: token.clone() },
                LineReply::UnknownCode,
                LineReply::JoinFirst,
                LineReply::Welcome,
            ] {
                let to = Contact::line(ACCOUNT).unwrap();
                let letter =
                    LineLetter { reply_token: token.clone(), to, language: "ja".into(), reply: reply.clone() };
                let read = LineLetter::from_bytes(&letter.to_bytes()).unwrap();
                prop_assert_eq!(read.reply, reply);
                prop_assert_eq!(&read.reply_token, &token);
                prop_assert_eq!(read.to.expose(), ACCOUNT);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = (SentCode::parse(&text), ConsentData::parse(&text), LineLetter::from_bytes(&bytes));
            let _ = SentCode::parse(&format!("TADORI {text}"));
        }
    }
}
