//! Notices by LINE: the same words to up to 500 accounts in one call.
//!
//! Rows whose contact turns out to be an account are sorted into groups of the same words; each group gets its
//! key, which is committed with its rows before anything is sent. From then on the group goes whole, under that
//! key, however often: LINE takes it once. One that LINE refuses for good is taken apart, so that a single wrong
//! account doesn't keep the others from being told. Who has blocked us is counted, not written to. LINE knows a key
//! for a day: a group that may have been taken and comes later than that ends as unknown, and isn't repeated.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use deliver::line::{LineError, MULTICAST};
use domain::clock::Instant;
use domain::contact::{Channel, Contact};
use domain::id::{LeaseId, MessageId, NoticeId};
use domain::message::line::{LineText, has_page};
use domain::message::{self, Named};
use domain::service_day::ServiceDay;
use seal::day_key::{DayOpener, Opened};
use seal::tag::RecipientKey;
use seal::token::TokenPurpose;
use store::channels::Group;
use store::line::{FriendState, NoticePage};
use store::outbox::Outgoing;

use crate::job::{LAST_ATTEMPT, back_off};
use crate::letter::Letter;
use crate::{JobError, Worker};

/// Groups sent in one turn, so that decisions don't wait behind a hundred thousand notices.
const GROUPS: usize = 50;

/// For how long LINE surely knows a key: it says a day, of which the clocks and a slow call get an hour. Beyond it
/// the same key would be another message.
const KEY_LIFE: Duration = Duration::from_secs(23 * 3600);

/// So often a single account is refused before it is given up.
const GIVEN_UP: u32 = 3;

/// Rows of a claim that are for accounts, with what was opened of them.
pub(crate) type ByLine = Vec<(Outgoing, Opened)>;

impl Worker {
    /// Puts claimed rows into groups of the same words. Nothing is sent here.
    pub(crate) async fn sort_by_line(
        &mut self,
        lease: LeaseId,
        rows: ByLine,
        letters: &HashMap<NoticeId, Arc<Letter>>,
    ) -> Result<(), JobError> {
        if rows.is_empty() {
            return Ok(());
        }
        if self.line.is_none() {
            tracing::error!(
                rows = rows.len(),
                "notices wait for LINE, which this worker's settings don't have"
            );
            let later = self.clock.now().plus(Duration::from_secs(600));
            for (outgoing, _) in &rows {
                self.office.give_back(lease, outgoing, later).await?;
            }
            return Ok(());
        }
        let mut groups: BTreeMap<(NoticeId, String), Vec<Outgoing>> = BTreeMap::new();
        for (outgoing, opened) in rows {
            if self.has_blocked(&opened.contact).await? {
                self.office.mark_channel(lease, std::slice::from_ref(&outgoing), Channel::Line).await?;
                self.office.settle_blocked(lease, &outgoing).await?;
                continue;
            }
            let Some(letter) = letters.get(&outgoing.notice) else { continue };
            let text = self.line_text(letter, &outgoing, &opened.language, true).await?;
            groups.entry((outgoing.notice, text)).or_default().push(outgoing);
        }
        for rows in groups.into_values() {
            for group in rows.chunks(MULTICAST) {
                let key = MessageId::from_random(self.randomness.bytes());
                self.office.group(lease, group, Channel::Line, key).await?;
            }
        }
        Ok(())
    }

    /// Whether an account has blocked ours, as far as LINE has told.
    pub(crate) async fn has_blocked(&self, account: &Contact) -> Result<bool, JobError> {
        let Some(tag) = self.line.as_ref().and_then(|line| line.secret.tag(account)) else {
            return Ok(false);
        };
        let friend = self.intake.line_friend(&tag).await?;
        Ok(friend.is_some_and(|friend| friend.state == FriendState::Blocked))
    }

    /// The words of a notice for one row, and its page where it has one; `publish` puts the page.
    async fn line_text(
        &self,
        letter: &Letter,
        outgoing: &Outgoing,
        language: &str,
        publish: bool,
    ) -> Result<String, JobError> {
        let place = &outgoing.check_in.place;
        let named = letter.named.get(&(place.day, place.venue)).unwrap_or(&Named::Nothing);
        let (policy, wording) = (&self.pack.policy, &self.pack.wording);
        let page = match (&self.line, &letter.key) {
            (Some(line), Some(key)) if has_page(policy, named) => {
                Some(self.notice_page(&line.public_url, key, outgoing, named, publish).await?)
            }
            _ => None,
        };
        Ok(message::line::notice(policy, wording, language, letter.kind, named, page.as_deref()))
    }

    /// The address of the page that tells this row's people where and when; the same at each attempt.
    async fn notice_page(
        &self,
        public_url: &str,
        key: &RecipientKey,
        outgoing: &Outgoing,
        named: &Named,
        publish: bool,
    ) -> Result<String, JobError> {
        let place = &outgoing.check_in.place;
        let token = key.page_token(place.day, place.venue);
        if publish {
            let venue_name = match named {
                Named::Place { venue, .. } => venue.clone(),
                Named::Days(_) | Named::Nothing => String::new(),
            };
            let page = NoticePage { day: place.day, venue_name, days: named.days().to_vec() };
            let hash = token.hash(self.ring.deployment(), TokenPurpose::NoticePage);
            self.intake.put_notice_page(hash.as_bytes(), &page).await?;
        }
        Ok(format!("{public_url}/n/{}", token.expose().as_str()))
    }

