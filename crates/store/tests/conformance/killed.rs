//! A process that is killed, and a disk that is full: what was acknowledged is there, whole, once.
//!
//! The tests start this very binary again as another process ([`a_process_of_its_own`]), which writes
//! check-ins and prints which were acknowledged and which refused.

use std::collections::BTreeSet;
use std::io::BufReader;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::clock::Clock;
use store::Intake;
use store::check_ins::CheckInQueue;

use crate::samples::{NOW, check_in, day, sorted, store_all};
use crate::stores::Stores;

/// Tells the other process the stores' folder.
const FOLDER: &str = "TADORI_CONFORMANCE_FOLDER";
/// Tells it the number of its first form.
const FIRST: &str = "TADORI_CONFORMANCE_FIRST";
/// Its name as a test.
const NAME: &str = "killed::a_process_of_its_own";

/// The other process. Started by the test runner it has no folder, and nothing to do.
#[test]
fn a_process_of_its_own() {
    let (Ok(folder), Ok(first)) = (std::env::var(FOLDER), std::env::var(FIRST)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(write_for_ever(&crate::stores::root_of(&folder), first.parse().unwrap()));
}

/// Thirty-two visitors at once, each coming back when the last was answered, until one is refused.
async fn write_for_ever(root: &store::Root, first: u64) {
    let intake = Intake::open(root).await.unwrap();
    let (queue, _writer) = CheckInQueue::start(&intake, Clock::set_to(NOW));
    let next = Arc::new(AtomicU64::new(first));
    let visitors: Vec<_> = (0..32)
        .map(|_| {
            let (queue, next) = (queue.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let form = next.fetch_add(1, Ordering::SeqCst);
                    match queue.put(check_in(day(0), 1, form)).await {
                        Ok(()) => println!("stored {form} ."),
                        Err(_) => break println!("refused {form} ."),
                    }
                }
            })
        })
        .collect();
    for visitor in visitors {
        visitor.await.unwrap();
    }
}

/// The command that starts this binary as that process; `before` is put in front of it.
pub fn another_process(stores: &Stores, first: u64, before: &[&str]) -> Command {
    let own = std::env::current_exe().expect("the test's own file");
    let mut command = match before {
        [] => Command::new(own),
        [program, words @ ..] => {
            let mut command = Command::new(program);
            command.args(words).arg(own);
            command
        }
    };
    command
        .args(["--exact", NAME, "--nocapture", "--test-threads=1"])
        .env(FOLDER, stores.folder())
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// The numbers on whole lines that begin with `word`: a line cut short by the kill wasn't said. The test
/// runner's own words may stand before the first.
pub fn said(word: &str, lines: &[String]) -> BTreeSet<u64> {
    let whole = lines.iter().filter_map(|line| line.strip_suffix(" .\n"));
    whole.filter_map(|line| line.rsplit_once(word)?.1.trim().parse().ok()).collect()
}

/// Reads lines until `until` of them were read, or to the end.
pub fn read_lines(from: &mut impl std::io::BufRead, until: usize) -> Vec<String> {
    let mut lines = Vec::new();
    while lines.len() < until {
        let mut line = String::new();
        match from.read_line(&mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => lines.push(line),
        }
    }
    lines
}

pub async fn check(stores: &Stores, stored: &BTreeSet<u64>, refused: &BTreeSet<u64>) {
    let (intake, _) = stores.reopened().await;
    let rows = intake.check_ins(day(0), None).await.unwrap();
    let arrivals = intake.arrivals(day(0), i64::MAX, 0).await.unwrap();
    assert_eq!(sorted(&rows), sorted(&arrivals), "each has its confirmation, written in the same act");
    let found: BTreeSet<_> = sorted(&rows).into_iter().collect();
    assert_eq!(found.len(), rows.len(), "none is there twice");
    for form in stored {
        let row = check_in(day(0), 1, *form);
        assert!(found.contains(&(row.place, row.sealed)), "{form} was acknowledged and is not there");
    }
    for form in refused {
        let row = check_in(day(0), 1, *form);
        assert!(!found.contains(&(row.place, row.sealed)), "{form} was refused and is there");
    }
}

/// DESIGN section 6: killed at any moment, again and again, nothing acknowledged is lost, and a visitor
/// who tries again is stored once.
#[tokio::test]
async fn what_was_acknowledged_outlives_a_kill() {
    let stores = Stores::with_days([day(0)]).await;
    let mut stored = BTreeSet::new();
    for (round, kill_after) in (0..).zip([2, 3, 40, 400, 1_000, 2_500]) {
        let mut child = another_process(&stores, round * 1_000_000, &[]).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut lines = read_lines(&mut output, kill_after + 4);
        child.kill().unwrap();
        lines.extend(read_lines(&mut output, usize::MAX));
        assert!(!child.wait().unwrap().success(), "it didn't end by itself");
        let now = said("stored", &lines);
        assert!(!now.is_empty() && said("refused", &lines).is_empty(), "round {round}: {lines:?}");
        stored.extend(now);
        check(&stores, &stored, &BTreeSet::new()).await;
    }
    let held = stores.intake.count_check_ins(day(0)).await.unwrap();
    let again: Vec<_> = stored.iter().take(1_000).map(|form| check_in(day(0), 1, *form)).collect();
    store_all(&stores.intake, again).await;
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), held);
    assert_eq!(stores.intake.close_day(day(0), NOW).await.unwrap(), held);
}
