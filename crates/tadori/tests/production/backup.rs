//! The drill: a backup while visitors check in, a day erased and a notice sent after it, everything lost, restored.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Clock;
use domain::contact::Contact;
use domain::service_day::ServiceDay;
use seal::day_key::Sealer;
use seal::identity::Deployment as Name;
use seal::key_ring::RingError;
use store::check_ins::SealedCheckIn;
use store::days::{Day, DayState};
use store::ledger::Verified;
use tokio::task::JoinSet;

use crate::deployment::{Deployment, Mail, Role, today, words};
use crate::mail_server::MailServer;
use crate::mailbox::letters;
use crate::people::{act, check_in, enter_case, officer, path_of, proposed, try_check_in, venue};
use crate::process::{SOON, eventually};

/// A folder in which the worker's user may make backups.
fn backups(deployment: &Deployment) -> PathBuf {
    let folder = deployment.path("backups");
    std::fs::create_dir_all(&folder).unwrap();
    deployment.give_to(Role::Worker, &folder);
    folder
}

fn back_up(deployment: &Deployment, name: &str) -> (PathBuf, String) {
    let to = backups(deployment).join(name);
    let said = deployment.succeeds_as(Role::Worker, &["backup", "--to", to.to_str().unwrap()], "");
    (to, said)
}

/// A day that is long expired, with one check-in: what a worker erases as soon as it runs.
async fn plant_expired_day(deployment: &Deployment) -> ServiceDay {
    let day = today().plus_months(2).plus_days(-130);
    let mut ring = deployment.ring();
    let public = ring.make_day(day).unwrap();
    let sealer = Sealer::new(Name::parse("production-test").unwrap(), ring.verifying_key());
    let (intake, now) = (deployment.intake().await, Clock::system().now());
    let (suite, check_ins, state) = (public.suite, 0, DayState::Open);
    let (public_key, signature) = (public.public_key.to_vec(), public.signature.to_vec());
    intake.make_day(&Day { day, suite, public_key, signature, state, check_ins }, now).await.unwrap();
    let venue = domain::id::VenueId::from_random([7; 8]);
    let place = CheckInPlace { day, venue, at: now, nonce: CheckInNonce::issue(now, [7; 10]) };
    let contact = Contact::email("gone@mail.example").unwrap();
    let sealed = sealer.open_day(&public).unwrap().seal(&contact, "ja", &place).unwrap();
    intake.put_check_ins(&[SealedCheckIn { place, sealed }], now).await.unwrap();
    intake.close_day(day, now).await.unwrap();
    deployment.give_to(Role::Worker, &deployment.path(&format!("lib/intake/day/{day}.db")));
    drop(ring);
    deployment.give_files();
    day
}

/// Visitors come one after another until they are told to stop; who was thanked, in order.
fn crowd(port: u16, path: &str, stop: &Arc<AtomicBool>, thanked: &Arc<AtomicUsize>) -> JoinSet<Vec<String>> {
    let mut visitors = JoinSet::new();
    for visitor in 0..8 {
        let (path, stop, thanked) = (path.to_owned(), Arc::clone(stop), Arc::clone(thanked));
        visitors.spawn(async move {
            let mut own = Vec::new();
            for time in 0.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let email = format!("crowd-{visitor}-{time}@mail.example");
                assert_eq!(try_check_in(port, &path, &email).await.unwrap().status, 303);
                own.push(email);
                thanked.fetch_add(1, Ordering::SeqCst);
            }
            own
        });
    }
    visitors
}

/// What `eventually` looks at: so many were thanked.
async fn until(thanked: &AtomicUsize, so_many: usize) {
    eventually("more were thanked", SOON, async || (thanked.load(Ordering::SeqCst) >= so_many).then_some(()))
        .await;
}

fn lose(deployment: &Deployment, where_to: &str) -> PathBuf {
    let lost = deployment.path(where_to);
    std::fs::create_dir(&lost).unwrap();
    for zone in ["intake", "office"] {
        std::fs::rename(deployment.path(&format!("lib/{zone}")), lost.join(zone)).unwrap();
    }
    deployment.give_folders();
    lost
}

fn restore(deployment: &Deployment, from: &std::path::Path, more: &[&str]) -> String {
    let arguments = [&["restore", "--from", from.to_str().unwrap()], more].concat();
    deployment.succeeds_as(Role::Worker, &arguments, "")
}

