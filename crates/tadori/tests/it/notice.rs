//! From proposal to release: nothing is sent before approval and hold, and an officer can stop it.

use std::time::Duration;

use domain::id::NoticeId;
use domain::message::{self, MailKind, Named};
use domain::notice::NoticeState;

use crate::form::{form, with};
use crate::story::Officer;
use crate::world::{DAY, HOUR, MINUTE, World};

const PATIENT: &str = "patient@visitor.example";
const OTHERS: [&str; 3] = ["mei@visitor.example", "sora@visitor.example", "a..b@docomo.ne.jp"];

/// A restaurant with a patient and three others, an officer, and the notice that waits for a decision.
pub async fn proposed(world: &mut World) -> (Officer, NoticeId) {
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂 本町店", "restaurant", 40).await;
    let day = world.today();
    for email in OTHERS.iter().chain([&PATIENT]) {
        world.check_in(&venue, email).await;
    }
    world.report(&officer, &[PATIENT], day, day).await;
    world.settle().await;
    (officer, world.proposed().await)
}

fn notices(world: &World) -> usize {
    OTHERS.iter().chain([&PATIENT]).map(|email| world.notices_to(email).len()).sum()
}

/// OSK-12, OSK-16, OSK-18, OSK-26, OSK-27: approved, held for ten minutes, then everyone is told once and
/// the patient isn't; the mail says what it must and nothing that it must not. Then nothing new.
#[tokio::test]
async fn everyone_is_told_once_after_the_hold() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    world.pass(HOUR).await;
    assert_eq!(notices(&world), 0, "nothing without an approval");
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200).says("3人");
    let alert = message::alert(&world.pack.policy, &world.pack.wording, "ja", &Named::Nothing);
    for line in alert.body.lines().filter(|line| !line.is_empty()) {
        assert!(page.text().contains(line), "the officer reads the mail as it will arrive: {line}");
    }
    world.approve(&officer, notice).await;
    let approved_at = world.clock.now();
    world.settle().await;
    assert_eq!(world.state(notice).await, NoticeState::Approved);
    world.see(&officer, &format!("/notices/{notice}")).await.is(200).says("13:10").says("停止");

    world.pass(10 * MINUTE - Duration::from_micros(1)).await;
    assert_eq!((world.state(notice).await, notices(&world)), (NoticeState::Approved, 0));
    world.pass(Duration::from_micros(1)).await;
    assert_eq!(world.clock.now(), approved_at.plus(10 * MINUTE));
    assert_eq!(notices(&world), 3);
    for email in OTHERS {
        let mails = world.notices_to(email);
        assert_eq!(mails.len(), 1, "{email}");
        let mail = &mails[0];
        assert_eq!((&mail.subject, &mail.body), (&alert.subject, &alert.body));
        assert_eq!(mail.from.address, "no-reply@tadori.osaka.example");
        assert_eq!(world.faults(mail, MailKind::Alert, "ja", Named::Nothing), Vec::<String>::new());
        for told in ["見本食堂", "本町", "patient", "11月", "22日", "2026"] {
            assert!(!mail.body.contains(told) && !mail.subject.contains(told), "the mail says {told}");
        }
    }
    assert!(world.notices_to(PATIENT).is_empty(), "the case itself is not told");
    assert_eq!(world.settle().await, 0);

    // The day closes, everybody was told: settled, with its figures on the case's page.
    world.pass(DAY).await;
    assert_eq!((world.state(notice).await, notices(&world)), (NoticeState::Settled, 3));
    let stored = world.office.notice(notice).await.unwrap().unwrap();
    assert_eq!((stored.sent, stored.failed, stored.key_wrapped), (3, 0, None));
    let officer = world.officer("suzuki").await;
    let case = world.newest_case().await;
    world.see(&officer, &format!("/cases/{case}")).await.is(200).says("3 / 3").says("1時間10分");
    world.see(&officer, "/cases").await.is(200).says("1時間10分");
    world.see(&officer, &format!("/notices/{notice}")).await.is(200).says("1時間10分").says("送信済み");
    world.pass(5 * DAY).await;
    assert_eq!(notices(&world), 3);
}

