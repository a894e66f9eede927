//! The outbox: one message a person, held by one sender at a time, and only while its notice is released.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::clock::Instant;
use domain::contact::Channel;
use domain::id::{LeaseId, MessageId};
use domain::notice::{NoticeState, Released};
use store::Office;
use store::leases::RING;
use store::notices::Progress;
use store::outbox::{LEASE, Outgoing, Recipient};

use crate::samples::{NOW, check_in, day, later, notice_in, put_people, sixteen};
use crate::stores::{Raw, Stores};

/// How long a notice is held in these tests.
pub const MINUTE: Duration = Duration::from_secs(60);

fn lease(n: u64) -> LeaseId {
    LeaseId::from_random(sixteen(n))
}

/// When a claim made now has run out.
fn ran_out() -> Instant {
    NOW.plus(LEASE)
}

async fn claim(office: &Office, by: u64, at: Instant, limit: i64) -> Vec<Outgoing> {
    office.claim(lease(by), at, limit).await.expect("claimed")
}

fn people(claimed: &[Outgoing]) -> BTreeSet<[u8; 16]> {
    claimed.iter().map(|outgoing| outgoing.recipient_hash).collect()
}

async fn with_people(people: std::ops::Range<u64>) -> (Stores, domain::id::NoticeId) {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    put_people(&stores.office, id, day(0), people).await;
    (stores, id)
}

/// OSK-16: however many days and venues match, a person is written to once; another notice is another
/// message.
#[tokio::test]
async fn a_person_is_written_to_once() {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    let other = notice_in(&stores.office, 2, NoticeState::Released).await;
    assert_eq!(put_people(&stores.office, id, day(0), 0..3).await, [true; 3]);
    assert_eq!(put_people(&stores.office, id, day(1), 1..5).await, [false, false, true, true]);
    assert_eq!(put_people(&stores.office, other, day(0), 0..1).await, [true]);
    let mut tx = stores.office.begin().await.unwrap();
    let again = tx
        .put_outgoing(
            Released::loaded(id),
            &sixteen(0),
            MessageId::from_random([9; 16]),
            &check_in(day(0), 2, 77),
            NOW,
        )
        .await;
    assert!(!again.unwrap());
    tx.commit().await.unwrap();

    let claimed = claim(&stores.office, 1, NOW, 100).await;
    let of: Vec<_> = claimed.iter().filter(|outgoing| outgoing.notice == id).collect();
    assert_eq!((claimed.len(), of.len()), (6, 5));
    for outgoing in of {
        let person = u64::from_be_bytes(outgoing.recipient_hash[8..].try_into().unwrap());
        let row = check_in(if person < 3 { day(0) } else { day(1) }, 1, person);
        assert_eq!(
            (outgoing.check_in.place, &outgoing.check_in.sealed),
            (row.place, &row.sealed),
            "the first stands"
        );
        assert_eq!((outgoing.message, outgoing.attempts), (MessageId::from_random(sixteen(person)), 1));
    }
}

/// Claims at once, from several processes, never hold one row twice, and together hold every row.
#[tokio::test(flavor = "multi_thread")]
async fn two_senders_never_hold_one_row() {
    let (stores, _) = with_people(0..200).await;
    let mut senders = Vec::new();
    for by in 0..4 {
        let (_, office) = stores.reopened().await;
        senders.push(tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                let claimed = claim(&office, by, NOW, 7).await;
                if claimed.is_empty() {
                    return held;
                }
                assert!(claimed.len() <= 7);
                held.extend(claimed);
            }
        }));
    }
    let mut held = Vec::new();
    for sender in senders {
        held.extend(sender.await.unwrap());
    }
    assert_eq!(held.len(), 200, "none was held twice");
    assert_eq!(people(&held).len(), 200, "and each was held");
}

/// A sender that died: its rows are given out again when its lease has run out, under the same message
/// numbers, and the attempts are counted.
#[tokio::test]
async fn a_lease_that_ran_out_is_given_out_again() {
    let (stores, _) = with_people(0..3).await;
    let first = claim(&stores.office, 1, NOW, 10).await;
    assert_eq!(first.len(), 3);
    let too_early = ran_out().minus(Duration::from_micros(1));
    assert!(claim(&stores.office, 2, too_early, 10).await.is_empty());
    let second = claim(&stores.office, 2, ran_out(), 10).await;
    let messages = |claimed: &[Outgoing]| -> BTreeMap<_, _> {
        claimed.iter().map(|outgoing| (outgoing.recipient_hash, outgoing.message)).collect()
    };
    assert_eq!(messages(&first), messages(&second));
    assert!(second.iter().all(|outgoing| outgoing.attempts == 2));
}

