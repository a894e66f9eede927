//! What comes of a case, and why: every visit ends in a finding that an officer can read.

use domain::decision::Outcome;
use domain::notice::NoticeState;

use crate::form::{form, with};
use crate::story::case_of;
use crate::world::{DAY, MINUTE, World};

/// OSK-2, OSK-13, OSK-14, OSK-41: at a karaoke box of 80 ㎡ two cases are needed. The first is told "1 of 2";
/// the second reaches it, and the first one's finding joins the notice.
#[tokio::test]
async fn a_second_case_reaches_the_base_number() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let karaoke = world.venue("カラオケ あおば", "karaoke", 80).await;
    let day = world.today();
    for email in ["first@visitor.example", "second@visitor.example", "mei@visitor.example"] {
        world.check_in(&karaoke, email).await;
    }
    world.report(&officer, &["first@visitor.example"], day, day).await;
    world.settle().await;
    let first = world.newest_case().await;
    assert_eq!(world.findings(first).await[0].outcome, Outcome::BelowThreshold { cases: 1, needed: 2 });
    world.see(&officer, &format!("/cases/{first}")).await.is(200).says("基準未満");
    assert!(world.office.notices(NoticeState::Proposed).await.unwrap().is_empty());

    world.clock.advance(MINUTE);
    world.report(&officer, &["second@visitor.example"], day, day).await;
    world.settle().await;
    let notice = world.proposed().await;
    let second = world.newest_case().await;
    assert_ne!(first, second);
    for case in [first, second] {
        let findings = world.findings(case).await;
        assert_eq!(
            (findings.len(), findings[0].outcome, findings[0].notice),
            (1, Outcome::Proposed, Some(notice))
        );
        world.see(&officer, &format!("/cases/{case}")).await.is(200).says("お知らせ案を作成");
    }
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200);
    page.says("カラオケ あおば").says("2人").says("2020-12-01").says(&world.pack.version);
    let days = world.office.notice_days(notice).await.unwrap();
    assert_eq!(
        (days[0].cases, days[0].needed, days[0].row_record.as_str()),
        (2, 2, "2020-12-01 B floor_m2 0-1000: 2")
    );
    let stored = world.office.notice(notice).await.unwrap().unwrap();
    assert_eq!(stored.others, 1, "neither of the cases is counted");
}

/// OSK-13, OSK-41: one case is enough at a restaurant, and the same person twice is one case.
#[tokio::test]
async fn one_person_is_one_case() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let karaoke = world.venue("カラオケ あおば", "karaoke", 80).await;
    let day = world.today();
    for _ in 0..3 {
        world.check_in(&karaoke, "first@visitor.example").await;
    }
    world.check_in(&karaoke, "mei@visitor.example").await;
    world.report(&officer, &["first@visitor.example", "FIRST@visitor.example"], day, day).await;
    world.settle().await;
    let case = world.newest_case().await;
    assert_eq!(world.findings(case).await[0].outcome, Outcome::BelowThreshold { cases: 1, needed: 2 });
}

/// OSK-13: one person who reported twice, with two codes, is one case of the two that are asked for, and the
/// officer is told why; a second person reaches the number. An officer's entry has no address and counts.
#[tokio::test]
async fn a_person_reported_twice_is_one_case() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let karaoke = world.venue("カラオケ あおば", "karaoke", 80).await;
    let day = world.today();
    for email in ["first@visitor.example", "second@visitor.example", "mei@visitor.example"] {
        world.check_in(&karaoke, email).await;
    }
    world.report(&officer, &["first@visitor.example"], day, day).await;
    world.settle().await;
    world.clock.advance(MINUTE);
    world.report(&officer, &["FIRST@visitor.example", "work@visitor.example"], day, day).await;
    world.settle().await;
    let twice = world.newest_case().await;
    let found = &world.findings(twice).await[0];
    assert_eq!(found.outcome, Outcome::BelowThreshold { cases: 1, needed: 2 });
    assert_eq!((found.cases, found.reports), (1, 2));
    let page = world.see(&officer, &format!("/cases/{twice}")).await.is(200);
    page.says("陽性者1人、基準2人").says("報告2件のうち");
    assert_eq!(world.count("notice").await, 0);

    world.clock.advance(MINUTE);
    let entered = world.enter(&officer, "K-1", &[(&karaoke, day)]).await;
    world.settle().await;
    let notice = world.proposed().await;
    let found = &world.findings(entered).await[0];
    assert_eq!((found.outcome, found.cases, found.reports), (Outcome::Proposed, 2, 3));
    let days = world.office.notice_days(notice).await.unwrap();
    assert_eq!((days[0].cases, days[0].needed), (2, 2));
    assert_eq!(world.office.cases_of_notice(notice).await.unwrap().len(), 3, "all three rest in it");
    assert_eq!(world.office.notice(notice).await.unwrap().unwrap().others, 2, "second and mei");
}

