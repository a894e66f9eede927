//! Bad input at the operator's form: words, the input kept, and nothing stored half-way.

use domain::policy::pack::PackFiles;

use crate::form::{Form, with};
use crate::operator::registration;
use crate::world::{Ask, HOUR, World};

impl World {
    /// Sends a registration that must be refused, and looks that nothing was stored and the input kept.
    async fn refused(&self, fields: Form, says: &str) {
        let typed = fields.clone();
        let page = self.send_registration(fields).await.is(422).says("エラー").says(says);
        assert!(page.text().contains("role=\"alert\""));
        for (name, value) in typed.iter().filter(|(_, value)| !value.contains(['\r', '\n', '\0'])) {
            match name.as_str() {
                "kind" if self.pack.policy.venues.kinds.iter().any(|kind| kind.as_str() == value) => {
                    assert_eq!(page.field(name).as_ref(), Some(value));
                }
                "kind" | "agreement" | "nonce" => {}
                "category" => {
                    let selected = format!("value=\"{value}\" data-measure=");
                    assert!(self.pack.category(value).is_none() || page.text().contains(&selected));
                }
                _ => assert_eq!(page.field(name).as_ref(), Some(value), "{name} is kept"),
            }
        }
        assert_eq!((self.count("venue").await, self.count("operator_mail").await), (0, 0));
    }
}

/// OSK-38: every field, wrong in every way that the issue lists.
#[tokio::test]
async fn each_wrong_field_is_told_and_nothing_is_stored() {
    let mut world = World::new().await;
    let bad = |name: &str, value: &str| with(registration(), name, value);
    for name in ["name", "address", "contact_name"] {
        world.refused(bad(name, ""), "入力してください").await;
        world.refused(bad(name, "\u{3000} "), "入力してください").await;
        world.refused(bad(name, &"長".repeat(130)), "文字まで").await;
        for formula in ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)"] {
            world.refused(bad(name, formula), "先頭に").await;
        }
        for invisible in
            ["見\0本", "見\r\nBcc: x@y.jp", "見\t本", "見\u{202E}本", "見\u{200B}本", "見\u{2066}本"]
        {
            world.refused(bad(name, invisible), "目に見えない文字").await;
        }
        world.refused(bad(name, "\u{E001}屋"), "外字").await;
    }
    for email in ["", "a@b.jp\r\nBcc: c@d.jp", "a", "a@b@c.jp", "a\u{202E}@b.jp", "=1@b.jp,c@d.jp"] {
        world.refused(bad("email", email), "メールアドレス").await;
    }
    for phone in ["", "110", "06-6941-0000 内線1", "=1+1", "06-6941-00000000000000"] {
        world.refused(bad("phone", phone), "電話番号").await;
    }
    for code in ["", "540", "54000000", "=540000", "abcdefg"] {
        world.refused(bad("postal_code", code), "郵便番号").await;
    }
    for seats in ["0", "-5", "1e3", "四十", "99999999999999999999", "=40"] {
        world.refused(bad("seats", seats), "数字").await;
    }
    world.refused(bad("seats", ""), "入力してください").await;
    world.refused(bad("category", ""), "選んでください").await;
    world.refused(bad("category", "casino"), "選んでください").await;
    world.refused(bad("kind", "spaceship"), "選んでください").await;
    world.refused(bad("agreement", ""), "同意").await;
    world.settle().await;
    assert!(world.inbox.messages().is_empty());
}

/// A name with a character that no font has is told with that character, before anything is stored.
#[tokio::test]
async fn a_character_that_cannot_be_printed_is_told() {
    let world = World::new().await;
    world.refused(with(registration(), "name", "𓀀食堂"), "「𓀀」は印刷できない文字です").await;
}

/// Old forms, foreign nonces, huge and broken bodies.
#[tokio::test]
async fn a_form_that_is_not_ours_registers_nothing() {
    let world = World::new().await;
    let nonce = world.get("/venues/new").await.nonce();
    let report = world.get("/report").await.nonce();
    for foreign in ["", "x", &report] {
        let page = world.post("/venues", &with(registration(), "nonce", foreign)).await.is(422);
        assert_eq!(page.field("name").as_deref(), Some("髙﨑𠮷辻食堂"));
    }
    let huge = with(with(registration(), "nonce", &nonce), "address", &"長".repeat(6_000));
    world.post("/venues", &huge).await.is(413).says("大きすぎます");
    for body in ["", "%", "name=%ff%fe%00", "name", "=&=&=", "{\"name\":\"x\"}"] {
        let ask = Ask { body: body.into(), ..Ask::post("/venues", &Form::new()) };
        world.ask(ask).await.is(422);
    }
    world.clock.advance(13 * HOUR);
    let page = world.post("/venues", &with(registration(), "nonce", &nonce)).await.is(422);
    let page = page.says("時間がたったため");
    assert_ne!(page.nonce(), nonce);
    assert_eq!((world.count("venue").await, world.count("operator_mail").await), (0, 0));
    world.post("/venues", &with(registration(), "nonce", &page.nonce())).await.leads_to();
    assert_eq!((world.count("venue").await, world.count("operator_mail").await), (1, 1));
}

/// Each registration writes to an address that nobody vouched for: a client has thirty in an hour, also where
/// nothing comes of them. (A poster that can't be rendered is quick to be refused.)
#[tokio::test]
async fn a_client_registers_so_often_and_no_more() {
    let broken = |files: &mut PackFiles| {
        files.insert("print/poster.typ".into(), "#panic()".into());
    };
    let world = World::with_pack(broken).await;
    let send = async |client: &str| {
        let nonce = world.get("/venues/new").await.nonce();
        world.ask(Ask::post("/venues", &with(registration(), "nonce", &nonce)).from(client)).await
    };
    for _ in 0..30 {
        send("192.0.2.7").await.is(503);
    }
    send("192.0.2.7").await.is(429).says("少し待ってから");
    send("192.0.2.8").await.is(503);
    world.clock.advance(HOUR);
    send("192.0.2.7").await.is(503);
    assert_eq!((world.count("venue").await, world.count("operator_mail").await), (0, 0));
}
