//! A worker that stood still while another took the key ring over: it goes on with its turn, and tells nobody anything.

use domain::id::{LeaseId, NoticeId};
use domain::notice::NoticeState;
use store::leases::RING;

use crate::line_check_in::{BOTH, MEI, SORA, by_line};
use crate::line_notice::notices;
use crate::world::{DAY, MINUTE, World};
use crate::{app_push, line_notice};

const MAIL: &str = "haruto@visitor.example";
const FIRST: LeaseId = LeaseId::from_random([1; 16]);
const SECOND: LeaseId = LeaseId::from_random([2; 16]);

async fn takes(world: &World, worker: LeaseId) {
    let seen = world.office.lease(RING).await.unwrap();
    assert!(world.office.take_lease(RING, worker, seen).await.unwrap());
}

/// Three wait to be told, by two channels. The ring is another's, then it is let go, then ours again.
async fn who_stood_still_tells_nobody(world: &mut World, notice: NoticeId) {
    world.lease_to_worker(FIRST);
    takes(world, SECOND).await;
    world.clock.advance(11 * MINUTE);
    for let_go in [false, true] {
        if let_go {
            world.office.let_lease_go(RING, SECOND).await.unwrap();
        }
        for _ in 0..3 {
            world.turn().await;
        }
        let progress = world.office.progress(notice).await.unwrap();
        assert_eq!((progress.sent, progress.failed, progress.waiting), (0, 0, 3), "kept for the owner");
    }
    takes(world, FIRST).await;
    // What was given back by LINE's group waits its minute.
    world.pass(2 * MINUTE).await;
    assert_eq!(world.office.progress(notice).await.unwrap().sent, 3);
    world.pass(4 * DAY).await;
    assert_eq!(world.state(notice).await, NoticeState::Settled);
}

#[tokio::test]
async fn by_mail_and_to_browsers() {
    let (mut world, _, _, notice) = app_push::approved().await;
    who_stood_still_tells_nobody(&mut world, notice).await;
    assert_eq!([world.push().arrived(0).len(), world.push().arrived(1).len()], [1, 1]);
    assert_eq!(world.notices_to(MAIL).len(), 1);
}

#[tokio::test]
async fn by_mail_and_by_line() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (_, _, notice) = line_notice::approved(&mut world).await;
    who_stood_still_tells_nobody(&mut world, notice).await;
    assert_eq!([notices(&world, MEI).len(), notices(&world, SORA).len()], [1, 1]);
    assert_eq!(world.notices_to(MAIL).len(), 1);
}
