//! The store full, locked or without a key: 503 with Retry-After, and never a false thank-you.

use axum::http::header;
use domain::service_day::ServiceDay;
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;
use sqlx::{Connection as _, Executor as _};
use store::days::{Day, DayState};

use crate::form::{Form, form};
use crate::page::Page;
use crate::world::{DAY, World, files_with};

const EMAIL: &str = "mei@visitor.example";

impl World {
    async fn filled_in(&self, path: &str) -> Form {
        form(&[("nonce", &self.get(path).await.is(200).nonce()), ("email", EMAIL)])
    }

    /// Puts a day's public key into the store, as whoever can write the database can.
    async fn plant_day(&self, day: ServiceDay, key: [u8; 32], signature: [u8; 64]) {
        let (public_key, signature) = (key.to_vec(), signature.to_vec());
        let planted = Day { day, suite: 1, public_key, signature, state: DayState::Open, check_ins: 0 };
        self.intake.make_day(&planted, self.clock.now()).await.unwrap();
    }

    fn nowhere_in_clear(&self) {
        assert_eq!(files_with(&self.store(), EMAIL), Vec::<std::path::PathBuf>::new());
    }
}

#[track_caller]
fn is_not_now(page: Page) {
    let page = page.is(503).says("登録できませんでした").does_not_say("登録しました");
    assert_eq!(page.header(header::RETRY_AFTER), "60");
}

/// OSK-5: a locked day is answered with 503, and the same form works when the lock is gone.
#[tokio::test]
async fn a_locked_day_thanks_nobody() {
    let world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    let fields = world.filled_in(&path).await;
    let file = store::backend::sqlite::Folder::new(world.store()).day_file(world.today());
    let mut other = world.connect(&file).await;
    other.execute("begin immediate").await.unwrap();
    is_not_now(world.post(&path, &fields).await);
    other.execute("rollback").await.unwrap();
    other.close().await.unwrap();
    assert_eq!(world.check_ins_today().await, 0);
    world.post(&path, &fields).await.leads_to();
    assert_eq!(world.check_ins_today().await, 1);
    world.nowhere_in_clear();
}

/// A day for which the worker made no key takes nothing.
#[tokio::test]
async fn a_day_without_a_key_takes_nothing() {
    let world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    world.clock.advance(20 * DAY);
    let fields = world.filled_in(&path).await;
    is_not_now(world.post(&path, &fields).await);
    world.get("/health/ready").await.is(503);
    assert_eq!(world.check_ins_today().await, 0);
    world.nowhere_in_clear();
}

/// DESIGN section 5: a key that our ring didn't sign is never used: invented, of another ring, or ours of
/// another day.
#[tokio::test]
async fn a_planted_key_takes_nothing() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    let ours = world.ring().day_public(world.today()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let unlock = Unlock::key_file(folder.path().join("key"));
    let thief = Randomness::seeded(666);
    let mut other = KeyRing::init(&folder.path().join("ring"), &unlock, &world.deployment, &thief).unwrap();
    world.clock.advance(20 * DAY);
    let first = world.today();
    let foreign = other.make_day(first.plus_days(1)).unwrap();
    let planted =
        [([7; 32], [7; 64]), (foreign.public_key, foreign.signature), (ours.public_key, ours.signature)];
    for (n, (key, signature)) in (0..).zip(planted) {
        let day = first.plus_days(n);
        world.plant_day(day, key, signature).await;
        assert_eq!(world.today(), day);
        let fields = world.filled_in(&path).await;
        is_not_now(world.post(&path, &fields).await);
        world.get("/health/ready").await.is(503);
        assert_eq!(world.check_ins_today().await, 0);
        world.clock.advance(DAY);
    }
    world.nowhere_in_clear();
    // The worker comes back, makes the days that aren't there, and check-ins are taken again.
    world.settle().await;
    world.check_in(&venue, EMAIL).await;
    world.nowhere_in_clear();
}

/// Nothing is registered and no report taken while the database is locked; both forms work afterwards.
#[tokio::test]
async fn a_locked_database_registers_nothing() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    let code = world.code(&officer).await;
    let day = world.today();
    let registration = {
        let nonce = world.get("/venues/new").await.nonce();
        crate::form::with(crate::operator::registration(), "nonce", &nonce)
    };
    let report = {
        let nonce = world.get("/report").await.nonce();
        crate::form::with(world.report_form(&code, &[EMAIL], day, day), "nonce", &nonce)
    };
    let mut other = world.connect(&world.store().join("intake/intake.db")).await;
    other.execute("begin immediate").await.unwrap();
    let (first, second) = tokio::join!(world.post("/venues", &registration), world.post("/report", &report));
    for page in [first, second] {
        let page = page.is(503);
        assert_eq!(page.header(header::RETRY_AFTER), "60");
    }
    other.execute("rollback").await.unwrap();
    other.close().await.unwrap();
    assert_eq!((world.count("venue").await, world.count("report").await), (0, 0));
    world.post("/venues", &registration).await.leads_to();
    world.post("/report", &report).await.leads_to();
    assert_eq!((world.count("venue").await, world.count("report").await), (1, 1));
}

/// The office's public key replaced by another's: nothing is sealed to a stranger.
#[tokio::test]
async fn a_planted_office_key_is_not_used() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let unlock = Unlock::key_file(folder.path().join("key"));
    let thief = Randomness::seeded(666);
    let other = KeyRing::init(&folder.path().join("ring"), &unlock, &world.deployment, &thief).unwrap();
    let planted = web::state::office_public_bytes(&other.office_public().unwrap());
    world.intake.set(web::state::OFFICE_PUBLIC, &planted).await.unwrap();
    world.send_registration(crate::operator::registration()).await.is(503);
    assert_eq!((world.count("venue").await, world.count("report").await), (0, 0));
}
