//! "By LINE" on the check-in page: an address that opens the account's chat with the code filled in.
//!
//! What stands on paper is our own address, never LINE's: it works without LINE. The visitor taps *send* there,
//! and the code comes back by the webhook. A plain link: it needs no script, and nothing is fetched from LINE
//! before it is followed.

use domain::line::SentCode;
use domain::policy::{Consent, Way};
use domain::venue::Venue;
use serde_json::{Value, json};

use crate::state::{LineDoor, Public};
use crate::visitor::app;

/// What the page offers: mail, LINE, or both. `stopped` is the officers' stop of LINE: then the form is there for
/// whoever may use it.
pub(crate) fn offer(public: &Public, venue: &Venue, lang: &str, stopped: bool) -> Value {
    let policy = &public.0.common.pack.policy;
    let ways = policy.channels.offered();
    let by_line = ways.contains(&Way::Line);
    let has_mail = policy.channels.mails();
    let usable = public.0.line.as_ref().filter(|_| by_line && !stopped);
    let line = usable.map(|line| {
        json!({
            "account": line.account,
            "open": opens(line, &SentCode::text(venue.code, lang)),
            "add": format!("{}/R/ti/p/{}", line.chats, percent(&line.account)),
            "join": policy.channels.line.account_join.as_str(),
            "blocked_hint": policy.channels.line.blocked_hint,
            "consent": policy.check_in.consent != Consent::NoticeOnForm,
        })
    });
    json!({
        "mail": ways.contains(&Way::WebEmail) || ways.contains(&Way::AppPwa) || (line.is_none() && has_mail),
        "line": line,
        "app": app::offer(public, venue.code),
        "line_stopped": by_line && stopped,
        "line_first": ways.first() == Some(&Way::Line),
    })
}

/// LINE's address for a chat with a text filled in.
fn opens(line: &LineDoor, text: &str) -> String {
    format!("{}/R/oaMessage/{}/?{}", line.chats, percent(&line.account), percent(text))
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
    use crate::state::LINE_ME;
    use domain::venue::VenueCode;
    use seal::line::ChannelSecret;

    #[test]
    fn the_button_leads_into_the_chat_with_the_code_filled_in() {
        let code = VenueCode::from_random([7; 16]);
        let secret = ChannelSecret::parse("a-secret-of-some-length").unwrap();
        let door = LineDoor { secret, account: "@tadori-example".to_owned(), chats: LINE_ME.to_owned() };
        let address = opens(&door, &SentCode::text(code, "ja"));
        assert_eq!(address, format!("https://line.me/R/oaMessage/%40tadori-example/?TADORI%20{code}"));
        assert!(opens(&door, &SentCode::text(code, "en")).ends_with("%20en"));
        let elsewhere = LineDoor { chats: "/demo/line".to_owned(), ..door };
        assert!(opens(&elsewhere, "x").starts_with("/demo/line/R/oaMessage/%40tadori-example/?x"));
    }
}
