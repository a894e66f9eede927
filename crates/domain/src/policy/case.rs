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
}

impl CasePolicy {
    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        problems.unless((1..=720).contains(&self.code_valid_hours), "cases.code_valid_hours", "1 to 720");
    }
}
