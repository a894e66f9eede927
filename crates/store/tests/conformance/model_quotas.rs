//! Quotas and the jobs' successes against a plain model, by clocks that jump back and ahead.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use store::quotas::Quota;

use crate::models::{Walked, same, walked};
use crate::samples::{later, sixteen};
use crate::stores::Stores;

const CLIENTS: u64 = 3;
const MOST: u32 = 3;
const PAUSE: u64 = 100;
const JOBS: [&str; 3] = ["close_day", "confirm", "erase_days"];

#[derive(Clone, Debug)]
enum Step {
    Use(u64),
    End(u64),
    Erase(u64),
    Succeeded(usize),
    Pass(u64),
    /// The clock was wrong: it is earlier now.
    Back(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..CLIENTS).prop_map(Step::Use),
        1 => (0..CLIENTS).prop_map(Step::End),
        1 => (0..600u64).prop_map(Step::Erase),
        1 => (0..=JOBS.len()).prop_map(Step::Succeeded),
        4 => (1..120u64).prop_map(Step::Pass),
        1 => (1..400u64).prop_map(Step::Back),
    ]
}

#[derive(Default)]
struct Model {
    now: u64,
    /// How many tries, and when they end.
    used: BTreeMap<u64, (u32, u64)>,
    jobs: BTreeMap<&'static str, u64>,
}

impl Model {
    fn running(&self, client: u64) -> Option<(u32, u64)> {
        self.used
            .get(&client)
            .copied()
            .filter(|(_, ends)| (self.now + 1..=self.now + 2 * PAUSE).contains(ends))
    }

    fn takes(&mut self, client: u64) -> bool {
        let end = self.now + PAUSE;
        let next = match self.running(client) {
            None => (1, end),
            Some((tries, _)) if tries >= MOST => return false,
            Some((tries, _)) if tries + 1 >= MOST => (tries + 1, end),
            Some((tries, ends)) => (tries + 1, ends),
        };
        self.used.insert(client, next);
        true
    }

    fn pause(&self, client: u64) -> Option<Duration> {
        let (tries, ends) = self.running(client)?;
        (tries >= MOST).then(|| Duration::from_secs((ends - self.now).min(PAUSE)))
    }
}

fn quota(client: u64) -> Quota {
    Quota { mark: sixteen(client), most: MOST, pause: Duration::from_secs(PAUSE) }
}

async fn walk(steps: Vec<Step>) -> Walked {
    let stores = Stores::new().await;
    let (intake, office) = (&stores.intake, &stores.office);
    let mut model = Model { now: 1_000, ..Model::default() };
    for step in steps {
        match step {
            Step::Use(client) => {
                let taken = intake.use_quota(&quota(client), later(model.now)).await.expect("asked");
                same!(taken, model.takes(client));
            }
            Step::End(client) => {
                intake.end_quota(&quota(client)).await.expect("ended");
                model.used.remove(&client);
            }
            Step::Erase(ago) => {
                let before = model.now.saturating_sub(ago);
                intake.erase_quotas(later(before)).await.expect("erased");
                model.used.retain(|_, (_, ends)| *ends >= before);
            }
            Step::Succeeded(jobs) => {
                office.jobs_succeeded(&JOBS[..jobs], later(model.now)).await.expect("written");
                model.jobs.extend(JOBS[..jobs].iter().map(|job| (*job, model.now)));
            }
            Step::Pass(seconds) => model.now += seconds,
            Step::Back(seconds) => model.now = model.now.saturating_sub(seconds),
        }
        for client in 0..CLIENTS {
            let pause = intake.quota_pause(&quota(client), later(model.now)).await.expect("asked");
            same!(pause, model.pause(client));
        }
        let jobs: Vec<_> = model.jobs.iter().map(|(job, at)| (*job, later(*at))).collect();
        same!(office.job_successes().await.expect("listed"), jobs);
    }
    Ok(())
}

/// So many tries and a pause, whatever the clock does.
#[test]
fn quotas_are_what_a_plain_model_says() {
    walked(step(), walk);
}
