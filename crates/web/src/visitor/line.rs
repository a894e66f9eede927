//! "By LINE" on the check-in page: an address that opens the account's chat with the code filled in.
//!
//! What stands on paper is our own address, never LINE's: it works without LINE. The visitor taps *send* there,
//! and the code comes back by the webhook. A plain link: it needs no script, and nothing is fetched from LINE
//! before it is followed.

use domain::line::SentCode;
use domain::policy::{Consent, Way};
use domain::venue::Venue;
use serde_json::{Value, json};

use crate::state::Public;

/// What the page offers: mail, LINE, or both. `stopped` is the officers' stop of LINE: then the form is there for
/// whoever may use it.
pub(crate) fn offer(public: &Public, venue: &Venue, lang: &str, stopped: bool) -> Value {
    let policy = &public.0.common.pack.policy;
    let ways = policy.channels.offered();
    let account = public.0.line.as_ref().map(|line| line.account.as_str());
    let by_line = ways.contains(&Way::Line);
    let has_mail = policy.channels.has(Way::WebEmail);
    let usable = account.filter(|_| by_line && !stopped);
    let line = usable.map(|account| {
        json!({
            "account": account,
            "open": opens(account, &SentCode::text(venue.code, lang)),
            "add": format!("https://line.me/R/ti/p/{}", percent(account)),
            "join": policy.channels.line.account_join.as_str(),
            "blocked_hint": policy.channels.line.blocked_hint,
            "consent": policy.check_in.consent != Consent::NoticeOnForm,
        })
    });
    json!({
        "mail": ways.contains(&Way::WebEmail) || (line.is_none() && has_mail),
        "line": line,
        "line_stopped": by_line && stopped,
        "line_first": ways.first() == Some(&Way::Line),
    })
}

/// LINE's address for a chat with a text filled in.
fn opens(account: &str, text: &str) -> String {
    format!("https://line.me/R/oaMessage/{}/?{}", percent(account), percent(text))
}

/// Everything but letters and digits, as `%40`.
fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::venue::VenueCode;

    #[test]
    fn the_button_leads_into_the_chat_with_the_code_filled_in() {
        let code = VenueCode::from_random([7; 16]);
        let address = opens("@tadori-example", &SentCode::text(code, "ja"));
        assert_eq!(address, format!("https://line.me/R/oaMessage/%40tadori-example/?TADORI%20{code}"));
        assert!(opens("@a", &SentCode::text(code, "en")).ends_with("%20en"));
    }
}
