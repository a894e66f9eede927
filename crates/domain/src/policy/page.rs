//! `[desk]` and `[pages]`: whom to consult, and what stands on pages (REQUIREMENTS section 11, F).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contact::is_email;
use crate::policy::pack::Problems;
use crate::policy::schema::DATE;
use crate::policy::{VenuePolicy, in_language};
use crate::service_day::ServiceDay;

/// Whom to consult.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
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
    /// Where operators' questions are mailed to; with `venues.inquiry_form` only.
    pub enquiry_to: Option<String>,
}

impl Desk {
    /// Its name in a language.
    pub fn name(&self, language: &str) -> &str {
        in_language(&self.name, self.name_en.as_deref(), language)
    }

    /// Its hours in a language.
    pub fn hours(&self, language: &str) -> &str {
        in_language(&self.hours, self.hours_en.as_deref(), language)
    }

    pub(super) fn check(&self, venues: Option<&VenuePolicy>, problems: &mut Problems<'_>) {
        let address = self.enquiry_to.as_deref();
        let whole = address.is_none_or(is_email);
        problems.unless(whole, "desk.enquiry_to", "an e-mail address");
        let Some(venues) = venues else { return };
        let said = "there where venues.inquiry_form is true, and only there";
        problems.unless(venues.inquiry_form == address.is_some(), "desk.enquiry_to", said);
    }
}

/// What stands on pages.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PagePolicy {
    /// When the pages' words were last changed (OSK-36).
    #[schemars(regex(pattern = DATE))]
    pub updated_on: String,
    /// Whether the trademark of the QR code is stated (F7).
    pub trademark: bool,
    /// The disclaimer on the privacy page (F8, OSK-32); empty for none.
    pub disclaimer: String,
    /// The same in English.
    pub disclaimer_en: Option<String>,
    /// Whom the system thanks (F9); empty for none.
    pub credits: String,
    /// The text of `pages/` that stands in the visitors' guide and speaks of a related app (F11, COC-1); none
    /// if not said.
    pub related_app_notice: Option<String>,
}

impl PagePolicy {
    /// The disclaimer in a language, if there is one.
    pub fn disclaimer(&self, language: &str) -> &str {
        in_language(&self.disclaimer, self.disclaimer_en.as_deref(), language)
    }

    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        let date = ServiceDay::parse(&self.updated_on).is_some();
        problems.unless(date, "pages.updated_on", "a date like 2026-11-22");
    }
}
