//! An acknowledged check-in is there; a refused one is not; none is anywhere else.

use domain::check_in::CheckInPlace;
use domain::clock::Clock;
use domain::service_day::Calendar;
use store::StoreError;
use store::check_ins::{CheckInQueue, SealedCheckIn};

use crate::samples::{NOW, check_in, day, later, nonce, put_together, sorted, store_all, venue};
use crate::stores::{Stores, in_open_order};

/// DESIGN section 6: each is answered only after the flush, so another process reads it at once, and its
/// confirmation waits with it (architecture invariant 2, OSK-5).
#[tokio::test]
async fn what_was_acknowledged_is_read_by_whoever_opens_next() {
    let stores = Stores::with_days([day(0)]).await;
    let (queue, _writer) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    for form in 0..5 {
        let row = check_in(day(0), 1, form);
        queue.put(row.clone()).await.unwrap();
        let (intake, _) = stores.reopened().await;
        let stored = intake.check_ins(day(0), Some(venue(1))).await.unwrap();
        assert!(sorted(&stored).contains(&(row.place, row.sealed.clone())), "{form}");
        let waiting = intake.arrivals(day(0), 100, 0).await.unwrap();
        assert!(sorted(&waiting).contains(&(row.place, row.sealed)), "{form}");
    }
}

/// A group of any size is stored whole: statements for 128, 64, … 1 rows are put together from it.
#[tokio::test]
async fn groups_of_every_size_are_stored_whole() {
    let sizes = [1, 2, 3, 5, 7, 8, 31, 63, 64, 65, 100, 127, 128, 129, 191, 255, 256, 257, 299, 300];
    let stores = Stores::with_days([day(0)]).await;
    let (queue, _writer) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    let (mut form, mut all) = (0, Vec::new());
    for size in sizes {
        let rows: Vec<_> = (0..size).map(|n| check_in(day(0), n % 3, form + n as u64)).collect();
        form += size as u64;
        all.extend(rows.clone());
        assert!(put_together(&queue, rows).await.iter().all(Result::is_ok), "{size}");
        assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), form, "{size}");
        assert_eq!(stores.intake.count_arrivals(day(0)).await.unwrap(), form, "{size}");
    }
    assert_eq!(sorted(&stores.intake.check_ins(day(0), None).await.unwrap()), sorted(&all));
}

/// A queue that is full says so at once, and stores everything but what it refused (503, DESIGN section 6).
#[tokio::test]
async fn a_full_queue_refuses_and_the_refused_are_absent() {
    const QUEUE: usize = 8_192;
    let stores = Stores::with_days([day(0)]).await;
    let (queue, writer) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    let rows: Vec<_> = (0..QUEUE as u64 + 10).map(|form| check_in(day(0), 1, form)).collect();
    let answers = put_together(&queue, rows.clone()).await;
    assert!(answers[..QUEUE].iter().all(Result::is_ok));
    assert!(answers[QUEUE..].iter().all(|answer| matches!(answer, Err(StoreError::Full))));
    let stored = stores.intake.check_ins(day(0), None).await.unwrap();
    assert_eq!(sorted(&stored), sorted(&rows[..QUEUE]));

    // There is room again, and whoever was refused may come back.
    queue.put(rows[QUEUE].clone()).await.unwrap();
    drop(queue);
    writer.await.unwrap();
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), QUEUE as u64 + 1);
}

/// No valid day: 503, never plaintext and never another day (DESIGN section 5). Its neighbours in the same
/// group are not held up by it.
#[tokio::test]
async fn a_day_that_is_not_prepared_takes_nothing() {
    let stores = Stores::with_days([day(0), day(2)]).await;
    let (queue, _writer) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    let rows = [check_in(day(0), 1, 1), check_in(day(1), 1, 2), check_in(day(2), 1, 3)];
    let answers = put_together(&queue, rows.clone()).await;
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(&answers[1], Err(StoreError::NoSuchDay(which)) if *which == day(1).to_string()));
    assert!(stores.intake.check_ins(day(1), None).await.unwrap().is_empty());
    assert_eq!(stores.intake.count_check_ins(day(1)).await.unwrap(), 0);
    assert!(stores.files_of_day(day(1)).is_empty(), "refusing makes no file");

    // Once it is prepared, the same queue takes it.
    stores.intake.make_day(&crate::samples::prepared(day(1)), NOW).await.unwrap();
    queue.put(rows[1].clone()).await.unwrap();
    assert_eq!(stores.intake.count_check_ins(day(1)).await.unwrap(), 1);
}

