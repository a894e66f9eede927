//! Days, their pages of check-ins, their index and what is published of them, against a plain model.

use std::collections::{BTreeMap, BTreeSet};

use domain::check_in::CheckInPlace;
use domain::clock::Instant;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use store::check_ins::SealedCheckIn;
use store::days::{Day, DayState};
use store::erasure::{Erased, PublicErasure};

use crate::models::{Walked, same, walked};
use crate::samples::{check_in, day, later, prepared, sixteen, sorted, venue};
use crate::stores::Stores;

const DAYS: i64 = 3;
const VENUES: i64 = 3;
const FORMS: u64 = 12;
const TAGS: u64 = 3;

#[derive(Clone, Debug)]
enum Step {
    Make(i64),
    State(i64, usize),
    Put(i64, BTreeSet<(i64, u64)>),
    EndRestored(i64),
    Close(i64),
    EraseFile(i64),
    EraseCanary(i64, i64),
    Publish(i64, u64),
    Index(i64, Vec<(u64, i64, u64)>),
    EraseDay(i64),
}

const STATES: [DayState; 4] = [DayState::Open, DayState::Closed, DayState::Expiring, DayState::Erased];

fn step() -> impl Strategy<Value = Step> {
    let of = 0..DAYS;
    prop_oneof![
        5 => of.clone().prop_map(Step::Make),
        1 => (of.clone(), 0..STATES.len()).prop_map(|(of, state)| Step::State(of, state)),
        6 => (of.clone(), btree_set((0..VENUES, 0..FORMS), 1..8)).prop_map(|(of, forms)| Step::Put(of, forms)),
        1 => of.clone().prop_map(Step::EndRestored),
        2 => of.clone().prop_map(Step::Close),
        1 => of.clone().prop_map(Step::EraseFile),
        1 => (of.clone(), 0..VENUES).prop_map(|(of, at)| Step::EraseCanary(of, at)),
        1 => (of.clone(), 0..9u64).prop_map(|(of, n)| Step::Publish(of, n)),
        3 => (of.clone(), vec((0..TAGS, 0..VENUES, 0..FORMS), 0..80)).prop_map(|(of, tags)| Step::Index(of, tags)),
        1 => of.prop_map(Step::EraseDay),
    ]
}

impl Step {
    const fn of(&self) -> i64 {
        match self {
            Self::Make(of)
            | Self::State(of, _)
            | Self::Put(of, _)
            | Self::EndRestored(of)
            | Self::Close(of)
            | Self::EraseFile(of)
            | Self::EraseCanary(of, _)
            | Self::Publish(of, _)
            | Self::Index(of, _)
            | Self::EraseDay(of) => *of,
        }
    }
}

#[derive(Clone, Default)]
struct File {
    rows: BTreeMap<(i64, u64), SealedCheckIn>,
    arrivals: BTreeSet<(i64, u64)>,
    /// Rewritten: it takes nothing.
    closed: bool,
}

#[derive(Default)]
struct Model {
    days: BTreeMap<i64, Day>,
    files: BTreeMap<i64, File>,
    index: BTreeMap<i64, BTreeSet<(u64, CheckInPlace)>>,
    indexed: BTreeMap<i64, u64>,
    published: BTreeMap<i64, PublicErasure>,
}

async fn walk(steps: Vec<Step>) -> Walked {
    let stores = Stores::new().await;
    let mut model = Model::default();
    for (time, step) in (1..).zip(steps) {
        let of = step.of();
        match step {
            Step::Index(..) | Step::EraseDay(_) => indexed(&stores, &mut model, step, later(time)).await?,
            other => done(&stores, &mut model, other, later(time)).await?,
        }
        compare(&stores, &model, of).await?;
    }
    for of in 0..DAYS {
        compare(&stores, &model, of).await?;
    }
    Ok(())
}

