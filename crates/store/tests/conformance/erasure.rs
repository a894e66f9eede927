//! A day that was erased is gone from every file, and only that day (OSK-30).
//!
//! The key of the day is destroyed before; here it is shown that not even the ciphertexts are left.

use std::path::PathBuf;

use domain::ledger::{Act, Entry};
use domain::notice::{NoticeState, Released};
use domain::service_day::ServiceDay;
use store::days::DayState;
use store::erasure::{Erased, PublicErasure};
use store::matching::CaseVisit;

use crate::samples::{
    NOW, add_cases, case, case_id, check_in, day, finding, later, notice, notice_day, notice_id, notice_in,
    prepared, put_people, sixteen, store_all, venue, visit,
};
use crate::schema::{self, Zone};
use crate::stores::{Raw, Stores};

/// Bytes of which one place in a file is enough to say that a check-in, a tag or a nonce is still there.
struct Planted {
    sealed: Vec<Vec<u8>>,
    nonces: Vec<[u8; 16]>,
    tags: Vec<[u8; 16]>,
}

impl Planted {
    fn files(&self, stores: &Stores) -> Vec<PathBuf> {
        let bytes = self.sealed.iter().map(Vec::as_slice);
        let bytes = bytes.chain(self.nonces.iter().map(<[u8; 16]>::as_slice));
        bytes
            .chain(self.tags.iter().map(<[u8; 16]>::as_slice))
            .flat_map(|b| stores.files_holding(b))
            .collect()
    }
}

/// Everything that the program ever writes of a day: check-ins and confirmations, the tag index, visits,
/// findings, recipients in each state, a notice with its case.
async fn live_through(stores: &Stores, on: ServiceDay, first: u64) -> Planted {
    let forms = first..first + 12;
    store_all(&stores.intake, forms.clone().map(|form| check_in(on, form as i64 % 3, form))).await;
    let tags: Vec<_> =
        forms.clone().map(|form| (sixteen(first << 32 | form), check_in(on, 1, form).place)).collect();
    stores.office.write_index(on, &tags, NOW).await.unwrap();

    let case = case_id(first);
    let id = notice_id(first);
    let mut tx = stores.office.begin().await.unwrap();
    let visit = domain::case::InterviewVisit {
        venue: Some(venue(1)),
        venue_text: "見本食堂".into(),
        day: on,
        stay: None,
    };
    assert!(tx.add_case(&crate::samples::case(first), &[visit]).await.unwrap());
    tx.put_case_visits(&[CaseVisit { case, venue: venue(1), day: on, stay: None }]).await.unwrap();
    let alone = finding(Some(on), Some(1), domain::decision::Outcome::NobodyElse);
    tx.put_findings(&[(case, &alone)], NOW).await.unwrap();
    tx.propose_notice(&notice(first), &[notice_day(1, on)], &[case]).await.unwrap();
    tx.approve(domain::notice::Approved::loaded(id, NOW), "sato", NOW).await.unwrap();
    tx.release(Released::loaded(id), b"wrapped key", NOW).await.unwrap();
    tx.commit().await.unwrap();
    put_people(&stores.office, id, on, forms.clone()).await;
    let lease = domain::id::LeaseId::from_random(sixteen(first));
    let claimed = stores.office.claim(lease, NOW, 10).await.unwrap();
    stores.office.settle_sent(lease, &claimed[..5], NOW).await.unwrap();
    stores.office.settle_failed(lease, &claimed[5], "550").await.unwrap();

    let rows = || forms.clone().map(|form| check_in(on, form as i64 % 3, form));
    Planted {
        sealed: rows().chain(forms.clone().map(|form| check_in(on, 1, form))).map(|row| row.sealed).collect(),
        nonces: rows().map(|row| *row.place.nonce.as_bytes()).collect(),
        tags: tags.iter().map(|(tag, _)| *tag).collect(),
    }
}

/// Every table of the office with a text column that holds this day.
async fn tables_naming(stores: &Stores, on: ServiceDay) -> Vec<&'static str> {
    let mut naming = Vec::new();
    for table in schema::TABLES.iter().filter(|table| table.zone == Zone::Office) {
        for (column, _) in table.columns.iter().filter(|(_, kind)| *kind == "text") {
            let rows = format!("select count(*) from {} where instr({column}, '{on}') > 0", table.name);
            if stores.number(Raw::Office, &rows).await > 0 {
                naming.push(table.name);
            }
        }
    }
    naming.dedup();
    naming
}

