//! Opening check-ins: who was there. The only place where contacts of visitors are read in number.
//!
//! What is opened lives as long as the function that asked for it. A row that doesn't open was planted or
//! moved by someone who can write the database; it is counted and left out, and stops nothing.

use std::collections::HashSet;

use domain::contact::Contact;
use domain::id::{CaseId, VenueId};
use domain::report::contacts_from_bytes;
use domain::service_day::ServiceDay;
use seal::day_key::DayOpener;
use seal::key_ring::RingError;
use seal::office::Purpose;
use store::cases::SealedContacts;
use store::check_ins::SealedCheckIn;

use crate::{JobError, Worker};

/// A person, as two spellings of one address have it: a hash under a key of this process's memory.
pub(crate) type Identity = [u8; 16];

/// One check-in with its contact, opened.
pub(crate) struct Visitor {
    pub check_in: SealedCheckIn,
    pub contact: Contact,
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
    ) -> Result<Vec<Visitor>, JobError> {
        let Some(opener) = self.day_opener(day)? else { return Ok(Vec::new()) };
        let check_ins = self.intake.check_ins(day, venue).await?;
        let all = check_ins.len();
        let mut visitors = Vec::with_capacity(all);
        for check_in in check_ins {
            if let Ok(opened) = opener.open(&check_in.place, &check_in.sealed) {
                visitors.push(Visitor { check_in, contact: opened.contact });
            }
            if visitors.len().is_multiple_of(256) {
                tokio::task::yield_now().await;
            }
        }
        if visitors.len() < all {
            tracing::error!(%day, rows = all - visitors.len(), "check-ins don't open and are left out");
        }
        Ok(visitors)
    }

    /// The addresses that these cases reported: whoever they belong to is not written to. Those of a case
    /// whose day of receipt is gone are gone.
    pub(crate) async fn case_contacts(&self, cases: &[CaseId]) -> Result<Vec<Contact>, JobError> {
        let mut contacts = Vec::new();
        for SealedContacts { case, received_at, sealed } in self.office.sealed_contacts(cases).await? {
            let day = self.pack.policy.calendar.day_of(received_at);
            let Some(opener) = self.day_opener(day)? else { continue };
            let opened = opener.open_record(Purpose::CaseContacts, case.as_bytes(), &sealed)?;
            contacts.extend(contacts_from_bytes(&opened).unwrap_or_default());
        }
        Ok(contacts)
    }

    /// The persons behind contacts.
    pub(crate) fn identities<'a>(
        &self,
        contacts: impl IntoIterator<Item = &'a Contact>,
    ) -> HashSet<Identity> {
        contacts.into_iter().map(|contact| self.persons.hash(contact)).collect()
    }
}
