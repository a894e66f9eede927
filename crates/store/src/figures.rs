//! Figures for officers: counts and times, never a contact, never one person's way.

use crate::{Office, StoreError, row};

/// What the figures' page shows of the office's zone.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Cases that count.
    pub cases: u64,
    /// Findings by outcome, as stored words, the commonest first.
    pub outcomes: Vec<(String, u64)>,
    /// Notices by state.
    pub notices: Vec<(String, u64)>,
    /// Why notices were declined, the commonest first.
    pub reasons: Vec<(String, u64)>,
    /// Messages accepted, over all notices.
    pub sent: u64,
    /// Messages that could not be delivered.
    pub failed: u64,
    /// For each notice that was sent: seconds from the report to the last message, ascending.
    pub seconds_to_last_message: Vec<u64>,
}

impl Office {
    /// Counts everything anew.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn figures(&self) -> Result<Figures, StoreError> {
        let cases = sqlx::query("select count(*) as cases from case_record where state <> 'withdrawn'")
            .fetch_one(&self.pool)
            .await?;
        let outcomes = sqlx::query(
            "select outcome, count(*) as findings from finding group by outcome order by 2 desc, 1",
        )
        .fetch_all(&self.pool)
        .await?;
        let notices = sqlx::query("select state, count(*) as notices from notice group by state order by 1")
            .fetch_all(&self.pool)
            .await?;
        let reasons = sqlx::query(
            "select reason, count(*) as notices from notice where state = 'declined' group by reason order by 2 desc, 1 limit 20",
        )
        .fetch_all(&self.pool)
        .await?;
        let sums = sqlx::query(
            "select cast(coalesce(sum(sent), 0) as bigint) as sent, cast(coalesce(sum(failed), 0) as bigint) as failed from notice",
        )
        .fetch_one(&self.pool)
        .await?;
        let times = sqlx::query(
            "select received_at, last_sent_at from notice where last_sent_at is not null order by last_sent_at - received_at",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(Figures {
            cases: row::count(&cases, "cases")?,
            outcomes: outcomes
                .iter()
                .map(|r| Ok((row::text(r, "outcome")?, row::count(r, "findings")?)))
                .collect::<Result<_, StoreError>>()?,
            reasons: reasons
                .iter()
                .map(|r| Ok((row::text(r, "reason")?, row::count(r, "notices")?)))
                .collect::<Result<_, StoreError>>()?,
            notices: notices
                .iter()
                .map(|r| Ok((row::text(r, "state")?, row::count(r, "notices")?)))
                .collect::<Result<_, StoreError>>()?,
            sent: row::count(&sums, "sent")?,
            failed: row::count(&sums, "failed")?,
            seconds_to_last_message: times
                .iter()
                .map(|r| {
                    Ok(row::instant(r, "last_sent_at")?.since(row::instant(r, "received_at")?).as_secs())
                })
                .collect::<Result<_, StoreError>>()?,
        })
    }
}