/// OSK-30: after the erasure no file holds a byte of the day's check-ins, tags or nonces, and of the
/// office's tables only the notice's own line names the day; the next day has lost nothing; doing it
/// again is no harm.
#[tokio::test]
async fn an_erased_day_is_gone_from_every_file() {
    let (gone, kept) = (day(-3), day(3));
    let stores = Stores::with_days([gone, kept]).await;
    let planted = live_through(&stores, gone, 100).await;
    let others = live_through(&stores, kept, 500).await;
    stores.intake.close_day(gone, NOW).await.unwrap();
    stores.leave_half_made(gone, "closing");
    stores.leave_half_made(gone, "making");
    let holding = planted.files(&stores);
    for file in [Raw::Day(gone), Raw::Index(gone), Raw::Office] {
        let written = holding
            .iter()
            .any(|held| held.to_string_lossy().starts_with(&*stores.file(file).to_string_lossy()));
        assert!(written, "{file:?} doesn't hold what was planted: this test would prove nothing");
    }
    let before = others.files(&stores).len();
    let rows = stores.intake.check_ins(kept, None).await.unwrap();
    let progress = stores.office.progress(notice_id(500)).await.unwrap();
    let expected = ["case_visit", "finding", "indexed_day", "interview_visit", "notice_day", "outbox"];
    let mut naming = tables_naming(&stores, gone).await;
    naming.sort_unstable();
    assert_eq!(naming, expected);

    let erased = stores.office.erase_day(gone).await.unwrap();
    assert_eq!(erased, Erased { check_ins: 0, index_rows: 12, outbox_rows: 12 });
    assert_eq!(stores.intake.erase_day_file(gone).await.unwrap(), 12);
    stores.intake.checkpoint().await.unwrap();
    stores.office.checkpoint().await.unwrap();

    assert_eq!(planted.files(&stores), Vec::<PathBuf>::new());
    assert_eq!(stores.files_of_day(gone), Vec::<PathBuf>::new());
    assert!(stores.intake.day_file_is_gone(gone).await.unwrap());
    assert!(!stores.intake.day_file_is_gone(kept).await.unwrap());
    assert_eq!(tables_naming(&stores, gone).await, ["notice_day"]);
    assert!(stores.office.cases_of_notice(notice_id(100)).await.unwrap().is_empty(), "nor who it was about");
    assert!(stores.intake.check_ins(gone, None).await.unwrap().is_empty());
    assert!(stores.office.places_of(gone, &planted.tags[..1]).await.unwrap().is_empty());
    assert!(!stores.office.is_indexed(gone).await.unwrap());

    let again = stores.office.erase_day(gone).await.unwrap();
    assert_eq!(again, Erased::default());
    assert_eq!(stores.intake.erase_day_file(gone).await.unwrap(), 12, "as it was counted when it closed");
    assert_eq!(stores.intake.check_ins(kept, None).await.unwrap().len(), rows.len());
    assert_eq!(stores.intake.count_arrivals(kept).await.unwrap(), 12);
    assert!(others.files(&stores).len() >= before / 2 && stores.office.is_indexed(kept).await.unwrap());
    assert_eq!(stores.office.places_of(kept, &others.tags[..1]).await.unwrap().len(), 1);
    assert_eq!(stores.office.progress(notice_id(500)).await.unwrap(), progress);
    assert_eq!(stores.office.findings(case_id(500)).await.unwrap().len(), 1);
    assert_eq!(stores.office.cases_of_notice(notice_id(500)).await.unwrap(), [case_id(500)]);
}

/// A notice of several days keeps its cases, who must not be written to, until its last day goes.
#[tokio::test]
async fn a_notice_of_several_days_keeps_its_cases_to_the_last() {
    let stores = Stores::new().await;
    let mut tx = stores.office.begin().await.unwrap();
    let days = [notice_day(1, day(0)), notice_day(1, day(1))];
    tx.propose_notice(&notice(1), &days, &[case_id(1)]).await.unwrap();
    tx.commit().await.unwrap();
    stores.office.erase_day(day(0)).await.unwrap();
    assert_eq!(stores.office.cases_of_notice(notice_id(1)).await.unwrap(), [case_id(1)]);
    stores.office.erase_day(day(1)).await.unwrap();
    assert!(stores.office.cases_of_notice(notice_id(1)).await.unwrap().is_empty());
}

