//! What the tests of this crate start from: a mail and its sender.

use domain::clock::Instant;
use domain::contact::Contact;
use domain::id::MessageId;
use domain::message::{Mail, Sender, Text};

pub const WHEN: Instant = Instant::from_micros(1_606_000_000_000_000);

pub fn mail(number: u32, to: &str) -> Mail {
    let mut id = [0; 16];
    id[12..].copy_from_slice(&number.to_be_bytes());
    Mail {
        id: MessageId::from_random(id),
        to: Contact::email(to).expect("an address"),
        reply_to: None,
        text: Text {
            subject: "大阪コロナ追跡システム".to_owned(),
            body: "ご登録ありがとうございます。\n.\n..\nおわり\n".to_owned(),
        },
        attachment: None,
        dated: WHEN,
    }
}

pub fn sender() -> Sender {
    Sender {
        name: "大阪府".to_owned(), address: "no-reply@tadori.osaka.example".to_owned(), never: vec![]
    }
}
