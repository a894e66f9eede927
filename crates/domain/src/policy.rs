//! The policy: the rules of one jurisdiction, as its pack has them ([`pack`] reads and checks it whole).
//!
//! Everything in which prefectures differ is data in `jurisdictions/<id>/` (DESIGN section 7). A key that
//! the engine doesn't know is an error that names it: a typing error in a policy must not become a
//! silent default. Each section of `jurisdiction.toml` is a file here.

pub mod case;
pub mod certificate;
pub mod change;
pub mod channels;
pub mod data;
pub mod gallery;
pub mod notice;
pub mod own_page;
pub mod pack;
pub mod page;
pub mod schema;
pub mod venue;
pub mod visitor;

mod markdown;
mod read;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use case::CasePolicy;
pub use certificate::{CertificatePolicy, Industry, Measure};
pub use channels::{AccountJoin, ChannelPolicy, Disclosure, LinePolicy, Way};
pub use data::DataPolicy;
pub use notice::{
    CloseContacts, ClusterTrigger, ContactInBody, Inquiry, NamingAlert, NamingCluster, NoticePolicy, Point,
    Publication, Trigger,
};
pub use page::{Desk, PagePolicy};
pub use venue::{
    Approval, Category, Copies, Eligibility, EventReuse, FieldName, ForbiddenPlace, Listing, Mutability,
    NamingConsent, Rooms, VenueField, VenuePolicy,
};
pub use visitor::{CheckInPolicy, CheckInUnit, Confirmation, Consent, Matching, Remember, VisitTime};

use crate::clock::Instant;
use crate::disease::Disease;
use crate::message::Sender;
use crate::service_day::{Calendar, ServiceDay};
use crate::time_band::Reach;

/// The rules of one jurisdiction. Serialised, its fields are the sections of `jurisdiction.toml`.
#[derive(Clone, Debug, Serialize)]
pub struct Policy {
    /// Who it is.
    pub jurisdiction: Jurisdiction,
    /// Zone and day boundary.
    #[serde(skip)]
    pub calendar: Calendar,
    /// Who mails come from.
    pub sender: Sender,
    /// How visitors can be reached.
    pub channels: ChannelPolicy,
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

/// Minutes that a visit is taken to be where the policy matches by time band and says no more.
const DEFAULT_BAND: u32 = 120;

impl Policy {
    /// Where the days of a category begin (B7): a bar's night is one day. The jurisdiction's hour where the
    /// category has none of its own.
    pub fn calendar_of(&self, category: &str) -> Calendar {
        let own = self.venues.categories.iter().find(|known| known.id == category);
        match own.and_then(|category| category.day_boundary_hour) {
            Some(hour) => self.calendar.with_boundary(hour),
            None => self.calendar.clone(),
        }
    }

    /// How far a case's visit reaches in time; `None` where everyone of its day counts.
    pub fn reach(&self) -> Option<Reach> {
        let minutes = |n: u32| Duration::from_secs(60 * u64::from(n));
        (self.check_in.matching == Matching::TimeBand).then(|| Reach {
            stay: minutes(self.check_in.time_band_minutes.unwrap_or(DEFAULT_BAND)),
            lingering: minutes(self.disease.lingering_minutes),
        })
    }

    /// The newest service day that has begun, at any category's venues.
    pub fn newest_day(&self, now: Instant) -> ServiceDay {
        self.calendars().map(|calendar| calendar.day_of(now)).max().unwrap_or(self.calendar.day_of(now))
    }

    /// The oldest service day that still goes on, at any category's venues.
    pub fn oldest_day(&self, now: Instant) -> ServiceDay {
        self.calendars().map(|calendar| calendar.day_of(now)).min().unwrap_or(self.calendar.day_of(now))
    }

    /// Until when visits on a service day are taken: it has ended everywhere, and whoever may enter a past
    /// visit (B3) can't enter one on it any more.
    pub fn taken_until(&self, day: ServiceDay) -> Instant {
        let last = day.plus_days(self.check_in.late_days());
        self.calendars().map(|calendar| calendar.end_of(last)).max().unwrap_or(self.calendar.end_of(last))
    }

    fn calendars(&self) -> impl Iterator<Item = Calendar> {
        let own = self.venues.categories.iter().filter_map(|category| category.day_boundary_hour);
        std::iter::once(self.calendar.clone()).chain(own.map(|hour| self.calendar.with_boundary(hour)))
    }
}

/// Names of the jurisdiction and its system.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
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

/// Zone and day boundary.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Time {
    /// The time zone's IANA name, `Asia/Tokyo`.
    zone: String,
    /// At which hour a day of use begins, 0 to 6 (B7).
    #[schemars(range(min = 0, max = 6))]
    day_boundary_hour: u8,
}

/// What something is called in a language: in Japanese where the pack names it in no other.
pub(crate) fn in_language<'a>(japanese: &'a str, english: Option<&'a str>, language: &str) -> &'a str {
    if language.starts_with("ja") { japanese } else { english.unwrap_or(japanese) }
}