/// A row that waited more than a minute is refused, so that none comes behind the closing of its day.
#[tokio::test]
async fn a_row_that_waited_too_long_is_refused() {
    let stores = Stores::with_days([day(0)]).await;
    let clock = Clock::set_to(later(60));
    let (queue, _writer) = CheckInQueue::start(&stores.intake, clock.clone());
    queue.put(check_in(day(0), 1, 1)).await.unwrap();
    clock.advance(std::time::Duration::from_micros(1));
    let early = SealedCheckIn {
        place: CheckInPlace { at: later(30), ..check_in(day(0), 1, 3).place },
        sealed: b"in time".to_vec(),
    };
    let answers = put_together(&queue, [check_in(day(0), 1, 2), early]).await;
    assert!(matches!(answers[0], Err(StoreError::TooLate)) && answers[1].is_ok());
    let stored: Vec<_> =
        stores.intake.check_ins(day(0), None).await.unwrap().iter().map(|row| row.place.nonce).collect();
    assert_eq!(stored, [nonce(1), nonce(3)].to_vec());
}

/// Stopping gracefully: what is queued when the last sender goes is stored before the writer ends.
#[tokio::test]
async fn the_writer_ends_only_when_everything_is_stored() {
    let stores = Stores::with_days([day(0)]).await;
    let (queue, writer) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    let other = queue.clone();
    let put = tokio::spawn(async move { other.put(check_in(day(0), 1, 1)).await });
    queue.put(check_in(day(0), 1, 2)).await.unwrap();
    drop(queue);
    put.await.unwrap().unwrap();
    writer.await.unwrap();
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), 2);
}

/// REQUIREMENTS section 9, no. 5: a day's last microsecond and the next midnight land in their own days,
/// also when they come in one group and whatever order they come in.
#[tokio::test]
async fn midnight_parts_two_days() {
    let tokyo = Calendar::new("Asia/Tokyo", 0).unwrap();
    let midnight = tokyo.start_of(day(1));
    let micro = std::time::Duration::from_micros(1);
    let moments = [midnight.minus(micro), midnight, midnight.plus(micro)];
    let stores = Stores::with_days([day(0), day(1)]).await;
    for (round, order) in [[0, 1, 2], [2, 1, 0], [1, 0, 2]].into_iter().enumerate() {
        let (queue, _writer) = CheckInQueue::start(&stores.intake, Clock::set_to(moments[2]));
        let rows = order.map(|n| {
            let form = nonce((round * 10 + n) as u64);
            let place =
                CheckInPlace { day: tokyo.day_of(moments[n]), venue: venue(1), at: moments[n], nonce: form };
            SealedCheckIn { place, sealed: vec![n as u8; 64] }
        });
        assert!(put_together(&queue, rows).await.iter().all(Result::is_ok));
    }
    for (which, moments) in [(day(0), &moments[..1]), (day(1), &moments[1..])] {
        let stored = stores.intake.check_ins(which, None).await.unwrap();
        assert_eq!(stored.len(), 3 * moments.len());
        assert!(stored.iter().all(|row| row.place.day == which && moments.contains(&row.place.at)));
    }
}

/// Two writers, as two web nodes or a restart that overlaps: nothing is lost and nothing is doubled.
#[tokio::test(flavor = "multi_thread")]
async fn two_writers_on_one_day_lose_nothing() {
    let stores = Stores::with_days([day(0)]).await;
    let (first, _one) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    let (second, _two) = CheckInQueue::start(&stores.intake, Clock::set_to(NOW));
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            // Every form is sent to both.
            let (queue, form) = (if n % 2 == 0 { first.clone() } else { second.clone() }, n / 2);
            tokio::spawn(async move { queue.put(check_in(day(0), 1, form)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), 100);
    assert_eq!(stores.intake.count_arrivals(day(0)).await.unwrap(), 100);
}

/// Rows come in the order of the open day's key, which each engine has its own of, and of venue and instant once it closed,
/// whatever the order in which they were put: by that order pages go on where the one before ended.
#[tokio::test]
async fn check_ins_are_read_in_the_order_of_their_key() {
    let stores = Stores::with_days([day(0)]).await;
    let rows = (0..60u64).map(|n| {
        let row = check_in(day(0), (n * 7 % 4) as i64, n * 37 % 60);
        SealedCheckIn { place: CheckInPlace { at: later(n), ..row.place }, ..row }
    });
    store_all(&stores.intake, rows).await;
    for closed in [false, true] {
        let read = stores.intake.check_ins(day(0), None).await.unwrap();
        let venues: Vec<_> = read.iter().map(|row| (row.place.venue, row.place.at)).collect();
        assert_eq!((in_open_order(&read), venues.is_sorted(), read.len()), (!closed, closed, 60));
        let one: Vec<_> = stores.intake.check_ins(day(0), Some(venue(2))).await.unwrap();
        assert!(one.iter().all(|row| row.place.venue == venue(2)) && one.len() == 15);
        stores.intake.close_day(day(0), NOW).await.unwrap();
    }
}
