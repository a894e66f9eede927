//! The check-in: one row however often it is sent, one mail, and nothing of the place in it.

use axum::http::header;
use domain::message;
use domain::venue::VenueCode;

use crate::form::form;
use crate::story::case_of;
use crate::world::{Ask, DAY, HOUR, MINUTE, World};

/// A page that was made for somebody before is the next one's but for its nonce, and tells what is true now.
#[tokio::test]
async fn whoever_scans_next_has_a_form_of_their_own() {
    let typed = "confirmation = \"every\"\nvisit_time = \"user_entered\"\nvisit_time_max_past_days = 3";
    let world = World::varied(&[("confirmation = \"every\"", typed)]).await;
    let [cafe, bar] =
        [world.venue("喫茶辿り", "restaurant", 40).await, world.venue("酒場", "night", 20).await];
    let path = format!("/v/{}", cafe.code);
    let (first, second) = (world.get(&path).await.is(200), world.get(&path).await.is(200));
    assert_ne!(first.nonce(), second.nonce());
    assert_eq!(first.text().replace(&first.nonce(), "…"), second.text().replace(&second.nonce(), "…"));
    for (page, email) in [(&second, "mei@visitor.example"), (&first, "ken@visitor.example")] {
        let mut fields = form(&[("nonce", &page.nonce()), ("email", email)]);
        for name in ["visited_on", "visited_at"] {
            fields.extend(form(&[(name, &page.field(name).unwrap())]));
        }
        assert!(world.post(&path, &fields).await.leads_to().contains("/thanks"));
    }
    assert_eq!(world.check_ins_today().await, 2);
    assert_eq!(second.field("visited_at").unwrap(), "12:00");
    world.clock.advance(MINUTE);
    assert_eq!(world.get(&path).await.is(200).field("visited_at").unwrap(), "12:01");
    world.get(&format!("{path}?lang=en")).await.is(200).says("喫茶辿り").says("lang=\"en\"");
    world.get(&format!("/v/{}", bar.code)).await.is(200).says("酒場").does_not_say("喫茶辿り");
    // An address that came back for a correction is in nobody else's form.
    let typed = form(&[("nonce", &second.nonce()), ("email", "mei@visitor")]);
    world.post(&path, &typed).await.is(422).says("mei@visitor");
    world.get(&path).await.is(200).does_not_say("mei@visitor");
}

/// OSK-3, OSK-5, OSK-6, OSK-22, OSK-24: scan, type an address, be thanked, get a mail; a reload of any
/// page makes no second check-in and no second mail.
#[tokio::test]
async fn a_check_in_is_one_row_and_one_mail_however_often_it_is_sent() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂 本町店", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);

    let page = world.get(&path).await.is(200).says("見本食堂 本町店");
    let fields = form(&[("nonce", &page.nonce()), ("email", "mei@visitor.example")]);
    let answer = world.post(&path, &fields).await;
    let thanks = world.get(answer.leads_to()).await.is(200).says("登録しました").says("見本食堂 本町店");
    assert!(!thanks.text().contains("mei@visitor.example"), "the next in the queue may see it");
    assert_eq!(world.check_ins_today().await, 1);
    assert!(world.inbox.messages().is_empty(), "no mail before the worker's turn");

    // The same form again, at once and after the confirmation: still one.
    world.post(&path, &fields).await.leads_to();
    world.settle().await;
    world.clock.advance(5 * MINUTE);
    world.post(&path, &fields).await.leads_to();
    assert_eq!(world.settle().await, 0, "nothing new is to be done");
    assert_eq!(world.check_ins_today().await, 1);

    let mails = world.mails_to("mei@visitor.example");
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.subject, "【大阪府】登録が完了しました");
    assert_eq!(mail.from.address, "no-reply@tadori.osaka.example");
    assert!(
        mail.body.contains("登録日時：2026年11月22日（日） 12:00") && mail.body.contains("2か月"),
        "{}",
        mail.body
    );
    for place in ["見本食堂", "本町", &venue.id.to_string(), &venue.code.to_string(), "http", "@"] {
        assert!(!mail.body.contains(place), "the confirmation names {place}");
    }
    assert_eq!(
        mail.body,
        message::confirmation(&world.pack.policy, &world.pack.wording, "ja", mail.at, None).body
    );

    // A new form is a new visit, and says so again.
    world.check_in(&venue, "mei@visitor.example").await;
    world.settle().await;
    assert_eq!((world.check_ins_today().await, world.mails_to("mei@visitor.example").len()), (2, 2));
    assert_eq!(world.settle().await, 0);
}

