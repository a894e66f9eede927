//! Puts mails together: the pack's words, the policy's facts, the points that it lists (E17).

use super::{MailKind, Named, Never, Text};
use crate::clock::Instant;
use crate::notice::NoticeKind;
use crate::policy::{Inquiry, NamingCluster, Point, Policy};
use crate::retention::Keep;
use crate::service_day::ServiceDay;
use crate::wording::Wording;

/// The confirmation of a check-in (OSK-5, OSK-22). Names the venue only where the policy says so (B11).
pub fn confirmation(
    policy: &Policy,
    wording: &Wording,
    language: &str,
    at: Instant,
    venue: Option<&str>,
) -> Text {
    let language = policy.notices.language(language);
    let said = Said { policy, wording, language, kind: MailKind::Confirmation, named: &Named::Nothing };
    let span = span(policy, wording, language);
    let promise = said.say("mail-promise", &[("trigger", policy.notices.trigger.as_str())]);
    let never = never(policy, wording, language).join("\n");
    let venue = venue.filter(|_| policy.check_in.confirmation_names_venue);
    let place = venue.map_or_else(String::new, |venue| {
        format!("\n{}", said.say("mail-confirmation-place", &[("venue", venue)]))
    });
    let at = moment(policy, wording, language, at);
    let own =
        [("at", &*at), ("span", &*span), ("promise", &*promise), ("never", &*never), ("place", &*place)];
    said.mail("mail-confirmation", &own)
}

/// How long a check-in is kept, in words: 2か月, 60 days.
pub fn span(policy: &Policy, wording: &Wording, language: &str) -> String {
    let (key, count) = match policy.data.keep() {
        Keep::Months(months) => ("mail-span-months", months),
        Keep::Days(days) => ("mail-span-days", days),
    };
    let number = if count == 1 { "one" } else { "other" };
    wording.text(language, key, &[("count", &count.to_string()), ("number", number)])
}

/// The ordinary warning (OSK-18): where `named` holds nothing it can't name place or day.
pub fn alert(policy: &Policy, wording: &Wording, language: &str, named: &Named) -> Text {
    notice(policy, wording, language, NoticeKind::Alert, named)
}

/// The warning of a cluster (OSK-19).
pub fn cluster(policy: &Policy, wording: &Wording, language: &str, named: &Named) -> Text {
    notice(policy, wording, language, NoticeKind::Cluster, named)
}

/// A notice of either kind, in the language of a check-in if it is offered.
pub fn notice(policy: &Policy, wording: &Wording, language: &str, kind: NoticeKind, named: &Named) -> Text {
    let language = policy.notices.language(language);
    let kind = match kind {
        NoticeKind::Alert => MailKind::Alert,
        NoticeKind::Cluster => MailKind::Cluster,
    };
    let said = Said { policy, wording, language, kind, named };
    let values = said.of_notice(&said.withheld());
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let key = if kind == MailKind::Alert { "mail-alert" } else { "mail-cluster" };
    said.mail(key, &values)
}

/// How nobody is ever written to (A4), a sentence each: in confirmations, and on pages.
pub fn never(policy: &Policy, wording: &Wording, language: &str) -> Vec<String> {
    policy.sender.never.iter().map(|never: &Never| wording.text(language, never.key(), &[])).collect()
}

/// A day as a language writes it.
pub fn written(wording: &Wording, language: &str, day: ServiceDay) -> String {
    let words = day.words();
    let values: Vec<(&str, &str)> = words.iter().map(|(name, value)| (*name, value.as_str())).collect();
    wording.text(language, "mail-day", &values)
}

/// A moment as a language writes it, by the jurisdiction's wall clock.
pub(super) fn moment(policy: &Policy, wording: &Wording, language: &str, at: Instant) -> String {
    let clock = policy.calendar.wall_clock(at);
    let (date, time) = clock.split_once(' ').unwrap_or((&clock, ""));
    let date = ServiceDay::parse(date).map_or_else(|| date.to_owned(), |day| written(wording, language, day));
    format!("{date} {time}")
}

/// What a mail's sentences are made of, the same for all of them.
pub(super) struct Said<'a> {
    pub policy: &'a Policy,
    pub wording: &'a Wording,
    pub language: &'a str,
    pub kind: MailKind,
    pub named: &'a Named,
}

