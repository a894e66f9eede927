use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Instant;
use domain::contact::Contact;
use domain::id::VenueId;
use tempfile::TempDir;

use super::*;
use crate::day_key::Sealer;
use crate::error::OpenError;
use crate::office::Purpose;

pub(super) fn day(n: i64) -> ServiceDay {
    ServiceDay::parse("2026-11-22").unwrap().plus_days(n)
}

pub(super) fn place(day: ServiceDay) -> CheckInPlace {
    CheckInPlace {
        day,
        venue: VenueId::from_stored(42),
        at: Instant::from_micros(1_795_000_000_000_000),
        nonce: CheckInNonce::from_stored(&[7; 16]).unwrap(),
    }
}

/// A folder with a ring in it, and its key file beside it.
pub(super) struct Home {
    pub(super) root: TempDir,
    pub(super) randomness: Randomness,
}

impl Home {
    pub(super) fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap(), randomness: Randomness::seeded(1) }
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.root.path().join("ring")
    }

    pub(super) fn unlock(&self) -> Unlock {
        Unlock::key_file(self.root.path().join("ring.key"))
    }

    pub(super) fn init(&self) -> KeyRing {
        let osaka = Deployment::parse("osaka").unwrap();
        KeyRing::init(&self.folder(), &self.unlock(), &osaka, &self.randomness).unwrap()
    }

    pub(super) fn open(&self) -> Result<KeyRing, RingError> {
        KeyRing::open(&self.folder(), &self.unlock(), &self.randomness)
    }

    /// The names of the folder's files, sorted.
    pub(super) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Seals as the public server would.
pub(super) fn seal(ring: &KeyRing, public: &DayPublic) -> Vec<u8> {
    let sealer = Sealer::new(ring.deployment().clone(), ring.verifying_key()).open_day(public).unwrap();
    sealer.seal(&Contact::email("taro@example.jp").unwrap(), "ja", &place(public.day)).unwrap()
}

pub(super) fn opens(ring: &KeyRing, day: ServiceDay, sealed: &[u8]) -> bool {
    ring.open_day(day).is_ok_and(|opener| opener.open(&place(day), sealed).is_ok())
}

#[test]
fn a_ring_is_opened_again_and_says_the_same() {
    let home = Home::new();
    let mut ring = home.init();
    let public = ring.make_day(day(0)).unwrap();
    let sealed = seal(&ring, &public);
    let (verifying, office) = (ring.verifying_key(), ring.office_public().unwrap());
    let tag = ring.tag_key(day(0)).unwrap().tag(&Contact::email("taro@example.jp").unwrap());
    drop(ring);

    let mut ring = home.open().unwrap();
    assert!(!ring.is_read_only());
    assert_eq!(ring.deployment().as_str(), "osaka");
    assert_eq!((ring.verifying_key(), ring.office_public().unwrap()), (verifying, office));
    assert_eq!(ring.days(), [day(0)]);
    assert_eq!(ring.generation(), 1);
    assert_eq!(ring.make_day(day(0)).unwrap(), public, "making a day twice is finding it");
    assert!(opens(&ring, day(0), &sealed));
    assert_eq!(ring.tag_key(day(0)).unwrap().tag(&Contact::email("TARO@example.jp").unwrap()), tag);
}

#[test]
fn a_ring_is_never_overwritten() {
    let home = Home::new();
    drop(home.init());
    let osaka = Deployment::parse("osaka").unwrap();
    let again = KeyRing::init(&home.folder(), &home.unlock(), &osaka, &home.randomness);
    assert!(matches!(again, Err(RingError::Exists(_))));
}

#[test]
fn files_are_their_owners_only() {
    let home = Home::new();
    let mut ring = home.init();
    ring.make_days(&[day(0), day(1)]).unwrap();
    ring.destroy_days(&[day(0)]).unwrap();
    assert_eq!(home.files(), ["kek-2", "lock", "ring.age"]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.folder()), 0o700);
    assert_eq!(mode(&home.root.path().join("ring.key")), 0o600);
    for name in home.files() {
        assert_eq!(mode(&home.folder().join(&name)), 0o600, "{name}");
    }
}