/// Stopped during the hold, nothing goes out; and it can't be stopped or approved again.
#[tokio::test]
async fn a_stop_during_the_hold_keeps_everything_back() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    world.approve(&officer, notice).await;
    world.pass(9 * MINUTE).await;
    let stop = format!("/notices/{notice}/stop");
    assert_eq!(world.act(&officer, &stop, form(&[])).await.leads_to(), format!("/notices/{notice}"));
    world.pass(2 * DAY).await;
    assert_eq!((world.state(notice).await, notices(&world)), (NoticeState::Stopped, 0));
    assert_eq!(world.count("outbox").await, 0);
    let officer = world.officer("suzuki").await;
    world.act(&officer, &stop, form(&[])).await.is(409);
    world.act(&officer, &format!("/notices/{notice}/approve"), form(&[])).await.is(409);
    world.see(&officer, &format!("/notices/{notice}")).await.is(200).says("停止しました");
    world.see(&officer, "/ledger").await.is(200).says("お知らせを停止");
}

/// Declining needs a reason, which is kept and shown; bad reasons are told with what was typed.
#[tokio::test]
async fn declining_needs_a_reason() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    let path = format!("/notices/{notice}/decline");
    let long = "長".repeat(201);
    for (reason, says) in [
        ("", "理由を入力してください"),
        (" \u{3000}", "理由を入力してください"),
        (&long, "200文字まで"),
        ("=1+1", "「=」は使えません"),
        ("見\u{202E}本", "使えない文字"),
        ("見\r\n本", "使えない文字"),
        ("\u{E001}", "使えない文字"),
    ] {
        let page = world.act(&officer, &path, form(&[("reason", reason)])).await.is(422).says(says);
        assert!(reason.contains('\r') || page.text().contains(reason.trim()), "what was typed is kept");
    }
    assert_eq!(world.state(notice).await, NoticeState::Proposed);
    world.act(&officer, &path, form(&[("reason", "全員に電話で連絡済み")])).await.leads_to();
    assert_eq!(world.state(notice).await, NoticeState::Declined);
    world.see(&officer, &format!("/notices/{notice}")).await.is(200).says("全員に電話で連絡済み");
    world.see(&officer, "/figures").await.is(200).says("全員に電話で連絡済み");
    world.pass(HOUR).await;
    assert_eq!(notices(&world), 0);
}

/// Two officers at once: the second is told that somebody was faster, and nothing happens twice.
#[tokio::test]
async fn the_second_officer_is_told_so() {
    let mut world = World::new().await;
    let (sato, notice) = proposed(&mut world).await;
    let suzuki = world.officer("suzuki").await;
    let (approve, decline) = (format!("/notices/{notice}/approve"), format!("/notices/{notice}/decline"));
    let nonce = world.see(&suzuki, &format!("/notices/{notice}")).await.nonce();
    world.approve(&sato, notice).await;
    let fields = form(&[("nonce", &nonce), ("reason", "理由")]);
    world.act_with(&suzuki, &decline, fields.clone()).await.is(409).says("ほかの職員が先に操作しました");
    world.act_with(&suzuki, &approve, fields.clone()).await.is(409);
    world.act_with(&suzuki, &format!("/notices/{notice}/stop"), fields).await.leads_to();
    let unknown = "/notices/00000000000000000000000000000000";
    world.see(&suzuki, unknown).await.is(404);
    world.act(&suzuki, &format!("{unknown}/approve"), form(&[])).await.is(404);
    assert_eq!(world.state(notice).await, NoticeState::Stopped);
}

