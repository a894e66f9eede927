//! A positive person's report: a code from the health centre, the addresses used, and two dates.

use domain::service_day::ServiceDay;

use crate::form::{Form, with};
use crate::world::{Ask, DAY, HOUR, MINUTE, World};

const PATIENT: &str = "patient@visitor.example";

/// A day without a clock in the test's way: this many days from today.
fn day(world: &World, days: i64) -> ServiceDay {
    world.today().plus_days(days)
}

/// OSK-25, OSK-26: the report is one case however often it is sent; what the patient typed lies sealed and
/// is gone from intake when the worker took it over.
#[tokio::test]
async fn a_report_is_one_case_however_often_it_is_sent() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    world.check_in(&venue, PATIENT).await;
    world.check_in(&venue, "mei@visitor.example").await;
    let code = world.code(&officer).await;
    let nonce = world.get("/report").await.is(200).nonce();
    let fields = world.report_form(&code, &[PATIENT, ""], day(&world, -1), day(&world, 0));
    let fields = with(fields, "nonce", &nonce);
    for _ in 0..2 {
        let page = world.post("/report", &fields).await;
        world.get(page.leads_to()).await.is(200).says("ご連絡を受け付けました");
    }
    world.settle().await;
    assert!(world.post("/report", &fields).await.leads_to().starts_with("/report/thanks"));
    assert_eq!(world.count("case_record").await, 1);
    assert!(world.intake.waiting_reports().await.unwrap().is_empty());
    let case = world.newest_case().await;
    assert_eq!(world.outcomes(case).await, ["proposed"]);
    let page = world.see(&officer, &format!("/cases/{case}")).await.is(200);
    page.says("本人の連絡").says("見本食堂").does_not_say("visitor.example");
    assert_eq!(world.settle().await, 0);
    assert_eq!(world.count("case_record").await, 1);
}

/// OSK-16, OSK-17: from two days before onset to the day of the positive test, both included; a case
/// without symptoms from two days before sampling.
#[tokio::test]
async fn the_window_selects_the_visits() {
    let mut world = World::new().await;
    let officer_totp = world.account("sato").await;
    let mut venues = Vec::new();
    let first = world.today();
    for n in 0..8 {
        let venue = world.venue(&format!("{n}日目の店"), "restaurant", 40).await;
        world.check_in(&venue, PATIENT).await;
        world.check_in(&venue, "quiet@visitor.example").await;
        world.check_in(&venue, "mei@visitor.example").await;
        venues.push(venue);
        if n < 7 {
            world.pass(DAY).await;
        }
    }
    let officer = world.signed_in("sato", officer_totp).await;
    // Onset on the fifth day, positive on the seventh: the third to the seventh.
    world.report(&officer, &[PATIENT], first.plus_days(4), first.plus_days(6)).await;
    world.settle().await;
    let case = world.newest_case().await;
    let days: Vec<_> = world.findings(case).await.iter().filter_map(|finding| finding.day).collect();
    assert_eq!(days, (2..=6).map(|n| first.plus_days(n)).collect::<Vec<_>>());

    // Without symptoms: sampled on the seventh, positive on the eighth: the fifth to the eighth.
    let code = world.code(&officer).await;
    let fields = world.report_form(&code, &["quiet@visitor.example"], first, first.plus_days(7));
    let fields = with(with(fields, "has_symptoms", "no"), "sampled_on", &first.plus_days(6).to_string());
    world.send_report(fields).await.leads_to();
    world.clock.advance(MINUTE);
    world.settle().await;
    let cases = world.office.cases(10).await.unwrap();
    let quiet = cases.iter().find(|other| other.id != case).unwrap();
    let days: Vec<_> = world.findings(quiet.id).await.iter().filter_map(|finding| finding.day).collect();
    assert_eq!(days, (4..=7).map(|n| first.plus_days(n)).collect::<Vec<_>>());
}

/// OSK-25, OSK-27, D3: unknown, mistyped, used and expired codes are answered alike, and store nothing.
#[tokio::test]
async fn codes_that_are_no_good_are_answered_alike() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let (used, expired) = (world.code(&officer).await, world.code(&officer).await);
    let onset = day(&world, -1);
    world.send_report(world.report_form(&used, &[PATIENT], onset, onset)).await.leads_to();
    world.pass(72 * HOUR).await;
    let mut pages = Vec::new();
    for code in [used.as_str(), &expired, "0000-0000-0000", "まちがい", "x"] {
        let nonce = world.get("/report").await.nonce();
        let fields = with(world.report_form(code, &[PATIENT], onset, onset), "nonce", &nonce);
        let page = world.ask(Ask::post("/report", &fields).from("192.0.2.8")).await.is(422);
        assert_eq!(page.field("code").as_deref(), Some(code), "what was typed is kept");
        pages.push(page.text().replace(&nonce, "").replace(&format!("\"{code}\""), "\"\""));
        // The client isn't to meet its pause here.
        world.clock.advance(4 * MINUTE);
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "{pages:#?}");
    assert_eq!(world.count("report").await, 1);
    let counts = world.intake.count_codes(world.clock.now()).await.unwrap();
    assert_eq!((counts.issued, counts.used, counts.good), (2, 1, 0));
}