/// Thanks are for a check-in: of its own day, at its own venue, while that day lasts. Whoever comes
/// without one is led to the form, and nothing is claimed of a day on which nobody checked in.
#[tokio::test]
async fn thanks_are_for_a_check_in_of_that_day() {
    let world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let other = world.venue("見本酒場", "restaurant", 40).await;
    let (path, form_page) = (format!("/v/{}", venue.code), format!("/v/{}?lang=ja", venue.code));
    let thanks = world.checked_in(&venue, "mei@visitor.example").await;
    world.get(&thanks).await.is(200).says("登録しました").says("2026年11月22日（日）");
    assert!(!thanks.contains("mei") && !thanks.contains("visitor.example"), "{thanks}");
    // In another language it is the same page, and the way there keeps the day.
    let page = world.get(&thanks).await;
    let english = page.addresses().into_iter().find(|address| address.ends_with("&lang=en")).unwrap();
    world.get(&format!("{path}/thanks{english}")).await.is(200).says("You are registered").says("2026");

    let signed = thanks.split_once("day=").unwrap().1.split_once('&').unwrap().0.to_owned();
    let form_nonce = world.get(&path).await.nonce();
    let mut changed = signed.clone();
    changed.replace_range(3..4, if signed[3..4] == *"A" { "B" } else { "A" });
    for wrong in ["", "2026-11-22", &form_nonce, &changed] {
        let page = world.get(&format!("{path}/thanks?day={wrong}")).await;
        assert_eq!(page.leads_to(), form_page, "{wrong:?}");
    }
    assert_eq!(world.get(&format!("{path}/thanks")).await.leads_to(), form_page);
    let elsewhere = world.get(&format!("/v/{}/thanks?day={signed}", other.code)).await;
    assert_eq!(elsewhere.leads_to(), format!("/v/{}?lang=ja", other.code));
    // A signature for thanks is none for a form.
    let fields = form(&[("nonce", &signed), ("email", "b@visitor.example")]);
    world.post(&path, &fields).await.is(422);

    // After midnight it is still yesterday's; an hour later it says nothing any more.
    world.clock.advance(12 * HOUR + MINUTE);
    world.get(&thanks).await.is(200).says("2026年11月22日（日）");
    world.clock.advance(HOUR);
    assert_eq!(world.get(&thanks).await.leads_to(), form_page);
}

/// A robot is stopped, with a page that says when it may go on; who comes from elsewhere isn't, and after ten
/// minutes nobody is.
#[tokio::test]
async fn one_client_sends_so_many_check_ins() {
    let world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    let fields = form(&[("nonce", &world.get(&path).await.nonce()), ("email", "")]);
    let send = async |client: &str| world.ask(Ask::post(&path, &fields).from(client)).await;
    for _ in 0..600 {
        send("198.51.100.7").await.is(422);
    }
    world.clock.advance(MINUTE);
    let page = send("198.51.100.7").await.is(429).says("しばらくお待ちください").says("もう一度登録する");
    assert_eq!(page.header(header::RETRY_AFTER), "540");
    assert!(page.addresses().contains(&path), "{}", page.main());
    send("198.51.100.8").await.is(422);
    world.get(&path).await.is(200);
    world.clock.advance(9 * MINUTE);
    send("198.51.100.7").await.is(422);
}

