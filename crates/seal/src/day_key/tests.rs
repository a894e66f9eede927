use domain::check_in::CheckInNonce;
use domain::clock::Instant;
use domain::id::VenueId;
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::office::{OfficeOpener, Purpose};
use crate::random::Randomness;
use crate::suite;

fn day(text: &str) -> ServiceDay {
    ServiceDay::parse(text).unwrap()
}

fn today() -> ServiceDay {
    day("2026-11-22")
}

fn place() -> CheckInPlace {
    CheckInPlace {
        day: today(),
        venue: VenueId::from_stored(42),
        at: Instant::from_micros(1_795_000_000_000_000),
        nonce: CheckInNonce::from_stored(&[7; 16]).unwrap(),
    }
}

fn taro() -> Contact {
    Contact::email("taro@example.jp").unwrap()
}

/// A deployment with its identity and one day's key pair.
struct World {
    deployment: Deployment,
    signing: SigningKey,
    private: Zeroizing<[u8; 32]>,
    public: [u8; 32],
}

impl World {
    fn new(name: &str, seed: u64) -> Self {
        let randomness = Randomness::seeded(seed);
        let signing = SigningKey::from_seed(&Zeroizing::new(randomness.bytes())).unwrap();
        let (private, public) = suite::key_pair(&randomness);
        Self { deployment: Deployment::parse(name).unwrap(), signing, private, public }
    }

    fn day_public(&self) -> DayPublic {
        DayPublic::sign(&self.deployment, today(), self.public, &self.signing)
    }

    fn sealer(&self) -> Sealer {
        Sealer::new(self.deployment.clone(), self.signing.verifying_key())
    }

    fn day_sealer(&self) -> DaySealer {
        self.sealer().open_day(&self.day_public()).unwrap()
    }

    fn opener(&self) -> DayOpener {
        DayOpener::new(self.deployment.clone(), today(), &self.private)
    }
}

#[test]
fn a_contact_is_opened_in_its_place() {
    let world = World::new("osaka", 1);
    let sealed = world.day_sealer().seal(&taro(), "zh-Hant", &place()).unwrap();
    let opened = world.opener().open(&place(), &sealed).unwrap();
    assert_eq!(opened.contact.expose(), "taro@example.jp");
    assert_eq!(opened.contact.channel(), taro().channel());
    assert_eq!(opened.language, "zh-Hant");
}

#[test]
fn the_same_contact_never_seals_alike() {
    let sealer = World::new("osaka", 1).day_sealer();
    let seal = || sealer.seal(&taro(), "ja", &place()).unwrap();
    assert_ne!(seal(), seal());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// A row moved to any other place doesn't open.
    #[test]
    fn a_moved_row_does_not_open(venue: i64, at: i64, nonce: [u8; 16], which in 1u8..8) {
        let world = World::new("osaka", 1);
        let sealed = world.day_sealer().seal(&taro(), "ja", &place()).unwrap();
        let mut moved = place();
        if which & 1 != 0 { moved.venue = VenueId::from_stored(venue); }
        if which & 2 != 0 { moved.at = Instant::from_micros(at); }
        if which & 4 != 0 { moved.nonce = CheckInNonce::from_stored(&nonce).unwrap(); }
        prop_assume!(moved != place());
        prop_assert_eq!(world.opener().open(&moved, &sealed).err(), Some(OpenError::NotOpened));
    }

    #[test]
    fn a_changed_row_does_not_open(at: usize, bit in 0u8..8, cut in 0usize..112) {
        let world = World::new("osaka", 1);
        let sealed = world.day_sealer().seal(&taro(), "ja", &place()).unwrap();
        // The highest bit of the encapsulated key is masked by X25519 (RFC 7748), but HPKE binds the bytes.
        let mut changed = sealed.clone();
        let at = at % changed.len();
        changed[at] ^= 1 << bit;
        prop_assert_eq!(world.opener().open(&place(), &changed).err(), Some(OpenError::NotOpened));
        prop_assert_eq!(world.opener().open(&place(), &sealed[..cut]).err(), Some(OpenError::NotOpened));
    }

    /// Whatever is typed, the database sees one of four lengths.
    #[test]
    fn lengths_are_of_a_fixed_set(local in "[a-z]{1,64}", label in "[a-z]{1,60}", labels in 1usize..4) {
        let address = format!("{local}@{}jp", format!("{label}.").repeat(labels));
        prop_assume!(address.len() <= 254);
        let sealed = World::new("osaka", 1).day_sealer();
        let sealed = sealed.seal(&Contact::email(&address).unwrap(), "ja", &place()).unwrap();
        prop_assert!(SEALED_LENGTHS.contains(&sealed.len()));
        prop_assert_eq!(sealed.len() == SEALED_LENGTHS[0], address.len() <= 57);
    }

    #[test]
    fn no_bytes_make_opening_panic(sealed in proptest::collection::vec(any::<u8>(), 0..700)) {
        prop_assert!(World::new("osaka", 1).opener().open(&place(), &sealed).is_err());
    }
}

