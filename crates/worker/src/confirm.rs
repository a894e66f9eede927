//! Check-ins are confirmed by mail (OSK-5, OSK-22).
//!
//! A confirmation isn't a weapon: whoever types somebody else's address must not be able to flood it. So
//! at most three an hour and ten a day go to one address over all venues, counted under a key that lives
//! in this process's memory only; check-ins beyond that are stored in silence (DESIGN section 9).

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use deliver::error::DeliveryError;
use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Instant;
use domain::contact::{Channel, Contact};
use domain::id::{MessageId, VenueId};
use domain::message::{self, Mail};
use domain::policy::Confirmation;
use domain::service_day::ServiceDay;
use seal::random::Randomness;
use seal::tag::RecipientKey;
use tokio::task::JoinSet;

use crate::job::back_off;
use crate::mend_times::waits;
use crate::{JobError, Worker};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const MOST_AN_HOUR: usize = 3;
const MOST_A_DAY: usize = 10;

/// Confirmations handed over side by side.
const TOGETHER: i64 = 100;

/// Attempts after which a confirmation is given up: it is a courtesy, the check-in holds without it.
const LAST_ATTEMPT: u32 = 5;

/// What confirming remembers, in memory only and under a key that ends with the process.
pub(crate) struct Memory {
    key: RecipientKey,
    sent: HashMap<[u8; 16], VecDeque<Instant>>,
    confirmed: HashSet<(ServiceDay, VenueId, [u8; 16])>,
    postponed: HashMap<CheckInNonce, (u32, Instant)>,
}

impl Memory {
    pub(crate) fn new(randomness: &Randomness) -> Self {
        Self {
            key: RecipientKey::new(randomness),
            sent: HashMap::new(),
            confirmed: HashSet::new(),
            postponed: HashMap::new(),
        }
    }

    /// Whether this contact is written to now; counts it if so.
    fn may_confirm(
        &mut self,
        contact: &Contact,
        place: &CheckInPlace,
        policy: Confirmation,
        now: Instant,
    ) -> bool {
        if !policy.writes() {
            return false;
        }
        let hash = self.key.hash(contact);
        if policy == Confirmation::FirstOfDay && !self.confirmed.insert((place.day, place.venue, hash)) {
            return false;
        }
        let sent = self.sent.entry(hash).or_default();
        while sent.front().is_some_and(|at| now.since(*at) >= DAY) {
            sent.pop_front();
        }
        let this_hour = sent.iter().filter(|at| now.since(**at) < HOUR).count();
        if this_hour >= MOST_AN_HOUR || sent.len() >= MOST_A_DAY {
            return false;
        }
        sent.push_back(now);
        true
    }

    /// Forgets what is older than a day, so that memory doesn't grow.
    fn tidy(&mut self, oldest: ServiceDay, now: Instant) {
        self.sent.retain(|_, sent| sent.back().is_some_and(|at| now.since(*at) < DAY));
        self.confirmed.retain(|(day, ..)| *day >= oldest);
        self.postponed.retain(|nonce, _| now.since(nonce.issued_at()) < Duration::from_secs(3 * 24 * 3600));
    }
}

impl Worker {
    /// Confirms the check-ins that are still to be confirmed: of today, of yesterday, and of days on which past
    /// visits are taken.
    pub(crate) async fn confirm(&mut self) -> Result<usize, JobError> {
        if self.mail_rests() {
            return Ok(0);
        }
        let now = self.clock.now();
        let today = self.pack.policy.newest_day(now);
        let oldest = today.plus_days(-1 - self.pack.policy.check_in.late_days());
        self.confirming.tidy(oldest, now);
        let mut done = 0;
        for day in oldest.through(today).collect::<Vec<_>>().into_iter().rev() {
            done += self.confirm_day(day).await?;
        }
        Ok(done)
    }

    /// The venue's name, where the policy has confirmations name it (B11).
    async fn named_venue(&self, place: &CheckInPlace) -> Result<Option<String>, JobError> {
        if !self.pack.policy.check_in.confirmation_names_venue {
            return Ok(None);
        }
        Ok(self.intake.venue(place.venue).await?.map(|venue| venue.full_name()))
    }

