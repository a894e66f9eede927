//! `[data]`: how long things are kept (REQUIREMENTS section 11, F).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::pack::Problems;

/// How long things are kept.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataPolicy {
    /// Calendar months after registration at which check-ins are erased (F1), 1 to 3.
    #[schemars(range(min = 1, max = 3))]
    pub retention_months: u32,
}

impl DataPolicy {
    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        problems.unless((1..=3).contains(&self.retention_months), "data.retention_months", "1 to 3");
    }
}
