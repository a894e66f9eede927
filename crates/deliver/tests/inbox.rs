//! The couriers without a network: the inbox keeps and fails as told, the folder holds what was sent.

mod given;

use deliver::Courier;
use deliver::error::{DeliveryError, Unreachable};
use deliver::folder::Folder;
use deliver::inbox::{Failure, Inbox};
use given::{WHEN, mail, sender};

#[tokio::test]
async fn the_inbox_shows_what_was_sent() {
    let inbox = Inbox::new();
    let courier = Courier::Inbox(inbox.clone());
    let first = mail(1, "taro@example.jp");
    courier.deliver(&first, &sender()).await.unwrap();
    courier.deliver(&mail(2, "hanako@example.jp"), &sender()).await.unwrap();
    let shown = &inbox.messages_to("taro@example.jp")[0];
    assert_eq!((shown.id, shown.to.as_str(), shown.at), (first.id, "taro@example.jp", WHEN));
    assert_eq!(
        (&shown.subject, &shown.body, &shown.from),
        (&first.text.subject, &first.text.body, &sender())
    );
    assert_eq!(inbox.messages().len(), 2);
    inbox.clear();
    assert!(inbox.messages().is_empty());
}

#[tokio::test]
async fn the_inbox_fails_as_told() {
    let inbox = Inbox::new();
    let courier = Courier::Inbox(inbox.clone());
    inbox.fail_next(2, Failure::Transient);
    inbox.fail_next(1, Failure::Unreachable);
    inbox.fail_for("gone@example.jp", Some(Failure::Permanent));
    let mut seen = Vec::new();
    for to in ["a@example.jp", "b@example.jp", "c@example.jp", "gone@example.jp", "d@example.jp"] {
        seen.push(match courier.deliver(&mail(1, to), &sender()).await {
            Ok(_) => "taken",
            Err(DeliveryError::Transient { .. }) => "transient",
            Err(DeliveryError::Unanswered { .. }) => "unanswered",
            Err(DeliveryError::Permanent { .. }) => "permanent",
            Err(DeliveryError::Unreachable(_)) => "unreachable",
        });
    }
    assert_eq!(seen, ["transient", "transient", "unreachable", "permanent", "taken"]);
    inbox.fail_for("gone@example.jp", None);
    courier.deliver(&mail(1, "gone@example.jp"), &sender()).await.unwrap();
}

#[tokio::test]
async fn the_folder_holds_each_message_once() {
    let folder = tempfile::tempdir().unwrap();
    let courier = Courier::Folder(Folder::new(folder.path()));
    for _ in 0..2 {
        courier.deliver(&mail(1, "taro@example.jp"), &sender()).await.unwrap();
    }
    let receipt = courier.deliver(&mail(2, "taro@example.jp"), &sender()).await.unwrap();
    assert_eq!(receipt.reply, "00000000000000000000000000000002.eml");
    let files: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files.len(), 2);
    let written = std::fs::read(folder.path().join(receipt.reply)).unwrap();
    assert_eq!(written, *deliver::mime::eml(&mail(2, "taro@example.jp"), &sender()).unwrap());
}

#[tokio::test]
async fn a_missing_folder_is_unreachable() {
    let courier = Courier::Folder(Folder::new("/nonexistent/tadori"));
    let error = courier.deliver(&mail(1, "taro@example.jp"), &sender()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Unreachable(Unreachable::Folder(_))), "{error}");
}
