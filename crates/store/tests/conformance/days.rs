//! Service days: prepared, open, closed; each in its own place, and the same before and after closing.

use domain::check_in::CheckInPlace;
use domain::id::VenueId;
use proptest::prelude::*;
use store::check_ins::SealedCheckIn;
use store::days::DayState;

use crate::samples::{NOW, check_in, day, later, nonce, prepared, sorted, store_all, venue};
use crate::stores::{Raw, Stores};

/// A day is prepared once: its key is never replaced, for what was sealed to it must open.
#[tokio::test]
async fn a_prepared_day_keeps_its_key() {
    let stores = Stores::with_days([day(1), day(0)]).await;
    store_all(&stores.intake, [check_in(day(0), 1, 1)]).await;
    let other = store::days::Day { public_key: vec![1; 32], ..prepared(day(0)) };
    stores.intake.make_day(&other, later(5)).await.unwrap();
    let found = stores.intake.day(day(0)).await.unwrap().unwrap();
    assert_eq!((found.public_key, found.signature), (vec![7; 32], vec![9; 64]));
    assert_eq!((found.suite, found.state, found.check_ins), (0x0020_0001_0003, DayState::Open, 0));
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), 1);
    assert!(stores.intake.day(day(2)).await.unwrap().is_none());
    let days: Vec<_> = stores.intake.days().await.unwrap().iter().map(|found| found.day).collect();
    assert_eq!(days, [day(0), day(1)]);
}

/// A crash while a day was being made leaves a half-made file; making it again gives a whole day.
#[tokio::test]
async fn a_half_made_day_is_made_anew() {
    let stores = Stores::new().await;
    stores.leave_half_made(day(0), "making");
    assert!(stores.intake.check_ins(day(0), None).await.unwrap().is_empty());
    stores.intake.make_day(&prepared(day(0)), NOW).await.unwrap();
    store_all(&stores.intake, [check_in(day(0), 1, 1)]).await;
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), 1);
}

/// Closing counts, keeps every row and ends the confirmations; doing it again changes nothing.
#[tokio::test]
async fn closing_is_done_again_without_harm() {
    let stores = Stores::with_days([day(0), day(1)]).await;
    let rows: Vec<_> = (0..300).map(|form| check_in(day(0), form as i64 % 7, form)).collect();
    store_all(&stores.intake, rows.clone()).await;
    store_all(&stores.intake, [check_in(day(1), 1, 1)]).await;
    for time in 0..3 {
        assert_eq!(stores.intake.close_day(day(0), later(time)).await.unwrap(), 300);
        assert_eq!(sorted(&stores.intake.check_ins(day(0), None).await.unwrap()), sorted(&rows));
        assert!(stores.intake.arrivals(day(0), 1_000, 0).await.unwrap().is_empty());
        assert_eq!(stores.intake.count_arrivals(day(0)).await.unwrap(), 0);
        stores.intake.end_arrivals(day(0), &[rows[0].place]).await.unwrap();
        let found = stores.intake.day(day(0)).await.unwrap().unwrap();
        assert_eq!((found.state, found.check_ins), (DayState::Closed, 300));
    }
    assert_eq!(stores.intake.count_arrivals(day(1)).await.unwrap(), 1, "the next day is untouched");
    assert_eq!(stores.intake.day(day(1)).await.unwrap().unwrap().state, DayState::Open);
}

/// A crash between the steps of closing: whatever it left, the day is whole before and after the redo.
#[tokio::test]
async fn closing_is_finished_after_a_crash() {
    let stores = Stores::with_days([day(0)]).await;
    let rows: Vec<_> = (0..50).map(|form| check_in(day(0), 1, form)).collect();
    store_all(&stores.intake, rows.clone()).await;

    // Before the rename: a copy half written, or written whole, with its journal.
    stores.leave_half_made(day(0), "closing");
    assert_eq!(sorted(&stores.intake.check_ins(day(0), None).await.unwrap()), sorted(&rows));
    assert_eq!(stores.intake.close_day(day(0), NOW).await.unwrap(), 50);

    // After the rename, before the day's row says so.
    stores.intake.set_day_state(day(0), DayState::Open, NOW).await.unwrap();
    stores.leave_half_made(day(0), "closing");
    assert_eq!(stores.intake.close_day(day(0), NOW).await.unwrap(), 50);
    assert_eq!(sorted(&stores.intake.check_ins(day(0), None).await.unwrap()), sorted(&rows));
    assert_eq!(stores.intake.day(day(0)).await.unwrap().unwrap().state, DayState::Closed);
    let left = stores.files_of_day(day(0));
    assert_eq!(left, [stores.file(Raw::Day(day(0)))], "nothing half-made stays behind");
}

