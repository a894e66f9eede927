//! Certificates: issued once with the venue, anew when the measures change, and new is what the issue
//! before hadn't.

use store::certificates::{Certificate, ChosenMeasure};

use crate::samples::{later, venue};
use crate::stores::Stores;
use crate::venues::registration;

fn words(measures: &[&str]) -> Vec<String> {
    measures.iter().map(|measure| (*measure).to_owned()).collect()
}

/// Venue `n`, registered at `later(n)` with these measures.
async fn registered(stores: &Stores, n: i64, measures: &[&str]) {
    let (mut new, _) = registration(n, "見本食堂");
    new.measures = words(measures);
    assert!(stores.intake.register_venue(&new, None).await.unwrap());
}

fn chosen(id: &str, first_at: u64, is_new: bool) -> ChosenMeasure {
    ChosenMeasure { id: id.into(), first_at: later(first_at), is_new }
}

/// KNG-2, KNG-3: the certificate is there with the venue, and survives its process.
#[tokio::test]
async fn the_first_certificate_comes_with_the_venue() {
    let stores = Stores::new().await;
    registered(&stores, 1, &["hands", "air"]).await;
    registered(&stores, 2, &[]).await;
    let (intake, _) = stores.reopened().await;
    let measures = vec![chosen("air", 1, false), chosen("hands", 1, false)];
    let expected = Certificate { issue: 1, issued_at: later(1), measures };
    assert_eq!(intake.certificate(venue(1)).await.unwrap(), Some(expected));
    assert_eq!(intake.certificate(venue(2)).await.unwrap(), None);
    assert_eq!(intake.certificate(venue(9)).await.unwrap(), None);
}

/// A form that is sent again changes no certificate, and a venue without mail is a venue.
#[tokio::test]
async fn a_reload_leaves_the_certificate() {
    let stores = Stores::new().await;
    registered(&stores, 1, &["air"]).await;
    let (mut again, _) = registration(1, "見本食堂");
    again.venue.id = venue(7);
    again.measures = words(&["hands"]);
    assert!(!stores.intake.register_venue(&again, None).await.unwrap());
    assert_eq!(stores.intake.certificate(venue(7)).await.unwrap(), None);
    assert!(stores.intake.operator_mails(later(100), 10).await.unwrap().is_empty());
}

/// KNG-22: against a plain model, over a venue's life; the same measures again are no new issue.
#[tokio::test]
async fn an_issue_marks_what_the_one_before_had_not() {
    let stores = Stores::new().await;
    let steps: [&[&str]; 8] = [
        &["air"],
        &["air", "hands"],
        &["hands", "air"],
        &["hands"],
        &["hands", "air", "masks"],
        &["masks"],
        &["masks"],
        &["air", "hands", "masks"],
    ];
    registered(&stores, 0, steps[0]).await;
    registered(&stores, 1, &["other"]).await;
    let mut model = vec![(later(0), words(steps[0]))];
    for (n, step) in (0..).zip(steps).skip(1) {
        let (at, mut now) = (later(n), words(step));
        now.sort();
        let changed = model.last().unwrap().1 != now;
        assert_eq!(
            stores.intake.issue_certificate(venue(0), &words(step), at).await.unwrap(),
            changed,
            "{n}"
        );
        if changed {
            model.push((at, now));
        }
        let (issued_at, own) = model.last().unwrap();
        let before = model.len().checked_sub(2).map(|at| &model[at].1);
        let measures = own.iter().map(|id| ChosenMeasure {
            id: id.clone(),
            first_at: model.iter().find(|(_, set)| set.contains(id)).unwrap().0,
            is_new: before.is_some_and(|before| !before.contains(id)),
        });
        let expected = Certificate {
            issue: u32::try_from(model.len()).unwrap(),
            issued_at: *issued_at,
            measures: measures.collect(),
        };
        assert_eq!(stores.intake.certificate(venue(0)).await.unwrap(), Some(expected), "{n}");
    }
    assert_eq!(stores.intake.certificate(venue(1)).await.unwrap().unwrap().issue, 1);
}

/// A venue that had none, because its industry had no list then, gets its first one later.
#[tokio::test]
async fn a_first_certificate_may_come_later() {
    let stores = Stores::new().await;
    registered(&stores, 0, &[]).await;
    assert!(stores.intake.issue_certificate(venue(0), &words(&["air"]), later(5)).await.unwrap());
    let expected = Certificate { issue: 1, issued_at: later(5), measures: vec![chosen("air", 5, false)] };
    assert_eq!(stores.intake.certificate(venue(0)).await.unwrap(), Some(expected));
}

/// Two changes at once are two issues, each whole.
#[tokio::test(flavor = "multi_thread")]
async fn two_changes_at_once_do_not_mix() {
    let stores = Stores::new().await;
    registered(&stores, 0, &["air"]).await;
    let change = |measure: &'static str| {
        let intake = stores.intake.clone();
        tokio::spawn(async move { intake.issue_certificate(venue(0), &words(&[measure]), later(9)).await })
    };
    let (hands, masks) = (change("hands"), change("masks"));
    assert!(hands.await.unwrap().unwrap() && masks.await.unwrap().unwrap());
    let found = stores.intake.certificate(venue(0)).await.unwrap().unwrap();
    assert_eq!((found.issue, found.measures.len()), (3, 1));
    assert!(found.measures[0].is_new);
}
