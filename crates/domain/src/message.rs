//! Messages: what is written to visitors and operators, and in which words.
//!
//! The words come from [`crate::wording`] (the engine's own, or the pack's), the facts from the policy,
//! so that a mail can't promise what the program doesn't do. OSK allows two kinds of notice (OSK-12) and
//! forbids the ordinary one to name place, time or person (OSK-18): that is why [`alert`] is not given
//! them at all.

use crate::contact::Contact;
use crate::id::MessageId;

/// One message to one recipient, complete: what a courier is handed.
#[derive(Debug)]
pub struct Mail {
    /// Constant over retries; becomes the `Message-ID`.
    pub id: MessageId,
    /// The envelope's and header's recipient.
    pub to: Contact,
    /// The words.
    pub text: Text,
    /// The poster, for operators.
    pub attachment: Option<Attachment>,
    /// The `Date` header: when it was first handed over, microseconds UTC.
    pub dated: Instant,
}

/// Subject and body of a message, as they will be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub subject: String,
    /// Plain text, lines ending in `\n`.
    pub body: String,
}

/// A file that goes with a message.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// `poster.pdf`
    pub file_name: String,
    /// `application/pdf`
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Who a message comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// The display name, as the pack has it.
    pub name: String,
    /// The address, `no-reply@tadori.osaka.example`.
    pub address: String,
}

impl Sender {
    pub(crate) fn check(&self, problems: &mut Problems<'_>) {
        let whole = self.address.split_once('@').is_some_and(|(l, d)| !l.is_empty() && d.contains('.'));
        problems.unless(whole, "sender.address", "an e-mail address");
    }
}

use serde::Deserialize;

use crate::clock::Instant;
use crate::policy::pack::Problems;
use crate::policy::{Copies, EventReuse, Mutability, Policy, Rooms};
use crate::service_day::ServiceDay;
use crate::venue::Venue;
use crate::wording::Wording;

/// The engine's own words, by language: laid under those of a pack.
pub const ENGINE_WORDING: [(&str, &str); 3] = [
    ("ja", include_str!("../wording/ja.ftl")),
    ("ja-easy", include_str!("../wording/ja-easy.ftl")),
    ("en", include_str!("../wording/en.ftl")),
];

/// What a cluster's notice may name: only what the jurisdiction has published (OSK-21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The venue's name.
    pub venue: String,
    /// The days.
    pub days: Vec<ServiceDay>,
}

/// The confirmation of a check-in (OSK-5, OSK-22). Names the venue only where the policy says so (B11).
pub fn confirmation(
    policy: &Policy,
    wording: &Wording,
    language: &str,
    at: Instant,
    venue: Option<&str>,
) -> Text {
    let named = venue.filter(|_| policy.check_in.confirmation_names_venue);
    let place = named.map_or_else(String::new, |venue| {
        format!("\n{}", wording.text(language, "mail-confirmation-place", &[("venue", venue)]))
    });
    let at = policy.calendar.wall_clock(at);
    let months = policy.data.retention_months.to_string();
    fill(
        policy,
        wording,
        language,
        "mail-confirmation",
        &[("at", &at), ("months", &months), ("place", &place)],
    )
}

/// The ordinary warning (OSK-18): it is not given the place, the day or the person, so it can't name them.
pub fn alert(policy: &Policy, wording: &Wording, language: &str) -> Text {
    fill(policy, wording, language, "mail-alert", &[])
}

/// The warning of a cluster (OSK-19); names venue and days only as published (OSK-21).
pub fn cluster(policy: &Policy, wording: &Wording, language: &str, published: Option<&Published>) -> Text {
    let place = published.map_or_else(String::new, |p| {
        let days: Vec<String> = p.days.iter().map(|d| written(*d, language)).collect();
        let days = days.join("、");
        wording.text(
            language,
            "mail-cluster-published",
            &[("venue", &p.venue), ("days", &days), ("jurisdiction", &policy.jurisdiction.name(language))],
        )
    });
    fill(policy, wording, language, "mail-cluster", &[("place", &place)])
}