/// However many cases wait in one turn, a day that is still open is opened once for all of them, and each is
/// found where it was and nowhere else.
#[tokio::test]
async fn an_open_day_is_opened_once_for_all() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let (one, other) = (
        world.venue("カラオケ 一号店", "karaoke", 80).await,
        world.venue("カラオケ 二号店", "karaoke", 80).await,
    );
    let day = world.today();
    world.check_in(&one, "first@visitor.example").await;
    world.check_in(&other, "first@visitor.example").await;
    world.check_in(&other, "second@visitor.example").await;
    world.check_in(&other, "mei@visitor.example").await;
    world.report(&officer, &["first@visitor.example"], day, day).await;
    world.report(&officer, &["second@visitor.example"], day, day).await;
    world.report(&officer, &["nobody@visitor.example"], day, day).await;
    world.settle().await;
    let mut found = Vec::new();
    for case in world.office.cases(10).await.unwrap() {
        let at = world.findings(case.id).await;
        found.push(at.iter().map(|finding| finding.venue).collect::<Vec<_>>());
        found.last_mut().unwrap().sort();
    }
    found.sort();
    let mut both = vec![Some(one.id), Some(other.id)];
    both.sort();
    let mut expected = vec![vec![None], vec![Some(other.id)], both];
    expected.sort();
    assert_eq!(found, expected);
    let entries = world.office.ledger(None, 500).await.unwrap();
    let opened = entries.iter().filter(|entry| entry.subject == day.to_string());
    assert_eq!(opened.filter(|entry| entry.detail.contains("さがす")).count(), 1);
}

/// Each reason that keeps a warning back is said, in the store's words and in the officer's.
#[tokio::test]
async fn each_reason_is_said() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let restaurant = world.venue("見本食堂", "restaurant", 40).await;
    let karaoke = world.venue("カラオケ あおば", "karaoke", 80).await;
    let day = world.today();
    world.check_in(&karaoke, "mei@visitor.example").await;
    let number = restaurant.id.to_string();
    let visits = [
        (number.as_str(), day),               // nobody else was there
        (number.as_str(), day.plus_days(-3)), // outside the window
        ("どこかの店", day),                  // not registered
        ("カラオケ あおば", day),             // found by its name; 1 of 2
        (number.as_str(), day.plus_days(-2)), // a day before there was Tadori
    ];
    let case = case_of(&world.act(&officer, "/cases/new", world.case_form("K-1", day, day, &visits)).await);
    world.see(&officer, &format!("/cases/{case}")).await.is(200).says("照合を待っています");
    world.settle().await;
    let mut outcomes = world.outcomes(case).await;
    outcomes.sort_unstable();
    assert_eq!(
        outcomes,
        ["below_threshold", "day_erased", "nobody_else", "outside_window", "venue_not_registered"]
    );
    let page = world.see(&officer, &format!("/cases/{case}")).await.is(200);
    for words in ["ほかに登録者なし", "感染可能期間の外", "施設未登録", "基準未満", "どこかの店"]
    {
        assert!(page.text().contains(words), "{words}:\n{}", page.main());
    }
    world.see(&officer, "/figures").await.is(200);
    assert_eq!(world.inbox.messages_to("mei@visitor.example").len(), 1, "the confirmation alone");
}

