//! Golden files: every mail, message on LINE, page and decision of every built-in pack, word for word. A change of wording or of
//! policy shows here as a difference that somebody reads before anybody gets it; it is taken over with
//! `INSTA_UPDATE=always cargo nextest run -p tadori --test golden`.
//!
//! Mails stand in every language that a pack offers. Pages ([`pages`]) and decisions ([`decisions`]) are kept as
//! the text that is seen ([`visible`]), without markup, style, numbers drawn by chance and versions.

#![expect(clippy::unwrap_used, reason = "what fails in a test is the test")]

mod decisions;
mod on_line;
mod pages;
mod visible;

// The world of the flow tests: both doors, stores, worker and inbox.
#[path = "../it/form.rs"]
mod form;
#[expect(dead_code, reason = "the flow tests use the rest")]
#[path = "../it/page.rs"]
mod page;
#[expect(dead_code, reason = "the flow tests use the rest")]
#[path = "../it/push_stand_in.rs"]
mod push_stand_in;
#[expect(dead_code, reason = "the flow tests use the rest")]
#[path = "../it/story.rs"]
mod story;
#[expect(dead_code, reason = "the flow tests use the rest")]
#[path = "../it/world.rs"]
mod world;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::message::{MailKind, Written, lint};
use domain::policy::pack::{Pack, PackFiles};

fn jurisdictions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions")
}

/// The packs that ship, as the program lists them.
fn built_in() -> Vec<String> {
    let listed =
        Command::new(env!("CARGO_BIN_EXE_tadori")).args(["jurisdiction", "list"]).output().unwrap().stdout;
    String::from_utf8(listed).unwrap().lines().map(str::to_owned).collect()
}

fn pack(name: &str) -> Pack {
    let (root, mut files) = (jurisdictions().join(name), PackFiles::new());
    let mut waiting = vec![root.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => waiting.push(path),
                false => {
                    let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                    files.insert(name, std::fs::read_to_string(&path).unwrap());
                }
            }
        }
    }
    Pack::parse(files).unwrap()
}

/// Compares with the golden file of that name.
fn golden(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name.to_owned(), text);
    });
}

/// A pack that nobody built in would be one that no test reads.
#[test]
fn every_folder_is_built_in() {
    let mut folders: Vec<String> = std::fs::read_dir(jurisdictions())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let mut known = built_in();
    folders.sort();
    known.sort();
    assert_eq!(folders, known);
}

/// E13 to E17, A4, A5, GEN-1: no mail says what its policy forbids or leaves out what it requires, and each reads as
/// it was last read by a person.
#[test]
fn every_mail_of_every_pack_is_as_it_was_read() {
    for name in built_in() {
        let Pack { policy, wording, .. } = pack(&name);
        let mut all = String::new();
        // Where there is LINE alone, visitors are sent no mail.
        let by_mail = policy.channels.mails();
        let sent = |mail: &Written| by_mail || mail.kind == MailKind::Operator;
        for mail in lint::samples(&policy, &wording).into_iter().filter(sent) {
            assert_eq!(lint(&policy, &wording, &mail), Vec::<String>::new(), "{name}: {}", mail.name());
            writeln!(all, "──── {}\n{}\n\n{}", mail.name(), mail.text.subject, mail.text.body).unwrap();
        }
        all.push_str(&on_line::said(&policy, &wording));
        assert!(!all.is_empty());
        golden(&name, &all);
    }
}