/// When whoever held the leases is known to be dead, its rows are due at once; what was settled or put off
/// stays as it is.
#[tokio::test]
async fn leases_of_the_dead_are_ended() {
    let (stores, id) = with_people(0..5).await;
    let held = claim(&stores.office, 1, NOW, 10).await;
    stores.office.settle_sent(lease(1), &held[..1], NOW).await.unwrap();
    stores.office.settle_failed(lease(1), &held[1], "550").await.unwrap();
    stores.office.postpone(lease(1), &held[2], later(30), "451 later").await.unwrap();
    assert_eq!(stores.office.end_leases().await.unwrap(), 2);
    let again = claim(&stores.office, 2, NOW, 10).await;
    assert_eq!(people(&again), people(&held[3..]));
    let progress = stores.office.progress(id).await.unwrap();
    assert_eq!(progress, Progress { sent: 1, failed: 1, waiting: 3, cancelled: 0 });
    stores.office.settle_sent(lease(2), &again, NOW).await.unwrap();
    assert_eq!(stores.office.end_leases().await.unwrap(), 0);
}

/// Whoever lost the lease settles nothing: not as sent, not as failed, not for later.
#[tokio::test]
async fn a_stale_lease_changes_nothing() {
    let (stores, id) = with_people(0..3).await;
    let stale = claim(&stores.office, 1, NOW, 10).await;
    let held = claim(&stores.office, 2, ran_out(), 10).await;
    stores.office.settle_sent(lease(1), &stale, later(1)).await.unwrap();
    stores.office.settle_failed(lease(1), &stale[0], "550 gone").await.unwrap();
    stores.office.postpone(lease(1), &stale[1], later(9_999), "451 later").await.unwrap();
    assert_eq!(stores.office.progress(id).await.unwrap(), Progress { waiting: 3, ..Progress::default() });
    assert_eq!(stores.office.notice(id).await.unwrap().unwrap().last_sent_at, None);
    assert!(claim(&stores.office, 3, ran_out(), 10).await.is_empty(), "the second still holds them");

    stores.office.settle_sent(lease(2), &held, later(200)).await.unwrap();
    assert_eq!(stores.office.progress(id).await.unwrap(), Progress { sent: 3, ..Progress::default() });
    // What was settled stays settled, also by its own holder.
    stores.office.settle_failed(lease(2), &held[0], "550 gone").await.unwrap();
    stores.office.settle_sent(lease(2), &held, later(300)).await.unwrap();
    assert_eq!(stores.office.progress(id).await.unwrap(), Progress { sent: 3, ..Progress::default() });
    assert_eq!(stores.office.notice(id).await.unwrap().unwrap().last_sent_at, Some(later(200)));
    assert!(claim(&stores.office, 3, later(99_999), 10).await.is_empty());
}

/// A lease that ran out but that nobody took over is still its holder's: a slow mail server's "250" counts.
#[tokio::test]
async fn a_late_answer_counts_while_nobody_else_holds_the_row() {
    let (stores, id) = with_people(0..1).await;
    let held = claim(&stores.office, 1, NOW, 10).await;
    stores.office.settle_sent(lease(1), &held, later(500)).await.unwrap();
    assert_eq!(stores.office.progress(id).await.unwrap(), Progress { sent: 1, ..Progress::default() });
}

/// Nothing goes out before approval, hold and release, and nothing after a stop (DESIGN section 9).
#[tokio::test]
async fn only_a_released_notice_is_sent() {
    for state in [
        NoticeState::Proposed,
        NoticeState::Approved,
        NoticeState::Settled,
        NoticeState::Declined,
        NoticeState::Stopped,
    ] {
        let stores = Stores::new().await;
        let id = notice_in(&stores.office, 1, state).await;
        assert_eq!(put_people(&stores.office, id, day(0), 0..2).await, [false; 2], "{state:?}");
        assert_eq!(stores.office.progress(id).await.unwrap(), Progress::default(), "{state:?}");
        stores.meddle(Raw::Office, &planted_row(id)).await;
        assert!(claim(&stores.office, 1, later(99_999), 10).await.is_empty(), "{state:?}");
        assert!(!stores.office.may_be_sent(id, Channel::Push, None).await.unwrap(), "{state:?}");
        let other = notice_in(&stores.office, 2, NoticeState::Released).await;
        put_people(&stores.office, other, day(0), 2..4).await;
        let claimed = claim(&stores.office, 1, NOW, 10).await;
        assert!(claimed.len() == 2 && claimed.iter().all(|outgoing| outgoing.notice == other), "{state:?}");
        assert!(stores.office.may_be_sent(other, Channel::Push, None).await.unwrap());
    }
}

