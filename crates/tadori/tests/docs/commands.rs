//! Every `tadori …` that a document tells its reader to type is one that the program knows.

use std::process::Command;

use crate::{files, pages, read, root};

fn help(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tadori")).args(words).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that a help page lists.
fn commands(help: &str) -> Vec<String> {
    let list = help.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// Each line of a fenced block, and each code span.
fn code(page: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (part, text) in page.split("```").enumerate() {
        match part % 2 {
            1 => found.extend(text.lines()),
            _ => found.extend(text.split('`').skip(1).step_by(2)),
        }
    }
    found
}

/// The words behind `tadori`, where a line tells one to start it.
fn asked(line: &str) -> Option<Vec<&str>> {
    let line = line.split(" #").next().unwrap_or(line);
    let line = line.strip_prefix("ExecStart=").unwrap_or(line);
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().enumerate().position(|(at, word)| {
        let begins = at == 0 || words[at - 1] == "--" || words[at - 1] == "|";
        begins && (*word == "tadori" || word.ends_with("/bin/tadori"))
    })?;
    let mut rest = words[at + 1..].to_vec();
    if rest.first() == Some(&"--config") {
        rest.drain(..2);
    }
    let plain = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    rest.first().filter(|word| plain(word)).is_some().then_some(rest)
}

#[test]
fn every_command_that_a_document_names_exists() {
    let all = commands(&help(&[]));
    assert!(all.len() >= 8, "{all:?}");
    let mut seen = 0;
    let units = files(&root().join("docs/units"), ".service");
    assert_eq!(units.len(), 4, "{units:?}");
    for path in pages().into_iter().chain(units) {
        let text = std::fs::read_to_string(&path).unwrap();
        let is_page = path.extension().is_some_and(|ending| ending == "md");
        let lines = if is_page { code(&text) } else { text.lines().collect() };
        for words in lines.into_iter().filter_map(asked) {
            let say = format!("{}: tadori {}", path.display(), words.join(" "));
            assert!(all.iter().any(|known| known == words[0]), "{say}: no such command");
            let own = help(&words[..1]);
            let below = commands(&own);
            let mut help_text = own;
            if let Some(second) = words.get(1).filter(|_| !below.is_empty()) {
                assert!(below.iter().any(|known| known == second), "{say}: no such subcommand");
                help_text = help(&words[..2]);
            }
            for flag in words.iter().filter(|word| word.starts_with("--")) {
                assert!(help_text.contains(flag), "{say}: no such option {flag}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 15, "{seen} commands found: are they still looked for where they are?");
}

/// Each page of help begins with what the command does, in a sentence of its own, and not with a word for
/// those who wrote it.
#[test]
fn every_page_of_help_says_what_the_command_does() {
    let mut pages = vec![vec![]];
    for command in commands(&help(&[])).into_iter().filter(|command| command != "help") {
        let below = commands(&help(&[&command]));
        pages.extend(below.into_iter().filter(|act| act != "help").map(|act| vec![command.clone(), act]));
        pages.push(vec![command]);
    }
    let mut openings = std::collections::BTreeSet::new();
    for page in pages {
        let words: Vec<&str> = page.iter().map(String::as_str).collect();
        let help = help(&words);
        let opening = help.lines().next().unwrap_or_default();
        assert!(opening.split(' ').count() >= 4, "tadori {words:?}: {opening:?}");
        for inner in ["rooms", "door'", "What to", "lived through", "imports"] {
            assert!(!help.contains(inner), "tadori {words:?} says {inner:?}:\n{help}");
        }
        assert!(openings.insert(opening.to_owned()), "two commands say {opening:?}");
    }
    assert!(openings.len() >= 14, "{openings:?}");
}

/// A reader that has seen enough ends a command, which says nothing of it.
#[test]
fn a_closed_pipe_ends_a_command_quietly() {
    use std::process::Stdio;
    let mut command = Command::new(env!("CARGO_BIN_EXE_tadori"));
    command.args(["jurisdiction", "list"]).stderr(Stdio::piped());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).spawn().unwrap().wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn what_is_told_to_be_typed_is_found() {
    assert_eq!(asked("tadori --config /etc/x.toml keys init # prints"), Some(vec!["keys", "init"]));
    assert_eq!(asked("runuser -u a -- tadori doctor"), Some(vec!["doctor"]));
    assert_eq!(asked("ExecStart=/usr/local/bin/tadori worker"), Some(vec!["worker"]));
    assert_eq!(asked("useradd --system -g tadori tadori-web"), None);
    assert_eq!(asked("ReadWritePaths=/var/lib/tadori /var/lib/tadori-keys"), None);
    assert_eq!(asked("tadori.toml"), None);
}

/// Every setting that the page for engineers names stands in the file that ships.
#[test]
fn every_setting_that_a_document_names_exists() {
    let shipped = read("tadori.toml");
    let sections: Vec<&str> =
        shipped.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')).collect();
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        for span in code(&text) {
            let Some((section, key)) = span.split(' ').next().unwrap_or("").split_once('.') else { continue };
            let word = |c: char| c.is_ascii_lowercase() || c == '_';
            if !sections.contains(&section) || !key.chars().all(word) || ["toml", "rs"].contains(&key) {
                continue;
            }
            let own = shipped.split(&format!("[{section}]\n")).nth(1).unwrap().split("\n[").next().unwrap();
            let there =
                own.lines().any(|line| line.trim_start_matches("# ").starts_with(&format!("{key} =")));
            assert!(there, "{}: tadori.toml has no {section}.{key}", path.display());
        }
    }
}
