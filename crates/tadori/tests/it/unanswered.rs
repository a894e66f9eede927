//! Mails of which nobody knows whether they were taken, and a database that fails while mails are on their way.

use deliver::inbox::Failure;
use domain::contact::Channel;
use domain::id::{LeaseId, NoticeId};
use domain::notice::NoticeState;
use sqlx::Executor as _;
use store::backend::Root;

use crate::form::form;
use crate::notice::proposed;
use crate::story::Officer;
use crate::world::{DAY, MINUTE, World};

const EVERYONE: [&str; 3] = ["mei@visitor.example", "sora@visitor.example", "a..b@docomo.ne.jp"];

fn told(world: &World) -> Vec<usize> {
    EVERYONE.iter().map(|email| world.notices_to(email).len()).collect()
}

/// Approved and due, and not yet released.
async fn due(hold: bool) -> (World, Officer, NoticeId) {
    let mut world = World::new().await;
    if hold {
        world.hold_unanswered();
    }
    let (officer, notice) = proposed(&mut world).await;
    world.approve(&officer, notice).await;
    world.clock.advance(10 * MINUTE);
    (world, officer, notice)
}

async fn figures(world: &World, notice: NoticeId) -> (u64, u64, u64) {
    let progress = world.office.channel_progress(notice).await.unwrap();
    let sum = |of: fn(&store::channels::ChannelProgress) -> u64| progress.iter().map(of).sum();
    (sum(|one| one.sent), sum(|one| one.failed), sum(|one| one.unknown))
}

/// An answer that was lost: the mail goes again under its number, and may be read twice.
#[tokio::test]
async fn an_unanswered_mail_goes_again() {
    let (mut world, _, notice) = due(false).await;
    world.inbox.fail_next(1, Failure::Lost);
    world.settle().await;
    world.pass(2 * MINUTE).await;
    let mut all = told(&world);
    all.sort_unstable();
    assert_eq!((all, figures(&world, notice).await), (vec![1, 1, 2], (3, 0, 0)));
    let twice = EVERYONE.iter().map(|email| world.notices_to(email)).find(|mails| mails.len() == 2).unwrap();
    assert_eq!(twice[0].id, twice[1].id);
}

/// Where such mails are held it doesn't, and officers see how many people may not have been told.
#[tokio::test]
async fn an_unanswered_mail_is_held() {
    let (mut world, officer, notice) = due(true).await;
    world.inbox.fail_next(1, Failure::Lost);
    world.settle().await;
    assert_eq!(figures(&world, notice).await, (2, 1, 1));
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200);
    page.says("メールの1通は、届いたかどうか分かりません").does_not_say("LINEに確かめ");
    world.pass(2 * DAY).await;
    assert_eq!((told(&world), world.state(notice).await), (vec![1, 1, 1], NoticeState::Settled));
}

/// A worker that was killed with mails in its hands: the next one sends none of them where such mails are held.
#[tokio::test]
async fn the_mails_of_a_killed_worker_are_held() {
    let (mut world, _, notice) = due(true).await;
    world.inbox.fail_next(3, Failure::Transient);
    world.settle().await;
    world.clock.advance(2 * MINUTE);
    let lease = LeaseId::from_random([7; 16]);
    let mut claimed = world.office.claim(lease, world.clock.now(), 100).await.unwrap();
    assert_eq!(claimed.len(), 3);
    // One of them it gave back before it was killed: nothing of that was on its way.
    let back = claimed.pop().unwrap();
    world.office.mark_channel(lease, &claimed, Channel::Email).await.unwrap();
    world.office.give_back(lease, &back, world.clock.now()).await.unwrap();
    let ring = world.stop_worker();
    world.start_worker(ring);
    world.hold_unanswered();
    world.settle().await;
    assert_eq!((told(&world).iter().sum::<usize>(), figures(&world, notice).await), (1, (1, 2, 2)));
    world.pass(2 * DAY).await;
    assert_eq!((told(&world).iter().sum::<usize>(), world.state(notice).await), (1, NoticeState::Settled));
}

/// The database fails after the mails were taken: nobody is written to again, and it is written down when it can be.
#[tokio::test]
async fn a_database_that_fails_doubles_nothing() {
    let (mut world, officer, notice) = due(false).await;
    let Root::Folder(folder) = Root::new(world.store()) else { unreachable!("a folder is one") };
    let mut office = world.connect(&folder.path().join("office/office.db")).await;
    let fails = "create trigger fails before update on outbox when new.state = 'sent' \
                 begin select raise(abort, 'the disk is full'); end";
    office.execute(fails).await.unwrap();
    for _ in 0..30 {
        world.turn().await;
        world.clock.advance(MINUTE);
    }
    assert_eq!((told(&world), figures(&world, notice).await.0), (vec![1, 1, 1], 0));
    office.execute("drop trigger fails").await.unwrap();
    sqlx::Connection::close(office).await.unwrap();
    world.settle().await;
    assert_eq!((told(&world), figures(&world, notice).await), (vec![1, 1, 1], (3, 0, 0)));
    world.act(&officer, &format!("/notices/{notice}/stop"), form(&[])).await.leads_to();
    world.pass(DAY).await;
    assert_eq!(told(&world), [1, 1, 1]);
}