/// A closed day never changes again, by no reader and no late row: a backup copies it once.
#[tokio::test]
async fn a_closed_day_never_changes_again() {
    let stores = Stores::with_days([day(0)]).await;
    let (queue, _writer) =
        store::check_ins::CheckInQueue::start(&stores.intake, domain::clock::Clock::set_to(NOW));
    queue.put(check_in(day(0), 1, 1)).await.unwrap();
    stores.intake.close_day(day(0), NOW).await.unwrap();
    let closed = stores.content(day(0));

    // The writer still holds the day as it was before; a row that it took would be lost.
    queue.put(check_in(day(0), 1, 1)).await.unwrap_err();
    queue.put(check_in(day(0), 1, 2)).await.unwrap_err();
    let (late, _other) =
        store::check_ins::CheckInQueue::start(&stores.intake, domain::clock::Clock::set_to(NOW));
    late.put(check_in(day(0), 1, 3)).await.unwrap_err();
    assert_eq!(stores.intake.check_ins(day(0), None).await.unwrap().len(), 1);
    stores.intake.check_ins(day(0), Some(venue(1))).await.unwrap();
    stores.intake.count_check_ins(day(0)).await.unwrap();
    stores.intake.end_arrivals(day(0), &[check_in(day(0), 1, 1).place]).await.unwrap();
    assert!(stores.content(day(0)) == closed, "the closed day has changed");
}

/// What isn't there can't be closed, and closing brings back no day that is being erased.
#[tokio::test]
async fn closing_makes_no_day_and_brings_none_back() {
    let stores = Stores::with_days([day(0)]).await;
    stores.intake.close_day(day(1), NOW).await.unwrap_err();
    assert!(stores.intake.day(day(1)).await.unwrap().is_none() && stores.files_of_day(day(1)).is_empty());
    stores.intake.set_day_state(day(0), DayState::Expiring, NOW).await.unwrap();
    let _ = stores.intake.close_day(day(0), NOW).await;
    assert_eq!(stores.intake.day(day(0)).await.unwrap().unwrap().state, DayState::Expiring);
}

/// Confirmations are read a page at a time, past those whose mail server asked to come back later.
#[tokio::test]
async fn arrivals_are_read_past_the_ones_to_be_skipped() {
    let stores = Stores::with_days([day(0)]).await;
    store_all(&stores.intake, (0..20).map(|form| check_in(day(0), 1, form))).await;
    let read = async |limit, skip| {
        let rows = stores.intake.arrivals(day(0), limit, skip).await.unwrap();
        rows.iter().map(|row| row.place.nonce).collect::<Vec<_>>()
    };
    let nonces = |forms: std::ops::Range<u64>| forms.map(nonce).collect::<Vec<_>>();
    assert_eq!(read(5, 0).await, nonces(0..5), "the oldest first");
    assert_eq!(read(5, 5).await, nonces(5..10));
    assert_eq!(read(100, 18).await, nonces(18..20));
    assert_eq!(read(100, 20).await, []);
    let ended: Vec<_> = (0..6).map(|form| check_in(day(0), 1, form).place).collect();
    stores.intake.end_arrivals(day(0), &ended).await.unwrap();
    stores.intake.end_arrivals(day(0), &ended).await.unwrap();
    assert_eq!(read(4, 2).await, nonces(8..12));
    assert_eq!(stores.intake.count_arrivals(day(0)).await.unwrap(), 14);
    assert_eq!(
        stores.intake.count_check_ins(day(0)).await.unwrap(),
        20,
        "a check-in outlives its confirmation"
    );
    stores.intake.end_arrivals(day(3), &ended).await.unwrap();
}

