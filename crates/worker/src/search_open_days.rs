//! Where patients were on a day that is still open: it has no index yet, so it is opened, once a turn.
//!
//! Everyone who waits to be matched is looked for in the same reading, page by page. What is kept of it are
//! hashes of the addresses looked for, and where they were found; no visitor's contact outlives its page.

use std::collections::{BTreeSet, HashMap};

use domain::clock::Instant;
use domain::id::{CaseId, VenueId};
use domain::ledger::Act;
use domain::service_day::ServiceDay;
use store::cases::CaseRecord;

use crate::recipients::Identity;
use crate::{JobError, Worker};

/// One turn's search: who is looked for, and what was found on the days that were read.
#[derive(Default)]
pub(crate) struct Search {
    sought: HashMap<Identity, BTreeSet<CaseId>>,
    found: HashMap<ServiceDay, BTreeSet<(CaseId, VenueId, Instant)>>,
    left_out: HashMap<CaseId, JobError>,
}

impl Search {
    /// Why a case isn't looked for: then nothing may be said of where it was.
    pub(crate) fn looks_for(&mut self, case: CaseId) -> Result<(), JobError> {
        self.left_out.remove(&case).map_or(Ok(()), Err)
    }
}

impl Worker {
    /// Begins a search for all of these cases whose addresses are known. One whose record doesn't open is left
    /// out, and stops none of the others.
    pub(crate) async fn search(&self, cases: &[CaseRecord]) -> Result<Search, JobError> {
        let mut search = Search::default();
        let reported: Vec<CaseId> =
            cases.iter().filter(|case| case.contacts_sealed.is_some()).map(|case| case.id).collect();
        for sealed in self.office.sealed_contacts(&reported).await? {
            match self.opened(&sealed) {
                Ok(contacts) => {
                    for person in self.identities(&contacts) {
                        search.sought.entry(person).or_default().insert(sealed.case);
                    }
                }
                Err(error) => _ = search.left_out.insert(sealed.case, error),
            }
        }
        Ok(search)
    }

    /// The venues where a case checked in on an open day, and when. The day is read for all cases when the first one asks.
    pub(crate) async fn search_open_day(
        &self,
        day: ServiceDay,
        case: CaseId,
        search: &mut Search,
    ) -> Result<Vec<(VenueId, Instant)>, JobError> {
        if !search.found.contains_key(&day) {
            let mut found = BTreeSet::new();
            let mut visitors = self.visitors(day, None).await?;
            while let Some(page) = visitors.page().await? {
                for visitor in page {
                    let sought = search.sought.get(&self.persons.hash(&visitor.contact));
                    let place = visitor.check_in.place;
                    found.extend(sought.into_iter().flatten().map(|case| (*case, place.venue, place.at)));
                }
            }
            self.record(Act::ContactsOpened, &day.to_string(), "陽性者の利用をさがすため（締める前の日）")
                .await?;
            search.found.insert(day, found);
        }
        let found = search.found.get(&day).into_iter().flatten();
        Ok(found.filter(|(of, ..)| *of == case).map(|(_, venue, at)| (*venue, *at)).collect())
    }
}
