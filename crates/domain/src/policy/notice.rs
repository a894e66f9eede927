//! `[notices]`: how notices are decided and worded (REQUIREMENTS section 11, E).

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::message::Named;
use crate::notice::NoticeKind;
use crate::policy::pack::Problems;
use crate::policy::venue::{NamingConsent, VenuePolicy};
use crate::service_day::ServiceDay;

/// When an alert is proposed (E1).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// So many cases at one venue and day as the table asks for (OSK-13).
    Threshold,
    /// One case is enough (KYF-2, HKD-12).
    AnyPositive,
    /// One case is enough to ask: whether it is sent is the officer's judgement (STM-15).
    #[default]
    OfficerJudgement,
}

impl Trigger {
    /// Its word, as it is recorded with a decision that no row of a table stands behind.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::AnyPositive => "any_positive",
            Self::OfficerJudgement => "officer_judgement",
        }
    }
}

/// Who declares clusters (E6).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterTrigger {
    /// An officer, with a form of its own.
    #[default]
    Officer,
    /// Nobody: there is no such notice.
    Off,
}

/// Whether a case can be marked as one whose close contacts are known and spoken to (E8, HKD-13).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseContacts {
    /// It can't: it doesn't keep a notice back.
    Off,
    /// The officer marks it, and no notice comes of it.
    #[default]
    OfficerFlag,
}

/// What an alert names (E13).
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamingAlert {
    /// Neither place nor day (OSK-18, HKD-40, STM-17).
    #[default]
    None,
    /// The day.
    Date,
    /// The place and the day (HYG-4).
    VenueAndDate,
    /// Both where the operator has agreed to it, else neither (KNG-24).
    WithConsent,
}

/// What a cluster's notice names (E14).
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamingCluster {
    /// Neither place nor day.
    #[default]
    None,
    /// Both if the jurisdiction has published them (OSK-21).
    IfPublished,
    /// Both (HYG-4, KYC-5).
    Always,
    /// Both where the operator has agreed to it.
    WithConsent,
}

/// Whether the jurisdiction makes names of places public (E25).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Publication {
    /// Never.
    None,
    /// In a case of need, which the officer who declares a cluster records (OSK-21, STM-42).
    #[default]
    OfficerDecides,
}

/// What a notice says of whom to consult (E15).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactInBody {
    /// No desk.
    None,
    /// The desk's name, without a number (HKD-5, HKD-15).
    #[default]
    DeskName,
    /// Name, telephone number and hours (HYG-5, STM-16, KNG-7).
    Phone,
}

impl ContactInBody {
    /// Its word, which ends the keys of the sentences that it chooses between.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::DeskName => "desk_name",
            Self::Phone => "phone",
        }
    }
}

/// How questions about a single warning are met (E27).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inquiry {
    /// They aren't answered (OSK-27, HKD-29), and every notice says so.
    #[default]
    Refuse,
    /// The desk tells what it can.
    TellInConsultation,
}

/// A point that every notice makes (E17): a sentence of the wording, `point-<its word>`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// The reader is not necessarily infected (HKD-14, STM-16, KNG-14).
    NotNecessarilyInfected,
    /// How close the contact was is not known (HKD-14).
    DegreeUnknown,
    /// Watch your health (HKD-15, KYC-4).
    HealthAdvice,
    /// Whom to consult, and when (HKD-15, STM-16, KNG-7).
    Consult,
    /// A test is offered (E23).
    TestOffer,
    /// Keep a record of what you do (HYG-9).
    KeepRecord,
    /// Don't guess, don't write about it (STM-18, KNG-15).
    NoSns,
}

