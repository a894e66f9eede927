//! What a power cut between two steps of an expiry leaves behind, and what a thief makes of old copies.

use super::tests::{Home, day, opens, seal};
use super::*;

const STEPS: [Step; 4] =
    [Step::NewKekWritten, Step::NewRingWritten, Step::NewRingInPlace, Step::OldKekDestroyed];

#[test]
fn a_crash_at_any_step_leaves_a_ring_that_opens_and_ends_what_was_begun() {
    for step in STEPS {
        let home = Home::new();
        let mut ring = home.init();
        let made = ring.make_days(&[day(0), day(1)]).unwrap();
        let sealed: Vec<_> = made.iter().map(|public| seal(&ring, public)).collect();
        ring.replace_kek(&[day(0)], step).unwrap();
        drop(ring);

        let mut ring = home.open().unwrap();
        let gone = matches!(step, Step::NewRingInPlace | Step::OldKekDestroyed);
        assert_eq!(opens(&ring, day(0), &sealed[0]), !gone, "{step:?}");
        assert!(opens(&ring, day(1), &sealed[1]), "{step:?}");
        let current = format!("kek-{}", ring.generation());
        assert_eq!(home.files(), [current.as_str(), "lock", "ring.age"], "opening sweeps: {step:?}");

        let redone = ring.destroy_days(&[day(0)]).unwrap();
        assert_eq!(redone.days.is_empty(), gone, "{step:?}");
        assert!(!opens(&ring, day(0), &sealed[0]), "{step:?}");
        assert!(opens(&home_after(ring, &home), day(1), &sealed[1]), "{step:?}");
    }
}

/// The same, when the process lives on and its next expiry comes without a restart.
#[test]
fn an_expiry_after_a_failed_one_ends_both() {
    for step in STEPS {
        let home = Home::new();
        let mut ring = home.init();
        let made = ring.make_days(&[day(0), day(1), day(2)]).unwrap();
        let sealed: Vec<_> = made.iter().map(|public| seal(&ring, public)).collect();
        ring.replace_kek(&[day(0)], step).unwrap();
        ring.make_day(day(3)).unwrap();
        ring.destroy_days(&[day(0), day(1)]).unwrap();
        let current = format!("kek-{}", ring.generation());
        assert_eq!(home.files(), [current.as_str(), "lock", "ring.age"], "{step:?}");
        let ring = home_after(ring, &home);
        assert_eq!(ring.days(), [day(2), day(3)], "{step:?}");
        assert!(opens(&ring, day(2), &sealed[2]), "{step:?}");
    }
}

/// A second try of the same expiry after the ring was put in place, but before the old key's end.
#[test]
fn redoing_an_expiry_destroys_the_wrapping_key_that_was_left() {
    let home = Home::new();
    let mut ring = home.init();
    ring.make_day(day(0)).unwrap();
    ring.replace_kek(&[day(0)], Step::NewRingInPlace).unwrap();
    assert_eq!(home.files(), ["kek-1", "kek-2", "lock", "ring.age"]);
    let redone = ring.destroy_days(&[day(0)]).unwrap();
    assert_eq!(redone, Destroyed { days: vec![], absent: vec![day(0)], generation: 2 });
    assert_eq!(home.files(), ["kek-2", "lock", "ring.age"]);
}

#[test]
fn a_crash_while_a_ring_is_made_doesnt_hinder_the_next_try() {
    let home = Home::new();
    drop(home.init());
    std::fs::rename(home.folder().join("ring.age"), home.folder().join("ring.age.new")).unwrap();
    assert!(matches!(home.open(), Err(RingError::Missing(_))));
    let ring = home.init();
    assert_eq!(ring.generation(), 2);
    assert_eq!(home.files(), ["kek-2", "lock", "ring.age"]);
}

/// After a renaming that failed, nobody knows which ring is on the disk: nothing is changed until it was read.
#[test]
fn a_failed_renaming_makes_the_ring_read_only_until_it_is_read_again() {
    let home = Home::new();
    let mut ring = home.init();
    let public = ring.make_day(day(0)).unwrap();
    let sealed = seal(&ring, &public);
    let (contents, kek) = (ring.contents.clone(), ring.kek.clone());
    assert!(matches!(ring.put_in_place(contents, kek, Vec::new()), Err(RingError::Io { .. })));
    assert!(matches!(ring.make_day(day(1)), Err(RingError::ReadOnly)));
    assert!(opens(&ring, day(0), &sealed));
    ring.refresh().unwrap();
    ring.make_day(day(1)).unwrap();
}

/// The thief has last month's ring, the key file, today's wrapping key, and the database.
#[test]
fn an_old_copy_of_the_ring_opens_nothing() {
    let home = Home::new();
    let mut ring = home.init();
    let made = ring.make_days(&[day(0), day(1)]).unwrap();
    let sealed: Vec<_> = made.iter().map(|public| seal(&ring, public)).collect();
    let old = std::fs::read(home.folder().join("ring.age")).unwrap();
    ring.destroy_days(&[day(0)]).unwrap();
    drop(ring);
    let new = std::fs::read(home.folder().join("ring.age")).unwrap();

    std::fs::write(home.folder().join("ring.age"), &old).unwrap();
    assert!(matches!(home.open(), Err(RingError::KekMissing(1))), "with the new wrapping key");
    std::fs::copy(home.folder().join("kek-2"), home.folder().join("kek-1")).unwrap();
    assert!(matches!(home.open(), Err(RingError::Damaged(_))), "with the new wrapping key as the old");
    std::fs::write(home.folder().join("kek-1"), [0; 32]).unwrap();
    assert!(matches!(home.open(), Err(RingError::Damaged(_))), "with the overwritten wrapping key");

    // A refused ring is not swept: the right one can be put back.
    std::fs::write(home.folder().join("ring.age"), &new).unwrap();
    let ring = home.open().unwrap();
    assert!(!opens(&ring, day(0), &sealed[0]));
    assert!(opens(&ring, day(1), &sealed[1]));
}

/// The destroyed day's wrapped keys, put into the new ring by hand, don't unwrap under the new key; and
/// neither do a living day's keys under another day's name.
#[test]
fn old_wrapped_keys_dont_fit_a_new_ring() {
    let home = Home::new();
    let mut ring = home.init();
    ring.make_days(&[day(0), day(1)]).unwrap();
    let json = |ring: &KeyRing| serde_json::to_value(&ring.contents).unwrap();
    let old = json(&ring);
    ring.destroy_days(&[day(0)]).unwrap();
    let new = json(&ring);
    let secret = old["days"]["2026-11-22"]["keys"].as_str().unwrap();
    assert!(!new.to_string().contains(secret));

    for (date, keys) in
        [("2026-11-22", &old["days"]["2026-11-22"]), ("2026-11-24", &new["days"]["2026-11-23"])]
    {
        let mut forged = new.clone();
        forged["days"][date] = keys.clone();
        ring.contents = Contents::read(forged.to_string().as_bytes()).unwrap();
        let date = ServiceDay::parse(date).unwrap();
        assert!(matches!(ring.open_day(date), Err(RingError::Damaged(_))), "{date}");
    }
    ring.contents = Contents::read(new.to_string().as_bytes()).unwrap();
    assert!(ring.open_day(day(1)).is_ok());
    ring.contents.generation += 1;
    assert!(matches!(ring.open_day(day(1)), Err(RingError::Damaged(_))), "of another generation");
}

fn home_after(ring: KeyRing, home: &Home) -> KeyRing {
    drop(ring);
    home.open().unwrap()
}
