//! What the tests store: every value follows from a small number, so that a failure names it.

use std::pin::Pin;
use std::task::Poll;

use domain::case::{CaseDates, CaseReference, CaseSource, Course};
use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::{Clock, Instant};
use domain::decision::Outcome;
use domain::exposure::Window;
use domain::id::{CaseId, MessageId, NoticeId, VenueId};
use domain::notice::{Approved, NoticeKind, NoticeState, Released};
use domain::service_day::ServiceDay;
use domain::time_band::Span;
use store::cases::{CaseRecord, CaseState, Finding};
use store::check_ins::{CheckInQueue, SealedCheckIn};
use store::days::{Day, DayState};
use store::matching::CaseVisit;
use store::notices::{Expanded, Notice, NoticeDay};
use store::outbox::Recipient;
use store::{Intake, Office, StoreError};

/// The present of the tests, in November 2026.
pub const NOW: Instant = Instant::from_micros(1_795_000_000_000_000);

/// The day `n` days after the tests' own.
pub fn day(n: i64) -> ServiceDay {
    ServiceDay::parse("2026-11-22").expect("a day").plus_days(n)
}

/// This many seconds from now.
pub fn later(seconds: u64) -> Instant {
    NOW.plus(std::time::Duration::from_secs(seconds))
}

/// A venue's number.
pub fn venue(n: i64) -> VenueId {
    VenueId::from_stored(1_000 + n)
}

/// The nonce of the form number `form`.
pub fn nonce(form: u64) -> CheckInNonce {
    let mut random = [0x5a; 10];
    random[2..].copy_from_slice(&form.to_be_bytes());
    CheckInNonce::issue(NOW.minus(std::time::Duration::from_secs(600)), random)
}

/// The check-in that the form number `form` makes at a venue on a day.
pub fn check_in(day: ServiceDay, at_venue: i64, form: u64) -> SealedCheckIn {
    let place = CheckInPlace { day, venue: venue(at_venue), at: NOW, nonce: nonce(form) };
    SealedCheckIn { place, sealed: format!("sealed-{day}-{at_venue}-{form}-").repeat(5).into_bytes() }
}

/// A day as `make_day` is given it.
pub fn prepared(day: ServiceDay) -> Day {
    Day {
        day,
        suite: 0x0020_0001_0003,
        public_key: vec![7; 32],
        signature: vec![9; 64],
        state: DayState::Open,
        check_ins: 0,
    }
}

