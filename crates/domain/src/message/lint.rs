//! The lint: every mail of a pack, read as its recipients will read it.
//!
//! What the policy forbids must be absent, what it requires present, whoever worded it: the engine, or a pack
//! that overrides a sentence or a whole body. A point is known by its own sentence in the mail's language, so a
//! body either takes the values in braces or says the same words. It runs when a pack is loaded, over every
//! mail that its policy can send ([`samples`]), and a pack that fails it doesn't start.
//!
//! Limit: links, addresses, numbers and dates are found in any language, offers of a call or an SMS in Japanese
//! and English only.

use super::compose::{self, Said};
use super::{MailKind, Named, Never, Text, operator};
use crate::clock::Instant;
use crate::held::Held;
use crate::id::VenueId;
use crate::notice::NoticeKind;
use crate::policy::{ClusterTrigger, ContactInBody, NamingAlert, NamingCluster, Policy};
use crate::service_day::ServiceDay;
use crate::venue::{Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use crate::wording::Wording;

/// A mail as it will arrive, and what it was made of.
#[derive(Clone, Debug)]
pub struct Written {
    /// What it is.
    pub kind: MailKind,
    /// Its language.
    pub language: String,
    /// What it may name.
    pub named: Named,
    /// The words.
    pub text: Text,
}

impl Written {
    /// What it is, for whoever reads of its faults: `mail-alert (en, place)`.
    pub fn name(&self) -> String {
        let kind = match self.kind {
            MailKind::Confirmation => "mail-confirmation",
            MailKind::Alert => "mail-alert",
            MailKind::Cluster => "mail-cluster",
            MailKind::Operator => "mail-operator",
        };
        format!("{kind} ({}, {})", self.language, self.named.as_str())
    }
}

/// The moment of the confirmations among [`samples`]: 22 November 2026, 12:00 in Japan.
const AT: Instant = Instant::from_micros(1_795_316_400_000_000);

/// Every mail that this policy can send, in every language that it offers, filled with sample facts.
pub fn samples(policy: &Policy, wording: &Wording) -> Vec<Written> {
    // Easy Japanese has pages and posters; its readers' mails are in Japanese.
    let languages = policy.notices.languages.iter().filter(|language| *language != "ja-easy");
    let mut found: Vec<Written> =
        languages.flat_map(|language| to_visitors(policy, wording, language)).collect();
    let link = "https://tadori.example/venues/ABCDE-FGHJK?key=sample";
    let venue = venue();
    for text in [
        operator::operator_registered(policy, wording, &venue, link, true, true),
        operator::operator_registered(policy, wording, &venue, link, false, false),
        operator::operator_declined(policy, wording, &venue, "見本の理由です。"),
    ] {
        found.push(Written { kind: MailKind::Operator, language: "ja".into(), named: Named::Nothing, text });
    }
    found
}

/// The venue of the mails to operators among [`samples`].
fn venue() -> Venue {
    Venue {
        id: VenueId::from_stored(1),
        code: VenueCode::from_random([0; 16]),
        kind: VenueKind::Shop,
        name: VenueName::from_stored(VENUE.to_owned()),
        room: None,
        category: String::new(),
        size: None,
        postal_code: String::new(),
        address: String::new(),
        held: Held::always(),
        replaces: None,
        status: VenueStatus::Active,
        registered_at: AT,
        naming_consent: false,
    }
}

/// Every mail that this policy can send to a visitor, in one language: there is no other (HKD-7).
pub fn to_visitors(policy: &Policy, wording: &Wording, language: &str) -> Vec<Written> {
    let days: Vec<ServiceDay> =
        ["2026-11-20", "2026-11-21"].iter().filter_map(|day| ServiceDay::parse(day)).collect();
    let mut found = Vec::new();
    let mut add =
        |kind, named: Named, text| found.push(Written { kind, language: language.to_owned(), named, text });
    if policy.check_in.confirmation.writes() {
        let text = compose::confirmation(policy, wording, language, AT, Some(VENUE));
        add(MailKind::Confirmation, Named::Nothing, text);
    }
    for named in alerts(policy, &days) {
        let text = compose::notice(policy, wording, language, NoticeKind::Alert, &named);
        add(MailKind::Alert, named, text);
    }
    for named in clusters(policy, &days) {
        let text = compose::notice(policy, wording, language, NoticeKind::Cluster, &named);
        add(MailKind::Cluster, named, text);
    }
    found
}

/// What this language lacks of the sentences that mails are made of: a language is offered whole or not at all.
pub fn lacking(wording: &Wording, language: &str) -> Vec<&'static str> {
    let [(_, japanese), ..] = super::ENGINE_WORDING;
    let keys = japanese.lines().filter_map(|line| line.split_once(" =").map(|(key, _)| key));
    let of_visitors = |key: &&str| {
        ["mail-", "never-", "point-", "when-"].iter().any(|start| key.starts_with(start))
            && !key.starts_with("mail-operator")
    };
    // Easy Japanese has pages and posters; its readers' mails are in Japanese.
    keys.filter(of_visitors).filter(|key| language != "ja-easy" && !wording.has(language, key)).collect()
}

const VENUE: &str = "髙﨑食堂";

fn place(days: &[ServiceDay]) -> Named {
    Named::Place { venue: VENUE.to_owned(), days: days.to_vec() }
}

/// What alerts may name under this policy: one day each.
fn alerts(policy: &Policy, days: &[ServiceDay]) -> Vec<Named> {
    let days = &days[..days.len().min(1)];
    match policy.notices.naming_alert {
        NamingAlert::None => vec![Named::Nothing],
        NamingAlert::Date => vec![Named::Days(days.to_vec())],
        NamingAlert::VenueAndDate => vec![place(days)],
        NamingAlert::WithConsent => vec![Named::Nothing, place(days)],
    }
}

