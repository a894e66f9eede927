//! A contact: a way to reach a visitor. The most delicate value in the program.
//!
//! A [`Contact`] can't be printed, serialised or logged: it has no `Display` and no `Serialize`, its
//! `Debug` says `Contact(…)`, and its memory is wiped when it is dropped. It lives only in the visitor's
//! and operator's forms, the sealing, the worker's jobs and the courier (architecture invariant 1).
//!
//! Japan's phone carriers gave out addresses that break RFC 5321 (`a..b@docomo.ne.jp`, `abc.@ezweb.ne.jp`);
//! their owners still read mail there, so such local parts are taken for those domains and quoted when
//! they are written to.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroize;

use crate::push::Subscription;
use crate::text::deceives;

/// How a contact is reached. One byte of what is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// An e-mail address (OSK-3, OSK-6).
    Email,
    /// A LINE account's user id, as the provider of our channel knows it (HYG-2, STM-3).
    Line,
    /// A browser's push subscription, of the app ([`crate::push`]).
    Push,
}

impl Channel {
    /// The byte that stands for it in a sealed contact.
    pub const fn as_byte(self) -> u8 {
        match self {
            Self::Email => 1,
            Self::Line => 2,
            Self::Push => 3,
        }
    }

    /// The channel of that byte.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Email),
            2 => Some(Self::Line),
            3 => Some(Self::Push),
            _ => None,
        }
    }

    /// The stored word, by which figures are kept apart. Tells how, never whom.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "mail",
            Self::Line => "line",
            Self::Push => "push",
        }
    }

    /// The channel of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Email, Self::Line, Self::Push].into_iter().find(|channel| channel.as_str() == word)
    }

    /// Whether a sealed text can be an address on this channel: where it has one form only.
    pub fn takes(self, address: &str) -> bool {
        match self {
            Self::Email => true,
            Self::Line => is_line_id(address),
            Self::Push => Subscription::read(address).is_some(),
        }
    }
}

/// `U` and 32 hexadecimal digits in lower case, as LINE's definitions have it.
fn is_line_id(text: &str) -> bool {
    let hexadecimal = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix('U').is_some_and(|rest| rest.len() == 32 && rest.bytes().all(hexadecimal))
}

/// A valid, normalised contact.
#[derive(Clone)]
pub struct Contact {
    channel: Channel,
    address: String,
}

impl Contact {
    /// Reads an e-mail address as people type it on a phone.
    ///
    /// Full-width characters are folded, spaces around it dropped, the domain put into lower-case ASCII
    /// (IDNA). The local part stays as typed, since a receiver may care about its case.
    ///
    /// # Errors
    /// [`EmailError`], each with words for the person on the page.
    pub fn email(typed: &str) -> Result<Self, EmailError> {
        let mut folded: String = typed.nfkc().collect();
        let result = parse_email(&folded);
        folded.zeroize();
        result.map(|address| Self { channel: Channel::Email, address })
    }

    /// A LINE account by the user id that a signed webhook brought; nothing where it is none.
    pub fn line(user_id: &str) -> Option<Self> {
        is_line_id(user_id).then(|| Self { channel: Channel::Line, address: user_id.to_owned() })
    }

    /// A push subscription of the app.
    pub fn push(subscription: &Subscription) -> Self {
        Self { channel: Channel::Push, address: subscription.written() }
    }

    /// A contact that was sealed before, and so was valid then.
    pub fn from_sealed(channel: Channel, address: String) -> Self {
        Self { channel, address }
    }

    /// How it is reached.
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// The address itself, for sealing and for sending, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.address
    }

    /// The form by which two spellings of one contact are the same person: lower case throughout. A subscription's
    /// address has no spellings: it is known by its endpoint as it stands.
    pub fn identity(&self) -> zeroize::Zeroizing<String> {
        let same = match self.channel {
            Channel::Push => self.address.split('#').next().unwrap_or_default().to_owned(),
            Channel::Email | Channel::Line => self.address.to_lowercase(),
        };
        zeroize::Zeroizing::new(format!("{}:{same}", self.channel.as_byte()))
    }

    /// The mailbox as an SMTP envelope wants it: local parts that RFC 5321 doesn't allow bare are quoted.
    pub fn envelope(&self) -> zeroize::Zeroizing<String> {
        let quoted = match self.address.rsplit_once('@') {
            Some((local, domain)) if !dot_atom(local) => format!("\"{local}\"@{domain}"),
            _ => self.address.clone(),
        };
        zeroize::Zeroizing::new(quoted)
    }

    /// The domain, by which mails are paced and typing errors are found.
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Whether this is an e-mail address, for settings that hold one.
pub fn is_email(text: &str) -> bool {
    Contact::email(text).is_ok()
}