/// OSK-4, OSK-40: the printed address is upper case, and phones send it so or not.
#[tokio::test]
async fn the_printed_code_is_read_in_either_case() {
    let world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    world.get(&format!("/V/{}", venue.code)).await.is(200).says("見本食堂");
    world.get(&format!("/v/{}", venue.code.to_string().to_lowercase())).await.is(200).says("見本食堂");
    let path = format!("/V/{}", venue.code);
    let nonce = world.get(&path).await.nonce();
    world.post(&path, &form(&[("nonce", &nonce), ("email", "a@visitor.example")])).await.leads_to();
    assert_eq!(world.check_ins_today().await, 1);
}

/// OSK-27, and no list of venues to be tried out: unknown, mistyped, withdrawn and an event of another
/// day are answered with the same bytes, whether asked or sent, and whatever was typed.
#[tokio::test]
async fn codes_that_take_nothing_are_answered_alike() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let good = world.venue("見本食堂", "restaurant", 40).await;
    let withdrawn = world.venue("閉店した店", "restaurant", 40).await;
    let path = format!("/venues/{}/revoke", withdrawn.id);
    world.act(&officer, &path, form(&[])).await.leads_to();
    let tomorrow = world.today().plus_days(1);
    let event = world.event("あすの催し", tomorrow, tomorrow).await;
    let past = world.event("きのうの催し", world.today().plus_days(-2), world.today().plus_days(-1)).await;

    let mut mistyped = good.code.to_string();
    let last = if mistyped.ends_with('0') { "1" } else { "0" };
    mistyped.replace_range(26.., last);
    let unknown = VenueCode::from_random([9; 16]).to_string();
    let codes = [
        unknown,
        mistyped,
        withdrawn.code.to_string(),
        event.code.to_string(),
        past.code.to_string(),
        "%E5%BA%97".to_owned(),
        "A".repeat(400),
    ];

    let mut asked = Vec::new();
    for code in &codes {
        let path = format!("/v/{code}");
        asked.push(world.get(&path).await.is(404).bytes);
        let nonce = world.get(&format!("/v/{}", good.code)).await.nonce();
        for email in ["a@visitor.example", "no address", ""] {
            let fields = form(&[("nonce", &nonce), ("email", email), ("keep", "1")]);
            asked.push(world.post(&path, &fields).await.is(404).bytes);
        }
    }
    asked.dedup();
    assert_eq!(asked.len(), 1);
    assert!(String::from_utf8_lossy(&asked[0]).contains("このQRコードは使えません"));
    assert_eq!(world.check_ins_today().await, 0);
}

/// A code withdrawn while the visitor types takes nothing either.
#[tokio::test]
async fn a_code_withdrawn_meanwhile_takes_nothing() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    let nonce = world.get(&path).await.nonce();
    let page = world.act(&officer, &format!("/venues/{}/revoke", venue.id), form(&[])).await;
    world.see(&officer, page.leads_to()).await.is(200).says("無効");
    world.clock.advance(3 * std::time::Duration::from_secs(1));
    let fields = form(&[("nonce", &nonce), ("email", "a@visitor.example")]);
    world.post(&path, &fields).await.is(404);
    assert_eq!(world.check_ins_today().await, 0);
}

/// OSK-16: a service day ends at midnight; a form opened before and sent after counts for the new day.
#[tokio::test]
async fn a_day_ends_at_midnight() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let sunday = world.today();
    world.pass_until(sunday, 24 * HOUR - MINUTE).await;
    let path = format!("/v/{}", venue.code);
    let nonce = world.get(&path).await.nonce();
    world.check_in(&venue, "before@visitor.example").await;
    world.clock.advance(2 * MINUTE);
    world.post(&path, &form(&[("nonce", &nonce), ("email", "after@visitor.example")])).await.leads_to();
    assert_eq!(world.today(), sunday.plus_days(1));
    assert_eq!(world.intake.count_check_ins_at(sunday, venue.id).await.unwrap(), 1);
    assert_eq!(world.intake.count_check_ins_at(sunday.plus_days(1), venue.id).await.unwrap(), 1);

    // Both are confirmed, and the day that ended closes and keeps what it has.
    world.pass(20 * MINUTE).await;
    assert_eq!(world.mails_to("before@visitor.example").len(), 1);
    assert_eq!(world.mails_to("after@visitor.example").len(), 1);
    let closed = world.intake.day(sunday).await.unwrap().unwrap();
    assert_eq!((closed.state, closed.check_ins), (store::days::DayState::Closed, 1));
    world.pass(3 * DAY).await;
    assert_eq!(world.inbox.messages().len(), 2);
}

