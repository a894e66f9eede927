//! `[data]`: how long things are kept (REQUIREMENTS section 11, F).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::pack::Problems;
use crate::retention::Keep;

/// How long things are kept.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataPolicy {
    /// Calendar months after registration at which check-ins are erased (F1), 1 to 3.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3))]
    pub retention_months: Option<u32>,
    /// Or days, 14 to 92.
    #[serde(default)]
    #[schemars(range(min = 14, max = 92))]
    pub retention_days: Option<u32>,
}

impl DataPolicy {
    /// How long check-ins are kept.
    pub fn keep(&self) -> Keep {
        match (self.retention_months, self.retention_days) {
            (None, Some(days)) => Keep::Days(days),
            (months, _) => Keep::Months(months.unwrap_or(2)),
        }
    }

    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        let months = self.retention_months.is_none_or(|months| (1..=3).contains(&months));
        problems.unless(months, "data.retention_months", "1 to 3");
        // A day younger than a fortnight is never erased.
        let days = self.retention_days.is_none_or(|days| (14..=92).contains(&days));
        problems.unless(days, "data.retention_days", "14 to 92");
        problems.unless(
            self.retention_months.is_none() || self.retention_days.is_none(),
            "data.retention_days",
            "only where there is no retention_months: it is one or the other",
        );
    }
}
