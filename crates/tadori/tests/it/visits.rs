//! When a visit was: typed by the visitor within the policy's past, counted for the day on which a night began,
//! and infectious as long as the disease says.

use domain::case::Course;
use domain::decision::Outcome;
use domain::service_day::ServiceDay;
use domain::venue::Venue;
use store::days::DayState;

use crate::form::{Form, form, with};
use crate::operator::registration;
use crate::story::case_of;
use crate::world::{DAY, HOUR, MINUTE, World};

/// Kyoto city's rule, with three days of past.
const TYPED: (&str, &str) = (
    "confirmation = \"every\"",
    "confirmation = \"every\"\nvisit_time = \"user_entered\"\nvisit_time_max_past_days = 3",
);

/// The form of a visit, opened now.
async fn visit(world: &World, venue: &Venue, email: &str, day: ServiceDay, time: &str) -> Form {
    let nonce = world.get(&format!("/v/{}", venue.code)).await.is(200).nonce();
    form(&[("nonce", &nonce), ("email", email), ("visited_on", &day.to_string()), ("visited_at", time)])
}

/// A visit typed and thanked for.
async fn enter(world: &World, venue: &Venue, email: &str, day: ServiceDay, time: &str) {
    let fields = visit(world, venue, email, day, time).await;
    world.post(&format!("/v/{}", venue.code), &fields).await.leads_to();
}

/// KYC-3, B2, B3: the visitor says when it was; the form is filled in with now; sent twice it is one visit,
/// and with another time another.
#[tokio::test]
async fn a_visitor_says_when_it_was() {
    let mut world = World::varied(&[TYPED]).await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let (path, yesterday) = (format!("/v/{}", venue.code), world.today().plus_days(-1));
    let page = world.get(&path).await.is(200).says("3日前の利用まで登録できます").says("利用した日時");
    assert_eq!(page.field("visited_on").as_deref(), Some("2026-11-22"));
    assert_eq!(page.field("visited_at").as_deref(), Some("12:00"));

    let fields = visit(&world, &venue, "mei@visitor.example", yesterday, "18:30").await;
    let answer = world.post(&path, &fields).await;
    world.get(answer.leads_to()).await.is(200).says("2026年11月21日（土）");
    world.settle().await;
    world.post(&path, &fields).await.leads_to();
    let at = |day| world.intake.check_ins(day, Some(venue.id));
    assert_eq!((at(yesterday).await.unwrap().len(), world.check_ins_today().await), (1, 0));
    let place = at(yesterday).await.unwrap()[0].place;
    assert_eq!(world.pack.policy.calendar.wall_clock(place.at), "2026-11-21 18:30");
    let corrected = with(with(fields, "visited_at", "19:30"), "keep", "1");
    for _ in 0..2 {
        world.post(&path, &corrected).await.leads_to();
    }
    assert_eq!(at(yesterday).await.unwrap().len(), 2);
    world.settle().await;
    let mails = world.mails_to("mei@visitor.example");
    assert_eq!(mails.len(), 2);
    assert!(mails[0].body.contains("登録日時：2026年11月21日（土） 18:30"), "{}", mails[0].body);
    // Without the key the form has no such fields, and takes no notice of them.
    let world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    assert_eq!(world.get(&format!("/v/{}", venue.code)).await.is(200).field("visited_on"), None);
    enter(&world, &venue, "mei@visitor.example", yesterday, "18:30").await;
    assert_eq!(world.check_ins_today().await, 1);
}