/// What an operator is sent after registering: number and link, and what the policy asks of who posts a
/// code; the poster is `attached`, or is to be had at the link (OSK-39), and the `certificate`, where there
/// is one, always is (KNG-3).
pub fn operator_registered(
    policy: &Policy,
    wording: &Wording,
    venue: &Venue,
    link: &str,
    attached: bool,
    certificate: bool,
) -> Text {
    let poster = if attached { "mail-operator-poster-attached" } else { "mail-operator-poster-link" };
    let certificate =
        if certificate { wording.text("ja", "mail-operator-certificate", &[]) } else { String::new() };
    let values = [
        ("venue", venue.full_name()),
        ("number", venue.id.to_string()),
        ("link", link.to_owned()),
        ("certificate", certificate),
        ("poster", wording.text("ja", poster, &[])),
        ("points", points(policy, wording, venue)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fill(policy, wording, "ja", "mail-operator", &values)
}

/// What an operator is sent whose registration an officer declined, and why (C8).
pub fn operator_declined(policy: &Policy, wording: &Wording, venue: &Venue, reason: &str) -> Text {
    let (name, number) = (venue.full_name(), venue.id.to_string());
    let values = [("venue", name.as_str()), ("number", number.as_str()), ("reason", reason)];
    fill(policy, wording, "ja", "mail-declined", &values)
}

/// What the policy asks of operators, a line each.
fn points(policy: &Policy, wording: &Wording, venue: &Venue) -> String {
    let venues = &policy.venues;
    let mut keys: Vec<String> = venues
        .forbidden_places
        .iter()
        .map(|place| format!("mail-operator-forbidden-{}", place.as_str()))
        .collect();
    let event = venue.kind.is_event();
    let by_policy = [
        (venues.copies == Copies::UnlimitedSamePlace, "mail-operator-copies"),
        (venues.copies == Copies::Single, "mail-operator-single"),
        (venues.dual_posting, "mail-operator-dual"),
        (venues.rooms == Rooms::Recommended && venue.room.is_none(), "mail-operator-rooms"),
        (event && venues.event_reuse == EventReuse::SameHost, "mail-operator-same-code"),
        (event && venues.event_reuse == EventReuse::PerEvent, "mail-operator-per-event"),
        (venues.mutability == Mutability::ImmutableReplace, "mail-operator-immutable"),
        (venues.mutability == Mutability::Mutable, "mail-operator-mutable"),
    ];
    keys.extend(by_policy.into_iter().filter(|(holds, _)| *holds).map(|(_, key)| key.to_owned()));
    let mut lines: Vec<String> = keys.iter().map(|key| wording.text("ja", key, &[])).collect();
    if !venues.scope.is_empty() {
        lines.push(String::new());
        lines.push(wording.text("ja", "mail-operator-scope", &[]));
        lines.extend(venues.scope.iter().map(|line| format!("・{line}")));
    }
    lines.join("\n")
}

/// What a policy forbids in a warning and what of it stands there: empty when all is well.
///
/// Links, telephone numbers, addresses and dates of any kind are found, whoever worded the mail; the
/// points that must be made are looked for by the pack's own key words (`notices.required`).
pub fn lint(policy: &Policy, text: &Text, published: Option<&Published>) -> Vec<String> {
    let mut found = Vec::new();
    let body = published.map_or_else(
        || text.body.clone(),
        |p| p.days.iter().fold(text.body.replace(&p.venue, ""), |b, day| b.replace(&day.in_japanese(), "")),
    );
    let whole = format!("{}\n{body}", text.subject);
    let lower = whole.to_lowercase();
    if !policy.notices.links && ["http://", "https://", "www."].iter().any(|mark| lower.contains(mark)) {
        found.push("contains a link".to_owned());
    }
    if whole.contains('@') {
        found.push("contains an e-mail address".to_owned());
    }
    if digits_in_a_row(&whole) >= 9 {
        found.push("contains a telephone number".to_owned());
    }
    if has_date(&whole) {
        found.push("names a date".to_owned());
    }
    if text.subject.chars().count() > 60 || text.subject.chars().any(char::is_control) {
        found.push("the subject is not one short line".to_owned());
    }
    for word in &policy.notices.required {
        if !body.contains(word.as_str()) {
            found.push(format!("does not say {word:?}"));
        }
    }
    found
}

/// The longest run of digits, hyphens between them not counting as an end.
fn digits_in_a_row(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        match c {
            '0'..='9' | '０'..='９' => run += 1,
            '-' | '－' | '(' | ')' | '（' | '）' => {}
            _ => run = 0,
        }
        longest = longest.max(run);
    }
    longest
}

/// A digit right before 月 or 日, or a date in digits.
fn has_date(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let digit = |c: &char| c.is_ascii_digit() || ('０'..='９').contains(c);
    chars.windows(2).any(|pair| digit(&pair[0]) && matches!(pair[1], '月' | '日'))
        || chars.windows(3).any(|three| digit(&three[0]) && matches!(three[1], '/' | '-') && digit(&three[2]))
}

fn written(day: ServiceDay, language: &str) -> String {
    if language.starts_with("ja") { day.in_japanese() } else { day.to_string() }
}

fn fill(policy: &Policy, wording: &Wording, language: &str, key: &str, own: &[(&str, &str)]) -> Text {
    let (jurisdiction, system) = (policy.jurisdiction.name(language), policy.jurisdiction.system(language));
    let when = wording.text(language, &format!("when-{}", policy.check_in.matching.as_str()), &[]);
    let mut values = vec![
        ("jurisdiction", jurisdiction.as_str()),
        ("system", system.as_str()),
        ("desk", policy.desk.name(language)),
        ("disease", policy.disease.name(language)),
        ("when", when.as_str()),
    ];
    values.extend_from_slice(own);
    Text {
        subject: wording.text(language, &format!("{key}-subject"), &values),
        body: format!("{}\n", wording.text(language, &format!("{key}-body"), &values)),
    }
}