/// A row that waits and is due, put past the program.
fn planted_row(notice: domain::id::NoticeId) -> String {
    format!(
        "insert into outbox values (x'{notice}', zeroblob(16), zeroblob(16), '{}', 1, 1, zeroblob(16), x'00', \
         'waiting', 0, 0, null, 0, '', '', null, 0)",
        day(0)
    )
}

/// What was on its way when an officer stopped the notice was sent: the officer is told so, and not that
/// it was cancelled (DESIGN section 9: what became of messages is visible in numbers).
#[tokio::test]
async fn what_was_on_its_way_at_the_stop_counts_as_sent() {
    let (stores, id) = with_people(0..6).await;
    let held = claim(&stores.office, 1, NOW, 4).await;
    stores.office.settle_sent(lease(1), &held[..1], later(1)).await.unwrap();
    let mut tx = stores.office.begin().await.unwrap();
    tx.stop(id, "sato", "wrong venue", later(2)).await.unwrap();
    tx.commit().await.unwrap();
    stores.office.settle_sent(lease(2), &held[1..], later(3)).await.unwrap();
    stores.office.settle_sent(lease(1), &held[1..3], later(3)).await.unwrap();
    stores.office.settle_sent(lease(1), &held[1..3], later(4)).await.unwrap();
    let progress = stores.office.progress(id).await.unwrap();
    assert_eq!(progress, Progress { sent: 3, failed: 0, waiting: 0, cancelled: 3 });
    let read = stores.office.notice(id).await.unwrap().unwrap();
    assert_eq!((read.sent, read.last_sent_at), (3, Some(later(3))));
}

/// What the mail server asked to come back for waits until then, to the microsecond, and no longer.
#[tokio::test]
async fn a_postponed_message_waits() {
    let (stores, id) = with_people(0..2).await;
    let held = claim(&stores.office, 1, NOW, 10).await;
    stores.office.postpone(lease(1), &held[0], later(30), "451 later").await.unwrap();
    assert!(claim(&stores.office, 2, later(29), 10).await.is_empty());
    let again = claim(&stores.office, 2, later(30), 10).await;
    assert_eq!(people(&again), people(&held[..1]), "its lease ended with the postponing");
    assert_eq!((again[0].attempts, again[0].message), (2, held[0].message));
    assert_eq!(stores.office.progress(id).await.unwrap(), Progress { waiting: 2, ..Progress::default() });
}