#[test]
fn another_day_is_refused_before_any_cipher() {
    let world = World::new("osaka", 1);
    let tomorrow = CheckInPlace { day: day("2026-11-23"), ..place() };
    let (key, wrong) = (today(), tomorrow.day);
    let sealed = world.day_sealer().seal(&taro(), "ja", &tomorrow);
    assert_eq!(sealed.err(), Some(SealError::WrongDay { place: wrong, key }));
    let opened = world.opener().open(&tomorrow, &[0; 112]);
    assert_eq!(opened.err(), Some(OpenError::WrongDay { place: wrong, key }));
}

/// Even with the same private key, a ciphertext of one day or deployment is none of another.
#[test]
fn day_and_deployment_are_bound_in() {
    let world = World::new("osaka", 1);
    let sealed = world.day_sealer().seal(&taro(), "ja", &place()).unwrap();
    let tomorrow = DayOpener::new(world.deployment.clone(), day("2026-11-23"), &world.private);
    let moved = CheckInPlace { day: day("2026-11-23"), ..place() };
    assert_eq!(tomorrow.open(&moved, &sealed).err(), Some(OpenError::NotOpened));
    let chiba = DayOpener::new(Deployment::parse("chiba").unwrap(), today(), &world.private);
    assert_eq!(chiba.open(&place(), &sealed).err(), Some(OpenError::NotOpened));
    let other_key = World::new("osaka", 2).opener();
    assert_eq!(other_key.open(&place(), &sealed).err(), Some(OpenError::NotOpened));
}

/// DESIGN section 5: whoever can write the database still can't plant a key.
#[test]
fn a_planted_key_is_refused() {
    let world = World::new("osaka", 1);
    let good = world.day_public();
    let mine = World::new("osaka", 2);
    let planted = [
        ("another key under the old signature", DayPublic { public_key: mine.public, ..good.clone() }),
        ("signed by another ring", mine.day_public()),
        ("yesterday's key as today's", DayPublic { day: day("2026-11-21"), ..good.clone() }),
        ("no signature", DayPublic { signature: [0; 64], ..good.clone() }),
        (
            "signed for another deployment",
            DayPublic::sign(&Deployment::parse("chiba").unwrap(), today(), good.public_key, &world.signing),
        ),
        (
            "the office's key as a day's",
            DayPublic {
                signature: OfficePublic::sign(&world.deployment, good.public_key, &world.signing).signature,
                ..good.clone()
            },
        ),
    ];
    for (how, public) in planted {
        assert_eq!(world.sealer().open_day(&public).err(), Some(SealError::NotSigned), "{how}");
    }
    let newer = DayPublic { suite: 2, ..good.clone() };
    assert_eq!(world.sealer().open_day(&newer).err(), Some(SealError::UnknownSuite(2)));
    assert!(world.sealer().open_day(&good).is_ok());
}

#[test]
fn columns_are_read_back() {
    let public = World::new("osaka", 1).day_public();
    let read = DayPublic::from_stored(public.day, public.suite, &public.public_key, &public.signature);
    assert_eq!(read, Some(public.clone()));
    assert_eq!(DayPublic::from_stored(public.day, public.suite, &[0; 31], &public.signature), None);
    assert_eq!(DayPublic::from_stored(public.day, public.suite, &public.public_key, &[]), None);
}

