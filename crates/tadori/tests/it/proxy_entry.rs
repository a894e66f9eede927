//! Entry by staff for an operator without a computer: the console's form, sheets to be posted, the ledger.

use axum::http::header;
use domain::id::VenueId;

use crate::certificate::{restaurant, scanned_page, second_page, ticked, words};
use crate::form::{form, with};
use crate::world::{Ask, DAY, World};

/// KNG-23: taken down on the telephone, without an e-mail address; poster and certificate come from the
/// console and lead visitors to the public door; who did it stands in the ledger; no mail goes out.
#[tokio::test]
async fn staff_enter_a_venue_and_print_its_sheets() {
    let mut world = World::of("kanagawa", |_| {}).await;
    let officer = world.officer("sato").await;
    world.see(&officer, "/venues").await.is(200).says("事業者に代わって登録する");
    let page = world.see(&officer, "/venues/new").await.is(200).says("電話で聞き取った");
    assert!(!page.text().contains(
        "name=\"email\" type=\"email\" value=\"\" autocomplete=\"email\" inputmode=\"email\" required"
    ));
    let fields = with(with(restaurant(), "email", ""), "nonce", &page.nonce());
    world.act_with(&officer, "/venues", with(fields.clone(), "name", "")).await.is(422).says("エラー");
    let page = world.act_with(&officer, "/venues", fields).await.is(200).says("行っている感染防止対策");
    world.act_with(&officer, "/venues", second_page(&page, &[])).await.is(422);
    let last = second_page(&page, &["masks", "air"]);
    let sheets = world.act_with(&officer, "/venues", last.clone()).await.leads_to().to_owned();
    // A reload is the same venue.
    assert_eq!(world.act_with(&officer, "/venues", last).await.leads_to(), sheets);
    assert_eq!((world.count("venue").await, world.count("operator_mail").await), (1, 0));

    let page = world.see(&officer, &sheets).await.is(200).says("髙﨑𠮷辻食堂").says("〒540-0000");
    let page = page.does_not_say("06-6941-0000").does_not_say("髙橋");
    let mut codes = Vec::new();
    for end in ["poster.pdf", "certificate.pdf"] {
        let address = page.addresses().into_iter().find(|address| address.ends_with(end)).unwrap();
        let pdf = world.see(&officer, &address).await.is(200);
        assert_eq!(pdf.header(header::CONTENT_TYPE), "application/pdf");
        codes.push(scanned_page(&pdf.bytes));
    }
    assert_eq!(codes[0], codes[1]);
    let path = codes[0].strip_prefix("HTTPS://TADORI.OSAKA.EXAMPLE").expect("the public door's address");
    world.get(path).await.is(200).says("髙﨑𠮷辻食堂");
    world.settle().await;
    assert!(world.inbox.messages().is_empty());

    let id = VenueId::parse(sheets.split('/').nth(2).unwrap()).unwrap().to_string();
    let entries = world.see(&officer, "/ledger").await.is(200).says("施設を代行登録").says(&id);
    drop(entries.says("measures=2 mail=no"));

    world.pass(DAY).await;
    let officer = world.signed_in("sato", officer.totp).await;
    let measures = format!("/venues/{id}/measures");
    let nonce = world.see(&officer, &measures).await.is(200).says("入口に手指の消毒液").nonce();
    let again = with(ticked(form(&[]), &["masks", "air", "hands"]), "nonce", &nonce);
    assert_eq!(world.act_with(&officer, &measures, again).await.leads_to(), sheets);
    let pdf = world.see(&officer, &format!("/venues/{id}/certificate.pdf")).await.is(200);
    let text = words(&pdf.bytes);
    assert!(text.contains("2026年11月23日") && text.contains("消毒液を置いていますNew"), "{text}");
    world.see(&officer, "/ledger").await.is(200).says("取組書を再発行").says("measures=3");
}

/// An address that is given is used: the operator gets the mail of a registration.
#[tokio::test]
async fn an_address_that_is_given_gets_the_mail() {
    let mut world = World::of("kanagawa", |_| {}).await;
    let officer = world.officer("sato").await;
    let nonce = world.see(&officer, "/venues/new").await.nonce();
    let fields = with(restaurant(), "nonce", &nonce);
    let page = world.act_with(&officer, "/venues", with(fields.clone(), "email", "a")).await;
    drop(page.is(422).says("メールアドレスの形"));
    let page = world.act_with(&officer, "/venues", fields).await.is(200);
    world.act_with(&officer, "/venues", second_page(&page, &["air"])).await.leads_to();
    world.settle().await;
    let mails = world.mails_to("operator@shop.example");
    assert_eq!(mails.len(), 1);
    assert!(mails[0].body.contains("https://tadori.osaka.example/venues/"), "{}", mails[0].body);
}

/// C22: where the pack has no such entry there is no such page; and nobody enters without a session, nor
/// with a form that isn't the session's.
#[tokio::test]
async fn entry_is_the_packs_and_the_officers() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    world.see(&officer, "/venues").await.is(200).does_not_say("代わって");
    for path in [
        "/venues/new".to_owned(),
        format!("/venues/{}/sheets", venue.id),
        format!("/venues/{}/poster.pdf", venue.id),
    ] {
        world.see(&officer, &path).await.is(404);
    }
    world.act(&officer, "/venues", restaurant()).await.is(404);

    let world = World::of("kanagawa", |_| {}).await;
    let officer = world.officer("sato").await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    for end in ["sheets", "poster.pdf", "certificate.pdf", "measures"] {
        let path = format!("/venues/{}/{end}", venue.id);
        assert_eq!(world.ask_console(Ask::get(&path)).await.leads_to(), "/sign-in");
    }
    world.see(&officer, &format!("/venues/{}/certificate.pdf", venue.id)).await.is(404);
    world.see(&officer, &format!("/venues/{}/poster.pdf", venue.id)).await.is(200);
    assert_eq!(world.ask_console(Ask::post("/venues", &restaurant())).await.leads_to(), "/sign-in");
    let public = world.get("/venues/new").await.nonce();
    world.act_with(&officer, "/venues", with(restaurant(), "nonce", &public)).await.is(422);
    assert_eq!(world.count("venue").await, 1);
}
