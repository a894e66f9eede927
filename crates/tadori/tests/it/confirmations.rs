//! A confirmation isn't a weapon: whoever types somebody else's address can't flood it.

use deliver::inbox::Failure;

use crate::world::{DAY, HOUR, MINUTE, World};

const VICTIM: &str = "victim@visitor.example";

/// OSK-5: three an hour for one address over all venues; the check-ins beyond that are stored in silence.
#[tokio::test]
async fn three_an_hour_over_all_venues() {
    let mut world = World::new().await;
    let venues = [
        world.venue("一号店", "restaurant", 40).await,
        world.venue("二号店", "restaurant", 40).await,
        world.venue("三号店", "karaoke", 40).await,
    ];
    for round in 0..2 {
        for venue in &venues {
            world.check_in(venue, if round == 0 { VICTIM } else { "Victim@visitor.example" }).await;
            world.settle().await;
        }
    }
    assert_eq!(world.check_ins_today().await, 6);
    assert_eq!(world.inbox.messages().len(), 3);
    // Another address is nobody's victim, and an hour later there is one more.
    world.check_in(&venues[0], "other@visitor.example").await;
    world.clock.advance(HOUR);
    world.check_in(&venues[0], VICTIM).await;
    world.settle().await;
    assert_eq!(world.inbox.messages().len(), 5);
}

/// OSK-5: ten a day.
#[tokio::test]
async fn ten_a_day() {
    let mut world = World::new().await;
    let venue = world.venue("一号店", "restaurant", 40).await;
    for _ in 0..14 {
        world.check_in(&venue, VICTIM).await;
        world.pass(30 * MINUTE).await;
    }
    assert_eq!(world.mails_to(VICTIM).len(), 10);
    world.pass(DAY).await;
    assert_eq!(world.mails_to(VICTIM).len(), 10, "what was kept back isn't sent later");
    world.check_in(&venue, VICTIM).await;
    world.settle().await;
    assert_eq!(world.mails_to(VICTIM).len(), 11);
}

/// OSK-22: a server that can't be reached, or asks to come back, loses no confirmation and doubles none.
#[tokio::test]
async fn a_mail_server_in_trouble_loses_no_confirmation() {
    let mut world = World::new().await;
    let venue = world.venue("一号店", "restaurant", 40).await;
    for name in ["a", "b", "c"] {
        world.check_in(&venue, &format!("{name}@visitor.example")).await;
    }
    world.inbox.fail_next(3, Failure::Unreachable);
    assert_eq!(world.turn().await.failed, 1);
    assert_eq!(world.turn().await.failed, 0, "the server is left alone for a while");
    assert!(world.inbox.messages().is_empty());
    world.inbox.fail_for("b@visitor.example", Some(Failure::Transient));
    world.pass(MINUTE).await;
    assert_eq!(world.inbox.messages().len(), 2);
    world.inbox.fail_for("b@visitor.example", None);
    world.pass(2 * MINUTE).await;
    for name in ["a", "b", "c"] {
        assert_eq!(world.mails_to(&format!("{name}@visitor.example")).len(), 1);
    }
    world.pass(DAY).await;
    assert_eq!(world.inbox.messages().len(), 3);
}

/// An address that the server refuses is given up; its check-in holds, and the day closes.
#[tokio::test]
async fn a_refused_address_is_given_up() {
    let mut world = World::new().await;
    let venue = world.venue("一号店", "restaurant", 40).await;
    let day = world.today();
    world.inbox.fail_for("gone@visitor.example", Some(Failure::Permanent));
    world.check_in(&venue, "gone@visitor.example").await;
    world.settle().await;
    assert_eq!(world.intake.count_arrivals(day).await.unwrap(), 0);
    world.pass(DAY).await;
    assert_eq!(world.intake.day(day).await.unwrap().unwrap().check_ins, 1);
}

/// The pack may ask for one confirmation a venue and day.
#[tokio::test]
async fn a_pack_may_confirm_the_first_of_a_day_only() {
    let mut world = World::with_pack(|files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        *policy = policy.replace("confirmation = \"every\"", "confirmation = \"first_of_day\"");
    })
    .await;
    let (one, other) =
        (world.venue("一号店", "restaurant", 40).await, world.venue("二号店", "restaurant", 40).await);
    for venue in [&one, &one, &other, &one] {
        world.check_in(venue, "mei@visitor.example").await;
        world.settle().await;
    }
    assert_eq!((world.check_ins_today().await, world.inbox.messages().len()), (4, 2));
    world.pass(DAY).await;
    world.check_in(&one, "mei@visitor.example").await;
    world.settle().await;
    assert_eq!(world.inbox.messages().len(), 3);
}
