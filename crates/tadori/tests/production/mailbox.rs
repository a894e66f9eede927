//! What arrived, read with a parser that isn't ours.

use mail_parser::{MessageParser, MimeHeaders as _};

/// A message as it lies in the mailbox.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub id: String,
    pub subject: String,
    pub body: String,
    pub auto_submitted: String,
    /// Names, media types and bytes of what is attached.
    pub attached: Vec<(String, String, Vec<u8>)>,
}

/// Reads a message.
pub fn letter(bytes: &[u8]) -> Letter {
    let mail = MessageParser::new().parse(bytes).unwrap();
    let body = mail.body_text(0).unwrap().replace("\r\n", "\n");
    let attached = mail.attachments().map(|part| {
        let media = part.content_type().unwrap();
        let media = format!("{}/{}", media.ctype(), media.subtype().unwrap_or_default());
        (part.attachment_name().unwrap_or_default().to_owned(), media, part.contents().to_vec())
    });
    Letter {
        to: mail.to().unwrap().first().unwrap().address().unwrap().to_owned(),
        id: mail.message_id().unwrap().to_owned(),
        subject: mail.subject().unwrap().to_owned(),
        auto_submitted: mail.header_raw("Auto-Submitted").unwrap_or_default().trim().to_owned(),
        attached: attached.collect(),
        body,
    }
}

impl Letter {
    pub fn is_confirmation(&self) -> bool {
        self.subject.ends_with("登録が完了しました")
    }

    pub fn is_notice(&self) -> bool {
        self.subject.ends_with("大切なお知らせ")
    }
}

/// Reads them all.
pub fn letters(messages: &[Vec<u8>]) -> Vec<Letter> {
    messages.iter().map(|message| letter(message)).collect()
}
