//! What happened in a life, as plain facts: what people did, as the model remembers it, and what the machine was
//! seen to do. The invariants are judged by it alone, so that a test can change a fact and see that it is noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::check_in::CheckInNonce;
use domain::clock::Instant;
use domain::contact::Channel;
use domain::exposure::Window;
use domain::id::{CaseId, NoticeId};
use domain::notice::{NoticeKind, NoticeState};
use domain::service_day::ServiceDay;
use domain::time_band::Span;

use crate::bands::Bands;
use crate::rules::Rules;

/// After so long the worker takes a key for one that LINE may have forgotten.
const FORGOTTEN: Duration = Duration::from_secs(23 * 3600);

/// The number of a worker's turn. What people do between two turns bears the number of the next.
pub type TurnNumber = u32;

/// A place of the model, by its number.
pub type Place = usize;

/// A contact of the model, by its number: an address or an account of an invented person.
pub type Who = usize;

/// A place and day.
pub type At = (Place, ServiceDay);

/// What was said of a check-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Thanks: it is stored.
    Yes,
    /// No, and it isn't.
    No,
    /// The web server ended before it answered.
    Nothing,
}

/// A check-in that somebody sent.
#[derive(Clone, Debug)]
pub struct CheckIn {
    pub nonce: CheckInNonce,
    pub at: At,
    pub moment: Instant,
    pub who: Who,
    pub turn: TurnNumber,
    /// Whether it came while the worker's turn of that number went on.
    pub beside: bool,
    pub said: Said,
}

/// A case that came in.
#[derive(Clone, Debug)]
pub struct Case {
    pub id: CaseId,
    pub window: Window,
    pub positive_on: ServiceDay,
    /// What the interview brought.
    pub visits: Vec<At>,
    /// From when on it was there, where the interview brought that too.
    pub told_from: BTreeMap<At, Instant>,
    /// What the patient reported; empty where an officer entered it.
    pub contacts: Vec<Who>,
    pub close_contacts: bool,
    pub entered: TurnNumber,
    /// From which turn on it counts nowhere, and whether that was while the turn went on.
    pub withdrawn: Option<(TurnNumber, bool)>,
}

/// What an officer did with a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Approved,
    Declined,
    Stopped,
}

/// A notice as it was first seen, and what officers did with it.
#[derive(Clone, Debug)]
pub struct Notice {
    pub kind: NoticeKind,
    pub days: Vec<At>,
    /// When whoever is told checked in; nothing where the whole day counts.
    pub spans: BTreeMap<At, Vec<Span>>,
    pub cases: BTreeSet<CaseId>,
    /// Every case that it was ever about: later ones join it.
    pub ever: BTreeSet<CaseId>,
    pub others: u64,
    pub first_seen: TurnNumber,
    /// The last approval that was needed, and when the hold ends by the officers' clock.
    pub approved: Option<(TurnNumber, Instant)>,
    /// The turn before which it was stopped, and whether that was while the turn went on.
    pub stopped: Option<(TurnNumber, bool)>,
    pub acts: Vec<(Act, TurnNumber)>,
    pub state: NoticeState,
    pub sent: u64,
    pub failed: u64,
}

/// A channel that officers stopped.
#[derive(Clone, Debug)]
pub struct ChannelStop {
    /// The stored word.
    pub channel: String,
    /// Before or, where it is true, while which turn.
    pub from: (TurnNumber, bool),
    /// The turn before or while which it was put in use again.
    pub until: Option<TurnNumber>,
}

/// A row of the outbox as it was last seen.
#[derive(Clone, Debug)]
pub struct Row {
    pub notice: NoticeId,
    pub nonce: CheckInNonce,
    pub state: String,
    pub channel: String,
    /// By which LINE tells a repeat, as it stands in the call.
    pub group: Option<String>,
    /// When it was first seen as failed.
    pub failed_at: Option<Instant>,
    /// After which turn it was first seen, and last.
    pub seen: (TurnNumber, TurnNumber),
}

/// A call that LINE took: its messages lie in chats.
#[derive(Clone, Debug)]
pub struct Call {
    pub group: String,
    pub turn: TurnNumber,
    /// By the worker's clock.
    pub moment: Instant,
    /// By LINE's, which is right.
    pub truly: Instant,
}

