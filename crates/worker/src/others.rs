//! Who else was where cases were: what a match opens, and what it keeps of it.
//!
//! Four read side by side, each its own days, venue after venue and a page at a time, and while the next page is read the
//! ones before it are opened, on as many cores as there are. Nobody is opened who checked in outside of the band that counts. A contact ends with its page:
//! what is kept of it is a hash under a key of this process's memory, and how the person is reached.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use domain::contact::{Channel, Contact};
use domain::id::VenueId;
use domain::service_day::ServiceDay;
use domain::time_band::Span;
use seal::day_key::DayOpener;
use seal::tag::RecipientKey;
use store::check_in_pages::DayReadings;
use store::check_ins::SealedCheckIn;
use tokio::task::JoinHandle;

use crate::recipients::{Identity, PAGE};
use crate::{JobError, Worker};

/// Whoever has blocked the account on LINE is counted apart: no message reaches them.
const BLOCKED: &str = "blocked";

/// Pages that are being opened while others are read.
const AT_ONCE: usize = 3;

/// As many venues of a day are read together, as long as they have no more check-ins than that.
const TOGETHER: (usize, u32) = (16, 4 * PAGE);

/// A page of so few is opened sooner than handed to another thread.
const FEW: usize = 4;

/// What is read side by side: a venue that is in no memory takes its time, and nothing else to do.
pub(crate) type Readings = [DayReadings; 4];

/// A venue and day, or a band of it, of which it is asked who was there.
pub(crate) struct Wanted {
    pub day: ServiceDay,
    pub venue: VenueId,
    pub band: Option<Span>,
}

/// Who was there.
#[derive(Default)]
pub(crate) struct There {
    /// Whether anything of it was opened.
    pub begun: bool,
    /// Check-ins that opened.
    pub read: usize,
    /// The people, and how each is reached.
    pub people: HashMap<Identity, &'static str>,
    unopened: u64,
}

/// A page, opened: people and how they are reached, and LINE's accounts until it is known who has blocked us.
struct Opened {
    people: Vec<(Identity, &'static str, Option<Contact>)>,
    unopened: u64,
}

/// What becomes of a page: opened here, or by another thread.
enum Page {
    Here(Opened),
    Elsewhere(JoinHandle<Opened>),
}

impl Worker {
    /// Opens who was at all of these. What was opened stands in `there`, also when it failed in between.
    pub(crate) async fn open_others(
        &self,
        wanted: &[Wanted],
        [one, two, three, four]: &mut Readings,
        there: &mut Vec<There>,
    ) -> Result<(), JobError> {
        there.resize_with(wanted.len(), There::default);
        // Always the same reads a day, so that it is opened once in a turn.
        let today = self.pack.policy.newest_day(self.clock.now());
        let mut shares = [const { Vec::new() }; 4];
        for (at, there) in wanted.iter().zip(there) {
            let share = at.day.days_until(today).rem_euclid(4);
            shares[usize::try_from(share).unwrap_or(0)].push((at, there));
        }
        let [first, second, third, last] = shares;
        let (first, second, third, last) = tokio::join!(
            Box::pin(self.open_own(first, one)),
            Box::pin(self.open_own(second, two)),
            Box::pin(self.open_own(third, three)),
            Box::pin(self.open_own(last, four))
        );
        first.and(second).and(third).and(last)
    }

    async fn open_own(
        &self,
        mut wanted: Vec<(&Wanted, &mut There)>,
        readings: &mut DayReadings,
    ) -> Result<(), JobError> {
        let mut opening = VecDeque::new();
        let read = self.read_others(&mut wanted, readings, &mut opening).await;
        // What was begun is ended, whatever became of the rest.
        let mut ended = Ok(());
        while let Some(page) = opening.pop_front() {
            ended = ended.and(self.take_in(page, &mut wanted).await);
        }
        read.and(ended)
    }

