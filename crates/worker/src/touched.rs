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
use store::case_stays::AlertDay;
use store::cases::CaseRecord;
use store::days::DayState;
use store::{StoreError, Tx};

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

impl Worker {
    /// The first transaction: the case was there. Finds who counts with it, and the row in force.
    pub(crate) async fn remember_visits(
        &mut self,
        case: &CaseRecord,
        places: &BTreeSet<Place>,
    ) -> Result<(Vec<Touched>, Visited), JobError> {
        let mut by_venue: BTreeMap<VenueId, Vec<Place>> = BTreeMap::new();
        for place in places {
            by_venue.entry(place.venue).or_default().push(*place);
        }
        let (mut venues, mut visited) = (Vec::new(), Visited::new());
        for (venue, places) in by_venue {
            let Some(stored) = self.intake.venue(venue).await? else { continue };
            visited.push((stored, places.iter().map(|place| place.day).collect()));
            venues.push(places);
        }
        let reach = self.pack.policy.reach();
        let mut found = Vec::new();
        let mut tx = self.office.begin().await?;
        for ((venue, days), places) in visited.iter().zip(venues) {
            let calendar = self.pack.policy.calendar_of(&venue.category);
            for Place { day, stay, .. } in places {
                // Without a time the whole day is infectious.
                let stay = reach.map(|_| stay.unwrap_or_else(|| Span::day(day, &calendar)));
                tx.put_case_visit(day, venue.id, case.id, stay).await?;
            }
            found.push((venue, self.groups(&mut tx, case.id, venue, days).await?));
        }
        tx.commit().await?;
        let mut touched = Vec::new();
        for (venue, groups) in found {
            for group in groups {
                touched.push(self.touched(venue, group).await?);
            }
        }
        Ok((touched, visited))
    }

    /// The groups that a case belongs to at a venue.
    pub(crate) async fn groups(
        &self,
        tx: &mut Tx,
        case: CaseId,
        venue: &Venue,
        days: &BTreeSet<ServiceDay>,
    ) -> Result<Vec<Group>, StoreError> {
        if let Some(reach) = self.pack.policy.reach() {
            return in_bands(tx, case, venue.id, reach, &self.pack.policy.calendar_of(&venue.category)).await;
        }
        let mut groups = Vec::new();
        for day in days {
            groups.push(Group {
                visited: vec![(*day, None)],
                cases: tx.cases_at(*day, venue.id).await?,
                band: None,
                told: vec![(*day, None)],
                noticed: noticed(tx, venue.id, *day).await?,
                contacts_known: !tx.contacts_unknown_at(*day, venue.id).await?,
            });
        }
        Ok(groups)
    }

    async fn touched(&self, venue: &Venue, group: Group) -> Result<Touched, JobError> {
        let mut erased = true;
        for (day, _) in &group.told {
            let state = self.intake.day(*day).await?.map(|stored| stored.state);
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

/// The chains of bands at a venue to which a case belongs.
async fn in_bands(
    tx: &mut Tx,
    case: CaseId,
    venue: VenueId,
    reach: Reach,
    calendar: &Calendar,
) -> Result<Vec<Group>, StoreError> {
    let stays = tx.stays_at(venue).await?;
    let alerts: Vec<(Span, AlertDay)> =
        tx.alerts_at(venue).await?.into_iter().map(|at| (span(&at, calendar), at)).collect();
    let mut groups = Vec::new();
    for chain in chains(stays.into_iter().map(|stay| (reach.band(&stay.stay), stay)).collect()) {
        let own = chain.of.iter().filter(|stay| stay.case == case);
        let visited: Vec<_> = own.map(|stay| (stay.day, Some(stay.stay.from))).collect();
        if visited.is_empty() {
            continue;
        }
        let cases: BTreeSet<CaseId> = chain.of.iter().map(|stay| stay.case).collect();
        let standing: Vec<_> = alerts.iter().filter(|(_, at)| !kept_back(at)).collect();
        // Whoever was told already is not told again: a chain that grew tells those who are new in it.
        let rest = chain.band.without(&standing.iter().map(|(span, _)| *span).collect::<Vec<_>>());
        let noticed = if rest.is_empty() {
            standing.iter().find(|(span, _)| span.touches(&chain.band)).map(|(_, at)| at.notice)
        } else {
            kept_back_knowing(tx, &alerts, &rest, &cases).await?
        };
        let told = if rest.is_empty() { vec![chain.band] } else { rest };
        groups.push(Group {
            visited,
            contacts_known: chain.of.iter().all(|stay| stay.close_contacts),
            cases: cases.into_iter().collect(),
            band: Some(chain.band),
            told: told.iter().flat_map(|span| span.days(calendar).map(|day| (day, Some(*span)))).collect(),
            noticed,
        });
    }
    Ok(groups)
}

/// The alert that officers declined or stopped which told everyone in `rest` and knew all of these cases.
async fn kept_back_knowing(
    tx: &mut Tx,
    alerts: &[(Span, AlertDay)],
    rest: &[Span],
    cases: &BTreeSet<CaseId>,
) -> Result<Option<NoticeId>, StoreError> {
    let kept: BTreeSet<NoticeId> =
        alerts.iter().filter(|(_, at)| kept_back(at)).map(|(_, at)| at.notice).collect();
    for notice in kept {
        let own: Vec<Span> =
            alerts.iter().filter(|(_, at)| at.notice == notice).map(|(span, _)| *span).collect();
        if rest.iter().any(|span| !span.without(&own).is_empty()) {
            continue;
        }
        let (known, withdrawn) = tx.known_to(notice).await?;
        if !withdrawn && cases.iter().all(|case| known.contains(case)) {
            return Ok(Some(notice));
        }
    }
    Ok(None)
}

fn kept_back(at: &AlertDay) -> bool {
    matches!(at.state, NoticeState::Declined | NoticeState::Stopped)
}

fn span(at: &AlertDay, calendar: &Calendar) -> Span {
    at.band.unwrap_or_else(|| Span::day(at.day, calendar))
}

/// The alert about a venue and day that stands, or that officers kept back knowing every case there.
async fn noticed(tx: &mut Tx, venue: VenueId, day: ServiceDay) -> Result<Option<NoticeId>, StoreError> {
    match tx.notice_at(venue, day).await? {
        None => tx.kept_back_at(venue, day).await,
        noticed => Ok(noticed),
    }
}
