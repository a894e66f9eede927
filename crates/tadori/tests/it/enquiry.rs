//! An operator writes to the desk (KNG-18, C21): sealed at once, mailed once by the worker, then forgotten.

use deliver::inbox::Failure;

use crate::form::{Form, form, with};
use crate::page::Page;
use crate::world::{Ask, HOUR, MINUTE, World, files_with, policy};

const TENCHO: &str = "tencho@shop.example";
const DESK: &str = "desk@kanagawa.example";
const WORDS: &str = "ポスターを貼る場所が\r\n二つあります。\r\n\r\n1枚で足りますか。";

fn enquiry() -> Form {
    form(&[("number", ""), ("email", TENCHO), ("question", WORDS)])
}

impl World {
    async fn ask_the_desk(&self, fields: Form) -> Page {
        let nonce = self.get("/enquiry").await.is(200).nonce();
        self.post("/enquiry", &with(fields, "nonce", &nonce)).await
    }
}

/// KNG-18: the question reaches the desk as it was asked, an answer goes to who asked, and nothing of it is to be
/// read in any file, before or after.
#[tokio::test]
async fn a_question_reaches_the_desk_and_is_forgotten() {
    let mut world = World::of("kanagawa", |_| {}).await;
    let venue = world.venue("髙﨑食堂", "restaurant", 40).await;
    assert!(world.get("/operators").await.is(200).addresses().contains(&"/enquiry".to_owned()));
    let asked = with(enquiry(), "number", &venue.id.to_string());
    assert_eq!(world.ask_the_desk(asked).await.leads_to(), "/enquiry/thanks?lang=ja");
    world.get("/enquiry/thanks").await.is(200).says("お問い合わせを受け付けました");
    assert_eq!(world.count("enquiry").await, 1);
    assert!(world.inbox.messages().is_empty(), "the web server mails nothing");
    for words in [TENCHO, "二つあります"] {
        assert!(files_with(&world.store(), words).is_empty(), "{words} lies in clear");
    }

    world.settle().await;
    let mails = world.mails_to(DESK);
    assert_eq!((mails.len(), world.inbox.messages().len()), (1, 1));
    let mail = &mails[0];
    assert!(mail.body.contains(&format!("登録番号：{}（髙﨑食堂）", venue.id)), "{}", mail.body);
    assert!(mail.body.contains("ポスターを貼る場所が\n二つあります。\n\n1枚で足りますか。"), "{}", mail.body);
    assert!(!mail.subject.contains("ポスター"), "nothing typed stands in a header: {}", mail.subject);
    assert_eq!(mail.reply_to.as_ref().map(|to| to.as_str()), Some(TENCHO));

    // The row that keeps a reload from asking again goes with the form's life.
    assert_eq!(world.count("enquiry").await, 1);
    world.pass(13 * HOUR).await;
    assert_eq!(world.count("enquiry").await, 0);
    assert_eq!(world.mails_to(DESK).len(), 1);
}

/// A reload is the same question, before the mail and after it; other words in the same form are another.
#[tokio::test]
async fn a_reload_asks_once() {
    let mut world = World::of("kanagawa", |_| {}).await;
    let nonce = world.get("/enquiry").await.is(200).nonce();
    let fields = with(enquiry(), "nonce", &nonce);
    for _ in 0..2 {
        world.post("/enquiry", &fields).await.leads_to();
    }
    world.settle().await;
    world.post("/enquiry", &fields).await.leads_to();
    world.settle().await;
    assert_eq!(world.mails_to(DESK).len(), 1);
    world.post("/enquiry", &with(fields, "question", "もう一つあります。")).await.leads_to();
    world.settle().await;
    assert_eq!(world.mails_to(DESK).len(), 2);
    assert!(world.mails_to(DESK)[1].body.contains("登録番号：記入なし"));
}

