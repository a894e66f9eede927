//! How many check-ins one client may send: a robot that fills the days is stopped, a shop's guests are not.
//!
//! Counted in windows of ten minutes, by the client's address, in this process's memory only. One short lock
//! and one count a check-in: this stands in the way of every one of them.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use domain::clock::Instant;

use crate::client::Client;

/// How long a window is.
pub(crate) const WINDOW: Duration = Duration::from_secs(600);

/// How many clients are counted in one window; beyond it, the count begins anew for all.
const CLIENTS: usize = 200_000;

/// Counts by client.
pub(crate) struct Limit {
    /// In one window; 0 is no limit.
    most: u32,
    window: Mutex<Window>,
}

struct Window {
    began: Instant,
    counts: HashMap<Client, u32>,
}

impl Limit {
    /// `most` in ten minutes; 0 is no limit.
    pub fn new(most: u32) -> Self {
        let window = Window { began: Instant::from_micros(0), counts: HashMap::new() };
        Self { most, window: Mutex::new(window) }
    }

    /// Counts one more; or how long until it may be sent.
    pub fn count(&self, client: Client, now: Instant) -> Option<Duration> {
        if self.most == 0 {
            return None;
        }
        let mut window = self.window.lock().ok()?;
        // Also where the clock was set back.
        let over = now < window.began || now.since(window.began) >= WINDOW;
        if over || window.counts.len() >= CLIENTS {
            *window = Window { began: now, counts: HashMap::new() };
        }
        let left = WINDOW.saturating_sub(now.since(window.began));
        let count = window.counts.entry(client).or_insert(0);
        if *count >= self.most {
            return Some(left);
        }
        *count += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const START: Instant = Instant::from_micros(1_790_000_000_000_000);

    fn client(n: u32) -> Client {
        Client::at(IpAddr::from(n.to_be_bytes()))
    }

    #[test]
    fn so_many_in_ten_minutes_and_each_client_for_itself() {
        let limit = Limit::new(3);
        assert!((0..3).all(|_| limit.count(client(1), START).is_none()));
        let later = START.plus(Duration::from_secs(400));
        assert_eq!(limit.count(client(1), later), Some(Duration::from_secs(200)));
        assert_eq!(limit.count(client(2), later), None);
        assert_eq!(limit.count(client(1), START.plus(WINDOW)), None);
        assert_eq!(limit.count(client(1), START), None, "a clock that was set back begins anew");
    }

    #[test]
    fn nought_is_no_limit_and_nothing_is_remembered() {
        let limit = Limit::new(0);
        assert!((0..10_000).all(|_| limit.count(client(1), START).is_none()));
        assert!(limit.window.lock().unwrap().counts.is_empty());
    }

    #[test]
    fn no_more_than_so_many_clients_are_remembered() {
        let limit = Limit::new(1);
        for n in 0..=u32::try_from(CLIENTS).unwrap() {
            assert_eq!(limit.count(client(n), START), None);
        }
        assert_eq!(limit.window.lock().unwrap().counts.len(), 1);
    }
}
