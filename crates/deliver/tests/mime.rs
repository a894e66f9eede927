//! The message as bytes: what a mailbox reads, and what nobody can slip in.

mod given;

use deliver::error::DeliveryError;
use deliver::mime::eml;
use domain::contact::{Channel, Contact};
use domain::message::{Attachment, Sender};
use given::{WHEN, mail, sender};
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("ASCII")
}

#[test]
fn a_message_is_the_same_bytes_at_each_attempt() {
    let mut mail = mail(7, "taro@example.jp");
    mail.text.body = "plain\n".to_owned();
    let written = text(&eml(&mail, &sender()).unwrap());
    assert_eq!(
        written,
        "From: =?utf-8?B?5aSn6Ziq5bqc?= <no-reply@tadori.osaka.example>\r\n\
         To: <taro@example.jp>\r\n\
         Subject: =?utf-8?B?5aSn6Ziq44Kz44Ot44OK6L+96Leh44K344K544OG44Og?=\r\n\
         Date: Sat, 21 Nov 2020 23:06:40 +0000\r\n\
         Message-ID: <00000000000000000000000000000007@tadori.osaka.example>\r\n\
         Auto-Submitted: auto-generated\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=\"utf-8\"\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         plain\r\n"
    );
    mail.attachment = Some(poster("poster.pdf", "application/pdf"));
    assert_eq!(eml(&mail, &sender()).unwrap().as_slice(), eml(&mail, &sender()).unwrap().as_slice());
}

/// KNG-18: an answer goes to who asked, and an address is one or the mail isn't written.
#[test]
fn an_answer_goes_where_it_is_asked_for() {
    let mut mail = mail(7, "desk@example.jp");
    mail.reply_to = Some(Contact::email("tencho@shop.example").unwrap());
    let written = text(&eml(&mail, &sender()).unwrap());
    assert!(written.contains("\r\nReply-To: <tencho@shop.example>\r\n"), "{written}");
    for broken in ["a@shop.example\r\nBcc: b@shop.example", "a@shop.example>,<b@shop.example", ""] {
        mail.reply_to = Some(Contact::from_sealed(Channel::Email, broken.to_owned()));
        assert!(matches!(eml(&mail, &sender()), Err(DeliveryError::Permanent { .. })), "{broken:?}");
    }
}

fn poster(file_name: &str, media_type: &str) -> Attachment {
    let bytes = (0..=255).cycle().take(5_000).collect();
    Attachment { file_name: file_name.to_owned(), media_type: media_type.to_owned(), bytes }
}

#[test]
fn a_poster_goes_with_it() {
    let mut mail = mail(7, "taro@example.jp");
    mail.attachment = Some(poster("ポスター.pdf", "application/pdf"));
    let written = eml(&mail, &sender()).unwrap();
    let parsed = MessageParser::new().parse(written.as_slice()).unwrap();
    assert!(parsed.content_type().unwrap().c_type == "multipart");
    assert_eq!(parsed.body_text(0).unwrap(), mail.text.body);
    let file = parsed.attachment(0).unwrap();
    assert_eq!(file.attachment_name(), Some("ポスター.pdf"));
    assert_eq!(file.content_type().unwrap().subtype(), Some("pdf"));
    assert_eq!(file.contents(), mail.attachment.unwrap().bytes);
}

#[test]
fn what_is_no_media_type_is_just_bytes() {
    let mut mail = mail(7, "taro@example.jp");
    for wrong in
        ["", "pdf", "a/b/c", "text/html\r\nBcc: x@y.jp", "multipart/mixed", "message/rfc822", "a/b; c=d"]
    {
        mail.attachment = Some(poster("a", wrong));
        let written = text(&eml(&mail, &sender()).unwrap());
        assert!(written.contains("Content-Type: application/octet-stream\r\n"), "{wrong}");
    }
}

