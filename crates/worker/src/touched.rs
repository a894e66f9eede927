//! What a case touched: the venues and days where it was, the cases that count there with it, and who is to be
//! told. By service day it is one venue and day; by time band it is a chain of bands at one venue, which may
//! reach into the neighbouring days ([`domain::time_band`]).

use std::collections::{BTreeMap, BTreeSet};

use domain::clock::Instant;
use domain::id::{CaseId, NoticeId, VenueId};
use domain::notice::NoticeState;
use domain::service_day::{Calendar, ServiceDay};
use domain::threshold::RowInForce;
use domain::time_band::{Reach, Span, chains};
use domain::venue::Venue;
use store::case_stays::{AlertDay, CaseStay};
use store::cases::{CaseRecord, Finding};
use store::days::DayState;
use store::matching::CaseVisit;
use store::{StoreError, Tx};

use crate::match_cases::DayStates;
use crate::{JobError, Worker};

/// Where a case was, and when, as far as that is known and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub venue: VenueId,
    pub day: ServiceDay,
    pub stay: Option<Span>,
}

/// Cases that count together, as a transaction found them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// The case's own visits: their days, and when they began where visits are matched by time band.
    pub visited: Vec<(ServiceDay, Option<Instant>)>,
    /// Everyone who counts, the case included.
    pub cases: Vec<CaseId>,
    /// The band of all of them; `None` where the whole day counts.
    pub band: Option<Span>,
    /// The days whose people are to be told, each with the band in which they checked in.
    pub told: Vec<(ServiceDay, Option<Span>)>,
    /// The alert that stands already, or that officers kept back knowing every case here.
    pub noticed: Option<NoticeId>,
    /// By time band, the alert that stands, or was kept back so, and tells some of them.
    pub decided: Option<NoticeId>,
    /// Every alert that stands and tells some of those in the band: whoever decides on it must know of all these cases.
    pub standing: Vec<NoticeId>,
    /// Whether the close contacts of all of them are known.
    pub contacts_known: bool,
}

/// A group at its venue, with the row of the table that it is measured by.
pub(crate) struct Touched {
    pub venue: VenueId,
    pub name: String,
    pub row: Option<RowInForce>,
    /// Whether the operator agreed to be named.
    pub consent: bool,
    pub group: Group,
    pub erased: bool,
}

/// The venues where a case was, each with the days, by which the groups are looked up again.
pub(crate) type Visited = Vec<(Venue, BTreeSet<ServiceDay>)>;

/// A case, and where it was.
pub(crate) struct Located<'a> {
    pub case: &'a CaseRecord,
    pub places: BTreeSet<Place>,
    /// What is known already of visits that need no decision.
    pub findings: Vec<Finding>,
}

/// What stands at some venues: stays of cases, and alerts.
pub(crate) struct Standing {
    stays: BTreeMap<VenueId, Vec<CaseStay>>,
    alerts: BTreeMap<VenueId, Vec<AlertDay>>,
}

