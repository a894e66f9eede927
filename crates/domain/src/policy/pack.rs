//! A pack, read and checked whole: every error at once, each naming file, key and allowed values.

use serde::Deserialize;

use super::{
    CasePolicy, Category, CheckInPolicy, DataPolicy, Desk, FieldName, Jurisdiction, NoticePolicy, PagePolicy,
    Policy, VenueField, VenuePolicy,
};
use crate::exposure::Disease;
use crate::faq::{Faq, FaqError};
use crate::message::{self, ENGINE_WORDING, Sender};
use crate::service_day::{Calendar, ServiceDay};
use crate::threshold::{ThresholdError, ThresholdTable};
use crate::venue::{SizeMeasure, VenueKind};
use crate::wording::{Wording, WordingError};

/// A pack's files as they were read, by name (`jurisdiction.toml`, `wording/ja.ftl`, …).
pub type PackFiles = std::collections::BTreeMap<String, String>;

/// A whole pack: the policy, the table of thresholds, and the words.
#[derive(Debug)]
pub struct Pack {
    /// The rules.
    pub policy: Policy,
    /// Base numbers, by version.
    pub thresholds: ThresholdTable,
    /// Mails' words, the pack's over the engine's.
    pub wording: Wording,
    /// Questions and answers.
    pub faq: Faq,
    /// SHA-256 over all files, first 8 bytes in hex: recorded with decisions (architecture invariant 6).
    pub version: String,
    /// The files themselves: templates and print templates are taken from here.
    pub files: PackFiles,
}