/// HKD-13's rule is Osaka's practice too: where the close contacts are known, no notice is proposed.
#[tokio::test]
async fn close_contacts_that_are_known_are_not_told_again() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let restaurant = world.venue("見本食堂", "restaurant", 40).await;
    world.check_in(&restaurant, "mei@visitor.example").await;
    let day = world.today();
    let number = restaurant.id.to_string();
    let fields = world.case_form("K-1", day, day, &[(&number, day)]);
    let fields = with(fields, "close_contacts_identified", "yes");
    let case = case_of(&world.act(&officer, "/cases/new", fields).await);
    world.settle().await;
    assert_eq!(world.outcomes(case).await, ["close_contacts_identified"]);
    assert_eq!(world.count("notice").await, 0);
}

/// OSK-25: a patient whose addresses were never used is told so on the officer's page, not refused.
#[tokio::test]
async fn an_address_that_was_never_used_is_a_finding() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let day = world.today();
    world.report(&officer, &["nobody@visitor.example"], day, day).await;
    world.settle().await;
    let case = world.newest_case().await;
    assert_eq!(world.outcomes(case).await, ["no_check_in"]);
    world.see(&officer, &format!("/cases/{case}")).await.is(200).says("期間内の登録なし");
}

/// DESIGN section 1: an officer's entry alone starts a warning; the patient never registered.
#[tokio::test]
async fn an_officers_entry_needs_no_registration_by_the_patient() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let restaurant = world.venue("見本食堂", "restaurant", 40).await;
    world.check_in(&restaurant, "mei@visitor.example").await;
    let day = world.today();
    let case = world.enter(&officer, "K-1", &[(&restaurant, day)]).await;
    world.settle().await;
    assert_eq!(world.outcomes(case).await, ["proposed"]);
    let notice = world.proposed().await;
    assert_eq!(world.office.notice(notice).await.unwrap().unwrap().others, 1);
    world.see(&officer, "/cases").await.is(200).says("判断を待っています").says("見本食堂");
    // The same form sent twice is one case.
    assert_eq!(world.count("case_record").await, 1);
}

/// A check-in that comes after the match counts too: the case is matched again when the day closes.
/// With a reported address and with an officer's entry alike.
#[tokio::test]
async fn a_later_check_in_counts_too() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let (one, other) =
        (world.venue("一号店", "restaurant", 40).await, world.venue("二号店", "restaurant", 40).await);
    let day = world.today();
    world.check_in(&one, "patient@visitor.example").await;
    world.report(&officer, &["patient@visitor.example"], day, day).await;
    world.settle().await;
    let reported = world.newest_case().await;
    world.clock.advance(MINUTE);
    let entered = world.enter(&officer, "K-1", &[(&other, day)]).await;
    world.settle().await;
    assert_eq!(world.outcomes(reported).await, ["nobody_else"]);
    assert_eq!(world.outcomes(entered).await, ["nobody_else"]);

    world.check_in(&one, "mei@visitor.example").await;
    world.check_in(&other, "mei@visitor.example").await;
    world.pass_until(day.plus_days(1), 20 * MINUTE).await;
    assert_eq!(world.outcomes(reported).await, ["proposed"]);
    assert_eq!(world.outcomes(entered).await, ["proposed"]);
}

/// What an officer declined or stopped isn't asked again when days close and the case is matched again; a
/// further case is a new question.
#[tokio::test]
async fn what_was_declined_is_not_proposed_again() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let day = world.today();
    world.check_in(&venue, "patient@visitor.example").await;
    world.check_in(&venue, "mei@visitor.example").await;
    world.report(&officer, &["patient@visitor.example"], day, day).await;
    world.settle().await;
    let notice = world.proposed().await;
    let reason = form(&[("reason", "全員に電話で連絡済み")]);
    world.act(&officer, &format!("/notices/{notice}/decline"), reason).await.leads_to();
    world.pass(3 * DAY).await;
    assert_eq!(world.state(notice).await, NoticeState::Declined);
    assert_eq!(world.office.notices(NoticeState::Proposed).await.unwrap().len(), 0, "proposed again");
    let case = world.newest_case().await;
    assert_eq!(
        world.findings(case).await[0].notice,
        Some(notice),
        "the case's page leads to what was decided"
    );
    let officer = world.officer("suzuki").await;
    let number = venue.id.to_string();
    let fields = world.case_form("K-2", day, world.today(), &[(&number, day)]);
    case_of(&world.act(&officer, "/cases/new", fields).await);
    world.settle().await;
    let again = world.proposed().await;
    world.approve(&officer, again).await;
    world.act(&officer, &format!("/notices/{again}/stop"), form(&[])).await.leads_to();
    world.pass(3 * DAY).await;
    assert!(world.office.notices(NoticeState::Proposed).await.unwrap().is_empty(), "proposed again");
    assert!(world.notices_to("mei@visitor.example").is_empty());
}