async fn done(stores: &Stores, model: &mut Model, step: Step, now: Instant) -> Walked {
    let intake = &stores.intake;
    match step {
        Step::Make(of) => {
            intake.make_day(&prepared(day(of)), now).await.expect("made");
            let ending = |own: &Day| matches!(own.state, DayState::Expiring | DayState::Erased);
            if !model.days.get(&of).is_some_and(ending) {
                model.days.entry(of).or_insert(prepared(day(of)));
                model.files.entry(of).or_default();
            }
        }
        Step::State(of, state) => {
            intake.set_day_state(day(of), STATES[state], now).await.expect("set");
            model.days.entry(of).and_modify(|own| own.state = STATES[state]);
        }
        Step::Put(of, forms) => {
            let rows: Vec<_> = forms.iter().map(|(at, form)| check_in(day(of), *at, *form)).collect();
            let file = model.files.get_mut(&of).filter(|file| !file.closed);
            same!(intake.put_check_ins(&rows, now).await.is_ok(), file.is_some());
            let Some(file) = file else { return Ok(()) };
            for (key, row) in forms.into_iter().zip(rows) {
                if file.rows.insert(key, row).is_none() {
                    file.arrivals.insert(key);
                }
            }
        }
        Step::EndRestored(of) => {
            let arrivals = model.files.get_mut(&of).map(|file| std::mem::take(&mut file.arrivals));
            let ended = arrivals.map_or(0, |arrivals| arrivals.len());
            same!(intake.end_restored_arrivals(day(of)).await.expect("ended"), ended);
        }
        Step::Close(of) => {
            let held = model.files.get(&of).map(|file| file.rows.len() as u64);
            same!(intake.close_day(day(of), now).await.ok(), held);
            let Some(held) = held else { return Ok(()) };
            model.files.entry(of).and_modify(|file| (file.closed, file.arrivals) = (true, BTreeSet::new()));
            let own = model.days.get_mut(&of);
            if let Some(own) = own.filter(|own| matches!(own.state, DayState::Open | DayState::Closed)) {
                (own.state, own.check_ins) = (DayState::Closed, held);
            }
        }
        Step::EraseFile(of) => {
            let held = model.files.remove(&of).map_or(0, |file| file.rows.len() as u64);
            let counted = if held > 0 { held } else { model.days.get(&of).map_or(0, |own| own.check_ins) };
            same!(intake.erase_day_file(day(of)).await.expect("erased"), counted);
        }
        Step::EraseCanary(of, at) => {
            intake.erase_canary(day(of), venue(at)).await.expect("erased");
            if let Some(file) = model.files.get_mut(&of).filter(|file| !file.closed) {
                file.rows.retain(|(own, _), _| *own != at);
                file.arrivals.retain(|(own, _)| *own != at);
            }
        }
        Step::Publish(of, n) => {
            let erased = Erased { check_ins: n, index_rows: n + 1, outbox_rows: n + 2 };
            let own = PublicErasure { day: day(of), erased_at: now, erased, verified: n % 2 == 0 };
            intake.publish_erasure(&own).await.expect("published");
            model.published.entry(of).or_insert(own);
            model.days.entry(of).and_modify(|own| own.state = DayState::Erased);
        }
        Step::Index(..) | Step::EraseDay(_) => {}
    }
    Ok(())
}

async fn indexed(stores: &Stores, model: &mut Model, step: Step, now: Instant) -> Walked {
    match step {
        Step::Index(of, tags) => {
            let tags: Vec<_> =
                tags.iter().map(|(tag, at, form)| (*tag, check_in(day(of), *at, *form).place)).collect();
            let rows: Vec<_> = tags.iter().map(|(tag, place)| (sixteen(*tag), *place)).collect();
            stores.office.write_index(day(of), &rows, now).await.expect("written");
            model.indexed.insert(of, tags.len() as u64);
            model.index.insert(of, tags.into_iter().collect());
        }
        Step::EraseDay(of) => {
            let erased = stores.office.erase_day(day(of)).await.expect("erased");
            let index_rows = model.indexed.remove(&of).unwrap_or(0);
            same!(erased, Erased { check_ins: 0, index_rows, outbox_rows: 0 });
            model.index.remove(&of);
        }
        _ => {}
    }
    Ok(())
}