#[test]
fn days_are_made_once_and_each_has_its_own_keys() {
    let home = Home::new();
    let mut ring = home.init();
    let made = ring.make_days(&[day(1), day(0), day(1)]).unwrap();
    assert_eq!(made.iter().map(|public| public.day).collect::<Vec<_>>(), [day(1), day(0), day(1)]);
    assert_eq!(made[0], made[2]);
    assert_ne!(made[0].public_key, made[1].public_key);
    assert_eq!(ring.days(), [day(0), day(1)]);
    let taro = Contact::email("taro@example.jp").unwrap();
    assert_ne!(ring.tag_key(day(0)).unwrap().tag(&taro), ring.tag_key(day(1)).unwrap().tag(&taro));
    assert!(matches!(ring.open_day(day(2)), Err(RingError::Unknown(unknown)) if unknown == day(2)));
}

#[test]
fn a_destroyed_day_is_gone_for_good_and_the_others_live() {
    let home = Home::new();
    let mut ring = home.init();
    let made = ring.make_days(&[day(0), day(1), day(2)]).unwrap();
    let sealed: Vec<_> = made.iter().map(|public| seal(&ring, public)).collect();

    let destroyed = ring.destroy_days(&[day(0), day(1), day(9)]).unwrap();
    let expected = Destroyed { days: vec![day(0), day(1)], absent: vec![day(9)], generation: 2 };
    assert_eq!(destroyed, expected);
    assert_eq!(home.files(), ["kek-2", "lock", "ring.age"]);

    for ring in [ring, home.open().unwrap()] {
        assert_eq!(ring.days(), [day(2)]);
        assert!(matches!(ring.open_day(day(0)), Err(RingError::Destroyed(_))));
        assert!(matches!(ring.tag_key(day(1)), Err(RingError::Destroyed(_))));
        assert!(matches!(ring.day_public(day(1)), Err(RingError::Destroyed(_))));
        assert!(matches!(ring.open_day(day(9)), Err(RingError::Unknown(_))));
        assert!(opens(&ring, day(2), &sealed[2]));
    }

    let mut ring = home.open().unwrap();
    assert!(matches!(ring.make_day(day(0)), Err(RingError::Destroyed(_))), "never made a second time");
    let again = ring.destroy_days(&[day(0), day(1)]).unwrap();
    assert_eq!(again, Destroyed { days: vec![], absent: vec![day(0), day(1)], generation: 2 });
    ring.destroy_days(&[day(2)]).unwrap();
    assert!(matches!(ring.open_day(day(0)), Err(RingError::Destroyed(_))), "remembered by later rings");
}

#[test]
fn a_rotation_keeps_every_day() {
    let home = Home::new();
    let mut ring = home.init();
    let public = ring.make_day(day(0)).unwrap();
    let sealed = seal(&ring, &public);
    let (verifying, office) = (ring.verifying_key(), ring.office_public().unwrap());
    assert_eq!(ring.rotate().unwrap(), 2);
    drop(ring);
    let ring = home.open().unwrap();
    assert!(opens(&ring, day(0), &sealed));
    assert_eq!((ring.verifying_key(), ring.office_public().unwrap()), (verifying, office));
}

/// After what opens the ring may have been seen: the old key file opens neither the ring nor, with the wrapping key gone,
/// what a copy from before still holds.
#[test]
fn another_key_file_takes_the_place_of_one_that_was_seen() {
    let home = Home::new();
    let mut ring = home.init();
    let public = ring.make_day(day(0)).unwrap();
    let sealed = seal(&ring, &public);
    let copy = std::fs::read(home.folder().join("ring.age")).unwrap();
    let path = home.folder().with_extension("new-key");
    let new = Unlock::key_file(&path);
    let mut reader = home.open().unwrap();
    assert!(matches!(reader.replace_unlock(&new), Err(RingError::ReadOnly)) && !path.exists());
    drop(reader);
    assert_eq!(ring.replace_unlock(&new).unwrap(), 2);
    ring.make_day(day(1)).unwrap();
    drop(ring);
    assert!(matches!(home.open(), Err(RingError::WrongKey)));
    let ring = KeyRing::open(&home.folder(), &new, &home.randomness).unwrap();
    assert!(opens(&ring, day(0), &sealed) && ring.days() == [day(0), day(1)]);
    drop(ring);
    std::fs::write(home.folder().join("ring.age"), copy).unwrap();
    assert!(matches!(home.open(), Err(RingError::KekMissing(_))));
}

