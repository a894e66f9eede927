//! A day of check-ins against a plain model: maps in memory, whatever comes in whatever order.
//!
//! The nonce of a form is the identity of a check-in. Reloads, double taps and repeated batches seal the
//! contact anew and come at another instant; the first stands, and is confirmed once.

use std::collections::{BTreeMap, BTreeSet};

use domain::check_in::CheckInPlace;
use domain::clock::Clock;
use proptest::collection::vec;
use proptest::prelude::*;
use store::check_ins::{CheckInQueue, SealedCheckIn};

use crate::samples::{NOW, check_in, day, later, put_together, sorted, store_all, venue};
use crate::stores::Stores;

/// Days 0 to 2 are prepared, day 3 is not.
const DAYS: i64 = 4;
const VENUES: i64 = 3;
const FORMS: u64 = 60;

type Key = (i64, i64, u64);

#[derive(Clone, Debug)]
enum Step {
    Put(Vec<Key>),
    EndArrivals(i64, BTreeSet<u64>),
    Close(i64),
    Erase(i64),
    Restart,
}

#[derive(Default)]
struct Model {
    rows: BTreeMap<Key, SealedCheckIn>,
    arrivals: BTreeSet<Key>,
    shut: BTreeSet<i64>,
}

impl Model {
    fn takes(&self, day: i64) -> bool {
        day < DAYS - 1 && !self.shut.contains(&day)
    }

    fn put(&mut self, key: Key, row: &SealedCheckIn) -> bool {
        if self.takes(key.0) && !self.rows.contains_key(&key) {
            self.rows.insert(key, row.clone());
            self.arrivals.insert(key);
        }
        self.takes(key.0)
    }

    fn of(&self, keys: impl Iterator<Item = Key>) -> Vec<(CheckInPlace, Vec<u8>)> {
        sorted(&keys.map(|key| self.rows[&key].clone()).collect::<Vec<_>>())
    }
}

fn step() -> impl Strategy<Value = Step> {
    let key = (0..DAYS, 0..VENUES, 0..FORMS);
    let forms = proptest::collection::btree_set(0..FORMS, 0..40);
    prop_oneof![
        6 => vec(key.clone(), 1..12).prop_map(Step::Put),
        3 => vec(key, 100..300).prop_map(Step::Put),
        4 => (0..DAYS, forms).prop_map(|(day, forms)| Step::EndArrivals(day, forms)),
        2 => (0..DAYS - 1).prop_map(Step::Close),
        1 => (0..DAYS).prop_map(Step::Erase),
        1 => Just(Step::Restart),
    ]
}

/// Sealed anew and a second later each time that the form is sent.
fn sent(key: Key, time: u64) -> SealedCheckIn {
    let row = check_in(day(key.0), key.1, key.2);
    let place = CheckInPlace { at: later(time), ..row.place };
    SealedCheckIn { place, sealed: [row.sealed, time.to_be_bytes().to_vec()].concat() }
}

