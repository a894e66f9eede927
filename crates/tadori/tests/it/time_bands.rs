//! Time bands: who was there at the same time as a case is counted and told, and nobody else (STM, KNG; B5, B6).

use domain::decision::Outcome;
use domain::id::CaseId;
use domain::notice::NoticeState;
use domain::service_day::ServiceDay;
use domain::venue::Venue;

use crate::form::{form, with};
use crate::story::{Officer, case_of};
use crate::world::{DAY, HOUR, MINUTE, World};

/// An hour's stay; the air of COVID-19 stays infectious for half an hour more.
const BAND: (&str, &str) = ("match = \"day\"", "match = \"time_band\"\ntime_band_minutes = 60");

impl World {
    /// Somebody checks in at this time of today.
    async fn check_in_at(&self, venue: &Venue, email: &str, hour: u32, minute: u32) {
        let time = HOUR * hour + MINUTE * minute;
        let then = self.pack.policy.calendar.start_of(self.today()).plus(time);
        self.clock.advance(then.since(self.clock.now()));
        self.check_in(venue, email).await;
    }

    /// An officer enters a visit with its times.
    async fn enter_times(
        &self,
        officer: &Officer,
        reference: &str,
        (venue, day): (&Venue, ServiceDay),
        (from, to): (&str, &str),
    ) -> CaseId {
        let fields = self.case_form(reference, day, self.today(), &[(&venue.id.to_string(), day)]);
        case_of(&self.act(officer, "/cases/new", with(with(fields, "from", from), "to", to)).await)
    }

    /// Approves the only proposal, and has it sent.
    async fn send(&mut self, officer: &Officer) {
        let notice = self.proposed().await;
        self.approve(officer, notice).await;
        self.pass(11 * MINUTE).await;
    }

    /// To whom notices went, once for each.
    fn told(&self, names: &[&str]) -> Vec<usize> {
        names.iter().map(|name| self.notices_to(&format!("{name}@visitor.example")).len()).collect()
    }
}

/// B5, section 9 no. 3: a reported case tells those whose stay met its own, before and after, and the figure that
/// the officer approves is the number of those who are told. By day everyone of that day is told.
#[tokio::test]
async fn who_was_there_at_the_same_time_is_told() {
    let names = ["gone", "before", "after", "later"];
    for (changes, told) in [(&[BAND][..], [0, 1, 1, 0]), (&[], [1, 1, 1, 1])] {
        let mut world = World::varied(changes).await;
        let venue = world.venue("見本食堂", "restaurant", 40).await;
        let day = world.today();
        world.check_in_at(&venue, "gone@visitor.example", 12, 9).await;
        world.check_in_at(&venue, "before@visitor.example", 12, 10).await;
        world.check_in_at(&venue, "patient@visitor.example", 13, 10).await;
        world.check_in_at(&venue, "after@visitor.example", 14, 40).await;
        world.check_in_at(&venue, "later@visitor.example", 14, 41).await;
        let officer = world.officer("sato").await;
        world.report(&officer, &["patient@visitor.example"], day, day).await;
        world.settle().await;
        let (case, notice) = (world.newest_case().await, world.proposed().await);
        let others = world.office.notice(notice).await.unwrap().unwrap().others;
        assert_eq!(others, told.iter().sum::<usize>() as u64);
        let by_band = !changes.is_empty();
        for page in [format!("/notices/{notice}"), format!("/cases/{case}")] {
            let page = world.see(&officer, &page).await.is(200);
            let band = "2026年11月22日（日） 12:10から2026年11月22日（日） 14:40まで";
            assert_eq!(page.text().contains(band), by_band, "{}", page.main());
        }
        let when = if by_band { "同じ時間帯に" } else { "同じ日に" };
        world.see(&officer, &format!("/notices/{notice}")).await.is(200).says(&format!("あなたと{when}、"));
        world.get("/").await.is(200).says(when);
        world.get("/thresholds").await.is(200).says(when);
        world.send(&officer).await;
        world.pass(DAY).await;
        assert_eq!(world.told(&names), told);
        assert_eq!(world.told(&["patient"]), [0]);
        let mail = &world.notices_to("after@visitor.example")[0];
        assert!(mail.body.contains(when), "{}", mail.body);
        assert!(
            world.office.notices(NoticeState::Proposed).await.unwrap().is_empty(),
            "matched again: nothing new"
        );
    }
}

