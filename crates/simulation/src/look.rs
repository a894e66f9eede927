//! Looking at the machine: after each turn what it sent and proposed, and at rest everything that it holds.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use domain::check_in::CheckInNonce;
use domain::contact::{Channel, Contact};
use domain::id::{MessageId, NoticeId};
use domain::service_day::ServiceDay;
use domain::time_band::Span;
use sqlx::{AnyConnection, Connection as _, Row as _};
use store::days::DayState;
use store::ledger::Verified;

use crate::browsers::message_of;
use crate::history::{self, At, Call, Calm, Confirmation, Delivery, History, Notice, Who};
use crate::machine::Machine;

/// Whoever the model invented, found by their contacts.
pub struct People {
    pub contacts: Vec<Contact>,
    numbers: BTreeMap<String, Who>,
}

impl People {
    /// These contacts.
    pub fn new(contacts: Vec<Contact>) -> Self {
        let numbers = contacts.iter().enumerate().map(|(who, contact)| (contact.identity().to_string(), who));
        Self { numbers: numbers.collect(), contacts }
    }

    /// Whose contact it is.
    pub fn who(&self, contact: &Contact) -> Option<Who> {
        self.numbers.get(contact.identity().as_str()).copied()
    }

    fn by_address(&self, address: &str) -> Option<Who> {
        self.who(&Contact::email(address).ok()?)
    }
}

/// What is remembered from one look to the next.
pub struct Looks {
    connection: AnyConnection,
    calls: usize,
    pushed: usize,
    erased: usize,
}

impl Looks {
    /// A connection beside the machine's own.
    pub async fn new(machine: &Machine) -> Self {
        let url = format!("sqlite://{}?mode=ro", machine.office_file().display());
        let connection = AnyConnection::connect(&url).await.expect("the office's database");
        Self { connection, calls: 0, pushed: 0, erased: 0 }
    }

    /// What the turn of this number did. `lost` are those whose mail server took messages without saying so.
    pub async fn after(
        &mut self,
        turn: u32,
        machine: &Machine,
        people: &People,
        lost: &BTreeSet<Who>,
        history: &mut History,
    ) {
        self.rows(turn, machine, history).await;
        let moment = machine.worker_now();
        for mail in machine.inbox.messages() {
            let Some(to) = people.by_address(mail.to.as_str()) else {
                history.surprises.push("a mail to nobody whom the model knows".to_owned());
                continue;
            };
            let message = *mail.id.as_bytes();
            let nonce =
                CheckInNonce::from_stored(&message).filter(|nonce| history.check_in(*nonce).is_some());
            let answer_lost = lost.contains(&to);
            match nonce {
                Some(nonce) => {
                    history.confirmations.push(Confirmation { nonce, to, turn, answer_lost });
                }
                None => {
                    let truly = machine.clock.now();
                    history.deliveries.push(Delivery { message, to, turn, moment, truly, answer_lost });
                }
            }
        }
        machine.inbox.clear();
        self.pushed(turn, machine, history);
        if let Some((line, _)) = &machine.line {
            let calls = line.calls();
            for call in calls.iter().skip(self.calls) {
                let sends = matches!(call.name, "push" | "multicast");
                let key = call.retry_key.clone().filter(|_| sends);
                history.tries.extend(
                    key.filter(|key| !history.tries.contains_key(key)).map(|key| (key, machine.clock.now())),
                );
                if !matches!(call.status, 200 | 500) {
                    continue;
                }
                history.calls.extend(call.retry_key.clone().filter(|_| sends).map(|group| Call {
                    group,
                    turn,
                    moment,
                    truly: machine.clock.now(),
                }));
            }
            self.calls = calls.len();
        }
        let erased = machine.intake.erasures(10_000).await.expect("erasures").len();
        if erased != self.erased {
            history.erased_in.insert(turn);
            self.erased = erased;
        }
        notices(turn, machine, history).await;
    }

