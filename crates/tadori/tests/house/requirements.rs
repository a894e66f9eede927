//! Requirements and the text that names them: a rule that is kept says which one it is, so that `grep`
//! finds the proof.

use std::collections::BTreeSet;

use crate::assert_none;
use crate::repository::texts;

/// The systems whose rules are listed so far, with the number of their rules.
const SYSTEMS: &[(&str, usize)] = &[
    ("OSK", 42),
    ("HYG", 14),
    ("KYF", 6),
    ("KYC", 8),
    ("HKD", 44),
    ("STM", 43),
    ("KNG", 26),
    ("COC", 3),
    ("GEN", 2),
];

/// What is named already, and stays so.
const KEPT: &[&str] = &[
    "OSK-2", "OSK-3", "OSK-5", "OSK-6", "OSK-12", "OSK-13", "OSK-14", "OSK-15", "OSK-16", "OSK-17", "OSK-18",
    "OSK-19", "OSK-21", "OSK-22", "OSK-23", "OSK-24", "OSK-25", "OSK-26", "OSK-27", "OSK-30", "OSK-32",
    "OSK-36", "OSK-39", "OSK-40", "OSK-41",
];

fn all() -> Vec<String> {
    SYSTEMS.iter().flat_map(|(system, rules)| (1..=*rules).map(move |n| format!("{system}-{n}"))).collect()
}

/// Every id in the texts, `OSK-1` and `OSK-12..14` alike.
fn named<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in texts {
        for (system, _) in SYSTEMS {
            for (at, _) in text.match_indices(&format!("{system}-")) {
                let rest = &text[at + system.len() + 1..];
                let Some((first, rest)) = number(rest) else { continue };
                let last = rest.strip_prefix("..").and_then(number).map_or(first, |(last, _)| last);
                found.extend((first..=last.min(first + 99)).map(|n| format!("{system}-{n}")));
            }
        }
    }
    found
}

fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Code, tests, templates and packs, but not these rules themselves.
fn proofs() -> Vec<String> {
    let own = "crates/tadori/tests/house/";
    let texts = ["crates", "jurisdictions", "tests"].into_iter().flat_map(texts);
    texts.filter(|(path, _)| !path.starts_with(own)).map(|(_, text)| text).collect()
}

/// What was covered stays covered: a requirement isn't dropped unnoticed. The ones not yet named are
/// printed.
#[test]
fn requirements_stay_named() {
    let texts = proofs();
    let named = named(texts.iter().map(String::as_str));
    let open: Vec<String> = all().into_iter().filter(|id| !named.contains(id)).collect();
    println!("not named yet: {}", open.join(" "));
    let lost = KEPT.iter().filter(|id| !named.contains(**id));
    assert_none(&lost.map(|id| format!("{id} was covered, and nothing names it now")).collect::<Vec<_>>());
    let unknown = named.iter().filter(|id| !all().contains(id));
    assert_none(
        &unknown.map(|id| format!("{id} is named, and there is no such requirement")).collect::<Vec<_>>(),
    );
}

/// Ids are read whole.
#[test]
fn ids_are_read() {
    let found = named(["// OSK-13: x, OSK-4..6", "GEN-2) OSK-x"].into_iter());
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["GEN-2", "OSK-13", "OSK-4", "OSK-5", "OSK-6"]);
}
