//! `[venues]`: what operators register (REQUIREMENTS section 11, C).

use serde::Deserialize;

use crate::policy::pack::Problems;
use crate::service_day::{LATEST_BOUNDARY, ServiceDay};
use crate::threshold::ThresholdTable;
use crate::venue::{SizeMeasure, VenueKind};

/// What operators register.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenuePolicy {
    /// Kinds that may be registered (C1).
    pub kinds: Vec<VenueKind>,
    /// Categories, in the order of the form (C3).
    #[serde(rename = "category", default)]
    pub categories: Vec<Category>,
    /// Fields of the form beside kind, name and category, in order (C5).
    pub fields: Vec<VenueField>,
    /// Whether officers register venues for operators who can't do it themselves (C22, KNG-23).
    #[serde(default)]
    pub proxy_entry: bool,
    /// When an operator is asked whether notices may name the place (C18).
    #[serde(default)]
    pub naming_consent: NamingConsent,
}

/// When an operator is asked whether notices may name the place.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum NamingConsent {
    /// Never.
    #[default]
    NotAsked,
    /// At registration, by a box on the form (HYG-7).
    AtRegistration,
    /// By an officer, before a notice is approved (KNG-24).
    PerCase,
}

/// A type of business.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its word, `karaoke`.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// The heading under which it stands in the form.
    pub group: String,
    /// Its level in the table of thresholds; empty where no table decides.
    #[serde(default)]
    pub level: String,
    /// By what its size is measured; a category without is not asked for its size.
    pub measure: Option<SizeMeasure>,
    /// At which hour its days begin, 0 to 6 (B7); that of `[time]` where it isn't said.
    pub day_boundary_hour: Option<u8>,
}

/// A field that the pack may ask for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum FieldName {
    /// Whom to ask for.
    ContactName,
    /// Where the poster is sent; always required.
    Email,
    /// Telephone.
    Phone,
    /// Postal code.
    PostalCode,
    /// Address.
    Address,
}

/// A field of the operator's form.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct VenueField {
    /// Which.
    pub name: FieldName,
    /// Whether it must be filled in.
    pub required: bool,
}

impl VenuePolicy {
    pub(super) fn check(&self, thresholds: Option<&ThresholdTable>, problems: &mut Problems<'_>) {
        let email = self.fields.iter().find(|field| field.name == FieldName::Email);
        problems.unless(
            email.is_some_and(|field| field.required),
            "venues.fields",
            "email must be there and required, or no poster can be sent",
        );
        problems.unless(!self.kinds.is_empty(), "venues.kinds", "at least one");
        for category in &self.categories {
            let (id, level) = (&category.id, &category.level);
            let key = format!("venues.category {id}");
            let twice = self.categories.iter().filter(|other| other.id == *id).count() > 1;
            problems.unless(!twice, &key, "stands there twice");
            let hour = category.day_boundary_hour.is_none_or(|hour| hour <= LATEST_BOUNDARY);
            problems.unless(hour, &key, "day_boundary_hour is 0 to 6");
            let Some(thresholds) = thresholds else { continue };
            let Some(measure) = category.measure else {
                problems.unless(false, &key, "needs a measure, for the table of thresholds goes by size");
                continue;
            };
            let rows = &thresholds.in_force(ServiceDay::LAST).rows;
            let known = rows.iter().any(|row| row.level == *level && row.measure == measure);
            problems.unless(
                known,
                &key,
                &format!(
                    "the newest table of thresholds has no row for level {level:?} by {}",
                    measure.as_str()
                ),
            );
        }
    }
}