/// An open day is erased as well as a closed one, and a damaged one too.
#[tokio::test]
async fn a_day_is_erased_in_whatever_state_it_is() {
    let stores = Stores::with_days([day(0), day(1)]).await;
    for on in [day(0), day(1)] {
        store_all(&stores.intake, (0..7).map(|form| check_in(on, 1, form))).await;
    }
    assert_eq!(stores.intake.erase_day_file(day(0)).await.unwrap(), 7);
    stores.intake.close_day(day(1), NOW).await.unwrap();
    stores.damage(day(1));
    stores.intake.check_ins(day(1), None).await.unwrap_err();
    assert_eq!(stores.intake.erase_day_file(day(1)).await.unwrap(), 7, "as it was counted when it closed");
    for on in [day(0), day(1)] {
        assert!(stores.intake.day_file_is_gone(on).await.unwrap() && stores.files_of_day(on).is_empty());
    }
    assert_eq!(stores.intake.erase_day_file(day(9)).await.unwrap(), 0, "one that never was");
}

/// A closed day's number is the one that was counted when it closed: nothing goes through its rows again, however
/// many they are. A day that was never closed is counted.
#[tokio::test]
async fn a_closed_day_is_not_counted_again() {
    let stores = Stores::with_days([day(0), day(1), day(2)]).await;
    for on in [day(0), day(1)] {
        store_all(&stores.intake, (0..7).map(|form| check_in(on, 1, form))).await;
    }
    for on in [day(0), day(2)] {
        stores.intake.close_day(on, NOW).await.unwrap();
    }
    let planted =
        "insert into check_in (venue_id, at, nonce, sealed) values (1, 1, zeroblob(16), zeroblob(16))";
    for on in [day(0), day(1), day(2)] {
        stores.meddle(Raw::Day(on), planted).await;
    }
    let erased = [(day(0), 7, "as counted"), (day(1), 8, "never closed"), (day(2), 1, "closed empty")];
    for (on, held, why) in erased {
        assert_eq!(stores.intake.erase_day_file(on).await.unwrap(), held, "{why}");
        assert!(stores.intake.day_file_is_gone(on).await.unwrap());
    }
}

/// A writer that held the day open takes nothing into the file that has no name any more, and an erased
/// day is not made again by whoever comes late.
#[tokio::test]
async fn an_erased_day_stays_erased() {
    let stores = Stores::with_days([day(0)]).await;
    let clock = domain::clock::Clock::set_to(NOW);
    let (queue, _writer) = store::check_ins::CheckInQueue::start(&stores.intake, clock);
    queue.put(check_in(day(0), 1, 1)).await.unwrap();
    let of = PublicErasure { day: day(0), erased_at: NOW, erased: Erased::default(), verified: true };
    stores.intake.erase_day_file(day(0)).await.unwrap();
    stores.intake.publish_erasure(&of).await.unwrap();
    queue.put(check_in(day(0), 1, 1)).await.unwrap_err();
    queue.put(check_in(day(0), 1, 2)).await.unwrap_err();
    stores.intake.make_day(&prepared(day(0)), later(1)).await.unwrap();
    stores.intake.close_day(day(0), later(1)).await.unwrap_err();
    queue.put(check_in(day(0), 1, 3)).await.unwrap_err();
    assert!(stores.intake.day_file_is_gone(day(0)).await.unwrap() && stores.files_of_day(day(0)).is_empty());
    assert_eq!(stores.intake.day(day(0)).await.unwrap().unwrap().state, DayState::Erased);
    assert!(stores.intake.days().await.unwrap().is_empty());
}