    /// What reached browsers.
    fn pushed(&mut self, turn: u32, machine: &Machine, history: &mut History) {
        let Some(browsers) = &machine.browsers else { return };
        let with_app = history.by.iter().take_while(|way| **way != Channel::Push).count();
        let arrived = browsers.service.arrived();
        for message in arrived.iter().skip(self.pushed) {
            let Some(number) = message_of(&message.topic) else {
                history.surprises.push("a message without a number came to a browser".to_owned());
                continue;
            };
            history.deliveries.push(Delivery {
                message: number,
                to: with_app + message.browser,
                turn,
                moment: machine.worker_now(),
                truly: machine.clock.now(),
                answer_lost: message.status != 201,
            });
        }
        self.pushed = arrived.len();
    }

    async fn rows(&mut self, turn: u32, machine: &Machine, history: &mut History) {
        let text = "select message_id, notice_id, nonce, state, channel, group_key from outbox";
        let rows = sqlx::query(text).fetch_all(&mut self.connection).await.expect("the outbox");
        for row in &rows {
            let bytes = |name: &str| row.try_get::<Vec<u8>, _>(name).expect("bytes");
            let text = |name: &str| row.try_get::<String, _>(name).expect("a text");
            let message: [u8; 16] = bytes("message_id").try_into().expect("16 bytes");
            let group = row.try_get::<Option<Vec<u8>>, _>("group_key").expect("bytes or null");
            let state = text("state");
            let before = history.rows.get(&message);
            let first = before.map_or(turn, |row| row.seen.0);
            let before = before.and_then(|row| row.failed_at);
            let failed_at = (state == "failed").then(|| before.unwrap_or(machine.clock.now()));
            history.rows.insert(
                message,
                history::Row {
                    notice: NoticeId::from_stored(&bytes("notice_id")).expect("16 bytes"),
                    nonce: CheckInNonce::from_stored(&bytes("nonce")).expect("16 bytes"),
                    state,
                    failed_at,
                    seen: (first, turn),
                    channel: text("channel"),
                    group: group.and_then(|key| MessageId::from_stored(&key)).map(in_a_call),
                },
            );
        }
    }

    /// The rows of the office that tell who was where on a day, by table. That a day of a case's window was erased
    /// before the case was matched is a finding without a place.
    async fn rows_of(&mut self, day: ServiceDay) -> Vec<(&'static str, u64)> {
        let mut found = Vec::new();
        for table in ["outbox", "case_visit", "finding", "interview_visit", "indexed_day"] {
            let which = if table == "finding" { " and outcome <> 'day_erased'" } else { "" };
            let text = format!("select count(*) as found from {table} where day = $1{which}");
            let query = sqlx::query(sqlx::AssertSqlSafe(text)).bind(day.to_string());
            let row = query.fetch_one(&mut self.connection).await.expect("counted");
            let rows = u64::try_from(row.try_get::<i64, _>("found").expect("a number")).unwrap_or(0);
            if rows > 0 {
                found.push((table, rows));
            }
        }
        found
    }

