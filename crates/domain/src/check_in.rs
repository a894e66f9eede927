//! A check-in: one registration of one contact at one venue at one moment.
//!
//! The identity of a check-in is the nonce of the form that it came from ([`CheckInNonce`]), so that a
//! reload, a double tap or a retried batch is the same row and never a second one.

use std::time::Duration;

use crate::clock::Instant;
use crate::id::VenueId;
use crate::service_day::{self, Calendar, ServiceDay};
use crate::venue::{Venue, VenueStatus};

/// The identity of a check-in: the form's issue time in milliseconds (48 bits), then 80 random bits.
///
/// Time first keeps a day's rows nearly in the order of insertion, so that the store appends to the end
/// of its one tree; 80 random bits make two forms of one millisecond different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckInNonce([u8; 16]);

impl CheckInNonce {
    /// A nonce for a form issued now.
    pub fn issue(now: Instant, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.as_micros() / 1000).unwrap_or(0);
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random);
        Self(bytes)
    }

    /// When its form was issued, to the millisecond.
    pub fn issued_at(self) -> Instant {
        let millis = self.0[..6].iter().fold(0i64, |sum, byte| (sum << 8) | i64::from(*byte));
        Instant::from_micros(millis * 1000)
    }

    /// Its bytes, as stored and as bound into the sealed contact.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From stored bytes.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// Where and when a check-in lies: what its sealed contact is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CheckInPlace {
    /// The service day, fixed once when the form was accepted.
    pub day: ServiceDay,
    /// The venue.
    pub venue: VenueId,
    /// When the visit was: when it was accepted, or what the visitor typed.
    pub at: Instant,
    /// Its identity.
    pub nonce: CheckInNonce,
}

/// How long a form stays good: a page left open over lunch works, yesterday's doesn't.
pub const FORM_LIFE: Duration = Duration::from_secs(12 * 3600);

/// How far the clocks of two web nodes may be apart: a form that one has issued is good at the other.
pub const NODES_APART: Duration = Duration::from_secs(10 * 60);

/// Why a check-in was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The code was withdrawn, or no officer has allowed it yet: answered like an unknown one.
    #[error("the venue's code was withdrawn")]
    Revoked,
    /// The event hasn't begun or is over: answered like an unknown one.
    #[error("the event is not held on this day")]
    NotHeld,
    /// The form is too old, or comes from the future.
    #[error("the form is no longer good")]
    FormExpired,
}

/// How far ahead of our clock a typed visit may lie: clocks differ.
pub const AHEAD: Duration = Duration::from_secs(5 * 60);

/// What is wrong with the day and time of a visit as they were typed (B2, B3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VisitTimeError {
    /// Not a date.
    #[error("the date can't be read")]
    Date,
    /// Not a time of day.
    #[error("the time can't be read")]
    Time,
    /// It is still to come.
    #[error("the visit lies in the future")]
    Future,
    /// Longer ago than the policy takes.
    #[error("the visit lies too far in the past")]
    TooOld,
}

/// The moment of a visit, as the visitor typed its date and time of day. A night that goes on after midnight
/// is typed with the date after it; which service day it is, the calendar says.
///
/// # Errors
/// [`VisitTimeError`]
pub fn visit_time(
    typed: (&str, &str),
    now: Instant,
    late_days: i64,
    calendar: &Calendar,
) -> Result<Instant, VisitTimeError> {
    let date = service_day::date(typed.0).ok_or(VisitTimeError::Date)?;
    let at = calendar.at(date, service_day::minutes_of_day(typed.1).ok_or(VisitTimeError::Time)?);
    kept_visit(at, now, late_days, calendar)
}

/// The moment of a visit that somebody's clock had and ours judges.
///
/// # Errors
/// [`VisitTimeError::Future`] and [`VisitTimeError::TooOld`].
pub fn kept_visit(
    at: Instant,
    now: Instant,
    late_days: i64,
    calendar: &Calendar,
) -> Result<Instant, VisitTimeError> {
    if at > now.plus(AHEAD) {
        return Err(VisitTimeError::Future);
    }
    let oldest = calendar.day_of(now).plus_days(-late_days);
    if calendar.day_of(at) < oldest { Err(VisitTimeError::TooOld) } else { Ok(at) }
}

