//! Groups of the outbox and stopped channels: a group goes whole or not at all, a stopped channel loses nobody.

use std::time::Duration;

use domain::clock::Clock;
use domain::contact::Channel;
use domain::id::{LeaseId, MessageId};
use domain::notice::NoticeState;
use store::channels::Group;
use store::outbox::{LEASE, LOOK_COUNTS};

use crate::samples::{NOW, day, notice_in, put_people, sixteen};
use crate::stores::Stores;

const HOUR: Duration = Duration::from_secs(3600);

fn lease(n: u64) -> LeaseId {
    LeaseId::from_random(sixteen(n))
}

fn key(n: u64) -> MessageId {
    MessageId::from_random(sixteen(n))
}

/// Five people, of whom the first three were put into one group.
async fn grouped() -> (Stores, domain::id::NoticeId) {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    put_people(&stores.office, id, day(0), 0..5).await;
    let claimed = stores.office.claim(lease(1), NOW, 100).await.unwrap();
    stores.office.group(lease(1), &claimed[..3], Channel::Line, key(7)).await.unwrap();
    stores.office.mark_channel(lease(1), &claimed[3..], Channel::Email).await.unwrap();
    for outgoing in &claimed[3..] {
        stores.office.give_back(lease(1), outgoing, NOW).await.unwrap();
    }
    (stores, id)
}

/// A group is claimed whole under its key; single rows never contain one of it.
#[tokio::test]
async fn a_group_is_claimed_whole() {
    let (stores, _) = grouped().await;
    assert_eq!(stores.office.claim(lease(2), NOW, 100).await.unwrap().len(), 2);
    let Group { key: found, since, rows } = stores.office.claim_group(lease(3), NOW).await.unwrap().unwrap();
    assert_eq!((found, since, rows.len()), (key(7), NOW, 3));
    assert!(rows.iter().all(|row| row.attempts == 1), "sorting was no attempt");
    assert!(stores.office.claim_group(lease(4), NOW).await.unwrap().is_none(), "one lease at a time");
    // Its holder died: whole again, though one row had been written down otherwise.
    stores.office.postpone(lease(3), &rows[0], NOW.plus(LEASE * 9), "later").await.unwrap();
    let then = NOW.plus(LEASE);
    let Group { key: found, since, rows: again } =
        stores.office.claim_group(lease(5), then).await.unwrap().unwrap();
    assert_eq!((found, since, again.len()), (key(7), NOW, 3), "since the first claim");
    stores.office.settle_sent(lease(5), &again, then).await.unwrap();
    assert!(stores.office.claim_group(lease(6), then.plus(LEASE * 10)).await.unwrap().is_none());
}

/// Since when a group may have been taken: a claim that was given back unsent leaves no trace, one that counts does,
/// and rows that go on under a key of their own begin anew.
#[tokio::test]
async fn a_group_knows_since_when_it_may_have_been_taken() {
    let (stores, _) = grouped().await;
    let claim = async |n: u64, at| stores.office.claim_group(lease(n), at).await.unwrap().unwrap();
    let give_back = async |n: u64, group: &Group, due| {
        for row in &group.rows {
            stores.office.give_back(lease(n), row, due).await.unwrap();
        }
    };
    let unsent = claim(3, NOW).await;
    let (later, much_later) = (NOW.plus(HOUR), NOW.plus(HOUR * 2));
    give_back(3, &unsent, later).await;
    let tried = claim(4, later).await;
    assert_eq!(tried.since, later);
    for row in &tried.rows {
        stores.office.postpone(lease(4), row, much_later, "500").await.unwrap();
    }
    give_back(5, &claim(5, much_later).await, much_later).await;
    let again = claim(6, much_later).await;
    assert_eq!(again.since, later, "a claim in vain doesn't undo the one that counted");
    stores.office.group(lease(6), &again.rows[..1], Channel::Line, key(8)).await.unwrap();
    let alone = claim(7, much_later).await;
    assert_eq!((alone.key, alone.since, alone.rows.len()), (key(8), much_later, 1));
}

