//! A day's check-ins a page at a time, so that memory doesn't grow with the day.
//!
//! A page begins where the one before it ended, in the order of the table's own key: no page costs more
//! than its rows, and no transaction stays open between two of them. An open day's key begins with the
//! form's time, a closed day's with the venue. A check-in that comes meanwhile is read or not, as if it had
//! come a moment later; an open day is gone through again after it closes. A row that this program can't have
//! written, planted by whoever can write the file, is on no page and stops none.

use domain::check_in::CheckInPlace;
use domain::id::VenueId;
use domain::service_day::ServiceDay;

use crate::backend::{self, DayTables};
use crate::check_ins::{SealedCheckIn, check_in};
use crate::{Intake, StoreError, row};

/// A day's check-ins that are still to be read.
#[derive(Debug)]
pub struct CheckInPages {
    /// `None` once all is read, or where the day isn't there.
    tables: Option<DayTables>,
    /// Whether it is an open day's, or one that was rewritten.
    open: bool,
    day: ServiceDay,
    venue: Option<VenueId>,
    rows: i64,
    last: Option<CheckInPlace>,
    unsound: u64,
}

impl Intake {
    /// A day's check-ins at a venue, or at any where `None`, `rows` at a time. None if the day has no file:
    /// nothing was prepared, or it was erased.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn check_in_pages(
        &self,
        day: ServiceDay,
        venue: Option<VenueId>,
        rows: u32,
    ) -> Result<CheckInPages, StoreError> {
        let mut tables = backend::open_day(self, day).await?;
        let open = match &mut tables {
            Some(tables) => tables.is_unclosed().await?,
            None => false,
        };
        Ok(CheckInPages { tables, open, day, venue, rows: rows.into(), last: None, unsound: 0 })
    }
}

impl CheckInPages {
    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn page(&mut self) -> Result<Option<Vec<SealedCheckIn>>, StoreError> {
        let Some(tables) = &mut self.tables else { return Ok(None) };
        let (from, to) = match self.venue {
            Some(venue) => (venue.as_i64(), venue.as_i64()),
            None => (i64::MIN, i64::MAX),
        };
        // Before the first row of all: an empty nonce and the least of numbers.
        let (venue, at) =
            self.last.map_or((from, i64::MIN), |last| (last.venue.as_i64(), last.at.as_micros()));
        let nonce = self.last.map_or_else(Vec::new, |last| last.nonce.as_bytes().to_vec());
        let texts = tables.texts();
        let query = if self.open {
            let least = self.last.map_or(i64::MIN, |_| venue);
            sqlx::query(tables.text(texts.open_page)).bind(nonce).bind(least).bind(from)
        } else {
            sqlx::query(tables.text(texts.closed_page)).bind(venue).bind(at).bind(nonce)
        };
        let rows = query.bind(to).bind(self.rows).fetch_all(tables.connection()).await?;
        let page: Vec<SealedCheckIn> =
            rows.iter().map(|row| check_in(self.day, row)).collect::<Result<_, _>>()?;
        self.last = page.last().map(|row| row.place).or(self.last);
        if i64::try_from(page.len()).unwrap_or(i64::MAX) < self.rows
            && let Some(mut tables) = self.tables.take()
        {
            // Of one venue only its own rows are looked at: a day has a hundred thousand times as many.
            let query = match self.venue {
                Some(venue) => sqlx::query(tables.text(&format!("{} and c.venue_id = $1", texts.unsound)))
                    .bind(venue.as_i64()),
                None => sqlx::query(tables.text(texts.unsound)),
            };
            let found = query.fetch_one(tables.connection()).await?;
            self.unsound = row::count(&found, "found")?;
            tables.close().await?;
        }
        Ok((!page.is_empty()).then_some(page))
    }

    /// How many rows of what was asked for, the venue or the whole day, are none of this program's, and on no page;
    /// known after the last.
    pub const fn unsound(&self) -> u64 {
        self.unsound
    }
}
