//! What the disease is: how long a case is infectious, and how long the air stays so after it.
//!
//! A pack names a profile (`[disease] profile = "measles"`), whose values lie in `diseases/*.toml` with their
//! sources, and overrides what it knows better. Everything that depends on the disease is here, so another
//! disease is another file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::policy::in_language;
use crate::policy::pack::Problems;

/// A disease whose figures the engine knows.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// `covid-19`
    #[default]
    #[serde(rename = "covid-19")]
    Covid19,
    /// `measles`
    Measles,
    /// `influenza`
    Influenza,
}

/// By which day the illness is dated: what patients and officers are asked for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Onset {
    /// The first symptom, fever or cough.
    Symptoms,
    /// The rash.
    Rash,
}

impl Onset {
    /// The pack's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Symptoms => "symptoms",
            Self::Rash => "rash",
        }
    }
}

/// From which day a case without symptoms is counted back (D6).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AsymptomaticAnchor {
    /// The day on which the sample was taken.
    SamplingDate,
    /// The day on which the result was known.
    PositiveDate,
}

/// When visits stop to count (D5).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExposureEnd {
    /// With the day of the positive test.
    PositiveDate,
    /// `days_after_onset` days after onset; without symptoms with the day of the positive test.
    DaysAfterOnset,
}

/// A disease, as the pack has it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Disease {
    /// Where the values come from that the pack leaves out.
    #[serde(default)]
    pub profile: Profile,
    /// What it is called on pages and in mails.
    pub name: String,
    /// The same in English; the Japanese name where it has none.
    pub name_en: Option<String>,
    /// By which day it is dated.
    pub onset: Onset,
    /// Days before onset from which visits count, 0 to 14 (D4).
    #[schemars(range(min = 0, max = 14))]
    pub days_before_onset: u8,
    /// From which day a case without symptoms is counted back.
    pub asymptomatic_anchor: AsymptomaticAnchor,
    /// Days before that day from which visits of a case without symptoms count, 0 to 14 (D6).
    #[schemars(range(min = 0, max = 14))]
    pub days_before_sampling: u8,
    /// Days before either from which visits count too, 0 to 14 (D7): where the case itself was infected.
    #[serde(default)]
    pub backward_days: u8,
    /// When visits stop to count.
    pub exposure_end: ExposureEnd,
    /// Days after onset until which they count, 0 to 21, where `exposure_end` says so.
    #[schemars(range(min = 0, max = 21))]
    pub days_after_onset: u8,
    /// Minutes for which the air stays infectious after the person left, 0 to 1440; used where visits are
    /// matched by time band.
    #[schemars(range(min = 0, max = 1440))]
    pub lingering_minutes: u32,
}

impl Disease {
    /// Its name in a language.
    pub fn name(&self, language: &str) -> &str {
        in_language(&self.name, self.name_en.as_deref(), language)
    }

    /// How many days before onset visits count.
    pub fn before_onset(&self) -> u8 {
        self.days_before_onset.max(self.backward_days)
    }

    /// How many days before the anchor of a case without symptoms.
    pub fn before_sampling(&self) -> u8 {
        self.days_before_sampling.max(self.backward_days)
    }

    pub(crate) fn check(&self, problems: &mut Problems<'_>) {
        problems.unless(self.days_before_onset <= 14, "disease.days_before_onset", "0 to 14");
        problems.unless(self.days_before_sampling <= 14, "disease.days_before_sampling", "0 to 14");
        problems.unless(self.backward_days <= 14, "disease.backward_days", "0 to 14");
        problems.unless(self.days_after_onset <= 21, "disease.days_after_onset", "0 to 21");
        problems.unless(self.lingering_minutes <= 1440, "disease.lingering_minutes", "0 to 1440");
    }
}

/// Puts the profile's values into the section `disease` of a pack's file where it has none of its own. A
/// disease that the pack names itself takes no other language's name from the profile.
pub(crate) fn fill_from_profile(file: &mut Table) {
    let section = file.entry("disease").or_insert_with(|| Value::Table(Table::new()));
    let Some(section) = section.as_table_mut() else { return };
    let profile = section.get("profile").cloned().and_then(|name| Profile::deserialize(name).ok());
    let named = section.contains_key("name");
    for (key, value) in values(profile.unwrap_or_default()) {
        if !(named && key == "name_en") {
            section.entry(key).or_insert(value);
        }
    }
}

fn values(profile: Profile) -> Table {
    let text = match profile {
        Profile::Covid19 => include_str!("../diseases/covid-19.toml"),
        Profile::Measles => include_str!("../diseases/measles.toml"),
        Profile::Influenza => include_str!("../diseases/influenza.toml"),
    };
    // A test reads each: a mistake in one would be said as keys that are missing.
    text.parse().unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A disease of these lines, over the profile that they name.
    pub(crate) fn disease(lines: &str) -> Disease {
        let mut file: Table = format!("[disease]\n{lines}").parse().unwrap();
        fill_from_profile(&mut file);
        Disease::deserialize(file["disease"].clone()).unwrap()
    }

    /// DESIGN section 7: COVID-19, measles and influenza ship.
    #[test]
    fn each_profile_is_whole() {
        for (name, english, before, lingering) in [
            ("covid-19", "COVID-19", 2, 30),
            ("measles", "measles", 4, 120),
            ("influenza", "influenza", 1, 0),
        ] {
            let read = disease(&format!("profile = {name:?}"));
            assert_eq!((read.name("en"), read.days_before_onset), (english, before));
            assert_eq!(read.lingering_minutes, lingering);
            assert!(!read.name("ja").is_empty() && read.name("ja") != read.name("en"));
        }
        assert_eq!(disease("").profile, Profile::Covid19);
    }

    /// Each value of a profile says in the comment above it whether a source has it or it is an example.
    #[test]
    fn each_value_says_where_it_comes_from() {
        for text in [
            include_str!("../diseases/covid-19.toml"),
            include_str!("../diseases/measles.toml"),
            include_str!("../diseases/influenza.toml"),
        ] {
            let (mut comment, mut values) = (String::new(), 0);
            let mut before = "";
            for line in text.lines() {
                match line.strip_prefix("# ") {
                    Some(more) if before.starts_with('#') => comment.push_str(more),
                    Some(first) => comment = first.to_owned(),
                    None if line.starts_with("name") || line.starts_with('#') => {}
                    None => {
                        let said = comment.starts_with("Source: ") || comment.starts_with("Example: ");
                        assert!(said, "{line}: {comment}");
                        values += 1;
                    }
                }
                before = line;
            }
            assert_eq!(values, 7, "{text}");
        }
    }

    #[test]
    fn a_pack_overrides_single_values() {
        let own = disease("profile = \"measles\"\ndays_before_onset = 5\nname = \"はしか\"");
        let (profile, before) = (disease("profile = \"measles\""), 5);
        let expected =
            Disease { days_before_onset: before, name: "はしか".into(), name_en: None, ..profile };
        assert_eq!(own, expected);
        assert_eq!(own.name("en"), "はしか");
    }
}