    async fn confirm_day(&mut self, day: ServiceDay) -> Result<usize, JobError> {
        let now = self.clock.now();
        if !matches!(self.intake.day(day).await?, Some(stored) if stored.state == store::days::DayState::Open)
        {
            return Ok(0);
        }
        let ask = TOGETHER + i64::try_from(self.confirming.postponed.len()).unwrap_or(0);
        let waiting = self.intake.arrivals(day, ask, 0).await?;
        if !self.pack.policy.check_in.confirms().writes() {
            // Nobody is to be written to, so nobody's contact is opened.
            let all: Vec<CheckInPlace> = waiting.iter().map(|check_in| check_in.place).collect();
            if !all.is_empty() {
                self.intake.end_arrivals(day, &all).await?;
            }
            return Ok(all.len());
        }
        let Some(opener) = self.day_opener(day)? else { return Ok(0) };
        let (mut ended, mut deliveries) = (Vec::new(), JoinSet::new());
        for check_in in waiting {
            let place = check_in.place;
            let postponed = self.confirming.postponed.get(&place.nonce);
            if postponed.is_some_and(|(_, due)| waits(*due, now)) {
                continue;
            }
            let first = postponed.is_none();
            let Ok(opened) = opener.open(&place, &check_in.sealed) else {
                ended.push(place);
                continue;
            };
            if opened.contact.channel() != Channel::Email {
                // On LINE answered in the chat, by the token that its message brought (line_replies); by the app on
                // its screen.
                ended.push(place);
                continue;
            }
            let policy = self.pack.policy.check_in.confirms();
            if first && !self.confirming.may_confirm(&opened.contact, &place, policy, now) {
                ended.push(place);
                continue;
            }
            let venue = self.named_venue(&place).await?;
            let (policy, wording) = (&self.pack.policy, &self.pack.wording);
            let text = message::confirmation(policy, wording, &opened.language, place.at, venue.as_deref());
            // The nonce is random and constant: so is the message's number, over all retries.
            let id = MessageId::from_random(*place.nonce.as_bytes());
            // A visit that was typed may lie days back; a mail that is dated so would be taken for spam.
            let dated = place.at.max(place.nonce.issued_at());
            let mail = Mail { id, to: opened.contact, reply_to: None, text, attachment: None, dated };
            let (courier, sender) = (self.courier.clone(), self.pack.policy.sender.clone());
            deliveries.spawn(async move { (courier.deliver(&mail, &sender).await, place) });
        }
        let mut unreachable = None;
        while let Some(delivered) = deliveries.join_next().await {
            let Ok((result, place)) = delivered else { continue };
            match result {
                Ok(_) | Err(DeliveryError::Permanent { .. }) => ended.push(place),
                Err(DeliveryError::Transient { .. } | DeliveryError::Unanswered { .. }) => {
                    let attempts = self.confirming.postponed.get(&place.nonce).map_or(0, |(n, _)| *n) + 1;
                    if attempts >= LAST_ATTEMPT {
                        ended.push(place);
                    } else {
                        let due = self.clock.now().plus(back_off(attempts));
                        self.confirming.postponed.insert(place.nonce, (attempts, due));
                    }
                }
                Err(DeliveryError::Unreachable(why)) => {
                    let due = self.clock.now().plus(Duration::from_secs(30));
                    let attempts = self.confirming.postponed.get(&place.nonce).map_or(0, |(n, _)| *n);
                    self.confirming.postponed.insert(place.nonce, (attempts, due));
                    unreachable = Some(why.to_string());
                }
            }
        }
        for place in &ended {
            self.confirming.postponed.remove(&place.nonce);
        }
        if !ended.is_empty() {
            self.intake.end_arrivals(day, &ended).await?;
        }
        match unreachable {
            None => Ok(ended.len()),
            Some(why) => {
                self.let_mail_rest();
                Err(JobError::Mail(why))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(venue: u8) -> CheckInPlace {
        CheckInPlace {
            day: ServiceDay::parse("2026-11-22").unwrap(),
            venue: VenueId::from_random([venue; 8]),
            at: Instant::from_micros(0),
            nonce: CheckInNonce::from_stored(&[1; 16]).unwrap(),
        }
    }

    /// DESIGN section 9: three an hour, ten a day, over all venues.
    #[test]
    fn a_confirmation_is_no_weapon() {
        let mut memory = Memory::new(&Randomness::seeded(1));
        let contact = Contact::email("a@example.jp").unwrap();
        let start = Instant::from_micros(1_790_000_000_000_000);
        let mut sent = 0;
        for minute in 0..24 * 60 {
            let now = start.plus(Duration::from_secs(60 * minute));
            let here = place(u8::try_from(minute % 200).unwrap());
            sent += usize::from(memory.may_confirm(&contact, &here, Confirmation::Every, now));
            if minute == 59 {
                assert_eq!(sent, MOST_AN_HOUR);
            }
        }
        assert_eq!(sent, MOST_A_DAY);
        let other = Contact::email("b@example.jp").unwrap();
        assert!(memory.may_confirm(&other, &place(1), Confirmation::Every, start));
    }

    #[test]
    fn first_of_day_confirms_a_venue_once() {
        let mut memory = Memory::new(&Randomness::seeded(1));
        let contact = Contact::email("a@example.jp").unwrap();
        let now = Instant::from_micros(1_790_000_000_000_000);
        let mut may = |venue| memory.may_confirm(&contact, &place(venue), Confirmation::FirstOfDay, now);
        assert!(may(1) && !may(1) && may(2));
    }
}
