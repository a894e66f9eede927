//! Who is asking, and how often: five wrong codes, or thirty registrations in an hour, then a pause.
//!
//! Counted by the client's address, in this process's memory only; nothing of it is stored or logged.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use domain::clock::Instant;

use crate::state::{Console, Public};

/// Wrong tries before the pause.
pub(crate) const TRIES: usize = 5;

/// How long the pause is, and for how long a wrong try counts.
pub(crate) const PAUSE: Duration = Duration::from_secs(15 * 60);

/// Registrations in an hour: each sends a mail to an address that nobody has vouched for.
const REGISTRATIONS: usize = 30;

/// How many clients are remembered, half of them at least.
const CLIENTS: usize = 100_000;

/// The client, as far as the network tells: a whole /64 in IPv6, since one household has that many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client(IpAddr);

impl Client {
    /// A client at this address.
    #[cfg(test)]
    pub fn at(address: IpAddr) -> Self {
        Self(address)
    }

    fn of(parts: &Parts, behind_proxy: bool) -> Self {
        // The last address of the last line is the one that our own proxy saw: it may add a line to those
        // that the client made up.
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back().filter(|_| behind_proxy);
        let forwarded =
            forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let direct = || parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        match forwarded.or_else(direct) {
            Some(IpAddr::V6(six)) if six.to_ipv4_mapped().is_none() => {
                let mut bytes = six.octets();
                bytes[8..].fill(0);
                Self(IpAddr::from(bytes))
            }
            Some(other) => Self(other),
            None => Self(IpAddr::from([0, 0, 0, 0])),
        }
    }
}

impl FromRequestParts<Public> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Public) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, state.0.common.behind_proxy))
    }
}

impl FromRequestParts<Console> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Console) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, state.0.common.behind_proxy))
    }
}

/// Tries by client.
pub(crate) struct Tries {
    most: usize,
    pause: Duration,
    clients: Mutex<Clients>,
}

/// Two generations: when the young one is full it becomes the old one, and the old one is forgotten. So
/// nobody fills the memory, and nobody has to look for who is to be forgotten.
#[derive(Default)]
struct Clients {
    young: HashMap<Client, Vec<Instant>>,
    old: HashMap<Client, Vec<Instant>>,
}

impl Clients {
    fn of(&self, client: Client) -> &[Instant] {
        self.young.get(&client).or_else(|| self.old.get(&client)).map_or(&[], Vec::as_slice)
    }

    fn of_mut(&mut self, client: Client) -> &mut Vec<Instant> {
        if !self.young.contains_key(&client) {
            let known = self.old.remove(&client).unwrap_or_default();
            if self.young.len() >= CLIENTS / 2 {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(client, known);
        }
        self.young.entry(client).or_default()
    }
}

impl Tries {
    /// Five wrong ones, then a quarter of an hour.
    pub fn wrong_ones() -> Self {
        Self { most: TRIES, pause: PAUSE, clients: Mutex::default() }
    }

    /// Registrations.
    pub fn registrations() -> Self {
        Self { most: REGISTRATIONS, pause: Duration::from_secs(3600), clients: Mutex::default() }
    }

    /// How long this client must still wait; `None` if it needn't.
    pub fn pause(&self, client: Client, now: Instant) -> Option<Duration> {
        let clients = self.clients.lock().ok()?;
        self.pause_after(clients.of(client), now)
    }

    /// One wrong try more.
    pub fn wrong(&self, client: Client, now: Instant) {
        let Ok(mut clients) = self.clients.lock() else { return };
        self.count(clients.of_mut(client), now);
    }

    /// Counts a try before its outcome is known, so that many at once are no more than one after another;
    /// or how long to wait, and then it isn't to be made.
    pub fn begin(&self, client: Client, now: Instant) -> Option<Duration> {
        let mut clients = self.clients.lock().ok()?;
        let pause = self.pause_after(clients.of(client), now);
        if pause.is_none() {
            self.count(clients.of_mut(client), now);
        }
        pause
    }

    /// A right one: the count begins anew.
    pub fn right(&self, client: Client) {
        if let Ok(mut clients) = self.clients.lock() {
            clients.young.remove(&client);
            clients.old.remove(&client);
        }
    }

    fn pause_after(&self, tries: &[Instant], now: Instant) -> Option<Duration> {
        let counted: Vec<_> = tries.iter().filter(|at| now.since(**at) < self.pause).collect();
        if counted.len() < self.most {
            return None;
        }
        counted.last().map(|last| self.pause.saturating_sub(now.since(**last)))
    }

    fn count(&self, tries: &mut Vec<Instant>, now: Instant) {
        tries.retain(|at| now.since(*at) < self.pause);
        tries.push(now);
    }
}

/// Whole minutes, rounded up, as a page says them.
pub(crate) fn minutes(pause: Duration) -> u64 {
    pause.as_secs().div_ceil(60).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_micros(1_790_000_000_000_000);

    #[test]
    fn five_wrong_codes_then_a_pause() {
        let (tries, client) = (Tries::wrong_ones(), Client(IpAddr::from([10, 0, 0, 1])));
        for n in 0..5 {
            assert_eq!(tries.pause(client, START), None, "{n}");
            tries.wrong(client, START);
        }
        assert_eq!(tries.pause(client, START).map(minutes), Some(15));
        assert_eq!(tries.pause(Client(IpAddr::from([10, 0, 0, 2])), START), None);
        assert_eq!(tries.pause(client, START.plus(PAUSE)), None);
    }

    #[test]
    fn what_has_begun_counts_until_it_was_right() {
        let (tries, client) = (Tries::wrong_ones(), Client(IpAddr::from([10, 0, 0, 1])));
        assert!((0..5).all(|_| tries.begin(client, START).is_none()));
        assert_eq!(tries.begin(client, START).map(minutes), Some(15));
        tries.right(client);
        assert_eq!(tries.begin(client, START), None);
        let registrations = Tries::registrations();
        assert!((0..30).all(|_| registrations.begin(client, START).is_none()));
        assert_eq!(registrations.begin(client, START).map(minutes), Some(60));
    }

    #[test]
    fn the_oldest_are_forgotten_and_no_more_than_so_many_remembered() {
        let tries = Tries::wrong_ones();
        let client = |n: u32| Client(IpAddr::from(n.to_be_bytes()));
        for n in 0..250_000 {
            tries.wrong(client(n), START);
            // Somebody who keeps trying is not forgotten for the others.
            if n % 10_000 == 0 {
                tries.wrong(client(0), START);
            }
        }
        let clients = tries.clients.lock().unwrap();
        assert!(clients.young.len() <= CLIENTS / 2 && clients.old.len() <= CLIENTS / 2);
        assert!(clients.of(client(1)).is_empty() && clients.of(client(249_999)).len() == 1);
        assert_eq!(clients.of(client(0)).len(), 26);
    }

    #[test]
    fn the_address_that_our_own_proxy_saw() {
        let client = |lines: &[&str], behind_proxy| {
            let mut request = axum::http::Request::builder();
            for line in lines {
                request = request.header("x-forwarded-for", *line);
            }
            Client::of(&request.body(()).unwrap().into_parts().0, behind_proxy)
        };
        let last = Client(IpAddr::from([192, 0, 2, 7]));
        assert_eq!(client(&["192.0.2.7"], true), last);
        assert_eq!(client(&["10.0.0.1, 192.0.2.7"], true), last);
        assert_eq!(client(&["10.0.0.1", "10.0.0.2,192.0.2.7"], true), last);
        assert_ne!(client(&["192.0.2.7"], false), last);
    }
}
