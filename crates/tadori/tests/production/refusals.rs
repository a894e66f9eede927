//! Commands that are given something wrong: each says what, changes nothing, and can be done again rightly.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::Duration;

use domain::clock::Clock;

use crate::client::Browser;
use crate::deployment::{Deployment, Mail, files_of, free_port, words};
use crate::people::{PASSWORD, act, officer};
use crate::process::{Process, SOON, eventually};

fn prepared() -> Deployment {
    Deployment::prepared(&Mail::plain(free_port()))
}

fn tadori(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tadori")).args(arguments).output().unwrap()
}

#[track_caller]
fn says(said: &str, all: &[&str]) {
    for words in all {
        assert!(said.contains(words), "{words:?} isn't in\n{said}");
    }
}

/// DESIGN section 7: a pack is checked whole, and each error names its file and key.
#[test]
fn a_broken_pack_is_refused_with_file_and_key() {
    let deployment = prepared();
    let rules = deployment.path("etc/rules");
    let check = || tadori(&["jurisdiction", "check", rules.to_str().unwrap()]);
    assert!(check().status.success(), "{}", words(&check()));
    let file = rules.join("jurisdiction.toml");
    let text = fs::read_to_string(&file).unwrap();
    for (from, to, named) in [
        ("hold_minutes", "hold_minuets", &["jurisdiction.toml", "hold_minuets", "hold_minutes"][..]),
        ("hold_minutes = 0", "hold_minutes = 61", &["jurisdiction.toml", "notices.hold_minutes", "0 to 60"]),
        ("level = \"0\"", "level = \"Z\"", &["Z"]),
    ] {
        fs::write(&file, text.replace(from, to)).unwrap();
        let output = check();
        assert_eq!(output.status.code(), Some(1));
        says(&words(&output), named);
        // What would use the pack refuses it in the same words.
        says(&deployment.refuses(&["officer", "add", "sato"], PASSWORD), named);
    }
    fs::write(&file, &text).unwrap();
    fs::remove_file(rules.join("thresholds.toml")).unwrap();
    says(&words(&check()), &["thresholds.toml is missing"]);
    let output = tadori(&["jurisdiction", "check", "atlantis"]);
    assert_eq!(output.status.code(), Some(1));
    says(&words(&output), &["\"atlantis\" is neither built in nor a folder that can be read"]);
}

/// `tadori officer remove`: once, whom there is; recorded, and the name isn't given again.
#[tokio::test]
async fn an_officer_is_removed_once() {
    let deployment = Deployment::made(&Mail::plain(free_port()));
    says(&deployment.refuses(&["officer", "remove", "nobody"], ""), &["there is no officer \"nobody\""]);
    deployment.succeeds(&["officer", "add", "yamada"], PASSWORD);
    says(&deployment.succeeds(&["officer", "remove", "yamada"], ""), &["yamada is signed out"]);
    says(&deployment.refuses(&["officer", "remove", "yamada"], ""), &["was removed before"]);
    says(
        &deployment.refuses(&["officer", "add", "yamada"], PASSWORD),
        &["there is an officer \"yamada\" already, or was one"],
    );
    let ledger = deployment.office().await.ledger(None, 10).await.unwrap();
    assert_eq!(ledger.iter().filter(|entry| entry.act == "officer_removed").count(), 1);
}

/// A slip in the settings is an error that names it, whatever the command.
#[test]
fn an_unknown_setting_is_refused_by_name() {
    let deployment = prepared();
    deployment.change_settings("[mail]\nhost = ", "[mail]\nhots = ");
    for command in [&["migrate"][..], &["serve"], &["worker"], &["doctor"], &["keys", "list"]] {
        says(&deployment.refuses(command, ""), &["tadori.toml", "hots"]);
    }
    assert!(fs::read_dir(deployment.path("lib")).unwrap().next().is_none(), "nothing was made");
    fs::remove_file(deployment.settings()).unwrap();
    says(&deployment.refuses(&["migrate"], ""), &["tadori.toml", "can't be read", "--config"]);
}

/// A ring is never overwritten; and where something is missing, none is left half made.
#[test]
fn a_key_ring_is_made_once() {
    let deployment = prepared();
    says(&deployment.refuses(&["keys", "init"], ""), &["`tadori migrate` comes first"]);
    deployment.succeeds(&["migrate"], "");
    deployment.succeeds(&["migrate"], "");
    let said = deployment.succeeds(&["keys", "init"], "");
    says(&said, &["verifying_key = \"", "keep it on another volume"]);
    let ring = || {
        files_of(&deployment.path("keys/ring")).iter().map(|file| fs::read(file).unwrap()).collect::<Vec<_>>()
    };
    let before = ring();
    says(&deployment.refuses(&["keys", "init"], ""), &["there is a key ring in", "never overwritten"]);
    assert_eq!(ring(), before);
    let listed = deployment.succeeds(&["keys", "list"], "");
    let key = said.split_once("verifying_key = \"").unwrap().1.split_once('"').unwrap().0;
    says(&listed, &[key, "production-test", "generation     1", "free"]);
    for secret in ["AGE-SECRET-KEY", "secret"] {
        assert!(!said.contains(&format!("{secret}-")) && !listed.contains(secret));
    }
    deployment.succeeds(&["keys", "rotate"], "");
    says(&deployment.succeeds(&["keys", "list"], ""), &[key, "generation     2"]);
}

