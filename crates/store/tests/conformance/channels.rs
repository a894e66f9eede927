//! Groups of the outbox and stopped channels: a group goes whole or not at all, a stopped channel loses nobody.

use domain::contact::Channel;
use domain::id::{LeaseId, MessageId};
use domain::notice::NoticeState;
use store::outbox::LEASE;

use crate::samples::{NOW, day, notice_in, put_people, sixteen};
use crate::stores::Stores;

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
    let (found, rows) = stores.office.claim_group(lease(3), NOW).await.unwrap().unwrap();
    assert_eq!((found, rows.len()), (key(7), 3));
    assert!(rows.iter().all(|row| row.attempts == 1), "sorting was no attempt");
    assert!(stores.office.claim_group(lease(4), NOW).await.unwrap().is_none(), "one lease at a time");
    // Its holder died: whole again, though one row had been written down otherwise.
    stores.office.postpone(lease(3), &rows[0], NOW.plus(LEASE * 9), "later").await.unwrap();
    let then = NOW.plus(LEASE);
    let (found, again) = stores.office.claim_group(lease(5), then).await.unwrap().unwrap();
    assert_eq!((found, again.len()), (key(7), 3));
    stores.office.settle_sent(lease(5), &again, then).await.unwrap();
    assert!(stores.office.claim_group(lease(6), then.plus(LEASE * 10)).await.unwrap().is_none());
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
    assert_eq!(stores.office.claim_group(lease(6), NOW).await.unwrap().unwrap().1.len(), 3);
}

/// Who blocked the account is counted apart, among those who weren't reached.
#[tokio::test]
async fn figures_are_kept_by_channel() {
    let (stores, id) = grouped().await;
    let (_, rows) = stores.office.claim_group(lease(3), NOW).await.unwrap().unwrap();
    stores.office.settle_blocked(lease(3), &rows[0]).await.unwrap();
    stores.office.settle_sent(lease(3), &rows[1..], NOW).await.unwrap();
    let progress = stores.office.channel_progress(id).await.unwrap();
    let figures: Vec<_> = progress
        .iter()
        .map(|one| (one.channel.as_str(), one.waiting, one.sent, one.failed, one.blocked))
        .collect();
    assert_eq!(figures, [("line", 0, 2, 1, 1), ("mail", 2, 0, 0, 0)]);
    assert_eq!(stores.office.progress(id).await.unwrap().failed, 1);
}
