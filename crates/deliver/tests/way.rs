//! Messages one behind another over one way: each arrives once, whatever becomes of the one before it.

mod given;
mod local;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use deliver::circular::{Addressed, Circular};
use deliver::error::{DeliveryError, Stage};
use deliver::receiver::{Answer, Options, Receiver};
use deliver::way::{Handed, Way};
use domain::contact::Contact;
use given::{mail, sender};
use local::{courier, receiver, settings};

fn say(words: &str) -> Answer {
    Answer::Say(words.to_owned())
}

/// So many mails of the same words.
fn mails(number: u32) -> Vec<Addressed> {
    let words = Arc::new(Circular::new(mail(0, "a@example.jp").text, sender(), given::WHEN));
    let to = |n| Contact::email(&format!("visitor{n}@example.jp")).expect("an address");
    (0..number)
        .map(|n| Addressed { id: mail(n, "a@example.jp").id, to: to(n), words: Arc::clone(&words) })
        .collect()
}

/// Sends them one behind another, those that may go.
async fn send(way: &mut Way, mails: &[Addressed], may_go: impl Fn(usize) -> bool) -> Vec<Handed> {
    let mut handed = Vec::new();
    for (n, mail) in mails.iter().enumerate() {
        let may_go = may_go(n);
        handed.push(way.hand_over(mail, mails.get(n + 1), async move { may_go }).await);
    }
    handed
}

/// What the server says the second time that it comes to this.
fn second(options: Options, at: Stage, answer: Answer) -> Options {
    let seen = AtomicUsize::new(0);
    options.answering(move |stage, _| {
        (stage == at && seen.fetch_add(1, Ordering::SeqCst) == 1).then(|| answer.clone())
    })
}

fn arrived(receiver: &Receiver) -> Vec<String> {
    receiver.messages().iter().map(|taken| taken.to[0].clone()).collect()
}

fn visitors(numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|n| format!("visitor{n}@example.jp")).collect()
}

fn all_taken(handed: &[Handed]) -> bool {
    handed.iter().all(|one| matches!(one, Handed::Taken))
}

#[tokio::test]
async fn all_go_over_one_connection_and_leave_it_to_others() {
    for pipelining in [true, false] {
        let receiver = receiver(Options { pipelining, ..Options::default() }).await;
        let mut settings = settings(&receiver);
        settings.connections = 1;
        let courier = courier(settings);
        let mut way = courier.way();
        assert!(all_taken(&send(&mut way, &mails(4), |_| true).await));
        way.rest();
        courier.deliver(&mail(9, "taro@example.jp"), &sender()).await.unwrap();
        let mut told = visitors(&[0, 1, 2, 3]);
        told.push("taro@example.jp".to_owned());
        assert_eq!((arrived(&receiver), receiver.connections()), (told, 1));
        let alone = courier.deliver(&mail(0, "visitor0@example.jp"), &sender()).await;
        alone.unwrap();
        let taken = receiver.messages();
        assert_eq!(taken[0].eml, taken[5].eml, "the same bytes as a mail of its own");
    }
}

/// Right before its text is asked whether a message may go, when the server has been told of it already: then the
/// connection closes, nothing of it arrives, and those behind it do.
#[tokio::test]
async fn what_may_not_go_does_not() {
    for pipelining in [true, false] {
        let receiver = receiver(Options { pipelining, ..Options::default() }).await;
        let mut way = courier(settings(&receiver)).way();
        let handed = send(&mut way, &mails(5), |n| n != 0 && n != 2).await;
        assert!(matches!(handed[0], Handed::Kept) && matches!(handed[2], Handed::Kept));
        assert_eq!(arrived(&receiver), visitors(&[1, 3, 4]));
    }
}

/// One that is passed over, though it was announced, is not sent in another's place.
#[tokio::test]
async fn who_was_announced_and_does_not_come_gets_nothing() {
    let receiver = receiver(Options::default()).await;
    let (mut way, mails) = (courier(settings(&receiver)).way(), mails(3));
    assert!(matches!(way.hand_over(&mails[0], Some(&mails[1]), async { true }).await, Handed::Taken));
    assert!(matches!(way.hand_over(&mails[2], None, async { true }).await, Handed::Taken));
    assert_eq!((arrived(&receiver), receiver.connections()), (visitors(&[0, 2]), 2));
}

#[tokio::test]
async fn one_that_is_refused_spoils_no_other() {
    for (at, words) in [(Stage::Recipient, "550 5.1.1 no"), (Stage::Content, "554 5.7.1 no")] {
        for pipelining in [true, false] {
            let options = Options { pipelining, ..Options::default() };
            let receiver = receiver(second(options, at, say(words))).await;
            let mut way = courier(settings(&receiver)).way();
            let handed = send(&mut way, &mails(4), |_| true).await;
            match &handed[1] {
                Handed::Failed(DeliveryError::Permanent { at: stage, .. }) => assert_eq!(*stage, at),
                other => panic!("{other:?}"),
            }
            assert_eq!((arrived(&receiver), receiver.connections()), (visitors(&[0, 2, 3]), 1));
        }
    }
}

/// A server that takes a text and closes: that one is unanswered, and the one announced behind it goes once.
#[tokio::test]
async fn after_a_lost_answer_the_next_goes_once() {
    for pipelining in [true, false] {
        let options = Options { pipelining, ..Options::default() };
        let receiver = receiver(second(options, Stage::Content, Answer::Close)).await;
        let mut way = courier(settings(&receiver)).way();
        let handed = send(&mut way, &mails(4), |_| true).await;
        assert!(matches!(&handed[1], Handed::Failed(DeliveryError::Unanswered { .. })), "{:?}", handed[1]);
        assert!(all_taken(&handed[..1]) && all_taken(&handed[2..]));
        assert_eq!((arrived(&receiver), receiver.connections()), (visitors(&[0, 1, 2, 3]), 2));
    }
}

/// A server that closes between two messages, or says that it will: the next goes over another connection.
#[tokio::test]
async fn a_server_that_has_enough_of_a_connection_gets_another() {
    for answer in [Answer::Close, say("421 4.4.5 too many")] {
        let receiver = receiver(second(Options::default(), Stage::Sender, answer)).await;
        let mut way = courier(settings(&receiver)).way();
        assert!(all_taken(&send(&mut way, &mails(5), |_| true).await));
        assert_eq!((arrived(&receiver), receiver.connections()), (visitors(&[0, 1, 2, 3, 4]), 2));
    }
}

/// A folder and the inbox are asked too.
#[tokio::test]
async fn without_a_server_what_may_not_go_does_not_either() {
    let inbox = deliver::inbox::Inbox::new();
    let mut way = deliver::Courier::Inbox(inbox.clone()).way();
    send(&mut way, &mails(3), |n| n != 1).await;
    assert_eq!(inbox.messages().len(), 2);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("ways");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let mut way = deliver::Courier::Folder(deliver::folder::Folder::new(&folder)).way();
    send(&mut way, &mails(3), |n| n != 1).await;
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
}
