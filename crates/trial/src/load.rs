//! Load: how many check-ins, and how long each takes, as visitors' phones see it.
//!
//! Every check-in is an honest one: the page is opened, its form is sent, and only a 303 counts. Places are chosen
//! by Zipf's law. Two ways to press:
//!
//! - *closed*: so many phones, each sends its next check-in when the last was answered. Says how much goes through.
//! - *open*: so many check-ins a second, whether the program keeps up or not, as people come. Each one's time is
//!   counted from the moment at which it was due: who waits behind a slow answer waited, and is counted (without
//!   that, a program that stands still for a second would show one slow answer and hide a thousand: "coordinated
//!   omission").

pub mod report;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::clock::{Clock, Instant};
use tokio::task::JoinSet;

use crate::installation::Installation;
use crate::visitor::Visitor;
use crate::zipf::Zipf;
use fastrand::Rng;

/// How it is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// So many phones, each at its own pace.
    Closed(u64),
    /// So many check-ins a second.
    Open(u64),
}

/// Phones of an open press at most: more than ever wait for an answer at once.
const PHONES: u64 = 512;

/// What came of a press.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Times of acknowledged check-ins in microseconds, the shortest first.
    pub times: Vec<u64>,
    /// Check-ins that were not acknowledged.
    pub failed: u64,
    /// For how long it was pressed.
    pub seconds: u64,
}

impl Measured {
    /// Acknowledged check-ins a second.
    pub fn rate(&self) -> u64 {
        self.times.len() as u64 / self.seconds.max(1)
    }

    /// The time, in microseconds, that so many of a thousand didn't exceed.
    pub fn permille(&self, of_a_thousand: usize) -> u64 {
        let at = (self.times.len() * of_a_thousand).div_ceil(1000).saturating_sub(1);
        self.times.get(at).copied().unwrap_or(0)
    }
}

/// When the next check-in is due; `None` when the time is over.
struct Due {
    way: Way,
    begin: Instant,
    end: Instant,
    counted: AtomicU64,
}

impl Due {
    fn next(&self, now: Instant) -> Option<Instant> {
        let Way::Open(rate) = self.way else { return (now < self.end).then_some(now) };
        let number = self.counted.fetch_add(1, Ordering::SeqCst);
        let due = self.begin.plus(Duration::from_micros(number * 1_000_000 / rate.max(1)));
        (due < self.end).then_some(due)
    }
}

/// Presses for so long.
pub async fn press(installation: &Arc<Installation>, way: Way, time: Duration, seed: u64) -> Measured {
    // Before the first is due: five hundred phones that each reckon this for themselves are late by a tenth of a second.
    let places = Arc::new(Places {
        zipf: Zipf::new(installation.venues.len()),
        codes: installation.venues.iter().map(|venue| venue.code.to_string()).collect(),
    });
    let begin = Clock::system().now();
    let due = Arc::new(Due { way, begin, end: begin.plus(time), counted: AtomicU64::new(0) });
    let measured = Arc::new(Mutex::new(Measured { seconds: time.as_secs(), ..Measured::default() }));
    let phones = match way {
        Way::Closed(phones) => phones,
        Way::Open(rate) => PHONES.min(rate),
    };
    let mut tasks = JoinSet::new();
    for number in 0..phones {
        let own = (Arc::clone(&places), Arc::clone(&due), Arc::clone(&measured));
        let doors = &installation.doors;
        let door = doors[usize::try_from(number).unwrap_or(0) % doors.len()];
        tasks.spawn(phone(
            own,
            door,
            Rng::with_seed(seed ^ number.wrapping_mul(0x5851_f42d_4c95_7f2d)),
            number,
        ));
    }
    while tasks.join_next().await.is_some() {}
    let mut measured = measured.lock().unwrap_or_else(PoisonError::into_inner).clone();
    measured.times.sort_unstable();
    measured
}

/// Where people go.
struct Places {
    zipf: Zipf,
    codes: Vec<String>,
}

type Own = (Arc<Places>, Arc<Due>, Arc<Mutex<Measured>>);

async fn phone((places, due, measured): Own, door: SocketAddr, mut chance: Rng, number: u64) {
    let (clock, mut visitor) = (Clock::system(), Visitor::new(door));
    let (mut times, mut failed) = (Vec::new(), 0);
    let email = format!("visitor.{number}@mail.example");
    while let Some(at) = due.next(clock.now()) {
        let wait = at.since(clock.now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        match visitor.checks_in(&places.codes[places.zipf.choose(&mut chance)], &email).await {
            Ok(true) => times.push(u64::try_from(clock.now().since(at).as_micros()).unwrap_or(u64::MAX)),
            _ => failed += 1,
        }
    }
    let mut measured = measured.lock().unwrap_or_else(PoisonError::into_inner);
    measured.times.extend(times);
    measured.failed += failed;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(way: Way) -> Due {
        let begin = Instant::from_micros(0);
        Due { way, begin, end: begin.plus(Duration::from_secs(1)), counted: AtomicU64::new(0) }
    }

    /// Whoever comes late to a check-in that was due is told when it was due, not when it came.
    #[test]
    fn an_open_press_has_its_moments_whether_anybody_keeps_up() {
        let due = due(Way::Open(4));
        let late = Instant::from_micros(900_000);
        let moments: Vec<i64> = std::iter::from_fn(|| due.next(late)).map(Instant::as_micros).collect();
        assert_eq!(moments, [0, 250_000, 500_000, 750_000]);
    }

    #[test]
    fn a_closed_press_begins_when_the_last_has_ended() {
        let due = due(Way::Closed(1));
        assert_eq!(due.next(Instant::from_micros(7)), Some(Instant::from_micros(7)));
        assert_eq!(due.next(Instant::from_micros(1_000_000)), None);
    }

    #[test]
    fn parts_of_a_thousand_are_counted_from_the_slow_end() {
        let measured = Measured { times: (1..=1000).collect(), failed: 0, seconds: 2 };
        assert_eq!([500, 990, 999, 1000].map(|part| measured.permille(part)), [500, 990, 999, 1000]);
        assert_eq!((measured.rate(), Measured::default().permille(990)), (500, 0));
    }
}