impl Point {
    /// The key of its sentence.
    pub const fn key(self) -> &'static str {
        match self {
            Self::NotNecessarilyInfected => "point-not_necessarily_infected",
            Self::DegreeUnknown => "point-degree_unknown",
            Self::HealthAdvice => "point-health_advice",
            Self::Consult => "point-consult",
            Self::TestOffer => "point-test_offer",
            Self::KeepRecord => "point-keep_record",
            Self::NoSns => "point-no_sns",
        }
    }

    /// Whether it says what isn't known, and not what to do.
    pub const fn is_limit(self) -> bool {
        matches!(self, Self::NotNecessarilyInfected | Self::DegreeUnknown)
    }
}

/// How notices are decided and worded.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NoticePolicy {
    /// Minutes between approval and release, in which a notice can be stopped (E12), 0 to 60.
    #[schemars(range(min = 0, max = 60))]
    pub hold_minutes: u32,
    /// Officers who must approve an alert (E10), 1 or 2.
    #[schemars(range(min = 1, max = 2))]
    pub approvals_alert: u32,
    /// Officers who must approve a cluster's notice (E11), 1 or 2.
    #[schemars(range(min = 1, max = 2))]
    pub approvals_cluster: u32,
    /// When an alert is proposed.
    #[serde(default)]
    pub trigger: Trigger,
    /// Who declares clusters.
    #[serde(default)]
    pub cluster: ClusterTrigger,
    /// Whether known close contacts keep a notice back.
    #[serde(default)]
    pub close_contacts: CloseContacts,
    /// What an alert names.
    #[serde(default)]
    pub naming_alert: NamingAlert,
    /// What a cluster's notice names.
    #[serde(default)]
    pub naming_cluster: NamingCluster,
    /// Whether names of places are made public.
    #[serde(default)]
    pub publication: Publication,
    /// Whom a notice says to consult.
    #[serde(default)]
    pub contact: ContactInBody,
    /// Whether a mail to a visitor may carry links (E16).
    #[serde(default)]
    pub links: bool,
    /// The points that every notice makes, in their order.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub points: Vec<Point>,
    /// How questions about a single warning are met.
    #[serde(default)]
    pub inquiry: Inquiry,
    /// To fewer people than these a notice warns the officer that somebody could be recognised, and takes two
    /// approvals (E21); 0 to 50.
    #[schemars(range(min = 0, max = 50))]
    #[serde(default)]
    pub min_group: u32,
    /// Whether whoever is a case of a notice is left out of it (E20), as far as the address is known.
    #[serde(default = "yes")]
    pub exclude_index_contact: bool,
    /// The languages that pages and mails are offered in (E22), the first being Japanese.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    #[serde(default = "japanese")]
    pub languages: Vec<String>,
}

fn yes() -> bool {
    true
}

fn japanese() -> Vec<String> {
    vec!["ja".to_owned()]
}

