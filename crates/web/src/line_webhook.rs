//! LINE's webhook: an account sends a scanned code, presses the button of agreement, adds or blocks ours.
//!
//! Believed only if LINE signed the bytes as they came, an hour old at most and at most ten minutes ahead of us, and each event once; answered as
//! soon as it is on our disk, and nothing is sent from here: what an account is to be told waits, sealed, for
//! the worker. A check-in is the same as one by the form: accepted by the same rules, at the server's time, its
//! contact sealed to the day before anything else happens to it. Its identity comes from the event, so that a
//! redelivery is the same row. Where the policy wants agreement, nothing is stored before the button.
//!
//! Of an account itself a mark is kept, under the channel's secret; no profile is ever asked for.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::check_in::{CheckInNonce, FORM_LIFE, NODES_APART};
use domain::clock::Instant;
use domain::contact::Contact;
use domain::id::MessageId;
use domain::line::{ConsentData, LineLetter, LineReply, SentCode};
use domain::policy::{AccountJoin, Consent, Way};
use domain::venue::{Venue, VenueCode};
use seal::line::{AccountTag, ChannelSecret};
use seal::office::Purpose;
use serde_json::Value;
use store::StoreError;
use store::line::{FriendState, LineFriend, LineStep, NewLineReply};

use crate::state::Public;
use crate::visitor::check_in::{Stored, store};

/// The longest webhook: LINE sends many events at once when it is busy, each a few hundred bytes.
pub(crate) const LONGEST: usize = 256 * 1024;

/// The oldest event that is taken: beyond it LINE has long given up, and whoever sends it has kept it.
const OLDEST: Duration = Duration::from_secs(3600);

/// Why an event was not taken: LINE delivers it again.
enum Failed {
    Store(StoreError),
    /// The day has no key that may be used.
    NoKey,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// One event of an account, read.
struct Event<'a> {
    id: &'a str,
    at: Instant,
    account: Contact,
    tag: AccountTag,
    reply_token: &'a str,
}

/// What comes of an event.
#[derive(Default)]
struct Outcome {
    state: Option<FriendState>,
    /// Whether the account has blocked ours, or lifted the block: then the moment counts, for LINE's events may come
    /// in another order. Of who merely adds or writes no moment is kept.
    turns: bool,
    consent: Option<u32>,
    reply: Option<(LineReply, String)>,
}

