//! Patients' reports become cases.
//!
//! A report lies in intake, sealed to the key of the day on which it came. Here it is opened, its addresses
//! are sealed again as the case's own, to the same day's key, and the report is emptied. A crash in between
//! leaves both: the case carries the report's number, so it isn't made twice.
//!
//! The case is erased two months after the positive test, which is never later than the report's day: so
//! the day's key outlives whatever the addresses are needed for, and ends every copy of them.

use domain::case::{CaseReference, CaseSource};
use domain::exposure::Window;
use domain::ledger::Act;
use domain::report::{Report, contacts_to_bytes};
use seal::day_key::{DayOpener, DaySealer, Sealer};
use seal::error::SealError;
use seal::office::Purpose;
use store::cases::{CaseRecord, CaseState};
use store::reports::Report as Waiting;

use crate::{JobError, Worker};

impl Worker {
    /// Takes over every waiting report.
    pub(crate) async fn take_reports(&mut self) -> Result<usize, JobError> {
        let waiting = self.intake.waiting_reports().await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        for report in &waiting {
            let keys = self.keys_of(report)?;
            let opened = keys.and_then(|(opener, sealer)| {
                let bytes = opener.open_record(Purpose::Report, report.id.as_bytes(), &report.sealed).ok()?;
                Some((Report::from_bytes(&bytes)?, sealer))
            });
            let Some((read, sealer)) = opened else {
                // Planted by whoever can write intake: it counts nowhere, and must not stop the others.
                tracing::error!(report = %report.id, "a report doesn't open and is dropped");
                self.intake.empty_report(report.id).await?;
                continue;
            };
            let contacts = contacts_to_bytes(&read.contacts);
            let sealed = sealer.seal_record(Purpose::CaseContacts, report.id.as_bytes(), &contacts);
            let sealed = sealed.map_err(not_sealed)?;
            let case = CaseRecord {
                id: report.id,
                reference: CaseReference::from_stored(format!("R-{}", report.id.number())),
                source: CaseSource::SelfReport,
                dates: read.dates,
                window: Window::of(&read.dates, &self.pack.policy.disease),
                received_at: report.reported_at,
                entered_by: "本人".into(),
                contacts_sealed: Some(sealed),
                close_contacts: false,
                state: CaseState::Received,
                matched_at: None,
            };
            let mut tx = self.office.begin().await?;
            if tx.add_case(&case, &[]).await? {
                let detail = format!("アドレス{}件", read.contacts.len());
                tx.record(&self.entry(Act::CaseReported, "", detail)).await?;
            }
            tx.commit().await?;
            self.intake.empty_report(report.id).await?;
        }
        Ok(waiting.len())
    }

    /// What opens and seals on the day of a report's receipt; `None` if that day has no keys here.
    fn keys_of(&self, report: &Waiting) -> Result<Option<(DayOpener, DaySealer)>, JobError> {
        let day = self.pack.policy.calendar.day_of(report.reported_at);
        let Some(opener) = self.day_opener(day)? else { return Ok(None) };
        let sealer = Sealer::new(self.ring.deployment().clone(), self.ring.verifying_key());
        let sealer = sealer.open_day(&self.ring.day_public(day)?).map_err(not_sealed)?;
        Ok(Some((opener, sealer)))
    }
}

fn not_sealed(_: SealError) -> JobError {
    JobError::Open(seal::error::OpenError::Malformed)
}