    /// Everything, when the machine has come to rest.
    pub async fn at_rest(&mut self, turn: u32, machine: &Machine, people: &People, history: &mut History) {
        let mut days = BTreeMap::new();
        let erasures = machine.intake.erasures(10_000).await.expect("erasures");
        let known: BTreeSet<ServiceDay> = history.check_ins.iter().map(|sent| sent.at.1).collect();
        for day in known {
            days.insert(day, self.day(day, machine, people).await);
        }
        for erasure in erasures {
            if let Some(day) = days.get_mut(&erasure.day) {
                day.published = Some(erasure.erased.check_ins);
            }
        }
        let mut chats = BTreeMap::new();
        if let Some((line, _)) = &machine.line {
            for (who, contact) in
                people.contacts.iter().enumerate().filter(|(who, _)| history.is_by(*who, Channel::Line))
            {
                chats.insert(who, line.chat(contact.expose()).iter().filter(|one| one.by != "reply").count());
            }
        }
        let cases = machine.office.cases(100_000).await.expect("cases");
        let ledger = machine.office.ledger(None, 1_000_000).await.expect("the ledger");
        let mut of_notices: BTreeMap<NoticeId, Vec<String>> = BTreeMap::new();
        for entry in ledger.iter().rev() {
            if let Some(notice) = NoticeId::parse(&entry.subject) {
                of_notices.entry(notice).or_default().push(entry.act.clone());
            }
        }
        let verified = machine.office.verify_ledger().await.expect("the ledger");
        history.calms.push(Calm {
            turn,
            today: machine.today(),
            days,
            chats,
            cases: cases.iter().map(|case| case.id).collect(),
            ledger_is_whole: matches!(verified, Verified::Whole { .. }),
            ledger_of_notices: of_notices,
        });
    }

    async fn day(&mut self, day: ServiceDay, machine: &Machine, people: &People) -> history::Day {
        let state = machine.intake.day(day).await.expect("a day").map(|day| day.state);
        let mut seen = history::Day {
            erased: state == Some(DayState::Erased),
            key_is_held: machine.ring().days().contains(&day),
            file_is_there: !machine.intake.day_file_is_gone(day).await.expect("a look"),
            office_rows: self.rows_of(day).await,
            ..history::Day::default()
        };
        let opener = machine.ring().open_day(day).ok();
        for row in machine.intake.check_ins(day, None).await.expect("check-ins") {
            let opened = opener.as_ref().and_then(|opener| opener.open(&row.place, &row.sealed).ok());
            let who = opened.and_then(|opened| people.who(&opened.contact));
            let place = machine.venues.iter().position(|venue| venue.id == row.place.venue);
            match (who, place) {
                (Some(who), Some(place)) => {
                    seen.opened.push((row.place.nonce, place, row.place.at, who));
                }
                _ => seen.unopened += 1,
            }
        }
        seen
    }
}

async fn notices(turn: u32, machine: &Machine, history: &mut History) {
    for stored in machine.office.newest_notices(100_000).await.expect("notices") {
        if history.notices.get(&stored.id).is_some_and(|known| known.state == stored.state && is_over(known))
        {
            continue;
        }
        let cases = machine.office.cases_of_notice(stored.id).await.expect("cases");
        if let Entry::Vacant(unknown) = history.notices.entry(stored.id) {
            let days = machine.office.notice_days(stored.id).await.expect("days");
            let place = |id| machine.venues.iter().position(|venue| venue.id == id);
            let mut spans: BTreeMap<At, Vec<Span>> = BTreeMap::new();
            for (at, span) in days.iter().filter_map(|at| Some(((place(at.venue)?, at.day), at.band?))) {
                spans.entry(at).or_default().push(span);
            }
            let days: Vec<At> = days.iter().filter_map(|at| Some((place(at.venue)?, at.day))).collect();
            unknown.insert(Notice {
                kind: stored.kind,
                days,
                spans,
                cases: cases.iter().copied().collect(),
                ever: BTreeSet::new(),
                others: stored.others,
                first_seen: turn,
                approved: None,
                stopped: None,
                acts: Vec::new(),
                state: stored.state,
                sent: 0,
                failed: 0,
            });
        }
        if let Some(known) = history.notices.get_mut(&stored.id) {
            known.ever.extend(cases);
            (known.state, known.sent, known.failed) = (stored.state, stored.sent, stored.failed);
        }
    }
}

fn is_over(notice: &Notice) -> bool {
    use domain::notice::NoticeState::{Approved, Proposed, Released};
    !matches!(notice.state, Proposed | Approved | Released)
}

/// A group's key as it stands in a call: LINE wants a UUID of version 4.
fn in_a_call(key: MessageId) -> String {
    let mut bytes = *key.as_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
