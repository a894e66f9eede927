//! Files that are cut short, changed, foreign or missing: a typed error, never a panic, never a wrong ring.

use proptest::prelude::*;

use super::tests::{Home, day};
use super::*;

#[test]
fn what_is_missing_is_named() {
    let home = Home::new();
    assert!(matches!(home.open(), Err(RingError::Missing(_))));
    drop(home.init());
    std::fs::remove_file(home.folder().join("kek-1")).unwrap();
    assert!(matches!(home.open(), Err(RingError::KekMissing(1))));
    std::fs::remove_file(home.root.path().join("ring.key")).unwrap();
    assert!(matches!(home.open(), Err(RingError::Io { path, .. }) if path.ends_with("ring.key")));
}

#[test]
fn another_rings_key_file_is_told_from_a_damaged_ring() {
    let (home, other) = (Home::new(), Home::new());
    drop((home.init(), other.init()));
    let refused = KeyRing::open(&home.folder(), &other.unlock(), &home.randomness);
    assert!(matches!(refused, Err(RingError::WrongKey)));
    let passphrase = Unlock::passphrase("horse".into());
    let refused = KeyRing::open(&home.folder(), &passphrase, &home.randomness);
    assert!(matches!(refused, Err(RingError::WrongKey)));
}

#[test]
fn a_key_file_without_a_key_is_named() {
    let home = Home::new();
    drop(home.init());
    for text in ["", "# only a comment\n", "AGE-SECRET-KEY-1NONSENSE", "age1publickey", "\u{0}"] {
        std::fs::write(home.root.path().join("ring.key"), text).unwrap();
        assert!(matches!(home.open(), Err(RingError::KeyFile(_))), "{text:?}");
    }
    std::fs::write(home.root.path().join("ring.key"), [0xFF; 64]).unwrap();
    assert!(matches!(home.open(), Err(RingError::Io { .. })), "no text at all");
}

#[test]
fn a_wrapping_key_cut_short_is_damage() {
    let home = Home::new();
    drop(home.init());
    for bytes in [vec![], vec![1; 31], vec![1; 33], vec![1; 32]] {
        std::fs::write(home.folder().join("kek-1"), bytes).unwrap();
        assert!(matches!(home.open(), Err(RingError::Damaged(_))));
    }
}

#[test]
fn a_file_with_a_silly_name_is_nobodys_wrapping_key() {
    let home = Home::new();
    drop(home.init());
    for name in ["kek-", "kek-x", "kek-99999999999999999999999", "notes.txt"] {
        std::fs::write(home.folder().join(name), b"x").unwrap();
    }
    home.open().unwrap().rotate().unwrap();
    assert!(home.files().contains(&"notes.txt".to_owned()), "what isn't ours is left alone");
}

#[test]
fn a_ring_of_a_newer_program_is_named_and_left_alone() {
    let home = Home::new();
    let ring = home.init();
    let mut json = serde_json::to_value(&ring.contents).unwrap();
    json["format"] = 2.into();
    json["something_new"] = "x".into();
    let newer = home.unlock().encrypt(json.to_string().as_bytes()).unwrap();
    std::fs::write(home.folder().join("ring.age"), newer).unwrap();
    drop(ring);
    assert!(matches!(home.open(), Err(RingError::UnknownFormat(2))));
}

#[test]
fn contents_that_contradict_themselves_are_damage() {
    let home = Home::new();
    let mut ring = home.init();
    ring.make_day(day(0)).unwrap();
    let good = serde_json::to_value(&ring.contents).unwrap();
    let spoilt = |at: &str, value: serde_json::Value| {
        let mut json = good.clone();
        *json.pointer_mut(at).unwrap() = value;
        Contents::read(json.to_string().as_bytes()).map(|_| ())
    };
    assert!(spoilt("/generation", 1.into()).is_ok());
    for (at, value) in [
        ("/identity", "not hex".into()),
        ("/days/2026-11-22/keys", "ABCDEF".into()),
        ("/destroyed", serde_json::json!(["yesterday"])),
        ("/days", serde_json::json!({"2026-13-01": good["days"]["2026-11-22"]})),
        ("/days/2026-11-22", serde_json::json!({})),
        ("/generation", (-1).into()),
    ] {
        assert!(matches!(spoilt(at, value), Err(RingError::Damaged(_))), "{at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// One changed bit, or one missing byte, anywhere in the file.
    #[test]
    fn a_changed_or_shortened_ring_is_refused(at: usize, bit in 0u8..8, keep: usize) {
        let home = Home::new();
        let mut ring = home.init();
        ring.make_day(day(0)).unwrap();
        drop(ring);
        let path = home.folder().join("ring.age");
        let good = std::fs::read(&path).unwrap();
        let mut changed = good.clone();
        changed[at % good.len()] ^= 1 << bit;
        for bytes in [&changed[..], &good[..keep % good.len()]] {
            std::fs::write(&path, bytes).unwrap();
            prop_assert!(matches!(home.open(), Err(RingError::Damaged(_) | RingError::WrongKey)));
        }
        std::fs::write(&path, &good).unwrap();
        prop_assert!(home.open().is_ok(), "a refused ring is left as it was");
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes: Vec<u8>) {
        let home = Home::new();
        prop_assert!(Contents::read(&bytes).is_err());
        drop(home.init());
        prop_assert!(home.unlock().decrypt(&bytes).is_err());
    }
}