impl Worker {
    /// The first transaction: the cases were there. Finds for each who counts with it, and the row in force.
    pub(crate) async fn remember_visits(
        &self,
        located: &[Located<'_>],
        states: &mut DayStates,
    ) -> Result<Vec<(Vec<Touched>, Visited)>, JobError> {
        let venues: BTreeSet<VenueId> =
            located.iter().flat_map(|at| at.places.iter().map(|place| place.venue)).collect();
        let mut venues = self.intake.venues_numbered(&venues.into_iter().collect::<Vec<_>>()).await?;
        venues.extend(self.flights.venue().map(|venue| (venue.id, venue.clone())));
        let visited: Vec<Visited> = located.iter().map(|at| visited(&at.places, &venues)).collect();
        let reach = self.pack.policy.reach();
        let mut visits = Vec::new();
        for at in located {
            for Place { venue, day, stay } in &at.places {
                let Some(venue) = venues.get(venue) else { continue };
                let calendar = self.pack.policy.calendar_of(&venue.category);
                // Without a time the whole day is infectious.
                let stay = reach.map(|_| stay.unwrap_or_else(|| Span::day(*day, &calendar)));
                visits.push(CaseVisit { case: at.case.id, venue: venue.id, day: *day, stay });
            }
        }
        if visits.is_empty() {
            return Ok(visited.into_iter().map(|visited| (Vec::new(), visited)).collect());
        }
        let mut tx = self.office.begin().await?;
        tx.put_case_visits(&visits).await?;
        let standing = self.standing(&mut tx, &visited.iter().collect::<Vec<_>>()).await?;
        let mut groups = Vec::with_capacity(located.len());
        for (at, visited) in located.iter().zip(&visited) {
            groups.push(self.groups_of(&mut tx, at.case.id, visited, &standing).await?);
        }
        tx.commit().await?;
        let mut found = Vec::with_capacity(located.len());
        for (groups, visited) in groups.into_iter().zip(visited) {
            let mut touched = Vec::new();
            for (venue, group) in groups {
                if let Some(venue) = venues.get(&venue) {
                    touched.push(self.touched(venue, group, states).await?);
                }
            }
            found.push((touched, visited));
        }
        Ok(found)
    }

    /// What stands at the venues of several cases.
    pub(crate) async fn standing(&self, tx: &mut Tx, visited: &[&Visited]) -> Result<Standing, StoreError> {
        let places = || visited.iter().copied().flatten();
        // A chain of bands doesn't end with a day.
        if self.pack.policy.reach().is_some() {
            let venues: BTreeSet<VenueId> = places().map(|(venue, _)| venue.id).collect();
            let venues: Vec<VenueId> = venues.into_iter().collect();
            return Ok(Standing { stays: tx.stays_at(&venues).await?, alerts: tx.alerts_at(&venues).await? });
        }
        let on = |(venue, days): &(Venue, BTreeSet<ServiceDay>)| {
            let venue = venue.id;
            days.iter().map(move |day| (*day, venue)).collect::<Vec<_>>()
        };
        let places: BTreeSet<_> = places().flat_map(on).collect();
        let places: Vec<_> = places.into_iter().collect();
        Ok(Standing { stays: tx.stays_on(&places).await?, alerts: tx.alerts_on(&places).await? })
    }

    /// The groups that a case belongs to, venue by venue.
    pub(crate) async fn groups_of(
        &self,
        tx: &mut Tx,
        case: CaseId,
        visited: &Visited,
        standing: &Standing,
    ) -> Result<Vec<(VenueId, Group)>, StoreError> {
        let mut found = Vec::new();
        for (venue, days) in visited {
            let groups = self.groups(tx, case, venue, days, standing).await?;
            found.extend(groups.into_iter().map(|group| (venue.id, group)));
        }
        Ok(found)
    }

    async fn groups(
        &self,
        tx: &mut Tx,
        case: CaseId,
        venue: &Venue,
        days: &BTreeSet<ServiceDay>,
        standing: &Standing,
    ) -> Result<Vec<Group>, StoreError> {
        let stays = standing.stays.get(&venue.id).map_or(&[][..], Vec::as_slice);
        let alerts = standing.alerts.get(&venue.id).map_or(&[][..], Vec::as_slice);
        if let Some(reach) = self.pack.policy.reach() {
            let calendar = self.pack.policy.calendar_of(&venue.category);
            return in_bands(tx, case, (stays, alerts), reach, &calendar).await;
        }
        let mut groups = Vec::new();
        for day in days {
            let there = || stays.iter().filter(|stay| stay.day == *day);
            let cases: BTreeSet<CaseId> = there().map(|stay| stay.case).collect();
            groups.push(Group {
                visited: vec![(*day, None)],
                cases: cases.into_iter().collect(),
                band: None,
                told: vec![(*day, None)],
                noticed: noticed(tx, venue.id, *day, alerts).await?,
                decided: None,
                standing: Vec::new(),
                contacts_known: there().all(|stay| stay.close_contacts),
            });
        }
        Ok(groups)
    }

    async fn touched(
        &self,
        venue: &Venue,
        group: Group,
        states: &mut DayStates,
    ) -> Result<Touched, JobError> {
        let mut erased = true;
        for (day, _) in &group.told {
            let state = self.day_state(*day, states).await?;
            erased &= !matches!(state, Some(DayState::Open | DayState::Closed));
        }
        let level = self.pack.category(&venue.category).map(|category| category.level.as_str());
        let day = group.visited.first().map(|(day, _)| *day);
        let table = self.pack.thresholds.as_ref();
        let row = level.zip(day).zip(table);
        let row = row.and_then(|((level, day), table)| table.row(level, venue.size, day));
        let name = venue.full_name();
        Ok(Touched { venue: venue.id, name, row, consent: venue.naming_consent, group, erased })
    }
}

/// The venues where a case was, as far as they are there, each with the days.
fn visited(places: &BTreeSet<Place>, venues: &BTreeMap<VenueId, Venue>) -> Visited {
    let mut days: BTreeMap<VenueId, BTreeSet<ServiceDay>> = BTreeMap::new();
    for place in places {
        days.entry(place.venue).or_default().insert(place.day);
    }
    days.into_iter().filter_map(|(venue, days)| Some((venues.get(&venue)?.clone(), days))).collect()
}

/// The chains of bands at a venue to which a case belongs.
async fn in_bands(
    tx: &mut Tx,
    case: CaseId,
    (stays, alerts): (&[CaseStay], &[AlertDay]),
    reach: Reach,
    calendar: &Calendar,
) -> Result<Vec<Group>, StoreError> {
    let alerts: Vec<(Span, &AlertDay)> = alerts.iter().map(|at| (span(at, calendar), at)).collect();
    // A stay of before the policy looked at times has none.
    let bands = stays.iter().filter_map(|of| Some((reach.band(&of.stay?), (of.stay?, of))));
    let mut groups = Vec::new();
    for chain in chains(bands.collect()) {
        let own = chain.of.iter().filter(|(_, of)| of.case == case);
        let visited: Vec<_> = own.map(|(stay, of)| (of.day, Some(stay.from))).collect();
        if visited.is_empty() {
            continue;
        }
        let cases: BTreeSet<CaseId> = chain.of.iter().map(|(_, of)| of.case).collect();
        let (kept, standing): (Vec<_>, Vec<_>) = alerts.iter().partition(|(_, at)| kept_back(at));
        let knowing = knowing(tx, kept, &cases).await?;
        // Whoever was told already is not told again, nor are officers asked again: a chain that grew tells those who are
        // new in it.
        let decided: Vec<Span> = standing.iter().chain(&knowing).map(|(span, _)| *span).collect();
        let rest = chain.band.without(&decided);
        let touching = |alerts: &[&(Span, &AlertDay)]| -> BTreeSet<NoticeId> {
            let touching = alerts.iter().filter(|(span, _)| span.touches(&chain.band));
            touching.map(|(_, at)| at.notice).collect()
        };
        let (standing, knowing) = (touching(&standing), touching(&knowing));
        let decided = standing.first().or(knowing.first()).copied();
        let noticed = decided.filter(|_| rest.is_empty());
        let told = if rest.is_empty() { vec![chain.band] } else { rest };
        groups.push(Group {
            visited,
            contacts_known: chain.of.iter().all(|(_, of)| of.close_contacts),
            cases: cases.into_iter().collect(),
            band: Some(chain.band),
            told: told.iter().flat_map(|span| span.days(calendar).map(|day| (day, Some(*span)))).collect(),
            noticed,
            decided,
            standing: standing.into_iter().collect(),
        });
    }
    Ok(groups)
}

/// Of the alerts that officers declined or stopped those that knew all of these cases.
async fn knowing<'a>(
    tx: &mut Tx,
    kept: Vec<&'a (Span, &'a AlertDay)>,
    cases: &BTreeSet<CaseId>,
) -> Result<Vec<&'a (Span, &'a AlertDay)>, StoreError> {
    let mut knowing = BTreeSet::new();
    for notice in kept.iter().map(|(_, at)| at.notice).collect::<BTreeSet<_>>() {
        let (known, withdrawn) = tx.known_to(notice).await?;
        if !withdrawn && cases.iter().all(|case| known.contains(case)) {
            knowing.insert(notice);
        }
    }
    Ok(kept.into_iter().filter(|(_, at)| knowing.contains(&at.notice)).collect())
}

fn kept_back(at: &AlertDay) -> bool {
    matches!(at.state, NoticeState::Declined | NoticeState::Stopped)
}

fn span(at: &AlertDay, calendar: &Calendar) -> Span {
    at.band.unwrap_or_else(|| Span::day(at.day, calendar))
}

/// The alert about a venue and day that stands, or that officers kept back knowing every case there.
async fn noticed(
    tx: &mut Tx,
    venue: VenueId,
    day: ServiceDay,
    alerts: &[AlertDay],
) -> Result<Option<NoticeId>, StoreError> {
    let mut there = alerts.iter().filter(|at| at.day == day);
    match there.clone().find(|at| !kept_back(at)) {
        Some(standing) => Ok(Some(standing.notice)),
        None if there.next().is_none() => Ok(None),
        None => tx.kept_back_at(venue, day).await,
    }
}