    async fn read_others(
        &self,
        wanted: &mut [(&Wanted, &mut There)],
        readings: &mut DayReadings,
        opening: &mut VecDeque<(usize, Page)>,
    ) -> Result<(), JobError> {
        let mut openers: BTreeMap<ServiceDay, Option<Arc<DayOpener>>> = BTreeMap::new();
        wanted.sort_by_key(|(at, _)| at.day);
        let mut ahead = 0;
        for number in 0..wanted.len() {
            if number == ahead {
                let (day, rest) = (wanted[number].0.day, &wanted[number..]);
                let venues = rest.iter().take(TOGETHER.0).take_while(|(at, _)| at.day == day);
                let venues: Vec<VenueId> = venues.map(|(at, _)| at.venue).collect();
                ahead += venues.len();
                if venues.len() > 1 {
                    readings.read_ahead(day, &venues, TOGETHER.1).await?;
                }
            }
            let (at, there) = &mut wanted[number];
            there.begun = true;
            let opener = match openers.get(&at.day) {
                Some(opener) => opener.clone(),
                None => {
                    let opener = self.day_opener(at.day)?.map(Arc::new);
                    openers.entry(at.day).or_insert(opener).clone()
                }
            };
            let at = *at;
            let Some(opener) = opener else { continue };
            let mut pages = readings.pages_at(at.day, at.venue, PAGE).await?;
            while let Some(mut page) = pages.page().await? {
                page.retain(|check_in| at.band.is_none_or(|band| band.contains(check_in.place.at)));
                opening.push_back((number, begin(&opener, &self.persons, page)));
                while opening.len() > AT_ONCE
                    && let Some(first) = opening.pop_front()
                {
                    self.take_in(first, wanted).await?;
                }
            }
            wanted[number].1.unopened += pages.unsound();
            readings.give_back(pages);
        }
        Ok(())
    }

    async fn take_in(
        &self,
        (number, page): (usize, Page),
        wanted: &mut [(&Wanted, &mut There)],
    ) -> Result<(), JobError> {
        let opened = match page {
            Page::Here(opened) => opened,
            // Nobody takes an opening back, so this is a panic, and stays one.
            Page::Elsewhere(page) => {
                page.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
            }
        };
        let at = &mut *wanted[number].1;
        at.read += opened.people.len();
        at.unopened += opened.unopened;
        for (person, way, account) in opened.people {
            if at.people.contains_key(&person) {
                continue;
            }
            let blocked = match &account {
                Some(account) => self.has_blocked(account).await?,
                None => false,
            };
            at.people.insert(person, if blocked { BLOCKED } else { way });
        }
        Ok(())
    }
}

impl There {
    /// Says how many rows there don't open, planted or moved by somebody who can write the database.
    pub(crate) fn tell(&self, of: &Wanted) {
        if self.unopened > 0 {
            tracing::error!(day = %of.day, rows = self.unopened, "check-ins don't open and are left out");
        }
    }
}

fn begin(opener: &Arc<DayOpener>, persons: &Arc<RecipientKey>, page: Vec<SealedCheckIn>) -> Page {
    if page.len() <= FEW {
        return Page::Here(open(opener, persons, page));
    }
    let (opener, persons) = (Arc::clone(opener), Arc::clone(persons));
    Page::Elsewhere(tokio::task::spawn_blocking(move || open(&opener, &persons, page)))
}

fn open(opener: &DayOpener, persons: &RecipientKey, page: Vec<SealedCheckIn>) -> Opened {
    let mut opened = Opened { people: Vec::with_capacity(page.len()), unopened: 0 };
    for check_in in page {
        let Ok(visitor) = opener.open(&check_in.place, &check_in.sealed) else {
            opened.unopened += 1;
            continue;
        };
        let (person, channel) = (persons.hash(&visitor.contact), visitor.contact.channel());
        let account = (channel == Channel::Line).then_some(visitor.contact);
        opened.people.push((person, channel.as_str(), account));
    }
    opened
}