/// Whatever number ends together: these and no others.
#[tokio::test]
async fn arrivals_end_together_and_no_others() {
    let stores = Stores::with_days([day(0)]).await;
    store_all(&stores.intake, (0..150).map(|form| check_in(day(0), i64::from(form % 3 == 0), form))).await;
    let ends = |form: &u64| form % 2 == 1 || *form > 120;
    let ended: Vec<_> =
        (0..150).filter(ends).map(|form| check_in(day(0), i64::from(form % 3 == 0), form).place).collect();
    // A row of another place with the same moment and nonce is another's.
    let others = ended.iter().map(|place| CheckInPlace { venue: venue(7), ..*place });
    let asked: Vec<_> = ended.iter().copied().chain(others).collect();
    stores.intake.end_arrivals(day(0), &asked).await.unwrap();
    let left = stores.intake.arrivals(day(0), 1000, 0).await.unwrap();
    let left: Vec<_> = left.iter().map(|row| row.place.nonce).collect();
    assert_eq!(left, (0..150).filter(|form| !ends(form)).map(nonce).collect::<Vec<_>>());
    stores.intake.end_arrivals(day(0), &[]).await.unwrap();
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), 150);
}

/// After a restore nobody is confirmed again, whatever form is sent once more.
#[tokio::test]
async fn arrivals_that_were_restored_end_once_for_all() {
    let stores = Stores::with_days([day(0)]).await;
    let forms = || (0..5).map(|form| check_in(day(0), 1, form));
    store_all(&stores.intake, forms()).await;
    stores.intake.end_arrivals(day(0), &[check_in(day(0), 1, 0).place]).await.unwrap();
    assert_eq!(stores.intake.end_restored_arrivals(day(0)).await.unwrap(), 4);
    store_all(&stores.intake, forms().chain([check_in(day(0), 1, 9)])).await;
    assert_eq!(stores.intake.count_arrivals(day(0)).await.unwrap(), 1, "who is new is confirmed");
    assert_eq!(stores.intake.end_restored_arrivals(day(0)).await.unwrap(), 1);
}

/// A generated crowd: place, moment and day of each.
fn crowd() -> impl Strategy<Value = Vec<(i64, i64, u64)>> {
    proptest::collection::vec((0..3i64, 0..6i64, 0..86_400u64), 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    /// OSK-16: who was at a venue on a day is exactly who was there, on the open day and on the closed one.
    #[test]
    fn who_was_there_is_what_brute_force_finds(crowd in crowd(), page in 1..40u32) {
        let rows: Vec<SealedCheckIn> = (0..).zip(crowd).map(|(form, (on, at_venue, second))| {
            let row = check_in(day(on), at_venue, form);
            SealedCheckIn { place: CheckInPlace { at: later(second), ..row.place }, ..row }
        }).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let stores = Stores::with_days((0..3).map(day)).await;
            store_all(&stores.intake, rows.clone()).await;
            for close in [false, true] {
                for on in (0..3).map(day) {
                    if close {
                        stores.intake.close_day(on, NOW).await.expect("closed");
                    }
                    for at_venue in (0..7).map(venue).map(Some).chain([None]) {
                        let found = stores.intake.check_ins(on, at_venue).await.expect("read");
                        prop_assert_eq!(sorted(&found), there(&rows, on, at_venue));
                        let paged = paged(&stores.intake, on, at_venue, page).await;
                        prop_assert_eq!(sorted(&paged), there(&rows, on, at_venue));
                    }
                    let count = stores.intake.count_check_ins(on).await.expect("counted");
                    prop_assert_eq!(count, there(&rows, on, None).len() as u64);
                }
            }
            Ok(())
        })?;
    }
}

/// Reads a day in pages of this size, none of which is larger, empty, or asked for after the last.
async fn paged(
    intake: &store::Intake,
    on: domain::service_day::ServiceDay,
    at: Option<VenueId>,
    size: u32,
) -> Vec<SealedCheckIn> {
    let mut pages = intake.check_in_pages(on, at, size).await.expect("begun");
    let mut all = Vec::new();
    while let Some(page) = pages.page().await.expect("read") {
        assert!(!page.is_empty() && page.len() <= size as usize);
        all.extend(page);
    }
    assert!(pages.page().await.expect("read").is_none());
    all
}

fn there(
    rows: &[SealedCheckIn],
    on: domain::service_day::ServiceDay,
    at: Option<VenueId>,
) -> Vec<(CheckInPlace, Vec<u8>)> {
    let rows: Vec<_> = rows
        .iter()
        .filter(|row| row.place.day == on && at.is_none_or(|at| row.place.venue == at))
        .cloned()
        .collect();
    sorted(&rows)
}
