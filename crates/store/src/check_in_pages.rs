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
use crate::{Intake, StoreError, many, row};

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
    /// All there is, where it was read with other venues ([`DayReadings::read_ahead`]).
    ahead: Option<Vec<SealedCheckIn>>,
}

/// Days of which several venues are read, one after another: each is opened once, and let go of with all of them.
///
/// On PostgreSQL no connection is kept: there are only so many.
#[derive(Debug)]
pub struct DayReadings {
    intake: Intake,
    days: BTreeMap<ServiceDay, Known>,
    ahead: BTreeMap<(ServiceDay, VenueId), Ahead>,
}

/// All of a venue's check-ins on a closed day, and how many rows there are none of this program's.
#[derive(Debug, Default)]
struct Ahead {
    rows: Vec<SealedCheckIn>,
    unsound: u64,
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
        DayReadings { intake: self.clone(), days: BTreeMap::new(), ahead: BTreeMap::new() }
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
    let (last, unsound, read, ahead) = (None, 0, None, None);
    CheckInPages { tables, open, day, venue, rows, last, unsound, read, among_others, ahead }
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
        if let Some(Ahead { rows: all, unsound }) = self.ahead.remove(&(day, venue)) {
            let pages = pages(None, false, (day, Some(venue)), rows, true);
            return Ok(CheckInPages { unsound, ahead: Some(all), ..pages });
        }
        let (tables, open) = self.take(day).await?;
        Ok(pages(tables, open, (day, Some(venue)), rows, true))
    }

    /// Reads all of these venues of a closed day in one way to the database and back, for [`DayReadings::pages_at`] to
    /// have it, once; what was read so before is let go of. Where they have more than `most` check-ins together,
    /// nothing is kept, and each is read by its pages, as is every venue of an open day.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn read_ahead(
        &mut self,
        day: ServiceDay,
        venues: &[VenueId],
        most: u32,
    ) -> Result<(), StoreError> {
        self.ahead.clear();
        let (Some(mut tables), open) = self.take(day).await? else { return Ok(()) };
        if !open {
            self.ahead = ahead(&mut tables, day, venues, most).await?;
        }
        self.days.insert(day, Known::There { open, tables: tables.kept() });
        Ok(())
    }

    /// A day's tables, and whether it is open.
    async fn take(&mut self, day: ServiceDay) -> Result<(Option<DayTables>, bool), StoreError> {
        let (tables, open) = match self.days.remove(&day) {
            Some(Known::Absent) => (None, false),
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
        Ok((tables, open))
    }

    /// Takes a day back of which a venue was read.
    pub fn give_back(&mut self, pages: CheckInPages) {
        // What was read ahead gave its tables back then.
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
        self.ahead.clear();
        for known in std::mem::take(&mut self.days).into_values() {
            if let Known::There { tables: Some(tables), .. } = known {
                tables.close().await?;
            }
        }
        Ok(())
    }
}

/// All that a closed day has of these venues; nothing where that is more than `most`.
async fn ahead(
    tables: &mut DayTables,
    day: ServiceDay,
    venues: &[VenueId],
    most: u32,
) -> Result<BTreeMap<(ServiceDay, VenueId), Ahead>, StoreError> {
    let listed = many::list(venues);
    let text = |text: &str, before| {
        let venues = (before + 1..=before + listed.len()).map(|at| format!("(cast(${at} as bigint))"));
        text.replace("{venues}", &venues.collect::<Vec<_>>().join(", "))
    };
    let texts = tables.texts();
    let mut query = sqlx::query(tables.text(&text(texts.ahead, 1))).bind(i64::from(most) + 1);
    for venue in &listed {
        query = query.bind(venue.as_i64());
    }
    let rows = query.fetch_all(tables.connection()).await?;
    if rows.len() > most as usize {
        return Ok(BTreeMap::new());
    }
    let mut query = sqlx::query(tables.text(&text(texts.unsound_at, 0)));
    for venue in &listed {
        query = query.bind(venue.as_i64());
    }
    let mut found: BTreeMap<_, Ahead> = BTreeMap::new();
    for row in &query.fetch_all(tables.connection()).await? {
        let unsound = row::count(row, "found")?;
        found.insert((day, row::venue(row, "venue_id")?), Ahead { rows: Vec::new(), unsound });
    }
    for row in &rows {
        let check_in = check_in(day, row)?;
        found.entry((day, check_in.place.venue)).or_default().rows.push(check_in);
    }
    Ok(found)
}

impl CheckInPages {
    /// The next page; `None` after the last. What was read ahead is one page.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn page(&mut self) -> Result<Option<Vec<SealedCheckIn>>, StoreError> {
        if let Some(all) = self.ahead.take() {
            return Ok((!all.is_empty()).then_some(all));
        }
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
