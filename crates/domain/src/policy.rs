//! The policy: the rules of one jurisdiction, as its pack has them ([`pack`] reads and checks it whole).
//!
//! Everything in which prefectures differ is data in `jurisdictions/<id>/` (DESIGN section 7). A key that
//! the engine doesn't know is an error that names it: a typing error in a policy must not become a
//! silent default. Each section of `jurisdiction.toml` is a file here.

pub mod case;
pub mod data;
pub mod notice;
pub mod pack;
pub mod page;
pub mod venue;
pub mod visitor;

mod read;

use serde::Deserialize;

pub use case::CasePolicy;
pub use data::DataPolicy;
pub use notice::NoticePolicy;
pub use page::{Desk, PagePolicy};
pub use venue::{
    Approval, Category, Copies, Eligibility, EventReuse, FieldName, ForbiddenPlace, Mutability, Rooms,
    VenueField, VenuePolicy,
};
pub use visitor::{CheckInPolicy, Confirmation};

use crate::exposure::Disease;
use crate::message::Sender;
use crate::service_day::Calendar;

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

/// `[time]`: zone and day boundary.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    zone: String,
    day_boundary_hour: u8,
}

/// What something is called in a language: in Japanese where the pack names it in no other.
pub(crate) fn in_language<'a>(japanese: &'a str, english: Option<&'a str>, language: &str) -> &'a str {
    if language.starts_with("ja") { japanese } else { english.unwrap_or(japanese) }
}