/// B3: what can't be taken is told at its field, with everything kept as it was typed, and stores nothing.
#[tokio::test]
async fn a_visit_that_cannot_be_taken_is_told() {
    let world = World::varied(&[TYPED]).await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let (path, today) = (format!("/v/{}", venue.code), world.today());
    let good = visit(&world, &venue, "mei@visitor.example", today, "11:00").await;
    let (old, next) = (today.plus_days(-4).to_string(), today.plus_days(1).to_string());
    for (field, typed, says) in [
        ("visited_on", old.as_str(), "3日前までの利用"),
        ("visited_on", &next, "これから先の利用"),
        ("visited_at", "12:06", "これから先の利用"),
        ("visited_on", "", "利用した日は、年・月・日"),
        ("visited_on", "きのう", "利用した日は、年・月・日"),
        ("visited_at", "", "18:30 のように"),
        ("visited_at", "25:00", "18:30 のように"),
    ] {
        let page = world.post(&path, &with(good.clone(), field, typed)).await.is(422).says(says);
        assert_eq!(page.field(field).as_deref(), Some(typed));
        assert_eq!(page.field("email").as_deref(), Some("mei@visitor.example"));
    }
    // Both mistakes are said at once, and a suggested address keeps day and time.
    let both = with(with(good.clone(), "email", "x"), "visited_at", "x");
    world.post(&path, &both).await.is(422).says("2か所をご確認ください");
    let page = world.post(&path, &with(good.clone(), "email", "mei@gmial.com")).await.is(422);
    assert_eq!(page.field("visited_at").as_deref(), Some("11:00"));
    for day in today.plus_days(-4).through(today.plus_days(1)) {
        assert_eq!(world.intake.count_check_ins(day).await.unwrap(), 0, "{day}");
    }
    // An event of yesterday can still be entered, for yesterday only.
    let event = world.event("きのうの催し", today.plus_days(-1), today.plus_days(-1)).await;
    let path = format!("/v/{}", event.code);
    let fields = visit(&world, &event, "mei@visitor.example", today, "11:00").await;
    world.post(&path, &fields).await.is(422).says("開かれていないイベント");
    enter(&world, &event, "mei@visitor.example", today.plus_days(-1), "11:00").await;
    let over = world.event("先週の催し", today.plus_days(-5), today.plus_days(-4)).await;
    world.get(&format!("/v/{}", over.code)).await.is(404);
}

/// B3: a day stays open as long as visits on it may be entered, and closes then; who enters a visit after the
/// notice of that day was sent is told too.
#[tokio::test]
async fn a_late_visit_is_told_too() {
    let mut world = World::varied(&[TYPED]).await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let day = world.today();
    enter(&world, &venue, "mei@visitor.example", day, "11:00").await;
    world.pass(DAY).await;
    let officer = world.officer("sato").await;
    world.enter(&officer, "K-1", &[(&venue, day)]).await;
    world.settle().await;
    let notice = world.proposed().await;
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    assert_eq!(world.notices_to("mei@visitor.example").len(), 1);
    world.pass_until(day.plus_days(4), std::time::Duration::ZERO).await;
    world.clock.advance(MINUTE);
    let fields = visit(&world, &venue, "late@visitor.example", day, "19:00").await;
    world.post(&format!("/v/{}", venue.code), &fields).await.is(422).says("3日前までの利用");
    assert_eq!(world.intake.day(day).await.unwrap().unwrap().state, DayState::Open);
    world.settle().await;
    assert_eq!(world.intake.day(day.plus_days(1)).await.unwrap().unwrap().state, DayState::Open);
    world.pass(20 * MINUTE).await;
    let closed = world.intake.day(day).await.unwrap().unwrap();
    assert_eq!((closed.state, closed.check_ins), (DayState::Closed, 1));

    let next = day.plus_days(1);
    let officer = world.officer("suzuki").await;
    let fields = world.case_form("K-2", next, world.today(), &[("見本食堂", next)]);
    case_of(&world.act(&officer, "/cases/new", fields).await);
    enter(&world, &venue, "sora@visitor.example", next, "18:00").await;
    world.settle().await;
    let notice = world.proposed().await;
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    enter(&world, &venue, "late@visitor.example", next, "19:00").await;
    world.pass(DAY).await;
    assert_eq!(world.notices_to("late@visitor.example").len(), 1);
    assert_eq!(world.notices_to("sora@visitor.example").len(), 1);
    assert_eq!(world.notices_to("mei@visitor.example").len(), 1, "she was there on another day");
}

