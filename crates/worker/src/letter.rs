//! What is the same for all recipients of a notice: worded once for each language and place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deliver::circular::Circular;
use domain::clock::Instant;
use domain::id::VenueId;
use domain::message::{self, Named};
use domain::notice::NoticeKind;
use domain::policy::pack::Pack;
use domain::service_day::ServiceDay;
use seal::tag::RecipientKey;
use store::notices::Notice;
use store::outbox::Outgoing;

use crate::gate::Gate;
use crate::{JobError, Worker};

/// A notice, as it is sent.
pub(crate) struct Letter {
    pub kind: NoticeKind,
    pub named: HashMap<(ServiceDay, VenueId), Named>,
    /// The notice's own key, by which the address of a page is made.
    pub key: Option<RecipientKey>,
    /// When it was released: the same at each attempt.
    pub dated: Instant,
    /// Whether it may still be sent by mail.
    pub gate: Gate,
    mails: Mutex<HashMap<(String, ServiceDay, VenueId), Arc<Circular>>>,
}

impl Worker {
    pub(crate) async fn letter(&self, notice: &Notice) -> Result<Letter, JobError> {
        let days = self.office.notice_days(notice.id).await?;
        let policy = &self.pack.policy.notices;
        let named = days.iter().map(|at| ((at.day, at.venue), notice.named(policy, &days, at))).collect();
        // The same date at each attempt: the same message is the same bytes.
        let dated = notice.released_at.unwrap_or(notice.created_at);
        let newest = days.iter().map(|at| at.day).max();
        let key = match (newest, &notice.key_wrapped) {
            (Some(day), Some(wrapped)) => self.ring.unwrap_notice_key(day, notice.id, wrapped).ok(),
            _ => None,
        };
        let gate = Gate::new(&self.looks, notice.id);
        Ok(Letter { kind: notice.kind, named, key, dated, gate, mails: Mutex::default() })
    }
}

impl Letter {
    /// The words to one recipient.
    pub(crate) fn words(&self, pack: &Pack, language: &str, outgoing: &Outgoing) -> message::Text {
        let place = &outgoing.check_in.place;
        let named = self.named.get(&(place.day, place.venue)).unwrap_or(&Named::Nothing);
        message::notice(&pack.policy, &pack.wording, language, self.kind, named)
    }

    /// The mail to one recipient, in the language that they checked in with if it is offered.
    pub(crate) fn mail(&self, pack: &Pack, language: String, outgoing: &Outgoing) -> Arc<Circular> {
        let place = &outgoing.check_in.place;
        let key = (language, place.day, place.venue);
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mail) = mails.get(&key) {
            return Arc::clone(mail);
        }
        let text = self.words(pack, &key.0, outgoing);
        let mail = Arc::new(Circular::new(text, pack.policy.sender.clone(), self.dated));
        mails.insert(key, Arc::clone(&mail));
        mail
    }
}
