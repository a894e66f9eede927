//! The SMTP courier against a receiver that misbehaves on request: every way in which a message can fail is
//! the error that says what to do next, and the message after it arrives.

mod given;
mod local;

use std::time::Duration;

use deliver::Courier;
use deliver::error::{DeliveryError, Stage, Unreachable};
use deliver::receiver::{Answer, Options};
use deliver::smtp::auth::{Login, Password};
use deliver::smtp::{SettingsError, SmtpCourier, SmtpSettings, Tls};
use domain::message::Mail;
use futures_util::future::join_all;
use given::{mail, sender};
use local::{courier, receiver, settings};
use mail_parser::MessageParser;

fn say(words: &str) -> Answer {
    Answer::Say(words.to_owned())
}

async fn error(courier: &Courier, mail: &Mail) -> DeliveryError {
    courier.deliver(mail, &sender()).await.expect_err("a failure")
}

#[tokio::test]
async fn a_message_arrives_whole() {
    for pipelining in [true, false] {
        let receiver = receiver(Options { pipelining, ..Options::default() }).await;
        let receipt =
            courier(settings(&receiver)).deliver(&mail(7, "taro@example.jp"), &sender()).await.unwrap();
        assert_eq!(receipt.reply, "250 2.0.0 taken");
        let taken = receiver.messages();
        assert_eq!(
            (taken[0].from.as_str(), &taken[0].to[..]),
            ("no-reply@tadori.osaka.example", &["taro@example.jp".to_owned()][..])
        );
        let parsed = MessageParser::new().parse(&taken[0].eml).unwrap();
        assert_eq!(parsed.subject(), Some("大阪コロナ追跡システム"));
        assert_eq!(parsed.body_text(0).unwrap(), "ご登録ありがとうございます。\n.\n..\nおわり\n");
    }
}

#[tokio::test]
async fn a_body_of_dots_arrives_as_it_was() {
    let receiver = receiver(Options::default()).await;
    let mut mail = mail(1, "taro@example.jp");
    mail.text.body = ".\n..\n.hidden\nQUIT\n\n.\n".to_owned();
    courier(settings(&receiver)).deliver(&mail, &sender()).await.unwrap();
    let eml = String::from_utf8(receiver.messages()[0].eml.clone()).unwrap();
    assert!(eml.ends_with("\r\n\r\n.\r\n..\r\n.hidden\r\nQUIT\r\n\r\n.\r\n"), "{eml}");
}

#[tokio::test]
async fn carriers_dots_are_quoted_in_envelope_and_header() {
    let receiver = receiver(Options::default()).await;
    courier(settings(&receiver)).deliver(&mail(1, "a..b.@docomo.ne.jp"), &sender()).await.unwrap();
    let taken = &receiver.messages()[0];
    assert_eq!(taken.to, ["\"a..b.\"@docomo.ne.jp"]);
    assert!(String::from_utf8_lossy(&taken.eml).contains("To: <\"a..b.\"@docomo.ne.jp>\r\n"));
}

#[tokio::test]
async fn a_thousand_messages_take_four_connections() {
    let receiver = receiver(Options::default()).await;
    let courier = courier(settings(&receiver));
    let mails: Vec<Mail> = (0..1_000).map(|n| mail(n, &format!("v{n}@example.jp"))).collect();
    let from = sender();
    for result in join_all(mails.iter().map(|mail| courier.deliver(mail, &from))).await {
        result.unwrap();
    }
    assert_eq!((receiver.messages().len(), receiver.connections()), (1_000, 4));
}

/// Each place where a server may say no, and what that is for the message.
#[tokio::test]
async fn a_refusal_says_what_happens_next() {
    use Stage::{Content, Data, Recipient, Sender};
    for pipelining in [true, false] {
        for (at, words, expected) in [
            (Sender, "451 4.3.0 later", "transient"),
            (Sender, "550 5.7.1 not from you", "unreachable"),
            (Recipient, "450 4.2.0 <taro@example.jp> is greylisted", "transient"),
            (Recipient, "550 5.1.1 <taro@example.jp>: no such user taro", "permanent"),
            (Recipient, "501 5.1.3 bad address", "permanent"),
            (Recipient, "530 5.7.0 sign in first", "unreachable"),
            (Data, "451 4.3.0 later", "transient"),
            (Data, "554 5.3.0 no", "permanent"),
            (Content, "452 4.3.1 disk full", "transient"),
            (Content, "554 5.7.1 spam from taro@example.jp", "permanent"),
            (Sender, "421 4.3.2 going down", "transient"),
        ] {
            let options = Options { pipelining, ..Options::default() }.answering_first(1, at, say(words));
            let receiver = receiver(options).await;
            let courier = courier(settings(&receiver));
            let error = error(&courier, &mail(1, "taro@example.jp")).await;
            let (kind, stage, reply) = match &error {
                DeliveryError::Transient { at, reply } => ("transient", *at, reply),
                DeliveryError::Unanswered { reply } => panic!("it was answered: {reply}"),
                DeliveryError::Permanent { at, reply } => ("permanent", *at, reply),
                DeliveryError::Unreachable(Unreachable::Refused { at, reply }) => ("unreachable", *at, reply),
                DeliveryError::Unreachable(other) => panic!("{other}"),
            };
            assert_eq!((kind, stage), (expected, at), "{words}");
            assert!(!reply.contains("taro") && !reply.contains('@'), "{reply}");
            assert_eq!(reply[..3], words[..3]);
            courier.deliver(&mail(2, "hanako@example.jp"), &sender()).await.unwrap();
            assert_eq!(receiver.messages().len(), 1);
            let reused = if words.starts_with("421") { 2 } else { 1 };
            assert_eq!(receiver.connections(), reused, "{words}");
        }
    }
}

