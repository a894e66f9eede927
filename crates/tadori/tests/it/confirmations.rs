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

/// B1: where a place counts once a day, pages say so, and a second check-in is stored and not confirmed again.
#[tokio::test]
async fn a_place_may_count_once_a_day() {
    let mut world = World::varied(&[("unit = \"visit\"", "unit = \"day\"")]).await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    world.get(&path).await.is(200).says("1日に1回登録してください");
    world.get("/visitors").await.is(200).says("1日に1回登録してください");
    let thanks = world.checked_in(&venue, "mei@visitor.example").await;
    world.get(&thanks).await.is(200).says("1日に1通だけ").says("もう一度登録する必要はありません");
    world.check_in(&venue, "mei@visitor.example").await;
    world.settle().await;
    assert_eq!((world.check_ins_today().await, world.inbox.messages().len()), (2, 1));
    let world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    world.get("/visitors").await.is(200).says("利用するたびに登録してください");
    let thanks = world.checked_in(&venue, "mei@visitor.example").await;
    world.get(&thanks).await.is(200).says("そのつど登録してください").does_not_say("1日に1通だけ");
}

/// B10: where there is no confirmation no page promises one, and nothing is sent.
#[tokio::test]
async fn a_pack_may_confirm_on_the_page_only() {
    let mut world = World::varied(&[("confirmation = \"every\"", "confirmation = \"none\"")]).await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let day = world.today();
    let thanks = world.checked_in(&venue, "mei@visitor.example").await;
    let form = format!("/v/{}", venue.code);
    for page in [form.as_str(), &thanks, "/", "/visitors", "/privacy"] {
        for language in ["ja", "ja-easy", "en"] {
            let joint = if page.contains('?') { '&' } else { '?' };
            let page =
                world.get(&format!("{}{joint}lang={language}", page.replace("&lang=ja", ""))).await.is(200);
            for promise in
                ["確認メールが", "から確認メールを送ります", "a confirmation comes", "confirmation from"]
            {
                assert!(!page.text().contains(promise), "{promise}: {}", page.main());
            }
        }
    }
    world.get(&thanks).await.is(200).says("確認メールは送りません");
    world.settle().await;
    assert!(world.inbox.messages().is_empty());
    assert_eq!(world.intake.count_arrivals(day).await.unwrap(), 0);
    world.pass(DAY).await;
    assert_eq!(world.intake.day(day).await.unwrap().unwrap().check_ins, 1);
}

/// B11: the confirmation names the place only where the policy says so.
#[tokio::test]
async fn a_confirmation_names_the_venue_only_where_the_policy_says_so() {
    let named = "confirmation = \"every\"\nconfirmation_names_venue = true";
    for (changes, names) in [(&[("confirmation = \"every\"", named)][..], true), (&[], false)] {
        let mut world = World::varied(changes).await;
        let venue = world.venue("見本食堂 本町店", "restaurant", 40).await;
        world.check_in(&venue, "mei@visitor.example").await;
        world.settle().await;
        let body = &world.mails_to("mei@visitor.example")[0].body;
        assert_eq!(body.contains("施設など：見本食堂 本町店"), names, "{body}");
        world.get("/visitors").await.is(200);
        assert_eq!(world.get("/visitors").await.text().contains("\n施設など：髙﨑食堂"), names);
    }
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