/// A mail that reached a mailbox, or a message that reached a browser.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub message: [u8; 16],
    pub to: Who,
    pub turn: TurnNumber,
    /// By the worker's clock.
    pub moment: Instant,
    /// By the officers', which is right.
    pub truly: Instant,
    /// The server took it and the answer was lost, or says otherwise.
    pub answer_lost: bool,
}

/// A confirmation that reached a mailbox.
#[derive(Clone, Debug)]
pub struct Confirmation {
    pub nonce: CheckInNonce,
    pub to: Who,
    pub turn: TurnNumber,
    pub answer_lost: bool,
}

/// A day as it lies in the store and in the ring.
#[derive(Clone, Debug, Default)]
pub struct Day {
    pub erased: bool,
    pub key_is_held: bool,
    pub file_is_there: bool,
    /// Rows of the office that tell who was where on it.
    pub office_rows: Vec<(&'static str, u64)>,
    /// What opens, and what was in it; by identity.
    pub opened: Vec<(CheckInNonce, Place, Instant, Who)>,
    /// Rows that the ring doesn't open.
    pub unopened: usize,
    /// Check-ins that the public record says it held.
    pub published: Option<u64>,
}

/// What is seen when the machine has come to rest with everything repaired.
#[derive(Clone, Debug)]
pub struct Calm {
    pub turn: TurnNumber,
    pub today: ServiceDay,
    pub days: BTreeMap<ServiceDay, Day>,
    /// Messages in the chat of each account, answers left out.
    pub chats: BTreeMap<Who, usize>,
    pub cases: BTreeSet<CaseId>,
    pub ledger_is_whole: bool,
    /// Acts of the ledger about each notice, in order.
    pub ledger_of_notices: BTreeMap<NoticeId, Vec<String>>,
}

/// A life.
#[derive(Clone, Debug)]
pub struct History {
    pub rules: Rules,
    /// How visits are matched by time band, where they are.
    pub bands: Option<Bands>,
    /// Infected people that each place's notice takes.
    pub needed: Vec<u32>,
    /// By which way each contact is reached.
    pub by: Vec<Channel>,
    pub check_ins: Vec<CheckIn>,
    pub cases: Vec<Case>,
    pub notices: BTreeMap<NoticeId, Notice>,
    pub rows: BTreeMap<[u8; 16], Row>,
    pub deliveries: Vec<Delivery>,
    pub calls: Vec<Call>,
    pub confirmations: Vec<Confirmation>,
    /// Turns in which days were erased.
    pub erased_in: BTreeSet<TurnNumber>,
    /// Places and days of clusters that officers declared.
    pub declared: Vec<(NoticeId, Vec<At>)>,
    /// Turns in which the worker was killed.
    pub killed: BTreeSet<TurnNumber>,
    /// Contacts that a server refused for good at some time, and accounts that blocked ours.
    pub refused: BTreeSet<Who>,
    /// Accounts that blocked ours at some time: LINE takes what is for them, and throws it away.
    pub blocked: BTreeSet<Who>,
    /// Stops of channels by officers.
    pub channel_stops: Vec<ChannelStop>,
    /// When LINE was first called with a group's key, whatever it answered.
    pub tries: BTreeMap<String, Instant>,
    /// How often somebody blocked the account.
    pub blocks: usize,
    /// How often the worker's clock went wrong.
    pub wrong_clocks: usize,
    pub calms: Vec<Calm>,
    /// What the doors said that they never should.
    pub surprises: Vec<String>,
}

impl Notice {
    /// Whether a check-in is one of those that it is about.
    pub fn is_about(&self, sent: &CheckIn) -> bool {
        let spans = self.spans.get(&sent.at);
        self.days.contains(&sent.at)
            && spans.is_none_or(|spans| spans.iter().any(|span| span.contains(sent.moment)))
    }

