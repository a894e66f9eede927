//! One-time codes: good once, for one report, until their time (OSK-25, REQUIREMENTS section 11, D3).

use domain::id::CaseId;
use store::reports::{CodeCounts, Report, Reported};

use crate::samples::{case_id, later};
use crate::stores::Stores;

fn report(n: u64, at: u64) -> Report {
    Report { id: case_id(n), reported_at: later(at), sealed: format!("sealed report {n}").into_bytes() }
}

async fn with_codes(codes: &[&[u8]]) -> Stores {
    let stores = Stores::new().await;
    for code in codes {
        stores.intake.add_code(code, later(0), later(100)).await.unwrap();
    }
    stores
}

async fn waiting(stores: &Stores) -> Vec<CaseId> {
    stores.intake.waiting_reports().await.unwrap().iter().map(|report| report.id).collect()
}

/// Many at once with one code: exactly one is stored, and the others are told what a wrong code is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_one_report_however_many_try() {
    let stores = with_codes(&[b"one", b"two"]).await;
    for (code, first) in [(b"one", 0), (b"two", 100)] {
        let tries: Vec<_> = (0..10)
            .map(|n| {
                let intake = stores.intake.clone();
                tokio::spawn(async move { intake.put_report(&report(first + n, 1), code).await.unwrap() })
            })
            .collect();
        let mut stored = 0;
        for one in tries {
            stored += usize::from(one.await.unwrap() == Reported::Stored);
        }
        assert_eq!(stored, 1);
    }
    assert_eq!(waiting(&stores).await.len(), 2);
}

/// Used, expired and unknown are one answer, and each is good or not to the microsecond.
#[tokio::test]
async fn a_code_that_is_not_good_stores_nothing() {
    let stores = with_codes(&[b"one", b"two"]).await;
    let put = async |n, at, code: &[u8]| stores.intake.put_report(&report(n, at), code).await.unwrap();
    assert_eq!(put(1, 1, b"three").await, Reported::CodeNotGood);
    assert_eq!(put(1, 100, b"one").await, Reported::CodeNotGood, "it is good until then, not at it");
    assert_eq!(put(1, 99, b"one").await, Reported::Stored);
    assert_eq!(put(2, 99, b"one").await, Reported::CodeNotGood);
    assert_eq!(put(1, 99, b"two").await, Reported::CodeNotGood, "a report's own number is taken once");
    assert!(stores.intake.has_report(case_id(1)).await.unwrap());
    assert!(!stores.intake.has_report(case_id(2)).await.unwrap());
    let good = async |code: &[u8], at| stores.intake.code_is_good(code, later(at)).await.unwrap();
    assert!(!good(b"one", 1).await && !good(b"three", 1).await && !good(b"two", 100).await);
    assert!(good(b"two", 99).await);
    assert_eq!(waiting(&stores).await, [case_id(1)]);
}

/// A report waits until the worker has taken it over; then nothing of it is left on any page of any
/// file, and its code stays used.
#[tokio::test]
async fn a_report_that_was_taken_over_is_emptied() {
    let stores = with_codes(&[b"one", b"two"]).await;
    stores.intake.put_report(&report(2, 20), b"two").await.unwrap();
    stores.intake.put_report(&report(1, 10), b"one").await.unwrap();
    assert_eq!(waiting(&stores).await, [case_id(1), case_id(2)], "the oldest first");
    let reports = stores.intake.waiting_reports().await.unwrap();
    assert_eq!(
        (reports[0].reported_at, reports[0].sealed.as_slice()),
        (later(10), b"sealed report 1".as_slice())
    );
    assert!(!stores.files_holding(b"sealed report 1").is_empty());

    for _ in 0..2 {
        stores.intake.empty_report(case_id(1)).await.unwrap();
        assert_eq!(waiting(&stores).await, [case_id(2)]);
        assert_eq!(stores.intake.put_report(&report(3, 20), b"one").await.unwrap(), Reported::CodeNotGood);
    }
    stores.intake.checkpoint().await.unwrap();
    assert_eq!(stores.files_holding(b"sealed report 1"), Vec::<std::path::PathBuf>::new());
    assert!(!stores.files_holding(b"sealed report 2").is_empty());
}

/// Issued, used and still good are counted; a code is issued once.
#[tokio::test]
async fn codes_are_counted() {
    let stores = with_codes(&[b"one", b"two", b"three"]).await;
    assert!(stores.intake.add_code(b"one", later(5), later(500)).await.unwrap_err().is_duplicate());
    stores.intake.add_code(b"four", later(0), later(10)).await.unwrap();
    stores.intake.put_report(&report(1, 1), b"one").await.unwrap();
    stores.intake.empty_report(case_id(1)).await.unwrap();
    let count = async |at| stores.intake.count_codes(later(at)).await.unwrap();
    assert_eq!(count(9).await, CodeCounts { issued: 4, used: 1, good: 3 });
    assert_eq!(count(10).await, CodeCounts { issued: 4, used: 1, good: 2 });
    assert_eq!(count(100).await, CodeCounts { issued: 4, used: 1, good: 0 });
}

/// Erasing old codes makes no used code good again, and takes no report that still waits.
#[tokio::test]
async fn erasing_codes_makes_none_good_again() {
    let stores = with_codes(&[b"used", b"waits"]).await;
    stores.intake.add_code(b"long", later(0), later(1_000)).await.unwrap();
    for (n, code) in [(1, b"used".as_slice()), (2, b"waits"), (3, b"long")] {
        assert_eq!(stores.intake.put_report(&report(n, 5), code).await.unwrap(), Reported::Stored);
    }
    for n in [1, 3] {
        stores.intake.empty_report(case_id(n)).await.unwrap();
    }
    stores.intake.erase_codes(later(50)).await.unwrap();
    assert_eq!(
        stores.intake.count_codes(later(50)).await.unwrap(),
        CodeCounts { issued: 3, used: 3, good: 0 }
    );
    for code in [b"used".as_slice(), b"waits", b"long"] {
        assert!(!stores.intake.code_is_good(code, later(50)).await.unwrap());
        let again = stores.intake.put_report(&report(9, 50), code).await.unwrap();
        assert_eq!(again, Reported::CodeNotGood);
    }
    stores.intake.erase_codes(later(101)).await.unwrap();
    let left = stores.intake.count_codes(later(101)).await.unwrap();
    assert_eq!(left, CodeCounts { issued: 1, used: 2, good: 0 }, "the long one, and the report that waits");
    assert_eq!(waiting(&stores).await, [case_id(2)]);
    stores.intake.empty_report(case_id(2)).await.unwrap();
    stores.intake.erase_codes(later(1_001)).await.unwrap();
    let left = stores.intake.count_codes(later(1_001)).await.unwrap();
    assert_eq!(left, CodeCounts { issued: 0, used: 0, good: 0 }, "nothing is kept for ever");
}
