//! Web Push: a browser's subscription, and the services to which one may lead.
//!
//! A subscription is an address that the visitor's browser made up, and the two values by which a message is
//! sealed to that browser (RFC 8030, RFC 8291). The address is typed by nobody, but anybody can send us one: it may
//! lead to the push services that the settings name and nowhere else, or whoever checks in could have our worker
//! call machines inside the house. The same list is asked where a subscription is taken and where a message goes.

use std::fmt;

use zeroize::Zeroize;

/// The longest endpoint that is taken. Those of the known services have 150 to 550 characters.
pub const LONGEST_ENDPOINT: usize = 850;

/// Length of the browser's public key, and of its secret, as base64url without padding.
const P256DH: usize = 87;
const AUTH: usize = 22;

/// A browser's subscription. As delicate as an address: can't be printed, and its memory is wiped.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    endpoint: String,
    p256dh: String,
    auth: String,
}

/// Why a subscription was not taken. Says nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// No address, or one that can't be of a push service.
    #[error("the endpoint is no address of a push service")]
    Endpoint,
    /// A service that the settings don't name.
    #[error("the endpoint leads to a service that the settings don't name")]
    Service,
    /// Keys of the wrong length or with other characters.
    #[error("the keys can't be a browser's")]
    Keys,
}

impl Subscription {
    /// Reads one as a browser gives it.
    ///
    /// # Errors
    /// [`PushError`]
    pub fn new(endpoint: &str, p256dh: &str, auth: &str, services: &PushServices) -> Result<Self, PushError> {
        let (p256dh, auth) = (p256dh.trim_end_matches('='), auth.trim_end_matches('='));
        if p256dh.len() != P256DH || auth.len() != AUTH || !base64url(p256dh) || !base64url(auth) {
            return Err(PushError::Keys);
        }
        let at = Endpoint::parse(endpoint).ok_or(PushError::Endpoint)?;
        if !services.allow(&at) {
            return Err(PushError::Service);
        }
        Ok(Self { endpoint: endpoint.to_owned(), p256dh: p256dh.to_owned(), auth: auth.to_owned() })
    }

    /// The one text by which it is sealed: `endpoint#p256dh.auth`.
    pub fn written(&self) -> String {
        format!("{}#{}.{}", self.endpoint, self.p256dh, self.auth)
    }

    /// Reads that text; nothing where it could not have been written.
    pub fn read(text: &str) -> Option<Self> {
        let (endpoint, keys) = text.split_once('#')?;
        let (p256dh, auth) = keys.split_once('.')?;
        let keys = p256dh.len() == P256DH && auth.len() == AUTH && base64url(p256dh) && base64url(auth);
        (keys && Endpoint::parse(endpoint).is_some()).then(|| Self {
            endpoint: endpoint.to_owned(),
            p256dh: p256dh.to_owned(),
            auth: auth.to_owned(),
        })
    }

    /// Where a message is posted to.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The browser's public key, base64url.
    pub fn p256dh(&self) -> &str {
        &self.p256dh
    }

    /// The browser's secret, base64url.
    pub fn auth(&self) -> &str {
        &self.auth
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.endpoint.zeroize();
        self.p256dh.zeroize();
        self.auth.zeroize();
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription(…)")
    }
}

fn base64url(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// An endpoint taken apart: as strict as push services are, so that no two readers of it disagree.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// Whether it is `https`.
    pub encrypted: bool,
    /// The name or number in the address, in lower case.
    pub host: &'a str,
    /// The port; the scheme's own where none is given.
    pub port: u16,
    /// `https://host` and the port where one is given: what a signature is for (RFC 8292, `aud`).
    pub origin: &'a str,
    /// What is asked for there, with its slash.
    pub path: &'a str,
}

impl<'a> Endpoint<'a> {
    /// Takes it apart; nothing for anything that isn't plainly an address of a service: no user, no fragment, no
    /// capitals or numbers in disguise in the host, no character that needs care.
    pub fn parse(text: &'a str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?&=%+,;@!$*()".contains(&b);
        if text.len() > LONGEST_ENDPOINT || !text.bytes().all(plain) {
            return None;
        }
        let (encrypted, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        if !path.starts_with('/') {
            return None;
        }
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, if encrypted { 443 } else { 80 }),
        };
        let labels = host.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        });
        let origin = &text[..text.len() - path.len()];
        labels.then_some(Self { encrypted, host, port, origin, path })
    }
}

/// The push services that a subscription may lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushServices(Vec<Service>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Service {
    /// `push.example`: that host, over https, at the usual port.
    Host(String),
    /// `*.push.example`: any host below it.
    Below(String),
    /// `http://127.0.0.1:9000`: a stand-in on this machine.
    Local(u16),
}

