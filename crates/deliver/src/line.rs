//! LINE's Messaging API: the calls that Tadori makes, and what each answer means.
//!
//! Reply, push and multicast, and how much of the month is left. A push or multicast carries the message's
//! constant number as its retry key from the first try on, so that one whose fate is unknown goes again without
//! being read twice: LINE answers 409 where it has taken it before, and that is a success. What LINE says of a
//! failure decides what happens next ([`LineError`]). A 200 says that LINE has taken the message, not that it was
//! read: who blocks the account is passed over in silence.
//!
//! No profile is asked for, here or anywhere.

pub(crate) mod http;
pub mod settings;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::contact::Contact;
use domain::id::MessageId;
use domain::message::line::LineText;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::error::Unreachable;
use http::{Answer, Client, Silence};
pub use settings::{AccessToken, LineSettings, LineSettingsError};

/// How many accounts one multicast may have.
pub const MULTICAST: usize = 500;

/// How long we leave LINE alone where it says "too many" and not for how long.
const BUSY: Duration = Duration::from_secs(60);

/// The way to LINE. Clones share its connections.
#[derive(Clone)]
pub struct LineCourier(Arc<Inner>);

struct Inner {
    settings: LineSettings,
    client: Client,
}

/// Why a call came to nothing. The variant says what happens next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Too many calls, or the month's messages are spent: nothing was taken, no attempt counts, come back later.
    #[error("too many, for {}s: {reply}", after.as_secs())]
    Busy {
        /// When to come back.
        after: Duration,
        /// Whether it is the month's number that was reached: waiting a minute won't help.
        spent: bool,
        /// What LINE said.
        reply: String,
    },
    /// It may have been taken: again later, under the same key.
    #[error("not now: {reply}")]
    Transient {
        /// What LINE said, or what broke.
        reply: String,
    },
    /// Never again: LINE refuses this message or this account.
    #[error("never: {reply}")]
    Permanent {
        /// What LINE said, without any account.
        reply: String,
    },
    /// No other message would fare better.
    #[error("LINE can't be used: {0}")]
    Unreachable(Unreachable),
}

/// How much of the month is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many messages the month may have; `None` is without a limit.
    pub limit: Option<u64>,
    /// How many it has had.
    pub used: u64,
}

impl LineCourier {
    /// Checks the settings; connects at the first call.
    ///
    /// # Errors
    /// [`LineSettingsError`]
    pub fn new(settings: LineSettings) -> Result<Self, LineSettingsError> {
        let client = Client::new(settings.host()?, settings.patience);
        Ok(Self(Arc::new(Inner { settings, client })))
    }

    /// Answers an account by its reply token, which works once and not for long. Costs nothing.
    ///
    /// # Errors
    /// [`LineError`]
    pub async fn reply(&self, token: &str, text: &LineText) -> Result<(), LineError> {
        let body = json!({ "replyToken": token, "messages": messages(text) });
        self.post("/v2/bot/message/reply", None, &body).await
    }

    /// Writes to one account. Counts against the month.
    ///
    /// # Errors
    /// [`LineError`]
    pub async fn push(&self, key: MessageId, to: &Contact, text: &LineText) -> Result<(), LineError> {
        let body = json!({ "to": to.expose(), "messages": messages(text) });
        self.post("/v2/bot/message/push", Some(key), &body).await
    }

    /// Writes the same to at most [`MULTICAST`] accounts. Counts against the month, once an account.
    ///
    /// # Errors
    /// [`LineError`]; then the key is the whole group's, and the group goes again whole.
    pub async fn multicast(&self, key: MessageId, to: &[&Contact], text: &LineText) -> Result<(), LineError> {
        let accounts: Vec<&str> = to.iter().map(|contact| contact.expose()).collect();
        let body = json!({ "to": accounts, "messages": messages(text) });
        self.post("/v2/bot/message/multicast", Some(key), &body).await
    }

    /// How much of the month is left.
    ///
    /// # Errors
    /// [`LineError`]
    pub async fn quota(&self) -> Result<Quota, LineError> {
        let target = self.get("/v2/bot/message/quota").await?;
        let consumption = self.get("/v2/bot/message/quota/consumption").await?;
        let unknown = || LineError::Transient { reply: "an answer that is none".to_owned() };
        let limit = match target["type"].as_str() {
            Some("none") => None,
            Some("limited") => Some(target["value"].as_u64().ok_or_else(unknown)?),
            _ => return Err(unknown()),
        };
        Ok(Quota { limit, used: consumption["totalUsage"].as_u64().ok_or_else(unknown)? })
    }

    async fn post(&self, path: &str, key: Option<MessageId>, body: &Value) -> Result<(), LineError> {
        let body = Bytes::from(body.to_string());
        self.call(Method::POST, path, key, &body).await.map(|_| ())
    }

