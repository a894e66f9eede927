//! The languages say the same things.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// The placeholders of each message, as the text has them.
fn placeholders(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = EMBEDDED.iter().find(|(known, _)| *known == language).unwrap().1;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if line.starts_with(|first: char| first.is_ascii_lowercase()) {
            key = line.split(" =").next().unwrap().to_owned();
            assert!(!found.contains_key(&key), "{language}: {key} stands twice");
            found.insert(key.clone(), BTreeSet::new());
        }
        let names = line.split("{ $").skip(1).map(|rest| rest.split([' ', '}']).next().unwrap().to_owned());
        found.get_mut(&key).unwrap().extend(names);
    }
    found
}

#[test]
fn english_has_every_key_with_the_same_placeholders() {
    assert_eq!(placeholders("ja"), placeholders("en"));
}

#[test]
fn plain_japanese_has_only_keys_of_japanese() {
    let japanese = placeholders("ja");
    for (key, names) in placeholders("ja-easy") {
        let Some(known) = japanese.get(&key) else { panic!("{key} isn't in ja.ftl") };
        assert!(names.is_subset(known), "{key}: {names:?}");
    }
}

#[test]
fn every_key_has_a_sentence() {
    let wording = Wording::new(&BTreeMap::new()).unwrap();
    for (language, _) in EMBEDDED {
        let silent: Vec<String> =
            keys(language).into_iter().filter(|key| !wording.has(language, key)).collect();
        assert!(silent.is_empty(), "{language}: {silent:?}");
    }
}

#[test]
fn a_missing_value_or_key_is_an_error() {
    let wording = Wording::new(&BTreeMap::new()).unwrap();
    assert!(matches!(wording.text("ja", "no-such-key", &[]), Err(WordingError::UnknownKey(_))));
    assert!(matches!(wording.text("ja", "check-in-after", &[]), Err(WordingError::Unfilled { .. })));
}

#[test]
fn a_pack_overrides_one_sentence_and_nothing_else() {
    let overlay = BTreeMap::from([("ja".to_owned(), "check-in-submit = 送る".to_owned())]);
    let wording = Wording::new(&overlay).unwrap();
    assert_eq!(wording.text("ja", "check-in-submit", &[]).unwrap(), "送る");
    assert_eq!(wording.text("ja", "thanks-heading", &[]).unwrap(), "登録しました");
    // Plain Japanese has its own word for it, English too: a pack changes each language by itself.
    assert_eq!(wording.text("en", "check-in-submit", &[]).unwrap(), "Register");
}

#[test]
fn a_broken_or_unknown_file_is_named() {
    let broken = BTreeMap::from([("ja".to_owned(), "nonsense".to_owned())]);
    assert!(matches!(Wording::new(&broken), Err(WordingError::Unreadable { .. })));
    let unknown = BTreeMap::from([("tlh".to_owned(), String::new())]);
    assert!(matches!(Wording::new(&unknown), Err(WordingError::UnknownLanguage(_))));
}

#[test]
fn english_counts() {
    let wording = Wording::new(&BTreeMap::new()).unwrap();
    for (count, words) in [(1, "1 month"), (2, "2 months")] {
        let mut arguments = FluentArgs::new();
        arguments.set("count", count);
        assert_eq!(wording.say("en", "span-months", &arguments).unwrap(), words);
    }
}