impl Drop for Contact {
    fn drop(&mut self) {
        self.address.zeroize();
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(…)")
    }
}

/// Why an e-mail address was not taken. Says nothing of the address itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing was typed.
    #[error("nothing was typed")]
    Missing,
    /// More than 254 characters, or more than 64 before the @.
    #[error("longer than an e-mail address can be")]
    TooLong,
    /// No @, or more than one.
    #[error("needs exactly one @")]
    At,
    /// A line break, another control character or an invisible one.
    #[error("contains a control character or an invisible one")]
    Invisible,
    /// A blank in the middle.
    #[error("contains a blank")]
    Blank,
    /// A character that can't stand before the @, or dots where none may be.
    #[error("what stands before the @ is not an address")]
    Local,
    /// What stands behind the @ is no domain of the public internet.
    #[error("what stands behind the @ is not a domain")]
    Domain,
}

/// Carriers that gave out addresses with consecutive or trailing dots.
const LEGACY_DOTS: [&str; 4] = ["docomo.ne.jp", "ezweb.ne.jp", "au.com", "biz.ezweb.ne.jp"];

fn parse_email(folded: &str) -> Result<String, EmailError> {
    let text = folded.trim_matches(|c: char| matches!(c, ' ' | '\u{3000}' | '\t'));
    if text.is_empty() {
        return Err(EmailError::Missing);
    }
    if text.chars().any(deceives) {
        return Err(EmailError::Invisible);
    }
    if text.chars().any(char::is_whitespace) {
        return Err(EmailError::Blank);
    }
    if text.len() > 254 {
        return Err(EmailError::TooLong);
    }
    let (local, domain) = match text.split_once('@') {
        Some((local, domain)) if !domain.contains('@') => (local, domain),
        _ => return Err(EmailError::At),
    };
    if local.len() > 64 {
        return Err(EmailError::TooLong);
    }
    let domain = public_domain(domain).ok_or(EmailError::Domain)?;
    let legacy = LEGACY_DOTS.contains(&domain.as_str());
    let acceptable =
        dot_atom(local) || (legacy && local.chars().all(|c| atext(c) || c == '.') && !local.starts_with('.'));
    if local.is_empty() || !acceptable {
        return Err(EmailError::Local);
    }
    Ok(format!("{local}@{domain}"))
}

/// RFC 5321 dot-atom: atoms with single dots between.
fn dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext))
}

/// RFC 5322 atext, ASCII only: what every mail server takes unquoted.
fn atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

