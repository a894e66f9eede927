//! A day's check-ins a page at a time, so that memory doesn't grow with the day.
//!
//! A page begins where the one before it ended, in the order of the table's own key: no page costs more
//! than its rows, and no transaction stays open between two of them. An open day's key begins with the
//! form's time, a closed day's with the venue. A check-in that comes meanwhile is read or not, as if it had
//! come a moment later; an open day is gone through again after it closes. A row that this program can't have
//! written, planted by whoever can write the file, is on no page and stops none.

use std::collections::BTreeMap;

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
    /// Where it is read among others, the tables once all is read.
    read: Option<DayTables>,
    among_others: bool,
}

/// Days of which several venues are read, one after another: each is opened once, and let go of with all of them.
///
/// On PostgreSQL no connection is kept: there are only so many.
#[derive(Debug)]
pub struct DayReadings {
    intake: Intake,
    days: BTreeMap<ServiceDay, Known>,
}

/// What is known of a day that was opened.
#[derive(Debug)]
enum Known {
    /// It isn't there.
    Absent,
    /// Whether it is open, and its tables where they are kept.
    There { open: bool, tables: Option<DayTables> },
}

/// As many days as are held open at once.
const HELD: usize = 32;

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
        let (tables, open) = opened(self, day).await?;
        Ok(pages(tables, open, (day, venue), rows, false))
    }

    /// Begins to read several venues of several days.
    pub fn day_readings(&self) -> DayReadings {
        DayReadings { intake: self.clone(), days: BTreeMap::new() }
    }
}

async fn opened(intake: &Intake, day: ServiceDay) -> Result<(Option<DayTables>, bool), StoreError> {
    let mut tables = backend::open_day(intake, day).await?;
    let open = match &mut tables {
        Some(tables) => tables.is_unclosed().await?,
        None => false,
    };
    Ok((tables, open))
}

fn pages(
    tables: Option<DayTables>,
    open: bool,
    (day, venue): (ServiceDay, Option<VenueId>),
    rows: u32,
    among_others: bool,
) -> CheckInPages {
    let rows = rows.into();
    CheckInPages { tables, open, day, venue, rows, last: None, unsound: 0, read: None, among_others }
}

impl DayReadings {
    /// A day's check-ins at a venue, `rows` at a time, as [`Intake::check_in_pages`] has them.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn pages_at(
        &mut self,
        day: ServiceDay,
        venue: VenueId,
        rows: u32,
    ) -> Result<CheckInPages, StoreError> {
        let (tables, open) = match self.days.remove(&day) {
            Some(Known::Absent) => {
                self.days.insert(day, Known::Absent);
                (None, false)
            }
            Some(Known::There { open, tables: Some(tables) }) => (Some(tables), open),
            Some(Known::There { open, tables: None }) => {
                (backend::open_day_again(&self.intake, day).await?, open)
            }
            None => {
                if self.days.len() >= HELD {
                    self.let_go().await?;
                }
                opened(&self.intake, day).await?
            }
        };
        if tables.is_none() {
            self.days.insert(day, Known::Absent);
        }
        Ok(pages(tables, open, (day, Some(venue)), rows, true))
    }

    /// Takes a day back of which a venue was read.
    pub fn give_back(&mut self, pages: CheckInPages) {
        if let Some(tables) = pages.read.or(pages.tables) {
            let known = Known::There { open: pages.open, tables: tables.kept() };
            self.days.insert(pages.day, known);
        }
    }

    /// Lets go of all of them.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn let_go(&mut self) -> Result<(), StoreError> {
        for known in std::mem::take(&mut self.days).into_values() {
            if let Known::There { tables: Some(tables), .. } = known {
                tables.close().await?;
            }
        }
        Ok(())
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
            match self.among_others {
                true => self.read = Some(tables),
                false => tables.close().await?,
            }
        }
        Ok((!page.is_empty()).then_some(page))
    }

    /// How many rows of what was asked for, the venue or the whole day, are none of this program's, and on no page;
    /// known after the last.
    pub const fn unsound(&self) -> u64 {
        self.unsound
    }
}
