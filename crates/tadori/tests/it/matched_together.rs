//! Cases that wait in one turn go the way together, and each is decided on as if it went alone.

use domain::decision::Outcome;
use domain::notice::NoticeState;
use store::cases::CaseState;

use crate::world::{MINUTE, World};

/// OSK-13: who shares a place with a case of the same turn finds what came of that one: the first makes the notice and
/// the second joins it, or the second reaches the number and the first joins. Another place is nobody's concern.
#[tokio::test]
async fn who_shares_a_place_comes_after_the_other() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let restaurant = world.venue("見本食堂", "restaurant", 40).await;
    let karaoke = world.venue("カラオケ あおば", "karaoke", 80).await;
    let elsewhere = world.venue("別の食堂", "restaurant", 40).await;
    let day = world.today();
    for venue in [&restaurant, &karaoke, &elsewhere] {
        world.check_in(venue, "mei@visitor.example").await;
    }
    let first = world.enter(&officer, "K-1", &[(&restaurant, day), (&karaoke, day)]).await;
    world.clock.advance(MINUTE);
    let alone = world.enter(&officer, "K-2", &[(&elsewhere, day)]).await;
    world.clock.advance(MINUTE);
    let second = world.enter(&officer, "K-3", &[(&karaoke, day), (&restaurant, day)]).await;
    world.settle().await;

    let notice_of = async |case| world.office.notices_of_case(case).await.unwrap();
    assert_eq!(notice_of(alone).await.len(), 1);
    let found = async |case, venue| {
        let all = world.findings(case).await;
        let own: Vec<_> = all.into_iter().filter(|finding| finding.venue == Some(venue)).collect();
        assert_eq!(own.len(), 1);
        (own[0].outcome, own[0].notice)
    };
    let (outcome, at_restaurant) = found(first, restaurant.id).await;
    assert_eq!(outcome, Outcome::Proposed);
    assert_eq!(found(second, restaurant.id).await, (Outcome::AlreadyNoticed, at_restaurant));
    let (outcome, at_karaoke) = found(second, karaoke.id).await;
    assert_eq!(outcome, Outcome::Proposed);
    assert_eq!(found(first, karaoke.id).await, (Outcome::Proposed, at_karaoke));
    assert_ne!(at_restaurant, at_karaoke);
    assert_eq!(world.office.notices(NoticeState::Proposed).await.unwrap().len(), 3);
}

/// A case of which a record can't be read stops none of those that wait with it, and is tried again at each turn.
#[tokio::test]
async fn one_that_fails_stops_none_of_the_others() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let elsewhere = world.venue("別の食堂", "restaurant", 40).await;
    let day = world.today();
    world.check_in(&venue, "mei@visitor.example").await;
    world.check_in(&elsewhere, "mei@visitor.example").await;
    let one = world.enter(&officer, "K-1", &[(&venue, day)]).await;
    world.clock.advance(MINUTE);
    let bad = world.enter(&officer, "K-2", &[(&venue, day)]).await;
    world.clock.advance(MINUTE);
    let other = world.enter(&officer, "K-3", &[(&elsewhere, day)]).await;
    let id: String = bad.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let visit_on = |day: &str| format!("update interview_visit set day = '{day}' where case_id = x'{id}'");
    world.plant_row("office/office.db", &visit_on("no day")).await;

    for _ in 0..2 {
        assert_eq!(world.turn().await.failed, 1);
        for case in [one, other] {
            assert_eq!(world.outcomes(case).await, ["proposed"]);
        }
        let waits = world.office.cases_to_match().await.unwrap();
        assert_eq!(
            waits.iter().map(|case| (case.id, case.state)).collect::<Vec<_>>(),
            [(bad, CaseState::Received)]
        );
    }
    let openings = world.office.ledger(None, 500).await.unwrap();
    let counted = openings.iter().filter(|entry| entry.detail.contains("対象を数える")).count();
    assert_eq!(counted, 2, "nobody is opened twice");
    world.plant_row("office/office.db", &visit_on(&day.to_string())).await;
    world.settle().await;
    assert_eq!(world.outcomes(bad).await, ["already_noticed"]);
}
