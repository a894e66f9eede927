//! Opening check-ins: who was there. The only place where contacts of visitors are read in number.
//!
//! What is opened is opened a page at a time, and lives as long as the function that asked for it. A row that doesn't open was planted or
//! moved by someone who can write the database; it is counted and left out, and stops nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::contact::Contact;
use domain::id::{CaseId, VenueId};
use domain::report::contacts_from_bytes;
use domain::service_day::ServiceDay;
use domain::time_band::Span;
use seal::day_key::DayOpener;
use seal::key_ring::RingError;
use seal::office::Purpose;
use store::cases::SealedContacts;
use store::check_in_pages::CheckInPages;
use store::check_ins::SealedCheckIn;

use crate::{JobError, Worker};

/// A person, as two spellings of one address have it: a hash under a key of this process's memory.
pub(crate) type Identity = [u8; 16];

/// One check-in with its contact, opened.
pub(crate) struct Visitor {
    pub check_in: SealedCheckIn,
    pub contact: Contact,
}

impl Visitor {
    /// Whether the check-in lies in a band; without one the whole day counts.
    pub(crate) fn is_in(&self, band: Option<Span>) -> bool {
        band.is_none_or(|band| band.contains(self.check_in.place.at))
    }
}

/// Check-ins opened at a time: what a job holds of a day in memory, however many came.
pub(crate) const PAGE: u32 = 2_000;

/// The visitors of a day, opened a page at a time. A page's contacts end with it.
pub(crate) struct Visitors {
    day: ServiceDay,
    opener: Option<DayOpener>,
    pages: CheckInPages,
    unopened: u64,
}

impl Visitors {
    /// The next page; `None` after the last. A page may be empty.
    pub(crate) async fn page(&mut self) -> Result<Option<Vec<Visitor>>, JobError> {
        let Some(opener) = &self.opener else { return Ok(None) };
        let Some(check_ins) = self.pages.page().await? else {
            let rows = self.unopened + self.pages.unsound();
            if rows > 0 {
                tracing::error!(day = %self.day, rows, "check-ins don't open and are left out");
            }
            return Ok(None);
        };
        let mut visitors = Vec::with_capacity(check_ins.len());
        for (n, check_in) in check_ins.into_iter().enumerate() {
            match opener.open(&check_in.place, &check_in.sealed) {
                Ok(opened) => visitors.push(Visitor { check_in, contact: opened.contact }),
                Err(_) => self.unopened += 1,
            }
            if n % 256 == 255 {
                tokio::task::yield_now().await;
            }
        }
        Ok(Some(visitors))
    }
}

impl Worker {
    /// What opens a day; `None` if its key was destroyed or never made here.
    pub(crate) fn day_opener(&self, day: ServiceDay) -> Result<Option<DayOpener>, JobError> {
        match self.ring.open_day(day) {
            Ok(opener) => Ok(Some(opener)),
            Err(RingError::Destroyed(_) | RingError::Unknown(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Everyone who was at a venue on a day, once for each check-in; everywhere, where `venue` is `None`.
    pub(crate) async fn visitors(
        &self,
        day: ServiceDay,
        venue: Option<VenueId>,
    ) -> Result<Visitors, JobError> {
        let opener = self.day_opener(day)?;
        let pages = self.intake.check_in_pages(day, venue, PAGE).await?;
        Ok(Visitors { day, opener, pages, unopened: 0 })
    }

    /// The addresses that these cases reported: whoever they belong to is not written to. Those of a case
    /// whose day of receipt is gone are gone. A case whose record doesn't open has none that could be known: it
    /// counts as a person of its own, and stops nothing that concerns the others.
    pub(crate) async fn case_contacts(&self, cases: &[CaseId]) -> Result<Vec<Contact>, JobError> {
        let by_case = self.contacts_by_case(cases).await?;
        Ok(by_case.into_iter().flat_map(|(_, contacts)| contacts).collect())
    }

    /// Who isn't told of these cases: themselves, unless the policy tells them too (E20).
    pub(crate) async fn left_out(&self, cases: &[CaseId]) -> Result<Vec<Contact>, JobError> {
        match self.pack.policy.notices.exclude_index_contact {
            true => self.case_contacts(cases).await,
            false => Ok(Vec::new()),
        }
    }

    /// The persons whose addresses each of these cases reported; none where it reported none, or they don't open.
    pub(crate) async fn reported_by(
        &self,
        cases: &BTreeSet<CaseId>,
    ) -> Result<BTreeMap<CaseId, HashSet<Identity>>, JobError> {
        let mut known: BTreeMap<CaseId, HashSet<Identity>> =
            cases.iter().map(|case| (*case, HashSet::new())).collect();
        for (case, contacts) in self.contacts_by_case(&cases.iter().copied().collect::<Vec<_>>()).await? {
            known.insert(case, self.identities(&contacts));
        }
        Ok(known)
    }

    async fn contacts_by_case(&self, cases: &[CaseId]) -> Result<Vec<(CaseId, Vec<Contact>)>, JobError> {
        let mut found = Vec::new();
        for sealed in self.office.sealed_contacts(cases).await? {
            match self.opened(&sealed) {
                Ok(own) => found.push((sealed.case, own)),
                Err(JobError::Open(error)) => {
                    tracing::error!(case = %sealed.case, %error, "a case's addresses don't open and are left out");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// The addresses that a case reported.
    pub(crate) fn opened(&self, of: &SealedContacts) -> Result<Vec<Contact>, JobError> {
        let day = self.pack.policy.calendar.day_of(of.received_at);
        let Some(opener) = self.day_opener(day)? else { return Ok(Vec::new()) };
        let opened = opener.open_record(Purpose::CaseContacts, of.case.as_bytes(), &of.sealed)?;
        Ok(contacts_from_bytes(&opened).unwrap_or_default())
    }

    /// The persons behind contacts.
    pub(crate) fn identities<'a>(
        &self,
        contacts: impl IntoIterator<Item = &'a Contact>,
    ) -> HashSet<Identity> {
        contacts.into_iter().map(|contact| self.persons.hash(contact)).collect()
    }
}
