//! The outbox against a plain model: whatever workers claim, give back, settle or forget, in whatever order, and
//! whenever an officer stops it.

use std::collections::BTreeMap;

use domain::id::{LeaseId, NoticeId};
use domain::notice::NoticeState;
use proptest::collection::vec;
use proptest::prelude::*;
use store::notices::Progress;
use store::outbox::{LEASE, Outgoing};

use crate::samples::{NOW, day, later, notice_in, put_people, put_people_together, sixteen};
use crate::stores::Stores;

const WORKERS: u64 = 3;

#[derive(Clone, Debug)]
enum Step {
    Put(u64),
    Claim(u64, i64),
    /// A worker ends so many of the rows that it ever claimed, the newest first, in one of four ways.
    End(u64, usize, End),
    EndLeases,
    Pass(u64),
    /// What waits for longer than so many seconds is due.
    Hurry(u64),
    Stop,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Sent,
    Failed,
    GivenBack(u64),
    Postponed(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Sent,
    Failed,
    Cancelled,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    state: State,
    attempts: u32,
    due: u64,
    worker: Option<u64>,
    held_until: u64,
}

#[derive(Default)]
struct Model {
    now: u64,
    stopped: bool,
    rows: BTreeMap<[u8; 16], Row>,
}

impl Model {
    /// The dues of the rows that may be claimed, ascending.
    fn claimable(&self) -> Vec<u64> {
        let mut dues: Vec<_> =
            self.rows.values().filter(|row| self.is_claimable(row)).map(|row| row.due).collect();
        dues.sort_unstable();
        dues
    }

    fn is_claimable(&self, row: &Row) -> bool {
        !self.stopped && row.state == State::Waiting && row.due <= self.now && row.held_until <= self.now
    }

    fn end(&mut self, worker: u64, person: &[u8; 16], end: End) {
        let now = self.now;
        let Some(row) = self.rows.get_mut(person).filter(|row| row.worker == Some(worker)) else { return };
        match (end, row.state) {
            (End::Sent, State::Waiting | State::Cancelled) => row.state = State::Sent,
            (End::Failed, State::Waiting) => row.state = State::Failed,
            (End::GivenBack(after), State::Waiting) if row.held_until > 0 => {
                row.due = now + after;
                row.attempts -= 1;
            }
            (End::Postponed(after), State::Waiting) => row.due = now + after,
            _ => return,
        }
        row.held_until = 0;
    }