    /// Whether officers, or the worker, declined it.
    pub fn declined(&self) -> bool {
        self.state == NoticeState::Declined
    }
}

impl History {
    /// A life that begins.
    pub fn new(rules: Rules, bands: Option<Bands>, needed: Vec<u32>, by: Vec<Channel>) -> Self {
        Self {
            rules,
            bands,
            needed,
            by,
            check_ins: Vec::new(),
            cases: Vec::new(),
            notices: BTreeMap::new(),
            rows: BTreeMap::new(),
            deliveries: Vec::new(),
            calls: Vec::new(),
            confirmations: Vec::new(),
            erased_in: BTreeSet::new(),
            declared: Vec::new(),
            killed: BTreeSet::new(),
            refused: BTreeSet::new(),
            blocked: BTreeSet::new(),
            channel_stops: Vec::new(),
            tries: BTreeMap::new(),
            blocks: 0,
            wrong_clocks: 0,
            calms: Vec::new(),
            surprises: Vec::new(),
        }
    }

    /// Whether this contact is reached by that way.
    pub fn is_by(&self, who: Who, way: Channel) -> bool {
        self.by.get(who) == Some(&way)
    }

    /// Whether a case was withdrawn while an approved notice about it was held.
    pub fn withdrawn_in_hold(&self, case: &Case) -> bool {
        case.withdrawn.is_some_and(|(turn, _)| {
            self.notices.values().filter(|notice| notice.ever.contains(&case.id)).any(|notice| {
                let stopped = notice.stopped.is_some_and(|(stopped, _)| stopped == turn);
                stopped && notice.approved.is_some_and(|(approved, _)| approved <= turn)
            })
        })
    }

    /// Whether a row ended as unknown: LINE was called with its key, and a day later, when it is tried again, knows
    /// that key no more. By a clock that went wrong that may seem so too.
    pub fn is_unknown(&self, row: &Row) -> bool {
        let tried = row.group.as_ref().and_then(|group| self.tries.get(group));
        let long = tried.zip(row.failed_at).is_some_and(|(first, ended)| ended.since(*first) >= FORGOTTEN);
        row.state == "failed" && tried.is_some() && (long || self.wrong_clocks > 0)
    }

    /// A case by its number.
    pub fn case(&self, id: CaseId) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// The check-in of an identity.
    pub fn check_in(&self, nonce: CheckInNonce) -> Option<&CheckIn> {
        self.check_ins.iter().find(|sent| sent.nonce == nonce)
    }

    /// Who checked in at a place and day up to a turn: those who were thanked, and those who may be stored.
    pub fn there(&self, at: At, until: TurnNumber) -> (BTreeSet<Who>, BTreeSet<Who>) {
        let (mut surely, mut perhaps) = (BTreeSet::new(), BTreeSet::new());
        for sent in self.check_ins.iter().filter(|sent| sent.at == at && sent.turn <= until) {
            match sent.said {
                Said::Yes => _ = surely.insert(sent.who),
                Said::Nothing => _ = perhaps.insert(sent.who),
                Said::No => {}
            }
        }
        perhaps.extend(&surely);
        (surely, perhaps)
    }

    /// Whether a case was at a place and day, as far as it could be known in a turn: surely, or perhaps.
    pub fn was_at(&self, case: &Case, at: At, turn: TurnNumber) -> (bool, bool) {
        if !case.window.contains(at.1) || case.entered > turn {
            return (false, false);
        }
        let told = case.visits.contains(&at);
        let mut own = self
            .check_ins
            .iter()
            .filter(|sent| sent.at == at && sent.turn <= turn && case.contacts.contains(&sent.who))
            .map(|sent| sent.said)
            .collect::<Vec<_>>();
        own.retain(|said| *said != Said::No);
        (told || own.contains(&Said::Yes), told || !own.is_empty())
    }

    /// How many people these cases are: those that share a contact are one.
    pub fn people(&self, cases: &[&Case]) -> u32 {
        let mut groups: Vec<BTreeSet<Who>> = Vec::new();
        let mut people = 0;
        for case in cases {
            if case.contacts.is_empty() {
                people += 1;
                continue;
            }
            let mut own: BTreeSet<Who> = case.contacts.iter().copied().collect();
            groups.retain(|other| {
                let apart = own.is_disjoint(other);
                if !apart {
                    own.extend(other);
                }
                apart
            });
            groups.push(own);
        }
        people + u32::try_from(groups.len()).unwrap_or(u32::MAX)
    }

    /// The last look at the machine at rest.
    pub fn last_calm(&self) -> Option<&Calm> {
        self.calms.last()
    }
}