/// A case that comes later for the same venue and day: it joins the notice that is there, and nobody is
/// told twice.
#[tokio::test]
async fn a_later_case_joins_the_notice_that_is_there() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let day = world.today();
    for email in ["patient@visitor.example", "mei@visitor.example", "sora@visitor.example"] {
        world.check_in(&venue, email).await;
    }
    world.report(&officer, &["patient@visitor.example"], day, day).await;
    world.settle().await;
    let notice = world.proposed().await;
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    assert_eq!(world.notices_to("mei@visitor.example").len(), 1);

    world.report(&officer, &["sora@visitor.example"], day, day).await;
    world.settle().await;
    let later = world.newest_case().await;
    assert_eq!(world.outcomes(later).await, ["already_noticed"]);
    assert_eq!(world.findings(later).await[0].notice, Some(notice));
    world.see(&officer, &format!("/cases/{later}")).await.is(200).says("お知らせ済み");
    world.pass(2 * DAY).await;
    for email in ["mei@visitor.example", "sora@visitor.example"] {
        assert_eq!(world.notices_to(email).len(), 1, "{email} is told once");
    }
    assert!(world.notices_to("patient@visitor.example").is_empty());
}

/// An officer's entry that can't be right is told at the form, with what was typed, and stores nothing.
#[tokio::test]
async fn a_case_that_cannot_be_right_is_told() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let one = world.venue("見本食堂 一号店", "restaurant", 40).await;
    world.venue("見本食堂 二号店", "restaurant", 40).await;
    let day = world.today();
    let number = one.id.to_string();
    let good = || world.case_form("K-1", day, day, &[(&number, day)]);
    let (long, tomorrow) = ("あ".repeat(41), day.plus_days(1));
    let long_name = "店".repeat(61);
    for (fields, says) in [
        (with(good(), "reference", ""), "を入力してください"),
        (with(good(), "reference", &long), "40文字まで"),
        (with(good(), "reference", "=1+1"), "先頭に「=」は使えません"),
        (with(good(), "reference", "K\u{202E}1"), "目に見えない文字"),
        (with(good(), "reference", "K\r\n1"), "目に見えない文字"),
        (with(good(), "reference", "\u{E001}"), "外字"),
        (with(good(), "positive_on", &tomorrow.to_string()), "これから先の日"),
        (with(good(), "onset_on", &tomorrow.to_string()), "これから先の日"),
        (with(good(), "positive_on", &day.plus_days(-1).to_string()), "より前か、同じ日"),
        (with(good(), "has_symptoms", ""), "選んでください"),
        (with(good(), "visited_on", ""), "利用日を入力してください"),
        (with(good(), "visited_on", &tomorrow.to_string()), "これから先の日"),
        (with(good(), "venue", &long_name), "長すぎます"),
        (with(good(), "venue", "=店"), "使えない文字"),
        (with(good(), "venue", ""), "入力してください"),
        (world.case_form("K-1", day, day, &[]), "1つ以上入力してください"),
        (with(good(), "venue", "見本食堂"), "2件あります"),
    ] {
        world.act(&officer, "/cases/new", fields).await.is(422).says(says).says("ご確認ください");
    }
    let page = world.act(&officer, "/cases/new", with(good(), "venue", "見本食堂")).await.is(422);
    assert_eq!(page.field("reference").as_deref(), Some("K-1"));
    assert_eq!(page.field("venue_choice_1"), None, "nothing is chosen for the officer");
    assert!(page.text().contains(&number));
    world.act(&officer, "/cases/new", with(good(), "reference", &"x".repeat(17_000))).await.is(413);
    assert_eq!(world.count("case_record").await, 0);
    let chosen = with(with(good(), "venue", "見本食堂"), "venue_choice_1", &number);
    case_of(&world.act(&officer, "/cases/new", chosen).await);
    assert_eq!(world.count("case_record").await, 1);
}