    fn progress(&self) -> Progress {
        let count = |state| self.rows.values().filter(|row| row.state == state).count() as u64;
        Progress {
            sent: count(State::Sent),
            failed: count(State::Failed),
            waiting: count(State::Waiting),
            cancelled: count(State::Cancelled),
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let end = prop_oneof![
        4 => Just(End::Sent),
        1 => Just(End::Failed),
        1 => (0..900u64).prop_map(End::GivenBack),
        2 => (0..900u64).prop_map(End::Postponed),
    ];
    prop_oneof![
        3 => (0..40u64).prop_map(Step::Put),
        6 => (0..WORKERS, 1..20i64).prop_map(|(worker, limit)| Step::Claim(worker, limit)),
        6 => (0..WORKERS, 1..15usize, end).prop_map(|(worker, rows, end)| Step::End(worker, rows, end)),
        1 => Just(Step::EndLeases),
        3 => (1..700u64).prop_map(Step::Pass),
        1 => (0..900u64).prop_map(Step::Hurry),
        1 => Just(Step::Stop),
    ]
}

fn lease(worker: u64) -> LeaseId {
    LeaseId::from_random(sixteen(900 + worker))
}

async fn end(stores: &Stores, worker: u64, row: &Outgoing, end: End, now: u64) {
    let (office, lease) = (&stores.office, lease(worker));
    let ended = match end {
        End::Sent => office.settle_sent(lease, std::slice::from_ref(row), later(now)).await,
        End::Failed => office.settle_failed(lease, row, "550").await,
        End::GivenBack(after) => office.give_back(lease, row, later(now + after)).await,
        End::Postponed(after) => office.postpone(lease, row, later(now + after), "451").await,
    };
    ended.expect("ended");
}

async fn walk(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    let mut model = Model::default();
    let mut claimed: BTreeMap<u64, Vec<Outgoing>> = BTreeMap::new();
    let mut next = 0;
    for step in steps {
        match step {
            Step::Put(people) => {
                // Two of those who are there already are put again: one row a person.
                let first = next.max(2) - 2;
                let all = first..next + people;
                let expected: Vec<_> = all.clone().map(|one| !model.stopped && one >= next).collect();
                if people % 2 == 0 {
                    prop_assert_eq!(put_people(&stores.office, id, day(0), all).await, expected);
                } else {
                    let new = expected.iter().filter(|new| **new).count() as u64;
                    prop_assert_eq!(put_people_together(&stores.office, id, day(0), all).await, new);
                }
                for person in (next..next + people).filter(|_| !model.stopped) {
                    let new = Row { state: State::Waiting, attempts: 0, due: 0, worker: None, held_until: 0 };
                    model.rows.insert(sixteen(person), new);
                }
                next += if model.stopped { 0 } else { people };
            }
            Step::Claim(worker, limit) => {
                claim(&stores, &mut model, worker, limit, claimed.entry(worker).or_default()).await?;
            }
            Step::End(worker, rows, how) => {
                for row in claimed.get(&worker).into_iter().flatten().rev().take(rows) {
                    end(&stores, worker, row, how, model.now).await;
                    model.end(worker, &row.recipient_hash, how);
                }
            }
            Step::EndLeases => {
                let held = |row: &&mut Row| row.state == State::Waiting && row.held_until > 0;
                let ended = model.rows.values_mut().filter(held).map(|row| row.held_until = 0).count() as u64;
                prop_assert_eq!(stores.office.end_leases().await.expect("ended"), ended);
            }
            Step::Pass(seconds) => model.now += seconds,
            Step::Hurry(seconds) => {
                let (now, latest) = (model.now, model.now + seconds);
                let late = |row: &&mut Row| row.state == State::Waiting && row.due > latest;
                let moved = model.rows.values_mut().filter(late).map(|row| row.due = now).count() as u64;
                let hurried = stores.office.hurry_outbox(later(latest), later(now)).await;
                prop_assert_eq!(hurried.expect("hurried"), moved);
            }
            Step::Stop => stop(&stores, &mut model, id).await?,
        }
        let progress = model.progress();
        let waiting = stores.office.has_waiting(id).await.expect("looked");
        prop_assert_eq!(waiting, progress.waiting > 0);
        prop_assert_eq!(stores.office.progress(id).await.expect("counted"), progress);
    }
    Ok(())
}

/// Any of those that are due longest may be handed out, if several are due alike.
async fn claim(
    stores: &Stores,
    model: &mut Model,
    worker: u64,
    limit: i64,
    mine: &mut Vec<Outgoing>,
) -> Result<(), TestCaseError> {
    let now = later(model.now);
    let found = stores.office.claim(lease(worker), now, limit).await.expect("claimed");
    let mut expected = model.claimable();
    expected.truncate(usize::try_from(limit).expect("small"));
    let mut dues = Vec::new();
    for outgoing in &found {
        let claimable = model.rows.get(&outgoing.recipient_hash).is_some_and(|row| model.is_claimable(row));
        prop_assert!(claimable, "{:?}", outgoing);
        let Some(row) = model.rows.get_mut(&outgoing.recipient_hash) else { continue };
        dues.push(row.due);
        (row.worker, row.held_until) = (Some(worker), model.now + LEASE.as_secs());
        row.attempts += 1;
        prop_assert_eq!(outgoing.attempts, row.attempts);
    }
    dues.sort_unstable();
    prop_assert_eq!(dues, expected);
    mine.extend(found);
    Ok(())
}

async fn stop(stores: &Stores, model: &mut Model, id: NoticeId) -> Result<(), TestCaseError> {
    let mut tx = stores.office.begin().await.expect("begun");
    let stopped = tx.stop(id, "sato", "wrong venue", NOW).await;
    prop_assert_eq!(stopped.is_ok(), !model.stopped);
    if stopped.is_ok() {
        tx.commit().await.expect("committed");
    }
    model.stopped = true;
    for row in model.rows.values_mut().filter(|row| row.state == State::Waiting) {
        row.state = State::Cancelled;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// A person is one row, claimed by one worker at a time and settled by that one; nothing is handed out that
    /// isn't due, is held, or was stopped.
    #[test]
    fn the_outbox_does_what_a_map_does(steps in vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(walk(steps))?;
    }
}
