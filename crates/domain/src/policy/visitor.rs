//! `[check_in]`: how visitors are registered (REQUIREMENTS section 11, B).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::channels::{ChannelPolicy, Way};
use crate::policy::pack::Problems;

/// When a visitor is written a confirmation (B10).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// For every check-in, within the limits that keep it from being a weapon.
    #[default]
    Every,
    /// For the first at a venue on a day.
    FirstOfDay,
    /// Never: the page says that it is done.
    None,
    /// Never: the screen is the confirmation, to be looked at before one goes on (KYF-4).
    OnScreenOnly,
}

impl Confirmation {
    /// The pack's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::FirstOfDay => "first_of_day",
            Self::None => "none",
            Self::OnScreenOnly => "on_screen_only",
        }
    }

    /// Whether a message confirms at all.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Every | Self::FirstOfDay)
    }
}

/// What visitors are asked to register (B1).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckInUnit {
    /// Every visit, several a day.
    #[default]
    Visit,
    /// A place once a day.
    Day,
}

impl CheckInUnit {
    /// The pack's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Day => "day",
        }
    }
}

/// Where the moment of a visit comes from (B2).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitTime {
    /// The visitor is there now: the moment of the check-in.
    #[default]
    ServerReceipt,
    /// The visitor types day and time (KYC-3).
    UserEntered,
}

/// Who counts as having been where a case was (B5).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// Everyone of that service day.
    #[default]
    Day,
    /// Who was there at the same time ([`crate::time_band`]).
    TimeBand,
}

impl Matching {
    /// The pack's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::TimeBand => "time_band",
        }
    }
}

/// How a visitor agrees to what is kept (B8).
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// The form says what is kept; who sends it agrees.
    #[default]
    NoticeOnForm,
    /// A button at the first scan, and again when the text has changed (STM-9).
    ButtonFirstScan,
    /// A button at each scan.
    ButtonEach,
}

impl Consent {
    /// The pack's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoticeOnForm => "notice_on_form",
            Self::ButtonFirstScan => "button_first_scan",
            Self::ButtonEach => "button_each",
        }
    }
}

/// Whether a phone may keep the visitor's address for the next time (B16).
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remember {
    /// It is typed each time.
    #[default]
    Off,
    /// The app keeps it on the phone, and nowhere else: one tap the next time.
    DeviceToken,
}

/// How check-ins are taken.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CheckInPolicy {
    /// What visitors are asked to register.
    #[serde(default)]
    pub unit: CheckInUnit,
    /// Where the moment of a visit comes from.
    #[serde(default)]
    pub visit_time: VisitTime,
    /// How many days back a typed visit may lie (B3), 0 to 14.
    #[schemars(range(min = 0, max = 14))]
    #[serde(default)]
    pub visit_time_max_past_days: u8,
    /// Who counts as having been where a case was.
    #[serde(default, rename = "match")]
    pub matching: Matching,
    /// How long a visit is taken to be (B6), 30 to 720 minutes; two hours where it isn't said.
    #[schemars(range(min = 30, max = 720))]
    pub time_band_minutes: Option<u32>,
    /// When a visitor is written a confirmation.
    #[serde(default)]
    pub confirmation: Confirmation,
    /// Whether the confirmation names the venue (B11).
    #[serde(default)]
    pub confirmation_names_venue: bool,
    /// How a visitor agrees to what is kept.
    #[serde(default)]
    pub consent: Consent,
    /// The version of what is agreed to (B9): another one is asked for anew.
    #[serde(default = "first")]
    #[schemars(range(min = 1))]
    pub consent_version: u32,
    /// Whether the app keeps the visitor's address on the phone.
    #[serde(default)]
    pub remember_contact: Remember,
    /// How many days back a visit may lie that the app kept while there was no network, 0 to 14; 0 is the same day.
    #[serde(default)]
    pub app_offline_days: u8,
}

fn first() -> u32 {
    1
}