#[test]
fn a_second_opener_reads_until_the_first_is_gone() {
    let home = Home::new();
    let mut owner = home.init();
    let public = owner.make_day(day(0)).unwrap();
    let sealed = seal(&owner, &public);

    let mut reader = home.open().unwrap();
    assert!(reader.is_read_only());
    assert!(opens(&reader, day(0), &sealed));
    assert_eq!(reader.make_day(day(0)).unwrap(), public, "finding a day changes nothing");
    assert!(matches!(reader.make_day(day(1)), Err(RingError::ReadOnly)));
    assert!(matches!(reader.destroy_days(&[day(0)]), Err(RingError::ReadOnly)));
    assert!(matches!(reader.rotate(), Err(RingError::ReadOnly)));

    owner.make_day(day(1)).unwrap();
    owner.destroy_days(&[day(0)]).unwrap();
    reader.refresh().unwrap();
    assert!(reader.is_read_only());
    assert_eq!(reader.days(), [day(1)]);
    assert!(!opens(&reader, day(0), &sealed));

    drop(owner);
    reader.refresh().unwrap();
    assert!(!reader.is_read_only());
    reader.make_day(day(2)).unwrap();
}

/// Two machines, a volume whose lock doesn't hold: the first stood still and knows nothing of what the second did.
#[test]
fn who_stood_still_while_another_wrote_changes_nothing() {
    let home = Home::new();
    let mut stood_still = [home.init()];
    let made = stood_still[0].make_days(&[day(0), day(1)]).unwrap();
    let sealed: Vec<_> = made.iter().map(|public| seal(&stood_still[0], public)).collect();
    let changes: [fn(&mut KeyRing) -> bool; 5] = [
        |ring| matches!(ring.make_day(day(3)), Err(RingError::ReadOnly)),
        |ring| matches!(ring.destroy_days(&[day(1)]), Err(RingError::ReadOnly)),
        // Nothing of it is to be destroyed: it would only sweep.
        |ring| matches!(ring.destroy_days(&[day(9)]), Err(RingError::ReadOnly)),
        |ring| matches!(ring.rotate(), Err(RingError::ReadOnly)),
        |ring| matches!(ring.replace_unlock(&ring.unlock.clone()), Err(RingError::ReadOnly)),
    ];
    for change in changes {
        let [ring] = &mut stood_still;
        std::fs::remove_file(home.folder().join("lock")).unwrap();
        let mut other = home.open().unwrap();
        assert!(!other.is_read_only() && !ring.is_read_only(), "both believe that it is theirs");
        other.destroy_days(&[day(0)]).unwrap();
        other.rotate().unwrap();
        let late = {
            let public = other.make_day(day(2)).unwrap();
            seal(&other, &public)
        };
        let files = home.files();
        assert!(change(ring));
        assert_eq!(home.files(), files);
        drop(other);
        ring.refresh().unwrap();
        assert!(!ring.is_read_only());
        assert!(
            !opens(ring, day(0), &sealed[0]) && opens(ring, day(1), &sealed[1]) && opens(ring, day(2), &late)
        );
    }
}

#[test]
fn a_reader_opens_at_any_moment_of_a_replacement() {
    let home = Home::new();
    let mut owner = home.init();
    owner.make_day(day(0)).unwrap();
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            for _ in 0..100 {
                let reader = home.open().unwrap();
                assert!(reader.is_read_only());
                reader.open_day(day(0)).unwrap();
            }
        });
        while !reading.is_finished() {
            owner.rotate().unwrap();
        }
        reading.join().unwrap();
    });
}

#[test]
fn a_passphrase_opens_it_as_well() {
    let home = Home::new();
    let (right, wrong) = (Unlock::passphrase("正しい馬".into()), Unlock::passphrase("違う馬".into()));
    let osaka = Deployment::parse("osaka").unwrap();
    let mut ring = KeyRing::init(&home.folder(), &right, &osaka, &home.randomness).unwrap();
    ring.make_day(day(0)).unwrap();
    ring.rotate().unwrap();
    drop(ring);
    assert_eq!(KeyRing::open(&home.folder(), &right, &home.randomness).unwrap().days(), [day(0)]);
    let refused = KeyRing::open(&home.folder(), &wrong, &home.randomness);
    assert!(matches!(refused, Err(RingError::WrongKey)));
    assert_eq!(format!("{right:?}"), "Unlock(passphrase)");
}

