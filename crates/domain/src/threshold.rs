//! How many cases at one venue and day make a notice: by category and size, versioned.
//!
//! OSK-13 to OSK-15: base numbers are set by the type and scale of the place, and public. The table is
//! data (`thresholds.toml`), each version valid from a day; a decision records the version and the row
//! that it rests on, so that it can be explained years later (architecture invariant 6).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::schema::DATE;
use crate::service_day::ServiceDay;
use crate::venue::{Size, SizeMeasure};

/// All versions of a jurisdiction's table.
#[derive(Clone, Debug)]
pub struct ThresholdTable {
    versions: Vec<Version>,
}

/// One version of the table.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its name, shown on the public page and recorded with decisions.
    pub id: String,
    /// The first day on which it is in force.
    pub valid_from: ServiceDay,
    /// Where its numbers come from.
    pub source: String,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// One row: a level of risk, a band of sizes, and the number of cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The level that categories point to.
    pub level: String,
    /// By what the size is measured.
    pub measure: SizeMeasure,
    /// From this size, included.
    pub at_least: i64,
    /// To below this size; `None` is without end.
    pub below: Option<i64>,
    /// How many cases are needed: reaching the number is enough (REQUIREMENTS section 9, no. 1).
    pub cases: u32,
}

/// The row that a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowInForce {
    /// The version's name.
    pub version: String,
    /// The row.
    pub row: Row,
}

impl RowInForce {
    /// What is recorded with a decision: `2020-12-01 B floor_m2 1000-10000: 3`.
    pub fn record(&self) -> String {
        let Row { level, measure, at_least, below, cases } = &self.row;
        let below = below.map_or(String::new(), |b| b.to_string());
        format!("{} {level} {} {at_least}-{below}: {cases}", self.version, measure.as_str())
    }

    /// Reads what [`Self::record`] wrote, so that an officer is told it in words.
    pub fn from_record(record: &str) -> Option<Self> {
        let mut words = record.split(' ');
        let (version, level, measure) = (words.next()?, words.next()?, words.next()?);
        let (at_least, below) = words.next()?.strip_suffix(':')?.split_once('-')?;
        let row = Row {
            level: level.to_owned(),
            measure: SizeMeasure::parse(measure)?,
            at_least: at_least.parse().ok()?,
            below: if below.is_empty() { None } else { Some(below.parse().ok()?) },
            cases: words.next()?.parse().ok()?,
        };
        words.next().is_none().then(|| Self { version: version.to_owned(), row })
    }
}