/// B7: a bar's night is one day where its category says so; next door midnight parts two.
#[tokio::test]
async fn a_night_is_one_day_where_the_category_says_so() {
    let night = "label = \"スナック・バー・パブ・ナイトクラブ（接待を伴うもの）\"";
    let five = format!("{night}\nday_boundary_hour = 5");
    let mut world = World::varied(&[(night, &five)]).await;
    let (bar, shop) =
        (world.venue("スナック みなと", "night", 20).await, world.venue("夜食堂", "restaurant", 20).await);
    let first = world.today();
    let gig = world.event("真夜中の催し", first.plus_days(1), first.plus_days(1)).await;
    world.pass_until(first, 23 * HOUR).await;
    for venue in [&bar, &shop] {
        world.check_in(venue, "mei@visitor.example").await;
    }
    world.get(&format!("/v/{}", gig.code)).await.is(404);
    world.pass_until(first.plus_days(1), HOUR).await;
    for venue in [&bar, &shop] {
        world.check_in(venue, "sora@visitor.example").await;
    }
    world.get(&format!("/v/{}", gig.code)).await.is(200);
    let at = |day, venue: &Venue| world.intake.count_check_ins_at(day, venue.id);
    assert_eq!(at(first, &bar).await.unwrap(), 2);
    assert_eq!((at(first, &shop).await.unwrap(), at(first.plus_days(1), &shop).await.unwrap()), (1, 1));
    assert_eq!(world.intake.day(first).await.unwrap().unwrap().state, DayState::Open);
    world.settle().await;
    assert_eq!(world.mails_to("sora@visitor.example").len(), 2);

    // A case's visit follows the venue too: at the bar one day, next door two.
    let officer = world.officer("sato").await;
    let (bar_number, shop_number) = (bar.id.to_string(), shop.id.to_string());
    for (number, days) in [(&bar_number, 1), (&shop_number, 2)] {
        let fields = world.case_form("K-1", first, world.today(), &[(number, first)]);
        let fields = with(with(fields, "from", "22:00"), "to", "01:30");
        let case = case_of(&world.act(&officer, "/cases/new", fields).await);
        world.settle().await;
        assert_eq!(world.findings(case).await.len(), days, "{number}");
    }
    world.pass_until(first.plus_days(1), 6 * HOUR).await;
    assert_eq!(world.intake.day(first).await.unwrap().unwrap().state, DayState::Closed);
}

/// B7: after midnight the evening's service day goes on, and people speak of the date on the wall: of that day the visit
/// was, and a test may be of today.
#[tokio::test]
async fn at_night_today_is_the_date_on_the_wall() {
    let mut world = World::varied(&[("day_boundary_hour = 0", "day_boundary_hour = 5")]).await;
    let bar = world.venue("スナック みなと", "night", 20).await;
    let evening = world.today();
    let date = evening.plus_days(1);
    // Half past one.
    world.pass_until(evening, 20 * HOUR + 30 * MINUTE).await;
    world.check_in(&bar, "mei@visitor.example").await;
    world.settle().await;
    assert_eq!(world.today(), evening);
    let officer = world.officer("sato").await;
    let fields = world.case_form("K-1", evening, date, &[(&bar.id.to_string(), date)]);
    // Without a time that is a service day which hasn't begun.
    world.act(&officer, "/cases/new", fields.clone()).await.is(422).says("これから先の日");
    let case = case_of(&world.act(&officer, "/cases/new", with(fields.clone(), "from", "1:15")).await);
    world.settle().await;
    assert_eq!(world.findings(case).await[0].day, Some(evening));
    assert_eq!(world.outcomes(case).await, ["proposed"]);
    let tomorrow = date.plus_days(1).to_string();
    for name in ["positive_on", "visited_on"] {
        let fields = with(with(fields.clone(), "from", "1:15"), name, &tomorrow);
        world.act(&officer, "/cases/new", fields).await.is(422).says("これから先の日");
    }
}