fn clusters(policy: &Policy, days: &[ServiceDay]) -> Vec<Named> {
    if policy.notices.cluster == ClusterTrigger::Off {
        return Vec::new();
    }
    match policy.notices.naming_cluster {
        NamingCluster::None => vec![Named::Nothing],
        NamingCluster::Always => vec![place(days)],
        NamingCluster::IfPublished | NamingCluster::WithConsent => vec![Named::Nothing, place(days)],
    }
}

/// What is wrong with a mail: empty when all is well.
pub fn lint(policy: &Policy, wording: &Wording, mail: &Written) -> Vec<String> {
    let said = Said { policy, wording, language: &mail.language, kind: mail.kind, named: &mail.named };
    let mut found = Vec::new();
    let subject = &mail.text.subject;
    if subject.chars().count() > 80 || subject.chars().any(char::is_control) {
        found.push("the subject is not one short line".to_owned());
    }
    // What may be named is taken out before anything is looked for that may not.
    let mut rest = format!("{subject}\n{}", mail.text.body);
    if let Named::Place { venue, .. } = &mail.named {
        require(&mut found, &rest, venue, "the place");
        rest = rest.replace(venue.as_str(), "");
    }
    for day in mail.named.days() {
        let day = compose::written(wording, &mail.language, *day);
        require(&mut found, &rest, &day, "the day");
        rest = rest.replace(&day, "");
    }
    if rest.contains('{') || rest.contains("mail-") || rest.contains("point-") {
        found.push("a value or a sentence is missing".to_owned());
    }
    if mail.kind == MailKind::Operator {
        return found;
    }
    forbidden(policy, &said, &rest, &mut found);
    for sentence in compose::never(policy, wording, &mail.language) {
        if mail.kind == MailKind::Confirmation {
            require(&mut found, &rest, &sentence, "how nobody is written to");
        }
        rest = rest.replace(&sentence, "");
    }
    for offer in offers(policy, &rest) {
        found.push(format!("offers what never happens: {offer:?}"));
    }
    if matches!(mail.kind, MailKind::Alert | MailKind::Cluster) {
        required(policy, &said, &mail.text.body, &mut found);
        // The desk's number and hours look like dates.
        if has_date(&rest.replace(&policy.desk.phone, "").replace(policy.desk.hours(&mail.language), "")) {
            found.push("names a date".to_owned());
        }
    }
    found
}

/// Links, addresses and telephone numbers, where the policy forbids them (E15, E16, HKD-5).
fn forbidden(policy: &Policy, said: &Said<'_>, text: &str, found: &mut Vec<String>) {
    let (lower, contact) = (text.to_lowercase(), policy.notices.contact);
    if !policy.notices.links && ["http://", "https://", "www."].iter().any(|mark| lower.contains(mark)) {
        found.push("contains a link".to_owned());
    }
    if text.contains('@') {
        found.push("contains an e-mail address".to_owned());
    }
    // The one number that may stand there is the desk's.
    let others = match contact {
        ContactInBody::Phone => text.replace(&policy.desk.phone, ""),
        ContactInBody::None | ContactInBody::DeskName => text.to_owned(),
    };
    if digits_in_a_row(&others) >= 9 {
        found.push("contains a telephone number".to_owned());
    }
    if contact == ContactInBody::None && text.contains(said.desk()) {
        found.push("names the desk".to_owned());
    }
}

/// What each notice must say: the points, what isn't told, and whom to consult (E15, E17, GEN-1).
fn required(policy: &Policy, said: &Said<'_>, body: &str, found: &mut Vec<String>) {
    for point in &policy.notices.points {
        require(found, body, &said.point(point.key()), point.key());
    }
    for sentence in said.withheld() {
        require(found, body, &sentence, "what isn't told");
    }
    let contact = policy.notices.contact;
    if contact != ContactInBody::None {
        require(found, body, said.desk(), "the desk");
    }
    if contact == ContactInBody::Phone {
        require(found, body, &policy.desk.phone, "the desk's telephone");
    }
}

fn require(found: &mut Vec<String>, text: &str, sentence: &str, what: &str) {
    if !text.contains(sentence) {
        found.push(format!("does not say {what}: {sentence:?}"));
    }
}

/// Words by which a mail would offer a call or an SMS.
const OFFERS: [(Never, &[&str]); 2] = [
    (Never::Sms, &["sms", "ショートメッセージ", "ショートメール", "text message"]),
    (
        Never::Phone,
        &[
            "お電話します",
            "お電話いたします",
            "お電話を差し上げ",
            "電話を差し上げ",
            "電話で連絡します",
            "電話でご連絡します",
            "電話でお知らせ",
            "we will call",
            "we will phone",
            "we will telephone",
            "we call you",
            "we may call",
        ],
    ),
];

fn offers<'a>(policy: &Policy, text: &str) -> Vec<&'a str> {
    let lower = text.to_lowercase();
    let never = OFFERS.iter().filter(|(never, _)| policy.sender.never.contains(never));
    never.flat_map(|(_, words)| words.iter().copied()).filter(|word| lower.contains(word)).collect()
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

/// A digit right before 月 or 日, a date in digits, or a digit before an English month.
fn has_date(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let digit = |c: &char| c.is_ascii_digit() || ('０'..='９').contains(c);
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = text.to_lowercase();
    chars.windows(2).any(|pair| digit(&pair[0]) && matches!(pair[1], '月' | '日' | '월' | '일'))
        || (0..10).any(|n| months.iter().any(|month| lower.contains(&format!("{n} {month}"))))
        || chars.windows(3).any(|three| digit(&three[0]) && matches!(three[1], '/' | '-') && digit(&three[2]))
}

#[cfg(test)]
mod tests;