/// A visit past midnight touches two service days.
#[tokio::test]
async fn a_night_is_two_days() {
    let mut world = World::new().await;
    let bar = world.venue("スナック みなと", "night", 20).await;
    let first = world.today();
    world.check_in(&bar, "mei@visitor.example").await;
    world.pass(DAY).await;
    world.check_in(&bar, "sora@visitor.example").await;
    let officer = world.officer("sato").await;
    let number = bar.id.to_string();
    let fields = world.case_form("K-1", first, world.today(), &[(&number, first)]);
    let fields = with(with(fields, "from", "22:00"), "to", "01:30");
    let case = case_of(&world.act(&officer, "/cases/new", fields).await);
    world.settle().await;
    assert_eq!(world.outcomes(case).await, ["proposed", "proposed"]);
    let notice = world.proposed().await;
    assert_eq!(world.office.notice(notice).await.unwrap().unwrap().others, 2);
}

/// A case entered by mistake is withdrawn: the notice that waits because of it is declined, and the other
/// cases are counted anew without it.
#[tokio::test]
async fn a_withdrawn_case_takes_its_notice_back() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let karaoke = world.venue("カラオケ あおば", "karaoke", 80).await;
    world.check_in(&karaoke, "mei@visitor.example").await;
    let day = world.today();
    let first = world.enter(&officer, "K-1", &[(&karaoke, day)]).await;
    let second = world.enter(&officer, "K-2", &[(&karaoke, day)]).await;
    world.settle().await;
    let notice = world.proposed().await;
    world.act(&officer, &format!("/cases/{second}/withdraw"), form(&[])).await.leads_to();
    assert_eq!(world.state(notice).await, NoticeState::Declined);
    world.settle().await;
    assert_eq!(world.findings(first).await[0].outcome, Outcome::BelowThreshold { cases: 1, needed: 2 });
    assert_eq!(world.count("notice").await, 1);
    let page = world.see(&officer, &format!("/cases/{second}")).await.is(200);
    page.says("取り下げました").does_not_say("/withdraw");
    // A third case reaches the number again: a new notice, not stopped by the declined one.
    world.enter(&officer, "K-3", &[(&karaoke, day)]).await;
    world.settle().await;
    assert_ne!(world.proposed().await, notice);
    world.see(&officer, "/ledger").await.is(200).says("陽性者の入力を取り下げ");
}

/// Whose address a withdrawn case reported is one of the others again: another case at that place, where there was
/// nobody else but that address, is matched anew. Found by the simulation (seed 2149).
#[tokio::test]
async fn whoever_a_withdrawn_case_reported_is_somebody_else_again() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let cafe = world.venue("喫茶みなと", "restaurant", 40).await;
    world.check_in(&cafe, "mei@visitor.example").await;
    let day = world.today();
    world.report(&officer, &["mei@visitor.example"], day, day).await;
    world.settle().await;
    let reported = world.newest_case().await;
    world.clock.advance(MINUTE);
    let entered = world.enter(&officer, "K-1", &[(&cafe, day)]).await;
    world.settle().await;
    assert_eq!(world.outcomes(entered).await, ["nobody_else"]);
    world.act(&officer, &format!("/cases/{reported}/withdraw"), form(&[])).await.leads_to();
    world.settle().await;
    assert_eq!(world.outcomes(entered).await, ["proposed"]);
    let notice = world.proposed().await;
    assert_eq!(world.office.notice(notice).await.unwrap().unwrap().others, 1);
}

/// A worker whose clock is days behind looks at the days that are closed already: nobody would look at them again.
/// Found by the simulation (seed 2148).
#[tokio::test]
async fn a_clock_that_is_behind_leaves_no_closed_day_out() {
    let mut world = World::new().await;
    let cafe = world.venue("喫茶みなと", "restaurant", 40).await;
    world.pass(DAY).await;
    let day = world.today();
    for email in ["mei@visitor.example", "sora@visitor.example"] {
        world.check_in(&cafe, email).await;
    }
    world.pass(DAY).await;
    let officer = world.officer("sato").await;
    world.report(&officer, &["mei@visitor.example"], day, day).await;
    world.restart_worker_behind(3 * DAY);
    world.settle().await;
    let case = world.newest_case().await;
    assert_eq!(world.outcomes(case).await, ["proposed"]);
}