impl CheckInPolicy {
    /// How many days after a service day visits on it are still taken, by whichever way.
    pub fn late_days(&self) -> i64 {
        i64::from(self.visit_time_max_past_days.max(self.app_offline_days))
    }

    /// How many days back a visit may lie that is typed into the form.
    pub fn typed_days(&self) -> i64 {
        i64::from(self.visit_time_max_past_days)
    }

    /// When a visitor is written a confirmation: where a place counts once a day, once a day at most.
    pub fn confirms(&self) -> Confirmation {
        match (self.confirmation, self.unit) {
            (Confirmation::Every, CheckInUnit::Day) => Confirmation::FirstOfDay,
            (confirmation, _) => confirmation,
        }
    }

    pub(super) fn check(&self, channels: Option<&ChannelPolicy>, problems: &mut Problems<'_>) {
        // On the web form, sending it is the agreement; a button of its own is LINE's.
        let buttons = channels.is_none_or(|channels| channels.has(Way::Line));
        let forms = self.consent == Consent::NoticeOnForm;
        problems.unless(
            forms || buttons,
            "check_in.consent",
            "\"notice_on_form\" where \"line\" is not enabled",
        );
        let key = "check_in.consent_version";
        problems.unless(self.consent_version >= 1, key, "1 or more");
        problems.unless(!forms || self.consent_version <= 1, key, "only where consent is a button");
        let key = "check_in.visit_time_max_past_days";
        problems.unless(self.visit_time_max_past_days <= 14, key, "0 to 14");
        problems.unless(
            self.visit_time_max_past_days == 0 || self.visit_time == VisitTime::UserEntered,
            key,
            "only where visit_time is \"user_entered\"",
        );
        let app = channels.is_none_or(|channels| channels.has(Way::AppPwa));
        let only = "only where \"app_pwa\" is enabled";
        problems.unless(app || self.remember_contact == Remember::Off, "check_in.remember_contact", only);
        let key = "check_in.app_offline_days";
        problems.unless(app || self.app_offline_days == 0, key, only);
        problems.unless(self.app_offline_days <= 14, key, "0 to 14");
        let key = "check_in.time_band_minutes";
        problems.unless(self.time_band_minutes.is_none_or(|m| (30..=720).contains(&m)), key, "30 to 720");
        problems.unless(
            self.time_band_minutes.is_none() || self.matching == Matching::TimeBand,
            key,
            "only where match is \"time_band\"",
        );
        problems.unless(
            !self.confirmation_names_venue || self.confirmation.writes(),
            "check_in.confirmation_names_venue",
            "only where there is a confirmation",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(check_in: &str, channels: &str) -> Vec<String> {
        let check_in: CheckInPolicy = toml::from_str(check_in).unwrap();
        let channels: ChannelPolicy = toml::from_str(channels).unwrap();
        let mut errors = Vec::new();
        check_in.check(Some(&channels), &mut Problems::of("jurisdiction.toml", &mut errors));
        errors.iter().map(ToString::to_string).collect()
    }

    /// What is the app's alone has no effect without it, and is refused.
    #[test]
    fn the_apps_keys_need_the_app() {
        for (text, key) in [
            ("remember_contact = \"device_token\"", "check_in.remember_contact"),
            ("app_offline_days = 2", "check_in.app_offline_days"),
        ] {
            assert!(faults(text, "enabled = [\"app_pwa\"]").is_empty(), "{text}");
            let said = faults(text, "");
            assert!(said.len() == 1 && said[0].contains(key), "{text}: {said:?}");
        }
        assert_eq!(faults("app_offline_days = 15", "enabled = [\"app_pwa\"]").len(), 1);
    }

    /// A day stays open for whichever of both may come later; the form's own days are its own.
    #[test]
    fn a_day_waits_for_what_a_phone_kept() {
        let policy: CheckInPolicy = toml::from_str("app_offline_days = 2").unwrap();
        assert_eq!((policy.late_days(), policy.typed_days()), (2, 0));
    }
}
