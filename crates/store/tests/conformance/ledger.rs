//! The ledger: one chain, whoever writes; whatever is done to it afterwards is found.

use domain::ledger::{Act, Entry, EntryHash};
use store::ledger::Verified;

use crate::samples::later;
use crate::stores::{Raw, Stores};

fn entry(n: u64) -> Entry {
    Entry {
        at: later(n),
        actor: format!("officer {n}"),
        act: [Act::SignedIn, Act::CaseEntered, Act::NoticeApproved, Act::DayErased][n as usize % 4],
        subject: format!("subject {n}"),
        detail: format!("detail {n}"),
    }
}

async fn with_entries(count: u64) -> (Stores, EntryHash) {
    let stores = Stores::new().await;
    let mut tx = stores.office.begin().await.unwrap();
    for n in 1..=count {
        tx.record(&entry(n)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let head = head(&stores, count).await;
    (stores, head)
}

async fn head(stores: &Stores, count: u64) -> EntryHash {
    match stores.office.verify_ledger().await.unwrap() {
        Verified::Whole { entries, head } if entries == count => head,
        other => panic!("not whole with {count} entries: {other:?}"),
    }
}

/// The chain verifies over more entries than are read at once, and an empty one is whole.
#[tokio::test]
async fn an_untouched_chain_is_whole() {
    let stores = Stores::new().await;
    assert_eq!(head(&stores, 0).await, EntryHash::GENESIS);
    let (stores, head) = with_entries(2_500).await;
    let newest = stores.office.ledger(None, 3).await.unwrap();
    assert_eq!(newest.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [2_500, 2_499, 2_498]);
    assert_eq!(newest[0].hash, head);
    let older = stores.office.ledger(Some(2), 3).await.unwrap();
    let Entry { at, actor, act, subject, detail } = entry(1);
    assert_eq!(older.len(), 1);
    assert_eq!((older[0].at, &older[0].actor, older[0].act.as_str()), (at, &actor, act.as_str()));
    assert_eq!((&older[0].subject, &older[0].detail), (&subject, &detail));
}

/// An act and its entry are one: what was not committed is not recorded (DESIGN section 5).
#[tokio::test]
async fn an_act_that_did_not_happen_is_not_recorded() {
    let (stores, before) = with_entries(3).await;
    let mut tx = stores.office.begin().await.unwrap();
    tx.record(&entry(4)).await.unwrap();
    drop(tx);
    assert_eq!(head(&stores, 3).await, before);
    stores.office.record(&entry(5)).await.unwrap();
    assert_ne!(head(&stores, 4).await, before);
}

/// Every writer appends to one chain, however many there are.
#[tokio::test(flavor = "multi_thread")]
async fn writers_at_once_make_one_chain() {
    let stores = Stores::new().await;
    let mut writers = Vec::new();
    for writer in 0..6u64 {
        let (_, office) = stores.reopened().await;
        writers.push(tokio::spawn(async move {
            for n in 0..10 {
                office.record(&entry(writer * 10 + n)).await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    head(&stores, 60).await;
    let mut subjects: Vec<_> =
        stores.office.ledger(None, 100).await.unwrap().into_iter().map(|entry| entry.subject).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), 60);
}

/// Any column of any row that is changed, and any row that is taken out, put in or moved, is found, and
/// named. A value that can't be there is an error, which is no verification either.
#[tokio::test]
async fn whatever_is_done_to_a_row_is_found() {
    let swap = "update ledger set seq = -1 where seq = 4; update ledger set seq = 4 where seq = 5; \
                update ledger set seq = 5 where seq = -1";
    let copy = "insert into ledger select seq + 5, at, actor, act, subject, detail, prev, hash from ledger where seq = 5";
    for (broken, meddling) in [
        (4, "update ledger set at = at + 1 where seq = 4"),
        (4, "update ledger set actor = 'worker' where seq = 4"),
        (4, "update ledger set act = 'signed_in ' where seq = 4"),
        (4, "update ledger set subject = detail, detail = subject where seq = 4"),
        (1, "update ledger set detail = '' where seq = 1"),
        (9, "update ledger set detail = detail || ' ' where seq = 9"),
        (4, "update ledger set prev = hash where seq = 4"),
        (4, "update ledger set hash = zeroblob(32) where seq = 4"),
        (2, "delete from ledger where seq = 1"),
        (5, "delete from ledger where seq = 4"),
        (5, "delete from ledger where seq = 4; update ledger set seq = seq - 1 where seq = 4"),
        (4, "delete from ledger where seq = 4; update ledger set seq = seq - 1 where seq > 4"),
        (4, swap),
        (10, copy),
        (
            0,
            "insert into ledger select 0, at, actor, act, subject, detail, prev, hash from ledger where seq = 5",
        ),
        (
            -7,
            "insert into ledger select -7, at, actor, act, subject, detail, prev, hash from ledger where seq = 5",
        ),
    ] {
        let (stores, _) = with_entries(9).await;
        stores.meddle(Raw::Office, meddling).await;
        assert_eq!(stores.office.verify_ledger().await.unwrap(), Verified::BrokenAt(broken), "{meddling}");
    }
    let shortened = "update ledger set hash = zeroblob(31) where seq = 4";
    for meddling in std::iter::once(shortened).chain(crate::stores::MISTYPED) {
        let (stores, _) = with_entries(9).await;
        stores.meddle(Raw::Office, meddling).await;
        assert!(stores.office.verify_ledger().await.is_err(), "{meddling}");
    }
}

/// What is cut off the end leaves a chain that is whole and shorter: the head that was printed before
/// tells. That is why it is printed.
#[tokio::test]
async fn a_cut_end_shows_by_the_printed_head() {
    let (stores, printed) = with_entries(9).await;
    stores.meddle(Raw::Office, "delete from ledger where seq > 7").await;
    assert_ne!(head(&stores, 7).await, printed);
}

/// Whoever remembers how far it was verified reads only what follows, and still finds a cut, a change of the
/// remembered entry, and whatever is done after it.
#[tokio::test]
async fn what_follows_is_verified_alone() {
    let (stores, known) = with_entries(5).await;
    let from = async |stores: &Stores| stores.office.verify_ledger_from(5, known).await.unwrap();
    assert_eq!(from(&stores).await, Verified::Whole { entries: 5, head: known });
    for n in 6..=9 {
        stores.office.record(&entry(n)).await.unwrap();
    }
    let whole = stores.office.verify_ledger().await.unwrap();
    assert_eq!(from(&stores).await, whole);
    for (broken, meddling) in [
        (8, "update ledger set detail = '' where seq = 8"),
        (7, "delete from ledger where seq = 6"),
        (5, "update ledger set hash = zeroblob(32) where seq = 5"),
        (5, "delete from ledger where seq > 4"),
    ] {
        stores.meddle(Raw::Office, meddling).await;
        assert_eq!(from(&stores).await, Verified::BrokenAt(broken), "{meddling}");
    }
}
