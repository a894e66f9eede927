//! `[notices]`: how notices are decided and worded (REQUIREMENTS section 11, E).

use std::time::Duration;

use serde::Deserialize;

use crate::policy::pack::Problems;

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

    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        problems.unless(self.hold_minutes <= 60, "notices.hold_minutes", "0 to 60");
        problems.unless((1..=2).contains(&self.approvals_alert), "notices.approvals_alert", "1 or 2");
        problems.unless((1..=2).contains(&self.approvals_cluster), "notices.approvals_cluster", "1 or 2");
    }
}
