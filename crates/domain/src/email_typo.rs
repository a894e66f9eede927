//! Mistyped mail domains: `gmial.com` is questioned, never corrected behind the visitor's back.
//!
//! A confirmation that goes nowhere was the commonest complaint about the old systems, and a warning
//! that goes nowhere is worse. So a domain that is one slip away from a common one is asked about once;
//! the visitor may insist.

use crate::contact::Contact;

/// Where most mail in Japan goes.
const COMMON: [&str; 22] = [
    "gmail.com",
    "yahoo.co.jp",
    "icloud.com",
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "au.com",
    "softbank.ne.jp",
    "i.softbank.jp",
    "hotmail.com",
    "hotmail.co.jp",
    "outlook.jp",
    "outlook.com",
    "live.jp",
    "me.com",
    "nifty.com",
    "ocn.ne.jp",
    "rakuten.jp",
    "uqmobile.jp",
    "ymobile.ne.jp",
    "yahoo.ne.jp",
    "ybb.ne.jp",
    "plala.or.jp",
];

/// Real domains that look like slips of common ones.
const REAL: [&str; 10] = [
    "ymail.com",
    "mail.com",
    "email.com",
    "gmx.com",
    "yahoo.com",
    "live.com",
    "mac.com",
    "ocn.jp",
    "yahoo.co.kr",
    "aol.com",
];

/// Slips of more than one letter that are common enough to know by heart.
const KNOWN_SLIPS: [(&str, &str); 7] = [
    ("gmail.co.jp", "gmail.com"),
    ("gmail.jp", "gmail.com"),
    ("gmail.ne.jp", "gmail.com"),
    ("docomo.co.jp", "docomo.ne.jp"),
    ("docomo.jp", "docomo.ne.jp"),
    ("icloud.co.jp", "icloud.com"),
    ("ezweb.jp", "ezweb.ne.jp"),
];

/// The address that was probably meant, if the domain looks mistyped.
pub fn suggestion(contact: &Contact) -> Option<Contact> {
    let (local, domain) = contact.expose().rsplit_once('@')?;
    if COMMON.contains(&domain) || REAL.contains(&domain) {
        return None;
    }
    let known = KNOWN_SLIPS.iter().find(|(slip, _)| *slip == domain).map(|(_, meant)| *meant);
    let meant = known.or_else(|| COMMON.iter().copied().find(|common| one_slip(domain, common)))?;
    Contact::email(&format!("{local}@{meant}")).ok()
}

/// One letter missing, added, changed, or two neighbours swapped. Short names (`au.com`, `me.com`) are
/// left alone: too many real domains are one letter away from them.
fn one_slip(typed: &str, meant: &str) -> bool {
    if meant.len() < 8 {
        return false;
    }
    let (a, b) = (typed.as_bytes(), meant.as_bytes());
    let same_start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same_start..], &b[same_start..]);
    let same_end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - same_end], &b[..b.len() - same_end]);
    matches!((a, b), ([_], []) | ([], [_]) | ([_], [_]))
        || matches!((a, b), ([x, y], [p, q]) if x == q && y == p)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(typed: &str) -> Option<String> {
        suggestion(&Contact::email(typed).unwrap()).map(|contact| contact.expose().to_owned())
    }

    #[test]
    fn slips_are_questioned() {
        assert_eq!(meant("a@gmial.com").as_deref(), Some("a@gmail.com"));
        assert_eq!(meant("a@gmai.com").as_deref(), Some("a@gmail.com"));
        assert_eq!(meant("a@gmail.co").as_deref(), Some("a@gmail.com"));
        assert_eq!(meant("a@gmail.co.jp").as_deref(), Some("a@gmail.com"));
        assert_eq!(meant("a@docomo.ne.jo").as_deref(), Some("a@docomo.ne.jp"));
        assert_eq!(
            meant("a..b@docmo.ne.jp".replace("..", ".").as_str()).as_deref(),
            Some("a.b@docomo.ne.jp")
        );
    }

    #[test]
    fn real_domains_are_left_alone() {
        for real in [
            "a@gmail.com",
            "a@ymail.com",
            "a@mail.com",
            "a@yahoo.com",
            "a@example.jp",
            "a@av.com",
            "a@we.com",
        ] {
            assert_eq!(meant(real), None, "{real}");
        }
    }
}