impl Said<'_> {
    /// The desk's name, as mails in this language have it.
    pub fn desk(&self) -> &str {
        self.policy.desk.name(self.language)
    }

    /// The sentence of a point.
    pub fn point(&self, key: &str) -> String {
        let contact = self.policy.notices.contact.as_str();
        let whom = self.say(&format!("mail-where-{contact}"), &[]);
        self.say(key, &[("where", &whom)])
    }

    /// What every notice is filled with, on whichever channel: place, points, what isn't told, signature.
    pub fn of_notice(&self, withheld: &[String]) -> Vec<(&'static str, String)> {
        let (limits, requests): (Vec<Point>, Vec<Point>) =
            self.policy.notices.points.iter().partition(|point| point.is_limit());
        let joint = self.say("mail-sentence-joint", &[]);
        let limits: Vec<String> = limits.iter().map(|point| self.point(point.key())).collect();
        let mut asked: Vec<String> = requests
            .iter()
            .map(|point| self.say("mail-request", &[("point", &self.point(point.key()))]))
            .collect();
        if !asked.is_empty() {
            asked.insert(0, self.say("mail-requests", &[]));
        }
        vec![
            ("place", self.place()),
            ("limits", limits.join(&joint)),
            ("requests", asked.join("\n")),
            ("withheld", withheld.join(&joint)),
            ("signature", self.signature()),
        ]
    }

    fn signature(&self) -> String {
        self.say(&format!("mail-signature-{}", self.policy.notices.contact.as_str()), &[])
    }

    /// What a notice says that it doesn't tell (GEN-1).
    pub fn withheld(&self) -> Vec<String> {
        let mut said = vec![self.say("mail-withheld", &[])];
        if self.policy.notices.inquiry == Inquiry::Refuse {
            said.push(self.say("mail-no-answers", &[]));
        }
        said
    }

    /// What a notice names, if it may.
    fn place(&self) -> String {
        let days: Vec<String> =
            self.named.days().iter().map(|day| written(self.wording, self.language, *day)).collect();
        let days = days.join(&self.say("mail-list-joint", &[]));
        let published = self.kind == MailKind::Cluster
            && self.policy.notices.naming_cluster == NamingCluster::IfPublished;
        match self.named {
            Named::Nothing => String::new(),
            Named::Days(_) => self.say("mail-place-days", &[("days", &days)]),
            Named::Place { venue, .. } => {
                let key = if published { "mail-place-published" } else { "mail-place-venue" };
                self.say(key, &[("venue", venue), ("days", &days)])
            }
        }
    }

    pub fn mail(&self, key: &str, own: &[(&str, &str)]) -> Text {
        let signature = self.signature();
        let mut values = own.to_vec();
        values.push(("signature", &signature));
        Text {
            subject: self.say(&format!("{key}-subject"), &values),
            body: without_gaps(&self.say(&format!("{key}-body"), &values)),
        }
    }

    /// A sentence, with the policy's facts and its own values filled in.
    pub fn say(&self, key: &str, own: &[(&str, &str)]) -> String {
        let (policy, language) = (self.policy, self.language);
        let (jurisdiction, system) =
            (policy.jurisdiction.name(language), policy.jurisdiction.system(language));
        let kind = if self.kind == MailKind::Cluster { "cluster" } else { "alert" };
        let when = format!("when-{}", policy.check_in.matching.as_str());
        let when = self.wording.text(language, &when, &[]);
        let mut values = vec![
            ("jurisdiction", jurisdiction.as_str()),
            ("system", system.as_str()),
            ("desk", self.desk()),
            ("phone", policy.desk.phone.as_str()),
            ("hours", policy.desk.hours(language)),
            ("disease", policy.disease.name(language)),
            ("when", when.as_str()),
            ("kind", kind),
            ("naming", self.named.as_str()),
        ];
        values.extend_from_slice(own);
        self.wording.text(language, key, &values)
    }
}

/// One empty line where values were empty, none at the ends.
pub(super) fn without_gaps(body: &str) -> String {
    let mut out = String::new();
    for line in body.trim().lines() {
        if !line.trim().is_empty() {
            out.push_str(line);
        } else if out.ends_with("\n\n") {
            continue;
        }
        out.push('\n');
    }
    out
}