/// What is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("{0}")]
    Syntax(String),
    /// A day that isn't one.
    #[error("version {0}: valid_from is not a date like 2020-12-01")]
    Date(String),
    /// A measure that the engine doesn't know.
    #[error("version {0}: unknown measure {1:?}; known are seats, floor_m2, participants, daily_users")]
    Measure(String, String),
    /// A number of cases below 1, or a band without extent.
    #[error("version {0}: a row of level {1:?} has no extent or asks for less than one case")]
    Row(String, String),
    /// Two rows of one level and measure speak of the same size.
    #[error("version {0}: two rows of level {1:?} overlap")]
    Overlap(String, String),
    /// No version at all.
    #[error("there is no version")]
    Empty,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTable {
    /// The table's versions; a new one is added below, for decisions rest on the old ones.
    #[schemars(length(min = 1))]
    version: Vec<RawVersion>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawVersion {
    /// Its name, shown on the public page and recorded with decisions.
    id: String,
    /// The first day on which it is in force.
    #[schemars(regex(pattern = DATE))]
    valid_from: String,
    /// Where its numbers come from.
    source: String,
    /// Its rows.
    row: Vec<RawRow>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawRow {
    /// The level that categories point to.
    level: String,
    /// By what the size is measured.
    #[schemars(with = "SizeMeasure")]
    measure: String,
    /// From this size, included.
    #[serde(default)]
    #[schemars(range(min = 0))]
    at_least: i64,
    /// To below this size; without it there is no end.
    below: Option<i64>,
    /// How many cases are needed: reaching the number is enough.
    #[schemars(range(min = 1))]
    cases: u32,
}

impl ThresholdTable {
    /// Reads `thresholds.toml`.
    ///
    /// # Errors
    /// [`ThresholdError`], by the first thing found wrong.
    pub fn parse(text: &str) -> Result<Self, ThresholdError> {
        let raw: RawTable = toml::from_str(text).map_err(|e| ThresholdError::Syntax(e.to_string()))?;
        let mut versions = raw.version.into_iter().map(version).collect::<Result<Vec<_>, _>>()?;
        versions.sort_by_key(|v| v.valid_from);
        if versions.is_empty() { Err(ThresholdError::Empty) } else { Ok(Self { versions }) }
    }

    /// All versions, by their first day.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The version in force on a day: the latest that had begun; before the first, the first.
    pub fn in_force(&self, day: ServiceDay) -> &Version {
        self.versions.iter().rev().find(|v| v.valid_from <= day).unwrap_or(&self.versions[0])
    }

    /// The row for a level and size on a day; `None` where the table says nothing of it.
    pub fn row(&self, level: &str, size: Option<Size>, day: ServiceDay) -> Option<RowInForce> {
        let (version, size) = (self.in_force(day), size?);
        let row = version.rows.iter().find(|row| {
            row.level == level
                && row.measure == size.measure
                && row.at_least <= size.value
                && row.below.is_none_or(|below| size.value < below)
        })?;
        Some(RowInForce { version: version.id.clone(), row: row.clone() })
    }
}

fn version(raw: RawVersion) -> Result<Version, ThresholdError> {
    let RawVersion { id, valid_from, source, row } = raw;
    let valid_from = ServiceDay::parse(&valid_from).ok_or_else(|| ThresholdError::Date(id.clone()))?;
    let mut rows: Vec<Row> = Vec::new();
    for RawRow { level, measure, at_least, below, cases } in row {
        let Some(measure) = SizeMeasure::parse(&measure) else {
            return Err(ThresholdError::Measure(id, measure));
        };
        if cases == 0 || at_least < 0 || below.is_some_and(|below| below <= at_least) {
            return Err(ThresholdError::Row(id, level));
        }
        let overlaps = |r: &Row| {
            r.level == level
                && r.measure == measure
                && below.is_none_or(|b| r.at_least < b)
                && r.below.is_none_or(|b| at_least < b)
        };
        if rows.iter().any(overlaps) {
            return Err(ThresholdError::Overlap(id, level));
        }
        rows.push(Row { level, measure, at_least, below, cases });
    }
    Ok(Version { id, valid_from, source, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
        [[version]]
        id = "2020-12-01"
        valid_from = "2020-12-01"
        source = "a table"
        row = [
            { level = "B", measure = "floor_m2", below = 1000, cases = 2 },
            { level = "B", measure = "floor_m2", at_least = 1000, below = 10000, cases = 3 },
            { level = "B", measure = "floor_m2", at_least = 10000, cases = 5 },
        ]
        [[version]]
        id = "2021-04-01"
        valid_from = "2021-04-01"
        source = "another"
        row = [{ level = "B", measure = "floor_m2", cases = 1 }]
    "#;

    fn day(text: &str) -> ServiceDay {
        ServiceDay::parse(text).unwrap()
    }

    /// OSK-13, OSK-14, OSK-41, E2: the number depends on type and scale, and on the version in force.
    #[test]
    fn the_band_decides_and_its_edges_are_exact() {
        let table = ThresholdTable::parse(TABLE).unwrap();
        let cases = |value, on: &str| {
            let size = Some(Size { measure: SizeMeasure::FloorM2, value });
            table.row("B", size, day(on)).map(|found| found.row.cases)
        };
        assert_eq!(cases(999, "2020-12-01"), Some(2));
        assert_eq!(cases(1000, "2020-12-01"), Some(3));
        assert_eq!(cases(9999, "2021-03-31"), Some(3));
        assert_eq!(cases(10000, "2020-12-01"), Some(5));
        assert_eq!(cases(10000, "2021-04-01"), Some(1));
        let seats = Some(Size { measure: SizeMeasure::Seats, value: 5 });
        assert_eq!(table.row("B", seats, day("2021-01-01")), None);
        assert_eq!(table.row("B", None, day("2021-01-01")), None);
    }

    #[test]
    fn the_record_names_version_and_row() {
        let table = ThresholdTable::parse(TABLE).unwrap();
        let row =
            table.row("B", Some(Size { measure: SizeMeasure::FloorM2, value: 1500 }), day("2020-12-24"));
        assert_eq!(row.unwrap().record(), "2020-12-01 B floor_m2 1000-10000: 3");
    }

    #[test]
    fn a_record_is_read_back() {
        for record in ["2020-12-01 B floor_m2 1000-10000: 3", "2020-12-01 0 seats 0-: 1"] {
            assert_eq!(RowInForce::from_record(record).unwrap().record(), record);
        }
        for record in ["", "2020-12-01 0 seats 0-", "2020-12-01 0 stars 0-: 1", "2020-12-01 0 seats 0-: 1 2"]
        {
            assert_eq!(RowInForce::from_record(record), None, "{record}");
        }
    }

    #[test]
    fn tables_that_contradict_themselves_are_refused() {
        let with = |rows: &str| {
            let text = format!("[[version]]\nid='v'\nvalid_from='2020-01-01'\nsource='s'\nrow=[{rows}]");
            ThresholdTable::parse(&text).map(|_| ()).unwrap_err()
        };
        let overlap =
            "{level='A',measure='seats',below=10,cases=1},{level='A',measure='seats',at_least=9,cases=2}";
        assert!(matches!(with(overlap), ThresholdError::Overlap(..)));
        assert!(matches!(with("{level='A',measure='seats',cases=0}"), ThresholdError::Row(..)));
        assert!(matches!(with("{level='A',measure='tables',cases=1}"), ThresholdError::Measure(..)));
        assert!(matches!(with("{level='A',measure='seats',casses=1}"), ThresholdError::Syntax(..)));
    }
}
