//! Channels of the outbox against a plain model: groups that are claimed whole, blocked and unknown recipients,
//! stops, and what officers and graphs see of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::contact::Channel;
use domain::id::{LeaseId, MessageId};
use domain::notice::NoticeState;
use proptest::prelude::*;
use store::channels::{ChannelProgress, ChannelStop};
use store::outbox::{LEASE, Outgoing};
use store::watch::Depth;

use crate::models::{Walked, same, walked};
use crate::samples::{NOW, day, later, notice_in, put_people, sixteen};
use crate::stores::Stores;

const WORKERS: u64 = 2;
const CHANNELS: [Channel; 2] = [Channel::Email, Channel::Line];

#[derive(Clone, Debug)]
enum Step {
    Put(u64),
    Claim(u64),
    ClaimGroup(u64),
    /// The last so many rows that a worker claimed alone.
    Mark(u64, usize, usize),
    Group(u64, usize),
    /// The last so many rows, alone or of the last group, end so.
    End(u64, usize, End),
    StopChannel(usize, bool),
    /// A worker begins that doesn't send again what may have been on its way.
    SettleLost,
    Pass(u64),
    Stop,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Sent,
    Blocked,
    Unknown,
    GivenBack(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let end = prop_oneof![
        3 => Just(End::Sent),
        1 => Just(End::Blocked),
        1 => Just(End::Unknown),
        2 => (0..400u64).prop_map(End::GivenBack),
    ];
    prop_oneof![
        3 => (1..8u64).prop_map(Step::Put),
        4 => (0..WORKERS).prop_map(Step::Claim),
        5 => (0..WORKERS).prop_map(Step::ClaimGroup),
        2 => (0..WORKERS, 0..CHANNELS.len(), 1..4usize).prop_map(|(w, channel, rows)| Step::Mark(w, channel, rows)),
        4 => (0..WORKERS, 1..5usize).prop_map(|(w, rows)| Step::Group(w, rows)),
        5 => (0..WORKERS, 1..6usize, end).prop_map(|(w, rows, end)| Step::End(w, rows, end)),
        2 => (0..CHANNELS.len(), any::<bool>()).prop_map(|(channel, stop)| Step::StopChannel(channel, stop)),
        1 => Just(Step::SettleLost),
        3 => (1..800u64).prop_map(Step::Pass),
        1 => Just(Step::Stop),
    ]
}

#[derive(Clone, Debug)]
struct Row {
    state: &'static str,
    channel: String,
    group: Option<u64>,
    /// When the group was first claimed; 0 is never.
    since: u64,
    attempts: i64,
    due: u64,
    worker: Option<u64>,
    held_until: u64,
    reply: &'static str,
}

#[derive(Default)]
struct Model {
    now: u64,
    stopped: bool,
    rows: BTreeMap<[u8; 16], Row>,
    stops: BTreeMap<String, (bool, u64)>,
    groups: u64,
}

impl Model {
    fn may_go(&self, row: &Row) -> bool {
        let channel_rests = self.stops.get(&row.channel).is_some_and(|(stopped, _)| *stopped);
        let waits = row.state == "waiting" && row.due <= self.now && row.held_until <= self.now;
        !self.stopped && waits && !channel_rests
    }

    /// A row that this worker's lease is still written on.
    fn own(&mut self, worker: u64, person: &[u8; 16]) -> Option<&mut Row> {
        self.rows.get_mut(person).filter(|row| row.worker == Some(worker) && row.state == "waiting")
    }