/// OSK-30, GEN-2: what was erased after a backup stays unreadable, and is dropped before a door opens. What was checked
/// in before it is there; what came after is named, or recovered where the day's file and journal still exist. No
/// notice is sent twice. The ledger's chain is whole.
#[tokio::test]
async fn the_drill() {
    let server = MailServer::start().await;
    let (deployment, mut door, mut worker) = Deployment::running(&Mail::to(&server)).await;
    let mut officers = deployment.serve("officer").await;
    let mut sato = officer(&deployment).await;
    let (here, there) = (venue(&deployment).await, venue(&deployment).await);
    for email in ["mei@mail.example", "haruto@mail.example"] {
        check_in(&deployment, &path_of(&here), email).await;
    }
    let case = enter_case(&mut sato, "本町-1", &here).await;
    let notice = proposed(&mut sato, &case).await;
    server.wait_for(4).await;
    worker.stop().await;
    act(&mut sato, &notice, &format!("{notice}/approve"), &[]).await.leads_to();
    let expired = plant_expired_day(&deployment).await;

    // The backup, in the middle of a crowd.
    let (stop, thanked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let visitors = crowd(deployment.visitor_port, &path_of(&there), &stop, &thanked);
    until(&thanked, 40).await;
    let before = thanked.load(Ordering::SeqCst);
    let (backup, said) = back_up(&deployment, "one");
    until(&thanked, before + 40).await;
    stop.store(true, Ordering::SeqCst);
    let crowd: Vec<String> = visitors.join_all().await.concat();
    println!("{said}");
    assert!(said.contains("ledger entries") && said.contains("key ring is not in it"), "{said}");
    let held: Vec<PathBuf> = crate::deployment::files_of(&backup);
    assert_eq!(held, [backup.join("manifest.json")], "no ring, no secret");

    // Life goes on: the day is erased, the notice goes out, somebody comes. Then the power goes, and the disk.
    let mut worker = deployment.worker();
    server.wait_for(4 + crowd.len() + 2).await;
    eventually("the day is erased", SOON, async || {
        let stored = deployment.intake().await.day(expired).await.unwrap()?;
        (stored.state == DayState::Erased).then_some(())
    })
    .await;
    check_in(&deployment, &path_of(&there), "after@mail.example").await;
    door.kill();
    worker.stop().await;
    officers.stop().await;
    let told = letters(&server.messages()).iter().filter(|letter| letter.is_notice()).count();
    assert_eq!(told, 2);
    let all_of_them = deployment.opened_today().await;
    assert!(all_of_them.len() == crowd.len() + 3 && all_of_them.contains(&"after@mail.example".to_owned()));

    // Not over a living installation, not a changed backup, not another's.
    let from = backup.to_str().unwrap();
    let refused = |arguments: &[&str]| words(&deployment.runs_as(Role::Worker, arguments, ""));
    assert!(refused(&["restore", "--from", from]).contains("there are databases"));
    let lost = lose(&deployment, "lost");
    let day_file = backup.join(format!("intake/day/{}.db", today()));
    let whole = std::fs::read(&day_file).unwrap();
    std::fs::write(&day_file, &whole[..whole.len() - 1]).unwrap();
    assert!(refused(&["restore", "--from", from]).contains("isn't as it was copied"));
    std::fs::write(&day_file, &whole).unwrap();
    deployment.change_settings("\"production-test\"", "\"another\"");
    assert!(refused(&["restore", "--from", from]).contains("of the deployment"));
    deployment.change_settings("\"another\"", "\"production-test\"");
    assert!(refused(&["restore", "--check", "--from", from]).contains("is whole"));

    // With what the broken disk still gives: nobody is lost.
    let said = restore(&deployment, &backup, &["--days-from", lost.to_str().unwrap()]);
    println!("{said}");
    assert!(said.contains(&format!("recovered {}", today())) && !said.contains("LOST"), "{said}");
    assert_eq!(deployment.opened_today().await, all_of_them);
    lose(&deployment, "lost-again");

    // Without: what came later is named as lost, and what came before is there.
    let said = restore(&deployment, &backup, &[]);
    println!("{said}");
    assert!(said.contains(&format!("LOST      {}", today())), "{said}");
    assert!(said.contains(&format!("dropped   {expired}")), "{said}");
    assert!(said.contains("held      notice") && said.contains("The ledger is whole"), "{said}");
    let back = deployment.opened_today().await;
    assert!(back.len() >= before + 2 && !back.contains(&"after@mail.example".to_owned()));
    assert!(back.iter().all(|email| all_of_them.contains(email)));
    assert!(matches!(deployment.ring().open_day(expired), Err(RingError::Destroyed(_))));
    let intake = deployment.intake().await;
    assert!(intake.day_file_is_gone(expired).await.unwrap());
    let erasures = intake.erasures(10).await.unwrap();
    assert!(erasures.iter().any(|erasure| erasure.day == expired && erasure.verified), "{erasures:?}");
    let restored = deployment.office().await.verify_ledger().await.unwrap();
    assert!(matches!(restored, Verified::Whole { .. }), "{restored:?}");

    // The old cookie is worth nothing any more; the worker writes recipients, and sends to nobody.
    let mut officers = deployment.serve("officer").await;
    assert_eq!(sato.get("/cases").await.status, 303);
    let mut worker = deployment.worker();
    let id = domain::id::NoticeId::parse(notice.trim_start_matches("/notices/")).unwrap();
    let office = deployment.office().await;
    eventually("recipients are written and wait", SOON, async || {
        (office.progress(id).await.unwrap().waiting == 2).then_some(())
    })
    .await;
    eventually("they were looked at", SOON, async || {
        let waiting = office.waiting_by_channel().await.unwrap();
        waiting.iter().any(|(channel, so_many)| channel == "mail" && *so_many == 2).then_some(())
    })
    .await;
    worker.stop().await;
    officers.stop().await;
    let all = letters(&server.messages());
    let numbers: std::collections::BTreeSet<&str> = all.iter().map(|letter| letter.id.as_str()).collect();
    assert_eq!(numbers.len(), all.len(), "something was sent twice");
    assert_eq!(all.iter().filter(|letter| letter.is_notice()).count(), 2);
    deployment.succeeds_as(Role::Worker, &["doctor"], "");
}