/// Takes a webhook.
pub(crate) async fn post(State(public): State<Public>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(line) = public.0.line.as_ref().filter(|_| public.0.common.pack.policy.channels.has(Way::Line))
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let signature = headers.get("x-line-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !line.secret.signed(&body, signature) {
        tracing::warn!(bytes = body.len(), "a webhook that LINE did not sign was refused");
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let parsed: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let Some(events) = parsed["events"].as_array() else { return StatusCode::BAD_REQUEST.into_response() };
    for value in events {
        let Some(event) = read(value, &line.secret) else { continue };
        if let Err(failed) = take(&public, &line.secret, value, &event).await {
            match failed {
                Failed::Store(error) => tracing::warn!(%error, "an event of LINE's could not be stored"),
                Failed::NoKey => tracing::warn!("an event of LINE's came on a day without a key"),
            }
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    StatusCode::OK.into_response()
}

/// An event of one account to our active channel; nothing for groups, rooms and what has no number.
fn read<'a>(value: &'a Value, secret: &ChannelSecret) -> Option<Event<'a>> {
    if value["mode"] != "active" || value["source"]["type"] != "user" {
        return None;
    }
    let id = value["webhookEventId"].as_str().filter(|id| (1..=64).contains(&id.len()))?;
    let at = Instant::from_micros(value["timestamp"].as_i64()?.checked_mul(1000)?);
    let account = Contact::line(value["source"]["userId"].as_str()?)?;
    let tag = secret.tag(&account)?;
    Some(Event { id, at, account, tag, reply_token: value["replyToken"].as_str().unwrap_or_default() })
}

async fn take(
    public: &Public,
    secret: &ChannelSecret,
    value: &Value,
    event: &Event<'_>,
) -> Result<(), Failed> {
    let common = &public.0.common;
    let now = common.clock.now();
    if event.at > now.plus(NODES_APART) || now.since(event.at) > OLDEST {
        tracing::info!("an event of LINE's is too old, or ahead of us, and is left out");
        return Ok(());
    }
    if common.intake.line_event_was_taken(event.id).await? {
        return Ok(());
    }
    let outcome = match value["type"].as_str() {
        Some("message") if value["message"]["type"] == "text" => {
            let text = value["message"]["text"].as_str().unwrap_or_default();
            code(public, secret, event, text).await?
        }
        Some("postback") => {
            let data = value["postback"]["data"].as_str().unwrap_or_default();
            agreed(public, event, data).await?
        }
        Some("follow") => Outcome {
            state: Some(FriendState::Following),
            turns: value["follow"]["isUnblocked"] == true,
            consent: None,
            reply: Some((LineReply::Welcome, "ja".to_owned())),
        },
        Some("unfollow") => Outcome { state: Some(FriendState::Blocked), turns: true, ..Outcome::default() },
        _ => return Ok(()),
    };
    settle(public, event, outcome).await
}

/// Writes down what came of an event, its number with it.
async fn settle(public: &Public, event: &Event<'_>, outcome: Outcome) -> Result<(), Failed> {
    let common = &public.0.common;
    let now = common.clock.now();
    let today = common.pack.policy.calendar.day_of(now);
    let mut reply = None;
    if let Some((said, language)) = outcome.reply {
        let letter = LineLetter {
            reply_token: event.reply_token.to_owned(),
            to: event.account.clone(),
            language,
            reply: said,
        };
        let id = MessageId::from_random(common.randomness.bytes());
        let sealer = public.0.day_sealer(today).await?.ok_or(Failed::NoKey)?;
        let sealed = sealer.seal_record(Purpose::LineReply, id.as_bytes(), &letter.to_bytes());
        reply = Some(NewLineReply { id, day: today, sealed: sealed.map_err(|_| Failed::NoKey)? });
    }
    let step = LineStep {
        event_id: event.id,
        happened_at: event.at,
        turns: outcome.turns,
        at: now,
        heard_on: common.pack.policy.calendar.start_of(today),
        tag: event.tag,
        state: outcome.state,
        consent: outcome.consent,
        reply,
    };
    common.intake.take_line_event(&step).await?;
    Ok(())
}

/// A scanned code (STM-3, STM-7, STM-9). What isn't one is nobody's business.
async fn code(
    public: &Public,
    secret: &ChannelSecret,
    event: &Event<'_>,
    text: &str,
) -> Result<Outcome, Failed> {
    let common = &public.0.common;
    let policy = &common.pack.policy;
    let Some(sent) = SentCode::parse(text) else { return Ok(Outcome::default()) };
    if public.0.line_is_stopped().await? {
        return Ok(Outcome::default());
    }
    let language = common.pages.language(sent.language.as_deref().unwrap_or("ja")).to_owned();
    let friend = common.intake.line_friend(&event.tag).await?;
    let joined = friend.is_some_and(|friend| friend.state == FriendState::Following);
    if policy.channels.line.account_join == AccountJoin::Before && !joined {
        let reply = Some((LineReply::JoinFirst, language));
        return Ok(Outcome { reply, ..Outcome::default() });
    }
    let venue = match sent.code {
        Some(code) => public.0.venue(code).await?,
        None => None,
    };
    let Some(venue) = venue else { return Ok(unknown(language)) };
    if must_agree(policy.check_in.consent, policy.check_in.consent_version, friend) {
        return Ok(ask(public, event, &venue, language));
    }
    let nonce = secret.event_nonce(event.id, event.at);
    checked_in(public, event, &venue, nonce, language).await
}

/// Whether the button has to be pressed first (B8, B9).
fn must_agree(mode: Consent, version: u32, friend: Option<LineFriend>) -> bool {
    match mode {
        Consent::NoticeOnForm => false,
        Consent::ButtonEach => true,
        Consent::ButtonFirstScan => friend.is_none_or(|friend| friend.consent != version),
    }
}

/// The button: for this place, this account and this version alone.
fn ask(public: &Public, event: &Event<'_>, venue: &Venue, language: String) -> Outcome {
    let common = &public.0.common;
    let version = common.pack.policy.check_in.consent_version;
    let bound_to = ConsentData::bound_to(version, venue.code, &event.tag);
    let nonce = CheckInNonce::issue(common.clock.now(), common.randomness.bytes());
    let signed = common.forms.sign(&nonce, &bound_to);
    let data = ConsentData { version, code: venue.code, language: language.clone(), signed };
    let reply = LineReply::AskConsent { venue: venue.full_name(), data: data.to_string() };
    Outcome { state: Some(FriendState::Following), reply: Some((reply, language)), ..Outcome::default() }
}

/// The button was pressed. A changed letter, another account's button, or one of another text is none: who
/// pressed one of an older text is asked anew.
async fn agreed(public: &Public, event: &Event<'_>, data: &str) -> Result<Outcome, Failed> {
    let common = &public.0.common;
    let policy = &common.pack.policy.check_in;
    let Some(data) = ConsentData::parse(data) else { return Ok(Outcome::default()) };
    let bound_to = ConsentData::bound_to(data.version, data.code, &event.tag);
    let Some(nonce) = common.forms.verify(&data.signed, &bound_to) else {
        tracing::warn!("a button of LINE's that we never made was pressed");
        return Ok(Outcome::default());
    };
    if public.0.line_is_stopped().await? {
        return Ok(Outcome::default());
    }
    let Some(venue) = venue_of(public, data.code).await? else { return Ok(unknown(data.language)) };
    let stale = common.clock.now().since(nonce.issued_at()) > FORM_LIFE;
    if stale || data.version != policy.consent_version || policy.consent == Consent::NoticeOnForm {
        return Ok(match policy.consent {
            Consent::NoticeOnForm => unknown(data.language),
            _ => ask(public, event, &venue, data.language),
        });
    }
    let outcome = checked_in(public, event, &venue, nonce, data.language).await?;
    Ok(Outcome { consent: Some(data.version), ..outcome })
}

async fn venue_of(public: &Public, code: VenueCode) -> Result<Option<std::sync::Arc<Venue>>, Failed> {
    Ok(public.0.venue(code).await?)
}

fn unknown(language: String) -> Outcome {
    let reply = Some((LineReply::UnknownCode, language));
    Outcome { state: Some(FriendState::Following), reply, ..Outcome::default() }
}

/// Stores the check-in, as the form does.
async fn checked_in(
    public: &Public,
    event: &Event<'_>,
    venue: &Venue,
    nonce: CheckInNonce,
    language: String,
) -> Result<Outcome, Failed> {
    let at = public.0.common.clock.now();
    match store(public, venue, nonce, None, &event.account, &language).await {
        Stored::Yes(_) => {
            let reply = LineReply::CheckedIn { venue: venue.full_name(), at };
            let state = Some(FriendState::Following);
            Ok(Outcome { state, reply: Some((reply, language)), ..Outcome::default() })
        }
        Stored::Refused(_) | Stored::DayOver => Ok(unknown(language)),
        Stored::NotNow => Err(Failed::Store(StoreError::Full)),
    }
}