impl PushServices {
    /// Reads the settings' list; the entry that is none of the three forms, where there is one.
    ///
    /// # Errors
    /// The entry.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let read = |entry: &str| {
            if let Some(port) = entry.strip_prefix("http://127.0.0.1:") {
                return port.parse().ok().map(Service::Local);
            }
            let (below, host) = match entry.strip_prefix("*.") {
                Some(host) => (true, host),
                None => (false, entry),
            };
            let probe = format!("https://{host}/");
            let known = Endpoint::parse(&probe).is_some_and(|at| at.host == host);
            let named = known && host.contains('.') && !host.split('.').all(is_number);
            named.then(|| {
                if below { Service::Below(format!(".{host}")) } else { Service::Host(host.to_owned()) }
            })
        };
        entries
            .into_iter()
            .map(|entry| read(entry).ok_or_else(|| entry.to_owned()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether any of them is spoken to over https.
    pub fn any_encrypted(&self) -> bool {
        self.0.iter().any(|service| !matches!(service, Service::Local(_)))
    }

    /// Whether an endpoint leads to one of them.
    pub fn allow(&self, at: &Endpoint<'_>) -> bool {
        self.0.iter().any(|service| match service {
            Service::Host(host) => at.encrypted && at.port == 443 && at.host == host,
            Service::Below(host) => at.encrypted && at.port == 443 && at.host.ends_with(host.as_str()),
            Service::Local(port) => !at.encrypted && at.host == "127.0.0.1" && at.port == *port,
        })
    }
}

fn is_number(label: &str) -> bool {
    label.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn services() -> PushServices {
        PushServices::parse(["push.example", "*.notify.example", "http://127.0.0.1:9000"]).unwrap()
    }

    fn taken(endpoint: &str) -> Result<Subscription, PushError> {
        Subscription::new(endpoint, KEY, AUTH, &services())
    }

    #[test]
    fn a_browsers_subscription_is_read_and_read_back() {
        let one = taken("https://push.example/send/dE:a_b-c").unwrap();
        assert_eq!(Subscription::read(&one.written()), Some(one.clone()));
        assert_eq!(format!("{one:?}"), "Subscription(…)");
        let at = Endpoint::parse(one.endpoint()).unwrap();
        assert_eq!(
            (at.origin, at.host, at.port, at.path),
            ("https://push.example", "push.example", 443, "/send/dE:a_b-c")
        );
        assert!(taken("https://wns2.notify.example/w/?token=a%2b").is_ok());
        let padded =
            Subscription::new("https://push.example/", &format!("{KEY}="), &format!("{AUTH}=="), &services());
        assert!(padded.is_ok());
    }

    /// No server-side request forgery: neither by name nor by number nor in disguise.
    #[test]
    fn an_endpoint_leads_to_a_service_or_is_refused() {
        for inside in [
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest",
            "https://localhost/",
            "https://push.example.evil.example/",
            "https://evilpush.example/",
            "https://notify.example/",
            "https://push.example:8443/",
            "http://push.example/",
            "http://127.0.0.1:9001/",
            "https://push.example./",
            "https://2130706433/",
            "https://0x7f.1/",
        ] {
            assert!(matches!(taken(inside), Err(PushError::Service | PushError::Endpoint)), "{inside}");
        }
        for none in [
            "",
            "push.example",
            "ftp://push.example/",
            "https://push.example",
            "https://user@push.example/",
            "https://push.example#/",
            "https://PUSH.example/",
            "https://push.example/a b",
            "https://[::1]/",
            "https://push.example\\@127.0.0.1/",
            "https://push.example/\r\nhost: x",
        ] {
            assert_eq!(taken(none).err(), Some(PushError::Endpoint), "{none}");
        }
        assert!(taken("http://127.0.0.1:9000/push/1").is_ok(), "the stand-in that the settings name");
        let long = format!("https://push.example/{}", "a".repeat(LONGEST_ENDPOINT));
        assert_eq!(taken(&long).err(), Some(PushError::Endpoint));
    }

    #[test]
    fn keys_of_another_length_are_none() {
        for (key, auth) in [("", AUTH), (KEY, ""), (&KEY[1..], AUTH), (KEY, "BTBZMqHH6r4Tts7J_aSIg+")] {
            let wrong = Subscription::new("https://push.example/", key, auth, &services());
            assert_eq!(wrong.err(), Some(PushError::Keys));
        }
    }

    #[test]
    fn the_settings_name_hosts() {
        for wrong in [
            "",
            "https://push.example",
            "*",
            "*.",
            "push.example/a",
            "10.0.0.1",
            "localhost",
            "http://10.0.0.1:1",
        ] {
            assert_eq!(PushServices::parse([wrong]), Err(wrong.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(https://)?\\PC{0,60}") {
            let _ = Subscription::read(&text);
            if let Ok(one) = taken(&text) {
                prop_assert_eq!(Subscription::read(&one.written()).map(|one| one.written()), Some(one.written()));
            }
        }
    }
}