/// Line breaks and bracketed tails in addresses, characters that nobody sees, lengths: refused at the form, with
/// what was typed kept.
#[tokio::test]
async fn what_cannot_be_taken_is_refused_at_the_form() {
    let world = World::of("kanagawa", |_| {}).await;
    let long = "あ".repeat(1001);
    for (field, typed, says) in [
        ("email", "", "メールアドレスを入力してください"),
        ("email", "a@shop.example\r\nBcc: b@shop.example", "形が正しくありません"),
        ("email", "a@shop.example>\n<b@shop.example", "形が正しくありません"),
        ("email", "a@shop.example, b@shop.example", "形が正しくありません"),
        ("question", " \r\n ", "お問い合わせの内容を入力してください"),
        ("question", "a\0b", "目に見えない文字"),
        ("question", "a\u{202E}b", "目に見えない文字"),
        ("question", "a\rb", "目に見えない文字"),
        ("question", long.as_str(), "1000文字まで"),
        ("number", "12", "登録番号が正しくありません"),
        ("number", "'; drop table venue", "登録番号が正しくありません"),
    ] {
        let page = world.ask_the_desk(with(enquiry(), field, typed)).await.is(422).says(says);
        assert!(
            page.text().contains("二つあります") || field == "question",
            "{field}: what was typed is kept"
        );
    }
    let forged = with(enquiry(), "nonce", "AAAA");
    world.post("/enquiry", &forged).await.is(422).says("時間がたったため");
    world.post("/enquiry", &enquiry()).await.is(422);
    assert_eq!(world.count("enquiry").await, 0);
    // At its longest it is taken.
    world.ask_the_desk(with(enquiry(), "question", &"あ".repeat(1000))).await.leads_to();
}

/// As registrations: thirty an hour from one client, and others aren't stopped by it.
#[tokio::test]
async fn one_client_does_not_fill_the_desk() {
    let world = World::of("kanagawa", |_| {}).await;
    let nonce = world.get("/enquiry").await.is(200).nonce();
    let send = |n: u32, client: &'static str| {
        let fields = with(with(enquiry(), "nonce", &nonce), "question", &format!("質問{n}"));
        let world = &world;
        async move { world.ask(Ask::post("/enquiry", &fields).from(client)).await }
    };
    for n in 0..30 {
        send(n, "192.0.2.1").await.leads_to();
    }
    send(30, "192.0.2.1").await.is(429);
    send(0, "192.0.2.1").await.leads_to();
    send(31, "192.0.2.2").await.leads_to();
    assert_eq!(world.count("enquiry").await, 31);
    world.clock.advance(HOUR + MINUTE);
    send(30, "192.0.2.1").await.leads_to();
}

/// While the desk's server asks to wait it is tried again; a number that we never gave is said to the desk.
#[tokio::test]
async fn a_busy_desk_is_tried_again() {
    let mut world = World::of("kanagawa", |_| {}).await;
    world.inbox.fail_for(DESK, Some(Failure::Transient));
    world.ask_the_desk(with(enquiry(), "number", "00000-00000")).await.leads_to();
    world.settle().await;
    assert!(world.mails_to(DESK).is_empty());
    world.inbox.fail_for(DESK, None);
    world.pass(2 * MINUTE).await;
    let mails = world.mails_to(DESK);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].body.contains("見つかりません"), "{}", mails[0].body);

    // A desk whose address is refused for good: the question isn't kept for ever.
    world.inbox.fail_for(DESK, Some(Failure::Permanent));
    world.ask_the_desk(enquiry()).await.leads_to();
    world.settle().await;
    assert!(world.intake.enquiries(world.clock.now(), 9).await.unwrap().is_empty());
    // No server at all: nothing is lost.
    world.inbox.fail_for(DESK, None);
    world.inbox.fail_next(1, Failure::Unreachable);
    world.ask_the_desk(enquiry()).await.leads_to();
    world.turn().await;
    world.pass(2 * MINUTE).await;
    assert_eq!(world.mails_to(DESK).len(), 2);
}

/// What was planted in intake opens for nobody, and doesn't stop the others.
#[tokio::test]
async fn what_does_not_open_is_dropped() {
    let mut world = World::of("kanagawa", |_| {}).await;
    let planted = domain::id::MessageId::from_random([7; 16]);
    world.intake.put_enquiry(planted, b"planted", world.clock.now()).await.unwrap();
    world.ask_the_desk(enquiry()).await.leads_to();
    world.settle().await;
    assert_eq!(world.mails_to(DESK).len(), 1);
}

/// C21: without the parameter there is no form, no link, and nothing is taken.
#[tokio::test]
async fn without_the_parameter_there_is_no_form() {
    let off =
        [("inquiry_form = true", "inquiry_form = false"), ("enquiry_to = \"desk@kanagawa.example\"", "")];
    let world = World::of("kanagawa", policy(&off)).await;
    for path in ["/enquiry", "/enquiry/thanks"] {
        world.get(path).await.is(404);
    }
    world.post("/enquiry", &enquiry()).await.is(404);
    for path in ["/", "/operators", "/sitemap"] {
        assert!(!world.get(path).await.is(200).addresses().contains(&"/enquiry".to_owned()), "{path}");
    }
    world.get("/privacy").await.is(200).does_not_say("お問い合わせの内容とメールアドレス");
}