/// More people than a statement names, one of them there twice, one before: each is put, marked and settled once,
/// and nobody under another notice or lease with them.
#[tokio::test]
async fn many_at_once_are_as_many_as_one_by_one() {
    let (stores, id) = with_people(0..1).await;
    let other = notice_in(&stores.office, 2, NoticeState::Released).await;
    put_people(&stores.office, other, day(0), 0..2).await;
    let rows: Vec<_> = (0..150).map(|person| check_in(day(0), 1, person % 149)).collect();
    let people: Vec<Recipient<'_>> = (0..150)
        .zip(&rows)
        .map(|(person, check_in)| {
            let message = MessageId::from_random(sixteen(1_000 + person));
            Recipient { hash: sixteen(person % 149), message, check_in, channel: None }
        })
        .collect();
    let mut tx = stores.office.begin().await.unwrap();
    assert_eq!(tx.put_recipients(Released::loaded(id), &people, NOW).await.unwrap(), 148);
    tx.commit().await.unwrap();

    let held = claim(&stores.office, 1, NOW, 1_000).await;
    let of_other = held.iter().filter(|outgoing| outgoing.notice == other).count();
    assert_eq!((held.len(), of_other), (151, 2));
    stores.office.mark_channel(lease(2), &held, Channel::Line).await.unwrap();
    stores.office.mark_channel(lease(1), &held, Channel::Email).await.unwrap();
    stores.office.settle_sent(lease(2), &held, later(1)).await.unwrap();
    assert_eq!(stores.office.progress(id).await.unwrap().sent, 0, "the rows are another's");
    assert!(stores.office.has_waiting(id).await.unwrap() && stores.office.has_waiting(other).await.unwrap());
    stores.office.settle_sent(lease(1), &held[1..], later(1)).await.unwrap();
    for notice in [id, other] {
        assert_eq!(stores.office.has_waiting(notice).await.unwrap(), held[0].notice == notice);
    }
    let sent = [id, other].map(|notice| held[1..].iter().filter(|row| row.notice == notice).count() as u64);
    for (notice, sent) in [id, other].into_iter().zip(sent) {
        assert_eq!(stores.office.progress(notice).await.unwrap().sent, sent);
    }
    let by_mail = stores.office.channel_progress(id).await.unwrap();
    assert!(by_mail.iter().all(|of| of.channel == Channel::Email.as_str()), "{by_mail:?}");
    stores.office.end_leases().await.unwrap();
    let mut tx = stores.office.begin().await.unwrap();
    tx.set_channel_stop(Channel::Email, true, "sato", later(2)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(claim(&stores.office, 3, later(3), 10).await.is_empty(), "the last one is known to go by mail");
}

/// Who puts a row there may know its channel: it comes back with it, and isn't handed out while that is stopped.
#[tokio::test]
async fn a_row_of_a_known_channel_waits_while_it_is_stopped() {
    let (stores, id) = with_people(0..1).await;
    let row = check_in(day(0), 1, 1);
    let message = MessageId::from_random(sixteen(1));
    let people = [Recipient { hash: sixteen(1), message, check_in: &row, channel: Some(Channel::Email) }];
    for stopped in [true, false] {
        let mut tx = stores.office.begin().await.unwrap();
        tx.put_recipients(Released::loaded(id), &people, NOW).await.unwrap();
        tx.set_channel_stop(Channel::Email, stopped, "sato", NOW).await.unwrap();
        tx.commit().await.unwrap();
        let mut held = stores.office.hold().await.unwrap();
        assert_eq!(held.may_be_sent(id, Channel::Email, None).await.unwrap(), !stopped);
        assert!(held.may_be_sent(id, Channel::Line, None).await.unwrap());
        let claimed = held.claim(lease(1), NOW, 10).await.unwrap();
        let channels: Vec<_> = claimed.iter().map(|row| row.channel).collect();
        assert_eq!(channels, [if stopped { None } else { Some(Channel::Email) }]);
    }
}

/// Workers of several machines: who has the key ring no more sends nothing, by no channel; where nobody ever had it as a lease,
/// there is one worker.
#[tokio::test]
async fn only_the_owner_of_the_ring_sends() {
    let (stores, id) = with_people(0..1).await;
    let may = async |sender: Option<LeaseId>| {
        let mut held = stores.office.hold().await.unwrap();
        let found = held.may_be_sent(id, Channel::Line, sender).await.unwrap();
        for channel in [Channel::Email, Channel::Push] {
            assert_eq!(stores.office.may_be_sent(id, channel, sender).await.unwrap(), found);
        }
        found
    };
    let (one, other) = (Some(lease(1)), Some(lease(2)));
    assert_eq!([may(None).await, may(one).await], [true, true]);
    for owner in [lease(1), lease(2)] {
        let seen = stores.office.lease(RING).await.unwrap();
        assert!(stores.office.take_lease(RING, owner, seen).await.unwrap());
        let found = [may(None).await, may(one).await, may(other).await];
        assert_eq!(found, [false, owner == lease(1), owner == lease(2)]);
    }
    stores.office.let_lease_go(RING, lease(2)).await.unwrap();
    assert_eq!([may(None).await, may(one).await, may(other).await], [true, false, false]);
}

/// A message that isn't due isn't handed out, and those that are longest due come first.
#[tokio::test]
async fn messages_are_handed_out_in_the_order_of_their_time() {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    let mut tx = stores.office.begin().await.unwrap();
    for (person, due) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
        let row = check_in(day(0), 1, person);
        let message = MessageId::from_random(sixteen(person));
        let put = tx.put_outgoing(Released::loaded(id), &sixteen(person), message, &row, later(due)).await;
        assert!(put.unwrap());
    }
    tx.commit().await.unwrap();
    assert!(claim(&stores.office, 1, later(9), 10).await.is_empty());
    for person in [2, 3, 1] {
        assert_eq!(people(&claim(&stores.office, 1, later(30), 1).await), BTreeSet::from([sixteen(person)]));
    }
    assert!(claim(&stores.office, 1, later(39), 1).await.is_empty());
}

/// Once a message was taken or can't be delivered, its ciphertext is gone, from every file; what the
/// server said of a failure stays.
#[tokio::test]
async fn a_settled_row_holds_no_ciphertext() {
    let (stores, id) = with_people(0..3).await;
    let held = claim(&stores.office, 1, NOW, 2).await;
    let sealed: Vec<_> = held.iter().map(|outgoing| outgoing.check_in.sealed.clone()).collect();
    assert!(sealed.iter().all(|sealed| !stores.files_holding(sealed).is_empty()));
    stores.office.settle_sent(lease(1), &held[..1], later(1)).await.unwrap();
    stores.office.settle_failed(lease(1), &held[1], "550 no such user").await.unwrap();
    stores.office.checkpoint().await.unwrap();
    assert!(sealed.iter().all(|sealed| stores.files_holding(sealed).is_empty()));
    assert!(!stores.files_holding(b"550 no such user").is_empty());
    let progress = stores.office.progress(id).await.unwrap();
    assert_eq!(progress, Progress { sent: 1, failed: 1, waiting: 1, cancelled: 0 });
    assert_eq!(claim(&stores.office, 1, NOW, 10).await.len(), 1, "the third is still to be sent");
}
