//! The policy: the rules of one jurisdiction, as its pack has them ([`pack`] reads and checks it whole).
//!
//! Everything in which prefectures differ is data in `jurisdictions/<id>/` (DESIGN section 7). A key that
//! the engine doesn't know is an error that names it: a typing error in a policy must not become a
//! silent default.

pub mod pack;

use std::time::Duration;

use serde::Deserialize;

use crate::exposure::Disease;
use crate::message::Sender;
use crate::service_day::Calendar;
use crate::venue::{SizeMeasure, VenueKind};

/// The rules of one jurisdiction.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Who it is.
    pub jurisdiction: Jurisdiction,
    /// Zone and day boundary.
    pub calendar: Calendar,
    /// Who mails come from.
    pub sender: Sender,
    /// How check-ins are taken.
    pub check_in: CheckInPolicy,
    /// What operators register.
    pub venues: VenuePolicy,
    /// How cases come in.
    pub cases: CasePolicy,
    /// What the disease is.
    pub disease: Disease,
    /// How notices are decided and worded.
    pub notices: NoticePolicy,
    /// How long things are kept.
    pub data: DataPolicy,
    /// Whom to consult.
    pub desk: Desk,
    /// What stands on pages.
    pub pages: PagePolicy,
}

/// Names of the jurisdiction and its system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jurisdiction {
    /// The folder's name, `osaka`.
    pub id: String,
    /// `大阪府`
    pub name: String,
    /// `Osaka Prefecture`
    pub name_en: String,
    /// The system's name in Japanese.
    pub system_name: String,
    /// The system's name in English (OSK-36).
    pub system_name_en: String,
}

impl Jurisdiction {
    /// The jurisdiction's name in a language.
    pub fn name(&self, language: &str) -> String {
        if language.starts_with("ja") { self.name.clone() } else { self.name_en.clone() }
    }

    /// The system's name in a language.
    pub fn system(&self, language: &str) -> String {
        if language.starts_with("ja") { self.system_name.clone() } else { self.system_name_en.clone() }
    }
}

/// When a visitor is written a confirmation (B10).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// For every check-in, within the limits that keep it from being a weapon.
    Every,
    /// For the first at a venue on a day.
    FirstOfDay,
}

/// How check-ins are taken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckInPolicy {
    /// When a visitor is written a confirmation.
    pub confirmation: Confirmation,
}

/// What operators register.
#[derive(Clone, Debug)]
pub struct VenuePolicy {
    /// Kinds that may be registered (C1).
    pub kinds: Vec<VenueKind>,
    /// Categories, in the order of the form (C3).
    pub categories: Vec<Category>,
    /// Fields of the form beside kind, name and category, in order (C5).
    pub fields: Vec<VenueField>,
}

/// A type of business.
#[derive(Clone, Debug)]
pub struct Category {
    /// Its word, `karaoke`.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// The heading under which it stands in the form.
    pub group: String,
    /// Its level in the table of thresholds.
    pub level: String,
    /// By what its size is measured.
    pub measure: SizeMeasure,
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

/// How cases come in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CasePolicy {
    /// Whether patients report themselves with a one-time code (D1).
    pub self_report: bool,
    /// How long such a code is good.
    pub code_valid_hours: u32,
}

/// How notices are decided and worded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticePolicy {
    /// Minutes between approval and release, in which a notice can be stopped (E12), 0 to 60.
    pub hold_minutes: u32,
    /// Officers who must approve an alert (E10), 1 or 2.
    pub approvals_alert: u32,
    /// Officers who must approve a cluster's notice (E11), 1 or 2.
    pub approvals_cluster: u32,
    /// Whether a notice may carry links (E16).
    pub links: bool,
    /// Words that every warning must contain (E17), by which the lint knows that its points are made.
    pub required: Vec<String>,
}

impl NoticePolicy {
    /// The hold.
    pub fn hold(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.hold_minutes))
    }
}

/// How long things are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataPolicy {
    /// Calendar months after registration at which check-ins are erased (F1), 1 to 3.
    pub retention_months: u32,
}

/// Whom to consult.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// Its name, which also stands in mails.
    pub name: String,
    /// The same in English; the Japanese name where it has none.
    pub name_en: Option<String>,
    /// Its telephone number, for pages only.
    pub phone: String,
    /// Its hours.
    pub hours: String,
    /// The same in English.
    pub hours_en: Option<String>,
}

impl Desk {
    /// Its name in a language.
    pub fn name(&self, language: &str) -> &str {
        in_language(&self.name, self.name_en.as_deref(), language)
    }
}

/// What something is called in a language: in Japanese where the pack names it in no other.
pub(crate) fn in_language<'a>(japanese: &'a str, english: Option<&'a str>, language: &str) -> &'a str {
    if language.starts_with("ja") { japanese } else { english.unwrap_or(japanese) }
}

/// What stands on pages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagePolicy {
    /// When the pages' words were last changed (OSK-36).
    pub updated_on: String,
    /// Whether the trademark of the QR code is stated (F7).
    pub trademark: bool,
    /// The disclaimer (OSK-32); empty for none.
    pub disclaimer: String,
    /// Whom the system thanks (F9); empty for none.
    pub credits: String,
}
