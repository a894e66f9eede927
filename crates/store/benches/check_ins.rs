//! How many check-ins a second are durable before they are acknowledged: `cargo bench -p store`.
//!
//! The disk's flush decides, not the program: run it on the disk that the store will lie on. GROUNDWORK
//! measured, with one statement a group: one visitor 5,385 rows/s, 100 rows together 190,000.

use std::time::{Duration, Instant};

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Clock;
use domain::id::VenueId;
use domain::service_day::ServiceDay;
use store::Intake;
use store::check_ins::{CheckInQueue, SealedCheckIn};
use store::days::{Day, DayState};

/// How long each figure is measured.
const LONG: Duration = Duration::from_secs(4);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder for the store");
    let root = store::Root::new(folder.path());
    store::backend::migrate(&root).await.expect("a store");
    let intake = Intake::open(&root).await.expect("it opens");
    let mut day = ServiceDay::parse("2026-11-22").expect("a day");
    for visitors in [1, 8, 64, 256, 1_024] {
        day = day.plus_days(1);
        one_by_one(&intake, day, visitors).await;
    }
    for group in [10, 100, 1_000] {
        day = day.plus_days(1);
        together(&intake, day, group).await;
    }
    close(&intake, day).await;
}

/// So many visitors, each coming back as soon as the last check-in was acknowledged.
async fn one_by_one(intake: &Intake, day: ServiceDay, visitors: u64) {
    let (queue, clock) = prepared(intake, day).await;
    let (start, mut tasks) = (now(), Vec::new());
    for visitor in 0..visitors {
        let (queue, clock) = (queue.clone(), clock.clone());
        tasks.push(tokio::spawn(async move {
            let mut waits = Vec::new();
            while since(start) < LONG {
                let row = row(day, (visitor << 40) + waits.len() as u64, &clock);
                let sent = now();
                queue.put(row).await.expect("stored");
                waits.push(since(sent));
            }
            waits
        }));
    }
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.expect("it ran"));
    }
    waits.sort();
    let rate = waits.len() as f64 / since(start).as_secs_f64();
    let at = |percent: usize| waits[(waits.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    let what = format!("{visitors} at a time, each waiting for its answer");
    println!("{what:44} {rate:9.0} rows/s   p50 {:6.2} ms   p99 {:6.2} ms", at(50), at(99));
}

/// Groups that arrive together: what a statement of many rows brings.
async fn together(intake: &Intake, day: ServiceDay, group: u64) {
    let (queue, clock) = prepared(intake, day).await;
    let (start, mut rows) = (now(), 0);
    while since(start) < LONG {
        let puts: Vec<_> = (rows..rows + group).map(|form| queue.put(row(day, form, &clock))).collect();
        let mut puts: Vec<_> = puts.into_iter().map(Box::pin).collect();
        let mut waiting = puts.len();
        let mut answered = vec![false; waiting];
        tokio::task::unconstrained(std::future::poll_fn(|context| {
            for (put, answered) in puts.iter_mut().zip(&mut answered).filter(|(_, answered)| !**answered) {
                if let std::task::Poll::Ready(answer) = put.as_mut().poll(context) {
                    answer.expect("stored");
                    (*answered, waiting) = (true, waiting - 1);
                }
            }
            if waiting == 0 { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        }))
        .await;
        rows += group;
    }
    let rate = rows as f64 / since(start).as_secs_f64();
    println!("{:44} {rate:9.0} rows/s   {:6.2} µs a row", format!("{group} together"), 1e6 / rate);
}

/// Rewriting a day that ended.
async fn close(intake: &Intake, day: ServiceDay) {
    let start = now();
    let rows = intake.close_day(day, Clock::system().now()).await.expect("closed");
    let micros = since(start).as_secs_f64() * 1e6 / rows as f64;
    println!("{:44} {micros:9.2} µs a row", format!("closing a day of {rows}"));
}

async fn prepared(intake: &Intake, day: ServiceDay) -> (CheckInQueue, Clock) {
    let clock = Clock::system();
    let prepared = Day {
        day,
        suite: 0,
        public_key: vec![0; 32],
        signature: vec![0; 64],
        state: DayState::Open,
        check_ins: 0,
    };
    intake.make_day(&prepared, clock.now()).await.expect("the day is made");
    (CheckInQueue::start(intake, clock.clone()).0, clock)
}

/// A check-in as large as a sealed one: 32 bytes of key, 128 padded, 16 of tag, 4 of framing.
fn row(day: ServiceDay, form: u64, clock: &Clock) -> SealedCheckIn {
    let at = clock.now();
    let mut random = [0; 10];
    random[2..].copy_from_slice(&form.to_be_bytes());
    let venue = VenueId::from_stored((form % 5_000) as i64);
    let place = CheckInPlace { day, venue, at, nonce: CheckInNonce::issue(at, random) };
    SealedCheckIn { place, sealed: vec![0x5a; 180] }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the machine, not the jurisdiction's day")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the machine, not the jurisdiction's day")]
fn since(start: Instant) -> Duration {
    start.elapsed()
}