#[test]
fn an_office_record_opens_for_its_purpose_and_row_only() {
    let world = World::new("osaka", 1);
    let public = OfficePublic::sign(&world.deployment, world.public, &world.signing);
    let sealer = world.sealer().open_office(&public).unwrap();
    let opener = OfficeOpener::new(world.deployment.clone(), &world.private);
    let sealed = sealer.seal(Purpose::Operator, b"venue 42", "山田 06-6941-0000".as_bytes()).unwrap();
    assert_eq!(sealed.len(), 256 + 48);
    let opened = opener.open(Purpose::Operator, b"venue 42", &sealed).unwrap();
    assert_eq!(opened.as_slice(), "山田 06-6941-0000".as_bytes());
    for (purpose, record) in [
        (Purpose::Report, b"venue 42".as_slice()),
        (Purpose::CaseContacts, b"venue 42"),
        (Purpose::Operator, b"venue 43"),
        (Purpose::Operator, b""),
    ] {
        let opened = opener.open(purpose, record, &sealed);
        assert_eq!(opened.err(), Some(OpenError::NotOpened), "{purpose:?} {record:?}");
    }
    assert_eq!(opener.open(Purpose::Operator, b"venue 42", b"").err(), Some(OpenError::NotOpened));
    let endless = sealer.seal(Purpose::Operator, b"venue 42", &vec![0; office::RECORD_MAX + 1]);
    assert_eq!(endless.err(), Some(SealError::TooLong));
}

#[test]
fn a_record_of_a_day_opens_for_its_purpose_row_and_day_only() {
    let world = World::new("osaka", 1);
    let sealer = world.day_sealer();
    let plain = b"onset=2026-11-20\nemail=taro@example.jp\n";
    let sealed = sealer.seal_record(Purpose::Report, b"report 1", plain).unwrap();
    assert_eq!(sealed.len(), 256 + 48);
    let opener = world.opener();
    assert_eq!(opener.open_record(Purpose::Report, b"report 1", &sealed).unwrap().as_slice(), plain);
    for (purpose, record) in [
        (Purpose::Operator, b"report 1".as_slice()),
        (Purpose::CaseContacts, b"report 1"),
        (Purpose::Report, b"report 2"),
        (Purpose::Report, b""),
    ] {
        let opened = opener.open_record(purpose, record, &sealed);
        assert_eq!(opened.err(), Some(OpenError::NotOpened), "{purpose:?} {record:?}");
    }
    // Even with the same private key: another day, another deployment, the office.
    let tomorrow = DayOpener::new(world.deployment.clone(), day("2026-11-23"), &world.private);
    let chiba = DayOpener::new(Deployment::parse("chiba").unwrap(), today(), &world.private);
    for other in [tomorrow, chiba, World::new("osaka", 2).opener()] {
        let opened = other.open_record(Purpose::Report, b"report 1", &sealed);
        assert_eq!(opened.err(), Some(OpenError::NotOpened));
    }
    let office = OfficeOpener::new(world.deployment.clone(), &world.private);
    let opened = office.open(Purpose::Report, b"report 1", &sealed);
    assert_eq!(opened.err(), Some(OpenError::NotOpened));
    // Nor is a record a contact, or a contact a record.
    assert_eq!(opener.open(&place(), &sealed).err(), Some(OpenError::NotOpened));
    let contact = sealer.seal(&taro(), "ja", &place()).unwrap();
    let opened = opener.open_record(Purpose::Report, b"report 1", &contact);
    assert_eq!(opened.err(), Some(OpenError::NotOpened));
    let endless = sealer.seal_record(Purpose::Report, b"report 1", &vec![0; office::RECORD_MAX + 1]);
    assert_eq!(endless.err(), Some(SealError::TooLong));
}

#[test]
fn a_planted_office_key_is_refused() {
    let world = World::new("osaka", 1);
    let good = OfficePublic::sign(&world.deployment, world.public, &world.signing);
    let mine = World::new("osaka", 2);
    let planted = OfficePublic { public_key: mine.public, ..good.clone() };
    assert_eq!(world.sealer().open_office(&planted).err(), Some(SealError::NotSigned));
    let newer = OfficePublic { suite: 2, ..good.clone() };
    assert_eq!(world.sealer().open_office(&newer).err(), Some(SealError::UnknownSuite(2)));
    assert_eq!(OfficePublic::from_stored(good.suite, &good.public_key, &good.signature), Some(good));
}

/// Somebody with the public key can seal whatever they like; it must not become a mail header.
#[test]
fn a_planted_record_that_opens_is_still_refused() {
    let world = World::new("osaka", 1);
    let sealer = world.day_sealer();
    let aad = sealer.binding.aad(&place());
    for plain in [b"".as_slice(), b"hello", &[0; 64], b"\x01\x01\x02ja\x00\x10a@b.jp\r\nBcc: c@d"] {
        let sealed = sealer.key.seal(&sealer.binding.info, &aad, plain).unwrap();
        assert_eq!(world.opener().open(&place(), &sealed).err(), Some(OpenError::Malformed));
    }
}