async fn walk(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let stores = Stores::with_days((0..DAYS - 1).map(day)).await;
    let mut model = Model::default();
    let (mut queue, _writer) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    for (time, step) in (0..).zip(steps) {
        match step {
            Step::Put(keys) => {
                let rows: Vec<_> = keys.iter().map(|key| sent(*key, time)).collect();
                let answers = put_together(&queue, rows.clone()).await;
                for ((key, row), answer) in keys.iter().zip(&rows).zip(answers) {
                    prop_assert_eq!(answer.is_ok(), model.put(*key, row), "{:?}: {:?}", key, answer);
                }
            }
            Step::EndArrivals(of, forms) => {
                let keys = forms.iter().flat_map(|form| (0..VENUES).map(move |at| (of, at, *form)));
                // As they were read, for the instant is the first's that was stored.
                let places: Vec<_> = keys
                    .clone()
                    .map(|key| model.rows.get(&key).map_or_else(|| sent(key, 0).place, |row| row.place))
                    .collect();
                stores.intake.end_arrivals(day(of), &places).await.expect("arrivals end");
                keys.for_each(|key| _ = model.arrivals.remove(&key));
            }
            Step::Close(of) => {
                let erased = stores.intake.day_file_is_gone(day(of)).await.expect("looked");
                let counted = stores.intake.close_day(day(of), NOW).await;
                let held = model.rows.keys().filter(|key| key.0 == of).count() as u64;
                prop_assert_eq!(counted.ok(), (!erased).then_some(held));
                model.arrivals.retain(|key| key.0 != of);
                model.shut.insert(of);
            }
            Step::Erase(of) => {
                stores.intake.erase_day_file(day(of)).await.expect("erased");
                prop_assert!(stores.intake.day_file_is_gone(day(of)).await.expect("looked"));
                model.rows.retain(|key, _| key.0 != of);
                model.arrivals.retain(|key| key.0 != of);
                model.shut.insert(of);
            }
            Step::Restart => queue = CheckInQueue::start(&stores.intake, Clock::set_to(NOW)).0,
        }
        compare(&stores, &model).await?;
    }
    for (of, at) in (0..DAYS).flat_map(|of| (0..VENUES).map(move |at| (of, at))) {
        let there = stores.intake.check_ins(day(of), Some(venue(at))).await.expect("read");
        let expected = model.of(model.rows.keys().copied().filter(|key| (key.0, key.1) == (of, at)));
        prop_assert_eq!(sorted(&there), expected);
    }
    Ok(())
}

async fn compare(stores: &Stores, model: &Model) -> Result<(), TestCaseError> {
    let intake = &stores.intake;
    for of in 0..DAYS {
        let all = intake.check_ins(day(of), None).await.expect("read");
        prop_assert_eq!(sorted(&all), model.of(model.rows.keys().copied().filter(|key| key.0 == of)));
        prop_assert_eq!(intake.count_check_ins(day(of)).await.expect("counted"), all.len() as u64);
        let arrivals = intake.arrivals(day(of), 10_000, 0).await.expect("read");
        prop_assert_eq!(
            sorted(&arrivals),
            model.of(model.arrivals.iter().copied().filter(|key| key.0 == of))
        );
        prop_assert_eq!(intake.count_arrivals(day(of)).await.expect("counted"), arrivals.len() as u64);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// One form is one row and one confirmation, over reloads within a batch, over batches, after its
    /// confirmation was sent, over restarts; a closed or erased day takes nothing and says so (OSK-5, OSK-22).
    #[test]
    fn the_store_does_what_a_map_does(steps in vec(step(), 1..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(walk(steps))?;
    }
}

/// The reload that everyone makes, step by step, so that a failure here is read at once.
#[tokio::test]
async fn a_reload_is_the_same_row_and_one_confirmation() {
    let stores = Stores::with_days([day(0)]).await;
    let key = (0, 1, 7);
    store_all(&stores.intake, [sent(key, 0), sent(key, 1), sent(key, 2)]).await;
    store_all(&stores.intake, [sent((0, 1, 8), 3), sent(key, 3)]).await;
    let stored = stores.intake.check_ins(day(0), None).await.unwrap();
    assert_eq!(sorted(&stored), sorted(&[sent(key, 0), sent((0, 1, 8), 3)]), "the first stands");
    assert_eq!(stores.intake.count_arrivals(day(0)).await.unwrap(), 2);

    stores.intake.end_arrivals(day(0), &[sent(key, 0).place]).await.unwrap();
    store_all(&stores.intake, [sent(key, 4)]).await;
    let waiting = stores.intake.arrivals(day(0), 10, 0).await.unwrap();
    assert_eq!(
        sorted(&waiting),
        sorted(&[sent((0, 1, 8), 3)]),
        "a confirmation that was sent isn't sent anew"
    );
}
