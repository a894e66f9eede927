//! What a check-in costs in cipher, on one core: `cargo bench -p seal`.
//!
//! Prints microseconds a call; GROUNDWORK measured 26 for sealing and 25 for opening.

use std::hint::black_box;
use std::time::{Duration, Instant};

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::contact::Contact;
use domain::id::VenueId;
use domain::service_day::ServiceDay;
use seal::day_key::Sealer;
use seal::identity::Deployment;
use seal::key_ring::{KeyRing, Unlock};
use seal::officer_login::PasswordHash;
use seal::random::Randomness;
use seal::token::{CodeHasher, OneTimeCode};
use seal::web_secret::WebSecret;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the ring");
    let randomness = Randomness::os();
    let deployment = Deployment::parse("bench").expect("a valid name");
    let unlock = Unlock::key_file(folder.path().join("key"));
    let mut ring =
        KeyRing::init(&folder.path().join("ring"), &unlock, &deployment, &randomness).expect("a ring");

    let day = ServiceDay::parse("2026-11-22").expect("a day");
    let public = ring.make_day(day).expect("the day's keys");
    let sealer = Sealer::new(deployment.clone(), ring.verifying_key());
    let day_sealer = sealer.open_day(&public).expect("a signed key");
    let (opener, tags) = (ring.open_day(day).expect("the day"), ring.tag_key(day).expect("the day"));
    let contact = Contact::email("taro.yamada@example.jp").expect("an address");
    let place = CheckInPlace {
        day,
        venue: VenueId::from_stored(42),
        at: domain::clock::Instant::from_micros(1_795_000_000_000_000),
        nonce: CheckInNonce::from_stored(&[7; 16]).expect("16 bytes"),
    };
    let sealed = day_sealer.seal(&contact, "ja", &place).expect("sealed");
    let hasher = CodeHasher::new(&WebSecret::new(&randomness), &deployment);
    let code = OneTimeCode::new(&randomness);

    measure("seal a contact", || day_sealer.seal(&contact, "ja", &place));
    measure("open a contact", || opener.open(&place, &sealed));
    measure("tag a contact", || tags.tag(&contact));
    measure("believe a day's key", || sealer.open_day(&public));
    measure("unwrap a day's key", || ring.open_day(day));
    measure("hash a one-time code", || hasher.hash(&code));
    let password = PasswordHash::new("correct horse 2020", &randomness).expect("long enough");
    measure("verify a password", || password.verify("correct horse 2020"));

    ring.make_days(&day.through(day.plus_days(75)).collect::<Vec<_>>()).expect("the days' keys");
    measure("replace the wrapping key, 76 days", || ring.rotate());
}

/// Calls `work` for about a second and prints how long one call took.
#[expect(clippy::disallowed_methods, reason = "a bench measures the machine, not the jurisdiction's day")]
fn measure<T>(what: &str, mut work: impl FnMut() -> T) {
    let (start, mut calls) = (Instant::now(), 0u32);
    while start.elapsed() < Duration::from_secs(1) {
        black_box(work());
        calls += 1;
    }
    let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(calls);
    println!("{what:36} {micros:10.2} µs");
}
