//! Patients' reports become cases.
//!
//! A report lies in intake, sealed to the office's key. Here it is opened, its addresses are sealed again
//! as the case's own, and the report is emptied. A crash in between leaves both: the case carries the
//! report's number, so it isn't made twice.

use domain::case::{CaseReference, CaseSource};
use domain::exposure::Window;
use domain::ledger::Act;
use domain::report::{Report, contacts_to_bytes};
use seal::day_key::{SealError, Sealer};
use seal::office::Purpose;
use store::cases::{CaseRecord, CaseState};

use crate::{JobError, Worker};

impl Worker {
    /// Takes over every waiting report.
    pub(crate) async fn take_reports(&mut self) -> Result<usize, JobError> {
        let waiting = self.intake.waiting_reports().await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let opener = self.ring.office_opener()?;
        let sealer = Sealer::new(self.ring.deployment().clone(), self.ring.verifying_key());
        let sealer = sealer.open_office(&self.ring.office_public()?).map_err(not_sealed)?;
        for report in &waiting {
            let opened = opener.open(Purpose::Report, report.id.as_bytes(), &report.sealed);
            let Some(read) = opened.ok().and_then(|bytes| Report::from_bytes(&bytes)) else {
                // Planted by whoever can write intake: it counts nowhere, and must not stop the others.
                tracing::error!(report = %report.id, "a report doesn't open and is dropped");
                self.intake.empty_report(report.id).await?;
                continue;
            };
            let contacts = contacts_to_bytes(&read.contacts);
            let sealed =
                sealer.seal(Purpose::CaseContacts, report.id.as_bytes(), &contacts).map_err(not_sealed)?;
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
                tx.record(&self.entry(Act::CaseReported, case.reference.as_str(), detail)).await?;
            }
            tx.commit().await?;
            self.intake.empty_report(report.id).await?;
        }
        Ok(waiting.len())
    }
}

fn not_sealed(_: SealError) -> JobError {
    JobError::Open(seal::day_key::OpenError::Malformed)
}
