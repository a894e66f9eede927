//! Visitors' door, officers' door and worker as three users of the system: what they share, and what they don't.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use domain::service_day::ServiceDay;
use store::days::{Day, DayState};

use crate::client::Browser;
use crate::deployment::{Deployment, Mail, Role, files_of, today};
use crate::mail_server::MailServer;
use crate::people::{act, check_in, enter_case, officer, path_of, proposed, venue};
use crate::process::{SOON, eventually};

const DATABASES: [&str; 4] = ["lib/intake", "lib/intake/day", "lib/office", "lib/office/index"];

/// Every file of every database, journals included.
fn all_files(deployment: &Deployment) -> Vec<PathBuf> {
    DATABASES.iter().flat_map(|folder| files_of(&deployment.path(folder))).collect()
}

/// Whatever umask a process has, and whoever made a file: owner and group write it, nobody else reads it, and
/// its group is its folder's.
fn every_file_is_the_groups(deployment: &Deployment) {
    for file in all_files(deployment) {
        let (of, folder) = (fs::metadata(&file).unwrap(), fs::metadata(file.parent().unwrap()).unwrap());
        assert_eq!(of.permissions().mode() & 0o777, 0o660, "{}", file.display());
        assert_eq!(of.gid(), folder.gid(), "{}", file.display());
    }
}

/// Who made one of the journals beside a database that is open.
fn owner_of_journals(deployment: &Deployment, database: &str) -> u32 {
    let owner = |ending: &str| fs::metadata(deployment.path(&format!("{database}-{ending}"))).unwrap().uid();
    assert_eq!(owner("wal"), owner("shm"), "{database}");
    owner("wal")
}

/// A day that the worker made so many days ago, with a check-in by which nobody is found any more.
async fn past_day(deployment: &Deployment, ago: i64) -> ServiceDay {
    let day = today().plus_days(-ago);
    let public = deployment.ring().make_days(&[day]).unwrap().remove(0);
    let row = Day {
        day,
        suite: public.suite,
        public_key: public.public_key.to_vec(),
        signature: public.signature.to_vec(),
        state: DayState::Open,
        check_ins: 0,
    };
    deployment.intake().await.make_day(&row, domain::clock::Clock::system().now()).await.unwrap();
    let file = format!("lib/intake/day/{day}.db");
    let statement = "insert into check_in (nonce, venue_id, at, sealed) values (zeroblob(16), 1, 1, x'00')";
    deployment.execute(&file, statement).await;
    deployment.give_to(Role::VisitorDoor, &deployment.path(&file));
    day
}

