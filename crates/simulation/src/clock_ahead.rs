//! A worker that begins with a clock far ahead: nothing is erased before an engineer vouches for it, nobody is
//! thanked for what isn't stored, and nobody is sent away.

use std::time::Duration;

use domain::check_in::CheckInNonce;
use store::days::DayState;

use crate::dice::Dice;
use crate::life::DAY;
use crate::machine::{Machine, Wrong};
use crate::rules::{Installations, Rules};

fn lived(ahead: u32, test: impl AsyncFnOnce(&mut Machine)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let installed = Installations::default().of(Rules::of(1, &mut Dice::new(1))).await;
        let mut machine = Machine::new(&installed, 1).await;
        assert!(comes(&machine).await);
        machine.worker().turn().await;
        machine.pass(Duration::from_secs(60));
        machine.restart_worker(Wrong::ahead(DAY * ahead)).await;
        for _ in 0..3 {
            machine.worker().turn().await;
        }
        test(&mut machine).await;
    });
}

async fn comes(machine: &Machine) -> bool {
    let contact = domain::contact::Contact::email("person@visitor.example").expect("an address");
    let nonce = CheckInNonce::issue(machine.clock.now(), machine.randomness.bytes());
    machine.check_in(0, &contact, nonce).await
}

/// Whether today's key and file are there, and how many check-ins.
async fn kept(machine: &Machine) -> (bool, bool, u64) {
    let today = machine.today();
    let gone = machine.intake.day_file_is_gone(today).await.expect("a look");
    let held = machine.intake.count_check_ins(today).await.expect("counted");
    (machine.ring().days().contains(&today), !gone, held)
}

#[test]
fn nothing_is_erased_before_an_engineer_vouches() {
    for ahead in [11, 40, 400, 3_650] {
        lived(ahead, async |machine| {
            assert_eq!(kept(machine).await, (true, true, 1), "{ahead} days ahead");
            assert!(machine.intake.erasures(10).await.expect("erasures").is_empty());
            // Nor by the right clock, begun anew after it.
            machine.restart_worker(Wrong::ZERO).await;
            machine.worker().turn().await;
            assert_eq!(kept(machine).await, (true, true, 1), "{ahead} days ahead, and right again");
        });
    }
}

#[test]
fn with_an_engineers_word_it_is() {
    lived(60, async |machine| {
        machine.office.set(worker::erase_days::CLOCK_TRUSTED, "yes").await.expect("set");
        machine.worker().turn().await;
        assert_eq!(kept(machine).await, (false, false, 0));
    });
}

/// Whoever comes at least once an hour keeps today open, even where nobody is asked (three days ahead).
#[test]
fn visitors_are_taken_all_the_same() {
    for ahead in [1, 3, 11, 400] {
        lived(ahead, async |machine| {
            for half_hour in 0..16 {
                machine.pass(Duration::from_secs(30 * 60));
                machine.worker().turn().await;
                assert!(comes(machine).await, "{ahead} days ahead, after {half_hour} half hours");
            }
        });
    }
}

/// A day that is over is closed by a worker that stood still for longer than it, an hour and a count after it begins.
#[test]
fn a_worker_that_stood_still_closes_its_days() {
    lived(0, async |machine| {
        let day = machine.today();
        machine.pass(DAY * 3);
        machine.restart_worker(Wrong::ZERO).await;
        for (minutes, open) in [(0, true), (59, true), (10, false)] {
            machine.pass(Duration::from_secs(60 * minutes));
            machine.worker().turn().await;
            let state = machine.intake.day(day).await.expect("a day").expect("that day").state;
            assert_eq!(state == DayState::Open, open, "after {minutes} minutes more");
        }
    });
}

#[test]
fn nobody_is_thanked_for_what_is_not_stored() {
    lived(40, async |machine| {
        let before = kept(machine).await.2;
        let thanked = comes(machine).await;
        assert_eq!(kept(machine).await.2, before + u64::from(thanked));
    });
}
