//! Cases: taken once, matched as often as needed, counted where they were, and gone when withdrawn.

use domain::case::{CaseDates, CaseSource, Course, InterviewVisit};
use domain::decision::Outcome;
use domain::exposure::Window;
use domain::id::CaseId;
use store::Office;
use store::cases::{CaseRecord, CaseState, Finding, SealedContacts};
use store::matching::Joining;

use crate::samples::{NOW, add_cases, case, case_id, day, finding, later, notice_id, venue, visit};
use crate::stores::Stores;

async fn put(office: &Office, case: CaseId, findings: &[Finding]) {
    let mut tx = office.begin().await.unwrap();
    for found in findings {
        tx.put_findings(&[(case, found)], NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn state(office: &Office, n: u64) -> CaseState {
    office.case(case_id(n)).await.unwrap().unwrap().state
}

/// OSK-25: what came in is read back whole, with symptoms and without, with and without addresses.
#[tokio::test]
async fn a_case_is_read_back_whole() {
    let stores = Stores::new().await;
    let entered = CaseRecord {
        source: CaseSource::Officer,
        dates: CaseDates::from_stored(Course::SampledOn(day(-1)), day(0)),
        entered_by: "sato".into(),
        contacts_sealed: None,
        close_contacts: true,
        ..case(2)
    };
    add_cases(&stores.office, [case(1), entered.clone()]).await;
    let (_, office) = stores.reopened().await;
    for sent in [case(1), entered] {
        let read = office.case(sent.id).await.unwrap().unwrap();
        assert_eq!(format!("{read:?}"), format!("{sent:?}"));
    }
    assert!(office.case(case_id(3)).await.unwrap().is_none());
    let newest: Vec<_> = office.cases(10).await.unwrap().iter().map(|case| case.id).collect();
    assert_eq!(newest, [case_id(2), case_id(1)]);
    assert_eq!(office.cases(1).await.unwrap().len(), 1);
    let waiting: Vec<_> = office.cases_to_match().await.unwrap().iter().map(|case| case.id).collect();
    assert_eq!(waiting, [case_id(1), case_id(2)], "in the order in which they came");
}

/// A report that was taken over before a crash is not taken twice, and changes nothing of the first.
#[tokio::test]
async fn a_case_is_taken_once() {
    let stores = Stores::new().await;
    let visits = [
        InterviewVisit { venue: Some(venue(1)), venue_text: "見本食堂".into(), day: day(-1), stay: None },
        InterviewVisit { venue: None, venue_text: "駅前の店".into(), day: day(0), stay: None },
    ];
    let mut tx = stores.office.begin().await.unwrap();
    assert!(tx.add_case(&case(1), &visits).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = stores.office.begin().await.unwrap();
    tx.set_case_state(&[case_id(1)], CaseState::Matched, later(1)).await.unwrap();
    let again = CaseRecord { entered_by: "someone".into(), ..case(1) };
    assert!(!tx.add_case(&again, &visits[..1]).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(stores.office.interview_visits(&[case_id(1)]).await.unwrap()[&case_id(1)], visits);
    let read = stores.office.case(case_id(1)).await.unwrap().unwrap();
    assert_eq!((read.entered_by.as_str(), read.state), ("worker", CaseState::Matched));
    assert_eq!(read.matched_at, Some(later(1)));
}

/// An act that isn't committed has not happened.
#[tokio::test]
async fn an_act_that_is_dropped_has_not_happened() {
    let stores = Stores::new().await;
    let mut tx = stores.office.begin().await.unwrap();
    assert!(tx.add_case(&case(1), &[]).await.unwrap());
    let none = finding(None, None, Outcome::NoCheckIn);
    tx.put_findings(&[(case_id(1), &none)], NOW).await.unwrap();
    drop(tx);
    assert!(stores.office.case(case_id(1)).await.unwrap().is_none());
    assert!(stores.office.findings(case_id(1)).await.unwrap().is_empty());
}

/// Every outcome is read back as it was decided, with the figures that it rests on (architecture
/// invariant 6).
#[tokio::test]
async fn every_finding_is_read_back() {
    let stores = Stores::new().await;
    add_cases(&stores.office, [case(1)]).await;
    let outcomes = [
        Outcome::BelowThreshold { cases: 1, needed: 4 },
        Outcome::NobodyElse,
        Outcome::OutsideWindow,
        Outcome::DayErased,
        Outcome::NoThreshold,
        Outcome::CloseContactsIdentified,
        Outcome::AlreadyNoticed,
    ];
    let mut sent: Vec<_> =
        (0..).zip(outcomes).map(|(n, outcome)| finding(Some(day(n)), Some(n), outcome)).collect();
    sent.push(Finding { notice: Some(notice_id(1)), ..finding(Some(day(8)), Some(8), Outcome::Proposed) });
    sent.push(finding(Some(day(9)), None, Outcome::VenueNotRegistered));
    sent.insert(0, finding(None, None, Outcome::NoCheckIn));
    put(&stores.office, case_id(1), &sent).await;
    let read = stores.office.findings(case_id(1)).await.unwrap();
    assert_eq!(format!("{read:?}"), format!("{sent:?}"));
}

/// A later match replaces what an earlier one found, unless a notice came of it already.
#[tokio::test]
async fn a_finding_is_replaced_unless_a_notice_came_of_it() {
    let stores = Stores::new().await;
    add_cases(&stores.office, [case(1)]).await;
    let at = |outcome| finding(Some(day(0)), Some(1), outcome);
    let outcome = async || stores.office.findings(case_id(1)).await.unwrap()[0].outcome;
    put(&stores.office, case_id(1), &[at(Outcome::BelowThreshold { cases: 1, needed: 2 })]).await;
    put(&stores.office, case_id(1), &[at(Outcome::NobodyElse)]).await;
    assert_eq!(outcome().await, Outcome::NobodyElse);
    put(&stores.office, case_id(1), &[Finding { notice: Some(notice_id(1)), ..at(Outcome::Proposed) }]).await;
    put(&stores.office, case_id(1), &[at(Outcome::AlreadyNoticed)]).await;
    let found = stores.office.findings(case_id(1)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].outcome, found[0].notice), (Outcome::Proposed, Some(notice_id(1))));
}

/// OSK-13: earlier cases that were below the threshold belong to the notice that a later one made.
#[tokio::test]
async fn earlier_findings_join_the_notice() {
    let stores = Stores::new().await;
    add_cases(&stores.office, [case(1), case(2)]).await;
    let below = Outcome::BelowThreshold { cases: 1, needed: 2 };
    let others = [
        finding(Some(day(1)), Some(1), below),
        finding(Some(day(0)), Some(2), below),
        finding(Some(day(2)), Some(1), Outcome::NobodyElse),
    ];
    put(&stores.office, case_id(1), &[finding(Some(day(0)), Some(1), below)]).await;
    put(&stores.office, case_id(1), &others).await;
    put(&stores.office, case_id(2), &[finding(Some(day(0)), Some(1), Outcome::CloseContactsIdentified)])
        .await;
    let mut tx = stores.office.begin().await.unwrap();
    let joining = Joining { day: day(0), venue: venue(1), band: None, notice: notice_id(1) };
    tx.join_findings(&[joining]).await.unwrap();
    tx.commit().await.unwrap();
    for found in stores.office.findings(case_id(1)).await.unwrap() {
        let joined = found.day == Some(day(0)) && found.venue == Some(venue(1));
        assert_eq!(found.notice, joined.then(|| notice_id(1)), "{found:?}");
        assert_eq!(found.outcome == Outcome::Proposed, joined, "{found:?}");
    }
    let other = &stores.office.findings(case_id(2)).await.unwrap()[0];
    assert_eq!((other.outcome, other.notice), (Outcome::CloseContactsIdentified, None));
}

/// A case counts once at a venue and day, and not at all once it is withdrawn; nothing matches a
/// withdrawn one again, and its addresses are gone.
#[tokio::test]
async fn a_withdrawn_case_counts_nowhere() {
    let stores = Stores::new().await;
    add_cases(&stores.office, [case(1), case(2), case(3)]).await;
    let mut tx = stores.office.begin().await.unwrap();
    for (n, on, at_venue) in [(2, 0, 1), (1, 0, 1), (1, 0, 1), (3, 0, 2), (3, 1, 1), (9, 0, 1)] {
        tx.put_case_visits(&[visit(n, on, at_venue, None)]).await.unwrap();
    }
    assert_eq!(tx.cases_at(day(0), venue(1)).await.unwrap(), [case_id(1), case_id(2)]);
    assert_eq!(tx.cases_at(day(1), venue(1)).await.unwrap(), [case_id(3)]);
    assert!(tx.cases_at(day(2), venue(1)).await.unwrap().is_empty());

    tx.withdraw_case(case_id(1)).await.unwrap();
    assert_eq!(tx.cases_at(day(0), venue(1)).await.unwrap(), [case_id(2)]);
    tx.put_case_visits(&[visit(1, 0, 1, None)]).await.unwrap();
    assert_eq!(tx.cases_at(day(0), venue(1)).await.unwrap(), [case_id(2)], "whoever was still matching it");
    tx.set_case_state(&[case_id(1)], CaseState::Matched, NOW).await.unwrap();
    tx.match_again(day(0)).await.unwrap();
    tx.commit().await.unwrap();
    let read = stores.office.case(case_id(1)).await.unwrap().unwrap();
    assert_eq!((read.state, read.contacts_sealed), (CaseState::Withdrawn, None));
    assert_eq!(stores.office.figures().await.unwrap().cases, 2);
}

/// When a day closes, the cases that it may concern are matched again, and no others.
#[tokio::test]
async fn the_right_cases_are_matched_again() {
    let stores = Stores::new().await;
    let window =
        |n, first, last| CaseRecord { window: Window { first: day(first), last: day(last) }, ..case(n) };
    let unknown = CaseRecord { contacts_sealed: None, ..window(5, -4, 0) };
    add_cases(
        &stores.office,
        [window(1, -4, 0), window(2, 0, 3), window(3, -4, -1), window(4, 1, 3), unknown],
    )
    .await;
    let mut tx = stores.office.begin().await.unwrap();
    for n in 1..=5 {
        tx.set_case_state(&[case_id(n)], CaseState::Matched, later(n)).await.unwrap();
    }
    tx.match_again(day(0)).await.unwrap();
    tx.commit().await.unwrap();
    let waiting: Vec<_> = stores.office.cases_to_match().await.unwrap().iter().map(|case| case.id).collect();
    assert_eq!(waiting, [case_id(1), case_id(2)], "both ends of the window count");
    assert_eq!(state(&stores.office, 5).await, CaseState::Matched);
}

/// A case's own addresses are handed out sealed, with the case that each belongs to and the moment by whose
/// day's key they open: they are nobody's recipients (DESIGN section 4).
#[tokio::test]
async fn sealed_addresses_come_with_their_case() {
    let stores = Stores::new().await;
    add_cases(&stores.office, [case(1), CaseRecord { contacts_sealed: None, ..case(2) }, case(3)]).await;
    let found =
        stores.office.sealed_contacts(&[case_id(3), case_id(2), case_id(9), case_id(1)]).await.unwrap();
    let expected = [3, 1].map(|n| SealedContacts {
        case: case_id(n),
        received_at: case(n).received_at,
        sealed: format!("contacts of {n}").into_bytes(),
    });
    assert_eq!(found, expected);
}
