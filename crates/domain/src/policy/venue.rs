//! `[venues]`: what operators register (REQUIREMENTS section 11, C).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::channels::{ChannelPolicy, Way};
use crate::policy::pack::Problems;
use crate::service_day::{LATEST_BOUNDARY, ServiceDay};
use crate::threshold::ThresholdTable;
use crate::venue::{SizeMeasure, VenueKind};

/// What operators register.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VenuePolicy {
    /// Kinds that may be registered (C1).
    #[schemars(length(min = 1))]
    pub kinds: Vec<VenueKind>,
    /// Categories, in the order of the form (C3).
    #[serde(rename = "category", default)]
    pub categories: Vec<Category>,
    /// Fields of the form beside kind, name and category, in order (C5).
    pub fields: Vec<VenueField>,
    /// Whether rooms and floors of a venue get codes of their own (C10).
    #[serde(default)]
    pub rooms: Rooms,
    /// Who lets a registration in (C8).
    #[serde(default)]
    pub approval: Approval,
    /// Whether a registration can be corrected (C7).
    #[serde(default)]
    pub mutability: Mutability,
    /// Whether officers bring in registrations from a table (C9).
    #[serde(default)]
    pub bulk_import: bool,
    /// Whether a host's later events keep the code (C13).
    #[serde(default)]
    pub event_reuse: EventReuse,
    /// Whether the manager of a facility and the host of an event in it both post their codes (C15).
    #[serde(default)]
    pub dual_posting: bool,
    /// Where a code may not be posted (C16).
    #[serde(default)]
    pub forbidden_places: Vec<ForbiddenPlace>,
    /// Whether a code may be copied and posted in several places of its venue (C12).
    #[serde(default)]
    pub copies: Copies,
    /// Which events need a code, beyond that they are events (C17).
    #[serde(default)]
    pub eligibility: Vec<Eligibility>,
    /// Who is covered, a sentence a line (C2).
    #[serde(default)]
    pub scope: Vec<String>,
    /// Whether officers register venues for operators who can't do it themselves (C22, KNG-23).
    #[serde(default)]
    pub proxy_entry: bool,
    /// Whether operators can write to the desk by a form (C21, KNG-18); `desk.enquiry_to` says where to.
    #[serde(default)]
    pub inquiry_form: bool,
    /// When an operator is asked whether notices may name the place (C18).
    #[serde(default)]
    pub naming_consent: NamingConsent,
    /// Whether venues stand on a public list, where visitors of the app find them by name (KYF-4).
    #[serde(default)]
    pub listing: Listing,
}

/// Whether venues stand on a public list.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Listing {
    /// There is none: who wants to check in reads the code at the place.
    #[default]
    None,
    /// All that take check-ins, with name and address: the registration's form says so, and who sends it agrees.
    Public,
}

/// When an operator is asked whether notices may name the place.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
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

/// Rooms and floors (C10, STM-27).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rooms {
    /// One code for the whole place.
    None,
    /// The operator's page offers to add them.
    #[default]
    Recommended,
}

/// Who lets a registration in (C8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// It counts at once.
    #[default]
    Auto,
    /// It is held until an officer has approved it.
    Officer,
}

/// Whether a registration can be corrected (C7, STM-33).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutability {
    /// It can't: it is registered anew, and the old code is discarded.
    #[default]
    ImmutableReplace,
    /// The spelling of name and address can; the code stays, the poster is printed anew.
    Mutable,
}

/// Whether a host's later events keep the code (C13, STM-28).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventReuse {
    /// They do: the host adds days.
    #[default]
    SameHost,
    /// Each event is registered.
    PerEvent,
}

/// Whether a code may be copied (C12, HKD-39, STM-39).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Copies {
    /// As often as wanted, within the place.
    #[default]
    UnlimitedSamePlace,
    /// It is posted once.
    Single,
}

/// Which events need a code (C17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Eligibility {
    /// Outdoors or in a large facility only where participants are told apart from passers-by (STM-23).
    Distinguishable,
    /// Where participants are known it isn't necessary, but allowed (STM-24).
    IdentifiedOk,
}

impl Eligibility {
    /// The word for it in packs and wording.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Distinguishable => "distinguishable",
            Self::IdentifiedOk => "identified_ok",
        }
    }
}

/// Where a code may not be posted (C16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ForbiddenPlace {
    /// Where it is read from outside (STM-38).
    Outside,
    /// On what is handed out (STM-29).
    Handouts,
}

impl ForbiddenPlace {
    /// The word for it in packs and wording.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Handouts => "handouts",
        }
    }
}

/// A type of business.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
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
    #[schemars(range(min = 0, max = 6))]
    pub day_boundary_hour: Option<u8>,
}

/// A field that the pack may ask for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
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
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VenueField {
    /// Which.
    pub name: FieldName,
    /// Whether it must be filled in.
    pub required: bool,
}

impl VenuePolicy {
    /// The list is the app's: without the app it has no effect.
    pub(super) fn check_listing(&self, channels: Option<&ChannelPolicy>, problems: &mut Problems<'_>) {
        let app = channels.is_none_or(|channels| channels.has(Way::AppPwa));
        let only = "\"none\" where \"app_pwa\" is not enabled";
        problems.unless(app || self.listing == Listing::None, "venues.listing", only);
    }

    pub(super) fn check(&self, thresholds: Option<&ThresholdTable>, problems: &mut Problems<'_>) {
        let email = self.fields.iter().find(|field| field.name == FieldName::Email);
        problems.unless(
            email.is_some_and(|field| field.required),
            "venues.fields",
            "email must be there and required, or no poster can be sent",
        );
        problems.unless(!self.kinds.is_empty(), "venues.kinds", "at least one");
        let bypassed = self.mutability == Mutability::Mutable && self.approval == Approval::Officer;
        problems.unless(
            !bypassed,
            "venues.mutability",
            "immutable_replace where approval is officer: a correction would bypass the officer",
        );
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