/// OSK-36: every page is there in English, by the link or by the browser's wish; without either, Japanese.
/// The mail comes in the language of the page.
#[tokio::test]
async fn a_visitor_is_spoken_to_in_english_or_japanese() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    let ask = |languages: &str| Ask::get(&path).with(header::ACCEPT_LANGUAGE, languages);
    world.ask(ask("en-GB,en;q=0.9")).await.is(200).says("<html lang=\"en\"");
    world.ask(ask("de,en;q=0.5")).await.is(200).says("<html lang=\"ja\"");
    world.ask(ask("ja")).await.is(200).says("<html lang=\"ja\"");
    world.get(&path).await.is(200).says("<html lang=\"ja\"");
    world.get(&format!("{path}?lang=ja-easy")).await.is(200).says("<ruby>");
    world.get(&format!("{path}?lang=xx")).await.is(200).says("<html lang=\"ja\"");

    let english = format!("{path}?lang=en");
    let page = world.get(&english).await.is(200).says("<html lang=\"en\"");
    let wrong = form(&[("nonce", &page.nonce()), ("email", "")]);
    world.post(&english, &wrong).await.is(422).says("<html lang=\"en\"");
    let fields = form(&[("nonce", &page.nonce()), ("email", "tom@visitor.example")]);
    let answer = world.post(&english, &fields).await;
    assert!(answer.leads_to().contains("lang=en"));
    world.get(answer.leads_to()).await.is(200).says("<html lang=\"en\"");
    world.settle().await;
    let mail = &world.mails_to("tom@visitor.example")[0];
    assert!(mail.body.contains("Osaka Prefecture"), "{}", mail.body);
    assert!(mail.body.is_ascii(), "names are in English too: {}", mail.body);
    world.get("/visitors?lang=en").await.is(200).says("Consultation Centre").says("COVID-19");
}

/// Where a pack has no English name, the Japanese one stands there and is marked as what it is.
#[tokio::test]
async fn a_name_without_english_is_marked_as_japanese() {
    let world = World::with_pack(|files| {
        let text = files.get_mut("jurisdiction.toml").unwrap();
        let without =
            text.lines().filter(|line| !line.starts_with("name_en = \"Con") && !line.starts_with("hours_en"));
        *text = without.collect::<Vec<_>>().join("\n");
    })
    .await;
    let marked = "<span lang=\"ja\">受診相談センター（見本）</span>";
    let page =
        world.get("/visitors?lang=en").await.is(200).says("<span lang=\"ja\"> (毎日 9時から18時まで)</span>");
    assert_eq!(page.text().matches(marked).count(), 2, "{}", page.main());
    world.get("/visitors?lang=ja").await.is(200).does_not_say("<span lang=\"ja\">");
}

/// OSK-30, GEN-2: after the check-in there is nothing in the store from which the address could be read,
/// and officers see a number.
#[tokio::test]
async fn officers_see_a_number() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    for email in ["a@visitor.example", "b@visitor.example"] {
        world.check_in(&venue, email).await;
    }
    let case = case_of(
        &world
            .act(
                &officer,
                "/cases/new",
                world.case_form("K-1", world.today(), world.today(), &[("見本食堂", world.today())]),
            )
            .await,
    );
    world.settle().await;
    let notice = world.proposed().await;
    world
        .see(&officer, &format!("/notices/{notice}"))
        .await
        .is(200)
        .says("2人")
        .does_not_say("visitor.example");
    world.see(&officer, &format!("/cases/{case}")).await.is(200).does_not_say("visitor.example");
}
