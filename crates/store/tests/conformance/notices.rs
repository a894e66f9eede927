//! Notices: what they are about, who approved, how far they have come, and what they leave.

use domain::contact::Channel;
use domain::id::{LeaseId, OfficerId};
use domain::notice::{NoticeKind, NoticeState, Released};
use store::notices::{Expanded, Notice, NoticeDay, Progress};

use crate::samples::{
    NOW, case_id, day, later, notice, notice_day, notice_id, notice_in, put_people, sixteen, venue,
};
use crate::stores::Stores;

const LEASE: LeaseId = LeaseId::from_random([1; 16]);

/// OSK-12, OSK-21: what was proposed is read back whole, with its days and cases.
#[tokio::test]
async fn a_notice_is_read_back_whole() {
    let stores = Stores::new().await;
    let cluster =
        Notice { kind: NoticeKind::Cluster, published: true, created_by: "sato".into(), ..notice(2) };
    let days = [notice_day(1, day(0)), NoticeDay { needed: 0, ..notice_day(2, day(1)) }];
    let mut tx = stores.office.begin().await.unwrap();
    tx.propose_notice(&notice(1), &days[..1], &[case_id(2), case_id(1)]).await.unwrap();
    tx.propose_notice(&cluster, &days, &[case_id(2)]).await.unwrap();
    tx.join_notice(notice_id(2), case_id(3)).await.unwrap();
    tx.join_notice(notice_id(2), case_id(3)).await.unwrap();
    tx.commit().await.unwrap();
    for sent in [notice(1), cluster] {
        let read = stores.office.notice(sent.id).await.unwrap().unwrap();
        assert_eq!(format!("{read:?}"), format!("{sent:?}"));
    }
    let read = stores.office.notice_days(notice_id(2)).await.unwrap();
    assert_eq!(format!("{read:?}"), format!("{days:?}"));
    assert_eq!(stores.office.cases_of_notice(notice_id(1)).await.unwrap(), [case_id(1), case_id(2)]);
    assert_eq!(stores.office.cases_of_notice(notice_id(2)).await.unwrap(), [case_id(2), case_id(3)]);
    let ids = |notices: Vec<Notice>| notices.iter().map(|notice| notice.id).collect::<Vec<_>>();
    assert_eq!(ids(stores.office.notices_of_case(case_id(2)).await.unwrap()), [notice_id(1), notice_id(2)]);
    assert_eq!(
        ids(stores.office.notices(NoticeState::Proposed).await.unwrap()),
        [notice_id(1), notice_id(2)]
    );
    assert_eq!(ids(stores.office.newest_notices(1).await.unwrap()), [notice_id(2)]);
    assert!(stores.office.notices(NoticeState::Approved).await.unwrap().is_empty());
    assert!(stores.office.notice(notice_id(9)).await.unwrap().is_none());
}

/// Alerts about a venue are told with where they stand, the newest first.
#[tokio::test]
async fn alerts_are_told_with_where_they_stand() {
    let stores = Stores::new().await;
    let states = [
        NoticeState::Declined,
        NoticeState::Stopped,
        NoticeState::Proposed,
        NoticeState::Approved,
        NoticeState::Released,
        NoticeState::Settled,
    ];
    let mut expected = Vec::new();
    for (n, state) in (1..).zip(states) {
        expected.insert(0, (notice_in(&stores.office, n, state).await, state));
    }
    let mut tx = stores.office.begin().await.unwrap();
    let alerts = tx.alerts_at(&[venue(1), venue(2)]).await.unwrap();
    let told: Vec<_> = alerts[&venue(1)].iter().map(|at| (at.notice, at.state)).collect();
    assert_eq!(told, expected);
    assert!(!alerts.contains_key(&venue(2)));
}

