//! What operators ask is mailed to the desk, with their address for the answer (KNG-18), and then forgotten here.

use std::time::Duration;

use deliver::error::DeliveryError;
use domain::check_in::FORM_LIFE;
use domain::contact::Contact;
use domain::enquiry::Enquiry;
use domain::message::{self, Mail};
use seal::office::{OfficeOpener, Purpose};
use store::enquiries::WaitingEnquiry;

use crate::job::{LAST_ATTEMPT, back_off};
use crate::{JobError, Worker};

impl Worker {
    /// Mails what is due.
    pub(crate) async fn enquiries(&mut self) -> Result<usize, JobError> {
        let now = self.clock.now();
        if self.mail_rests() {
            return Ok(0);
        }
        let due = self.intake.enquiries(now, 20).await?;
        // A form sent again within its life must find that it was sent before.
        self.intake.end_enquiries(now.minus(FORM_LIFE + Duration::from_secs(60))).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let opener = self.ring.office_opener()?;
        let mut done = 0;
        for waiting in due {
            let Some(mail) = self.mail_to_desk(&opener, &waiting).await? else {
                tracing::error!(enquiry = %waiting.id, "an operator's enquiry doesn't open or has no desk, and is dropped");
                self.intake.empty_enquiry(waiting.id).await?;
                continue;
            };
            let result = self.courier.deliver(&mail, &self.pack.policy.sender).await;
            self.settle_enquiry(&waiting, result.map(|_| ())).await?;
            done += 1;
        }
        Ok(done)
    }

    /// The mail to the desk; `None` where the question doesn't open, or the policy names no desk any more.
    async fn mail_to_desk(
        &self,
        opener: &OfficeOpener,
        waiting: &WaitingEnquiry,
    ) -> Result<Option<Mail>, JobError> {
        let opened = opener.open(Purpose::Enquiry, waiting.id.as_bytes(), &waiting.sealed).ok();
        let asked = opened.and_then(|bytes| Enquiry::from_bytes(&bytes));
        let (policy, wording) = (&self.pack.policy, &self.pack.wording);
        let desk = policy.desk.enquiry_to.as_deref().and_then(|desk| Contact::email(desk).ok());
        let (Some(asked), Some(to)) = (asked, desk) else { return Ok(None) };
        let venue = match asked.venue {
            Some(number) => self.intake.venue(number).await?,
            None => None,
        };
        let place = venue.map(|venue| venue.full_name());
        let text = message::enquiry(policy, wording, &asked, place.as_deref());
        let (id, dated) = (waiting.id, waiting.asked_at);
        Ok(Some(Mail { id, to, reply_to: Some(asked.email), text, attachment: None, dated }))
    }

    async fn settle_enquiry(
        &mut self,
        waiting: &WaitingEnquiry,
        result: Result<(), DeliveryError>,
    ) -> Result<(), JobError> {
        let (id, now, attempts) = (waiting.id, self.clock.now(), waiting.attempts + 1);
        match result {
            Ok(()) => self.intake.empty_enquiry(id).await?,
            Err(DeliveryError::Transient { .. } | DeliveryError::Unanswered { .. })
                if attempts < LAST_ATTEMPT =>
            {
                self.intake.postpone_enquiry(id, attempts, now.plus(back_off(attempts))).await?;
            }
            Err(DeliveryError::Unreachable(why)) => {
                let later = now.plus(Duration::from_secs(60));
                self.intake.postpone_enquiry(id, waiting.attempts, later).await?;
                self.let_mail_rest();
                return Err(JobError::Mail(why.to_string()));
            }
            Err(error) => {
                // The operator was told that it would be answered: somebody must look at the desk's address.
                tracing::error!(enquiry = %id, %error, "the desk can't be mailed, and an operator's enquiry is dropped");
                self.intake.empty_enquiry(id).await?;
            }
        }
        Ok(())
    }
}