    fn hand_out(&mut self, person: &[u8; 16], worker: u64) {
        let until = self.now + LEASE.as_secs();
        let row = self.rows.get_mut(person).expect("known");
        (row.worker, row.held_until, row.attempts) = (Some(worker), until, row.attempts + 1);
    }
}

fn lease(worker: u64) -> LeaseId {
    LeaseId::from_random(sixteen(900 + worker))
}

fn key(group: u64) -> MessageId {
    MessageId::from_random(sixteen(5_000 + group))
}

async fn walk(steps: Vec<Step>) -> Walked {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    let (office, mut model, mut put) = (&stores.office, Model::default(), 0);
    let mut claimed: BTreeMap<u64, Vec<Outgoing>> = BTreeMap::new();
    for step in steps {
        // No two moments are the same, so that the order is one.
        model.now += 1;
        match step {
            Step::Put(people) if !model.stopped => {
                put_people(office, id, day(0), put..put + people).await;
                for person in put..put + people {
                    let new = Row {
                        state: "waiting",
                        channel: String::new(),
                        group: None,
                        since: 0,
                        attempts: 0,
                        due: 0,
                        worker: None,
                        held_until: 0,
                        reply: "",
                    };
                    model.rows.insert(sixteen(person), new);
                }
                put += people;
            }
            Step::Claim(worker) => {
                let found = office.claim(lease(worker), later(model.now), 1_000).await.expect("claimed");
                let hashes: BTreeSet<_> = found.iter().map(|row| row.recipient_hash).collect();
                let alone = model.rows.iter().filter(|(_, row)| row.group.is_none() && model.may_go(row));
                let alone: BTreeSet<_> = alone.map(|(person, _)| *person).collect();
                same!(hashes, alone);
                alone.iter().for_each(|person| model.hand_out(person, worker));
                claimed.entry(worker).or_default().extend(found);
            }
            Step::ClaimGroup(worker) => {
                claim_group(&stores, &mut model, worker, claimed.entry(worker).or_default()).await?;
            }
            Step::StopChannel(channel, stop) => {
                stop_channel(&stores, &mut model, CHANNELS[channel], stop).await?
            }
            Step::SettleLost => {
                let lost = |row: &&mut Row| {
                    row.state == "waiting"
                        && row.held_until > 0
                        && row.group.is_none()
                        && row.channel == "mail"
                };
                let mut settled = 0;
                for row in model.rows.values_mut().filter(lost) {
                    (row.state, row.reply, row.held_until) = ("failed", "unknown", 0);
                    settled += 1;
                }
                same!(office.settle_lost_mails().await.expect("settled"), settled);
            }
            Step::Pass(seconds) => model.now += seconds,
            Step::Stop if !model.stopped => {
                let mut tx = office.begin().await.expect("begun");
                tx.stop(id, "sato", "誤り", later(model.now)).await.expect("stopped");
                tx.commit().await.expect("committed");
                model.stopped = true;
                let waiting = model.rows.values_mut().filter(|row| row.state == "waiting");
                waiting.for_each(|row| row.state = "cancelled");
            }
            other => ended(&stores, &mut model, other, &claimed).await,
        }
        compare(&stores, &model, id).await?;
    }
    Ok(())
}

async fn claim_group(stores: &Stores, model: &mut Model, worker: u64, mine: &mut Vec<Outgoing>) -> Walked {
    let found = stores.office.claim_group(lease(worker), later(model.now)).await.expect("claimed");
    let may = |row: &Row| row.group.filter(|_| model.may_go(row));
    let groups: BTreeSet<u64> = model.rows.values().filter_map(may).collect();
    same!(found.is_some(), !groups.is_empty());
    let Some(found) = found else { return Ok(()) };
    // Any of those that are due; the whole of it.
    let group = groups.iter().find(|group| key(**group) == found.key).copied();
    proptest::prop_assert!(group.is_some(), "{:?} is not among {:?}", found.key, groups);
    let whole: Vec<[u8; 16]> = model
        .rows
        .iter()
        .filter(|(_, row)| row.group == group && row.state == "waiting")
        .map(|(person, _)| *person)
        .collect();
    let hashes: BTreeSet<_> = found.rows.iter().map(|row| row.recipient_hash).collect();
    same!(hashes, whole.iter().copied().collect::<BTreeSet<_>>());
    for person in &whole {
        model.hand_out(person, worker);
        let now = model.now;
        let row = model.rows.get_mut(person).expect("known");
        row.since = if row.since == 0 { now } else { row.since };
    }
    let since = whole.iter().map(|person| model.rows[person].since).min().expect("not empty");
    same!(found.since, later(since));
    for row in &found.rows {
        same!(i64::from(row.attempts), model.rows[&row.recipient_hash].attempts);
    }
    mine.extend(found.rows);
    Ok(())
}

async fn stop_channel(stores: &Stores, model: &mut Model, channel: Channel, stop: bool) -> Walked {
    let mut tx = stores.office.begin().await.expect("begun");
    let changed = tx.set_channel_stop(channel, stop, "sato", later(model.now)).await.expect("asked");
    tx.commit().await.expect("committed");
    let known = model.stops.get(channel.as_str()).map(|(stopped, _)| *stopped);
    same!(changed, known.map_or(stop, |known| known != stop));
    if changed {
        model.stops.insert(channel.as_str().to_owned(), (stop, model.now));
    }
    Ok(())
}

async fn ended(stores: &Stores, model: &mut Model, step: Step, claimed: &BTreeMap<u64, Vec<Outgoing>>) {
    let office = &stores.office;
    let last = |worker: u64, rows: usize| -> Vec<Outgoing> {
        claimed.get(&worker).into_iter().flatten().rev().take(rows).cloned().collect()
    };
    match step {
        Step::Mark(worker, channel, rows) => {
            let rows = last(worker, rows);
            office.mark_channel(lease(worker), &rows, CHANNELS[channel]).await.expect("marked");
            for row in &rows {
                let own = model.rows.get_mut(&row.recipient_hash).filter(|own| own.worker == Some(worker));
                own.into_iter().for_each(|own| own.channel = CHANNELS[channel].as_str().to_owned());
            }
        }
        Step::Group(worker, rows) => {
            // Only what was claimed alone is put into a group.
            let alone = |row: &Outgoing| model.rows[&row.recipient_hash].group.is_none();
            let mut rows: Vec<_> = last(worker, rows).into_iter().filter(alone).collect();
            rows.dedup_by_key(|row| row.recipient_hash);
            let unique: BTreeSet<_> = rows.iter().map(|row| row.recipient_hash).collect();
            if unique.len() < rows.len() {
                return;
            }
            let group = model.groups;
            model.groups += 1;
            office.group(lease(worker), &rows, Channel::Line, key(group)).await.expect("grouped");
            for row in &rows {
                let own = model.own(worker, &row.recipient_hash).filter(|own| own.held_until > 0);
                if let Some(own) = own {
                    (own.channel, own.group, own.since) = ("line".to_owned(), Some(group), 0);
                    (own.attempts, own.held_until) = (own.attempts - 1, 0);
                }
            }
        }
        Step::End(worker, rows, how) => {
            for row in last(worker, rows) {
                end(stores, model, worker, &row, how).await;
            }
        }
        _ => {}
    }
}

async fn end(stores: &Stores, model: &mut Model, worker: u64, row: &Outgoing, how: End) {
    let (office, lease, now) = (&stores.office, lease(worker), model.now);
    let done = match how {
        End::Sent => office.settle_sent(lease, std::slice::from_ref(row), later(now)).await,
        End::Blocked => office.settle_blocked(lease, row).await,
        End::Unknown => office.settle_unknown(lease, row).await,
        End::GivenBack(after) => office.give_back(lease, row, later(now + after)).await,
    };
    done.expect("ended");
    let sent = matches!(how, End::Sent);
    let known = model.rows.get_mut(&row.recipient_hash).filter(|own| own.worker == Some(worker));
    let Some(own) = known.filter(|own| own.state == "waiting" || (sent && own.state == "cancelled")) else {
        return;
    };
    let held = std::mem::take(&mut own.held_until) > 0;
    match how {
        End::Sent => own.state = "sent",
        End::Blocked => (own.state, own.reply) = ("failed", "blocked"),
        End::Unknown => (own.state, own.reply) = ("failed", "unknown"),
        End::GivenBack(_) if !held => {}
        End::GivenBack(after) => {
            own.since = if own.attempts <= 1 { 0 } else { own.since };
            (own.due, own.attempts) = (now + after, own.attempts - 1);
        }
    }
}

async fn compare(stores: &Stores, model: &Model, id: domain::id::NoticeId) -> Walked {
    let office = &stores.office;
    let mut channels: BTreeMap<&str, ChannelProgress> = BTreeMap::new();
    for row in model.rows.values() {
        let own = channels.entry(&row.channel).or_default();
        own.channel.clone_from(&row.channel);
        match row.state {
            "waiting" => own.waiting += 1,
            "sent" => own.sent += 1,
            "failed" => {
                own.failed += 1;
                own.blocked += u64::from(row.reply == "blocked");
                own.unknown += u64::from(row.reply == "unknown");
            }
            _ => {}
        }
    }
    same!(office.channel_progress(id).await.expect("counted"), channels.values().collect::<Vec<_>>());
    let waiting = channels.values().filter(|own| own.waiting > 0);
    let waiting: Vec<_> = waiting.map(|own| (own.channel.clone(), own.waiting)).collect();
    same!(office.waiting_by_channel().await.expect("counted"), waiting);
    let depth = waiting.iter().map(|(channel, messages)| Depth {
        channel: channel.clone(),
        messages: *messages,
        since: NOW,
    });
    same!(office.outbox_depth().await.expect("counted"), depth.collect::<Vec<_>>());
    let stops = model.stops.iter().map(|(channel, (stopped, at))| ChannelStop {
        channel: channel.clone(),
        stopped: *stopped,
        changed_by: "sato".to_owned(),
        changed_at: later(*at),
    });
    let mut stops: Vec<_> = stops.collect();
    stops.sort_by_key(|stop| stop.channel.clone());
    same!(office.channel_stops().await.expect("listed"), stops);
    for channel in CHANNELS {
        let stopped = model.stops.get(channel.as_str()).is_some_and(|(stopped, _)| *stopped);
        same!(office.is_stopped(channel).await.expect("asked"), stopped);
        let mut held = office.hold().await.expect("a connection");
        same!(held.may_be_sent(id, channel, None).await.expect("asked"), !stopped && !model.stopped);
        drop(held);
        same!(office.may_be_sent(id, channel, None).await.expect("asked"), !stopped && !model.stopped);
    }
    same!(office.messages_of(id).await.expect("listed").len(), model.rows.len());
    Ok(())
}

/// Groups go whole and under one key, whatever is claimed, given back, settled or stopped in between.
#[test]
fn channels_are_what_a_plain_model_says() {
    walked(step(), walk);
}