/// One name, one account; a password long enough; and whoever was refused isn't there.
#[tokio::test]
async fn an_officer_is_added_once_and_with_a_long_password() {
    let deployment = Deployment::made(&Mail::plain(free_port()));
    let office = deployment.office().await;
    for (name, typed, named) in [
        ("sato", "elevenchars\n", "at least 12 characters"),
        ("sato", "", "at least 12 characters"),
        ("sa:to", &format!("{PASSWORD}\n"), "colon"),
        (" ", &format!("{PASSWORD}\n"), "the name"),
        ("sa\u{202e}to", &format!("{PASSWORD}\n"), "the name"),
    ] {
        says(&deployment.refuses(&["officer", "add", name], typed), &[named]);
        assert!(office.officer(name).await.unwrap().is_none(), "{name:?} was refused and is there");
    }
    let _door = deployment.serve("officer").await;
    let mut sato = officer(&deployment).await;
    let again = deployment.refuses(&["officer", "add", "sato"], "another long password\n");
    says(&again, &["there is an officer \"sato\" already"]);
    assert!(!again.contains("otpauth"));
    says(&deployment.refuses(&["officer", "add", " sato\n"], "another long password\n"), &["already"]);
    // The first one's account is as it was.
    assert_eq!(act(&mut sato, "/codes", "/sign-out", &[]).await.leads_to(), "/sign-in");
}

/// A port that is taken is named, with what to do; neither demo nor door starts half.
#[test]
fn a_taken_port_is_named() {
    let deployment = Deployment::made(&Mail::plain(free_port()));
    let taken = TcpListener::bind(("127.0.0.1", deployment.officer_port)).unwrap();
    let said = deployment.refuses(&["serve"], "");
    says(&said, &[&taken.local_addr().unwrap().to_string(), "can't be listened on"]);
    let port = deployment.officer_port.to_string();
    for ports in
        [["--visitor-port", &port, "--officer-port", "0"], ["--visitor-port", "0", "--officer-port", &port]]
    {
        let output = tadori(&[&["demo"][..], &ports].concat());
        assert_eq!(output.status.code(), Some(1));
        says(
            &words(&output),
            &["port", &port, "is taken: choose another with --visitor-port or --officer-port"],
        );
    }
}

/// `tadori demo` prints where to go, in order, and ends when it is asked to. How soon is for the reader.
#[tokio::test]
async fn the_demo_says_where_to_go() {
    demo_of("osaka", &["/demo/inbox", "/demo/clock"], 5).await;
}

/// The same where visitors register by LINE alone, and by either.
#[tokio::test]
async fn the_demo_of_a_pack_on_line_leads_to_the_chats() {
    demo_of("saitama", &["/demo/line", "/demo/clock"], 5).await;
    demo_of("hyogo", &["/demo/line", "/demo/inbox", "/demo/clock"], 6).await;
}

async fn demo_of(pack: &str, leads_to: &[&str], steps: usize) {
    let said = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tadori"));
    command.args(["demo", "--jurisdiction", pack, "--visitor-port", "0", "--officer-port", "0"]);
    let clock = Clock::system();
    let start = clock.now();
    let mut demo = Process::start(command, said.path().join("demo"));
    let addresses = eventually("it says where to go", SOON, async || {
        let text = demo.said();
        text.contains("Stop with Ctrl-C").then(|| {
            let lines = text.lines().filter_map(|line| line.trim().split_once(". http://localhost:"));
            lines.map(|(_, address)| address.trim().to_owned()).collect::<Vec<_>>()
        })
    })
    .await;
    println!("the demo was ready after {:?}", clock.now().since(start));
    assert_eq!(addresses.len(), steps, "{}", demo.said());
    let there = |path: &&str| addresses.iter().any(|address| address.ends_with(path));
    assert!(leads_to.iter().all(there), "{}", demo.said());
    for address in addresses {
        let (port, path) = address.split_once('/').unwrap_or((&address, ""));
        let answer = Browser::at(port.parse().unwrap()).get(&format!("/{path}")).await;
        assert!([200, 303].contains(&answer.status), "{address}: {}\n{}", answer.status, demo.said());
    }
    demo.ask_to_stop();
    assert!(demo.end(Duration::from_secs(10)).await.success());
}

/// Another key file takes the place of one that may have been seen; the settings have to follow, and an existing file is never
/// taken.
#[tokio::test]
async fn a_key_file_that_was_seen_is_replaced() {
    let deployment = Deployment::made(&Mail::plain(9));
    let new = deployment.path("etc/new.key");
    let replace = ["keys", "replace", "--key-file", new.to_str().unwrap()];
    assert!(deployment.succeeds(&replace, "").contains("generation 2"));
    assert!(deployment.refuses(&replace, "").contains("there is a file already"));
    deployment.refuses(&["keys", "list"], "");
    deployment.change_settings("/etc/ring.key\"", "/etc/new.key\"");
    assert!(deployment.succeeds(&["keys", "list"], "").contains("generation     2"));
}
