//! Day and time of a visit, where the policy lets the visitor say them (KYC-3; REQUIREMENTS section 11, B2, B3).
//!
//! Both fields are filled in with the moment at which the form is opened, so whoever is there now types
//! nothing. What is typed is read in the jurisdiction's zone; which service day it is, the venue's category
//! says.

use domain::check_in::{self, VisitTimeError};
use domain::clock::Instant;
use domain::policy::VisitTime;
use domain::venue::Venue;
use serde_json::{Value, json};

use crate::form::{Errors, Fields, Say};
use crate::state::Common;

/// Whether visitors say when they were there.
pub(crate) fn is_typed(common: &Common) -> bool {
    common.pack.policy.check_in.visit_time == VisitTime::UserEntered
}

/// Whether the code takes check-ins now: not withdrawn, and the event is held, or was at most so many days ago.
pub(crate) fn is_open(common: &Common, venue: &Venue, late_days: i64) -> bool {
    let today = common.pack.policy.calendar_of(&venue.category).day_of(common.clock.now());
    let oldest = today.plus_days(-late_days);
    oldest.through(today).any(|day| venue.open_on(day))
}

/// Now, as the fields of a fresh form have it.
pub(crate) fn now(common: &Common) -> (String, String) {
    let now = common.pack.policy.calendar.wall_clock(common.clock.now());
    now.split_once(' ').map(|(day, time)| (day.to_owned(), time.to_owned())).unwrap_or_default()
}

/// The moment of the visit as it was typed; `None` where the policy asks for none, or it can't be taken.
pub(crate) fn read(
    common: &Common,
    venue: &Venue,
    fields: &Fields,
    say: &Say<'_>,
    errors: &mut Errors,
) -> Option<Instant> {
    if !is_typed(common) {
        return None;
    }
    let policy = &common.pack.policy;
    let typed = (fields.get("visited_on"), fields.get("visited_at"));
    let calendar = policy.calendar_of(&venue.category);
    let days = policy.check_in.typed_days();
    let wrong = match check_in::visit_time(typed, common.clock.now(), days, &calendar) {
        Ok(at) => return Some(at),
        Err(wrong) => wrong,
    };
    let field = if wrong == VisitTimeError::Time { "visited_at" } else { "visited_on" };
    let key = match wrong {
        VisitTimeError::Date => "error-date",
        VisitTimeError::Time => "error-time",
        VisitTimeError::Future => "error-visit-future",
        VisitTimeError::TooOld if days == 0 => "error-visit-not-today",
        VisitTimeError::TooOld => "error-visit-too-old",
    };
    let label = say.text(&format!("field-{field}"), &[]);
    errors.add(field, say.text(key, &[("field", &label), ("days", &days.to_string())]));
    None
}

/// What the form shows of it; `null` where the policy asks for none.
pub(crate) fn context(common: &Common) -> Value {
    match is_typed(common) {
        true => json!({ "days": common.pack.policy.check_in.typed_days() }),
        false => Value::Null,
    }
}