/// What a break at this step means: once the text went out, nobody knows whether it was taken.
fn broken(at: Stage, reply: &str) -> DeliveryError {
    let reply = reply.to_owned();
    if at == Stage::Content {
        DeliveryError::Unanswered { reply }
    } else {
        DeliveryError::Transient { at, reply }
    }
}

/// A connection that breaks before the text went out is tried once more only where it had been used before;
/// one that breaks after the final dot is reported, and the message may have arrived.
#[tokio::test]
async fn a_connection_that_breaks_is_no_refusal_and_the_next_is_new() {
    for pipelining in [true, false] {
        for at in [Stage::Sender, Stage::Recipient, Stage::Data, Stage::Content] {
            let options = Options { pipelining, ..Options::default() }.answering_first(1, at, Answer::Close);
            let receiver = receiver(options).await;
            let courier = courier(settings(&receiver));
            let expected = broken(at, "the server closed the connection");
            assert_eq!(error(&courier, &mail(1, "taro@example.jp")).await, expected);
            courier.deliver(&mail(1, "taro@example.jp"), &sender()).await.unwrap();
            let arrived = receiver.messages().len();
            assert_eq!((arrived, receiver.connections()), (if at == Stage::Content { 2 } else { 1 }, 2));
        }
    }
}

/// RFC 2920, section 3.1: a server that takes DATA although it refused the only recipient gets the dot alone.
#[tokio::test]
async fn data_for_nobody_is_an_empty_message_that_goes_nowhere() {
    let receiver = receiver(Options::default().answering(|at, sent| match at {
        Stage::Recipient if sent == "gone@example.jp" => Some(say("550 5.1.1 no such user")),
        Stage::Data => Some(say("354 whoever it is for")),
        _ => None,
    }))
    .await;
    let courier = courier(settings(&receiver));
    let expected =
        DeliveryError::Permanent { at: Stage::Recipient, reply: "550 5.1.1 no such user".to_owned() };
    assert_eq!(error(&courier, &mail(1, "gone@example.jp")).await, expected);
    courier.deliver(&mail(2, "taro@example.jp"), &sender()).await.unwrap();
    let taken = receiver.messages();
    assert_eq!((taken.len(), &taken[0].to[..]), (1, &["taro@example.jp".to_owned()][..]));
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_server_that_babbles_is_left() {
    for at in [Stage::Sender, Stage::Recipient, Stage::Data, Stage::Content] {
        let receiver = receiver(Options::default().answering_first(1, at, say("2x0 what?"))).await;
        let courier = courier(settings(&receiver));
        let expected = broken(at, "what the server answers is not SMTP");
        assert_eq!(error(&courier, &mail(1, "taro@example.jp")).await, expected);
        courier.deliver(&mail(2, "taro@example.jp"), &sender()).await.unwrap();
        assert_eq!(receiver.connections(), 2);
    }
}

#[tokio::test]
async fn a_server_that_hung_up_meanwhile_costs_nothing() {
    let receiver = receiver(Options::default()).await;
    let courier = courier(settings(&receiver));
    for number in 0..3 {
        courier.deliver(&mail(number, "taro@example.jp"), &sender()).await.unwrap();
        receiver.hang_up();
        tokio::task::yield_now().await;
    }
    assert_eq!((receiver.messages().len(), receiver.connections()), (3, 3));
}

#[tokio::test]
async fn silence_ends_with_the_time_out() {
    for at in [Stage::Sender, Stage::Recipient, Stage::Data, Stage::Content] {
        let receiver = receiver(Options::default().answering_first(1, at, Answer::Silence)).await;
        let mut settings = settings(&receiver);
        settings.timeouts.command = Duration::from_millis(100);
        let courier = courier(settings);
        let expected = broken(at, "no answer in time");
        assert_eq!(error(&courier, &mail(1, "taro@example.jp")).await, expected);
        courier.deliver(&mail(1, "taro@example.jp"), &sender()).await.unwrap();
    }
}

#[tokio::test]
async fn before_the_first_message_everything_is_unreachable() {
    for at in [Stage::Greeting, Stage::Hello] {
        for (answer, refused) in
            [(say("554 5.7.1 go away"), true), (say("421 later"), true), (Answer::Close, false)]
        {
            let receiver = receiver(Options::default().answering_first(1, at, answer)).await;
            let courier = courier(settings(&receiver));
            match error(&courier, &mail(1, "taro@example.jp")).await {
                DeliveryError::Unreachable(Unreachable::Refused { at: stage, .. }) => {
                    assert!(refused && stage == at)
                }
                DeliveryError::Unreachable(Unreachable::Broken { at: stage, .. }) => {
                    assert!(!refused && stage == at)
                }
                other => panic!("{other}"),
            }
            courier.deliver(&mail(1, "taro@example.jp"), &sender()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let receiver = receiver(Options::default()).await;
    let settings = settings(&receiver);
    drop(receiver);
    tokio::task::yield_now().await;
    let error = error(&courier(settings), &mail(1, "taro@example.jp")).await;
    assert!(matches!(error, DeliveryError::Unreachable(Unreachable::Connect(_))), "{error}");
}

#[tokio::test]
async fn signing_in_works_both_ways_and_a_wrong_password_ends_no_message() {
    for way in ["PLAIN LOGIN", "LOGIN", "CRAM-MD5"] {
        let login = Some(("tadori".to_owned(), "正しい".to_owned()));
        let receiver = receiver(Options { login, sign_in_ways: way.to_owned(), ..Options::default() }).await;
        for (password, right) in [("wrong", false), ("正しい", way != "CRAM-MD5")] {
            let mut settings = settings(&receiver);
            settings.login = Some(Login { username: "tadori".to_owned(), password: Password::new(password) });
            match courier(settings).deliver(&mail(1, "taro@example.jp"), &sender()).await {
                Ok(_) => assert!(right),
                Err(DeliveryError::Unreachable(Unreachable::SignIn(_))) => assert!(!right),
                Err(other) => panic!("{other}"),
            }
        }
        let error = error(&courier(settings(&receiver)), &mail(1, "taro@example.jp")).await;
        let expected =
            Unreachable::Refused { at: Stage::Sender, reply: "530 5.7.0 sign in first".to_owned() };
        assert_eq!(error, DeliveryError::Unreachable(expected));
    }
}

#[tokio::test]
async fn idle_connections_are_closed_and_opened_again() {
    let receiver = receiver(Options::default()).await;
    let mut settings = settings(&receiver);
    settings.timeouts.idle = Duration::from_millis(20);
    let courier = courier(settings);
    courier.deliver(&mail(1, "taro@example.jp"), &sender()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    courier.deliver(&mail(2, "taro@example.jp"), &sender()).await.unwrap();
    courier.close().await;
    courier.deliver(&mail(3, "taro@example.jp"), &sender()).await.unwrap();
    assert_eq!((receiver.messages().len(), receiver.connections()), (3, 3));
}

/// A message given up in the middle leaves no connection behind on which the next would be mixed with it.
#[tokio::test]
async fn a_message_given_up_half_way_spoils_none() {
    let receiver = receiver(Options::default().answering_first(1, Stage::Data, Answer::Silence)).await;
    let courier = courier(settings(&receiver));
    let (given_up, from) = (mail(1, "taro@example.jp"), sender());
    let result = tokio::time::timeout(Duration::from_millis(100), courier.deliver(&given_up, &from)).await;
    assert!(result.is_err());
    courier.deliver(&mail(2, "hanako@example.jp"), &from).await.unwrap();
    let taken = receiver.messages();
    assert_eq!((taken.len(), taken[0].to[0].as_str()), (1, "hanako@example.jp"));
}

#[tokio::test]
async fn bounces_go_where_they_are_to_go() {
    let receiver = receiver(Options::default()).await;
    for from in ["bounces@osaka.example", ""] {
        let mut settings = settings(&receiver);
        settings.envelope_from = Some(from.to_owned());
        courier(settings).deliver(&mail(1, "taro@example.jp"), &sender()).await.unwrap();
        assert_eq!(receiver.messages().last().unwrap().from, from);
    }
}

#[test]
fn wrong_settings_are_said_all_at_once() {
    let mut settings = SmtpSettings::new("192.0.2.1", 25, "tadori example\r\n");
    settings.tls = Tls::None;
    settings.connections = 0;
    settings.envelope_from = Some("a@b>\r\nRCPT TO:<c@d".to_owned());
    settings.login = Some(Login { username: String::new(), password: Password::new("x") });
    assert_eq!(
        settings.problems(),
        [
            SettingsError::PlainBeyondLoopback,
            SettingsError::Connections,
            SettingsError::HelloName,
            SettingsError::EnvelopeFrom,
            SettingsError::Login
        ]
    );
    assert!(SmtpCourier::new(settings).is_err());
}
