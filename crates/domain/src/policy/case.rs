//! `[cases]`: how cases come in (REQUIREMENTS section 11, D).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::pack::Problems;

/// How cases come in.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CasePolicy {
    /// Whether patients report themselves with a one-time code (D1).
    pub self_report: bool,
    /// How long such a code is good.
    #[schemars(range(min = 1, max = 720))]
    pub code_valid_hours: u32,
    /// What is promised to whoever makes contact after a notice or with a report (E28), as the smooth handling at
    /// the desk (HKD-19, KNG-7); empty where nothing is.
    #[serde(default)]
    pub benefit_on_contact: String,
    /// The same in English.
    #[serde(default)]
    pub benefit_on_contact_en: String,
}

impl CasePolicy {
    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        problems.unless((1..=720).contains(&self.code_valid_hours), "cases.code_valid_hours", "1 to 720");
        problems.unless(
            !self.benefit_on_contact.is_empty() || self.benefit_on_contact_en.is_empty(),
            "cases.benefit_on_contact_en",
            "only where there is a benefit_on_contact",
        );
    }
}
