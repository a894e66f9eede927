//! `changes.toml`: what was changed on the pages, when (HKD-1).

use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Table, Value};

use super::in_language;
use super::pack::{PackError, Problems};
use super::read::Reader;
use super::schema::DATE;
use crate::service_day::ServiceDay;
use crate::text::deceives;

/// The file's name.
pub const FILE: &str = "changes.toml";

/// The longest text of a change, in characters.
const LONGEST: usize = 300;

/// One change.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The day.
    #[schemars(regex(pattern = DATE))]
    pub on: String,
    /// What was changed, and for whom.
    pub text: String,
    /// The same in English.
    pub text_en: Option<String>,
}

impl Change {
    /// What was changed, in a language.
    pub fn text(&self, language: &str) -> &str {
        in_language(&self.text, self.text_en.as_deref(), language)
    }
}

/// Reads and checks the file; the newest change stands first, and none is newer than the pages say they are.
pub(super) fn read(text: &str, updated_on: Option<&str>, errors: &mut Vec<PackError>) -> Vec<Change> {
    let before = errors.len();
    let mut reader = Reader::new(FILE, errors);
    let Some(mut file) = reader.table(text) else { return Vec::new() };
    let entries = match file.remove("change") {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    reader.unknown(&file, &["change"]);
    let mut changes: Vec<Change> = Vec::new();
    for (n, entry) in entries.into_iter().enumerate() {
        let key = format!("change[{n}]");
        changes.extend(reader.section::<Change>(&mut Table::from_iter([(key.clone(), entry)]), &key));
    }
    // What couldn't be read would be missed a second time.
    if errors.len() == before {
        check(&changes, updated_on, &mut Problems::of(FILE, errors));
    }
    changes
}

fn check(changes: &[Change], updated_on: Option<&str>, problems: &mut Problems<'_>) {
    problems.unless(!changes.is_empty(), "change", "at least one, or no file");
    let mut later: Option<ServiceDay> = None;
    for (n, change) in changes.iter().enumerate() {
        let key = |name: &str| format!("change[{n}].{name}");
        let day = ServiceDay::parse(&change.on);
        problems.unless(day.is_some(), &key("on"), "a date like 2026-11-22");
        if let (Some(day), Some(later)) = (day, later) {
            problems.unless(day <= later, &key("on"), "the newest change stands first");
        }
        later = day.or(later);
        for (name, text) in [("text", Some(&change.text)), ("text_en", change.text_en.as_ref())] {
            let long = |text: &String| (1..=LONGEST).contains(&text.trim().chars().count());
            let good = text.is_none_or(|text| long(text) && !text.chars().any(deceives));
            problems.unless(good, &key(name), &format!("one line of 1 to {LONGEST} characters"));
        }
    }
    let newest = changes.first().and_then(|change| ServiceDay::parse(&change.on));
    if let (Some(newest), Some(updated)) = (newest, updated_on.and_then(ServiceDay::parse)) {
        let said = "not later than pages.updated_on in jurisdiction.toml";
        problems.unless(newest <= updated, "change[0].on", said);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let mut errors = Vec::new();
        read(text, Some("2026-11-22"), &mut errors);
        errors.iter().map(ToString::to_string).collect()
    }

    fn change(on: &str, text: &str) -> String {
        format!("[[change]]\non = \"{on}\"\ntext = \"{text}\"\n")
    }

    #[test]
    fn changes_are_read_in_their_order_and_language() {
        let text = change("2026-11-22", "加えました。")
            + "text_en = \"Added.\"\n"
            + &change("2026-10-01", "始めました。");
        let mut errors = Vec::new();
        let changes = read(&text, None, &mut errors);
        assert_eq!(errors, []);
        assert_eq!(changes.iter().map(|c| c.text("en")).collect::<Vec<_>>(), ["Added.", "始めました。"]);
        assert_eq!(changes[0].text("ja-easy"), "加えました。");
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_key() {
        for (text, says) in [
            (change("2026-13-01", "a"), "changes.toml: change[0].on: a date"),
            (
                change("2026-11-01", "a") + &change("2026-11-02", "b"),
                "changes.toml: change[1].on: the newest",
            ),
            (change("2026-11-23", "a"), "changes.toml: change[0].on: not later than pages.updated_on"),
            (change("2026-11-01", " "), "changes.toml: change[0].text: one line"),
            (change("2026-11-01", "a\u{202E}b"), "changes.toml: change[0].text: one line"),
            (change("2026-11-01", &"あ".repeat(301)), "changes.toml: change[0].text: one line"),
            (change("2026-11-01", "a") + "by = \"me\"", "changes.toml: change[0].by: unknown field"),
            ("[[chnage]]".into(), "changes.toml: chnage: unknown"),
            (String::new(), "changes.toml: change: at least one"),
            ("[[".into(), "changes.toml: "),
        ] {
            assert!(said(&text).iter().any(|error| error.starts_with(says)), "{says}: {:?}", said(&text));
        }
    }
}
