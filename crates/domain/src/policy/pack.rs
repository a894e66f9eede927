//! A pack, read and checked whole: every error at once, each naming file, key and allowed values.

use super::certificate::{self, CertificatePolicy};
use super::change::{self, Change};
use super::gallery::{self, Example};
use super::own_page::{self, OwnPage};
use super::read::Reader;
use super::{
    CasePolicy, Category, ChannelPolicy, CheckInPolicy, DataPolicy, Desk, NoticePolicy, PagePolicy, Policy,
    Time, Trigger, VenuePolicy, Way,
};
use crate::disease::{self, Disease};
use crate::faq::{Faq, FaqError};
use crate::message::{ENGINE_WORDING, Sender, line, lint};
use crate::retention::Keep;
use crate::service_day::Calendar;
use crate::threshold::{ThresholdError, ThresholdTable};
use crate::wording::{Wording, WordingError};

/// A pack's files as they were read, by name (`jurisdiction.toml`, `wording/ja.ftl`, …).
pub type PackFiles = std::collections::BTreeMap<String, String>;

/// A whole pack: the policy, the table of thresholds, and the words.
#[derive(Debug)]
pub struct Pack {
    /// The rules.
    pub policy: Policy,
    /// Base numbers, by version; `None` where no table decides (E1).
    pub thresholds: Option<ThresholdTable>,
    /// Mails' words, the pack's over the engine's.
    pub wording: Wording,
    /// Questions and answers.
    pub faq: Faq,
    /// The measures of each industry; a pack without them issues no certificates (C19).
    pub certificate: Option<CertificatePolicy>,
    /// What was changed on the pages, the newest first; none without a file of it (HKD-1).
    pub changes: Vec<Change>,
    /// How posters hang in places; none without a file of it (HKD-10).
    pub gallery: Vec<Example>,
    /// Pages of the pack's own.
    pub own_pages: Vec<OwnPage>,
    /// SHA-256 over all files, first 8 bytes in hex: recorded with decisions (architecture invariant 6).
    pub version: String,
    /// The files themselves: templates and print templates are taken from here.
    pub files: PackFiles,
}

/// What is wrong with a pack: the file, the key, and what is allowed there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// A file that every pack must have.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Not TOML, an unknown key, a value of the wrong kind or outside of what is allowed, or two values that
    /// contradict each other.
    #[error("{file}: {}{error}", if key.is_empty() { String::new() } else { format!("{key}: ") })]
    Value {
        /// Which file.
        file: &'static str,
        /// Which key, with its section; empty for the file as a whole.
        key: String,
        /// What is wrong, and what is allowed.
        error: String,
    },
    /// The table.
    #[error("thresholds.toml: {0}")]
    Thresholds(#[from] ThresholdError),
    /// The questions and answers.
    #[error("faq.toml: {0}")]
    Faq(FaqError),
    /// The words.
    #[error(transparent)]
    Wording(#[from] WordingError),
}

/// Where a file's sections say what is wrong with their values.
pub(crate) struct Problems<'a> {
    file: &'static str,
    errors: &'a mut Vec<PackError>,
}

impl<'a> Problems<'a> {
    /// Of a file.
    pub fn of(file: &'static str, errors: &'a mut Vec<PackError>) -> Self {
        Self { file, errors }
    }

    /// Notes what is allowed at `key`, unless it holds.
    pub fn unless(&mut self, holds: bool, key: &str, allowed: &str) {
        if !holds {
            let (key, error) = (key.to_owned(), allowed.to_owned());
            self.errors.push(PackError::Value { file: self.file, key, error });
        }
    }
}

const POLICY: &str = "jurisdiction.toml";

/// The sections of `jurisdiction.toml`.
const SECTIONS: [&str; 12] = [
    "jurisdiction",
    "time",
    "sender",
    "channels",
    "check_in",
    "venues",
    "cases",
    "disease",
    "notices",
    "data",
    "desk",
    "pages",
];

