//! The crate graph: who may know whom.

use crate::assert_none;
use crate::manifest::{dependencies, takes_workspace_lints};
use crate::repository::{manifests, product};
use crate::rust::Source;

/// The arrows of ARCHITECTURE.md.
const ROOMS: &[(&str, &[&str])] = &[
    ("tadori", &["deliver", "domain", "line-stand-in", "print", "seal", "store", "web", "worker"]),
    ("web", &["domain", "print", "seal", "store"]),
    ("worker", &["deliver", "domain", "seal", "store"]),
    ("store", &["domain"]),
    ("seal", &["domain"]),
    ("deliver", &["domain"]),
    ("print", &[]),
    ("domain", &[]),
    // It stands for LINE in tests and in the demo, and nowhere else.
    ("line-stand-in", &["domain"]),
    // A push service and its browsers, for tests alone.
    ("push-stand-in", &["seal"]),
    // Composes the machine as `tadori` does, to try it out; nobody imports it.
    (
        "simulation",
        &["deliver", "domain", "line-stand-in", "print", "push-stand-in", "seal", "store", "web", "worker"],
    ),
    // Starts the program as it is installed, and looks at its files afterwards; nobody imports it.
    ("trial", &["deliver", "domain", "line-stand-in", "push-stand-in", "seal", "store", "worker"]),
];

/// What a room can't do is what it has no crate and no call for.
const CANNOT: &[Cannot] = &[
    Cannot {
        room: "domain",
        why: "domain has words and rules: no I/O, no async",
        crates: &["async-trait", "axum", "futures", "hyper", "reqwest", "rustls", "sqlx", "tokio"],
        calls: &["async fn", "std::fs", "std::net", "std::process", "std::env", "std::thread"],
    },
    Cannot {
        room: "web",
        why: "web can't send: all goes through arrivals and the outbox",
        crates: &["lettre", "mail-builder", "mail-send", "reqwest", "tokio-rustls", "web-push-native"],
        calls: &["TcpStream"],
    },
    Cannot {
        room: "worker",
        why: "worker listens to nobody",
        crates: &["axum", "hyper", "tower-http"],
        calls: &["TcpListener", "UdpSocket"],
    },
    Cannot {
        room: "print",
        why: "print takes a venue and gives bytes: no network, no store",
        crates: &["axum", "reqwest", "sqlx"],
        calls: &["std::net", "TcpStream", "TcpListener"],
    },
];

struct Cannot {
    room: &'static str,
    why: &'static str,
    crates: &'static [&'static str],
    calls: &'static [&'static str],
}

fn arrows(manifests: &[(String, String)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (room, text) in manifests {
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| name == room) else {
            faults.push(format!("crates/{room} is a room that ARCHITECTURE.md doesn't draw"));
            continue;
        };
        let known: Vec<String> = dependencies(text)
            .into_iter()
            .filter(|name| ROOMS.iter().any(|(room, _)| room == name))
            .collect();
        if known != *allowed {
            faults.push(format!("{room} knows {known:?}; its arrows are {allowed:?}"));
        }
    }
    let lost = ROOMS.iter().filter(|(room, _)| !manifests.iter().any(|(name, _)| name == room));
    faults.extend(lost.map(|(room, _)| format!("crates/{room} is drawn and not there")));
    faults
}

fn transgressions(manifests: &[(String, String)], sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for rule in CANNOT {
        for (_, text) in manifests.iter().filter(|(room, _)| room == rule.room) {
            let known = dependencies(text);
            let wrong = rule.crates.iter().filter(|name| known.iter().any(|known| known == *name));
            faults.extend(wrong.map(|name| format!("{} depends on {name}: {}", rule.room, rule.why)));
        }
        for source in sources.iter().filter(|source| source.room() == rule.room) {
            for call in rule.calls {
                let lines = source.lines_with(call);
                faults
                    .extend(lines.iter().map(|line| format!("{}:{line}: {call}: {}", source.path, rule.why)));
            }
        }
    }
    faults
}

/// The crates know each other exactly as ARCHITECTURE.md draws it ("The rooms").
#[test]
fn crate_graph_is_as_drawn() {
    assert_none(&arrows(&manifests()));
}

/// The rooms' second halves hold: web cannot send, worker listens to nobody, domain has no I/O
/// (invariants 2 and 4).
#[test]
fn rooms_cannot_do_what_they_must_not() {
    assert_none(&transgressions(&manifests(), &product()));
}

/// Every crate takes the workspace's lints.
#[test]
fn every_crate_takes_the_lints() {
    let bare = manifests().into_iter().filter(|(_, text)| !takes_workspace_lints(text));
    assert_none(
        &bare
            .map(|(room, _)| format!("crates/{room}/Cargo.toml lacks `lints.workspace = true`"))
            .collect::<Vec<_>>(),
    );
}

/// The rules above find what is planted.
#[test]
fn planted_arrows_are_found() {
    let manifest = |room: &str, text: &str| vec![(room.to_owned(), text.to_owned())];
    let found = |faults: Vec<String>, words: &str| faults.iter().any(|fault| fault.contains(words));
    assert!(found(arrows(&manifest("store", "[dependencies]\ndomain = 1\nseal = 1")), "store knows"));
    assert!(found(arrows(&manifest("store", "[dependencies]\n")), "store knows"));
    assert!(found(arrows(&manifest("common", "")), "common is a room"));
    assert!(found(arrows(&[]), "not there"));
    assert!(!takes_workspace_lints("[dependencies]\nworkspace = true"));
    assert!(takes_workspace_lints("[lints]\nworkspace = true"));

    let source = Source::read("crates/worker/src/lib.rs", "use tokio::net::TcpListener;");
    assert!(found(transgressions(&[], &[source]), "listens to nobody"));
    let web = manifest("web", "[dependencies]\nmail-builder.workspace = true");
    assert!(found(transgressions(&web, &[]), "can't send"));
}