/// Sixteen bytes that follow from a number.
pub fn sixteen(n: u64) -> [u8; 16] {
    let mut bytes = [0xa5; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    bytes
}

/// Rows without their order, to be compared.
pub fn sorted(rows: &[SealedCheckIn]) -> Vec<(CheckInPlace, Vec<u8>)> {
    let mut rows: Vec<_> = rows.iter().map(|row| (row.place, row.sealed.clone())).collect();
    rows.sort();
    rows
}

/// Puts all rows before the writer looks: they land in one group, as under load. Needs a runtime of one
/// thread, which `#[tokio::test]` has.
pub async fn put_together(
    queue: &CheckInQueue,
    rows: impl IntoIterator<Item = SealedCheckIn>,
) -> Vec<Result<(), StoreError>> {
    type Put<'q> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + 'q>>;
    let mut waiting: Vec<(Put<'_>, Option<Result<(), StoreError>>)> =
        rows.into_iter().map(|row| (Box::pin(queue.put(row)) as Put<'_>, None)).collect();
    tokio::task::unconstrained(std::future::poll_fn(|context| {
        for (put, answer) in waiting.iter_mut().filter(|(_, answer)| answer.is_none()) {
            if let Poll::Ready(found) = put.as_mut().poll(context) {
                *answer = Some(found);
            }
        }
        if waiting.iter().all(|(_, answer)| answer.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    }))
    .await;
    waiting.into_iter().map(|(_, answer)| answer.expect("all were answered")).collect()
}

/// Puts all rows in one group with a writer of its own, and expects each to be taken.
pub async fn store_all(intake: &Intake, rows: impl IntoIterator<Item = SealedCheckIn>) {
    let (queue, done) = CheckInQueue::start(intake, Clock::set_to(NOW));
    for answer in put_together(&queue, rows).await {
        answer.expect("the row is taken");
    }
    drop(queue);
    done.await.expect("the writer ends");
}

/// The number of a case.
pub fn case_id(n: u64) -> CaseId {
    CaseId::from_random(sixteen(n))
}

/// The number of a notice.
pub fn notice_id(n: u64) -> NoticeId {
    NoticeId::from_random(sixteen(n))
}

/// A self-reported case of the tests' day, with an exposure window from four days before.
pub fn case(n: u64) -> CaseRecord {
    CaseRecord {
        id: case_id(n),
        reference: CaseReference::from_stored(format!("HC-{n}")),
        source: CaseSource::SelfReport,
        dates: CaseDates::from_stored(Course::OnsetOn(day(-2)), day(0)),
        window: Window { first: day(-4), last: day(0) },
        received_at: later(n),
        entered_by: "worker".into(),
        contacts_sealed: Some(format!("contacts of {n}").into_bytes()),
        close_contacts: false,
        state: CaseState::Received,
        matched_at: None,
    }
}

/// Adds cases, without visits.
pub async fn add_cases(office: &Office, cases: impl IntoIterator<Item = CaseRecord>) {
    let mut tx = office.begin().await.expect("begun");
    for case in cases {
        assert!(tx.add_case(&case, &[]).await.expect("added"));
    }
    tx.commit().await.expect("committed");
}

/// That a case was at a venue.
pub fn visit(n: u64, on: i64, at_venue: i64, stay: Option<Span>) -> CaseVisit {
    CaseVisit { case: case_id(n), venue: venue(at_venue), day: day(on), stay }
}

/// What came of a visit.
pub fn finding(on: Option<ServiceDay>, at_venue: Option<i64>, outcome: Outcome) -> Finding {
    Finding {
        day: on,
        venue: at_venue.map(venue),
        venue_text: "見本食堂".into(),
        outcome,
        cases: 1,
        reports: 2,
        row_record: "2020-12-01 B seats 0-100: 2".into(),
        notice: None,
        visited_at: None,
        band: None,
    }
}

/// A proposed notice.
pub fn notice(n: u64) -> Notice {
    let new = Notice::proposed(notice_id(n), NoticeKind::Alert, later(n), "worker", "osaka 2020-12-01");
    let others_by = [("line".to_owned(), 2), ("mail".to_owned(), 1)].into();
    Notice { received_at: NOW, others: 3, others_by, ..new }
}

/// The venue and day that a notice is about.
pub fn notice_day(at_venue: i64, on: ServiceDay) -> NoticeDay {
    NoticeDay {
        venue: venue(at_venue),
        day: on,
        venue_name: "見本食堂".into(),
        cases: 2,
        needed: 2,
        row_record: "2020-12-01 B seats 0-100: 2".into(),
        expanded: Expanded::No,
        band: None,
        consent: false,
    }
}

/// Brings a fresh notice about venue 1 and the tests' day to a state.
pub async fn notice_in(office: &Office, n: u64, state: NoticeState) -> NoticeId {
    let id = notice_id(n);
    let mut tx = office.begin().await.expect("begun");
    tx.propose_notice(&notice(n), &[notice_day(1, day(0))], &[case_id(n)]).await.expect("proposed");
    if state == NoticeState::Declined {
        tx.decline(id, "sato", "close contacts known", NOW).await.expect("declined");
    } else if state != NoticeState::Proposed {
        tx.approve(Approved::loaded(id, NOW), "sato", NOW).await.expect("approved");
    }
    if matches!(state, NoticeState::Released | NoticeState::Settled) {
        tx.release(Released::loaded(id), b"wrapped key", NOW).await.expect("released");
    }
    match state {
        NoticeState::Settled => _ = tx.settle(Released::loaded(id), NOW).await.expect("settled"),
        NoticeState::Stopped => tx.stop(id, "sato", "wrong venue", NOW).await.expect("stopped"),
        _ => {}
    }
    tx.commit().await.expect("committed");
    id
}

/// Puts these people of a day into a released notice's outbox, due now; true for each who was new.
pub async fn put_people(
    office: &Office,
    notice: NoticeId,
    on: ServiceDay,
    people: std::ops::Range<u64>,
) -> Vec<bool> {
    let mut tx = office.begin().await.expect("begun");
    let mut new = Vec::new();
    for person in people {
        let row = check_in(on, 1, person);
        let message = MessageId::from_random(sixteen(person));
        let put = tx.put_outgoing(Released::loaded(notice), &sixteen(person), message, &row, NOW).await;
        new.push(put.expect("put"));
    }
    tx.commit().await.expect("committed");
    new
}

/// The same, all at once; how many of them were new.
pub async fn put_people_together(
    office: &Office,
    notice: NoticeId,
    on: ServiceDay,
    people: std::ops::Range<u64>,
) -> u64 {
    let rows: Vec<_> = people.clone().map(|person| check_in(on, 1, person)).collect();
    let people: Vec<_> = people
        .zip(&rows)
        .map(|(person, check_in)| {
            let message = MessageId::from_random(sixteen(person));
            Recipient { hash: sixteen(person), message, check_in, channel: None }
        })
        .collect();
    let mut tx = office.begin().await.expect("begun");
    let new = tx.put_recipients(Released::loaded(notice), &people, NOW).await.expect("put");
    tx.commit().await.expect("committed");
    new
}