/// What is said of all days, and everything about this one.
async fn compare(stores: &Stores, model: &Model, of: i64) -> Walked {
    let (intake, office) = (&stores.intake, &stores.office);
    let there = model.days.values().filter(|own| own.state != DayState::Erased);
    let there: Vec<_> = there.collect();
    same!(intake.days().await.expect("listed"), there);
    let rows = |of: i64| model.files.get(&of).map_or(0, |file| file.rows.len() as u64);
    let counted = model.days.iter().filter(|(_, own)| own.state != DayState::Erased);
    let counted: Vec<_> = counted.map(|(of, own)| (own.day, own.state, rows(*of))).collect();
    same!(intake.counted_days().await.expect("counted"), counted);
    same!(intake.erasures(100).await.expect("listed"), model.published.values().rev().collect::<Vec<_>>());
    same!(intake.day(day(of)).await.expect("read"), model.days.get(&of));
    same!(intake.day_file_is_gone(day(of)).await.expect("looked"), !model.files.contains_key(&of));
    let file = model.files.get(&of).cloned().unwrap_or_default();
    same!(intake.count_arrivals(day(of)).await.expect("counted"), file.arrivals.len());
    let all: Vec<_> = file.rows.values().cloned().collect();
    for at in [None, Some(1)] {
        let own: Vec<_> =
            all.iter().filter(|row| at.is_none_or(|at| row.place.venue == venue(at))).cloned().collect();
        let mut pages = intake.check_in_pages(day(of), at.map(venue), 5).await.expect("opened");
        let mut read = Vec::new();
        while let Some(page) = pages.page().await.expect("read") {
            proptest::prop_assert!(page.len() <= 5);
            read.extend(page);
        }
        same!(pages.unsound(), 0);
        same!(sorted(&read), sorted(&own));
    }
    let mut readings = intake.day_readings();
    // Together with others, then alone, and where they have more than was asked for.
    for (at, ahead) in [(1, Some(9)), (0, None), (1, None), (0, Some(1)), (1, Some(0))] {
        if let Some(most) = ahead {
            let venues = [venue(2), venue(0), venue(1)];
            readings.read_ahead(day(of), &venues, most).await.expect("read");
        }
        let own: Vec<_> = all.iter().filter(|row| row.place.venue == venue(at)).cloned().collect();
        let mut pages = readings.pages_at(day(of), venue(at), 2).await.expect("opened");
        let mut read = Vec::new();
        while let Some(page) = pages.page().await.expect("read") {
            read.extend(page);
        }
        same!(sorted(&read), sorted(&own));
        same!(pages.unsound(), 0);
        readings.give_back(pages);
    }
    readings.let_go().await.expect("let go");
    let of_one = all.iter().filter(|row| row.place.venue == venue(1)).count();
    same!(intake.count_check_ins_at(day(of), venue(1)).await.expect("counted"), of_one);
    same!(office.is_indexed(day(of)).await.expect("asked"), model.indexed.contains_key(&of));
    for tag in 0..TAGS {
        let mut places = office.places_of(day(of), &[sixteen(tag)]).await.expect("read");
        let mut places = places.remove(&sixteen(tag)).unwrap_or_default();
        places.sort();
        let index = model.index.get(&of);
        let mut own: Vec<_> = index.into_iter().flatten().filter(|(known, _)| *known == tag).collect();
        own.sort();
        same!(places, own.iter().map(|(_, place)| *place).collect::<Vec<_>>());
    }

    Ok(())
}

/// Days are made, filled, closed, indexed and erased in whatever order; pages have each row once.
#[test]
fn days_are_what_a_plain_model_says() {
    walked(step(), walk);
}
