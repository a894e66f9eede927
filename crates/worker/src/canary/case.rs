//! Where the canary's cases were, and who they are: a place that is none, and people who aren't.

use domain::case::{CaseDates, CaseReference, CaseSource, Course, InterviewVisit};
use domain::clock::Instant;
use domain::exposure::Window;
use domain::held::Held;
use domain::id::{CaseId, VenueId};
use domain::policy::Trigger;
use domain::policy::pack::Pack;
use domain::policy::venue::Category;
use domain::service_day::ServiceDay;
use domain::time_band::Reach;
use domain::venue::{Size, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use store::cases::{CaseRecord, CaseState};
use store::erasure::canary::CANARY;

/// What place and cases are called: in the mail, where the policy names places.
const NAME: &str = "動作確認";

/// A place at which the fewest cases make a notice today, and how many that is; `None` where the pack has no such place.
pub(super) fn venue(pack: &Pack, id: VenueId, code: VenueCode, now: Instant) -> Option<(Venue, u32)> {
    let places = pack.policy.venues.categories.iter().flat_map(|category| sizes(pack, category, now));
    let (category, size, cases) = places.min_by_key(|(.., cases)| *cases)?;
    let venue = Venue {
        id,
        code,
        kind: VenueKind::Facility,
        name: VenueName::from_stored(NAME.to_owned()),
        room: None,
        category: category.id.clone(),
        size,
        postal_code: String::new(),
        address: String::new(),
        held: Held::always(),
        replaces: None,
        status: VenueStatus::Active,
        registered_at: now,
        naming_consent: false,
    };
    Some((venue, cases))
}

/// For a place of this category the sizes of which the table tells, each with the cases that it asks for.
fn sizes<'a>(pack: &Pack, category: &'a Category, now: Instant) -> Vec<(&'a Category, Option<Size>, u32)> {
    if pack.policy.notices.trigger != Trigger::Threshold {
        return vec![(category, None, 1)];
    }
    let Some(table) = &pack.thresholds else { return Vec::new() };
    let day = pack.policy.calendar_of(&category.id).day_of(now);
    let rows = table.in_force(day).rows.iter().filter(|row| row.level == category.level);
    rows.map(|row| (category, Some(Size { measure: row.measure, value: row.at_least }), row.cases)).collect()
}

/// A case that tested positive today and can have infected somebody today.
pub(super) fn record(id: CaseId, day: ServiceDay, now: Instant) -> CaseRecord {
    CaseRecord {
        id,
        reference: CaseReference::from_stored(NAME.to_owned()),
        source: CaseSource::Canary,
        dates: CaseDates::from_stored(Course::SampledOn(day), day),
        window: Window { first: day, last: day },
        received_at: now,
        entered_by: CANARY.to_owned(),
        contacts_sealed: None,
        close_contacts: false,
        state: CaseState::Received,
        matched_at: None,
    }
}

/// Its visit, as an interview tells it.
pub(super) fn visit(venue: &Venue, day: ServiceDay, reach: Option<Reach>, now: Instant) -> InterviewVisit {
    let stay = reach.map(|reach| reach.stay_from(now));
    InterviewVisit { venue: Some(venue.id), venue_text: venue.full_name(), day, stay }
}
