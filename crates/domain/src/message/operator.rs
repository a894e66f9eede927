//! What operators are written: their code, what is asked of who posts it, or why they have none.

use super::compose::Said;
use super::{MailKind, Named, Text};
use crate::policy::{Copies, EventReuse, Mutability, Policy, Rooms};
use crate::venue::Venue;
use crate::wording::Wording;

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
    said(policy, wording).mail("mail-operator", &values)
}

/// What an operator is sent whose registration an officer declined, and why (C8).
pub fn operator_declined(policy: &Policy, wording: &Wording, venue: &Venue, reason: &str) -> Text {
    let (name, number) = (venue.full_name(), venue.id.to_string());
    let values = [("venue", name.as_str()), ("number", number.as_str()), ("reason", reason)];
    said(policy, wording).mail("mail-operator-declined", &values)
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

/// What is said to an operator, in Japanese.
pub(super) fn said<'a>(policy: &'a Policy, wording: &'a Wording) -> Said<'a> {
    Said { policy, wording, language: "ja", kind: MailKind::Operator, named: &Named::Nothing }
}
