//! The SMTP courier against a real mail server, which knows nothing of our opinions: over STARTTLS, signed in,
//! delivered into a Maildir and read from there.

mod given;
mod mail_server;

use deliver::Courier;
use deliver::error::{DeliveryError, Stage, Unreachable};
use deliver::smtp::auth::{Login, Password};
use deliver::smtp::{SmtpCourier, SmtpSettings, Tls};
use domain::message::{Attachment, Mail};
use futures_util::future::join_all;
use given::{mail, sender};
use mail_parser::{MessageParser, MimeHeaders};
use mail_server::{MailServer, PASSWORD, USERNAME};

fn settings(server: &MailServer) -> SmtpSettings {
    let mut settings = SmtpSettings::new("localhost", server.port(), "tadori.example");
    settings.ca_file = Some(server.ca_file());
    settings.login = Some(Login { username: USERNAME.to_owned(), password: Password::new(PASSWORD) });
    settings
}

fn courier(settings: SmtpSettings) -> Courier {
    Courier::Smtp(SmtpCourier::new(settings).expect("right settings"))
}

#[tokio::test]
async fn messages_arrive_as_they_were_written() {
    let server = MailServer::start().await;
    let courier = courier(settings(&server));
    let mut poster = mail(3, "operator@example.jp");
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    poster.attachment = Some(Attachment {
        file_name: "ポスター.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: bytes.clone(),
    });
    for mail in [&mail(1, "taro@example.jp"), &mail(2, "a..b.@docomo.ne.jp"), &poster] {
        let receipt = courier.deliver(mail, &sender()).await.unwrap();
        assert!(receipt.reply.starts_with("250 OK id="), "{receipt:?}");
    }
    let mut seen = Vec::new();
    for file in server.wait_for(3).await {
        let parsed = MessageParser::new().parse(&file).unwrap();
        assert_eq!(parsed.subject(), Some("大阪コロナ追跡システム"));
        assert_eq!(
            parsed.body_text(0).unwrap().replace("\r\n", "\n"),
            "ご登録ありがとうございます。\n.\n..\nおわり\n"
        );
        assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some("大阪府"));
        assert_eq!(parsed.return_path().as_text(), Some("no-reply@tadori.osaka.example"));
        if let Some(file) = parsed.attachment(0) {
            assert_eq!((file.attachment_name(), file.contents()), (Some("ポスター.pdf"), &bytes[..]));
        }
        let id = parsed.message_id().unwrap().to_owned();
        seen.push((
            id,
            parsed.header_raw("Envelope-to").unwrap().trim().to_owned(),
            parsed.attachment_count(),
        ));
    }
    seen.sort();
    let expected = [("taro@example.jp", 0), ("\"a..b.\"@docomo.ne.jp", 0), ("operator@example.jp", 1)];
    let expected: Vec<_> = (1..)
        .zip(expected)
        .map(|(n, (to, files))| (format!("{n:032x}@tadori.osaka.example"), to.to_owned(), files))
        .collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn refusals_are_told_apart_and_the_next_message_arrives() {
    let server = MailServer::start().await;
    let courier = courier(settings(&server));
    let gone = courier.deliver(&mail(1, "gone@example.jp"), &sender()).await.unwrap_err();
    let reply = "550 no such user …".to_owned();
    assert_eq!(gone, DeliveryError::Permanent { at: Stage::Recipient, reply });
    let full = courier.deliver(&mail(2, "full@example.jp"), &sender()).await.unwrap_err();
    let reply = "451 mailbox of … is …".to_owned(); // "full" is the local part
    assert_eq!(full, DeliveryError::Transient { at: Stage::Recipient, reply });
    courier.deliver(&mail(3, "taro@example.jp"), &sender()).await.unwrap();
    assert_eq!(server.wait_for(1).await.len(), 1);
    assert_eq!(server.log().matches("no such user").count(), 2, "in its two logs once each");
}

#[tokio::test]
async fn what_is_wrong_with_the_settings_ends_no_message() {
    let server = MailServer::start().await;
    let one = mail(1, "taro@example.jp");
    let mut wrong = settings(&server);
    wrong.login = Some(Login { username: USERNAME.to_owned(), password: Password::new("wrong") });
    let error = courier(wrong).deliver(&one, &sender()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Unreachable(Unreachable::SignIn(_))), "{error}");
    let error = courier(SmtpSettings { ca_file: None, ..settings(&server) }).deliver(&one, &sender()).await;
    assert!(matches!(error, Err(DeliveryError::Unreachable(Unreachable::Tls(_)))), "{error:?}");
    // In clear, Exim doesn't even offer to sign in.
    let error = courier(SmtpSettings { tls: Tls::None, ..settings(&server) }).deliver(&one, &sender()).await;
    assert!(matches!(error, Err(DeliveryError::Unreachable(Unreachable::SignIn(_)))), "{error:?}");
    assert!(server.messages().is_empty());
}

#[tokio::test]
async fn many_messages_share_four_connections() {
    let server = MailServer::start().await;
    let courier = courier(settings(&server));
    let mails: Vec<Mail> = (0..100).map(|n| mail(n, &format!("v{n}@example.jp"))).collect();
    let from = sender();
    for result in join_all(mails.iter().map(|mail| courier.deliver(mail, &from))).await {
        result.unwrap();
    }
    assert_eq!(server.wait_for(100).await.len(), 100);
    courier.close().await;
}
