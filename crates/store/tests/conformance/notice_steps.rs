//! Each step of a notice from each of its states: it is taken from the right one, and from no other.

use domain::clock::Instant;
use domain::id::{NoticeId, OfficerId};
use domain::notice::{Approved, NoticeState, Released};
use store::{Office, StoreError};

use crate::samples::{NOW, day, later, notice_id, notice_in, put_people, sixteen, venue};
use crate::stores::Stores;

/// C18: the operator's consent is recorded for the venue that it is about, and not once somebody has approved.
#[tokio::test]
async fn consent_comes_before_approval() {
    let stores = Stores::new().await;
    let office = &stores.office;
    let id = notice_in(office, 1, NoticeState::Proposed).await;
    let consent = async |notice, at| {
        let mut tx = office.begin().await.unwrap();
        let result = tx.consent_to_naming(notice, venue(at)).await;
        tx.commit().await.unwrap();
        result
    };
    assert!(matches!(consent(id, 2).await, Err(StoreError::Conflict)), "another venue");
    assert!(!office.notice_days(id).await.unwrap()[0].consent);
    consent(id, 1).await.unwrap();
    assert!(office.notice_days(id).await.unwrap()[0].consent);
    let approved = notice_in(office, 2, NoticeState::Approved).await;
    assert!(matches!(consent(approved, 1).await, Err(StoreError::Conflict)), "decided already");
    let once = notice_in(office, 3, NoticeState::Proposed).await;
    let mut tx = office.begin().await.unwrap();
    tx.add_approval(once, OfficerId::from_random(sixteen(1)), NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(consent(once, 1).await, Err(StoreError::Conflict)), "one of two has approved");
}

const STATES: [NoticeState; 6] = [
    NoticeState::Proposed,
    NoticeState::Approved,
    NoticeState::Released,
    NoticeState::Settled,
    NoticeState::Declined,
    NoticeState::Stopped,
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Approve,
    Decline,
    Stop,
    Release,
    Settle,
}

impl Step {
    const ALL: [Self; 5] = [Self::Approve, Self::Decline, Self::Stop, Self::Release, Self::Settle];

    fn from(self) -> &'static [NoticeState] {
        match self {
            Self::Approve | Self::Decline => &[NoticeState::Proposed],
            Self::Stop => &[NoticeState::Approved, NoticeState::Released],
            Self::Release => &[NoticeState::Approved],
            Self::Settle => &[NoticeState::Released],
        }
    }

    fn to(self) -> NoticeState {
        match self {
            Self::Approve => NoticeState::Approved,
            Self::Decline => NoticeState::Declined,
            Self::Stop => NoticeState::Stopped,
            Self::Release => NoticeState::Released,
            Self::Settle => NoticeState::Settled,
        }
    }
}

async fn take(office: &Office, id: NoticeId, step: Step, by: &str, now: Instant) -> Result<(), StoreError> {
    let mut tx = office.begin().await?;
    match step {
        Step::Approve => tx.approve(Approved::loaded(id, now.plus(crate::outbox::MINUTE)), by, now).await?,
        Step::Decline => tx.decline(id, by, "a reason", now).await?,
        Step::Stop => tx.stop(id, by, "a reason", now).await?,
        Step::Release => tx.release(Released::loaded(id), b"another key", now).await?,
        Step::Settle => _ = tx.settle(Released::loaded(id), now).await?,
    }
    tx.commit().await
}

/// Every step from every state: thirty cases, of which six succeed; a step that is refused changes
/// nothing.
#[tokio::test]
async fn each_step_is_taken_from_its_own_state_only() {
    let stores = Stores::new().await;
    let mut n = 0;
    for state in STATES {
        for step in Step::ALL {
            n += 1;
            let id = notice_in(&stores.office, n, state).await;
            let before = format!("{:?}", stores.office.notice(id).await.unwrap());
            let taken = take(&stores.office, id, step, "suzuki", later(9)).await;
            let after = stores.office.notice(id).await.unwrap().unwrap();
            if step.from().contains(&state) {
                taken.unwrap();
                assert_eq!(after.state, step.to(), "{step:?} from {state:?}");
            } else {
                assert!(matches!(taken, Err(StoreError::Conflict)), "{step:?} from {state:?}: {taken:?}");
                assert_eq!(format!("{:?}", Some(after)), before, "{step:?} from {state:?}");
            }
        }
    }
}

/// No notice, no step.
#[tokio::test]
async fn no_step_is_taken_without_a_notice() {
    let stores = Stores::new().await;
    for step in Step::ALL {
        let taken = take(&stores.office, notice_id(1), step, "sato", later(1)).await;
        assert!(matches!(taken, Err(StoreError::Conflict)), "{step:?}");
    }
}

/// Two officers at once, each with a step of their own: one of them is first, and the other is told.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_officers_at_once_one_is_first() {
    let stores = Stores::new().await;
    let races = [
        (NoticeState::Proposed, [Step::Approve, Step::Approve]),
        (NoticeState::Proposed, [Step::Approve, Step::Decline]),
        (NoticeState::Approved, [Step::Release, Step::Release]),
        (NoticeState::Released, [Step::Settle, Step::Stop]),
        (NoticeState::Approved, [Step::Stop, Step::Stop]),
    ];
    for (n, (state, steps)) in (1..).zip(races) {
        let id = notice_in(&stores.office, n, state).await;
        let officers = ["sato", "suzuki"];
        let taken: Vec<_> = steps
            .into_iter()
            .zip(officers)
            .map(|(step, by)| {
                let office = stores.office.clone();
                tokio::spawn(async move { take(&office, id, step, by, later(n)).await })
            })
            .collect();
        let mut first = Vec::new();
        for ((step, by), taken) in steps.into_iter().zip(officers).zip(taken) {
            match taken.await.unwrap() {
                Ok(()) => first.push((step, by)),
                Err(error) => assert!(matches!(error, StoreError::Conflict), "{error}"),
            }
        }
        let [(step, by)] = first[..] else { panic!("{steps:?}: {first:?}") };
        let after = stores.office.notice(id).await.unwrap().unwrap();
        assert_eq!(after.state, step.to());
        if !matches!(step, Step::Release | Step::Settle) {
            assert_eq!(after.decided_by, by);
        }
    }
}

/// A step writes down who, when and why, and the officers' pages read it back.
#[tokio::test]
async fn a_step_writes_down_who_when_and_why() {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Proposed).await;
    take(&stores.office, id, Step::Approve, "suzuki", later(5)).await.unwrap();
    let read = stores.office.notice(id).await.unwrap().unwrap();
    assert_eq!((read.decided_by.as_str(), read.decided_at), ("suzuki", Some(later(5))));
    assert_eq!((read.release_at, read.released_at, read.key_wrapped), (Some(later(65)), None, None));
    take(&stores.office, id, Step::Release, "worker", later(70)).await.unwrap();
    let read = stores.office.notice(id).await.unwrap().unwrap();
    assert_eq!((read.released_at, read.key_wrapped), (Some(later(70)), Some(b"another key".to_vec())));
    put_people(&stores.office, id, day(0), 0..3).await;
    take(&stores.office, id, Step::Stop, "sato", later(80)).await.unwrap();
    let read = stores.office.notice(id).await.unwrap().unwrap();
    assert_eq!((read.decided_by.as_str(), read.reason.as_str()), ("sato", "a reason"));
    assert_eq!((read.decided_at, read.key_wrapped), (Some(later(80)), None), "with the notice its key ends");
}
