//! Requirement ids, read out of text: `OSK-13` of a system's rules, `B10` of the parameters in which
//! jurisdictions differ.

use std::collections::BTreeSet;

/// The systems, in the order of the page, with their names.
pub const SYSTEMS: &[(&str, &str)] = &[
    ("OSK", "Osaka"),
    ("HKD", "Hokkaido"),
    ("KYC", "Kyoto city"),
    ("GEN", "Every system"),
    ("KNG", "Kanagawa"),
    ("HYG", "Hyogo"),
    ("KYF", "Kyoto prefecture"),
    ("STM", "Saitama"),
    ("COC", "COCOA"),
];

/// The sections of parameters, with their names.
pub const PARAMETERS: &[(&str, &str)] = &[
    ("A", "Parameters: channels and sender"),
    ("B", "Parameters: check-in"),
    ("C", "Parameters: venues and codes"),
    ("D", "Parameters: cases and exposure"),
    ("E", "Parameters: decision and notice"),
    ("F", "Parameters: data, pages, operations"),
];

/// Every rule's id in a text: `OSK-1`, `OSK-12..14` and `HKD-4 to HKD-7` alike.
pub fn rules(text: &str) -> BTreeSet<String> {
    SYSTEMS.iter().flat_map(|(system, _)| of(text, &format!("{system}-"))).collect()
}

/// Every parameter's id in a text: `B10`, `E13 to E17`.
pub fn parameters(text: &str) -> BTreeSet<String> {
    PARAMETERS.iter().flat_map(|(section, _)| of(text, section)).collect()
}

fn of(text: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(prefix) {
        let begins = !text[..at].ends_with(|letter: char| letter.is_alphanumeric() || "-_#".contains(letter));
        let Some((first, rest)) = number(&text[at + prefix.len()..]).filter(|_| begins) else { continue };
        if rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
            continue;
        }
        let to = rest.strip_prefix("..").or_else(|| rest.strip_prefix(" to ")?.strip_prefix(prefix));
        let last = to.and_then(number).map_or(first, |(last, _)| last);
        found.extend((first..=last.min(first + 99)).map(|n| format!("{prefix}{n}")));
    }
    found
}

fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Ids are read whole, and nothing that only looks like one.
#[test]
fn ids_are_read() {
    let found = rules("// OSK-13: x, OSK-4..6, HKD-8 to HKD-9 GEN-2) OSK-x XOSK-1");
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["GEN-2", "HKD-8", "HKD-9", "OSK-13", "OSK-4", "OSK-5", "OSK-6"]);
    let found = parameters("B10, E1 to E3: (C7) SHA1 #A4 D6x E-1 A_1 rooms_B2");
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["B10", "C7", "E1", "E2", "E3"]);
}
