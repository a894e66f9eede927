//! `[channels]`: how visitors can be reached (REQUIREMENTS section 11, A).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::notice::{NamingAlert, NamingCluster, NoticePolicy};
use crate::policy::pack::Problems;

/// A way to check in (A1).
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The form, with an e-mail address.
    WebEmail,
    /// The jurisdiction's account on LINE.
    Line,
    /// The app in the browser; mail, typed once, tells its users (KYF-1, KYF-5).
    AppPwa,
}

impl Way {
    /// The pack's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WebEmail => "web_email",
            Self::Line => "line",
            Self::AppPwa => "app_pwa",
        }
    }
}

/// When a visitor adds the account as a friend (A6).
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountJoin {
    /// Before: who hasn't is asked to, and the check-in isn't taken.
    Before,
    /// With the first scan (STM-7).
    #[default]
    AtFirstScan,
    /// Whichever the visitor likes.
    Either,
}

impl AccountJoin {
    /// The pack's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::AtFirstScan => "at_first_scan",
            Self::Either => "either",
        }
    }
}

/// What a notice by LINE tells of place and day, where the policy lets notices name them (A8).
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disclosure {
    /// The message itself, as the system of 2020 did: LINE's company can read it.
    InMessage,
    /// A page of ours that the message leads to: nothing of it passes through LINE (guideline of April 2021).
    PullPage,
    /// Nothing.
    #[default]
    None,
}

/// How the account on LINE is used.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LinePolicy {
    /// When a visitor adds the account.
    #[serde(default)]
    pub account_join: AccountJoin,
    /// Whether pages say that who blocks the account isn't reached (A7, STM-13).
    #[serde(default = "yes")]
    pub blocked_hint: bool,
    /// What a notice by LINE tells of place and day.
    #[serde(default)]
    pub detail_disclosure: Disclosure,
}

impl Default for LinePolicy {
    fn default() -> Self {
        Self {
            account_join: AccountJoin::default(),
            blocked_hint: yes(),
            detail_disclosure: Disclosure::None,
        }
    }
}

fn yes() -> bool {
    true
}

/// How visitors can be reached.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelPolicy {
    /// The ways that there are, the usual one first.
    #[serde(default = "by_mail")]
    pub enabled: Vec<Way>,
    /// Whether the visitor chooses among them on the page (A2). Else the page offers the first.
    #[serde(default)]
    pub user_choice: bool,
    /// The account on LINE.
    #[serde(default)]
    pub line: LinePolicy,
}

fn by_mail() -> Vec<Way> {
    vec![Way::WebEmail]
}

impl ChannelPolicy {
    /// Whether there is this way at all.
    pub fn has(&self, way: Way) -> bool {
        self.enabled.contains(&way)
    }

    /// Whether anybody is written to by mail: the app tells its users by mail too.
    pub fn mails(&self) -> bool {
        self.has(Way::WebEmail) || self.has(Way::AppPwa)
    }

    /// What the check-in page offers.
    pub fn offered(&self) -> &[Way] {
        if self.user_choice { &self.enabled } else { self.enabled.get(..1).unwrap_or_default() }
    }

    pub(super) fn check(&self, notices: Option<&NoticePolicy>, problems: &mut Problems<'_>) {
        let twice = |at: usize| self.enabled[..at].contains(&self.enabled[at]);
        let each_once = !self.enabled.is_empty() && !(0..self.enabled.len()).any(twice);
        problems.unless(each_once, "channels.enabled", "at least one, each once");
        problems.unless(
            !self.user_choice || self.enabled.len() > 1,
            "channels.user_choice",
            "only where several are enabled",
        );
        let line = &self.line;
        let known = self.has(Way::Line);
        let only = "only where \"line\" is enabled";
        let join = line.account_join == AccountJoin::default();
        problems.unless(known || join, "channels.line.account_join", only);
        problems.unless(known || line.blocked_hint, "channels.line.blocked_hint", only);
        let key = "channels.line.detail_disclosure";
        let silent = line.detail_disclosure == Disclosure::None;
        problems.unless(known || silent, key, only);
        if let Some(notices) = notices {
            let names =
                notices.naming_alert != NamingAlert::None || notices.naming_cluster != NamingCluster::None;
            problems.unless(silent || names, key, "\"none\" where no notice names a place or a day");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channels(text: &str) -> ChannelPolicy {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn without_a_word_there_is_the_form() {
        let plain = channels("");
        assert_eq!(plain.offered(), [Way::WebEmail]);
        assert!(!plain.has(Way::Line) && plain.line.blocked_hint);
    }

    /// A2: the visitor chooses, or the page offers the usual way.
    #[test]
    fn the_page_offers_all_ways_only_where_the_visitor_chooses() {
        let ways = "enabled = [\"line\", \"web_email\"]";
        assert_eq!(channels(ways).offered(), [Way::Line]);
        let both = channels(&format!("{ways}\nuser_choice = true"));
        assert_eq!(both.offered(), [Way::Line, Way::WebEmail]);
    }

    /// KYF-1, KYF-5: the app's users are told by mail.
    #[test]
    fn the_app_is_a_way_that_mails() {
        let app = channels("enabled = [\"app_pwa\"]");
        assert!(app.has(Way::AppPwa) && app.mails() && !app.has(Way::WebEmail));
        assert!(!channels("enabled = [\"line\"]").mails());
    }

    #[test]
    fn what_has_no_effect_is_refused() {
        for (text, key) in [
            ("enabled = []", "channels.enabled"),
            ("enabled = [\"line\", \"line\"]", "channels.enabled"),
            ("user_choice = true", "channels.user_choice"),
            ("line.account_join = \"before\"", "channels.line.account_join"),
            ("line.blocked_hint = false", "channels.line.blocked_hint"),
            ("line.detail_disclosure = \"pull_page\"", "channels.line.detail_disclosure"),
        ] {
            let mut errors = Vec::new();
            channels(text).check(None, &mut Problems::of("jurisdiction.toml", &mut errors));
            let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
            assert!(said.len() == 1 && said[0].contains(key), "{text}: {said:?}");
        }
    }
}