/// What is wrong with a pack: the file, and what in it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// A file that every pack must have.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Not TOML, an unknown key, or a value of the wrong kind; the text names line and key.
    #[error("{file}: {error}")]
    Syntax {
        /// Which file.
        file: &'static str,
        /// Line, key and what is allowed.
        error: String,
    },
    /// Values that contradict each other or lie outside what is allowed.
    #[error("jurisdiction.toml: {0}")]
    Value(String),
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    jurisdiction: Jurisdiction,
    time: RawTime,
    sender: RawSender,
    check_in: CheckInPolicy,
    venues: RawVenues,
    cases: CasePolicy,
    disease: Disease,
    notices: NoticePolicy,
    data: DataPolicy,
    desk: Desk,
    pages: PagePolicy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTime {
    zone: String,
    day_boundary_hour: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSender {
    name: String,
    address: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVenues {
    kinds: Vec<String>,
    fields: Vec<VenueField>,
    category: Vec<RawCategory>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCategory {
    id: String,
    label: String,
    group: String,
    level: String,
    measure: String,
}

impl Pack {
    /// Reads and checks a pack whole.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(files: PackFiles) -> Result<Self, Vec<PackError>> {
        let mut errors = Vec::new();
        let policy = keep(parse_policy(&files), &mut errors);
        let thresholds = keep(
            required(&files, "thresholds.toml")
                .and_then(|t| ThresholdTable::parse(t).map_err(PackError::from)),
            &mut errors,
        );
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
        if let (Some(policy), Some(thresholds)) = (&policy, &thresholds) {
            errors.extend(contradictions(policy, thresholds));
        }
        if let (Some(policy), Some(wording)) = (&policy, &wording) {
            errors.extend(forbidden(policy, wording));
        }
        if let Some(policy) = &policy {
            errors.extend(faq.broken_promises(&kept_quantities(policy)).into_iter().map(PackError::Faq));
        }
        match (policy, thresholds, wording) {
            (Some(policy), Some(thresholds), Some(wording)) if errors.is_empty() => {
                let version = version(&files);
                Ok(Self { policy, thresholds, wording, faq, version, files })
            }
            _ => Err(errors),
        }
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

fn parse_policy(files: &PackFiles) -> Result<Policy, PackError> {
    let raw: RawPolicy = toml::from_str(required(files, "jurisdiction.toml")?)
        .map_err(|e| PackError::Syntax { file: "jurisdiction.toml", error: e.to_string() })?;
    let value = |text: String| PackError::Value(text);
    let calendar = Calendar::new(&raw.time.zone, raw.time.day_boundary_hour)
        .ok_or_else(|| value("time: zone must be an IANA name, day_boundary_hour 0 to 6".into()))?;
    let kinds = raw.venues.kinds.iter().map(|word| {
        VenueKind::parse(word).ok_or_else(|| {
            value(format!("venues.kinds: {word:?}; known are facility, shop, event_indoor, event_outdoor"))
        })
    });
    let categories = raw.venues.category.into_iter().map(|c| {
        let measure = SizeMeasure::parse(&c.measure).ok_or_else(|| {
            value(format!(
                "venues.category {}: measure {:?}; known are seats, floor_m2, participants, daily_users",
                c.id, c.measure
            ))
        })?;
        Ok(Category { id: c.id, label: c.label, group: c.group, level: c.level, measure })
    });
    Ok(Policy {
        jurisdiction: raw.jurisdiction,
        calendar,
        sender: Sender { name: raw.sender.name, address: raw.sender.address },
        check_in: raw.check_in,
        venues: VenuePolicy {
            kinds: kinds.collect::<Result<_, _>>()?,
            categories: categories.collect::<Result<_, PackError>>()?,
            fields: raw.venues.fields,
        },
        cases: raw.cases,
        disease: raw.disease,
        notices: raw.notices,
        data: raw.data,
        desk: raw.desk,
        pages: raw.pages,
    })
}

/// Warnings that say what the policy forbids, or leave out what it requires (OSK-18, HKD-5).
fn forbidden(policy: &Policy, wording: &Wording) -> Vec<PackError> {
    let texts = [
        ("mail-alert", message::alert(policy, wording, "ja")),
        ("mail-cluster", message::cluster(policy, wording, "ja", None)),
    ];
    let found = texts
        .iter()
        .flat_map(|(key, text)| message::lint(policy, text, None).into_iter().map(move |fault| (key, fault)));
    found.map(|(key, fault)| PackError::Value(format!("the wording of {key} {fault}"))).collect()
}

/// Quantities that answers may name, by their units: those of the policy (GEN-2).
fn kept_quantities(policy: &Policy) -> [(&'static str, Vec<u32>); 3] {
    [
        ("か月", vec![policy.data.retention_months]),
        ("時間", vec![policy.cases.code_valid_hours]),
        ("日前", vec![policy.disease.days_before_onset.into(), policy.disease.days_before_sampling.into()]),
    ]
}

fn contradictions(policy: &Policy, thresholds: &ThresholdTable) -> Vec<PackError> {
    let mut found = Vec::new();
    let mut check = |holds: bool, text: String| {
        if !holds {
            found.push(PackError::Value(text));
        }
    };
    check((1..=3).contains(&policy.data.retention_months), "data.retention_months: 1 to 3".into());
    check(policy.notices.hold_minutes <= 60, "notices.hold_minutes: 0 to 60".into());
    check((1..=2).contains(&policy.notices.approvals_alert), "notices.approvals_alert: 1 or 2".into());
    check((1..=2).contains(&policy.notices.approvals_cluster), "notices.approvals_cluster: 1 or 2".into());
    check((1..=720).contains(&policy.cases.code_valid_hours), "cases.code_valid_hours: 1 to 720".into());
    check(policy.disease.days_before_onset <= 14, "disease.days_before_onset: 0 to 14".into());
    check(policy.disease.days_before_sampling <= 14, "disease.days_before_sampling: 0 to 14".into());
    check(
        ServiceDay::parse(&policy.pages.updated_on).is_some(),
        "pages.updated_on: a date like 2026-11-22".into(),
    );
    check(
        policy.sender.address.split_once('@').is_some_and(|(l, d)| !l.is_empty() && d.contains('.')),
        "sender.address: an e-mail address".into(),
    );
    let email = policy.venues.fields.iter().find(|field| field.name == FieldName::Email);
    check(
        email.is_some_and(|field| field.required),
        "venues.fields: email must be there and required, or no poster can be sent".into(),
    );
    check(!policy.venues.kinds.is_empty(), "venues.kinds: at least one".into());
    for category in &policy.venues.categories {
        let rows = &thresholds.in_force(ServiceDay::parse("2199-12-31").expect("a date")).rows;
        let known = rows.iter().any(|row| row.level == category.level && row.measure == category.measure);
        let (id, level, measure) = (&category.id, &category.level, category.measure.as_str());
        check(
            known,
            format!(
                "venues.category {id}: the newest table of thresholds has no row for level {level:?} by {measure}"
            ),
        );
        let twice = policy.venues.categories.iter().filter(|other| other.id == *id).count() > 1;
        check(!twice, format!("venues.category {id}: stands there twice"));
    }
    found
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
        for category in &pack.policy.venues.categories {
            for value in [1, 99, 100, 999, 1000, 9999, 10000, Size::MAX] {
                let size = Some(Size { measure: category.measure, value });
                assert!(pack.thresholds.row(&category.level, size, day).is_some(), "{} {value}", category.id);
            }
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        assert!(changed("hold_minutes = 10", "hold_minuets = 10")[0].contains("hold_minuets"));
        assert!(changed("level = \"B\"", "level = \"Z\"").iter().any(|e| e.contains("karaoke")));
        let two = changed("retention_months = 2", "retention_months = 9");
        assert!(two[0].contains("1 to 3"), "{two:?}");
        let mut files = files();
        files.insert("jurisdiction.toml".into(), "x = 1".into());
        files.insert("thresholds.toml".into(), "x = 1".into());
        assert_eq!(Pack::parse(files).unwrap_err().len(), 2);
    }

    /// OSK-18, OSK-21, OSK-26, HKD-5: what a warning may not say isn't there, what it must say is.
    #[test]
    fn warnings_say_what_they_must_and_nothing_that_they_may_not() {
        let pack = Pack::parse(files()).unwrap();
        let (policy, wording) = (&pack.policy, &pack.wording);
        let days = vec![ServiceDay::parse("2026-11-20").unwrap(), ServiceDay::parse("2026-11-21").unwrap()];
        let published = message::Published { venue: "髙﨑食堂".into(), days };
        assert_eq!(message::lint(policy, &message::alert(policy, wording, "ja"), None), Vec::<String>::new());
        assert_eq!(
            message::lint(policy, &message::cluster(policy, wording, "ja", None), None),
            Vec::<String>::new()
        );
        let named = message::cluster(policy, wording, "ja", Some(&published));
        assert!(
            named.body.contains("髙﨑食堂")
                && named.body.contains("2026年11月20日（金）、2026年11月21日（土）")
        );
        assert_eq!(message::lint(policy, &named, Some(&published)), Vec::<String>::new());
        assert!(
            message::lint(policy, &named, None).iter().any(|found| found.contains("date")),
            "the lint can fail"
        );
        let mut linked = message::alert(policy, wording, "ja");
        linked.body.push_str("https://example.jp 06-6941-0351");
        let found = message::lint(policy, &linked, None).join(", ");
        assert!(found.contains("link") && found.contains("telephone"), "{found}");
    }

    /// HKD-5: a pack whose warning carries a link is refused at the start, whoever worded it.
    #[test]
    fn a_wording_that_the_policy_forbids_is_refused() {
        let mut files = files();
        files.insert("wording/ja.ftl".into(), "mail-alert-body = 詳しくは https://example.jp へ".into());
        let errors: Vec<String> = Pack::parse(files).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(errors.iter().any(|e| e.contains("mail-alert contains a link")), "{errors:?}");
        assert!(errors.iter().any(|e| e.contains("does not say")), "{errors:?}");
    }

    #[test]
    fn every_mail_is_filled_in() {
        let pack = Pack::parse(files()).unwrap();
        let (policy, wording) = (&pack.policy, &pack.wording);
        let at = crate::clock::Instant::from_micros(1_790_000_000_000_000);
        for language in ["ja", "en"] {
            let texts = [
                message::confirmation(policy, wording, language, at),
                message::alert(policy, wording, language),
                message::cluster(policy, wording, language, None),
                message::operator_registered(
                    policy,
                    wording,
                    "見本食堂",
                    "ABCDE-FGHJK",
                    "https://x.example/venues/1?key=2",
                ),
            ];
            for text in texts {
                assert!(
                    !text.subject.contains("mail-")
                        && !text.body.contains("{ $")
                        && !text.body.contains("{$"),
                    "{text:?}"
                );
                assert!(text.body.lines().count() > 5);
            }
        }
    }
}