impl NoticePolicy {
    /// The hold.
    pub fn hold(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.hold_minutes))
    }

    /// The language of a mail to who checked in with this one: itself if it is offered, else Japanese.
    pub fn language(&self, of_check_in: &str) -> &str {
        self.languages.iter().find(|known| *known == of_check_in).map_or("ja", String::as_str)
    }

    /// Whether a notice to so many would let somebody be recognised (E21).
    pub fn too_few(&self, others: u64) -> bool {
        others < u64::from(self.min_group)
    }

    /// How many officers must approve a notice to so many (E10, E11, E21).
    pub fn approvals(&self, kind: NoticeKind, others: u64) -> u32 {
        let needed = match kind {
            NoticeKind::Alert => self.approvals_alert,
            NoticeKind::Cluster => self.approvals_cluster,
        };
        if self.too_few(others) { needed.max(2) } else { needed }
    }

    /// Whether a notice of this kind names its place only with the operator's consent.
    pub fn needs_consent(&self, kind: NoticeKind) -> bool {
        match kind {
            NoticeKind::Alert => self.naming_alert == NamingAlert::WithConsent,
            NoticeKind::Cluster => self.naming_cluster == NamingCluster::WithConsent,
        }
    }

    /// What a notice may name of this venue and these days (E13, E14). Everything that writes or shows a notice
    /// asks here: a text that may not name is given nothing that it could.
    pub fn named(
        &self,
        kind: NoticeKind,
        published: bool,
        consent: bool,
        venue: &str,
        days: &[ServiceDay],
    ) -> Named {
        let place = || Named::Place { venue: venue.to_owned(), days: days.to_vec() };
        match kind {
            NoticeKind::Alert => match self.naming_alert {
                NamingAlert::Date => Named::Days(days.to_vec()),
                NamingAlert::VenueAndDate => place(),
                NamingAlert::WithConsent if consent => place(),
                NamingAlert::None | NamingAlert::WithConsent => Named::Nothing,
            },
            NoticeKind::Cluster => match self.naming_cluster {
                NamingCluster::Always => place(),
                NamingCluster::IfPublished if published => place(),
                NamingCluster::WithConsent if consent => place(),
                _ => Named::Nothing,
            },
        }
    }

    /// Whether a place is ever named for certain, and whether ever with consent.
    fn names(&self) -> (bool, bool) {
        let always =
            self.naming_alert == NamingAlert::VenueAndDate || self.naming_cluster == NamingCluster::Always;
        let consent = self.needs_consent(NoticeKind::Alert) || self.needs_consent(NoticeKind::Cluster);
        (always, consent)
    }

    /// Whether an operator has to agree to be named before a venue can be registered: where it is named for
    /// certain, and consent is asked for then (HYG-7).
    pub fn consent_is_a_condition(&self, venues: &VenuePolicy) -> bool {
        self.names().0 && venues.naming_consent == NamingConsent::AtRegistration
    }

    pub(super) fn check(&self, venues: Option<&VenuePolicy>, problems: &mut Problems<'_>) {
        problems.unless(self.hold_minutes <= 60, "notices.hold_minutes", "0 to 60");
        problems.unless((1..=2).contains(&self.approvals_alert), "notices.approvals_alert", "1 or 2");
        problems.unless((1..=2).contains(&self.approvals_cluster), "notices.approvals_cluster", "1 or 2");
        problems.unless(self.min_group <= 50, "notices.min_group", "0 to 50");
        let twice = |at: usize| self.points[..at].contains(&self.points[at]);
        let points = !self.points.is_empty() && !(0..self.points.len()).any(twice);
        problems.unless(points, "notices.points", "at least one, each once");
        let twice = |at: usize| self.languages[..at].contains(&self.languages[at]);
        let languages = self.languages.first().is_some_and(|first| first == "ja")
            && !(0..self.languages.len()).any(twice);
        problems.unless(languages, "notices.languages", "\"ja\" first, each once");
        problems.unless(
            self.cluster == ClusterTrigger::Officer || self.naming_cluster == NamingCluster::None,
            "notices.naming_cluster",
            "\"none\" where cluster = \"off\": there is no notice that could name anything",
        );
        problems.unless(
            self.publication == Publication::OfficerDecides
                || self.naming_cluster != NamingCluster::IfPublished,
            "notices.naming_cluster",
            "not \"if_published\" where publication = \"none\": nothing is ever published",
        );
        if let Some(venues) = venues {
            self.check_consent(venues.naming_consent, problems);
        }
    }

    /// Who asks for consent must use it, and the other way round.
    fn check_consent(&self, asked: NamingConsent, problems: &mut Problems<'_>) {
        let (always, with_consent) = self.names();
        let (holds, allowed) = match asked {
            NamingConsent::NotAsked => (
                !with_consent,
                "\"at_registration\" or \"per_case\" where a notice names a place \"with_consent\"",
            ),
            NamingConsent::AtRegistration => {
                (always || with_consent, "\"not_asked\" where no notice names a place")
            }
            NamingConsent::PerCase => (with_consent, "only where a notice names a place \"with_consent\""),
        };
        problems.unless(holds, "venues.naming_consent", allowed);
    }
}