/// A band doesn't end at midnight: whoever came after it is told too, whether the case was reported or entered,
/// and also who comes after the case was matched.
#[tokio::test]
async fn a_band_reaches_into_the_next_day() {
    for reported in [true, false] {
        let mut world = World::varied(&[BAND]).await;
        let venue = world.venue("スナック みなと", "night", 20).await;
        let day = world.today();
        world.check_in_at(&venue, "noon@visitor.example", 12, 30).await;
        world.check_in_at(&venue, "before@visitor.example", 23, 0).await;
        world.check_in_at(&venue, "patient@visitor.example", 23, 30).await;
        let officer = world.officer("sato").await;
        if reported {
            world.report(&officer, &["patient@visitor.example"], day, day).await;
        } else {
            world.enter_times(&officer, "K-1", (&venue, day), ("23:30", "")).await;
        }
        world.settle().await;
        let notice = world.proposed().await;
        let days = world.office.notice_days(notice).await.unwrap();
        assert_eq!(days.iter().map(|at| at.day).collect::<Vec<_>>(), [day, day.plus_days(1)]);
        world.send(&officer).await;
        world.pass_until(day.plus_days(1), 59 * MINUTE).await;
        world.check_in(&venue, "night@visitor.example").await;
        world.pass_until(day.plus_days(1), 61 * MINUTE).await;
        world.check_in(&venue, "morning@visitor.example").await;
        world.pass(2 * DAY).await;
        assert_eq!(world.told(&["noon", "before", "night", "morning"]), [0, 1, 1, 0]);
        // By an officer's entry the patient's own address is unknown.
        assert_eq!(world.told(&["patient"]), [usize::from(!reported)]);
    }
}

/// B5: a case whose people are all told by an alert that stands is one of that alert's: whoever decides on it knows of both.
#[tokio::test]
async fn who_is_told_already_is_told_for_this_case_too() {
    let mut world = World::varied(&[BAND]).await;
    let venue = world.venue("スナック みなと", "night", 20).await;
    let day = world.today();
    world.check_in_at(&venue, "mei@visitor.example", 12, 40).await;
    let officer = world.officer("sato").await;
    let first = world.enter_times(&officer, "K-1", (&venue, day), ("12:00", "13:00")).await;
    world.settle().await;
    let notice = world.proposed().await;
    // 12:30 to 14:30 of which the alert tells all who came until 13:30, and nobody came after that.
    let second = world.enter_times(&officer, "K-2", (&venue, day), ("13:30", "14:00")).await;
    world.settle().await;
    assert_eq!(world.proposed().await, notice, "there is one");
    assert_eq!(world.outcomes(second).await, ["already_noticed"]);
    let mut cases = world.office.cases_of_notice(notice).await.unwrap();
    cases.sort();
    let mut both = [first, second];
    both.sort();
    assert_eq!(cases, both);
    // Declined knowing both, it is not proposed anew when the day closes.
    world.act(&officer, &format!("/notices/{notice}/decline"), form(&[("reason", "見本")])).await.is(303);
    world.pass(2 * DAY).await;
    assert_eq!(world.office.notices(NoticeState::Proposed).await.unwrap().len(), 0);
}

/// Nobody else was there yet; somebody came after midnight: the case is matched again when that day closes.
#[tokio::test]
async fn who_comes_after_midnight_makes_a_notice() {
    let mut world = World::varied(&[BAND]).await;
    let venue = world.venue("スナック みなと", "night", 20).await;
    let day = world.today();
    world.pass_until(day, 23 * HOUR + 40 * MINUTE).await;
    let officer = world.officer("sato").await;
    let case = world.enter_times(&officer, "K-1", (&venue, day), ("23:30", "23:50")).await;
    world.settle().await;
    assert_eq!(world.outcomes(case).await, ["nobody_else"]);
    world.pass_until(day.plus_days(1), 19 * MINUTE).await;
    world.check_in(&venue, "night@visitor.example").await;
    world.pass(DAY).await;
    assert_eq!(world.outcomes(case).await, ["proposed"]);
}

