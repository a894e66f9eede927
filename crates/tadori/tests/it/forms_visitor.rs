//! What visitors type, and what becomes of it: slips are questioned, carriers' own addresses taken, and
//! nothing is stored half-way.

use crate::form::{form, with};
use crate::world::{Ask, HOUR, MINUTE, World};

/// OSK-3, OSK-6: full-width letters, as phones type them, are folded; the mail arrives.
#[tokio::test]
async fn full_width_letters_are_folded() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    world.check_in(&venue, " ｍｅｉ．ｓａｔｏ＠ｖｉｓｉｔｏｒ．ｅｘａｍｐｌｅ\u{3000}").await;
    world.settle().await;
    assert_eq!(world.mails_to("mei.sato@visitor.example").len(), 1);
}

/// OSK-22: a slip is questioned and not corrected behind the visitor's back; who insists is taken.
#[tokio::test]
async fn a_slip_is_questioned_once() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    let nonce = world.get(&path).await.nonce();
    let typed = form(&[("nonce", &nonce), ("email", "mei@gmial.com")]);
    let page = world.post(&path, &typed).await.is(422).says("<b>mei@gmail.com</b>").says("mei@gmial.com");
    assert_eq!(page.nonce(), nonce, "the form stays one");
    assert_eq!(world.check_ins_today().await, 0);

    world.post(&path, &with(typed, "keep", "1")).await.leads_to();
    world.settle().await;
    assert_eq!(world.mails_to("mei@gmial.com").len(), 1);

    // The other button takes the address that was meant, on a form of its own.
    let nonce = world.get(&path).await.nonce();
    world.post(&path, &form(&[("nonce", &nonce), ("email", "mei@gmail.com")])).await.leads_to();
    world.settle().await;
    assert_eq!(world.mails_to("mei@gmail.com").len(), 1);
    assert_eq!(world.check_ins_today().await, 2);
}

/// OSK-3: docomo and au gave out addresses that no standard allows; their owners are reached.
#[tokio::test]
async fn carriers_own_addresses_are_taken() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    for email in ["a..b@docomo.ne.jp", "a.b.@ezweb.ne.jp", "x-.-y..@docomo.ne.jp"] {
        world.check_in(&venue, email).await;
        world.settle().await;
        assert_eq!(world.mails_to(email).len(), 1, "{email}");
    }
    let path = format!("/v/{}", venue.code);
    let nonce = world.get(&path).await.nonce();
    world.post(&path, &form(&[("nonce", &nonce), ("email", "a..b@visitor.example")])).await.is(422);
}

/// The form of yesterday: refused with the input kept, and a new nonce with which it works.
#[tokio::test]
async fn an_expired_form_is_shown_again_and_then_works() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    let nonce = world.get(&path).await.nonce();
    world.pass(13 * HOUR).await;
    let page = world.post(&path, &form(&[("nonce", &nonce), ("email", "mei@visitor.example")])).await.is(422);
    let page = page.says("時間がたったため");
    assert_eq!(page.field("email").as_deref(), Some("mei@visitor.example"));
    assert_ne!(page.nonce(), nonce);
    assert_eq!(world.check_ins_today().await, 0);
    world.post(&path, &form(&[("nonce", &page.nonce()), ("email", "mei@visitor.example")])).await.leads_to();
    assert_eq!(world.check_ins_today().await, 1);
}

/// A form is of its venue and of ours: another's nonce, an invented one, or none takes nothing.
#[tokio::test]
async fn a_form_is_good_for_its_venue_only() {
    let world = World::new().await;
    let (one, other) =
        (world.venue("一号店", "restaurant", 40).await, world.venue("二号店", "restaurant", 40).await);
    let good = world.get(&format!("/v/{}", one.code)).await.nonce();
    let report = world.get("/report").await.nonce();
    let mut forged = good.clone();
    forged.replace_range(0..1, if good.starts_with('A') { "B" } else { "A" });
    let path = format!("/v/{}", other.code);
    for nonce in [good.as_str(), &report, &forged, "", "x", &"A".repeat(43), "ＡＢＣ"] {
        let fields = form(&[("nonce", nonce), ("email", "mei@visitor.example")]);
        let page = world.post(&path, &fields).await.is(422);
        assert_ne!(page.nonce(), nonce);
        assert_eq!(page.field("email").as_deref(), Some("mei@visitor.example"));
    }
    world.post(&path, &form(&[("email", "mei@visitor.example")])).await.is(422);
    assert_eq!(world.check_ins_today().await, 0);
}

/// Bad input: each gets the page with words and what was typed, and nothing is stored.
#[tokio::test]
async fn bad_addresses_are_answered_and_store_nothing() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    let nonce = world.get(&path).await.nonce();
    let long = format!("{}@visitor.example", "a".repeat(65));
    let endless = format!("a@{}example", "b.".repeat(200));
    for (email, says) in [
        ("", "メールアドレスを入力してください"),
        ("\u{3000}", "メールアドレスを入力してください"),
        ("mei", "メールアドレスの形が正しくありません"),
        ("mei@", "メールアドレスの形が正しくありません"),
        ("mei@visitor.example, b@visitor.example", "メールアドレスの形が正しくありません"),
        ("a@b.jp\r\nBcc: c@visitor.example", "メールアドレスの形が正しくありません"),
        ("a@b.jp%0d%0aBcc:c@visitor.example", "メールアドレスの形が正しくありません"),
        ("a\0@visitor.example", "メールアドレスの形が正しくありません"),
        ("a\u{202E}@visitor.example", "メールアドレスの形が正しくありません"),
        ("=HYPERLINK(1)@visitor.example@x.jp", "メールアドレスの形が正しくありません"),
        ("\"<script>\"@visitor.example", "メールアドレスの形が正しくありません"),
        ("mei@localhost", "メールアドレスの形が正しくありません"),
        (&long, "メールアドレスが長すぎます"),
        (&endless, "メールアドレスが長すぎます"),
    ] {
        let page = world.post(&path, &form(&[("nonce", &nonce), ("email", email)])).await.is(422).says(says);
        let page = page.says("見本食堂").does_not_say("<script>");
        assert_eq!(page.nonce(), nonce, "the form stays one");
        if !email.contains(['\0', '\r']) {
            assert_eq!(page.field("email").as_deref(), Some(email), "what was typed is kept");
        }
    }
    let huge = form(&[("nonce", &nonce), ("email", &"a".repeat(20_000))]);
    world.post(&path, &huge).await.is(413).says("大きすぎます");
    let broken = Ask { body: "nonce=%zz&email=%ff%fe".into(), ..Ask::post(&path, &form(&[])) };
    world.ask(broken).await.is(422);
    assert_eq!(world.check_ins_today().await, 0);
    world.settle().await;
    assert!(world.inbox.messages().is_empty());
    // After all that, the same form still works.
    world.clock.advance(MINUTE);
    world.post(&path, &form(&[("nonce", &nonce), ("email", "mei@visitor.example")])).await.leads_to();
}
