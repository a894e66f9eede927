//! Operators are sent their link and poster (OSK-39).

use std::time::Duration;

use deliver::error::DeliveryError;
use domain::message::{self, Attachment, Mail};
use domain::report::OperatorLetter;
use seal::office::Purpose;
use store::arrivals::OperatorMail;

use crate::job::{LAST_ATTEMPT, back_off};
use crate::{JobError, Worker};

impl Worker {
    /// Sends what is due.
    pub(crate) async fn operator_mails(&mut self) -> Result<usize, JobError> {
        if self.mail_rests() {
            return Ok(0);
        }
        let due = self.intake.operator_mails(self.clock.now(), 20).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let opener = self.ring.office_opener()?;
        let mut done = 0;
        for queued in due {
            let id = queued.mail.id;
            let opened = opener.open(Purpose::Operator, id.as_bytes(), &queued.mail.sealed).ok();
            let letter = opened.and_then(|bytes| OperatorLetter::from_bytes(&bytes));
            let (Some(letter), Some(venue)) = (letter, self.intake.venue(queued.mail.venue).await?) else {
                tracing::error!(mail = %id, "a mail to an operator doesn't open and is dropped");
                self.intake.end_operator_mail(id).await?;
                continue;
            };
            let (policy, wording) = (&self.pack.policy, &self.pack.wording);
            let poster = &queued.mail.attachment;
            let certified = self.intake.certificate(venue.id).await?.is_some();
            let text = if queued.declined.is_empty() {
                message::operator_registered(
                    policy,
                    wording,
                    &venue,
                    &letter.link,
                    !poster.is_empty(),
                    certified,
                )
            } else {
                message::operator_declined(policy, wording, &venue, &queued.declined)
            };
            let attachment = (!poster.is_empty()).then(|| Attachment {
                file_name: "poster.pdf".into(),
                media_type: "application/pdf".into(),
                bytes: poster.clone(),
            });
            let dated = queued.mail.queued_at;
            let mail = Mail { id, to: letter.email, reply_to: None, text, attachment, dated };
            let result = self.courier.deliver(&mail, &policy.sender).await;
            self.settle_operator_mail(&queued, result.map(|_| ())).await?;
            done += 1;
        }
        Ok(done)
    }

    async fn settle_operator_mail(
        &mut self,
        queued: &OperatorMail,
        result: Result<(), DeliveryError>,
    ) -> Result<(), JobError> {
        let (id, now) = (queued.mail.id, self.clock.now());
        match result {
            Ok(()) => self.intake.end_operator_mail(id).await?,
            Err(DeliveryError::Transient { .. } | DeliveryError::Unanswered { .. })
                if queued.attempts + 1 < LAST_ATTEMPT =>
            {
                self.intake
                    .postpone_operator_mail(id, queued.attempts + 1, now.plus(back_off(queued.attempts + 1)))
                    .await?;
            }
            Err(DeliveryError::Unreachable(why)) => {
                self.intake
                    .postpone_operator_mail(id, queued.attempts, now.plus(Duration::from_secs(60)))
                    .await?;
                self.let_mail_rest();
                return Err(JobError::Mail(why.to_string()));
            }
            Err(error) => {
                tracing::warn!(mail = %id, %error, "a mail to an operator can't be delivered");
                self.intake.end_operator_mail(id).await?;
            }
        }
        Ok(())
    }
}
