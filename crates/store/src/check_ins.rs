//! Check-ins: durable before they are acknowledged, and grouped so that durability is cheap.
//!
//! All check-ins that arrive together go into one text, one transaction and one flush;
//! each is answered only after it (DESIGN section 6). There is no timer: take one, let those go first who are
//! about to come, drain the rest, commit. The queue is bounded; when it is full the visitor is told so at once.
//!
//! The form's nonce is the row's identity, so a batch whose fate is unknown is tried once more without
//! doubling anything, and a reload is the same row.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::{Clock, Instant};
use domain::id::VenueId;
use domain::service_day::ServiceDay;
use sqlx::any::AnyArguments;
use sqlx::{Any, AssertSqlSafe};
use tokio::sync::{mpsc, oneshot};

use crate::backend::{self, DayWriter};
use crate::day_writers::DayWriters;
use crate::{Intake, StoreError, row};

/// One check-in with its contact sealed.
#[derive(Clone, Debug)]
pub struct SealedCheckIn {
    /// Where and when.
    pub place: CheckInPlace,
    /// The contact, which nobody here can open.
    pub sealed: Vec<u8>,
}

/// How many check-ins may wait.
const QUEUE: usize = 8_192;

/// How many go into one text and transaction at most; a power of two.
pub(crate) const GROUP: usize = 256;

/// How often a group that is smaller than [`ENOUGH`] lets others go first.
const MOST_TURNS: usize = 10;

/// How many are worth a flush: measured with 64 visitors who wait, of whom then two thirds are still on the way.
const ENOUGH: usize = 20;

/// A row that waited longer than this is refused: a day closes ten minutes after the last moment at which a
/// visit on it is accepted, and no row may come behind that.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// After how long it looks whether they are done, at least: a timer may take twice as long, and then so does the whole.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// How long a group waits while somebody else writes. Who comes meanwhile waits for that and once more.
pub(crate) const LONGEST_LOCK: Duration = Duration::from_millis(1_200);

/// A check-in that waits to be stored, and somebody for it to be.
#[derive(Debug)]
pub struct Waiting {
    row: SealedCheckIn,
    accepted_at: Instant,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

impl Waiting {
    /// Tells who waits what became of it.
    pub fn answer(self, result: Result<(), StoreError>) {
        let _ = self.answer.send(result);
    }
}

/// The way in for check-ins. Clones feed the same writer; when the last is gone, the writer finishes what
/// is queued and ends.
#[derive(Clone, Debug)]
pub struct CheckInQueue {
    sender: mpsc::Sender<Waiting>,
}

impl CheckInQueue {
    /// A queue without a writer: whoever holds its other end answers. For benches that measure the way to
    /// the store alone, and for tests of a store in trouble.
    pub fn without_writer() -> (Self, mpsc::Receiver<Waiting>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self { sender }, receiver)
    }

    /// Starts the writer. The task ends after the last clone is dropped and everything is stored: await it
    /// for a graceful stop. SQLite's thread for it has the priority of the thread on which this is called.
    pub fn start(intake: &Intake, clock: Clock) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, receiver) = Self::without_writer();
        let writer = Writer { opening: DayWriters::start(intake), clock, days: HashMap::new() };
        (queue, tokio::spawn(writer.run(receiver)))
    }

    /// Stores a check-in and its arrival; when this returns `Ok`, it is on the disk.
    ///
    /// # Errors
    /// [`StoreError::Full`] when too many wait, or why it couldn't be stored; then nothing of it is.
    pub async fn put(&self, row: SealedCheckIn) -> Result<(), StoreError> {
        let accepted_at = row.place.at;
        self.put_accepted(row, accepted_at).await
    }

    /// The same for a visit that was typed, and so lies before the moment at which it was accepted.
    ///
    /// # Errors
    /// As [`Self::put`]; [`StoreError::NoSuchDay`] if the visit's day takes none any more.
    pub async fn put_accepted(&self, row: SealedCheckIn, accepted_at: Instant) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { row, accepted_at, answer };
        self.sender.try_send(waiting).map_err(|_| StoreError::Full)?;
        answered.await.unwrap_or(Err(StoreError::Full))
    }
}

