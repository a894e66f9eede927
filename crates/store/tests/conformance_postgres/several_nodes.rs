//! Several nodes on one pair of databases: what on SQLite the one writer's lock keeps apart must be kept apart
//! here by the statements themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::clock::Clock;
use domain::id::{LeaseId, MessageId};
use domain::ledger::{Act, Entry};
use domain::notice::NoticeState;
use store::Office;
use store::check_ins::CheckInQueue;
use store::ledger::Verified;
use store::outbox::Outgoing;

use crate::samples::{NOW, check_in, day, later, notice_in, put_people, sixteen, sorted};
use crate::stores::Stores;

fn lease(n: u64) -> LeaseId {
    LeaseId::from_random(sixteen(n))
}

fn people(claimed: &[Outgoing]) -> BTreeSet<[u8; 16]> {
    claimed.iter().map(|outgoing| outgoing.recipient_hash).collect()
}

/// Four workers claim at once: each recipient is one worker's, and all are somebody's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_claim_each_recipient_once() {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    assert!(put_people(&stores.office, id, day(0), 0..120).await.iter().all(|put| *put));
    let mut workers = Vec::new();
    for worker in 0..4 {
        let (_, office) = stores.reopened().await;
        workers.push(tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = office.claim(lease(worker), NOW, 10).await.unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed);
            }
        }));
    }
    let mut all = BTreeSet::new();
    for worker in workers {
        let mine = worker.await.unwrap();
        assert!(people(&mine).is_disjoint(&all) && people(&mine).len() == mine.len());
        all.extend(people(&mine));
    }
    // Rows that another was just choosing are skipped, so an empty hand isn't the end of all.
    all.extend(people(&stores.office.claim(lease(9), NOW, 200).await.unwrap()));
    assert_eq!(all.len(), 120);
}

/// A group is one worker's, whole: LINE would take the rest for delivered.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_group_is_claimed_by_one_and_whole() {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    put_people(&stores.office, id, day(0), 0..90).await;
    let rows = stores.office.claim(lease(0), NOW, 90).await.unwrap();
    for (key, rows) in (0..).zip(rows.chunks(30)) {
        let key = MessageId::from_random(sixteen(1_000 + key));
        stores.office.group(lease(0), rows, domain::contact::Channel::Line, key).await.unwrap();
    }
    let mut workers = Vec::new();
    for worker in 1..=6 {
        let (_, office) = stores.reopened().await;
        workers.push(tokio::spawn(async move { office.claim_group(lease(worker), later(1)).await.unwrap() }));
    }
    let mut keys = BTreeSet::new();
    for worker in workers {
        if let Some(group) = worker.await.unwrap() {
            assert_eq!(people(&group.rows).len(), 30);
            assert!(keys.insert(*group.key.as_bytes()), "a group was claimed twice");
        }
    }
    assert_eq!(keys.len(), 3);
}

/// Acts of the office that happen at once leave one chain.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn entries_made_at_once_are_one_chain() {
    let stores = Stores::new().await;
    let record = async |office: Office, n: u64| {
        let entry = Entry {
            at: later(n),
            actor: "sato".into(),
            act: Act::CaseEntered,
            subject: n.to_string(),
            detail: String::new(),
        };
        office.record(&entry).await
    };
    let mut tasks = Vec::new();
    for n in 0..40 {
        let office = stores.office.clone();
        tasks.push(tokio::spawn(async move { record(office, n).await }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert!(matches!(stores.office.verify_ledger().await.unwrap(), Verified::Whole { entries: 40, .. }));
}

/// Three web nodes, to which the same forms are sent, while the worker confirms: each form is one row and is
/// confirmed once, though no web node may look what is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn web_nodes_double_nothing() {
    let stores = Arc::new(Stores::with_days([day(0)]).await);
    let mut queues = Vec::new();
    for _ in 0..3 {
        let (intake, _) = stores.reopened().await;
        queues.push(CheckInQueue::start(&intake, Clock::set_to(NOW)).0);
    }
    let mut confirmed = BTreeSet::new();
    for round in 0..3 {
        let mut tasks = Vec::new();
        for form in 0..(100 * (round + 1)) {
            for queue in &queues {
                let queue = queue.clone();
                tasks.push(tokio::spawn(async move { queue.put(check_in(day(0), 1, form)).await }));
            }
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let arrivals = stores.intake.arrivals(day(0), 10_000, 0).await.unwrap();
        let places: Vec<_> = arrivals.iter().map(|row| row.place).collect();
        assert_eq!(places.len(), 100, "round {round}: only the new ones are still to be confirmed");
        stores.intake.end_arrivals(day(0), &places).await.unwrap();
        assert!(sorted(&arrivals).into_iter().all(|row| confirmed.insert(row)), "confirmed twice");
    }
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), 300);
    assert_eq!(stores.intake.count_arrivals(day(0)).await.unwrap(), 0);
}
