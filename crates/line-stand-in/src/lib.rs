//! A stand-in for LINE's Messaging API: for tests, the rehearsal and the demo. **It is not LINE.**
//!
//! LINE can't be reached from where Tadori is tested, so what is sent to it is held against its published
//! definitions here: shapes and limits after line/line-openapi (Apache-2.0, state of 2026-07-01;
//! `messaging-api.yml`, `webhook.yml`), and the behaviour that LINE's reference describes beside them. LINE's
//! own SDK runs against it in tests/line. What it can't prove is that LINE behaves as its documents say.
//!
//! - [`shape`]: what of a request is refused, as the definitions have it: 501 accounts, six messages, a button
//!   without data;
//! - [`api`]: the calls: retry keys that count for 24 hours, reply tokens that work once and for a minute,
//!   quota, rates, accounts that block in silence, and faults that come before or after a message was taken;
//! - [`events`]: webhooks as LINE sends them: signed over their bytes, each event with its number, delivered
//!   twice where a test wants it.
//!
//! Only what Tadori uses of the API is here: text and template messages, five calls, five events.

pub mod api;
pub mod events;
pub mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::clock::{Clock, Instant};
use serde_json::Value;

/// For how long a retry key is remembered.
pub const RETRY_KEY_LIFE: Duration = Duration::from_secs(24 * 3600);

/// For how long a reply token works.
pub const REPLY_TOKEN_LIFE: Duration = Duration::from_secs(60);

/// The stand-in. Clones are the same.
#[derive(Clone)]
pub struct StandIn {
    pub(crate) clock: Clock,
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) state: Arc<Mutex<State>>,
}

pub(crate) struct State {
    pub friends: BTreeSet<String>,
    pub blocked: BTreeSet<String>,
    pub received: Vec<Received>,
    pub calls: Vec<Call>,
    pub retry_keys: BTreeMap<String, (Instant, String)>,
    pub reply_tokens: BTreeMap<String, (Instant, String)>,
    pub quota: Option<u64>,
    pub used: u64,
    pub rate: BTreeMap<&'static str, (i64, u32)>,
    pub multicasts_a_second: u32,
    pub calls_a_second: u32,
    pub faults: Vec<Fault>,
    pub counted: u64,
}

/// A message as it lies in somebody's chat.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// Whose chat.
    pub account: String,
    /// How it came: `reply`, `push` or `multicast`.
    pub by: &'static str,
    /// When.
    pub at: Instant,
    /// The message object.
    pub message: Value,
}

impl Received {
    /// What it says, or asks above its buttons.
    pub fn text(&self) -> &str {
        let text = self.message["text"].as_str().or_else(|| self.message["template"]["text"].as_str());
        text.unwrap_or_default()
    }

    /// What its first button sends back.
    pub fn button(&self) -> Option<&str> {
        self.message["template"]["actions"][0]["data"].as_str()
    }
}

/// How an account stands to ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Has never added it.
    Stranger,
    /// Reads what it is sent.
    Friend,
    /// Has blocked it.
    Blocked,
}

/// A call as it came: for tests that count them.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `reply`, `push`, `multicast`, `quota` or `consumption`.
    pub name: &'static str,
    /// The retry key, if it had one.
    pub retry_key: Option<String>,
    /// The status that it was answered with.
    pub status: u16,
    /// To how many accounts.
    pub accounts: usize,
}

/// Something that goes wrong with the next call of this name.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which call.
    pub call: String,
    /// How often.
    pub times: u32,
    /// Whether the message was taken all the same: its answer is lost, and a repeat is answered 409.
    pub taken: bool,
    /// The status that is answered.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
}

impl StandIn {
    /// One channel with its secret and access token, without a limit on the month.
    pub fn new(clock: Clock, secret: &str, token: &str) -> Self {
        let state = State {
            friends: BTreeSet::new(),
            blocked: BTreeSet::new(),
            received: Vec::new(),
            calls: Vec::new(),
            retry_keys: BTreeMap::new(),
            reply_tokens: BTreeMap::new(),
            quota: None,
            used: 0,
            rate: BTreeMap::new(),
            multicasts_a_second: 200,
            calls_a_second: 2_000,
            faults: Vec::new(),
            counted: 0,
        };
        let (secret, token) = (secret.to_owned(), token.to_owned());
        Self { clock, secret, token, state: Arc::new(Mutex::new(state)) }
    }

    /// What lies in an account's chat, in order.
    pub fn chat(&self, account: &str) -> Vec<Received> {
        self.state().received.iter().filter(|message| message.account == account).cloned().collect()
    }

    /// What lies in everybody's chats, in order.
    pub fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    /// How an account stands to ours.
    pub fn standing(&self, account: &str) -> Standing {
        let state = self.state();
        match (state.blocked.contains(account), state.friends.contains(account)) {
            (true, _) => Standing::Blocked,
            (false, true) => Standing::Friend,
            (false, false) => Standing::Stranger,
        }
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// The calls of one name.
    pub fn calls_of(&self, name: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.name == name).collect()
    }

    /// What the month may have, and what it has had.
    pub fn set_quota(&self, limit: Option<u64>, used: u64) {
        let mut state = self.state();
        (state.quota, state.used) = (limit, used);
    }

    /// How many messages the month has had.
    pub fn used(&self) -> u64 {
        self.state().used
    }

    /// How many calls a second are taken, multicasts and others.
    pub fn set_rate(&self, multicasts: u32, others: u32) {
        let mut state = self.state();
        (state.multicasts_a_second, state.calls_a_second) = (multicasts, others);
    }

    /// What goes wrong next.
    pub fn fail(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// Nothing goes wrong any more.
    pub fn recover(&self) {
        self.state().faults.clear();
    }

    /// A test that panicked elsewhere doesn't spoil the rest.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A number that no other thing here has.
    pub(crate) fn next(&mut self) -> u64 {
        self.counted += 1;
        self.counted
    }

    /// Whether a message to this account is read by somebody.
    pub(crate) fn reaches(&self, account: &str) -> bool {
        self.friends.contains(account) && !self.blocked.contains(account)
    }
}
