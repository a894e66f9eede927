//! What somebody wrote into a database who can: it stops nothing that concerns the others.

use domain::notice::NoticeState;
use sqlx::Executor as _;
use store::days::DayState;

use crate::world::{DAY, HOUR, World};

const MEI: &str = "mei@visitor.example";
const PATIENT: &str = "patient@visitor.example";

impl World {
    pub async fn plant_row(&self, file: &str, statement: &str) {
        let mut database = self.connect(&self.store().join(file)).await;
        database.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.unwrap();
        sqlx::Connection::close(database).await.unwrap();
    }
}

/// Rows of a day's file with another identity, number or text than this program writes: they are confirmed to
/// nobody and close no day less; who checked in is confirmed, found and told, before the day closes and after.
#[tokio::test]
async fn planted_check_ins_stop_nothing() {
    for reported_late in [false, true] {
        let mut world = World::new().await;
        let venue = world.venue("見本食堂", "restaurant", 40).await;
        let (day, number) = (world.today(), venue.id.as_i64());
        let file = format!("intake/day/{day}.db");
        for (nonce, venue, at, sealed) in [
            ("x''", number.to_string(), "1", "x'00'"),
            ("zeroblob(15)", number.to_string(), "1", "x'00'"),
            ("zeroblob(4000)", number.to_string(), "1", "x'00'"),
            ("'a text of sixteen'", number.to_string(), "1", "x'00'"),
            ("zeroblob(16)", number.to_string(), "'noon'", "x'00'"),
            ("zeroblob(16)", "'here'".into(), "1", "x'00'"),
            ("zeroblob(16)", "1.5".into(), "1", "x'00'"),
            ("x'ffffffffffffffffffffffffffffffff'", number.to_string(), "1", "'text'"),
            ("x'fffffffffffffffffffffffffffffffe'", number.to_string(), "1.5", "x'00'"),
            ("x'fffffffffffffffffffffffffffffffd'", number.to_string(), "1", "x'00'"),
        ] {
            let row = format!(
                "insert into check_in (nonce, venue_id, at, sealed) values ({nonce}, {venue}, {at}, {sealed})"
            );
            world.plant_row(&file, &row).await;
        }
        world.check_in(&venue, MEI).await;
        world.check_in(&venue, PATIENT).await;
        world.settle().await;
        assert_eq!((world.mails_to(MEI).len(), world.inbox.messages().len()), (1, 2));

        if reported_late {
            world.pass(2 * DAY).await;
        }
        let officer = world.officer("sato").await;
        world.report(&officer, &[PATIENT], day, world.today()).await;
        world.settle().await;
        let notice = world.proposed().await;
        assert_eq!(world.office.notice(notice).await.unwrap().unwrap().others, 1);
        world.approve(&officer, notice).await;
        world.pass(3 * DAY).await;
        assert_eq!((world.notices_to(MEI).len(), world.notices_to(PATIENT).len()), (1, 0));
        assert_eq!(world.state(notice).await, NoticeState::Settled);
        for day in day.through(day.plus_days(2)) {
            assert_eq!(world.intake.day(day).await.unwrap().unwrap().state, DayState::Closed, "{day}");
        }
    }
}

/// A mark on a day that isn't over, saying that it is erased: the worker opens it again and rests, and check-ins are
/// taken. One whose key is gone, too, it leaves alone.
#[tokio::test]
async fn a_mark_on_a_day_ahead_is_taken_off() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let (today, ahead, gone) = (world.today(), world.today().plus_days(3), world.today().plus_days(5));
    for day in [today, ahead, gone] {
        world.intake.set_day_state(day, DayState::Erased, world.clock.now()).await.unwrap();
    }
    let mut ring = world.stop_worker();
    ring.destroy_days(&[gone]).unwrap();
    world.start_worker(ring);
    assert!(world.settle().await > 0);
    assert_eq!(world.settle().await, 0, "the worker rests");
    world.check_in(&venue, MEI).await;
    for (day, state) in [(today, DayState::Open), (ahead, DayState::Open), (gone, DayState::Erased)] {
        assert_eq!(world.intake.day(day).await.unwrap().unwrap().state, state, "{day}");
    }
    // And the days behind it are made as ever.
    world.pass(2 * DAY).await;
    let next = world.intake.day(world.today().plus_days(14)).await.unwrap();
    assert_eq!(next.unwrap().state, DayState::Open);
}

/// A case whose addresses don't open is matched by nobody, and counts as one person; the next case at its place and
/// day is matched, proposed and sent.
#[tokio::test]
async fn a_case_that_does_not_open_stops_no_other() {
    let mut world = World::new().await;
    let karaoke = world.venue("カラオケ あおば", "karaoke", 80).await;
    let day = world.today();
    for email in [MEI, PATIENT, "first@visitor.example"] {
        world.check_in(&karaoke, email).await;
    }
    let officer = world.officer("sato").await;
    world.report(&officer, &["first@visitor.example"], day, day).await;
    world.settle().await;
    let first = world.newest_case().await;
    assert_eq!(world.outcomes(first).await, ["below_threshold"]);
    world.plant_row("office/office.db", "update case_record set contacts_sealed = x'00'").await;
    world.clock.advance(HOUR);
    world.report(&officer, &[PATIENT], day, day).await;
    world.settle().await;
    assert_eq!(world.outcomes(world.newest_case().await).await, ["proposed"], "two persons");
    let notice = world.proposed().await;
    world.approve(&officer, notice).await;
    world.clock.advance(HOUR);
    world.turn().await;
    world.turn().await;
    assert_eq!((world.notices_to(MEI).len(), world.notices_to(PATIENT).len()), (1, 0));
}
