//! When it is sent, and how often: invariants 7 to 10.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::check_in::CheckInNonce;
use domain::clock::Instant;
use domain::id::NoticeId;
use domain::notice::NoticeState;

use crate::history::{History, Row, TurnNumber};

/// Everything that left: of which notice, in which turn, when. By the later one of two clocks: what was released by a right
/// clock and put off may go again under one that is behind (`worker::mend_times`).
fn sendings(history: &History) -> Vec<(NoticeId, TurnNumber, Instant)> {
    let mails = history.deliveries.iter().filter_map(|mail| {
        let row = history.rows.get(&mail.message)?;
        Some((row.notice, mail.turn, mail.moment.max(mail.truly)))
    });
    let calls = history.calls.iter().filter_map(|call| {
        let row = history.rows.values().find(|row| row.group.as_ref() == Some(&call.group))?;
        Some((row.notice, call.turn, call.moment.max(call.truly)))
    });
    mails.chain(calls).collect()
}

/// 8, of a channel.
pub fn nothing_on_a_stopped_channel(history: &History, say: &mut impl FnMut(u8, String)) {
    let mails = history
        .deliveries
        .iter()
        .map(|mail| (history.by.get(mail.to).map_or("", |by| by.as_str()), mail.turn));
    let calls = history.calls.iter().map(|call| ("line", call.turn));
    for (channel, turn) in mails.chain(calls) {
        let stopped = history.channel_stops.iter().filter(|stop| stop.channel == channel).any(|stop| {
            let (from, beside) = stop.from;
            turn >= from + u32::from(beside) && stop.until.is_none_or(|until| turn < until)
        });
        if stopped {
            say(8, format!("something was sent by {channel} in turn {turn}, and officers had stopped that"));
        }
    }
}

/// 7.
pub fn after_the_hold(history: &History, say: &mut impl FnMut(u8, String)) {
    for (id, turn, moment) in sendings(history) {
        let approved = history.notices.get(&id).and_then(|notice| notice.approved);
        match approved {
            Some((since, held_until)) if turn >= since && moment >= held_until => {}
            other => say(7, format!("{id} was sent in turn {turn}, approved {other:?}")),
        }
    }
    for (id, notice) in history.notices.iter().filter(|(_, notice)| notice.approved.is_some()) {
        let needed = match notice.kind {
            domain::notice::NoticeKind::Alert => history.rules.approvals as usize,
            domain::notice::NoticeKind::Cluster => 1,
        };
        let given = notice.acts.iter().filter(|(act, _)| *act == crate::history::Act::Approved).count();
        if given < needed {
            say(7, format!("{id} is approved by {given} officers of {needed}"));
        }
    }
}

/// 8.
pub fn nothing_after_stop(history: &History, say: &mut impl FnMut(u8, String)) {
    for (id, turn, _) in sendings(history) {
        let late = match history.notices.get(&id).and_then(|notice| notice.stopped) {
            Some((stopped, true)) => turn > stopped,
            Some((stopped, false)) => turn >= stopped,
            None => false,
        };
        if late {
            say(8, format!("{id} was stopped and sent in turn {turn}"));
        }
    }
}

/// 9.
pub fn all_settled(history: &History, say: &mut impl FnMut(u8, String)) {
    let Some(calm) = history.last_calm() else { return };
    for (id, notice) in &history.notices {
        let over = matches!(notice.state, NoticeState::Settled | NoticeState::Stopped);
        if notice.approved.is_some() && !over {
            say(9, format!("{id} was approved and is {:?}", notice.state));
        }
        // Messages that went with their day wait for nothing.
        let lives = |row: &Row| {
            let at = history.check_in(row.nonce).map(|sent| sent.at.1);
            at.is_some_and(|day| calm.days.get(&day).is_some_and(|day| !day.erased))
        };
        let waiting = history.rows.values().filter(|row| row.notice == *id && row.state == "waiting");
        let waiting = waiting.filter(|row| lives(row)).count();
        if over && waiting > 0 {
            say(9, format!("{id} is {:?} and {waiting} messages wait", notice.state));
        }
    }
}

/// 10.
pub fn doubled_only_for_a_reason(history: &History, say: &mut impl FnMut(u8, String)) {
    let mut copies: BTreeMap<[u8; 16], (usize, usize)> = BTreeMap::new();
    for mail in &history.deliveries {
        let counted = copies.entry(mail.message).or_default();
        counted.0 += 1;
        counted.1 += usize::from(mail.answer_lost || history.killed.contains(&mail.turn));
    }
    for (message, (times, excused)) in copies {
        if times > 1 + excused {
            let row = history.rows.get(&message);
            say(10, format!("a mail came {times} times, {excused} of them for a reason: {row:?}"));
        }
    }
    chats(history, say);
    let mut confirmed: BTreeMap<CheckInNonce, (usize, usize)> = BTreeMap::new();
    for confirmation in &history.confirmations {
        let counted = confirmed.entry(confirmation.nonce).or_default();
        counted.0 += 1;
        counted.1 += usize::from(confirmation.answer_lost || history.killed.contains(&confirmation.turn));
    }
    for (times, excused) in confirmed.into_values().filter(|(times, excused)| *times > 1 + excused) {
        say(10, format!("a confirmation came {times} times, {excused} of them for a reason"));
    }
}

fn chats(history: &History, say: &mut impl FnMut(u8, String)) {
    let Some(calm) = history.last_calm() else { return };
    for (who, messages) in &calm.chats {
        let own: Vec<&Row> = history
            .rows
            .values()
            .filter(|row| row.channel == "line" && history.check_in(row.nonce).is_some_and(|s| s.who == *who))
            .collect();
        let sent = own.iter().filter(|row| row.state == "sent").count();
        // LINE knows a key for a day. What was taken before that and goes again later is read twice.
        let late = own.iter().filter(|row| taken_again_late(history, row)).count();
        let fewer = *messages < sent && !history.blocked.contains(who);
        if fewer || *messages > own.len() + late + went_with_their_day(history) {
            say(10, format!("{who} has {messages} messages on LINE; {sent} of {} were sent", own.len()));
        }
    }
}

/// Whether LINE took a row's group twice, more than a day apart.
pub fn taken_again_late(history: &History, row: &Row) -> bool {
    let calls = history.calls.iter().filter(|call| row.group.as_ref() == Some(&call.group));
    let mut moments = calls.map(|call| call.truly);
    let first = moments.next();
    first.zip(moments.next_back()).is_some_and(|(first, last)| last.since(first) >= KEY_LIFE)
}

/// Calls whose rows nobody saw: where a day went in the turn in which they were sent, its rows went with it. Each is at most
/// one message to whoever it was for.
pub fn went_with_their_day(history: &History) -> usize {
    let unseen = |group: &String| !history.rows.values().any(|row| row.group.as_ref() == Some(group));
    let calls =
        history.calls.iter().filter(|call| history.erased_in.contains(&call.turn) && unseen(&call.group));
    calls.count()
}

/// For how long LINE knows a retry key.
const KEY_LIFE: Duration = Duration::from_secs(24 * 3600);