#[test]
fn an_address_that_is_none_is_never_written() {
    for wrong in [
        "a@b.jp>\r\nBcc: <c@d.jp",
        "a b@c.jp",
        "a",
        "@c.jp",
        "a@",
        "a@b.jp, c@d.jp",
        "ä@b.jp",
        "a\"@b.jp",
        "a@b@c.jp",
    ] {
        let mut mail = mail(1, "taro@example.jp");
        let from = Sender { name: String::new(), address: wrong.to_owned(), never: vec![] };
        assert!(matches!(eml(&mail, &from), Err(DeliveryError::Permanent { .. })), "{wrong}");
        mail.to = Contact::from_sealed(Channel::Email, wrong.to_owned());
        let result = eml(&mail, &sender());
        // What isn't a dot-atom before the @ is quoted, and so stays inside the quotes.
        let quoted = result.as_ref().is_ok_and(|written| text(written).contains("To: <\"a@b\"@c.jp>\r\n"));
        assert!(quoted || matches!(result, Err(DeliveryError::Permanent { .. })), "{wrong}");
    }
}

/// The names of the header lines, continuations left out.
fn header_names(written: &str) -> Vec<&str> {
    let head = written.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split(':').next().unwrap_or_default()).collect()
}

const ONE_PART: [&str; 9] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

proptest! {
    /// Whatever is written into subject, name and body: the header lines are these nine, and subject and body
    /// are read back.
    #[test]
    fn no_text_becomes_a_header_line(
        subject in "(\\PC|[\r\n\t\u{0}\u{85}\u{2028}]|\r\nBcc: x@example\\.jp|\r\n\r\n){0,60}",
        name in "(\\PC|[\r\n\"\\\\<>,@]){0,40}",
        body in "(\\PC|[\r\n.]|\r\n\\.\r\n){0,200}",
    ) {
        let mut mail = mail(1, "taro@example.jp");
        mail.text.subject = subject.clone();
        mail.text.body = body.clone();
        let from = Sender { name, address: "no-reply@tadori.example".to_owned(), never: vec![] };
        let written = text(&eml(&mail, &from).unwrap());
        prop_assert_eq!(header_names(&written), ONE_PART);
        prop_assert!(written.is_ascii());
        for line in written.split("\r\n") {
            prop_assert!(line.len() <= 998 && !line.contains(['\r', '\n']));
        }
        let parsed = MessageParser::new().parse(written.as_bytes()).unwrap();
        prop_assert_eq!(parsed.from().unwrap().first().unwrap().address(), Some("no-reply@tadori.example"));
        prop_assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("taro@example.jp"));
        prop_assert!(parsed.cc().is_none() && parsed.bcc().is_none());
        prop_assert_eq!(parsed.date().unwrap().to_timestamp(), WHEN.as_micros() / 1_000_000);
    }

    #[test]
    fn an_ordinary_subject_and_body_are_read_back(
        subject in "[ぁ-んァ-ヶ一-龥a-zA-Z0-9]{1,80}",
        body in "([ぁ-んァ-ヶ一-龥a-zA-Z0-9 .=?_]{1,80}\n){1,20}",
    ) {
        let mut mail = mail(1, "taro@example.jp");
        mail.text.subject = subject.clone();
        mail.text.body = body.clone();
        let written = eml(&mail, &sender()).unwrap();
        let parsed = MessageParser::new().parse(written.as_slice()).unwrap();
        prop_assert_eq!(parsed.subject(), Some(subject.as_str()));
        prop_assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), body);
    }

    #[test]
    fn no_file_name_becomes_a_header_line(name in "(\\PC|[\r\n\"\\\\;/]|\r\nBcc: x@example\\.jp){0,80}") {
        let mut mail = mail(1, "taro@example.jp");
        mail.attachment = Some(poster(&name, "application/pdf"));
        let written = eml(&mail, &sender()).unwrap();
        let words = text(&written);
        prop_assert_eq!(header_names(&words), &ONE_PART[..8]);
        let parsed = MessageParser::new().parse(written.as_slice()).unwrap();
        prop_assert_eq!((parsed.text_body_count(), parsed.attachment_count()), (1, 1));
        prop_assert_eq!(parsed.attachment(0).unwrap().contents().len(), 5_000);
        prop_assert!(parsed.bcc().is_none());
    }
}