    async fn get(&self, path: &str) -> Result<Value, LineError> {
        let answer = self.call(Method::GET, path, None, &Bytes::new()).await?;
        Ok(serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<MessageId>,
        body: &Bytes,
    ) -> Result<Answer, LineError> {
        let Inner { settings, client } = &*self.0;
        let host = settings.base_url.split_once("://").map_or("", |(_, host)| host);
        let request = || {
            let mut request = Request::builder()
                .method(method.clone())
                .uri(path)
                .header(HOST, host)
                .header(AUTHORIZATION, settings.token.header().as_str())
                .header(CONTENT_TYPE, "application/json");
            if let Some(key) = key {
                request = request.header("x-line-retry-key", uuid(key));
            }
            request.body(Full::new(body.clone()))
        };
        let answer = client.call(request).await.map_err(|silence| match silence {
            Silence::Unreachable(why) => LineError::Unreachable(why),
            Silence::Broken(reply) => LineError::Transient { reply },
        })?;
        verdict(answer, key.is_some())
    }
}

impl fmt::Debug for LineCourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LineCourier").field(&self.0.settings).finish()
    }
}

/// What an answer means.
fn verdict(answer: Answer, keyed: bool) -> Result<Answer, LineError> {
    if answer.status.is_success() || (keyed && answer.status == StatusCode::CONFLICT) {
        return Ok(answer);
    }
    let reply = words(answer.status, &answer.body);
    Err(match answer.status {
        StatusCode::TOO_MANY_REQUESTS => {
            let spent = reply.to_lowercase().contains("monthly limit");
            LineError::Busy { after: answer.retry_after.unwrap_or(BUSY), spent, reply }
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            LineError::Unreachable(Unreachable::SignIn(reply))
        }
        status if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT => {
            LineError::Permanent { reply }
        }
        _ => LineError::Transient { reply },
    })
}

/// What LINE said, on one line and without any account's number.
fn words(status: StatusCode, body: &[u8]) -> String {
    let parsed: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let said = parsed["message"].as_str().unwrap_or_default();
    let names_someone =
        |word: &str| word.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.len() >= 20);
    let mut kept = status.as_u16().to_string();
    for word in said.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        kept.push(' ');
        kept.push_str(if names_someone(word) { "…" } else { word });
    }
    kept.chars().take(200).collect()
}

/// A message's number in the form that LINE wants of a retry key.
fn uuid(id: MessageId) -> String {
    let mut bytes = *id.as_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// The longest text that LINE takes, in UTF-16 units.
const LONGEST_TEXT: usize = 5_000;

fn messages(text: &LineText) -> Value {
    let whole = json!({ "type": "text", "text": shortened(&text.text) });
    match &text.button {
        None => json!([whole]),
        Some(button) => json!([whole, {
            "type": "template",
            "altText": button.question,
            "template": {
                "type": "buttons",
                "text": button.question,
                "actions": [{
                    "type": "postback",
                    "label": button.label,
                    "data": button.data,
                    "displayText": button.label,
                }],
            },
        }]),
    }
}

fn shortened(text: &str) -> String {
    let mut units = 0;
    text.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= LONGEST_TEXT
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, retry_after: None, body: Bytes::from(body.to_owned()) }
    }

    fn refused(status: u16, body: &str) -> LineError {
        verdict(answer(status, body), true).err().unwrap()
    }

    #[test]
    fn each_answer_has_one_meaning() {
        assert!(verdict(answer(200, "{}"), true).is_ok());
        assert!(verdict(answer(409, "{}"), true).is_ok(), "taken before: delivered");
        assert!(verdict(answer(409, "{}"), false).is_err(), "without a key it is none of that");
        assert!(matches!(refused(500, ""), LineError::Transient { .. }));
        assert!(matches!(refused(408, ""), LineError::Transient { .. }));
        assert!(matches!(refused(400, ""), LineError::Permanent { .. }));
        assert!(matches!(refused(401, ""), LineError::Unreachable(Unreachable::SignIn(_))));
        assert!(matches!(refused(429, "{}"), LineError::Busy { spent: false, .. }));
        let spent = r#"{"message":"You have reached your monthly limit."}"#;
        assert!(matches!(refused(429, spent), LineError::Busy { spent: true, .. }));
        let later = Answer { retry_after: Some(Duration::from_secs(7)), ..answer(429, "") };
        assert!(matches!(verdict(later, true), Err(LineError::Busy { after, .. }) if after.as_secs() == 7));
    }

    #[test]
    fn no_account_is_kept_of_an_answer() {
        let LineError::Permanent { reply } =
            refused(400, r#"{"message":"to 'U0123456789abcdef0123456789abcdef' is\n invalid"}"#)
        else {
            panic!("a refusal")
        };
        assert_eq!(reply, "400 to … is invalid");
    }

    #[test]
    fn a_number_is_a_key_and_stays_one() {
        let id = MessageId::from_random([0xff; 16]);
        assert_eq!(uuid(id), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid(id), uuid(id));
    }

    #[test]
    fn a_text_is_no_longer_than_line_takes() {
        assert_eq!(shortened(&"あ".repeat(6_000)).chars().count(), 5_000);
        assert_eq!(shortened(&"𠮷".repeat(6_000)).chars().count(), 2_500);
    }
}
