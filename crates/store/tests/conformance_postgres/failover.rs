//! Two real servers: a synchronous standby takes over while visitors check in, and nothing that was acknowledged is
//! lost or there twice.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::clock::Clock;
use store::check_ins::CheckInQueue;
use store::{Intake, Office};

use crate::postgres_server::relay::{Address, Relay};
use crate::postgres_server::{PostgresServer, QUICK, root_in};
use crate::samples::{NOW, check_in, day, prepared, sorted};

/// A folder that the servers' own user may use.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The addresses of both databases behind the relay, for the worker's role.
fn addresses(folder: &Path, port: u16) {
    for zone in ["intake", "office"] {
        let url = format!("postgres://tadori_worker@127.0.0.1:{port}/kept_{zone}");
        std::fs::write(folder.join(format!("{zone}.url")), url).unwrap();
    }
}

/// Whose word a commit waits for from now on. Only the checkpointer knows it for all, and takes it up in its own time:
/// after the postmaster (whom a new connection has its settings from) has called it, a checkpoint is asked for, and it
/// begins that one with the settings.
async fn wait_for(primary: &PostgresServer, standbys: &str) {
    let asked = format!("alter system set synchronous_standby_names = '{standbys}'");
    primary.administer("postgres", &["set synchronous_commit = local", &asked]).unwrap();
    primary.administer("postgres", &["select pg_reload_conf()"]).unwrap();
    while primary.administer("postgres", &["show synchronous_standby_names"]).unwrap().trim() != standbys {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    primary.administer("postgres", &["checkpoint"]).unwrap();
}

/// What visitors were told.
#[derive(Default)]
struct Told {
    next: AtomicU64,
    enough: AtomicBool,
    thanked: Mutex<BTreeSet<u64>>,
}

impl Told {
    fn thanked(&self) -> usize {
        self.thanked.lock().unwrap().len()
    }

    /// Until so many more were thanked.
    async fn more(&self, many: usize) {
        let until = self.thanked() + many;
        while self.thanked() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A visitor after the other; who is refused tries again with the same form.
    async fn visit(self: Arc<Self>, queue: CheckInQueue) {
        while !self.enough.load(Ordering::SeqCst) {
            let form = self.next.fetch_add(1, Ordering::SeqCst);
            while queue.put(check_in(day(0), 1, form)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            self.thanked.lock().unwrap().insert(form);
        }
    }
}

/// Both databases made empty on a server, and where a store finds them.
async fn migrated(server: &PostgresServer, folder: &Path) -> (Intake, Office) {
    let root = root_in(folder);
    for zone in ["intake", "office"] {
        let empty = format!("create database kept_{zone} owner tadori_worker");
        server.administer("postgres", &[&empty]).unwrap();
    }
    store::backend::migrate(&root).await.unwrap();
    let (intake, office) = (Intake::open(&root).await.unwrap(), Office::open(&root).await.unwrap());
    intake.make_day(&prepared(day(0)), NOW).await.unwrap();
    (intake, office)
}

/// Everybody who was thanked is there, once, and each is to be confirmed.
async fn check(intake: &Intake, told: &Told) {
    let stored = intake.check_ins(day(0), None).await.unwrap();
    let arrivals = intake.arrivals(day(0), i64::MAX, 0).await.unwrap();
    assert_eq!(sorted(&stored), sorted(&arrivals), "each has its confirmation");
    let nonces: BTreeSet<_> = stored.iter().map(|row| row.place.nonce).collect();
    assert_eq!(nonces.len(), stored.len(), "none is there twice");
    for form in told.thanked.lock().unwrap().iter() {
        let nonce = check_in(day(0), 1, *form).place.nonce;
        assert!(nonces.contains(&nonce), "{form} was thanked for and is not there");
    }
}

/// Visitors come, thirty-two at a time, until something has happened that somebody makes happen in between.
async fn visited(queue: CheckInQueue, happens: impl AsyncFnOnce()) -> Arc<Told> {
    let told = Arc::new(Told::default());
    let visitors: Vec<_> = (0..32).map(|_| tokio::spawn(Arc::clone(&told).visit(queue.clone()))).collect();
    told.more(1_000).await;
    happens().await;
    told.more(1_000).await;
    told.enough.store(true, Ordering::SeqCst);
    for visitor in visitors {
        visitor.await.unwrap();
    }
    told
}

/// The primary is killed while it writes, the standby is promoted, and the address that Tadori knows leads to it from
/// then on: as a virtual address, or a proxy that asks, does it. Everybody who was thanked is there, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronous_standby_has_all_that_was_acknowledged() {
    let (one, other, files) = (folder(), folder(), tempfile::tempdir().unwrap());
    let options = format!("-c listen_addresses= {QUICK}");
    let primary = PostgresServer::at(one.path().to_owned(), 5432, &options);
    let standby = primary.standby(other.path().to_owned(), 5432, &options, "other");
    wait_for(&primary, "ANY 1 (other)").await;
    let follows =
        "select count(*) from pg_stat_replication where sync_state = 'quorum' and state = 'streaming'";
    while primary.administer("postgres", &[follows]).unwrap().trim() != "1" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let relay = Relay::to(Address::of(&primary)).await;
    addresses(files.path(), relay.port());
    let (intake, office) = migrated(&primary, files.path()).await;
    let (queue, _writer) = CheckInQueue::start(&intake, Clock::set_to(NOW));
    let told = visited(queue, async || {
        primary.kill();
        standby.promote();
        relay.lead_to(Address::of(&standby));
    })
    .await;
    check(&intake, &told).await;
    // What else a node holds goes on too, over connections made anew.
    office.jobs_succeeded(&["confirm"], NOW).await.unwrap();
    assert_eq!(office.job_successes().await.unwrap().len(), 1);
}

/// Without a standby: the server is killed with all its processes and started again on its own files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_killed_has_all_that_was_acknowledged() {
    let (one, files) = (folder(), tempfile::tempdir().unwrap());
    let options = "-c listen_addresses=";
    let server = PostgresServer::at(one.path().to_owned(), 5432, options);
    let relay = Relay::to(Address::of(&server)).await;
    addresses(files.path(), relay.port());
    let (intake, _office) = migrated(&server, files.path()).await;
    let (queue, _writer) = CheckInQueue::start(&intake, Clock::set_to(NOW));
    let told = visited(queue, async || {
        server.kill();
        server.start_again(options);
    })
    .await;
    check(&intake, &told).await;
}

/// While no standby confirms nobody is thanked: what lies on one machine alone isn't acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_standby_nothing_is_acknowledged() {
    let (one, files) = (folder(), tempfile::tempdir().unwrap());
    let primary = PostgresServer::at(one.path().to_owned(), 5432, &format!("-c listen_addresses= {QUICK}"));
    let relay = Relay::to(Address::of(&primary)).await;
    addresses(files.path(), relay.port());
    let (intake, _office) = migrated(&primary, files.path()).await;
    let (queue, _writer) = CheckInQueue::start(&intake, Clock::set_to(NOW));
    queue.put(check_in(day(0), 1, 1)).await.unwrap();

    wait_for(&primary, "ANY 1 (nobody)").await;
    let waits = tokio::spawn(async move { queue.put(check_in(day(0), 1, 2)).await });
    let waiting = "select count(*) from pg_stat_activity where wait_event = 'SyncRep'";
    while primary.administer("postgres", &[waiting]).unwrap().trim() == "0" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!waits.is_finished());
    wait_for(&primary, "").await;
    waits.await.unwrap().unwrap();
    assert_eq!(intake.count_check_ins(day(0)).await.unwrap(), 2);
}
