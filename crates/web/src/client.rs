//! Who is asking, and how often: five wrong codes, or thirty registrations in an hour, then a pause.
//!
//! Counted in the store, for all nodes together, by a mark of the client's address under the doors' secret. Neither the
//! address nor the mark is logged.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use store::StoreError;
use store::quotas::Quota;

use crate::state::{Common, Console, Public};

/// Wrong tries before the pause.
pub(crate) const TRIES: u32 = 5;

/// How long the pause is, and for how long a wrong try counts.
pub(crate) const PAUSE: Duration = Duration::from_secs(15 * 60);

const HOUR: Duration = Duration::from_secs(3600);

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

/// What a client may do so often, and then not for a while.
pub(crate) struct Tries {
    deed: &'static str,
    most: u32,
    pause: Duration,
}

/// One-time codes that are no good.
pub(crate) const WRONG_CODES: Tries = Tries { deed: "wrong code", most: TRIES, pause: PAUSE };

/// Sign-ins that are wrong in something.
pub(crate) const WRONG_SIGN_INS: Tries = Tries { deed: "wrong sign-in", most: TRIES, pause: PAUSE };

/// Registrations: each sends a mail to an address that nobody has vouched for.
pub(crate) const REGISTRATIONS: Tries = Tries { deed: "registration", most: 30, pause: HOUR };

/// Questions: each sends a mail to the desk.
pub(crate) const ENQUIRIES: Tries = Tries { deed: "question", most: 30, pause: HOUR };

impl Tries {
    /// How long this client must still wait; `None` if it needn't.
    pub async fn pause(&self, common: &Common, client: Client) -> Result<Option<Duration>, StoreError> {
        common.intake.quota_pause(&self.of(common, client), common.clock.now()).await
    }

    /// Counts a try; `false` if this client has none left, and then it isn't to be made. Where that is told before
    /// the outcome is known, many at once are no more than one after another.
    pub async fn count(&self, common: &Common, client: Client) -> Result<bool, StoreError> {
        common.intake.use_quota(&self.of(common, client), common.clock.now()).await
    }

    /// A right one: the count begins anew.
    pub async fn right(&self, common: &Common, client: Client) -> Result<(), StoreError> {
        common.intake.end_quota(&self.of(common, client)).await
    }

    fn of(&self, common: &Common, client: Client) -> Quota {
        let address = match client.0 {
            IpAddr::V4(four) => four.to_ipv6_mapped().octets(),
            IpAddr::V6(six) => six.octets(),
        };
        Quota { mark: common.forms.client(self.deed, &address), most: self.most, pause: self.pause }
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
