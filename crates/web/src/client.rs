//! Who is asking, and how often they were wrong: five wrong codes, then a pause.
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

/// How many clients are remembered.
const CLIENTS: usize = 100_000;

/// The client, as far as the network tells: a whole /64 in IPv6, since one household has that many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client(IpAddr);

impl Client {
    fn of(parts: &Parts, behind_proxy: bool) -> Self {
        let forwarded = parts.headers.get("x-forwarded-for").filter(|_| behind_proxy);
        // The last address is the one that our own proxy saw.
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

/// Wrong tries by client.
#[derive(Default)]
pub(crate) struct Tries(Mutex<HashMap<Client, Vec<Instant>>>);

impl Tries {
    /// How long this client must still wait; `None` if it needn't.
    pub fn pause(&self, client: Client, now: Instant) -> Option<Duration> {
        let tries = self.0.lock().ok()?;
        let wrong: Vec<_> = tries.get(&client)?.iter().filter(|at| now.since(**at) < PAUSE).collect();
        if wrong.len() < TRIES {
            return None;
        }
        wrong.last().map(|last| PAUSE.saturating_sub(now.since(**last)))
    }

    /// One wrong try more.
    pub fn wrong(&self, client: Client, now: Instant) {
        let Ok(mut tries) = self.0.lock() else { return };
        if tries.len() >= CLIENTS {
            tries.retain(|_, wrong| wrong.last().is_some_and(|at| now.since(*at) < PAUSE));
        }
        let wrong = tries.entry(client).or_default();
        wrong.retain(|at| now.since(*at) < PAUSE);
        wrong.push(now);
    }

    /// A right one: the count begins anew.
    pub fn right(&self, client: Client) {
        if let Ok(mut tries) = self.0.lock() {
            tries.remove(&client);
        }
    }
}

/// Whole minutes, rounded up, as a page says them.
pub(crate) fn minutes(pause: Duration) -> u64 {
    pause.as_secs().div_ceil(60).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_codes_then_a_pause() {
        let (tries, client) = (Tries::default(), Client(IpAddr::from([10, 0, 0, 1])));
        let start = Instant::from_micros(1_790_000_000_000_000);
        for n in 0..5 {
            assert_eq!(tries.pause(client, start), None, "{n}");
            tries.wrong(client, start);
        }
        assert_eq!(tries.pause(client, start).map(minutes), Some(15));
        assert_eq!(tries.pause(Client(IpAddr::from([10, 0, 0, 2])), start), None);
        assert_eq!(tries.pause(client, start.plus(PAUSE)), None);
    }
}
