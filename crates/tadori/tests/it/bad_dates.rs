//! Dates before the system was there, after its memory ends, or at the ends of the calendar, wherever one is typed.

use domain::decision::Outcome;

use crate::form::{form, with};
use crate::operator::registration;
use crate::story::case_of;
use crate::world::{DAY, World};

/// Before the first day of the system, and before anything.
const LONG_AGO: [&str; 3] = ["2019-12-31", "1900-01-01", "0001-01-01"];

/// No days, or none that a person means.
const NONE: [&str; 6] =
    ["2026-02-30", "0000-00-00", "10000-01-01", "-001-01-01", "令和8年11月22日", "=TODAY()"];

/// A case's dates: too old to be kept, to come, or none are told at the form; nothing is stored.
#[tokio::test]
async fn a_case_of_another_age_is_refused() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let (today, number) = (world.today(), venue.id.to_string());
    let good = world.case_form("本町-1", today, today, &[(&number, today)]);
    let expired = today.plus_days(-1).plus_months(2).to_string();
    assert!(expired > today.to_string());
    let past = [today.plus_days(-93).to_string(), today.plus_days(1).to_string(), "9999-12-31".to_owned()];
    let wrong = past.iter().map(String::as_str).chain(LONG_AGO).chain(NONE);
    for day in wrong {
        let both = with(with(good.clone(), "onset_on", day), "positive_on", day);
        world.act(&officer, "/cases/new", both).await.is(422).says("エラー");
        let code = world.code(&officer).await;
        let report = world.report_form(&code, &["mei@visitor.example"], today, today);
        let report = with(with(report, "onset_on", day), "positive_on", day);
        world.send_report(report).await.is(422).says("エラー");
    }
    assert_eq!((world.count("case_record").await, world.count("report").await), (0, 0));
}

/// A visit in an interview from before the system is a finding that says so, and stops nothing; one to come, or on
/// no day, is told at its line.
#[tokio::test]
async fn a_visit_of_another_age_counts_nowhere() {
    for changes in [&[][..], &[("match = \"day\"", "match = \"time_band\"")]] {
        let mut world = World::varied(changes).await;
        let officer = world.officer("sato").await;
        let venue = world.venue("見本食堂", "restaurant", 40).await;
        world.check_in(&venue, "mei@visitor.example").await;
        let (today, number) = (world.today(), venue.id.to_string());
        let good = world.case_form("本町-1", today, today, &[(&number, today)]);
        for day in NONE.into_iter().chain(["9999-12-31", LONG_AGO[1], LONG_AGO[2]]) {
            let page = world.act(&officer, "/cases/new", with(good.clone(), "visited_on", day)).await.is(422);
            drop(page.says("エラー"));
        }
        let typed = with(with(good, "visited_on", LONG_AGO[0]), "from", "23:00");
        let case = case_of(&world.act(&officer, "/cases/new", with(typed, "to", "02:00")).await);
        world.settle().await;
        let found: Vec<_> = world.findings(case).await.iter().map(|finding| finding.outcome).collect();
        assert_eq!(found, [Outcome::OutsideWindow; 2], "past midnight, so two days");
        world.see(&officer, &format!("/cases/{case}")).await.is(200);
        assert_eq!(world.count("notice").await, 0);
    }
}

/// A visitor's typed day, an event's days, a cluster's days.
#[tokio::test]
async fn a_day_of_another_age_is_told_wherever_it_is_typed() {
    let typed = (
        "confirmation = \"every\"",
        "confirmation = \"every\"\nvisit_time = \"user_entered\"\nvisit_time_max_past_days = 14",
    );
    let world = World::varied(&[typed]).await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let officer = world.officer("sato").await;
    let (path, today) = (format!("/v/{}", venue.code), world.today().to_string());
    for day in LONG_AGO.into_iter().chain(NONE).chain(["9999-12-31"]) {
        let nonce = world.get(&path).await.is(200).nonce();
        let fields = form(&[
            ("nonce", nonce.as_str()),
            ("email", "mei@visitor.example"),
            ("visited_on", day),
            ("visited_at", "12:00"),
        ]);
        world.post(&path, &fields).await.is(422).says("エラー");
        let event = with(with(registration(), "kind", "event_indoor"), "category", "event");
        let event = with(with(event, "participants", "50"), "starts_on", &today);
        let page = world.send_registration(with(event, "ends_on", day)).await.is(422).says("エラー");
        assert_eq!(page.field("ends_on").as_deref(), Some(day));
        for (from, to) in [(day, day), (day, today.as_str())] {
            let cluster = form(&[("venue", "見本食堂"), ("from", from), ("to", to), ("act", "propose")]);
            world.act(&officer, "/clusters/new", cluster).await.is(422).says("エラー");
        }
    }
    assert_eq!((world.count("notice").await, world.count("venue").await), (0, 1));
}

/// What was erased is told where somebody asks for it: a cluster of those days has nobody to be written to.
#[tokio::test]
async fn a_cluster_of_erased_days_is_told() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    world.check_in(&venue, "mei@visitor.example").await;
    let day = world.today().to_string();
    world.pass(70 * DAY).await;
    let officer = world.officer("sato").await;
    let cluster = form(&[("venue", "見本食堂"), ("from", &day), ("to", &day), ("act", "propose")]);
    world.act(&officer, "/clusters/new", cluster.clone()).await.is(422).says("登録した人がいない");
    world.act(&officer, "/clusters/new", with(cluster, "act", "preview")).await.is(200);
    assert_eq!(world.count("notice").await, 0);
}