/// Two people are two people: an officer's second approval is no other officer's (E11).
#[tokio::test]
async fn an_officer_approves_once() {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Proposed).await;
    let other = notice_in(&stores.office, 2, NoticeState::Proposed).await;
    let officer = |n| OfficerId::from_random(sixteen(n));
    let mut tx = stores.office.begin().await.unwrap();
    for (n, at) in [(7, 1), (3, 2), (7, 3)] {
        tx.add_approval(id, officer(n), later(at)).await.unwrap();
    }
    assert_eq!(tx.approvals(id).await.unwrap(), [officer(7), officer(3)]);
    assert!(tx.approvals(other).await.unwrap().is_empty());
    for (n, name) in [(3, "suzuki"), (7, "sato")] {
        let account = store::officers::Officer {
            id: officer(n),
            name: name.into(),
            password_hash: String::new(),
            totp_secret: "".into(),
            totp_step: 0,
            failed: 0,
            locked_until: NOW,
        };
        tx.add_officer(&account, NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    let named = stores.office.named_approvals(id).await.unwrap();
    let expected = [(officer(7), "sato".to_owned(), later(1)), (officer(3), "suzuki".to_owned(), later(2))];
    assert_eq!(named, expected);
}

/// *Stop* during sending: what was sent stays sent, what waits is cancelled with its ciphertext, and the
/// officer sees both in numbers (DESIGN section 9).
#[tokio::test]
async fn stopping_while_it_is_sent_cancels_what_waits() {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    put_people(&stores.office, id, day(0), 0..10).await;
    let claimed = stores.office.claim(LEASE, NOW, 6).await.unwrap();
    stores.office.settle_sent(LEASE, &claimed[..3], later(1)).await.unwrap();
    stores.office.settle_failed(LEASE, &claimed[3], "550 no such user").await.unwrap();
    assert_eq!(
        stores.office.progress(id).await.unwrap(),
        Progress { sent: 3, failed: 1, waiting: 6, cancelled: 0 }
    );

    let mut tx = stores.office.begin().await.unwrap();
    tx.stop(id, "sato", "wrong venue", later(2)).await.unwrap();
    tx.commit().await.unwrap();
    let stopped = Progress { sent: 3, failed: 1, waiting: 0, cancelled: 6 };
    assert_eq!(stores.office.progress(id).await.unwrap(), stopped);
    let read = stores.office.notice(id).await.unwrap().unwrap();
    assert_eq!((read.sent, read.failed, read.last_sent_at), (3, 1, Some(later(1))));
    assert!(!stores.office.may_be_sent(id, Channel::Push, None).await.unwrap());

    // Whoever still holds a claim settles nothing any more, and nobody gets another.
    stores.office.postpone(LEASE, &claimed[4], later(3), "421 busy").await.unwrap();
    stores.office.settle_failed(LEASE, &claimed[5], "550").await.unwrap();
    assert_eq!(stores.office.progress(id).await.unwrap(), stopped);
    assert!(stores.office.claim(LEASE, later(100_000), 100).await.unwrap().is_empty());
    stores.office.checkpoint().await.unwrap();
    for person in 0..10 {
        let sealed = crate::samples::check_in(day(0), 1, person).sealed;
        assert!(stores.files_holding(&sealed).is_empty(), "{person}");
    }
}

/// When everyone was written to, the key goes, and the hashes are noise (DESIGN section 5).
#[tokio::test]
async fn settling_counts_and_removes_the_key() {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    let released = Released::loaded(id);
    put_people(&stores.office, id, day(0), 0..4).await;
    let claimed = stores.office.claim(LEASE, NOW, 10).await.unwrap();
    stores.office.settle_sent(LEASE, &claimed[..3], later(7)).await.unwrap();
    stores.office.settle_failed(LEASE, &claimed[3], "550 no such user").await.unwrap();
    assert!(!stores.files_holding(b"wrapped key").is_empty());
    let mut tx = stores.office.begin().await.unwrap();
    tx.set_expanded(released, venue(1), (day(0), None), Expanded::Done).await.unwrap();
    let progress = tx.settle(released, later(9)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(progress, Progress { sent: 3, failed: 1, waiting: 0, cancelled: 0 });
    let read = stores.office.notice(id).await.unwrap().unwrap();
    assert_eq!((read.state, read.sent, read.failed), (NoticeState::Settled, 3, 1));
    assert_eq!(
        (read.settled_at, read.last_sent_at, read.key_wrapped),
        (Some(later(9)), Some(later(7)), None)
    );
    stores.office.checkpoint().await.unwrap();
    assert!(stores.files_holding(b"wrapped key").is_empty());

    // The measure that officers are held to: from the report to the last message.
    let figures = stores.office.figures().await.unwrap();
    assert_eq!((figures.sent, figures.failed, figures.seconds_to_last_message), (3, 1, vec![7]));
}

/// How far each venue and day of a notice has come is its own.
#[tokio::test]
async fn each_venue_and_day_is_expanded_by_itself() {
    let stores = Stores::new().await;
    let mut tx = stores.office.begin().await.unwrap();
    let days = [notice_day(1, day(0)), notice_day(2, day(0)), notice_day(1, day(1))];
    tx.propose_notice(&notice(1), &days, &[]).await.unwrap();
    tx.propose_notice(&notice(2), &days, &[]).await.unwrap();
    let released = Released::loaded(notice_id(1));
    tx.set_expanded(released, venue(1), (day(0), None), Expanded::Done).await.unwrap();
    tx.set_expanded(released, venue(1), (day(1), None), Expanded::Open).await.unwrap();
    tx.commit().await.unwrap();
    for (n, expected) in [
        (1, [(1, 0, Expanded::Done), (2, 0, Expanded::No), (1, 1, Expanded::Open)]),
        (2, [(1, 0, Expanded::No), (2, 0, Expanded::No), (1, 1, Expanded::No)]),
    ] {
        let read = stores.office.notice_days(notice_id(n)).await.unwrap();
        let mut read: Vec<_> = read.iter().map(|found| (found.day, found.venue, found.expanded)).collect();
        read.sort_by_key(|found| (found.0, found.1));
        assert_eq!(read, expected.map(|(at_venue, on, expanded)| (day(on), venue(at_venue), expanded)));
    }
}