impl Pack {
    /// Reads and checks a pack whole.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(files: PackFiles) -> Result<Self, Vec<PackError>> {
        let mut errors = Vec::new();
        let thresholds = files
            .get("thresholds.toml")
            .and_then(|text| keep(ThresholdTable::parse(text).map_err(PackError::from), &mut errors));
        let policy = keep(required(&files, POLICY), &mut errors)
            .and_then(|text| read_policy(text, thresholds.as_ref(), &mut errors));
        let own = files.iter().filter_map(|(name, text)| {
            Some((name.strip_prefix("wording/")?.strip_suffix(".ftl")?, text.as_str()))
        });
        let wording =
            keep(Wording::new(ENGINE_WORDING.into_iter().chain(own)).map_err(PackError::from), &mut errors);
        let faq = files.get("faq.toml").map_or_else(|| Ok(Faq::default()), |text| Faq::parse(text));
        let faq = faq.unwrap_or_else(|faults| {
            errors.extend(faults.into_iter().map(PackError::Faq));
            Faq::default()
        });
        let venues = policy.as_ref().map(|policy| &policy.venues);
        let certificate =
            files.get(certificate::FILE).and_then(|text| CertificatePolicy::read(text, venues, &mut errors));
        let updated = policy.as_ref().map(|policy| policy.pages.updated_on.as_str());
        let changes = files.get(change::FILE).map(|text| change::read(text, updated, &mut errors));
        let changes = changes.unwrap_or_default();
        let gallery = gallery::read(&files, &mut errors);
        let kept = policy.as_ref().map(kept_quantities);
        let kept = kept.as_ref().map_or(&[][..], |kept| kept.as_slice());
        let own_pages = own_page::read(&files, policy.as_ref(), kept, &mut errors);
        if let (Some(policy), Some(wording)) = (&policy, &wording) {
            errors.extend(faults_of_mails(policy, wording));
        }
        errors.extend(faq.broken_promises(kept).into_iter().map(PackError::Faq));
        let by_table = policy.as_ref().is_some_and(|policy| policy.notices.trigger == Trigger::Threshold);
        if by_table && !files.contains_key("thresholds.toml") {
            errors.push(PackError::Missing("thresholds.toml"));
        }
        match (policy, wording) {
            (Some(policy), Some(wording)) if errors.is_empty() => {
                let version = version(&files);
                let thresholds = thresholds.filter(|_| by_table);
                Ok(Self {
                    policy,
                    thresholds,
                    wording,
                    faq,
                    certificate,
                    changes,
                    gallery,
                    own_pages,
                    version,
                    files,
                })
            }
            _ => Err(errors),
        }
    }

    /// The measures that venues of a category choose from; `None` where they get no certificate.
    pub fn industry_of(&self, category: &str) -> Option<&certificate::Industry> {
        self.certificate.as_ref()?.industry_of(category)
    }

    /// The category of that word.
    pub fn category(&self, id: &str) -> Option<&Category> {
        self.policy.venues.categories.iter().find(|category| category.id == id)
    }
}

fn required<'a>(files: &'a PackFiles, name: &'static str) -> Result<&'a str, PackError> {
    files.get(name).map(String::as_str).ok_or(PackError::Missing(name))
}

