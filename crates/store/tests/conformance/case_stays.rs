//! Stays of cases and alerts at one venue: what matching by time band looks at.

use std::collections::BTreeSet;

use domain::notice::NoticeState;
use domain::time_band::Span;
use store::cases::CaseRecord;
use store::matching::Joining;
use store::notices::NoticeDay;

use crate::samples::{
    add_cases, case, case_id, day, finding, later, notice, notice_day, notice_id, venue, visit,
};
use crate::stores::Stores;

fn span(from: u64, to: u64) -> Option<Span> {
    Some(Span { from: later(from), to: later(to) })
}

/// Every stay is there once, with its end as it was told last; other venues, whole days and withdrawn cases
/// are not.
#[tokio::test]
async fn stays_are_those_of_the_venue() {
    let stores = Stores::new().await;
    let spoken_to = CaseRecord { close_contacts: true, ..case(2) };
    add_cases(&stores.office, [case(1), spoken_to, case(3)]).await;
    let mut tx = stores.office.begin().await.unwrap();
    for (n, on, at_venue, stay) in [
        (1, 0, 1, span(10, 20)),
        (1, 0, 1, span(10, 25)),
        (1, 0, 1, span(50, 60)),
        (2, 1, 1, span(30, 40)),
        (2, 0, 2, span(30, 40)),
        (3, 0, 1, span(30, 40)),
        (1, 1, 1, None),
    ] {
        tx.put_case_visits(&[visit(n, on, at_venue, stay)]).await.unwrap();
    }
    tx.withdraw_case(case_id(3)).await.unwrap();
    let stays = tx.stays_at(&[venue(3), venue(1)]).await.unwrap();
    let timed = stays[&venue(1)].iter().filter(|at| at.stay.is_some());
    let read: Vec<_> = timed.map(|at| (at.case, at.day, at.stay, at.close_contacts)).collect();
    let expected = [
        (case_id(1), day(0), span(10, 25), false),
        (case_id(2), day(1), span(30, 40), true),
        (case_id(1), day(0), span(50, 60), false),
    ];
    assert_eq!(read, expected);
    // What is there on another day, or at another venue on that day, isn't; the third fills the list up to four.
    let places = [(day(1), venue(2)), (day(2), venue(1)), (day(1), venue(1))];
    let on_day_one = tx.stays_on(&places).await.unwrap();
    assert_eq!(on_day_one.keys().collect::<Vec<_>>(), [&venue(1)], "of that day only");
    assert_eq!(on_day_one[&venue(1)].iter().map(|at| at.stay).collect::<Vec<_>>(), [None, span(30, 40)]);
    assert_eq!(
        tx.cases_at(day(0), venue(1)).await.unwrap(),
        [case_id(1)],
        "once, however often it was there"
    );
}

/// Alerts come with state, day and band, two bands of one day apart; a band's earlier cases join, others don't.
#[tokio::test]
async fn alerts_come_with_their_bands() {
    let stores = Stores::new().await;
    add_cases(&stores.office, [case(1), case(2)]).await;
    let mut tx = stores.office.begin().await.unwrap();
    let days = [span(10, 20), span(40, 50)].map(|band| NoticeDay { band, ..notice_day(1, day(0)) });
    tx.propose_notice(&notice(1), &days, &[case_id(1)]).await.unwrap();
    tx.propose_notice(&notice(2), &[notice_day(1, day(1))], &[case_id(1), case_id(2)]).await.unwrap();
    let alerts = tx.alerts_at(&[venue(1), venue(2)]).await.unwrap();
    assert_eq!(alerts.len(), 1, "none at the other");
    let alerts = &alerts[&venue(1)];
    let read: Vec<_> = alerts.iter().map(|at| (at.notice, at.state, at.day, at.band)).collect();
    let proposed = NoticeState::Proposed;
    assert_eq!(read[0], (notice_id(2), proposed, day(1), None), "the newest first");
    assert!(read[1..].contains(&(notice_id(1), proposed, day(0), span(10, 20))));
    assert!(read[1..].contains(&(notice_id(1), proposed, day(0), span(40, 50))));
    let on = tx.alerts_on(&[(day(0), venue(1)), (day(1), venue(2)), (day(2), venue(1))]).await.unwrap();
    assert_eq!(on.keys().collect::<Vec<_>>(), [&venue(1)]);
    assert_eq!(
        on[&venue(1)].iter().map(|at| at.band).collect::<BTreeSet<_>>(),
        BTreeSet::from([span(10, 20), span(40, 50)])
    );
    assert_eq!(tx.known_to(notice_id(2)).await.unwrap(), (vec![case_id(1), case_id(2)], false));
    tx.withdraw_case(case_id(2)).await.unwrap();
    assert!(tx.known_to(notice_id(2)).await.unwrap().1);

    let below = domain::decision::Outcome::BelowThreshold { cases: 1, needed: 2 };
    for visited in [15, 30] {
        let at = store::cases::Finding {
            visited_at: Some(later(visited)),
            band: span(10, 20),
            ..finding(Some(day(0)), Some(1), below)
        };
        tx.put_findings(&[(case_id(1), &at)], later(0)).await.unwrap();
    }
    let joining = Joining { day: day(0), venue: venue(1), band: span(10, 20), notice: notice_id(1) };
    tx.join_findings(&[joining]).await.unwrap();
    tx.commit().await.unwrap();
    let findings = stores.office.findings(case_id(1)).await.unwrap();
    let read: Vec<_> = findings.iter().map(|at| (at.visited_at, at.notice, at.band)).collect();
    assert_eq!(
        read,
        [(Some(later(15)), Some(notice_id(1)), span(10, 20)), (Some(later(30)), None, span(10, 20))]
    );
}

/// A day's end takes the stays with it, and leaves what a notice says of its band.
#[tokio::test]
async fn stays_end_with_their_day() {
    let stores = Stores::new().await;
    add_cases(&stores.office, [case(1)]).await;
    let mut tx = stores.office.begin().await.unwrap();
    tx.put_case_visits(&[visit(1, 0, 1, span(10, 20))]).await.unwrap();
    tx.propose_notice(&notice(1), &[NoticeDay { band: span(5, 30), ..notice_day(1, day(0)) }], &[])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stores.office.erase_day(day(0)).await.unwrap();
    let mut tx = stores.office.begin().await.unwrap();
    assert!(tx.stays_at(&[venue(1)]).await.unwrap().is_empty());
    assert_eq!(tx.alerts_at(&[venue(1)]).await.unwrap()[&venue(1)][0].band, span(5, 30));
}
