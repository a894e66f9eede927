//! What matching writes of many cases at once is what it would be one after another.

use domain::decision::Outcome;
use domain::ledger::{Act, Entry};
use domain::notice::NoticeState;
use store::cases::{CaseState, Finding};
use store::ledger::Verified;
use store::matching::Joining;
use store::notice_steps::Proposal;

use crate::samples::{
    NOW, add_cases, case, case_id, day, finding, later, notice, notice_day, notice_id, venue, visit,
};
use crate::stores::Stores;

const MANY: u64 = 77;

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap()
}

/// Seventy-seven cases in one act: each is where it was, has its finding and its notice, and is matched.
#[tokio::test]
async fn many_cases_are_written_in_one_act() {
    let stores = Stores::new().await;
    add_cases(&stores.office, (0..=MANY).map(case)).await;
    let proposed = |n| Finding {
        notice: Some(notice_id(n)),
        ..finding(Some(day(0)), Some(number(n)), Outcome::Proposed)
    };
    let findings: Vec<Finding> = (0..MANY).map(proposed).collect();
    let visits: Vec<_> = (0..MANY).map(|n| visit(n, 0, number(n), None)).collect();
    let notices: Vec<_> = (0..MANY).map(notice).collect();
    let days: Vec<_> = (0..MANY).map(|n| [notice_day(number(n), day(0)), notice_day(500, day(1))]).collect();
    let cases: Vec<_> = (0..MANY).map(case_id).collect();
    let proposals: Vec<_> = (0..usize::try_from(MANY).unwrap())
        .map(|n| Proposal { notice: &notices[n], days: &days[n], cases: &cases[n..=n] })
        .collect();
    let entry = |n: u64| Entry {
        at: later(n),
        actor: "worker".into(),
        act: Act::CaseMatched,
        subject: n.to_string(),
        detail: String::new(),
    };
    let entries: Vec<_> = (0..MANY).map(entry).collect();

    let mut tx = stores.office.begin().await.unwrap();
    tx.put_case_visits(&visits).await.unwrap();
    tx.put_findings(&cases.iter().copied().zip(&findings).collect::<Vec<_>>(), NOW).await.unwrap();
    tx.propose_notices(&proposals).await.unwrap();
    tx.record_all(&entries).await.unwrap();
    tx.record_all(&[]).await.unwrap();
    tx.set_case_state(&cases, CaseState::Matched, NOW).await.unwrap();
    tx.commit().await.unwrap();

    let waiting: Vec<_> = stores.office.cases_to_match().await.unwrap().iter().map(|own| own.id).collect();
    assert_eq!(waiting, [case_id(MANY)], "the one that was not among them");
    assert_eq!(stores.office.notices(NoticeState::Proposed).await.unwrap().len(), notices.len());
    let all_venues: Vec<_> = (0..number(MANY)).map(venue).collect();
    let mut tx = stores.office.begin().await.unwrap();
    let places: Vec<_> = all_venues.iter().flat_map(|at| [(day(0), *at), (day(3), *at)]).collect();
    let stays = tx.stays_on(&places).await.unwrap();
    let alerts = tx.alerts_at(&[all_venues.as_slice(), &[venue(500)]].concat()).await.unwrap();
    assert_eq!(alerts[&venue(500)].len(), notices.len());
    for n in 0..MANY {
        let own = stores.office.findings(case_id(n)).await.unwrap();
        assert_eq!(format!("{own:?}"), format!("{:?}", [proposed(n)]));
        assert_eq!(stores.office.cases_of_notice(notice_id(n)).await.unwrap(), [case_id(n)]);
        assert_eq!(stores.office.notice_days(notice_id(n)).await.unwrap().len(), 2);
        assert_eq!(stays[&venue(number(n))].iter().map(|own| own.case).collect::<Vec<_>>(), [case_id(n)]);
        assert_eq!(alerts[&venue(number(n))][0].notice, notice_id(n));
    }
    drop(tx);
    let read = stores.office.ledger(None, 1_000).await.unwrap();
    let subjects: Vec<_> = read.iter().rev().map(|entry| entry.subject.clone()).collect();
    assert_eq!(subjects, entries.iter().map(|entry| entry.subject.clone()).collect::<Vec<_>>());
    let whole = stores.office.verify_ledger().await.unwrap();
    assert!(matches!(whole, Verified::Whole { entries: MANY, .. }), "{whole:?}");
}

/// What is there twice in one act is as if one had been written after the other.
#[tokio::test]
async fn the_last_of_several_stands() {
    let stores = Stores::new().await;
    add_cases(&stores.office, [case(1), case(2)]).await;
    let at = |outcome| finding(Some(day(0)), Some(1), outcome);
    let (below, alone) = (at(Outcome::BelowThreshold { cases: 1, needed: 2 }), at(Outcome::NobodyElse));
    let proposed = Finding { notice: Some(notice_id(1)), ..at(Outcome::Proposed) };
    let there = Finding { notice: Some(notice_id(2)), ..at(Outcome::AlreadyNoticed) };
    let mut tx = stores.office.begin().await.unwrap();
    let span = |to| Some(domain::time_band::Span { from: later(1), to: later(to) });
    let visits = [visit(1, 0, 1, span(9)), visit(1, 0, 1, span(5)), visit(2, 0, 1, None)];
    tx.put_case_visits(&visits).await.unwrap();
    let (one, two) = (case_id(1), case_id(2));
    let findings =
        [(one, &below), (two, &alone), (one, &alone), (one, &proposed), (one, &there), (two, &below)];
    tx.put_findings(&findings, NOW).await.unwrap();
    let joining = Joining { day: day(0), venue: venue(1), band: None, notice: notice_id(7) };
    let elsewhere = Joining { venue: venue(2), notice: notice_id(8), ..joining };
    tx.join_findings(&[elsewhere, joining]).await.unwrap();
    let stays = tx.stays_at(&[venue(1)]).await.unwrap();
    let mut ends: Vec<_> = stays[&venue(1)].iter().map(|own| own.stay).collect();
    ends.sort();
    assert_eq!(ends, [None, span(5)]);
    tx.commit().await.unwrap();
    let read = async |case| {
        let found = stores.office.findings(case).await.unwrap();
        found.iter().map(|own| (own.outcome, own.notice)).collect::<Vec<_>>()
    };
    assert_eq!(read(one).await, [(Outcome::Proposed, Some(notice_id(1)))]);
    assert_eq!(read(two).await, [(Outcome::Proposed, Some(notice_id(7)))]);
}