/// Nothing of a group goes while its notice is stopped.
#[tokio::test]
async fn a_group_goes_only_while_its_notice_is_released() {
    let (stores, id) = grouped().await;
    let mut tx = stores.office.begin().await.unwrap();
    tx.stop(id, "sato", "", NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert!(stores.office.claim_group(lease(3), NOW).await.unwrap().is_none());
}

/// Who is told that something was stopped can rely on it: for so long a worker may act on what it found before.
#[tokio::test]
async fn a_stop_is_over_when_no_look_counts_any_more() {
    let (stores, id) = grouped().await;
    let clock = Clock::system();
    for channel in [false, true] {
        let mut tx = stores.office.begin().await.unwrap();
        match channel {
            false => tx.stop(id, "sato", "", NOW).await.unwrap(),
            true => assert!(tx.set_channel_stop(Channel::Email, true, "sato", NOW).await.unwrap()),
        }
        let stopped = clock.ran_for().unwrap();
        tx.commit().await.unwrap();
        assert!(clock.ran_for().unwrap() - stopped >= LOOK_COUNTS, "{channel}");
    }
}

/// A stopped channel's rows aren't given out, the other's are; put in use again, nobody is missing.
#[tokio::test]
async fn a_stopped_channel_keeps_its_rows() {
    let (stores, _) = grouped().await;
    let stop = async |channel, stopped| {
        let mut tx = stores.office.begin().await.unwrap();
        let changed = tx.set_channel_stop(channel, stopped, "sato", NOW).await.unwrap();
        tx.commit().await.unwrap();
        changed
    };
    assert!(!stop(Channel::Line, false).await, "it was in use");
    assert!(stop(Channel::Line, true).await && !stop(Channel::Line, true).await);
    assert!(stores.office.is_stopped(Channel::Line).await.unwrap());
    assert!(stores.office.claim_group(lease(3), NOW).await.unwrap().is_none());
    assert!(stop(Channel::Email, true).await);
    assert!(stores.office.claim(lease(4), NOW, 100).await.unwrap().is_empty());
    let waiting = stores.office.waiting_by_channel().await.unwrap();
    assert_eq!(waiting, [("line".to_owned(), 3), ("mail".to_owned(), 2)]);
    assert!(stop(Channel::Line, false).await && stop(Channel::Email, false).await);
    assert_eq!(stores.office.claim(lease(5), NOW, 100).await.unwrap().len(), 2);
    assert_eq!(stores.office.claim_group(lease(6), NOW).await.unwrap().unwrap().rows.len(), 3);
}

/// Who blocked the account is counted apart, among those who weren't reached.
#[tokio::test]
async fn figures_are_kept_by_channel() {
    let (stores, id) = grouped().await;
    let Group { rows, .. } = stores.office.claim_group(lease(3), NOW).await.unwrap().unwrap();
    stores.office.settle_blocked(lease(3), &rows[0]).await.unwrap();
    stores.office.settle_unknown(lease(3), &rows[1]).await.unwrap();
    stores.office.settle_sent(lease(3), &rows[2..], NOW).await.unwrap();
    let progress = stores.office.channel_progress(id).await.unwrap();
    let figures: Vec<_> = progress
        .iter()
        .map(|one| (one.channel.as_str(), one.waiting, one.sent, one.failed, one.blocked, one.unknown))
        .collect();
    assert_eq!(figures, [("line", 0, 1, 2, 1, 1), ("mail", 2, 0, 0, 0, 0)]);
    assert_eq!(stores.office.progress(id).await.unwrap().failed, 2);
}

/// Mails that a worker had in its hands when it ended are held: they end as unknown. What it had given back waits on,
/// and so does a group, whose key tells a repeat.
#[tokio::test]
async fn mails_of_a_worker_that_ended_are_held() {
    let (stores, id) = grouped().await;
    let rows = stores.office.claim(lease(2), NOW, 1).await.unwrap();
    let _group = stores.office.claim_group(lease(3), NOW).await.unwrap().unwrap();
    assert_eq!((rows.len(), stores.office.settle_lost_mails().await.unwrap()), (1, 1));
    assert_eq!(stores.office.settle_lost_mails().await.unwrap(), 0);
    let found = stores.office.channel_progress(id).await.unwrap();
    let mail = found.iter().find(|one| one.channel == Channel::Email.as_str()).unwrap();
    let line = found.iter().find(|one| one.channel == Channel::Line.as_str()).unwrap();
    assert_eq!((mail.failed, mail.unknown, mail.waiting), (1, 1, 1));
    assert_eq!((line.failed, line.waiting), (0, 3));
    stores.office.settle_sent(lease(2), &rows, NOW).await.unwrap();
    assert_eq!(stores.office.progress(id).await.unwrap().sent, 0, "its holder is dead");
}
