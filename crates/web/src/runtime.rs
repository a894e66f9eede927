//! The threads that answer, and who goes first.

/// The runtime that serves the doors.
///
/// A check-in is answered by a task that SQLite's thread wakes. Such tasks wait in a queue of their own, which
/// a busy runtime looks at after 61 others unless it is told to look sooner; by then the disk has stood idle.
///
/// Its threads give way: to SQLite's and PostgreSQL's, for which all that came meanwhile wait. Without that a database that is
/// woken on a core at work waits there for milliseconds. The thread that calls this one doesn't give way, nor do
/// those that it begins.
///
/// # Errors
/// What the system says when it has no threads to give.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .global_queue_interval(2)
        .on_thread_start(gives_way())
        .build()
}

/// By so much ("nice"): a third of what a thread beside it on a busy core gets. Nothing where that is idle.
const GIVES_WAY: i32 = 5;

/// What lets a thread give way, seen from the thread that begins it. Where the system refuses, check-ins are only slower.
#[cfg(target_os = "linux")]
fn gives_way() -> impl Fn() + Send + Sync + 'static {
    let here = rustix::process::getpriority_process(None).unwrap_or(0);
    // On Linux this is of the calling thread alone.
    move || _ = rustix::process::setpriority_process(None, here + GIVES_WAY)
}

/// Elsewhere it would be the whole process that gives way.
#[cfg(not(target_os = "linux"))]
fn gives_way() -> impl Fn() + Send + Sync + 'static {
    || ()
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::check_in::{CheckInNonce, CheckInPlace};
    use domain::clock::{Clock, Instant};
    use domain::id::VenueId;
    use domain::service_day::ServiceDay;
    use store::check_ins::{CheckInQueue, SealedCheckIn};
    use store::days::{Day, DayState};
    use store::{Intake, Root};

    use super::*;

    /// This process's threads by number: what they are called, and how nice they are.
    fn threads() -> BTreeMap<u32, (String, i32)> {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let stats = tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("stat")).ok());
        let thread = |stat: String| {
            let (number, rest) = stat.split_once(" (").unwrap();
            let (name, rest) = rest.rsplit_once(") ").unwrap();
            let nice = rest.split(' ').nth(16).unwrap();
            (number.parse().unwrap(), (name.to_owned(), nice.parse().unwrap()))
        };
        stats.map(thread).collect()
    }

    fn named(threads: &BTreeMap<u32, (String, i32)>, name: &str) -> Vec<(u32, i32)> {
        threads
            .iter()
            .filter(|(_, known)| known.0.starts_with(name))
            .map(|(number, known)| (*number, known.1))
            .collect()
    }

    #[test]
    fn who_answers_gives_way_to_who_stores() {
        let here = rustix::process::getpriority_process(None).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        let day = ServiceDay::parse("2026-11-22").unwrap();
        let now = Instant::from_micros(1_795_316_400_000_000);
        runtime().unwrap().block_on(async {
            store::backend::migrate(&root).await.unwrap();
            let intake = Intake::open(&root).await.unwrap();
            let prepared = Day {
                day,
                suite: 1,
                public_key: vec![0; 32],
                signature: vec![0; 64],
                state: DayState::Open,
                check_ins: 0,
            };
            intake.make_day(&prepared, now).await.unwrap();
            let (queue, _) = CheckInQueue::start(&intake, Clock::set_to(now));
            let before = threads();
            let nonce = CheckInNonce::issue(now, [0; 10]);
            let place = CheckInPlace { day, venue: VenueId::from_random([0; 8]), at: now, nonce };
            let put =
                async move { queue.put(SealedCheckIn { place, sealed: vec![0] }).await.map(|()| queue) };
            // As the door does it, on a thread that answers; the queue, and so the connection, lives on.
            let _queue = tokio::spawn(put).await.unwrap().unwrap();
            let after = threads();
            let answering = named(&after, "tokio-rt");
            assert!(!answering.is_empty());
            for (_, nice) in answering {
                assert_eq!(nice, here + GIVES_WAY);
            }
            let storing = named(&after, "sqlx-sqlite");
            let new: Vec<i32> = storing
                .iter()
                .filter(|(number, _)| !before.contains_key(number))
                .map(|thread| thread.1)
                .collect();
            assert_eq!(new, [here], "the writer's own");
        });
    }
}
