//! Webhooks as LINE sends them: after line/line-openapi, `webhook.yml` (Apache-2.0, 2026-07-01).

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::StandIn;

/// The account that receives the events: ours.
pub const DESTINATION: &str = "U00000000000000000000000000000000";

/// A webhook in the making: its bytes and the signature that stands in `x-line-signature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// What is posted.
    pub body: Vec<u8>,
    /// Over exactly these bytes.
    pub signature: String,
}

impl StandIn {
    /// Somebody adds the account, or lifts a block.
    pub fn follow(&self, account: &str) -> Webhook {
        let unblocked = {
            let mut state = self.state();
            state.friends.insert(account.to_owned());
            state.blocked.remove(account)
        };
        self.webhook(&[self.event(
            "follow",
            account,
            json!({ "follow": { "isUnblocked": unblocked } }),
            true,
        )])
    }

    /// Somebody blocks the account. LINE gives no token to answer with.
    pub fn block(&self, account: &str) -> Webhook {
        self.block_unseen(account);
        self.webhook(&[self.event("unfollow", account, json!({}), false)])
    }

    /// Somebody blocks the account, and the webhook that tells of it is lost.
    pub fn block_unseen(&self, account: &str) {
        self.state().blocked.insert(account.to_owned());
    }

    /// Somebody writes to the account, and so is its friend.
    pub fn text(&self, account: &str, text: &str) -> Webhook {
        self.webhook(&[self.text_event(account, text)])
    }

    /// The event of a text, for webhooks of several events.
    pub fn text_event(&self, account: &str, text: &str) -> Value {
        let number = {
            let mut state = self.state();
            state.friends.insert(account.to_owned());
            state.next()
        };
        let id = format!("{number:018}");
        let message = json!({ "type": "text", "id": id, "text": text, "quoteToken": format!("q{number}") });
        self.event("message", account, json!({ "message": message }), true)
    }

    /// Somebody presses a button.
    pub fn press(&self, account: &str, data: &str) -> Webhook {
        self.webhook(&[self.event("postback", account, json!({ "postback": { "data": data } }), true)])
    }

    /// An event of a kind with its own parts, from an account.
    pub fn event(&self, kind: &str, account: &str, own: Value, answerable: bool) -> Value {
        let now = self.clock.now();
        let millis = now.as_micros() / 1000;
        let mut state = self.state();
        let number = state.next();
        let mut event = json!({
            "type": kind,
            "mode": "active",
            "timestamp": millis,
            "source": { "type": "user", "userId": account },
            "webhookEventId": ulid(millis, number),
            "deliveryContext": { "isRedelivery": false },
        });
        if answerable {
            let token = format!("reply-token-{number:020}");
            state.reply_tokens.insert(token.clone(), (now, account.to_owned()));
            event["replyToken"] = json!(token);
        }
        if let (Some(event), Some(own)) = (event.as_object_mut(), own.as_object()) {
            event.extend(own.clone());
        }
        event
    }

    /// A webhook of these events, signed.
    pub fn webhook(&self, events: &[Value]) -> Webhook {
        self.signed(json!({ "destination": DESTINATION, "events": events }).to_string().into_bytes())
    }

    /// The same events once more, as LINE redelivers them.
    pub fn again(&self, webhook: &Webhook) -> Webhook {
        let mut body: Value = serde_json::from_slice(&webhook.body).unwrap_or(Value::Null);
        for event in body["events"].as_array_mut().into_iter().flatten() {
            event["deliveryContext"]["isRedelivery"] = json!(true);
        }
        self.signed(body.to_string().into_bytes())
    }

    /// Any bytes, signed with the channel's secret.
    pub fn signed(&self, body: Vec<u8>) -> Webhook {
        let signature = match Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()) {
            Ok(mut mac) => {
                mac.update(&body);
                BASE64.encode(&mac.finalize().into_bytes())
            }
            Err(_) => String::new(),
        };
        Webhook { body, signature }
    }
}

/// A number in the form of a ULID: the time, then what no other event has.
fn ulid(millis: i64, number: u64) -> String {
    let alphabet = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let value = (u128::from(millis.unsigned_abs()) << 80) | u128::from(number);
    (0..26)
        .rev()
        .map(|n| char::from(alphabet[usize::try_from((value >> (5 * n)) & 31).unwrap_or(0)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::clock::{Clock, Instant};

    #[test]
    fn a_webhook_is_as_the_definitions_have_it() {
        let line =
            StandIn::new(Clock::set_to(Instant::from_micros(1_790_000_000_000_000)), "secret", "token");
        let account = "U0123456789abcdef0123456789abcdef";
        let hook = line.text(account, "TADORI x");
        let body: Value = serde_json::from_slice(&hook.body).unwrap();
        let event = &body["events"][0];
        assert_eq!(body["destination"].as_str().map(str::len), Some(33));
        assert_eq!(event["webhookEventId"].as_str().map(str::len), Some(26));
        assert_eq!(event["deliveryContext"]["isRedelivery"], false);
        assert_eq!(event["source"]["userId"], account);
        assert!(event["message"]["quoteToken"].is_string() && event["replyToken"].is_string());
        assert!(line.block(account).body.windows(10).all(|part| part != b"replyToken"));
        let again = line.again(&hook);
        assert_ne!(again.signature, hook.signature, "the signature is over the bytes");
        let again: Value = serde_json::from_slice(&again.body).unwrap();
        assert_eq!(again["events"][0]["webhookEventId"], event["webhookEventId"]);
    }
}
