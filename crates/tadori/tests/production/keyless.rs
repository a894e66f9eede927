//! The public web server holds no private key (architecture invariant 3).

use std::fs;
use std::path::Path;

use seal::identity::Deployment as Name;
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;

use crate::client::Browser;
use crate::deployment::{Deployment, Mail, Role, files_of, today};
use crate::mail_server::MailServer;
use crate::mailbox::letters;
use crate::memory;
use crate::people::{check_in, path_of, venue};
use crate::process::Process;

/// What opens things: the wrapping key, and the line of the key file that opens the ring.
fn secrets(deployment: &Deployment) -> Vec<(&'static str, Vec<u8>)> {
    let ring = files_of(&deployment.path("keys/ring"));
    let wrapping = ring.iter().find(|file| file.file_name().unwrap().to_string_lossy().starts_with("kek-"));
    let key_file = fs::read_to_string(deployment.path("etc/ring.key")).unwrap();
    let line = key_file.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
    let sealed = fs::read(deployment.path("keys/ring/ring.age")).unwrap();
    vec![
        ("the wrapping key", fs::read(wrapping.unwrap()).unwrap()),
        ("the key file's key", line.as_bytes().to_vec()),
        ("some key file's key", b"AGE-SECRET-KEY-".to_vec()),
        ("the ring's file", sealed[sealed.len() - 32..].to_vec()),
    ]
}

/// Those of `secrets` that a process has in its memory.
fn held(process: &Process, secrets: &[(&'static str, Vec<u8>)]) -> Vec<&'static str> {
    let memory = memory::written(process.id()).expect("who starts a process may look into it");
    assert!(memory::holds(&memory, b"tadori.toml"), "what is in its memory is found: its arguments");
    secrets.iter().filter(|(_, bytes)| memory::holds(&memory, bytes)).map(|(name, _)| *name).collect()
}

fn all_text_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { all_text_below(&path) } else { fs::read(path).unwrap() });
    }
    all
}

/// Invariant 3: on a machine that has neither ring nor key file, the visitors' door takes check-ins; its
/// memory, files, arguments and settings hold no private key; and what it wrote opens with nothing that it
/// has. The worker, in which the same search finds the wrapping key, opens it.
#[tokio::test]
async fn the_public_server_writes_what_it_cannot_read() {
    let server = MailServer::start().await;
    let (deployment, mut door, mut worker) = Deployment::running(&Mail::to(&server)).await;
    let venue = venue(&deployment).await;
    server.wait_for(1).await;
    let secrets = secrets(&deployment);
    assert!(held(&worker, &secrets).contains(&"the wrapping key"), "the search finds what is there");
    door.stop().await;
    worker.stop().await;

    // Another machine: ring and key file aren't there at all.
    let (keys, key_file) = (deployment.path("keys"), deployment.path("etc/ring.key"));
    let elsewhere = |path: &Path| path.with_extension("elsewhere");
    for path in [&keys, &key_file] {
        fs::rename(path, elsewhere(path)).unwrap();
    }
    let mut door = deployment.serve("visitor").await;
    deployment.is_ready(deployment.visitor_port).await;
    for visitor in 0..20 {
        check_in(&deployment, &path_of(&venue), &format!("visitor-{visitor}@mail.example")).await;
    }
    Browser::at(deployment.visitor_port).get("/privacy").await.is(200);

    assert_eq!(held(&door, &secrets), Vec::<&str>::new());
    let start = memory::start(door.id());
    for (name, bytes) in &secrets {
        assert!(memchr::memmem::find(&start, bytes).is_none(), "{name} is among its arguments");
    }
    for file in memory::files(door.id()) {
        let name = file.display().to_string();
        let of_others = ["keys", "ring", "kek", "office"].iter().any(|word| name.contains(word));
        assert!(!of_others, "it has {name} open");
    }

    // Whoever has all that it has, and the databases, makes a ring of their own for the same name and day.
    let day = today();
    let check_ins = deployment.intake().await.check_ins(day, None).await.unwrap();
    assert_eq!(check_ins.len(), 20);
    let of_thieves = tempfile::tempdir().unwrap();
    let (folder, unlock) = (of_thieves.path().join("ring"), Unlock::key_file(of_thieves.path().join("key")));
    let name = Name::parse("production-test").unwrap();
    let mut ring = KeyRing::init(&folder, &unlock, &name, &Randomness::os()).unwrap();
    ring.make_day(day).unwrap();
    let opener = ring.open_day(day).unwrap();
    assert!(check_ins.iter().all(|row| opener.open(&row.place, &row.sealed).is_err()));
    let stored = all_text_below(&deployment.path("lib"));
    assert!(memchr::memmem::find(&stored, b"mail.example").is_none(), "an address lies in clear");
    assert!(memchr::memmem::find(&stored, "髙﨑食堂".as_bytes()).is_some(), "what is plain is found");
    let refused = deployment.refuses(&["worker"], "");
    assert!(refused.contains("no key ring in"), "{refused}");

    // The worker's machine has the ring, and every visitor has a mail.
    for path in [&keys, &key_file] {
        fs::rename(elsewhere(path), path).unwrap();
    }
    if deployment.can_read(Role::VisitorDoor, &deployment.path("keys/ring/ring.age")) == Some(true) {
        panic!("the ring is there for the web server to read");
    }
    let _worker = deployment.worker();
    let mut told = letters(&server.wait_for(21).await);
    told.retain(|letter| letter.is_confirmation());
    assert_eq!(told.len(), 20);
    door.stop().await;
}
