//! A day's check-ins a page at a time, so that memory doesn't grow with the day.
//!
//! A page begins where the one before it ended, in the order of the table's own key: no page costs more
//! than its rows, and no transaction stays open between two of them. An open day's key begins with the
//! form's time, a closed day's with the venue. A check-in that comes meanwhile is read or not, as if it had
//! come a moment later; an open day is gone through again after it closes.

use domain::check_in::CheckInPlace;
use domain::id::VenueId;
use domain::service_day::ServiceDay;
use sqlx::{AnyConnection, Connection as _};

use crate::check_ins::{SealedCheckIn, check_in};
use crate::{Intake, StoreError, backend};

const OPEN: &str = "select * from check_in where (nonce, venue_id) > ($1, $2) \
     and venue_id between $3 and $4 order by nonce, venue_id limit $5";

const CLOSED: &str = "select * from check_in where (venue_id, at, nonce) > ($1, $2, $3) \
     and venue_id <= $4 order by venue_id, at, nonce limit $5";

/// A day's check-ins that are still to be read.
#[derive(Debug)]
pub struct CheckInPages {
    /// `None` once all is read, or where the day has no file.
    connection: Option<AnyConnection>,
    /// Whether the file is an open day's, or one that was rewritten.
    open: bool,
    day: ServiceDay,
    venue: Option<VenueId>,
    rows: i64,
    last: Option<CheckInPlace>,
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
        let mut connection = backend::open_day(&self.root, day).await?;
        let open = match &mut connection {
            Some(connection) => backend::is_unclosed(connection).await?,
            None => false,
        };
        Ok(CheckInPages { connection, open, day, venue, rows: rows.into(), last: None })
    }
}

impl CheckInPages {
    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn page(&mut self) -> Result<Option<Vec<SealedCheckIn>>, StoreError> {
        let Some(connection) = &mut self.connection else { return Ok(None) };
        let (from, to) = match self.venue {
            Some(venue) => (venue.as_i64(), venue.as_i64()),
            None => (i64::MIN, i64::MAX),
        };
        // Before the first row of all: an empty nonce and the least of numbers.
        let (venue, at) =
            self.last.map_or((from, i64::MIN), |last| (last.venue.as_i64(), last.at.as_micros()));
        let nonce = self.last.map_or_else(Vec::new, |last| last.nonce.as_bytes().to_vec());
        let query = if self.open {
            sqlx::query(OPEN).bind(nonce).bind(self.last.map_or(i64::MIN, |_| venue)).bind(from)
        } else {
            sqlx::query(CLOSED).bind(venue).bind(at).bind(nonce)
        };
        let rows = query.bind(to).bind(self.rows).fetch_all(connection).await?;
        let page: Vec<SealedCheckIn> =
            rows.iter().map(|row| check_in(self.day, row)).collect::<Result<_, _>>()?;
        self.last = page.last().map(|row| row.place).or(self.last);
        if i64::try_from(page.len()).unwrap_or(i64::MAX) < self.rows
            && let Some(connection) = self.connection.take()
        {
            connection.close().await?;
        }
        Ok((!page.is_empty()).then_some(page))
    }
}
