//! `tadori doctor` on an installation that is well, and on one to which something was done.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};

use seal::identity::Deployment as Name;
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;

use crate::client::Browser;
use crate::deployment::{Deployment, Mail, Role, files_of, today, words};
use crate::people::{path_of, try_check_in, venue};
use crate::process::{SOON, eventually};

/// No mail is sent here; the address is answered by nobody.
fn no_mail() -> Mail {
    Mail::plain(crate::deployment::free_port())
}

/// What is wrong, one line each.
fn wrong(deployment: &Deployment) -> Vec<String> {
    let said = deployment.refuses(&["doctor"], "");
    let lines: Vec<String> =
        said.lines().filter_map(|line| line.strip_prefix("WRONG  ")).map(str::to_owned).collect();
    let sum = format!("tadori: {} of the above need looking at", lines.len());
    assert!(said.contains(&sum), "{said}");
    lines
}

/// One finding, of which this is the beginning.
fn one_wrong(deployment: &Deployment, beginning: &str) {
    let lines = wrong(deployment);
    assert!(lines.len() == 1 && lines[0].starts_with(beginning), "{beginning:?}: {lines:#?}");
}

/// `tadori doctor | head`: a reader that has seen enough ends the command, which says nothing of it.
#[tokio::test]
async fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let deployment = Deployment::made(&no_mail());
    for arguments in [&["doctor"][..], &["keys", "list"], &["migrate"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = deployment.tadori(Role::Engineer);
        command.args(arguments).stdout(writer).stderr(std::process::Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", output.status);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

/// Issue "Production mode": all is well with what the commands made, and each thing that isn't has a line
/// that says so.
#[tokio::test]
async fn what_is_wrong_with_the_settings_or_folders_is_found() {
    let (deployment, mut door, mut worker) = Deployment::running(&no_mail()).await;
    days_are_made(&deployment).await;
    let said = deployment.succeeds(&["doctor"], "");
    for fine in [
        "jurisdiction: osaka",
        "ledger: ",
        "days ahead: 14",
        "erasure: ",
        "key ring: 15 days",
        "public keys: ",
        "verifying key: is the ring's",
        "web secret: ",
        "ring and databases: lie apart",
        "ring and key file: lie apart",
        "rights of secrets: ",
        "rights of databases: ",
    ] {
        assert!(said.contains(&format!("ok     {fine}")), "{fine:?} in\n{said}");
    }
    door.stop().await;
    worker.stop().await;
    assert!(deployment.succeeds(&["doctor"], "").contains("no worker owns it"));

    // No verifying key, in which case no door opens either; and another ring's.
    let settings = fs::read_to_string(deployment.settings()).unwrap();
    let line = settings.lines().find(|line| line.starts_with("verifying_key")).unwrap();
    deployment.change_settings(line, "");
    one_wrong(&deployment, "verifying key: missing");
    assert!(deployment.refuses(&["serve"], "").contains("keys.verifying_key is missing"));
    let of_others = tempfile::tempdir().unwrap();
    let other = another_ring(of_others.path());
    deployment.change_settings("[keys]\n", &format!("[keys]\nverifying_key = \"{}\"", other.verifying_key()));
    let found = wrong(&deployment);
    assert!(
        found.len() == 2
            && found[0].starts_with("public keys: 15 days")
            && found[1].starts_with("verifying key: is another"),
        "{found:?}"
    );
    fs::write(deployment.settings(), &settings).unwrap();

    // The key file in the ring's folder; the ring in the databases' folder, also where a link hides it.
    let ring = deployment.path("keys/ring");
    fs::copy(deployment.path("etc/ring.key"), ring.join("key")).unwrap();
    deployment.give_to(Role::Worker, &ring.join("key"));
    deployment.change_settings("etc/ring.key", "keys/ring/key");
    one_wrong(&deployment, "ring and key file: lie in one folder");
    fs::remove_file(ring.join("key")).unwrap();
    fs::write(deployment.settings(), &settings).unwrap();

    fs::rename(&ring, deployment.path("lib/ring")).unwrap();
    symlink(deployment.path("lib/ring"), &ring).unwrap();
    one_wrong(&deployment, "ring and databases: lie in one folder");
    deployment.change_settings("keys/ring", "lib/ring");
    one_wrong(&deployment, "ring and databases: lie in one folder");
    fs::remove_file(&ring).unwrap();
    fs::rename(deployment.path("lib/ring"), &ring).unwrap();
    fs::write(deployment.settings(), &settings).unwrap();
    deployment.succeeds(&["doctor"], "");

    // A machine that only serves has no ring, and that is well.
    fs::rename(&ring, deployment.path("elsewhere")).unwrap();
    let said = deployment.succeeds(&["doctor"], "");
    assert!(said.contains("note   key ring: there is no key ring in"), "{said}");
}

/// docs/deploying.md section 1: a secret that others may read is found, and what one of the users can't write.
#[tokio::test]
async fn wrong_rights_are_found() {
    let (deployment, mut door, mut worker) = Deployment::running(&no_mail()).await;
    days_are_made(&deployment).await;
    door.stop().await;
    worker.stop().await;
    deployment.change_settings("[mail]\n", "[mail]\nusername = \"tadori\"\n");
    let password = deployment.path("etc/mail.password");
    deployment.change_settings("[mail]\n", &format!("[mail]\npassword_file = \"{}\"\n", password.display()));
    deployment.succeeds(&["doctor"], "");
    let with = |path: &str, mode: u32| {
        let path = deployment.path(path);
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (path, before)
    };
    let of_today = format!("lib/intake/day/{}.db", today());
    for (path, mode, what) in [
        ("keys/ring", 0o750, "secrets"),
        ("keys/ring/ring.age", 0o644, "secrets"),
        ("etc/ring.key", 0o640, "secrets"),
        ("etc/mail.password", 0o644, "secrets"),
        ("etc/web.secret", 0o644, "secrets"),
        ("etc/tadori.toml", 0o664, "secrets"),
        ("lib/office", 0o2771, "databases"),
        ("lib/office/office.db", 0o664, "databases"),
        (&of_today, 0o640, "databases"),
    ] {
        let (path, before) = with(path, mode);
        one_wrong(&deployment, &format!("rights of {what}: {}", path.display()));
        fs::set_permissions(&path, before).unwrap();
    }
    deployment.succeeds(&["doctor"], "");

    // What another user left there.
    let wrapping = files_of(&deployment.path("keys/ring")).remove(0);
    let intake = deployment.path("lib/intake/intake.db");
    if deployment.owner(&wrapping).is_some() {
        deployment.give_to(Role::Engineer, &wrapping);
        one_wrong(&deployment, &format!("rights of secrets: {} belongs to another", wrapping.display()));
        let by_worker = words(&deployment.runs_as(Role::Worker, &["doctor"], ""));
        assert!(by_worker.contains("WRONG  key ring: "), "{by_worker}");
        deployment.give_to(Role::Worker, &wrapping);
        chown(&intake, None, Some(0)).unwrap();
        one_wrong(&deployment, &format!("rights of databases: {} isn't for", intake.display()));
    }
}

/// docs/deploying.md, "LINE": its files are looked at where the pack has it; the token is the worker's alone, and
/// visitors' door opens and checks webhooks where it can't read it.
#[tokio::test]
async fn what_is_wrong_with_lines_files_is_found() {
    let (deployment, mut door, mut worker) = Deployment::running(&no_mail()).await;
    days_are_made(&deployment).await;
    door.stop().await;
    worker.stop().await;
    deployment.change_settings(&deployment.path("etc/rules").display().to_string(), "hyogo");
    let (secret, token) = (deployment.path("etc/line.secret"), deployment.path("etc/line.token"));
    let files = format!("secret_file = \"{}\"\ntoken_file = \"{}\"\n", secret.display(), token.display());
    deployment.change_settings("[mail]\n", &format!("[line]\n{files}[mail]\n"));
    let found = wrong(&deployment);
    assert!(found[0].starts_with("LINE account: line.account"), "{found:?}");
    deployment.change_settings("[line]\n", "[line]\naccount = \"@tadori-example\"\n");
    let found = wrong(&deployment);
    assert!(
        found.len() == 2
            && found[0].starts_with("LINE account: line.secret_file")
            && found[1].starts_with("LINE token: line.token_file"),
        "{found:?}"
    );
    let written = |path: &std::path::Path, text: &str, role: Role, mode: u32| {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        deployment.give(path, role.user(), deployment.group(), mode);
    };
    written(&secret, "0123456789abcdef0123456789abcdef\n", Role::Engineer, 0o640);
    written(&token, "an access token\n", Role::Worker, 0o600);
    one_wrong(&deployment, "LINE token: line.token_file: holds no access token");
    written(&token, "an-access-token\n", Role::Worker, 0o600);
    let said = deployment.succeeds(&["doctor"], "");
    for fine in ["LINE account: @tadori-example", "LINE token: readable"] {
        assert!(said.contains(&format!("ok     {fine}")), "{fine:?} in\n{said}");
    }
    for (path, mode) in [(&secret, 0o644), (&token, 0o640)] {
        let before = fs::metadata(path).unwrap().permissions();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        one_wrong(&deployment, &format!("rights of secrets: {}", path.display()));
        fs::set_permissions(path, before).unwrap();
    }

    // The door has the secret and not the token.
    assert_ne!(deployment.can_read(Role::VisitorDoor, &token), Some(true));
    assert_ne!(deployment.can_read(Role::OfficerDoor, &token), Some(true));
    fs::rename(&token, deployment.path("line.token")).unwrap();
    let mut door = deployment.serve("visitor").await;
    let unsigned = Browser::at(deployment.visitor_port).post("/line/webhook", &[]).await;
    assert_eq!(unsigned.status, 401, "it checks what LINE signs");
    door.stop().await;

    // A machine that only serves needs no token, and shouldn't have one.
    fs::rename(deployment.path("keys/ring"), deployment.path("elsewhere")).unwrap();
    let said = deployment.succeeds(&["doctor"], "");
    assert!(said.contains("note   LINE token: none here"), "{said}");
    fs::rename(deployment.path("line.token"), &token).unwrap();
    one_wrong(&deployment, "LINE token: ");
}

/// DESIGN section 5: whoever can write the databases can't plant a key, nor change what was recorded,
/// unnoticed; and under a planted key nothing is taken.
#[tokio::test]
async fn what_was_written_into_the_databases_from_outside_is_found() {
    let (deployment, mut door, mut worker) = Deployment::running(&no_mail()).await;
    let path = path_of(&venue(&deployment).await);
    days_are_made(&deployment).await;
    worker.stop().await;
    door.stop().await;
    deployment.succeeds(&["doctor"], "");

    // A key pair of the thief's own for today, signed by the thief's own ring for the same installation.
    let of_thieves = tempfile::tempdir().unwrap();
    let mut thieves = another_ring(of_thieves.path());
    let planted = thieves.make_day(today()).unwrap();
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let (key, signature) = (hex(&planted.public_key), hex(&planted.signature));
    let intake = "lib/intake/intake.db";
    let day = today();
    let plant = format!(
        "update service_day set public_key = x'{key}', signature = x'{signature}' where day = '{day}'"
    );
    deployment.execute(intake, &plant).await;
    one_wrong(&deployment, "public keys: 1 days have a key that our ring didn't sign");
    let door = deployment.serve("visitor").await;
    Browser::at(deployment.visitor_port).get("/health/ready").await.is(503);
    let answer = try_check_in(deployment.visitor_port, &path, "mei@mail.example").await.unwrap().is(503);
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(deployment.intake().await.count_check_ins(day).await.unwrap(), 0);
    drop(door);
    let own = deployment.ring().day_public(day).unwrap();
    let (key, signature) = (hex(&own.public_key), hex(&own.signature));
    let mend = format!(
        "update service_day set public_key = x'{key}', signature = x'{signature}' where day = '{day}'"
    );
    deployment.execute(intake, &mend).await;
    deployment.succeeds(&["doctor"], "");

    // What the engineer was recorded to have done.
    let office = "lib/office/office.db";
    deployment.execute(office, "update ledger set detail = 'nothing' where seq = 1").await;
    one_wrong(&deployment, "ledger: entry 1 doesn't follow");
}

/// OSK-30: keys that outlive their day are found, before the worker destroys them and where it doesn't know:
/// of a day that someone marked as erased, and of an expired one that the database has no word of.
#[tokio::test]
async fn keys_of_days_that_are_called_erased_are_found() {
    let (deployment, door, mut worker) = Deployment::running(&no_mail()).await;
    drop(door);
    days_are_made(&deployment).await;
    worker.stop().await;
    let day = today();
    let mark = format!("update service_day set state = 'erased' where day = '{day}'");
    deployment.execute("lib/intake/intake.db", &mark).await;
    one_wrong(&deployment, &format!("erased days: the ring still holds the keys of 1 ({day})"));
    let mend = format!("update service_day set state = 'open' where day = '{day}'");
    deployment.execute("lib/intake/intake.db", &mend).await;
    deployment.succeeds(&["doctor"], "");

    let long_ago = day.plus_days(-100);
    // Whoever runs this test writes the ring anew; it stays the worker's.
    let ring = deployment.path("keys/ring/ring.age");
    let owner = fs::metadata(&ring).unwrap();
    deployment.ring().make_day(long_ago).unwrap();
    chown(&ring, Some(owner.uid()), Some(owner.gid())).unwrap();
    one_wrong(&deployment, "erasure: 1 days are overdue");
    let mut worker = deployment.worker();
    eventually("the key is destroyed", SOON, async || {
        deployment.succeeds(&["keys", "list"], "").contains(&long_ago.to_string()).eq(&false).then_some(())
    })
    .await;
    worker.stop().await;
    deployment.succeeds(&["doctor"], "");
}

/// The door is ready as soon as today is made; the days ahead follow.
async fn days_are_made(deployment: &Deployment) {
    let intake = deployment.intake().await;
    eventually("fourteen days ahead are made", SOON, async || {
        (intake.days().await.unwrap().len() == 15).then_some(())
    })
    .await;
}

/// A ring for the same installation, made by whoever has everything but our ring.
fn another_ring(folder: &std::path::Path) -> KeyRing {
    let name = Name::parse("production-test").unwrap();
    KeyRing::init(&folder.join("ring"), &Unlock::key_file(folder.join("key")), &name, &Randomness::os())
        .unwrap()
}
