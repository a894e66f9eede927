//! `certificate.toml`: the list of infection-control measures of each industry (C19, C20; KNG-2, KNG-22).
//!
//! A pack that has this file issues certificates: an operator ticks the measures that the venue takes, and
//! prints a sheet that lists them beside the code. A pack without it knows no certificate, and no page
//! mentions one. Each measure has a day from which it is offered, so that a list can grow in public: what
//! was ticked stays as it is, and what is new is shown to operators as new.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Table, Value};

use super::pack::{PackError, Problems};
use super::read::Reader;
use super::schema::DATE;
use super::venue::VenuePolicy;
use crate::service_day::ServiceDay;

/// The file's name in a pack.
pub const FILE: &str = "certificate.toml";

/// More than this doesn't fit on one sheet that is read at a glance (KNG-2).
const MOST_MEASURES: usize = 30;

/// The longest measure: two lines of a sheet.
const LONGEST_MEASURE: usize = 60;

/// The lists of all industries.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificatePolicy {
    /// How many measures a certificate has at least: one suffices (KNG-22).
    #[schemars(range(min = 1))]
    #[serde(default = "one")]
    pub min_items: usize,
    /// Whether a measure that was added since the previous issue is marked as new (KNG-22).
    #[serde(default = "yes")]
    pub new_badge: bool,
    /// The lists.
    #[serde(rename = "industry", default)]
    pub industries: Vec<Industry>,
}

/// The list of one industry.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Industry {
    /// Its word, `restaurant`.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// The categories of `jurisdiction.toml` whose venues use this list.
    pub categories: Vec<String>,
    /// What can be ticked, in the order of the form and the sheet.
    #[serde(rename = "measure", default)]
    pub measures: Vec<Measure>,
}

/// Something that a venue does against infection.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its word, which is what is stored; unique within the industry.
    pub id: String,
    /// As it is ticked and printed.
    #[schemars(length(min = 1, max = 60))]
    pub text: String,
    /// The guideline that asks for it; printed at the foot of the certificate.
    pub guideline: String,
    /// From which day it is offered.
    #[schemars(with = "String", regex(pattern = DATE))]
    #[serde(deserialize_with = "day")]
    pub since: ServiceDay,
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

fn day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<ServiceDay, D::Error> {
    let text = String::deserialize(from)?;
    ServiceDay::parse(&text)
        .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not a date like 2026-11-22")))
}

impl CertificatePolicy {
    /// The list that venues of a category use; `None` where they get no certificate.
    pub fn industry_of(&self, category: &str) -> Option<&Industry> {
        self.industries.iter().find(|industry| industry.categories.iter().any(|own| own == category))
    }

    /// Reads and checks the file: everything that is wrong with it, at once.
    pub(super) fn read(
        text: &str,
        venues: Option<&VenuePolicy>,
        errors: &mut Vec<PackError>,
    ) -> Option<Self> {
        let before = errors.len();
        let mut reader = Reader::new(FILE, errors);
        let mut file = reader.table(text)?;
        // Each industry and each measure is read for itself, so that one mistake hides no other.
        let lists = taken(&mut file, "industry");
        let mut head = Table::from_iter([("certificate".to_owned(), Value::Table(file))]);
        let read: Option<Self> = reader.section(&mut head, "certificate");
        let mut industries = Vec::new();
        for (n, list) in lists.into_iter().enumerate() {
            let key = format!("industry[{n}]");
            let mut list = Table::from_iter([(key.clone(), list)]);
            let measures = list.get_mut(&key).and_then(Value::as_table_mut).map(|own| taken(own, "measure"));
            let industry: Option<Industry> = reader.section(&mut list, &key);
            let mut own = Vec::new();
            for (m, measure) in measures.unwrap_or_default().into_iter().enumerate() {
                let key = format!("{key}.measure[{m}]");
                let mut measure = Table::from_iter([(key.clone(), measure)]);
                own.extend(reader.section(&mut measure, &key));
            }
            industries.extend(industry.map(|industry| Industry { measures: own, ..industry }));
        }
        let read = Self { industries, ..read? };
        // What couldn't be read would be missed a second time.
        if errors.len() == before {
            read.check(venues, &mut Problems::of(FILE, errors));
        }
        Some(read)
    }

    fn check(&self, venues: Option<&VenuePolicy>, problems: &mut Problems<'_>) {
        problems.unless(!self.industries.is_empty(), "industry", "at least one");
        problems.unless(self.min_items >= 1, "min_items", "at least 1");
        for industry in &self.industries {
            let key = format!("industry {}", industry.id);
            let twice = self.industries.iter().filter(|other| other.id == industry.id).count() > 1;
            problems.unless(word(&industry.id), &key, "an id of a to z, 0 to 9 and _");
            problems.unless(!twice, &key, "stands there twice");
            problems.unless(!industry.label.trim().is_empty(), &key, "a label");
            problems.unless(!industry.categories.is_empty(), &key, "at least one category");
            for category in &industry.categories {
                let known = venues.is_none_or(|venues| venues.categories.iter().any(|c| c.id == *category));
                let lists = self.industries.iter().filter(|other| other.categories.contains(category));
                problems.unless(known, &key, &format!("no category {category:?} in jurisdiction.toml"));
                problems.unless(lists.count() == 1, &key, &format!("{category:?} uses another list too"));
            }
            let enough = (self.min_items..=MOST_MEASURES).contains(&industry.measures.len());
            problems.unless(enough, &key, &format!("from min_items to {MOST_MEASURES} measures"));
            industry.check(&key, problems);
        }
    }
}