struct Writer {
    opening: DayWriters,
    clock: Clock,
    days: HashMap<ServiceDay, DayWriter>,
}

impl Writer {
    async fn run(mut self, mut receiver: mpsc::Receiver<Waiting>) {
        let mut group = Vec::with_capacity(GROUP);
        while receiver.recv_many(&mut group, GROUP).await > 0 {
            gather(&mut receiver, &mut group).await;
            let mut by_day: HashMap<ServiceDay, Vec<Waiting>> = HashMap::with_capacity(1);
            for waiting in group.drain(..) {
                by_day.entry(waiting.row.place.day).or_default().push(waiting);
            }
            for (day, waiting) in by_day {
                self.store(day, waiting).await;
            }
        }
        for (_, day) in self.days.drain() {
            day.close().await;
        }
    }

    async fn store(&mut self, day: ServiceDay, waiting: Vec<Waiting>) {
        let now = self.clock.now();
        let (fresh, late): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|w| now.since(w.accepted_at) <= LONGEST_WAIT);
        for waiting in late {
            waiting.answer(Err(StoreError::TooLate));
        }
        let rows: Vec<&SealedCheckIn> = fresh.iter().map(|w| &w.row).collect();
        let mut result = self.insert(day, &rows).await;
        if matches!(&result, Err(StoreError::Database(error)) if !backend::was_locked(error)) {
            // Whether it was committed is unknown: once more on a new connection. The nonces keep it from
            // doubling. Behind a lock nothing happened, and the visitors have waited long enough.
            self.days.remove(&day);
            result = self.insert(day, &rows).await;
        }
        if let Err(error) = &result {
            self.days.remove(&day);
            tracing::error!(%day, rows = rows.len(), %error, "check-ins could not be stored");
        }
        for waiting in fresh {
            waiting.answer(match &result {
                Ok(()) => Ok(()),
                Err(StoreError::NoSuchDay(day)) => Err(StoreError::NoSuchDay(day.clone())),
                Err(_) => Err(StoreError::Full),
            });
        }
    }

    async fn insert(&mut self, day: ServiceDay, rows: &[&SealedCheckIn]) -> Result<(), StoreError> {
        let Some(last) = rows.last() else { return Ok(()) };
        let open = match self.open(day).await? {
            DayWriter::File(open) => open,
            DayWriter::Tables(open) => return open.put(rows).await,
        };
        // Filled up with the last row once more, which conflicts with itself: nine texts do for all.
        let size = rows.len().next_power_of_two();
        let rows = || rows.iter().chain(std::iter::repeat_n(last, size - rows.len()));
        let Some(text) = open.texts.get(size.ilog2() as usize) else { return Err(StoreError::Full) };
        let mut waited = Duration::ZERO;
        loop {
            let mut query = sqlx::query::<Any>(AssertSqlSafe(Arc::clone(text)));
            for SealedCheckIn { place, sealed } in rows() {
                query = bind_place(query, place).bind(sealed.as_slice());
            }
            match handed_over(query.execute(&mut open.connection)).await {
                Err(error) if backend::was_locked(&error) && waited < open.patience => {
                    // The worker writes here too, for a millisecond or two.
                    tokio::time::sleep(LOOK_AGAIN).await;
                    waited += LOOK_AGAIN;
                }
                done => return done.map(|_| ()).map_err(StoreError::from),
            }
        }
    }

    async fn open(&mut self, day: ServiceDay) -> Result<&mut DayWriter, StoreError> {
        if !self.days.contains_key(&day) {
            // An older day may be about to be rewritten: hold nothing of it.
            self.days.retain(|open, _| open.days_until(day) <= 0);
            let opened = self.opening.open(day).await?;
            self.days.insert(day, opened.ok_or_else(|| StoreError::NoSuchDay(day.to_string()))?);
        }
        self.days.get_mut(&day).ok_or_else(|| StoreError::NoSuchDay(day.to_string()))
    }
}