fn keep<T>(result: Result<T, PackError>, errors: &mut Vec<PackError>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

fn read_policy(
    text: &str,
    thresholds: Option<&ThresholdTable>,
    errors: &mut Vec<PackError>,
) -> Option<Policy> {
    let mut reader = Reader::new(POLICY, errors);
    let mut file = reader.table(text)?;
    disease::fill_from_profile(&mut file);
    let jurisdiction = reader.section(&mut file, "jurisdiction");
    let time: Option<Time> = reader.section(&mut file, "time");
    let sender: Option<Sender> = reader.section(&mut file, "sender");
    let channels: Option<ChannelPolicy> = reader.section(&mut file, "channels");
    let check_in: Option<CheckInPolicy> = reader.section(&mut file, "check_in");
    let venues: Option<VenuePolicy> = reader.section(&mut file, "venues");
    let cases: Option<CasePolicy> = reader.section(&mut file, "cases");
    let disease: Option<Disease> = reader.section(&mut file, "disease");
    let notices: Option<NoticePolicy> = reader.section(&mut file, "notices");
    let data: Option<DataPolicy> = reader.section(&mut file, "data");
    let desk: Option<Desk> = reader.section(&mut file, "desk");
    let pages: Option<PagePolicy> = reader.section(&mut file, "pages");
    reader.unknown(&file, &SECTIONS);
    // Each section's values are looked at even where another section could not be read.
    let mut problems = Problems::of(POLICY, errors);
    let calendar = time.and_then(|time| {
        let calendar = Calendar::new(&time.zone, time.day_boundary_hour);
        let allowed = "zone is an IANA name like Asia/Tokyo, day_boundary_hour 0 to 6";
        problems.unless(calendar.is_some(), "time", allowed);
        calendar
    });
    sender.iter().for_each(|sender| sender.check(&mut problems));
    channels.iter().for_each(|channels| channels.check(notices.as_ref(), &mut problems));
    check_in.iter().for_each(|check_in| check_in.check(channels.as_ref(), &mut problems));
    venues.iter().for_each(|venues| venues.check(thresholds, &mut problems));
    venues.iter().for_each(|venues| venues.check_listing(channels.as_ref(), &mut problems));
    cases.iter().for_each(|cases| cases.check(&mut problems));
    disease.iter().for_each(|disease| disease.check(&mut problems));
    notices.iter().for_each(|notices| notices.check(venues.as_ref(), &mut problems));
    data.iter().for_each(|data| data.check(&mut problems));
    desk.iter().for_each(|desk| desk.check(venues.as_ref(), &mut problems));
    pages.iter().for_each(|pages| pages.check(&mut problems));
    Some(Policy {
        jurisdiction: jurisdiction?,
        calendar: calendar?,
        sender: sender?,
        channels: channels?,
        check_in: check_in?,
        venues: venues?,
        cases: cases?,
        disease: disease?,
        notices: notices?,
        data: data?,
        desk: desk?,
        pages: pages?,
    })
}

/// Mails that say what the policy forbids or leave out what it requires, and languages that are not whole.
fn faults_of_mails(policy: &Policy, wording: &Wording) -> Vec<PackError> {
    let fault = |key: String, error: String| PackError::Value { file: "wording", key, error };
    let mut faults = Vec::new();
    for language in &policy.notices.languages {
        if let [first, more @ ..] = lint::lacking(wording, language).as_slice() {
            let error = format!("lacks the sentence {first} and {} more", more.len());
            faults.push(fault(format!("{language}.ftl"), error));
        }
    }
    if policy.channels.has(Way::Line) {
        // Readers of easy Japanese are written to in Japanese.
        for language in policy.notices.languages.iter().filter(|language| *language != "ja-easy") {
            let found = line::faults(policy, wording, language);
            faults.extend(found.into_iter().map(|error| fault(format!("{language}.ftl"), error)));
        }
    }
    for mail in lint::samples(policy, wording) {
        faults.extend(lint(policy, wording, &mail).into_iter().map(|error| fault(mail.name(), error)));
    }
    faults
}

/// Quantities that answers may name, by their units: those of the policy (GEN-2).
fn kept_quantities(policy: &Policy) -> [(&'static str, Vec<u32>); 4] {
    let Disease { days_before_onset, days_before_sampling, backward_days, .. } = policy.disease;
    let past = policy.check_in.visit_time_max_past_days;
    let kept = policy.check_in.app_offline_days;
    let months = match policy.data.keep() {
        Keep::Months(months) => vec![months],
        Keep::Days(_) => Vec::new(),
    };
    [
        ("か月", months),
        ("時間", vec![policy.cases.code_valid_hours]),
        ("日を過ぎ", vec![u32::from(kept)]),
        ("日前", [days_before_onset, days_before_sampling, backward_days, past].map(u32::from).to_vec()),
    ]
}

fn version(files: &PackFiles) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for (name, text) in files {
        for part in [name, text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service_day::ServiceDay;
    use crate::venue::Size;

    fn files() -> PackFiles {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../jurisdictions/osaka/");
        ["jurisdiction.toml", "thresholds.toml"]
            .into_iter()
            .map(|name| (name.to_owned(), std::fs::read_to_string(format!("{root}{name}")).unwrap()))
            .collect()
    }

    fn changed(from: &str, to: &str) -> Vec<String> {
        let mut files = files();
        let text = files["jurisdiction.toml"].replace(from, to);
        assert_ne!(text, files["jurisdiction.toml"], "{from:?} is not there");
        files.insert("jurisdiction.toml".into(), text);
        Pack::parse(files).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_pack_is_whole_and_every_category_has_its_base_number() {
        let pack = Pack::parse(files()).unwrap();
        let day = ServiceDay::parse("2026-11-22").unwrap();
        let thresholds = pack.thresholds.unwrap();
        for category in &pack.policy.venues.categories {
            for value in [1, 99, 100, 999, 1000, 9999, 10000, Size::MAX] {
                let size = category.measure.map(|measure| Size { measure, value });
                assert!(thresholds.row(&category.level, size, day).is_some(), "{} {value}", category.id);
            }
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let mut files = files();
        let mut text = files["jurisdiction.toml"].clone();
        for (from, to) in [
            ("hold_minutes = 10", "hold_minuets = 10"),
            ("links = false", "links = \"no\""),
            ("level = \"B\"", "level = \"Z\""),
            ("measure = \"participants\"", "measure = \"people\""),
            ("retention_months = 2", "retention_months = 9"),
            ("[sender]", "[sendr]"),
            ("self_report = true", "self_report = true\nself_reprot = true"),
        ] {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        files.insert("jurisdiction.toml".into(), text);
        let errors = Pack::parse(files).unwrap_err();
        let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
        for (key, words) in [
            ("notices.hold_minuets", "unknown field"),
            ("notices.links", "expected a boolean"),
            ("venues.category[4].measure", "expected one of `seats`, `floor_m2`"),
            ("data.retention_months", "1 to 3"),
            ("sendr", "unknown; known are"),
            ("sender", "missing field"),
            ("cases.self_reprot", "unknown field"),
        ] {
            let found = said.iter().filter(|e| e.starts_with(&format!("jurisdiction.toml: {key}: ")));
            assert!(found.clone().any(|e| e.contains(words)), "{key}: {said:#?}");
        }
        assert_eq!(said.len(), 7, "{said:#?}");
    }

    /// C7, C8: where an officer approves, a name can't be changed behind the officer's back.
    #[test]
    fn what_would_bypass_an_officer_is_refused() {
        let with = |keys: &str| {
            let mut files = files();
            let text = files["jurisdiction.toml"].replace("[venues]\n", &format!("[venues]\n{keys}\n"));
            files.insert("jurisdiction.toml".into(), text);
            Pack::parse(files).err().map(|errors| errors[0].to_string())
        };
        assert_eq!(with("approval = \"officer\""), None);
        assert_eq!(with("mutability = \"mutable\""), None);
        let both = with("approval = \"officer\"\nmutability = \"mutable\"").unwrap();
        assert!(both.contains("venues.mutability"), "{both}");
        for wrong in ["approval = \"mail_verify\"", "rooms = \"required\"", "forbidden_places = [\"roof\"]"] {
            assert!(with(wrong).unwrap().contains("unknown variant"), "{wrong}");
        }
    }

    /// A1, B8: what has no effect without LINE is refused; with it, a pack that words a notice there without its
    /// points doesn't start.
    #[test]
    fn what_line_needs_is_asked_for() {
        let with = |check_in: &str, wording: &[(&str, &str)], line: bool| {
            let mut files = files();
            let channels = if line { "[channels]\nenabled = [\"line\"]\n\n" } else { "" };
            let text = files["jurisdiction.toml"].replacen(
                "[check_in]\n",
                &format!("{channels}[check_in]\n{check_in}\n"),
                1,
            );
            files.insert("jurisdiction.toml".into(), text);
            files.extend(wording.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
            let errors = Pack::parse(files).err().unwrap_or_default();
            errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(with("consent = \"button_each\"", &[], true), "");
        assert!(with("consent = \"button_each\"", &[], false).contains("check_in.consent: "));
        assert!(with("consent_version = 2", &[], true).contains("check_in.consent_version: only where"));
        assert!(with("consent_version = 0", &[], true).contains("check_in.consent_version: 1 or more"));
        let silent = [("wording/ja.ftl", "line-alert = ご注意ください。\n")];
        assert!(with("", &silent, true).contains("does not say point-not_necessarily_infected"));
        assert_eq!(with("", &silent, false), "");
    }

    /// B3, B6, B7, B10, B11, D4: what is out of range, or has no effect, is said with its key.
    #[test]
    fn values_of_visits_that_cannot_be_are_refused() {
        let every = "confirmation = \"every\"";
        for (from, to, says) in [
            (every, "confirmation = \"every\"\nvisit_time_max_past_days = 1", "only where visit_time"),
            (
                every,
                "confirmation = \"every\"\nvisit_time = \"user_entered\"\nvisit_time_max_past_days = 15",
                "0 to 14",
            ),
            (every, "confirmation = \"none\"\nconfirmation_names_venue = true", "only where there is"),
            (every, "confirmation = \"sometimes\"", "unknown variant"),
            ("match = \"day\"", "match = \"day\"\ntime_band_minutes = 60", "only where match"),
            ("match = \"day\"", "match = \"time_band\"\ntime_band_minutes = 29", "30 to 720"),
            (
                "measure = \"seats\"",
                "measure = \"seats\"\nday_boundary_hour = 7",
                "day_boundary_hour is 0 to 6",
            ),
            ("profile = \"covid-19\"", "profile = \"plague\"", "unknown variant `plague`"),
            ("days_before_onset = 2", "days_before_onset = 15", "disease.days_before_onset: 0 to 14"),
            (
                "exposure_end = \"positive_date\"",
                "days_after_onset = 22",
                "disease.days_after_onset: 0 to 21",
            ),
        ] {
            let errors = changed(from, to);
            let right = !errors.is_empty() && errors.iter().all(|error| error.contains(says));
            assert!(right, "{to}: {errors:?}");
        }
    }

    /// F1, D7, E28: values out of range, and two that exclude each other.
    #[test]
    fn values_of_data_and_cases_that_cannot_be_are_refused() {
        let months = "retention_months = 2";
        for (from, to, says) in [
            (
                months,
                "retention_months = 2\nretention_days = 60",
                "data.retention_days: only where there is no",
            ),
            (months, "retention_days = 13", "data.retention_days: 14 to 92"),
            (months, "retention_days = 93", "data.retention_days: 14 to 92"),
            (months, "retention_months = 0", "data.retention_months: 1 to 3"),
            ("days_before_onset = 2", "backward_days = 15", "disease.backward_days: 0 to 14"),
            (
                "self_report = true",
                "self_report = true\nbenefit_on_contact_en = \"x\"",
                "only where there is a",
            ),
        ] {
            let errors = changed(from, to);
            assert!(errors.iter().any(|error| error.contains(says)), "{to}: {errors:?}");
        }
        assert_eq!(changed(months, "retention_days = 60"), Vec::<String>::new());
    }

    #[test]
    fn what_only_the_table_lacks_is_said_of_the_category() {
        assert!(
            changed("level = \"B\"", "level = \"Z\"").iter().any(|e| e.contains("karaoke: the newest table"))
        );
        let mut files = files();
        files.insert("jurisdiction.toml".into(), "x = ".into());
        files.insert("thresholds.toml".into(), "x = 1".into());
        assert_eq!(Pack::parse(files).unwrap_err().len(), 2);
    }
}