/// E10: where the pack asks for two officers, one alone doesn't send, however often.
#[tokio::test]
async fn two_officers_are_two_people() {
    let mut world = World::with_pack(|files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        *policy = policy.replace("approvals_alert = 1", "approvals_alert = 2");
    })
    .await;
    let (sato, notice) = proposed(&mut world).await;
    world.approve(&sato, notice).await;
    world.approve(&sato, notice).await;
    world.pass(HOUR).await;
    assert_eq!((world.state(notice).await, notices(&world)), (NoticeState::Proposed, 0));
    world.see(&sato, &format!("/notices/{notice}")).await.is(200).says("別の職員の承認を待っています");
    let suzuki = world.officer("suzuki").await;
    world.approve(&suzuki, notice).await;
    assert_eq!(world.state(notice).await, NoticeState::Approved);
    world.pass(10 * MINUTE).await;
    assert_eq!(notices(&world), 3);
    let page = world.see(&suzuki, &format!("/notices/{notice}")).await.is(200);
    page.says("sato").says("suzuki");
}

/// OSK-16: the day is still open when the notice is released: who checks in later is told after the day
/// closed, once; who was told already isn't told again.
#[tokio::test]
async fn who_comes_later_that_day_is_told_after_it_closes() {
    let mut world = World::new().await;
    let (officer, notice) = proposed(&mut world).await;
    world.approve(&officer, notice).await;
    world.pass(10 * MINUTE).await;
    assert_eq!(notices(&world), 3);
    let venue = world.intake.find_venues("見本食堂", 1).await.unwrap().remove(0);
    for email in ["late@visitor.example", "late@visitor.example", "MEI@visitor.example", PATIENT] {
        world.check_in(&venue, email).await;
    }
    world.pass(HOUR).await;
    assert!(world.notices_to("late@visitor.example").is_empty(), "not before the day is over");
    assert_eq!(world.state(notice).await, NoticeState::Released);
    world.pass(DAY).await;
    assert_eq!(world.notices_to("late@visitor.example").len(), 1);
    assert!(world.notices_to("MEI@visitor.example").is_empty(), "told already, as mei@…");
    assert_eq!((world.state(notice).await, notices(&world)), (NoticeState::Settled, 3));
    world.pass(2 * DAY).await;
    assert_eq!(world.notices_to("late@visitor.example").len(), 1);
}

/// OSK-16: one message a person, however many places and days match, in the language of the check-in.
#[tokio::test]
async fn one_message_a_person_however_much_matches() {
    let mut world = World::new().await;
    let venues =
        [world.venue("一号店", "restaurant", 40).await, world.venue("二号店", "restaurant", 40).await];
    let first = world.today();
    for day in 0..3 {
        for venue in &venues {
            for email in [PATIENT, "mei@visitor.example", "Mei@Visitor.example"] {
                world.check_in(venue, email).await;
            }
        }
        if day < 2 {
            world.pass(DAY).await;
        }
    }
    let path = format!("/v/{}?lang=en", venues[0].code);
    let nonce = world.get(&path).await.nonce();
    world.post(&path, &form(&[("nonce", &nonce), ("email", "tom@visitor.example")])).await.leads_to();
    let officer = world.officer("sato").await;
    world.report(&officer, &[PATIENT], first.plus_days(2), first.plus_days(2)).await;
    world.settle().await;
    let notice = world.proposed().await;
    assert_eq!(world.office.notice_days(notice).await.unwrap().len(), 6);
    world.see(&officer, &format!("/notices/{notice}")).await.is(200).says("2人");
    world.approve(&officer, notice).await;
    world.pass(2 * DAY).await;
    let mei = world.notices_to("mei@visitor.example").len() + world.notices_to("Mei@visitor.example").len();
    assert_eq!(mei, 1);
    let english = message::alert(&world.pack.policy, &world.pack.wording, "en", &Named::Nothing);
    assert_eq!(world.notices_to("tom@visitor.example")[0].body, english.body);
    assert!(world.notices_to(PATIENT).is_empty());
}