/// Issue "Production mode", docs/deploying.md section 1: three users write the same databases, in whatever order
/// they come; and a day is closed and erased whoever made its file.
#[tokio::test]
async fn three_users_share_the_databases() {
    let server = MailServer::start().await;
    let (deployment, mut visitors, mut worker) = Deployment::running(&Mail::to(&server)).await;
    let venue = venue(&deployment).await;
    let path = path_of(&venue);
    server.wait_for(1).await;
    every_file_is_the_groups(&deployment);
    // A journal is the group's from its first moment: between SQLite's making it and its allowing the group,
    // another process would open it for reading only, and couldn't write until its end.
    assert_eq!((visitors.umask(), worker.umask()), ("0007".to_owned(), "0007".to_owned()));
    visitors.stop().await;
    worker.stop().await;
    eventually("no journal is left", SOON, async || {
        // Processes leave them behind; who comes alone and goes takes them away.
        for database in ["lib/intake/intake.db", "lib/office/office.db"] {
            deployment.execute(database, "select 1").await;
        }
        (!all_files(&deployment).iter().any(|file| is_journal(file))).then_some(())
    })
    .await;

    // The visitors' door comes first: the journals are its own. Then the officers', who writes its journals and
    // has others of its own. Then the worker, who reads and writes all of them.
    let _visitors = deployment.serve("visitor").await;
    let _console = deployment.serve("officer").await;
    deployment.is_ready(deployment.visitor_port).await;
    check_in(&deployment, &path, "mei@mail.example").await;
    let today_file = format!("lib/intake/day/{}.db", today());
    let mut officer = officer(&deployment).await;
    if let Some(made_by) = deployment.owner(&deployment.path(&today_file)) {
        assert_eq!(made_by, Role::Worker.user(), "the worker made the day");
        assert_eq!(owner_of_journals(&deployment, &today_file), Role::VisitorDoor.user());
        assert_eq!(owner_of_journals(&deployment, "lib/intake/intake.db"), Role::VisitorDoor.user());
        assert_eq!(owner_of_journals(&deployment, "lib/office/office.db"), Role::OfficerDoor.user());
    }
    every_file_is_the_groups(&deployment);
    let (to_close, to_erase) = (past_day(&deployment, 2).await, past_day(&deployment, 70).await);
    deployment.give_files();
    let _worker = deployment.worker();
    server.wait_for(2).await;
    let case = enter_case(&mut officer, "本町-1", &venue).await;
    let notice = proposed(&mut officer, &case).await;
    act(&mut officer, &notice, &format!("{notice}/approve"), &[]).await;
    server.wait_for(3).await;

    // One day is rewritten, by another user than made it; the other is gone, with its key.
    let intake = deployment.intake().await;
    let erased =
        eventually("the erasure is published", SOON, async || intake.erasures(1).await.unwrap().pop()).await;
    Browser::at(deployment.visitor_port).get("/erasures").await.is(200);
    assert!(intake.day_file_is_gone(to_erase).await.unwrap());
    assert!(erased.day == to_erase && erased.verified && erased.erased.check_ins == 1, "{erased:?}");
    let closed = intake.day(to_close).await.unwrap().unwrap();
    assert_eq!((closed.state, closed.check_ins), (DayState::Closed, 1));
    let closed = deployment.path(&format!("lib/intake/day/{to_close}.db"));
    if let Some(made_by) = deployment.owner(&closed) {
        assert_eq!(made_by, Role::Worker.user(), "the worker made it anew");
    }
    assert_ne!(deployment.can_read(Role::VisitorDoor, &closed), Some(false));
    assert_eq!(files_of(&deployment.path("lib/office/index")).len(), 1, "the closed day has its index");
    every_file_is_the_groups(&deployment);
    deployment.succeeds_as(Role::Worker, &["doctor"], "");
}

fn is_journal(file: &Path) -> bool {
    let name = file.display().to_string();
    name.ends_with("-wal") || name.ends_with("-shm")
}

/// Invariant 3, and the table of docs/deploying.md section 1: what isn't a user's own, that user can't open.
#[tokio::test]
async fn each_user_opens_only_what_is_its_own() {
    let server = MailServer::start().await;
    let (deployment, _visitors, _worker) = Deployment::running(&Mail::to(&server)).await;
    let _console = deployment.serve("officer").await;
    deployment.is_ready(deployment.officer_port).await;
    let check = |path: &Path, read: [bool; 3], write: [bool; 3]| {
        let roles = [Role::VisitorDoor, Role::OfficerDoor, Role::Worker];
        for (role, (read, write)) in roles.into_iter().zip(read.into_iter().zip(write)) {
            let Some(can_read) = deployment.can_read(role, path) else { continue };
            assert_eq!(can_read, read, "{role:?} reads {}", path.display());
            assert_eq!(deployment.can_write(role, path), Some(write), "{role:?} writes {}", path.display());
        }
    };
    let [all, offices, workers, nobodys] = [[true; 3], [false, true, true], [false, false, true], [false; 3]];
    let ring = files_of(&deployment.path("keys/ring"));
    assert_eq!(ring.len(), 3, "ring, wrapping key, lock: {ring:?}");
    for file in &ring {
        check(file, workers, workers);
    }
    for path in ["keys", "keys/ring", "etc/ring.key", "etc/mail.password"] {
        check(&deployment.path(path), workers, workers);
    }
    for path in ["etc", "etc/tadori.toml", "etc/web.secret", "lib", "tadori"] {
        check(&deployment.path(path), all, nobodys);
    }
    for folder in DATABASES {
        let users = if folder.starts_with("lib/office") { offices } else { all };
        check(&deployment.path(folder), users, users);
        let files = files_of(&deployment.path(folder));
        assert!(!files.is_empty() || folder == "lib/office/index", "{folder} is empty");
        for file in &files {
            check(file, users, users);
        }
    }
    let settings = fs::read_to_string(deployment.settings()).unwrap();
    assert!(!settings.contains(crate::mail_server::PASSWORD), "all read the settings");
}
