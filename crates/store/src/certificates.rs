//! Certificates: which measures a venue takes, as they stood at each issue (KNG-2, KNG-22).
//!
//! An issue is written once and never changed: what a posted sheet said on its day can be told later. The
//! newest one counts, and what it has that the one before hadn't is new.

use std::collections::BTreeMap;

use domain::clock::Instant;
use domain::id::VenueId;
use sqlx::{Any, Transaction};

use crate::again::{Fate, again};
use crate::{Intake, StoreError, row};

/// A venue's newest certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Counted from 1.
    pub issue: u32,
    /// When it was issued.
    pub issued_at: Instant,
    /// What the venue does, by the pack's words.
    pub measures: Vec<ChosenMeasure>,
}

/// One measure of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenMeasure {
    /// The pack's word.
    pub id: String,
    /// When it was first chosen.
    pub first_at: Instant,
    /// Whether the issue before hadn't it; nothing of a first issue is new.
    pub is_new: bool,
}

impl Intake {
    /// The newest certificate of a venue; `None` where it has none.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn certificate(&self, venue: VenueId) -> Result<Option<Certificate>, StoreError> {
        let mut tx = self.pool.begin().await?;
        let found = newest(&mut tx, venue).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Issues a certificate anew. `false` if it would say what the newest one says.
    ///
    /// # Errors
    /// [`StoreError`]; a duplicate where another issue came in between.
    pub async fn issue_certificate(
        &self,
        venue: VenueId,
        measures: &[String],
        at: Instant,
    ) -> Result<bool, StoreError> {
        again(Fate::Once, || async {
            let mut tx = self.begin().await?;
            crate::venue_acts::lock_venue(&mut tx, venue).await?;
            let before = newest(&mut tx, venue).await?;
            let known = |id: &String| before.iter().flat_map(|c| &c.measures).any(|own| own.id == *id);
            if before.as_ref().is_some_and(|before| before.measures.len() == measures.len())
                && measures.iter().all(known)
            {
                return Ok(false);
            }
            insert(&mut tx, venue, before.map_or(1, |before| before.issue + 1), measures, at).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}

/// The first certificate, in the act that registers its venue.
pub(crate) async fn first(
    tx: &mut Transaction<'_, Any>,
    venue: VenueId,
    measures: &[String],
    at: Instant,
) -> Result<(), StoreError> {
    if measures.is_empty() {
        return Ok(());
    }
    insert(tx, venue, 1, measures, at).await
}

async fn insert(
    tx: &mut Transaction<'_, Any>,
    venue: VenueId,
    issue: u32,
    measures: &[String],
    at: Instant,
) -> Result<(), StoreError> {
    sqlx::query("insert into certificate (venue_id, issue, issued_at) values ($1, $2, $3)")
        .bind(venue.as_i64())
        .bind(i64::from(issue))
        .bind(at.as_micros())
        .execute(&mut **tx)
        .await?;
    for measure in measures {
        sqlx::query("insert into certificate_measure (venue_id, issue, measure) values ($1, $2, $3)")
            .bind(venue.as_i64())
            .bind(i64::from(issue))
            .bind(measure.as_str())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

async fn newest(tx: &mut Transaction<'_, Any>, venue: VenueId) -> Result<Option<Certificate>, StoreError> {
    let rows = sqlx::query(
        "select c.issue, c.issued_at, m.measure from certificate c join certificate_measure m \
         on m.venue_id = c.venue_id and m.issue = c.issue where c.venue_id = $1 order by c.issue, m.measure",
    )
    .bind(venue.as_i64())
    .fetch_all(&mut **tx)
    .await?;
    let (mut last, mut chosen) = (None, BTreeMap::<String, (Instant, Vec<u32>)>::new());
    for row in &rows {
        let (issue, at) = (row::small(row, "issue")?, row::instant(row, "issued_at")?);
        let (_, issues) = chosen.entry(row::text(row, "measure")?).or_insert((at, Vec::new()));
        issues.push(issue);
        last = Some((issue, at));
    }
    let Some((issue, issued_at)) = last else { return Ok(None) };
    let own = chosen.into_iter().filter(|(_, (_, issues))| issues.contains(&issue));
    let measures = own.map(|(id, (first_at, issues))| ChosenMeasure {
        id,
        first_at,
        is_new: issue > 1 && !issues.contains(&(issue - 1)),
    });
    Ok(Some(Certificate { issue, issued_at, measures: measures.collect() }))
}
