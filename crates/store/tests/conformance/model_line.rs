//! LINE's events, accounts, answers and pages against a plain model.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::MessageId;
use proptest::prelude::*;
use store::line::{FriendState, LineFriend, LineReplyRow, LineStep, NewLineReply, NoticePage};

use crate::models::{Walked, same, walked};
use crate::samples::{day, later, sixteen};
use crate::stores::Stores;

const EVENTS: u64 = 12;
const ACCOUNTS: u64 = 4;
const PAGES: u8 = 4;

#[derive(Clone, Debug)]
enum Step {
    Event {
        event: u64,
        account: u64,
        ago: u64,
        turns: bool,
        state: Option<bool>,
        consent: Option<u32>,
        reply: bool,
    },
    Attempt(u64),
    EndReply(u64),
    Page(u8, i64),
    EraseEvents(u64),
    EraseFriends(u64),
    EraseDay(i64),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let event = (0..EVENTS, 0..ACCOUNTS, 0..60u64, any::<bool>());
    let changes = (any::<Option<bool>>(), proptest::option::of(1..4u32), any::<bool>());
    prop_oneof![
        8 => (event, changes).prop_map(|((event, account, ago, turns), (state, consent, reply))| Step::Event {
            event, account, ago, turns, state, consent, reply
        }),
        1 => (0..EVENTS).prop_map(Step::Attempt),
        1 => (0..EVENTS).prop_map(Step::EndReply),
        2 => (0..PAGES, 0..3i64).prop_map(|(page, of)| Step::Page(page, of)),
        1 => (0..300u64).prop_map(Step::EraseEvents),
        1 => (0..300u64).prop_map(Step::EraseFriends),
        1 => (0..3i64).prop_map(Step::EraseDay),
        2 => (1..50u64).prop_map(Step::Pass),
    ]
}

struct Friend {
    known: LineFriend,
    heard_on: u64,
    turned_at: u64,
}

#[derive(Default)]
struct Model {
    now: u64,
    /// Events by when they were taken.
    events: BTreeMap<u64, u64>,
    /// Events that had an answer once; its number is the event's.
    answered: BTreeSet<u64>,
    friends: BTreeMap<u64, Friend>,
    replies: Vec<LineReplyRow>,
    pages: BTreeMap<u8, NoticePage>,
}

fn reply(event: u64) -> NewLineReply {
    let day = day(i64::try_from(event % 3).expect("small"));
    NewLineReply {
        id: MessageId::from_random(sixteen(event)),
        day,
        sealed: format!("answer {event}").into_bytes(),
    }
}

async fn walk(steps: Vec<Step>) -> Walked {
    let stores = Stores::new().await;
    let (intake, mut model) = (&stores.intake, Model::default());
    model.now = 100;
    for step in steps {
        model.now += 1;
        match step {
            Step::Event { .. } => taken(&stores, &mut model, step).await?,
            Step::Attempt(event) => {
                intake.count_line_attempt(reply(event).id).await.expect("counted");
                model
                    .replies
                    .iter_mut()
                    .filter(|own| own.reply.id == reply(event).id)
                    .for_each(|own| own.attempts += 1);
            }
            Step::EndReply(event) => {
                intake.end_line_reply(reply(event).id).await.expect("ended");
                model.replies.retain(|own| own.reply.id != reply(event).id);
            }
            Step::Page(page, of) => {
                let (venue_name, days) = (format!("見本{of}"), vec![day(of), day(of + 1)]);
                let own = NoticePage { day: day(of), venue_name, days };
                intake.put_notice_page(&[page; 32], &own).await.expect("put");
                model.pages.entry(page).or_insert(own);
            }
            Step::EraseEvents(before) => {
                intake.erase_line_events(later(before)).await.expect("erased");
                model.events.retain(|_, taken| *taken >= before);
                let forgotten = |friend: &&mut Friend| friend.turned_at < before;
                model.friends.values_mut().filter(forgotten).for_each(|friend| friend.turned_at = 0);
            }
            Step::EraseFriends(before) => {
                intake.erase_line_friends(later(before)).await.expect("erased");
                model.friends.retain(|_, friend| friend.heard_on >= before);
            }
            Step::EraseDay(of) => {
                intake.erase_line_day(day(of)).await.expect("erased");
                model.pages.retain(|_, page| page.day != day(of));
                model.replies.retain(|own| own.reply.day != day(of));
            }
            Step::Pass(seconds) => model.now += seconds,
        }
        compare(&stores, &model).await?;
    }
    Ok(())
}

async fn taken(stores: &Stores, model: &mut Model, step: Step) -> Walked {
    let Step::Event { event, account, ago, turns, state, consent, reply: answers } = step else {
        return Ok(());
    };
    let state = state.map(|blocks| if blocks { FriendState::Blocked } else { FriendState::Following });
    let (happened, heard_on) = (model.now - ago, model.now / 50 * 50);
    // An answer's number is made of the event: an event that was forgotten comes no more.
    let reply = (answers && !model.answered.contains(&event)).then(|| reply(event));
    let step = LineStep {
        event_id: &format!("event {event}"),
        happened_at: later(happened),
        turns,
        at: later(model.now),
        heard_on: later(heard_on),
        tag: sixteen(account),
        state,
        consent,
        reply: reply.clone(),
    };
    let new = !model.events.contains_key(&event);
    same!(stores.intake.take_line_event(&step).await.expect("asked"), new);
    if !new {
        return Ok(());
    }
    model.events.insert(event, model.now);
    if let Some(reply) = reply {
        model.answered.insert(event);
        model.replies.push(LineReplyRow { reply, queued_at: later(model.now), attempts: 0 });
    }
    if state.is_none() && consent.is_none() {
        return Ok(());
    }
    let turned = if turns { happened } else { 0 };
    match model.friends.get_mut(&account) {
        None => {
            let state = state.unwrap_or(FriendState::Following);
            let known = LineFriend { state, consent: consent.unwrap_or(0) };
            model.friends.insert(account, Friend { known, heard_on, turned_at: turned });
        }
        Some(friend) => {
            if let Some(state) = state.filter(|_| friend.turned_at <= happened) {
                friend.known.state = state;
            }
            friend.known.consent = consent.unwrap_or(friend.known.consent);
            (friend.heard_on, friend.turned_at) = (heard_on, friend.turned_at.max(turned));
        }
    }
    Ok(())
}

async fn compare(stores: &Stores, model: &Model) -> Walked {
    let intake = &stores.intake;
    for account in 0..ACCOUNTS {
        let known = model.friends.get(&account).map(|friend| friend.known);
        same!(intake.line_friend(&sixteen(account)).await.expect("read"), known);
    }
    for event in 0..EVENTS {
        let taken = intake.line_event_was_taken(&format!("event {event}")).await.expect("asked");
        same!(taken, model.events.contains_key(&event));
    }
    same!(intake.line_replies(100).await.expect("listed"), model.replies);
    for page in 0..PAGES {
        same!(intake.notice_page(&[page; 32]).await.expect("read"), model.pages.get(&page));
    }
    Ok(())
}

/// Events in whatever order, twice, late; answers and pages until they end.
#[test]
fn line_is_what_a_plain_model_says() {
    walked(step(), walk);
}