    /// Sends the groups that are due.
    pub(crate) async fn send_groups(&mut self) -> Result<usize, JobError> {
        let (mut letters, mut openers) = (HashMap::new(), HashMap::new());
        let mut done = 0;
        for _ in 0..GROUPS {
            if !self.owns || self.line.is_none() || self.line_rests() {
                break;
            }
            let lease = LeaseId::from_random(self.randomness.bytes());
            let Some(group) = self.office.claim_group(lease, self.clock.now()).await? else { break };
            done += group.rows.len();
            if self.clock.now().since(group.since) >= KEY_LIFE {
                self.give_up_unknown(lease, &group).await?;
                continue;
            }
            self.send_group(lease, group, &mut letters, &mut openers).await?;
        }
        Ok(done)
    }

    /// A group may have been taken, and LINE knows its key no longer: sent again, it could be read twice.
    async fn give_up_unknown(&self, lease: LeaseId, group: &Group) -> Result<(), JobError> {
        let rows = group.rows.len();
        tracing::warn!(rows, "whether LINE took a group can't be known any more: it isn't sent again");
        for row in &group.rows {
            self.office.settle_unknown(lease, row).await?;
        }
        Ok(())
    }

    async fn send_group(
        &mut self,
        lease: LeaseId,
        Group { key, rows, .. }: Group,
        letters: &mut HashMap<NoticeId, Letter>,
        openers: &mut HashMap<ServiceDay, Option<DayOpener>>,
    ) -> Result<(), JobError> {
        let Some(notice) = rows.first().map(|row| row.notice) else { return Ok(()) };
        if let std::collections::hash_map::Entry::Vacant(letter) = letters.entry(notice) {
            let Some(stored) = self.office.notice(notice).await? else { return Ok(()) };
            letter.insert(self.letter(&stored).await?);
        }
        let mut opened: Vec<(Outgoing, Opened)> = Vec::with_capacity(rows.len());
        for row in rows {
            let day = row.check_in.place.day;
            if let std::collections::hash_map::Entry::Vacant(opener) = openers.entry(day) {
                opener.insert(self.day_opener(day)?);
            }
            let opener = openers.get(&day).and_then(Option::as_ref);
            match opener.and_then(|opener| opener.open(&row.check_in.place, &row.check_in.sealed).ok()) {
                Some(one) => opened.push((row, one)),
                None => {
                    self.office.settle_failed(lease, &row, "the address can't be opened any more").await?;
                }
            }
        }
        let (Some(letter), Some((first, said))) = (letters.get(&notice), opened.first()) else {
            return Ok(());
        };
        let text = self.line_text(letter, first, &said.language, false).await?;
        let text = LineText { text, button: None };
        let result = {
            let Some(line) = &self.line else { return Ok(()) };
            let to: Vec<&Contact> = opened.iter().map(|(_, opened)| &opened.contact).collect();
            // Asked right before, so that an officer's stop works at once.
            if !self.office.may_be_sent(notice, Channel::Line, self.sender).await? {
                let now = self.clock.now();
                for (row, _) in &opened {
                    self.office.give_back(lease, row, now).await?;
                }
                return Ok(());
            }
            match to.as_slice() {
                [one] => line.courier.push(key, one, &text).await,
                many => line.courier.multicast(key, many, &text).await,
            }
        };
        let rows: Vec<Outgoing> = opened.into_iter().map(|(row, _)| row).collect();
        let now = self.clock.now();
        match result {
            Ok(()) => Ok(self.office.settle_sent(lease, &rows, now).await?),
            Err(error) => self.group_failed(lease, &rows, error, now).await,
        }
    }

    async fn group_failed(
        &mut self,
        lease: LeaseId,
        rows: &[Outgoing],
        error: LineError,
        now: Instant,
    ) -> Result<(), JobError> {
        self.line_failed(&error);
        match &error {
            LineError::Permanent { reply } if rows.len() > 1 => {
                tracing::warn!(rows = rows.len(), reply, "LINE refuses a group: each goes on its own");
                for row in rows {
                    let key = MessageId::from_random(self.randomness.bytes());
                    self.office.group(lease, std::slice::from_ref(row), Channel::Line, key).await?;
                }
            }
            LineError::Permanent { reply } => {
                for row in rows {
                    // If it is our words that LINE refuses, it refuses everybody: nobody is given up at once.
                    if row.attempts < GIVEN_UP {
                        let due = now.plus(back_off(row.attempts + 1));
                        self.office.postpone(lease, row, due, reply).await?;
                    } else {
                        self.office.settle_failed(lease, row, reply).await?;
                    }
                }
            }
            LineError::Transient { reply } => {
                for row in rows {
                    if row.attempts >= LAST_ATTEMPT {
                        self.office.settle_failed(lease, row, reply).await?;
                    } else {
                        self.office.postpone(lease, row, now.plus(back_off(row.attempts)), reply).await?;
                    }
                }
            }
            LineError::Busy { .. } | LineError::Unreachable(_) => {
                let due = self.line_memory.rests_until.unwrap_or(now);
                for row in rows {
                    self.office.give_back(lease, row, due).await?;
                }
                return Err(JobError::Line(error.to_string()));
            }
        }
        Ok(())
    }
}
