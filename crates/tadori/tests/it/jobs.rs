//! Which jobs ended well, and when: written down for whoever watches, under the names by which figures show them.

use std::time::Duration;

use worker::JOBS;

use crate::world::World;

/// Every job of a turn is written down by its name, now and then and not with each turn.
#[tokio::test]
async fn each_job_is_written_down_now_and_then() {
    let mut world = World::new().await;
    world.turn().await;
    let first = world.clock.now();
    let jobs = world.office.job_successes().await.unwrap();
    let mut named: Vec<&str> = jobs.iter().map(|(job, _)| job.as_str()).collect();
    named.sort_unstable();
    let mut known = JOBS;
    known.sort_unstable();
    assert_eq!(named, known);
    for (later, written) in [(5, false), (5, true)] {
        world.clock.advance(Duration::from_secs(later));
        world.turn().await;
        let at = world.office.job_successes().await.unwrap()[0].1;
        assert_eq!(at, if written { world.clock.now() } else { first });
    }
}