/// Lets those go first whose check-ins are about to come, for a group costs a flush and two ways between threads,
/// whatever its size. A group that is large enough waits for nobody: while it is on its way, others have work.
async fn gather(receiver: &mut mpsc::Receiver<Waiting>, group: &mut Vec<Waiting>) {
    for _ in 0..MOST_TURNS {
        if group.len() >= ENOUGH {
            break;
        }
        tokio::task::yield_now().await;
        while group.len() < GROUP
            && let Ok(waiting) = receiver.try_recv()
        {
            group.push(waiting);
        }
    }
}

/// Hands a group over to SQLite's thread and lets that go first. Woken on a core which is at work, it would wait there for
/// milliseconds, until everybody's check-in waits for it and the other core has nothing to do.
async fn handed_over<F: Future>(work: F) -> F::Output {
    let mut work = std::pin::pin!(work);
    let mut first = true;
    std::future::poll_fn(|context| {
        let done = work.as_mut().poll(context);
        if std::mem::take(&mut first) && done.is_pending() {
            std::thread::yield_now();
        }
        done
    })
    .await
}

fn bind_place<'q>(
    query: sqlx::query::Query<'q, Any, AnyArguments>,
    place: &'q CheckInPlace,
) -> sqlx::query::Query<'q, Any, AnyArguments> {
    query.bind(place.venue.as_i64()).bind(place.at.as_micros()).bind(place.nonce.as_bytes().as_slice())
}

impl Intake {
    /// All check-ins of a day at a venue, or at any where `None`, at once: for tests and for days that are
    /// known to be small. Whoever opens them reads [`Self::check_in_pages`].
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn check_ins(
        &self,
        day: ServiceDay,
        venue: Option<VenueId>,
    ) -> Result<Vec<SealedCheckIn>, StoreError> {
        let mut pages = self.check_in_pages(day, venue, 10_000).await?;
        let mut all = Vec::new();
        while let Some(page) = pages.page().await? {
            all.extend(page);
        }
        Ok(all)
    }

    /// How many check-ins a day has so far.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn count_check_ins(&self, day: ServiceDay) -> Result<u64, StoreError> {
        let Some(mut tables) = backend::open_day(self, day).await? else { return Ok(0) };
        let text = tables.text("select count(*) as check_ins from {check_in}");
        let found = sqlx::query(text).fetch_one(tables.connection()).await?;
        tables.close().await?;
        row::count(&found, "check_ins")
    }

    /// How many check-ins a venue has on a day.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn count_check_ins_at(&self, day: ServiceDay, venue: VenueId) -> Result<u64, StoreError> {
        let Some(mut tables) = backend::open_day(self, day).await? else { return Ok(0) };
        let text = tables.text("select count(*) as check_ins from {check_in} where venue_id = $1");
        let found = sqlx::query(text).bind(venue.as_i64()).fetch_one(tables.connection()).await?;
        tables.close().await?;
        row::count(&found, "check_ins")
    }

    /// Stores check-ins without the queue, for tests and samples that need no throughput.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_check_ins(&self, rows: &[SealedCheckIn], now: Instant) -> Result<(), StoreError> {
        let clock = Clock::set_to(now);
        let (queue, done) = CheckInQueue::start(self, clock);
        for row in rows {
            queue.put(row.clone()).await?;
        }
        drop(queue);
        let _ = done.await;
        Ok(())
    }
}

pub(crate) fn check_in(day: ServiceDay, row: &sqlx::any::AnyRow) -> Result<SealedCheckIn, StoreError> {
    let nonce = row::known(CheckInNonce::from_stored(&row::bytes(row, "nonce")?), "nonce")?;
    let place =
        CheckInPlace { day, venue: row::venue(row, "venue_id")?, at: row::instant(row, "at")?, nonce };
    Ok(SealedCheckIn { place, sealed: row::bytes(row, "sealed")? })
}