/// Accepts a check-in, or says why not. The service day is fixed here: that of the visit, `at`, which is `now`
/// unless the visitor typed it.
///
/// # Errors
/// [`Refused`]
pub fn accept(
    venue: &Venue,
    nonce: CheckInNonce,
    now: Instant,
    at: Instant,
    calendar: &Calendar,
) -> Result<CheckInPlace, Refused> {
    if venue.status != VenueStatus::Active {
        return Err(Refused::Revoked);
    }
    let day = calendar.day_of(at);
    if !venue.held.on(day) {
        return Err(Refused::NotHeld);
    }
    let issued = nonce.issued_at();
    if issued > now.plus(NODES_APART) || now.since(issued) > FORM_LIFE {
        return Err(Refused::FormExpired);
    }
    Ok(CheckInPlace { day, venue: venue.id, at, nonce })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::held::Held;
    use crate::id::VenueId;
    use crate::venue::{VenueCode, VenueKind, VenueName};

    pub(crate) fn venue() -> Venue {
        Venue {
            id: VenueId::from_random([7; 8]),
            code: VenueCode::from_random([7; 16]),
            kind: VenueKind::Shop,
            name: VenueName::parse("見本食堂").unwrap(),
            room: None,
            category: "restaurant".into(),
            size: None,
            postal_code: "5400000".into(),
            address: "大阪市中央区".into(),
            held: Held::always(),
            replaces: None,
            status: VenueStatus::Active,
            registered_at: Instant::from_micros(0),
            naming_consent: false,
        }
    }

    #[test]
    fn a_form_is_good_for_half_a_day() {
        let calendar = Calendar::new("Asia/Tokyo", 0).unwrap();
        let issued = Instant::from_micros(1_790_000_000_000_000);
        let nonce = CheckInNonce::issue(issued, [1; 10]);
        assert_eq!(nonce.issued_at(), issued);
        assert!(accept(&venue(), nonce, issued.plus(FORM_LIFE), issued, &calendar).is_ok());
        let late = issued.plus(FORM_LIFE).plus(Duration::from_secs(1));
        assert_eq!(accept(&venue(), nonce, late, late, &calendar), Err(Refused::FormExpired));
        let early = issued.minus(Duration::from_secs(601));
        assert_eq!(accept(&venue(), nonce, early, early, &calendar), Err(Refused::FormExpired));
    }

    #[test]
    fn withdrawn_codes_and_events_of_other_days_take_nothing() {
        let calendar = Calendar::new("Asia/Tokyo", 0).unwrap();
        let now = Instant::from_micros(1_790_000_000_000_000);
        let nonce = CheckInNonce::issue(now, [1; 10]);
        for status in [VenueStatus::Revoked, VenueStatus::Pending, VenueStatus::Declined] {
            let shut = Venue { status, ..venue() };
            assert_eq!(accept(&shut, nonce, now, now, &calendar), Err(Refused::Revoked));
        }
        let tomorrow = calendar.day_of(now).plus_days(1);
        let event = Venue { held: Held::once(tomorrow, tomorrow).unwrap(), ..venue() };
        assert_eq!(accept(&event, nonce, now, now, &calendar), Err(Refused::NotHeld));
    }

    /// KYC-3, B3: today, and so many days back; a night counts for the day on which it began.
    #[test]
    fn a_visit_may_be_typed_within_the_policys_past() {
        let calendar = Calendar::new("Asia/Tokyo", 5).unwrap();
        let today = ServiceDay::parse("2026-11-22").unwrap();
        let now = calendar.at(today, 12 * 60);
        let typed = |date: &str, time: &str, late| visit_time((date, time), now, late, &calendar);
        assert_eq!(typed("2026-11-22", "12:00", 0), Ok(now));
        assert_eq!(typed("2026/11/22", "１２：０５", 0), Ok(now.plus(AHEAD)));
        assert_eq!(typed("2026-11-22", "12:06", 0), Err(VisitTimeError::Future));
        assert_eq!(typed("2026-11-22", "5:00", 0), Ok(calendar.start_of(today)));
        assert_eq!(typed("2026-11-22", "4:59", 0), Err(VisitTimeError::TooOld));
        assert!(typed("2026-11-22", "4:59", 1).is_ok() && typed("2026-11-21", "5:00", 1).is_ok());
        assert_eq!(typed("2026-11-21", "4:59", 1), Err(VisitTimeError::TooOld));
        assert_eq!(typed("", "12:00", 1), Err(VisitTimeError::Date));
        assert_eq!(typed("2026-11-22", "noon", 1), Err(VisitTimeError::Time));
        let place = accept(&venue(), CheckInNonce::issue(now, [1; 10]), now, now.minus(8 * HOUR), &calendar);
        assert_eq!(place.map(|place| place.day), Ok(today.plus_days(-1)));
    }

    const HOUR: Duration = Duration::from_secs(3600);
}