/// B5, OSK-13: cases count together when their bands touch; what one notice told, the next doesn't tell again.
#[tokio::test]
async fn cases_count_together_when_their_bands_touch() {
    let mut world = World::varied(&[BAND]).await;
    let venue = world.venue("カラオケ あおば", "karaoke", 80).await;
    let day = world.today();
    for (name, hour, minute) in
        [("one", 12, 10), ("two", 14, 20), ("three", 15, 10), ("four", 18, 30), ("five", 19, 0)]
    {
        world.check_in_at(&venue, &format!("{name}@visitor.example"), hour, minute).await;
    }
    let names = ["one", "two", "three", "four", "five"];
    let officer = world.officer("sato").await;
    let at = (&venue, day);
    let noon = world.enter_times(&officer, "K-1", at, ("12:00", "13:00")).await;
    let evening = world.enter_times(&officer, "K-2", at, ("18:00", "19:00")).await;
    world.settle().await;
    for case in [noon, evening] {
        let below = Outcome::BelowThreshold { cases: 1, needed: 2 };
        assert_eq!(world.findings(case).await[0].outcome, below, "two cases, and never at one time");
    }
    // The third is near the first: 11:00 to 13:30 and 12:30 to 14:30.
    world.enter_times(&officer, "K-3", at, ("13:30", "14:00")).await;
    world.settle().await;
    assert_eq!(world.outcomes(noon).await, ["proposed"]);
    assert_eq!(world.outcomes(evening).await, ["below_threshold"]);
    let notice = world.office.notice(world.proposed().await).await.unwrap().unwrap();
    assert_eq!(notice.others, 2);
    world.send(&officer).await;
    assert_eq!(world.told(&names), [1, 1, 0, 0, 0]);
    // A fourth makes the chain longer: those who are new in it are told.
    let fourth = world.enter_times(&officer, "K-4", at, ("14:30", "15:00")).await;
    world.settle().await;
    let longer = world.proposed().await;
    assert_eq!(world.office.notice(longer).await.unwrap().unwrap().others, 1);
    assert_eq!(world.office.notice_days(longer).await.unwrap()[0].cases, 3);
    assert_eq!(world.outcomes(fourth).await, ["proposed"]);
    world.send(&officer).await;
    assert_eq!(world.told(&names), [1, 1, 1, 0, 0]);
    // A fifth within what was told is part of it.
    let fifth = world.enter_times(&officer, "K-5", at, ("13:00", "13:10")).await;
    world.settle().await;
    assert_eq!(world.outcomes(fifth).await, ["already_noticed"]);
    // By day all of them would have counted at once.
    let mut world = World::new().await;
    let venue = world.venue("カラオケ あおば", "karaoke", 80).await;
    world.check_in(&venue, "one@visitor.example").await;
    let officer = world.officer("sato").await;
    world.enter_times(&officer, "K-1", (&venue, day), ("12:00", "13:00")).await;
    world.enter_times(&officer, "K-2", (&venue, day), ("18:00", "19:00")).await;
    world.settle().await;
    world.proposed().await;
}

/// The air of measles stays infectious for two hours; the same visit under COVID-19 reaches half an hour.
#[tokio::test]
async fn the_diseases_lingering_time_counts() {
    let measles = ("profile = \"covid-19\"", "profile = \"measles\"");
    for (changes, told) in [(&[BAND, measles][..], [1, 1, 0]), (&[BAND][..], [1, 0, 0])] {
        let mut world = World::varied(changes).await;
        let venue = world.venue("見本食堂", "restaurant", 40).await;
        let day = world.today();
        for (name, hour) in [("one", 13), ("two", 15), ("three", 16)] {
            world.check_in_at(&venue, &format!("{name}@visitor.example"), hour, 0).await;
        }
        let officer = world.officer("sato").await;
        world.enter_times(&officer, "K-1", (&venue, day), ("12:50", "13:10")).await;
        world.settle().await;
        world.send(&officer).await;
        assert_eq!(world.told(&["one", "two", "three"]), told);
    }
}

/// What was declined in a band isn't asked again when days close; a further case is a new question. A case
/// without times counts for the whole day.
#[tokio::test]
async fn a_declined_band_is_not_proposed_again() {
    let mut world = World::varied(&[BAND]).await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let day = world.today();
    world.check_in_at(&venue, "patient@visitor.example", 13, 0).await;
    world.check_in_at(&venue, "mei@visitor.example", 13, 10).await;
    world.check_in_at(&venue, "sora@visitor.example", 20, 0).await;
    let officer = world.officer("sato").await;
    world.report(&officer, &["patient@visitor.example"], day, day).await;
    world.settle().await;
    let notice = world.proposed().await;
    let reason = form(&[("reason", "全員に電話で連絡済み")]);
    world.act(&officer, &format!("/notices/{notice}/decline"), reason).await.leads_to();
    world.pass(2 * DAY).await;
    assert!(world.office.notices(NoticeState::Proposed).await.unwrap().is_empty(), "proposed again");
    let officer = world.officer("suzuki").await;
    let case = world.enter_times(&officer, "K-2", (&venue, day), ("", "")).await;
    world.settle().await;
    assert_eq!(world.outcomes(case).await, ["proposed"]);
    world.send(&officer).await;
    assert_eq!(world.told(&["mei", "sora", "patient"]), [1, 1, 0]);
}