/// D4, D5: how long a case counts is the disease's, and so are the words.
#[tokio::test]
async fn the_disease_decides_how_long_a_case_counts() {
    let measles = [
        ("profile = \"covid-19\"", "profile = \"measles\""),
        ("days_before_onset = 2\n", ""),
        ("exposure_end = \"positive_date\"\n", ""),
    ];
    let mut world = World::varied(&measles).await;
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    world.get("/visitors").await.is(200).says("発疹が出た日の4日前から4日後まで");
    world.get("/visitors?lang=en").await.is(200).says("until 4 days after");
    world.get("/report").await.is(200).says("発疹が出た日です");
    let onset = world.today();
    world.check_in(&venue, "patient@visitor.example").await;
    world.report(&officer, &["patient@visitor.example"], onset, onset).await;
    world.settle().await;
    let case = world.office.case(world.newest_case().await).await.unwrap().unwrap();
    assert_eq!(case.dates.course(), Course::OnsetOn(onset));
    assert_eq!((case.window.first, case.window.last), (onset.plus_days(-4), onset.plus_days(4)));
    // The window goes on: a visit three days later counts, once that day closes.
    world.pass(3 * DAY).await;
    for email in ["patient@visitor.example", "mei@visitor.example"] {
        world.check_in(&venue, email).await;
    }
    world.pass(DAY).await;
    let officer = world.officer("suzuki").await;
    let notice = world.proposed().await;
    let days = world.office.notice_days(notice).await.unwrap();
    assert_eq!(days.iter().map(|at| at.day).collect::<Vec<_>>(), [onset.plus_days(3)]);
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    let mails = world.notices_to("mei@visitor.example");
    assert!(mails.len() == 1 && mails[0].body.contains("麻しん"), "{mails:?}");
    // Under Osaka's own profile the same visit lies outside.
    let world = World::new().await;
    let officer = world.officer("sato").await;
    world.get("/visitors").await.is(200).says("2日前から、感染が分かった日まで");
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let mut world = world;
    let case = world.enter(&officer, "K-1", &[(&venue, onset.plus_days(-3))]).await;
    world.settle().await;
    assert_eq!(world.findings(case).await[0].outcome, Outcome::OutsideWindow);
}

/// B3, STM-28: of an event that is held again, a visit is entered on a day on which it was held, as long as the
/// policy takes it; on the days between it is refused, and then the code is as unknown.
#[tokio::test]
async fn a_visit_to_an_event_was_on_a_day_of_it() {
    let mut world = World::varied(&[TYPED]).await;
    let (first, again) = (world.today(), world.today().plus_days(7));
    let event = with(with(registration(), "kind", "event_indoor"), "category", "event");
    let event = with(with(event, "participants", "150"), "starts_on", &first.to_string());
    world.send_registration(with(event, "ends_on", &first.to_string())).await.leads_to();
    let venue = world.intake.venues_named("髙﨑𠮷辻食堂", 9).await.unwrap().remove(0);
    let mut held = venue.held.clone();
    held.add(again, again).unwrap();
    assert!(world.intake.set_held(venue.id, &venue.held, &held).await.unwrap());

    world.pass(2 * DAY).await;
    enter(&world, &venue, "mei@visitor.example", first, "18:30").await;
    let between = visit(&world, &venue, "mei@visitor.example", first.plus_days(1), "18:30").await;
    let path = format!("/v/{}", venue.code);
    world.post(&path, &between).await.is(422).says("開かれていないイベント");
    assert_eq!(world.intake.check_ins(first, Some(venue.id)).await.unwrap().len(), 1);
    world.pass(2 * DAY).await;
    world.get(&path).await.is(404);
    world.pass(3 * DAY).await;
    world.get(&path).await.is(200);
}