#[test]
fn the_offices_key_outlives_every_day() {
    let home = Home::new();
    let mut ring = home.init();
    ring.make_day(day(0)).unwrap();
    let sealer = Sealer::new(ring.deployment().clone(), ring.verifying_key());
    let sealer = sealer.open_office(&ring.office_public().unwrap()).unwrap();
    let sealed = sealer.seal(Purpose::Operator, b"venue 1", b"taro@example.jp").unwrap();
    ring.destroy_days(&[day(0)]).unwrap();
    let opener = ring.office_opener().unwrap();
    assert_eq!(opener.open(Purpose::Operator, b"venue 1", &sealed).unwrap().as_slice(), b"taro@example.jp");
    assert_eq!(opener.open(Purpose::Operator, b"venue 2", &sealed).err(), Some(OpenError::NotOpened));
}

/// A report ends with the day of its receipt: what opened it before opens it no more, nor does what stays.
#[test]
fn a_days_record_ends_with_its_day() {
    let home = Home::new();
    let mut ring = home.init();
    let made = ring.make_days(&[day(0), day(1)]).unwrap();
    let sealer = Sealer::new(ring.deployment().clone(), ring.verifying_key()).open_day(&made[0]).unwrap();
    let sealed = sealer.seal_record(Purpose::Report, b"report 1", b"taro@example.jp").unwrap();
    let open = |ring: &KeyRing, day| {
        ring.open_day(day).map(|opener| opener.open_record(Purpose::Report, b"report 1", &sealed))
    };
    assert_eq!(open(&ring, day(0)).unwrap().unwrap().as_slice(), b"taro@example.jp");
    ring.destroy_days(&[day(0)]).unwrap();
    for ring in [ring, home.open().unwrap()] {
        assert!(matches!(open(&ring, day(0)), Err(RingError::Destroyed(_))));
        assert_eq!(open(&ring, day(1)).unwrap().err(), Some(OpenError::NotOpened));
        let office = ring.office_opener().unwrap();
        let opened = office.open(Purpose::Report, b"report 1", &sealed);
        assert_eq!(opened.err(), Some(OpenError::NotOpened));
    }
}

#[test]
fn a_notices_key_is_its_notices_only_and_ends_with_its_day() {
    let home = Home::new();
    let mut ring = home.init();
    ring.make_days(&[day(0), day(1)]).unwrap();
    let (notice, other) = (NoticeId::from_random([1; 16]), NoticeId::from_random([2; 16]));
    let key = RecipientKey::new(&home.randomness);
    let taro = Contact::email("taro@example.jp").unwrap();
    let wrapped = ring.wrap_notice_key(day(0), notice, &key).unwrap();
    assert_eq!(wrapped.len(), 60);
    ring.rotate().unwrap();
    assert_eq!(ring.unwrap_notice_key(day(0), notice, &wrapped).unwrap().hash(&taro), key.hash(&taro));
    let refused = |day, notice, wrapped: &[u8]| {
        matches!(ring.unwrap_notice_key(day, notice, wrapped), Err(RingError::NoticeKey))
    };
    assert!(refused(day(0), other, &wrapped), "another notice's");
    assert!(refused(day(1), notice, &wrapped), "another day's");
    assert!(refused(day(0), notice, &wrapped[1..]) && refused(day(0), notice, b""));
    let stranger = Home { randomness: Randomness::seeded(2), ..Home::new() };
    let mut stranger = stranger.init();
    stranger.make_day(day(0)).unwrap();
    assert!(matches!(stranger.unwrap_notice_key(day(0), notice, &wrapped), Err(RingError::NoticeKey)));

    ring.destroy_days(&[day(0)]).unwrap();
    assert!(matches!(ring.unwrap_notice_key(day(0), notice, &wrapped), Err(RingError::Destroyed(_))));
    assert!(matches!(ring.wrap_notice_key(day(0), notice, &key), Err(RingError::Destroyed(_))));
    assert!(matches!(ring.wrap_notice_key(day(9), notice, &key), Err(RingError::Unknown(_))));
}

#[test]
fn nothing_secret_is_shown() {
    let home = Home::new();
    let mut ring = home.init();
    ring.make_day(day(0)).unwrap();
    let shown = format!(
        "{ring:?} {:?} {:?} {:?} {:?}",
        ring.open_day(day(0)).unwrap(),
        ring.tag_key(day(0)).unwrap(),
        ring.office_opener().unwrap(),
        ring.signing
    );
    assert!(shown.starts_with("KeyRing { folder: "), "{shown}");
    assert!(
        shown.ends_with(
            "deployment: \"osaka\", generation: 1, days: 1, read_only: false, .. } \
         DayOpener(2026-11-22, …) TagKey(…) OfficeOpener(…) SigningKey(…)"
        ),
        "{shown}"
    );
}
