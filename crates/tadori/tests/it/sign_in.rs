//! Signing in: a named account, a password, and a code that is good once.

use axum::http::header;

use crate::form::form;
use crate::story::{PASSWORD, cookie};
use crate::world::{Ask, MINUTE, World};

const CLIENT: &str = "192.0.2.7";

/// Unknown name, wrong password, wrong code: the same page, and none of them a session.
#[tokio::test]
async fn what_is_wrong_is_not_told() {
    let world = World::new().await;
    let totp = world.account("sato").await;
    let right = totp.current(world.clock.now().as_secs());
    let wrong_code = if right == "123456" { "123457" } else { "123456" };
    let mut pages = Vec::new();
    for (n, (name, password, code)) in [
        ("sato", "wrong password 2026", right.as_str()),
        ("sato", PASSWORD, wrong_code),
        ("sato", PASSWORD, ""),
        ("sato", "", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let page = world.try_sign_in(name, password, code, &format!("192.0.2.{n}")).await.is(422);
        assert!(!page.headers.contains_key(header::SET_COOKIE));
        let nonce = page.nonce();
        pages.push(page.text().replace(&nonce, ""));
    }
    let page = world.try_sign_in("nobody", PASSWORD, &right, "192.0.2.99").await.is(422);
    pages.push(page.text().replace(&page.nonce(), "").replace("nobody", "sato"));
    pages.dedup();
    assert_eq!(pages.len(), 1, "{pages:#?}");
    assert_eq!(world.count("session").await, 0);
    let acts = world.office.ledger(None, 10).await.unwrap();
    let failed = acts.iter().filter(|entry| entry.act == "sign_in_failed").count();
    assert_eq!(failed, 4, "the attempts on a real account are in the ledger");
}

/// Who was removed is signed out at that moment and can't come back; the name stays in the ledger, and is
/// nobody else's.
#[tokio::test]
async fn a_removed_officer_is_out() {
    let world = World::new().await;
    let (officer, other) = (world.officer("sato").await, world.officer("suzuki").await);
    let account = world.office.officer("sato").await.unwrap().unwrap();
    for removed in [true, false] {
        let mut tx = world.office.begin().await.unwrap();
        assert_eq!(tx.remove_officer(account.id).await.unwrap(), removed);
        tx.commit().await.unwrap();
    }
    assert_eq!(world.see(&officer, "/cases").await.leads_to(), "/sign-in");
    world.see(&other, "/cases").await.is(200);
    assert_eq!(world.count("session").await, 1);
    world.clock.advance(MINUTE);
    let code = officer.totp.current(world.clock.now().as_secs());
    for password in [PASSWORD, ""] {
        world.try_sign_in("sato", password, &code, CLIENT).await.is(422);
    }
    let account = world.office.officer("sato").await.unwrap().unwrap();
    assert!(account.password_hash.is_empty() && account.totp_secret.is_empty());
    world.see(&other, "/ledger").await.is(200).says("sato");
}

/// A code of the authenticator is good once: who looks over a shoulder can't use it again.
#[tokio::test]
async fn a_code_is_good_once() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let code = officer.totp.current(world.clock.now().as_secs());
    world.try_sign_in("sato", PASSWORD, &code, CLIENT).await.is(422);
    world.clock.advance(MINUTE);
    world.try_sign_in("sato", PASSWORD, &code, CLIENT).await.is(422);
    let next = officer.totp.current(world.clock.now().as_secs());
    let page = world.try_sign_in("sato", PASSWORD, &next, CLIENT).await;
    assert_eq!(page.leads_to(), "/cases");
    let set = page.header(header::SET_COOKIE);
    for word in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=28800"] {
        assert!(set.contains(word), "{set}");
    }
}

/// Five wrong: the account rests for a quarter of an hour, whoever asks, and says nothing of it; so does
/// the client who was wrong five times.
#[tokio::test]
async fn five_wrong_then_a_pause() {
    let world = World::new().await;
    let totp = world.account("sato").await;
    for n in 0..5 {
        world.try_sign_in("sato", "wrong password 2026", "000000", &format!("192.0.2.{n}")).await.is(422);
    }
    let right = |world: &World| totp.current(world.clock.now().as_secs());
    world.try_sign_in("sato", PASSWORD, &right(&world), "198.51.100.1").await.is(422);
    world.clock.advance(15 * MINUTE);
    assert_eq!(
        world.try_sign_in("sato", PASSWORD, &right(&world), "198.51.100.1").await.leads_to(),
        "/cases"
    );

    world.account("suzuki").await;
    for _ in 0..5 {
        world.try_sign_in("nobody", "wrong password 2026", "000000", CLIENT).await.is(422);
    }
    let page = world.ask_console(Ask::get("/sign-in").from(CLIENT)).await.is(200);
    page.says("サインインを止めています").says("15分").does_not_say("name=\"password\"");
    let fields = form(&[("name", "suzuki"), ("password", PASSWORD), ("totp", "000000")]);
    world.ask_console(Ask::post("/sign-in", &fields).from(CLIENT)).await.is(429);
    world.ask_console(Ask::get("/sign-in").from("192.0.2.200")).await.is(200).says("name=\"password\"");
}

/// A sign-in form is ours and not of yesterday; a session ends when the officer says so.
#[tokio::test]
async fn a_form_that_is_not_ours_signs_nobody_in() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    world.clock.advance(MINUTE);
    let code = officer.totp.current(world.clock.now().as_secs());
    for nonce in ["", "x", &world.get("/report").await.nonce()] {
        let fields = form(&[("nonce", nonce), ("name", "sato"), ("password", PASSWORD), ("totp", &code)]);
        let page = world.ask_console(Ask::post("/sign-in", &fields)).await.is(422);
        assert!(cookie(&page).is_empty());
    }
    let page = world.act(&officer, "/sign-out", form(&[])).await;
    assert_eq!(page.leads_to(), "/sign-in");
    assert_eq!(cookie(&page), "tadori_session=");
    assert_eq!(world.see(&officer, "/cases").await.leads_to(), "/sign-in");
}