/// The public record: each day once, with the figures that were published first.
#[tokio::test]
async fn an_erasure_is_published_once() {
    let stores = Stores::with_days([day(0), day(1)]).await;
    let erased = Erased { check_ins: 5, index_rows: 4, outbox_rows: 3 };
    let of = PublicErasure { day: day(0), erased_at: NOW, erased, verified: true };
    stores.intake.publish_erasure(&of).await.unwrap();
    let again = PublicErasure { erased: Erased::default(), erased_at: later(9), verified: false, ..of };
    stores.intake.publish_erasure(&again).await.unwrap();
    stores.intake.publish_erasure(&PublicErasure { day: day(1), verified: false, ..again }).await.unwrap();
    let read = stores.intake.erasures(10).await.unwrap();
    assert_eq!(read.iter().map(|found| found.day).collect::<Vec<_>>(), [day(1), day(0)]);
    assert_eq!((read[1].erased, read[1].erased_at, read[1].verified), (erased, NOW, true));
    assert!(!read[0].verified);
    assert_eq!(stores.intake.erasures(1).await.unwrap().len(), 1);
}

/// Cases go with all that hangs on them when their test is older than the data may be, and no others.
#[tokio::test]
async fn erased_cases_leave_nothing() {
    let stores = Stores::new().await;
    let tested = |n, on: i64| store::cases::CaseRecord {
        dates: domain::case::CaseDates::from_stored(domain::case::Course::OnsetOn(day(on - 1)), day(on)),
        ..case(n)
    };
    add_cases(&stores.office, [tested(1, -2), tested(2, -1), tested(3, 0)]).await;
    let told =
        domain::case::InterviewVisit {
            venue: None, venue_text: "駅前の店".into(), day: day(-5), stay: None
        };
    let mut tx = stores.office.begin().await.unwrap();
    assert!(tx.add_case(&tested(4, -3), std::slice::from_ref(&told)).await.unwrap());
    assert!(tx.add_case(&tested(5, 0), &[told]).await.unwrap());
    for n in 1..=5 {
        tx.put_case_visits(&[visit(n, -4, 1, None)]).await.unwrap();
        let none = finding(None, None, domain::decision::Outcome::NoCheckIn);
        tx.put_findings(&[(case_id(n), &none)], NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    let id = notice_in(&stores.office, 9, NoticeState::Settled).await;
    let mut tx = stores.office.begin().await.unwrap();
    for n in 1..=5 {
        tx.join_notice(id, case_id(n)).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert!(!stores.files_holding(b"contacts of 1").is_empty());

    assert_eq!(stores.office.erase_cases(day(-1)).await.unwrap(), 2);
    let left: Vec<_> = stores.office.cases(10).await.unwrap().iter().map(|case| case.id).collect();
    assert_eq!(left, [case_id(5), case_id(3), case_id(2)], "the day itself is kept");
    for table in ["case_record", "case_visit", "finding", "interview_visit", "notice_case"] {
        for (n, kept) in [(1, false), (2, true), (3, true), (4, false), (5, true)] {
            let id = case_id(n);
            let rows = format!("select count(*) from {table} where case_id = x'{id}'");
            let rows = stores.number(Raw::Office, &rows).await;
            assert_eq!(rows > 0, kept && (table != "interview_visit" || n == 5), "{table}, case {n}");
        }
    }
    assert_eq!(stores.office.erase_cases(day(-1)).await.unwrap(), 0);
    stores.office.checkpoint().await.unwrap();
    assert!(
        stores.files_holding(b"contacts of 1").is_empty()
            && stores.files_holding(b"contacts of 4").is_empty()
    );
    assert!(!stores.files_holding(b"contacts of 2").is_empty());
}

/// What a case left behind when it was withdrawn is not its addresses.
#[tokio::test]
async fn a_withdrawn_case_leaves_no_addresses() {
    let stores = Stores::new().await;
    add_cases(&stores.office, [case(1)]).await;
    let mut tx = stores.office.begin().await.unwrap();
    tx.withdraw_case(case_id(1)).await.unwrap();
    let entry = Entry {
        at: NOW,
        actor: "sato".into(),
        act: Act::CaseEntered,
        subject: "HC-1".into(),
        detail: "withdrawn".into(),
    };
    tx.record(&entry).await.unwrap();
    tx.commit().await.unwrap();
    stores.office.checkpoint().await.unwrap();
    assert!(stores.files_holding(b"contacts of 1").is_empty());
}
