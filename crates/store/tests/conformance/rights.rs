//! Whose the files are: their owner's and their group's, so that a worker and a web server can be two users.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::samples::{NOW, check_in, day};
use crate::stores::{Raw, Stores};

#[track_caller]
fn mode(path: &Path, expected: u32) {
    let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(format!("{mode:o}"), format!("{expected:o}"), "{}", path.display());
}

/// Whatever the umask: databases, their journals, days, closed days and indexes are the group's to write and
/// nobody else's to read.
#[tokio::test]
async fn the_group_writes_and_others_read_nothing() {
    let stores = Stores::with_days([day(0), day(1)]).await;
    for n in [0, 1] {
        stores.intake.put_check_ins(&[check_in(day(n), 1, 1)], NOW).await.unwrap();
    }
    stores.intake.set("deployment", b"sample").await.unwrap();
    stores.office.set("last_seen", "5").await.unwrap();
    stores.office.write_index(day(0), &[], NOW).await.unwrap();
    stores.leave_half_made(day(0), "closing");
    stores.intake.close_day(day(0), NOW).await.unwrap();
    let root = stores.folder();
    for folder in ["intake", "intake/day", "office", "office/index"] {
        mode(&root.join(folder), 0o2770);
    }
    for file in [Raw::Intake, Raw::Office, Raw::Day(day(0)), Raw::Day(day(1)), Raw::Index(day(0))] {
        mode(&stores.file(file), 0o660);
    }
    for journal in ["intake/intake.db-wal", "intake/intake.db-shm", "office/office.db-wal"] {
        mode(&root.join(journal), 0o660);
    }
}

/// Rights that an installation gave are not taken back by migrating again.
#[tokio::test]
async fn rights_that_were_given_stay() {
    let stores = Stores::new().await;
    let (folder, file) = (stores.folder().join("office"), stores.file(Raw::Office));
    for (path, rights) in [(&folder, 0o750), (&file, 0o600)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(rights)).unwrap();
    }
    store::backend::migrate(&stores.root).await.unwrap();
    mode(&folder, 0o750);
    mode(&file, 0o600);
}