/// Five wrong codes, then a pause for that client; others are heard, and a right code after it too.
#[tokio::test]
async fn five_wrong_codes_then_a_pause() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let code = world.code(&officer).await;
    let send = async |code: &str, client: &str| {
        let nonce = world.get("/report").await.nonce();
        let fields = world.report_form(code, &[PATIENT], day(&world, -1), day(&world, 0));
        world.ask(Ask::post("/report", &with(fields, "nonce", &nonce)).from(client)).await
    };
    for _ in 0..5 {
        send("0000-0000-0000", "192.0.2.8").await.is(422);
    }
    send(&code, "192.0.2.8").await.is(429).says("入力を止めています");
    world.ask(Ask::get("/report").from("192.0.2.8")).await.is(200).says("入力を止めています");
    // Whoever sends a header of their own still comes from where our proxy saw them.
    send(&code, "203.0.113.5, 192.0.2.8").await.is(429);
    assert_eq!(world.count("report").await, 0);
    // One household in IPv6 has many addresses.
    for n in 0..5 {
        send("0000-0000-0000", &format!("2001:db8:1:2::{n}")).await.is(422);
    }
    send("0000-0000-0000", "2001:db8:1:2:ffff::1").await.is(429);
    send("0000-0000-0000", "2001:db8:1:3::1").await.is(422);
    world.clock.advance(15 * MINUTE);
    send(&code, "192.0.2.8").await.leads_to();
    assert_eq!(world.count("report").await, 1);
}

/// OSK-25, D2: dates that can't be true, addresses that are none, and fields that are missing are told, with
/// the input kept and the code unused.
#[tokio::test]
async fn what_cannot_be_true_is_told_and_the_code_stays_good() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let code = world.code(&officer).await;
    let (past, today, tomorrow) = (day(&world, -3), day(&world, 0), day(&world, 1));
    let good = || world.report_form(&code, &[PATIENT], past, today);
    let on = |name: &str, day: ServiceDay| with(good(), name, &day.to_string());
    let without = |form: Form| with(form, "has_symptoms", "no");
    let long: Vec<String> = (0..40).map(|n| format!("{n}@visitor.example")).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let cases: Vec<(Form, &str)> = vec![
        (on("positive_on", tomorrow), "これから先の日は入力できません"),
        (on("onset_on", tomorrow), "これから先の日は入力できません"),
        (with(on("onset_on", today), "positive_on", &past.to_string()), "より前か、同じ日にしてください"),
        (without(on("sampled_on", tomorrow)), "これから先の日は入力できません"),
        (
            without(with(on("sampled_on", today), "positive_on", &past.to_string())),
            "より前か、同じ日にしてください",
        ),
        (on("onset_on", day(&world, -200)), "古すぎます"),
        (
            with(on("positive_on", day(&world, -100)), "onset_on", &day(&world, -100).to_string()),
            "古すぎます",
        ),
        (with(good(), "onset_on", ""), "入力してください"),
        (with(good(), "onset_on", "2026-02-30"), "年・月・日をお確かめください"),
        (with(good(), "positive_on", "=1+1"), "年・月・日をお確かめください"),
        (with(good(), "has_symptoms", ""), "選んでください"),
        (with(good(), "has_symptoms", "perhaps"), "選んでください"),
        (with(good(), "email", ""), "メールアドレスを入力してください"),
        (with(good(), "email", "a@b.jp\r\nBcc: c@d.jp"), "メールアドレスの形が正しくありません"),
        (with(good(), "email", "a\u{202E}@visitor.example"), "メールアドレスの形が正しくありません"),
        (with(good(), "code", ""), "発行コードを入力してください"),
    ];
    for (fields, says) in cases {
        let typed = fields.clone();
        let page = world.send_report(fields).await.is(422).says(says).says("エラー");
        for name in ["code", "onset_on", "positive_on"] {
            let typed = typed.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
            assert_eq!(page.field(name), typed, "{name} is kept");
        }
    }
    assert_eq!(world.count("report").await, 0);
    // An old form, another's nonce, a huge one.
    let nonce = world.get("/report").await.nonce();
    world.clock.advance(13 * HOUR);
    let page = world.post("/report", &with(good(), "nonce", &nonce)).await.is(422).says("時間がたったため");
    assert_ne!(page.nonce(), nonce);
    world
        .post("/report", &with(with(good(), "nonce", &page.nonce()), "email", &"x".repeat(17_000)))
        .await
        .is(413);
    assert_eq!(world.count("report").await, 0);
    // An eleventh address is refused, not left out in silence; and the code was good all the time.
    for many in [&long[..], &long[..11]] {
        let form = world.report_form(&code, many, past, today);
        world.send_report(form).await.is(422).says("メールアドレスは10件までです");
    }
    assert_eq!(world.count("report").await, 0);
    world.send_report(world.report_form(&code, &long[..10], past, today)).await.leads_to();
    assert_eq!(world.count("report").await, 1);
}

/// D1: a pack in which patients don't report has no such page.
#[tokio::test]
async fn a_pack_may_take_no_reports() {
    let world = World::with_pack(|files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        *policy = policy.replace("self_report = true", "self_report = false");
    })
    .await;
    world.get("/report").await.is(404);
    let fields = world.report_form("0000-0000-0000", &[PATIENT], day(&world, 0), day(&world, 0));
    world.post("/report", &with(fields, "nonce", "x")).await.is(404);
}

/// A code is shown once, to the officer who issued it, and lies nowhere.
#[tokio::test]
async fn a_code_is_shown_once() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let code = world.code(&officer).await;
    assert_eq!(code.len(), 14);
    world.see(&officer, "/codes").await.is(200).does_not_say(&code);
    world.see(&officer, "/ledger").await.is(200).says("コードを発行").does_not_say(&code);
    for text in [code.as_str(), &code.replace('-', "")] {
        assert_eq!(crate::world::files_with(&world.store(), text), Vec::<std::path::PathBuf>::new());
    }
}
