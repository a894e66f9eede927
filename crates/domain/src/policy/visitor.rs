//! `[check_in]`: how visitors are registered (REQUIREMENTS section 11, B).

use serde::Deserialize;

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