fn public_domain(typed: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(typed).ok()?;
    let labels: Vec<&str> = ascii.split('.').collect();
    let plausible = labels.len() >= 2
        && ascii.len() <= 253
        && labels.iter().all(|l| (1..=63).contains(&l.len()))
        && labels.last().is_some_and(|top| top.len() >= 2 && !top.bytes().all(|b| b.is_ascii_digit()));
    plausible.then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(typed: &str) -> Result<String, EmailError> {
        Contact::email(typed).map(|contact| contact.expose().to_owned())
    }

    #[test]
    fn what_a_phone_types_is_read() {
        assert_eq!(address(" ａｂｃ＠ｅｘａｍｐｌｅ．ｊｐ\u{3000}").unwrap(), "abc@example.jp");
        assert_eq!(address("Taro.Yamada+x@Example.JP").unwrap(), "Taro.Yamada+x@example.jp");
        assert_eq!(address("a@日本語.jp").unwrap(), "a@xn--wgv71a119e.jp");
    }

    #[test]
    fn carriers_dots_are_taken_and_quoted_when_written_to() {
        let docomo = Contact::email("a..b.@docomo.ne.jp").unwrap();
        assert_eq!(docomo.envelope().as_str(), "\"a..b.\"@docomo.ne.jp");
        assert_eq!(Contact::email("abc.@ezweb.ne.jp").unwrap().envelope().as_str(), "\"abc.\"@ezweb.ne.jp");
        assert_eq!(address("a..b@gmail.com"), Err(EmailError::Local));
        assert_eq!(address(".a@docomo.ne.jp"), Err(EmailError::Local));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(address("   "), Err(EmailError::Missing));
        assert_eq!(address("a@b.jp\r\nBcc: c@d.jp"), Err(EmailError::Invisible));
        assert_eq!(address("a\u{202E}@b.jp"), Err(EmailError::Invisible));
        assert_eq!(address("a b@c.jp"), Err(EmailError::Blank));
        assert_eq!(address("ab.example.jp"), Err(EmailError::At));
        assert_eq!(address("a@b@c.jp"), Err(EmailError::At));
        assert_eq!(address("a@localhost"), Err(EmailError::Domain));
        assert_eq!(address("a@[127.0.0.1]"), Err(EmailError::Domain));
        assert_eq!(address("a@1.2.3.4"), Err(EmailError::Domain));
        assert_eq!(address(&format!("{}@b.jp", "a".repeat(65))), Err(EmailError::TooLong));
        assert_eq!(address(&format!("a@{}.jp", "b.".repeat(130))), Err(EmailError::TooLong));
        assert_eq!(address("\"a b\"@c.jp"), Err(EmailError::Blank));
        assert_eq!(address("<a@c.jp>"), Err(EmailError::Domain));
    }

    /// Architecture invariant 1: a contact can't be printed.
    #[test]
    fn a_contact_shows_nothing() {
        let contact = Contact::email("secret@example.jp").unwrap();
        assert_eq!(format!("{contact:?}"), "Contact(…)");
    }

    #[test]
    fn two_spellings_are_one_person() {
        let (a, b) = (Contact::email("Taro@Example.jp").unwrap(), Contact::email("taro@example.JP").unwrap());
        assert_eq!(a.identity(), b.identity());
    }

    #[test]
    fn a_line_id_is_taken_as_line_writes_it_and_never_shown() {
        let id = "U0123456789abcdef0123456789abcdef";
        let contact = Contact::line(id).unwrap();
        assert_eq!((contact.channel(), contact.expose()), (Channel::Line, id));
        assert_eq!(format!("{contact:?}"), "Contact(…)");
        assert_eq!(Channel::from_byte(Channel::Line.as_byte()), Some(Channel::Line));
        for wrong in ["", "U", "C0123456789abcdef0123456789abcdef", "U0123456789ABCDEF0123456789abcdef"] {
            assert!(Contact::line(wrong).is_none(), "{wrong}");
        }
        assert!(Contact::line(&format!("{id}0")).is_none());
    }

    /// A browser that got new keys is the same browser; another case is another endpoint.
    #[test]
    fn a_subscription_is_known_by_its_endpoint() {
        let services = crate::push::PushServices::parse(["push.example"]).unwrap();
        let browser = |path: &str, key: &str| {
            let endpoint = format!("https://push.example/{path}");
            Contact::push(&Subscription::new(&endpoint, &key.repeat(87), &"a".repeat(22), &services).unwrap())
        };
        assert_eq!(browser("a", "B").identity(), browser("a", "C").identity());
        assert_ne!(browser("a", "B").identity(), browser("A", "B").identity());
        assert_eq!(format!("{:?}", browser("a", "B")), "Contact(…)");
        assert!(Channel::Push.takes(browser("a", "B").expose()) && !Channel::Push.takes("a@example.jp"));
    }

    /// Who registered by mail and by LINE is told on both: nothing links the two.
    #[test]
    fn the_same_text_on_two_channels_is_two_persons() {
        let id = "U0123456789abcdef0123456789abcdef".to_owned();
        let (line, mail) =
            (Contact::from_sealed(Channel::Line, id.clone()), Contact::from_sealed(Channel::Email, id));
        assert_ne!(line.identity(), mail.identity());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_is_taken_is_taken_again(typed in "\\PC{0,40}@?\\PC{0,40}") {
            if let Ok(contact) = Contact::email(&typed) {
                let again = Contact::email(contact.expose()).unwrap();
                prop_assert_eq!(again.expose(), contact.expose());
                prop_assert!(contact.expose().is_ascii() && !contact.expose().contains(['\r', '\n', ' ']));
            }
        }
    }
}
