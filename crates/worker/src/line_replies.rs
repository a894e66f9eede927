//! Accounts on LINE are answered (STM-8): soon, by the token that their message brought, which costs nothing.
//!
//! A token works once and for about a minute. Where it ran out before LINE could be reached, the answer is pushed
//! if the settings allow what that costs, else it is dropped: the check-in holds without it. Whatever comes of
//! it, nothing of an answer is kept.

use std::time::Duration;

use deliver::line::LineError;
use domain::clock::Instant;
use domain::line::{LineLetter, LineReply};
use domain::message;
use domain::policy::Confirmation;
use seal::office::Purpose;
use store::line::LineReplyRow;
use tokio::task::JoinSet;

use crate::{JobError, Worker};

/// Answers given side by side.
const TOGETHER: i64 = 50;

/// For how long a token is tried.
const TOKEN_LIFE: Duration = Duration::from_secs(55);

/// After this time an answer would puzzle: the visit is over.
const TOO_LATE: Duration = Duration::from_secs(30 * 60);

/// Attempts after which an answer is given up.
const LAST_ATTEMPT: u32 = 5;

impl Worker {
    /// Answers who waits.
    pub(crate) async fn line_replies(&mut self) -> Result<usize, JobError> {
        if self.line.is_none() || self.ring.is_read_only() || self.line_rests() {
            return Ok(0);
        }
        let now = self.clock.now();
        let today = self.pack.policy.calendar.day_of(now);
        self.line_memory.answered.retain(|(day, ..)| *day >= today.plus_days(-1));
        let waiting = self.intake.line_replies(TOGETHER).await?;
        let mut answers = JoinSet::new();
        let mut ended = Vec::new();
        for row in waiting {
            let Some(letter) = self.line_letter(&row)? else {
                ended.push(row.reply.id);
                continue;
            };
            let push = now.since(row.queued_at) >= TOKEN_LIFE || letter.reply_token.is_empty();
            if !self.may_answer(&row, &letter, push, now) {
                ended.push(row.reply.id);
                continue;
            }
            let Some(line) = &self.line else { break };
            let (policy, wording) = (&self.pack.policy, &self.pack.wording);
            let text = message::line::answer(policy, wording, &letter.language, &letter.reply);
            let courier = line.courier.clone();
            answers.spawn(async move {
                let given = match push {
                    true => courier.push(row.reply.id, &letter.to, &text).await,
                    false => courier.reply(&letter.reply_token, &text).await,
                };
                (given, row)
            });
        }
        let mut failed = None;
        while let Some(answered) = answers.join_next().await {
            let Ok((given, row)) = answered else { continue };
            match given {
                Ok(()) => ended.push(row.reply.id),
                Err(LineError::Permanent { reply }) => {
                    tracing::info!(reply, "an answer by LINE was refused and is dropped");
                    ended.push(row.reply.id);
                }
                Err(error) => {
                    let counts = matches!(error, LineError::Transient { .. });
                    if counts && row.attempts + 1 >= LAST_ATTEMPT {
                        ended.push(row.reply.id);
                    } else if counts {
                        self.intake.count_line_attempt(row.reply.id).await?;
                    }
                    self.line_failed(&error);
                    failed = Some(error);
                }
            }
        }
        let done = ended.len();
        for id in ended {
            self.intake.end_line_reply(id).await?;
        }
        match failed {
            None => Ok(done),
            Some(error) => {
                self.let_line_rest_at_least(Duration::from_secs(2));
                Err(JobError::Line(error.to_string()))
            }
        }
    }

    /// Opens a letter; nothing where its day is gone, or somebody planted it.
    fn line_letter(&self, row: &LineReplyRow) -> Result<Option<LineLetter>, JobError> {
        let Some(opener) = self.day_opener(row.reply.day)? else { return Ok(None) };
        let opened = opener.open_record(Purpose::LineReply, row.reply.id.as_bytes(), &row.reply.sealed).ok();
        let letter = opened.and_then(|bytes| LineLetter::from_bytes(&bytes));
        if letter.is_none() {
            tracing::error!(reply = %row.reply.id, "an answer to a LINE account doesn't open and is dropped");
        }
        Ok(letter)
    }

    /// Whether an answer is given at all: in time, and as often as the policy confirms (B10).
    fn may_answer(&mut self, row: &LineReplyRow, letter: &LineLetter, push: bool, now: Instant) -> bool {
        let allowed = self.line.as_ref().is_some_and(|line| !push || line.push_late_replies);
        if !allowed || now.since(row.queued_at) >= TOO_LATE {
            return false;
        }
        let LineReply::CheckedIn { venue, .. } = &letter.reply else { return true };
        match self.pack.policy.check_in.confirms() {
            Confirmation::None | Confirmation::OnScreenOnly => false,
            Confirmation::Every => true,
            // A row that is tried again was counted the first time.
            Confirmation::FirstOfDay if row.attempts > 0 => true,
            Confirmation::FirstOfDay => {
                let who = self.persons.hash(&letter.to);
                self.line_memory.answered.insert((row.reply.day, venue.clone(), who))
            }
        }
    }

    fn let_line_rest_at_least(&mut self, time: Duration) {
        if !self.line_rests() {
            self.let_line_rest(time);
        }
    }
}