/// OSK-19, OSK-20, OSK-21, E7, E26: a cluster is declared for a venue and days, without a threshold; its mail names
/// place and days only where the jurisdiction has published them.
#[tokio::test]
async fn a_cluster_is_named_only_if_published() {
    for published in [false, true] {
        let mut world = World::new().await;
        let venue = world.venue("ライブハウス みなと", "theatre", 500).await;
        let first = world.today();
        for day in 0..3 {
            world.check_in(&venue, "mei@visitor.example").await;
            world.check_in(&venue, &format!("day{day}@visitor.example")).await;
            world.pass(DAY).await;
        }
        let officer = world.officer("sato").await;
        let (from, to) = (first.to_string(), first.plus_days(1).to_string());
        let mut fields =
            form(&[("venue", "ライブハウス みなと"), ("from", &from), ("to", &to), ("act", "preview")]);
        if published {
            fields = with(fields, "published", "yes");
        }
        let page = world
            .act(&officer, "/clusters/new", fields.clone())
            .await
            .is(200)
            .says("no-reply@tadori.osaka.example");
        assert_eq!(page.text().contains("利用日：2026年11月22日（日）、2026年11月23日（月）"), published);
        assert_eq!(world.count("notice").await, 0, "a preview proposes nothing");
        let propose = with(with(fields, "act", "propose"), "nonce", &page.nonce());
        let answer = world.act_with(&officer, "/clusters/new", propose.clone()).await;
        let notice = NoticeId::parse(answer.leads_to().trim_start_matches("/notices/")).unwrap();
        world.act_with(&officer, "/clusters/new", propose).await.leads_to();
        assert_eq!(world.count("notice").await, 1, "the form sent twice is one notice");
        world.approve(&officer, notice).await;
        world.pass(11 * MINUTE).await;
        assert!(world.notices_to("day2@visitor.example").is_empty(), "another day");
        for email in ["mei@visitor.example", "day0@visitor.example", "day1@visitor.example"] {
            let mails = world.notices_to(email);
            assert_eq!(mails.len(), 1, "{email}");
            let place =
                Named::Place { venue: venue.name.as_str().to_owned(), days: vec![first, first.plus_days(1)] };
            let named = if published { place } else { Named::Nothing };
            assert_eq!(world.faults(&mails[0], MailKind::Cluster, "ja", named), Vec::<String>::new());
            assert_eq!(mails[0].body.contains("ライブハウス みなと"), published);
            assert_eq!(mails[0].body.contains("11月22日"), published);
        }
        assert_eq!(world.state(notice).await, NoticeState::Settled);
    }
}

/// A declaration that can't be right is told at the form, and proposes nothing.
#[tokio::test]
async fn a_cluster_that_cannot_be_right_is_told() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let venue = world.venue("ライブハウス みなと", "theatre", 500).await;
    let (number, day) = (venue.id.to_string(), world.today());
    let (today, tomorrow, old) =
        (day.to_string(), day.plus_days(1).to_string(), day.plus_days(-40).to_string());
    let good = || form(&[("venue", &number), ("from", &today), ("to", &today), ("act", "propose")]);
    for (fields, says) in [
        (good(), "登録した人がいない"),
        (with(good(), "venue", ""), "入力してください"),
        (with(good(), "venue", "どこかの店"), "見つかりません"),
        (with(good(), "venue", "=1"), "入力してください"),
        (with(good(), "from", ""), "日付を入力してください"),
        (with(good(), "to", &tomorrow), "これから先の日"),
        (with(good(), "from", &old), "31日まで"),
        (with(with(good(), "from", &today), "to", &old), "最初の日より後"),
    ] {
        world.act(&officer, "/clusters/new", fields).await.is(422).says(says);
    }
    assert_eq!(world.count("notice").await, 0);
}