impl Industry {
    /// What can be ticked on a day.
    pub fn offered(&self, on: ServiceDay) -> impl Iterator<Item = &Measure> {
        self.measures.iter().filter(move |measure| measure.since <= on)
    }

    fn check(&self, industry: &str, problems: &mut Problems<'_>) {
        for measure in &self.measures {
            let key = format!("{industry}, measure {}", measure.id);
            let twice = self.measures.iter().filter(|other| other.id == measure.id).count() > 1;
            problems.unless(word(&measure.id), &key, "an id of a to z, 0 to 9 and _");
            problems.unless(!twice, &key, "stands there twice");
            let length = measure.text.trim().chars().count();
            let allowed = format!("a text of 1 to {LONGEST_MEASURE} characters");
            problems.unless((1..=LONGEST_MEASURE).contains(&length), &key, &allowed);
            problems.unless(!measure.guideline.trim().is_empty(), &key, "the guideline that asks for it");
        }
    }
}

/// A list of tables, taken out of the table that holds it.
fn taken(of: &mut Table, name: &str) -> Vec<Value> {
    match of.remove(name) {
        Some(Value::Array(list)) => list,
        // Not a list: it is put back, to be said with the rest.
        Some(other) => {
            of.insert(name.to_owned(), other);
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// A word that can stand in a form, a database and a template.
fn word(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=40).contains(&id.len()) && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn venues() -> VenuePolicy {
        let text = "kinds = [\"shop\"]\nfields = []\n\
             [[category]]\nid = \"izakaya\"\nlabel = \"居酒屋\"\ngroup = \"飲食\"\nlevel = \"A\"\nmeasure = \"seats\"\n\
             [[category]]\nid = \"gym\"\nlabel = \"体育館\"\ngroup = \"運動\"\nlevel = \"A\"\nmeasure = \"seats\"\n";
        toml::from_str(text).unwrap()
    }

    const GOOD: &str = "[[industry]]\nid = \"restaurant\"\nlabel = \"飲食店\"\ncategories = [\"izakaya\"]\n\
         [[industry.measure]]\nid = \"air\"\ntext = \"換気する\"\nguideline = \"見本\"\nsince = \"2020-05-28\"\n\
         [[industry.measure]]\nid = \"hands\"\ntext = \"消毒液を置く\"\nguideline = \"見本\"\nsince = \"2020-08-01\"\n";

    fn said(text: &str) -> Vec<String> {
        let mut errors = Vec::new();
        let read = CertificatePolicy::read(text, Some(&venues()), &mut errors);
        assert!(read.is_some() || !errors.is_empty());
        errors.iter().map(ToString::to_string).collect()
    }

    /// KNG-22: one measure suffices unless the pack says otherwise, and a list grows by days.
    #[test]
    fn a_list_is_read_and_grows_by_days() {
        let mut errors = Vec::new();
        let read = CertificatePolicy::read(GOOD, Some(&venues()), &mut errors).unwrap();
        assert_eq!((read.min_items, read.new_badge, errors.len()), (1, true, 0));
        let industry = read.industry_of("izakaya").unwrap();
        assert!(read.industry_of("gym").is_none());
        let on = |day: &str| industry.offered(ServiceDay::parse(day).unwrap()).count();
        assert_eq!((on("2020-05-27"), on("2020-05-28"), on("2020-08-01")), (0, 1, 2));
        assert_eq!(industry.measures[0].text, "換気する");
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let wrong = GOOD
            .replace("categories = [\"izakaya\"]", "categories = [\"izakaya\", \"castle\"]\ncolour = \"red\"")
            .replace("\"2020-08-01\"", "\"2020-02-30\"")
            .replace("id = \"air\"", "id = 7");
        let found = said(&format!("min_itmes = 2\n{wrong}"));
        for words in [
            "certificate.min_itmes",
            "industry[0].colour",
            "industry[0].measure[1].since: \"2020-02-30\"",
            "industry[0].measure[0].id",
        ] {
            assert!(
                found.iter().any(|e| e.starts_with("certificate.toml: ") && e.contains(words)),
                "{words}: {found:#?}"
            );
        }
        assert_eq!(found.len(), 4, "{found:#?}");
    }

    #[test]
    fn values_that_contradict_each_other_are_said_at_once() {
        let second = GOOD.replace("\"hands\"", "\"air\"").replace("消毒液を置く", &"長".repeat(61));
        let found = said(&format!(
            "min_items = 3\n{GOOD}{}",
            second.replace("[\"izakaya\"]", "[\"izakaya\", \"castle\"]")
        ));
        for words in [
            "industry restaurant: stands there twice",
            "no category \"castle\"",
            "\"izakaya\" uses another list too",
            "from min_items to 30 measures",
            "measure air: stands there twice",
            "a text of 1 to 60 characters",
        ] {
            assert!(found.iter().any(|error| error.contains(words)), "{words}: {found:#?}");
        }
        assert!(said("").iter().any(|error| error.contains("industry: at least one")));
        assert_eq!(said("x = ").len(), 1);
        assert!(said(&GOOD.replace("\"air\"", "\"Air \"")).iter().any(|error| error.contains("a to z")));
    }
}
