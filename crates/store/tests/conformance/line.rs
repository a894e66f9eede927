//! What the webhook and the worker tell each other: an event once, an account by its mark, pages with their day.

use std::time::Duration;

use domain::clock::Instant;
use domain::id::MessageId;
use store::line::{FriendState, LineFriend, LineStep, NewLineReply, NoticePage};

use crate::samples::{NOW, day, sixteen};
use crate::stores::Stores;

const HOUR: Duration = Duration::from_secs(3600);

fn step(event_id: &str, at: Instant) -> LineStep<'_> {
    LineStep {
        event_id,
        happened_at: at,
        turns: false,
        at,
        heard_on: at,
        tag: sixteen(1),
        state: None,
        consent: None,
        reply: None,
    }
}

fn reply(n: u64) -> Option<NewLineReply> {
    Some(NewLineReply { id: MessageId::from_random(sixteen(n)), day: day(0), sealed: vec![1, 2, 3] })
}

/// An event is one act: its number, the account's state and the answer come together, once.
#[tokio::test]
async fn an_event_is_taken_once_and_whole() {
    let stores = Stores::new().await;
    let first = LineStep { state: Some(FriendState::Following), reply: reply(1), ..step("e1", NOW) };
    assert!(stores.intake.take_line_event(&first).await.unwrap());
    let again = LineStep { state: Some(FriendState::Blocked), reply: reply(2), ..step("e1", NOW) };
    assert!(!stores.intake.take_line_event(&again).await.unwrap());
    assert!(stores.intake.line_event_was_taken("e1").await.unwrap());
    assert!(!stores.intake.line_event_was_taken("e2").await.unwrap());
    let known = stores.intake.line_friend(&sixteen(1)).await.unwrap();
    assert_eq!(known, Some(LineFriend { state: FriendState::Following, consent: 0 }));
    let waiting = stores.intake.line_replies(10).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].attempts, waiting[0].queued_at), (1, 0, NOW));
    stores.intake.count_line_attempt(waiting[0].reply.id).await.unwrap();
    assert_eq!(stores.intake.line_replies(10).await.unwrap()[0].attempts, 1);
    stores.intake.end_line_reply(waiting[0].reply.id).await.unwrap();
    assert!(stores.intake.line_replies(10).await.unwrap().is_empty());
}

/// What an event doesn't speak of stays as it was: a block keeps the agreement, an agreement keeps the state.
#[tokio::test]
async fn an_event_changes_what_it_speaks_of() {
    let stores = Stores::new().await;
    let friend = async || stores.intake.line_friend(&sixteen(1)).await.unwrap();
    assert_eq!(friend().await, None);
    let agreed = LineStep { consent: Some(3), ..step("e1", NOW) };
    stores.intake.take_line_event(&agreed).await.unwrap();
    assert_eq!(friend().await, Some(LineFriend { state: FriendState::Following, consent: 3 }));
    let blocked = LineStep { state: Some(FriendState::Blocked), ..step("e2", NOW) };
    stores.intake.take_line_event(&blocked).await.unwrap();
    assert_eq!(friend().await, Some(LineFriend { state: FriendState::Blocked, consent: 3 }));
    stores.intake.take_line_event(&step("e3", NOW)).await.unwrap();
    assert_eq!(friend().await, Some(LineFriend { state: FriendState::Blocked, consent: 3 }));
}

/// A block and its end may arrive in another order than they happened: the later one counts, whichever comes last.
/// Their moment is forgotten when no older event can come any more; of who merely writes none is kept.
#[tokio::test]
async fn the_later_of_a_block_and_its_end_counts() {
    use FriendState::{Blocked, Following};
    let at = |minutes: u32| NOW.plus(HOUR / 60 * minutes);
    let turn = |event_id, state, minutes| LineStep {
        state: Some(state),
        happened_at: at(minutes),
        turns: true,
        ..step(event_id, NOW)
    };
    let written = |event_id, minutes| LineStep { turns: false, ..turn(event_id, Following, minutes) };
    let orders: [(&[LineStep<'_>], FriendState); 6] = [
        (&[turn("a", Blocked, 1), turn("b", Following, 2)], Following),
        (&[turn("b", Following, 2), turn("a", Blocked, 1)], Following),
        (&[turn("b", Blocked, 2), turn("a", Following, 1)], Blocked),
        (&[turn("b", Blocked, 2), written("a", 1)], Blocked),
        (&[turn("b", Blocked, 2), written("c", 3)], Following),
        (&[turn("c", Following, 3), turn("a", Blocked, 1), turn("b", Blocked, 2)], Following),
    ];
    for (n, (events, last)) in orders.into_iter().enumerate() {
        let stores = Stores::new().await;
        for event in events {
            assert!(stores.intake.take_line_event(event).await.unwrap());
        }
        let friend = stores.intake.line_friend(&sixteen(1)).await.unwrap().unwrap();
        assert_eq!(friend.state, last, "order {n}");
    }
    let stores = Stores::new().await;
    stores.intake.take_line_event(&turn("b", Blocked, 2)).await.unwrap();
    stores.intake.erase_line_events(at(2)).await.unwrap();
    stores.intake.take_line_event(&written("a", 1)).await.unwrap();
    let friend = async || stores.intake.line_friend(&sixteen(1)).await.unwrap().unwrap().state;
    assert_eq!(friend().await, Blocked, "not yet forgotten");
    stores.intake.erase_line_events(at(3)).await.unwrap();
    stores.intake.take_line_event(&written("a2", 1)).await.unwrap();
    assert_eq!(friend().await, Following, "forgotten");
}

/// Numbers of events, marks and pages end when they have to, and not before.
#[tokio::test]
async fn what_is_kept_ends() {
    let stores = Stores::new().await;
    let heard = LineStep { state: Some(FriendState::Following), reply: reply(1), ..step("e1", NOW) };
    stores.intake.take_line_event(&heard).await.unwrap();
    stores.intake.erase_line_events(NOW).await.unwrap();
    stores.intake.erase_line_friends(NOW).await.unwrap();
    assert!(stores.intake.line_event_was_taken("e1").await.unwrap());
    assert!(stores.intake.line_friend(&sixteen(1)).await.unwrap().is_some());
    stores.intake.erase_line_events(NOW.plus(HOUR)).await.unwrap();
    stores.intake.erase_line_friends(NOW.plus(HOUR)).await.unwrap();
    assert!(!stores.intake.line_event_was_taken("e1").await.unwrap());
    assert!(stores.intake.line_friend(&sixteen(1)).await.unwrap().is_none());

    let page = NoticePage { day: day(0), venue_name: "喫茶".into(), days: vec![day(0), day(1)] };
    let other = NoticePage { venue_name: "館".into(), ..page.clone() };
    stores.intake.put_notice_page(&[1; 32], &page).await.unwrap();
    stores.intake.put_notice_page(&[1; 32], &other).await.unwrap();
    assert_eq!(stores.intake.notice_page(&[1; 32]).await.unwrap(), Some(page), "the first stands");
    assert_eq!(stores.intake.notice_page(&[2; 32]).await.unwrap(), None);
    stores.intake.erase_line_day(day(1)).await.unwrap();
    assert!(stores.intake.notice_page(&[1; 32]).await.unwrap().is_some());
    stores.intake.erase_line_day(day(0)).await.unwrap();
    assert!(stores.intake.notice_page(&[1; 32]).await.unwrap().is_none());
    assert!(stores.intake.line_replies(10).await.unwrap().is_empty(), "sealed to a key that is gone");
}
