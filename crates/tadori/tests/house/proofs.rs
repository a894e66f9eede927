//! The tests of the repository, and which requirements each says that it proves: in its doc comment, or where
//! it compares.

use std::collections::BTreeMap;

use crate::repository::texts;
use crate::requirements::{parameters, rules};

/// A test, as the page names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proof {
    /// The file, from the repository's root.
    pub path: String,
    /// The function; empty where the whole file is the test.
    pub name: String,
}

/// Each requirement that a test names, with the tests.
pub fn proofs() -> BTreeMap<String, Vec<Proof>> {
    let mut found: BTreeMap<String, Vec<Proof>> = BTreeMap::new();
    let own = "crates/tadori/tests/house/";
    for (path, text) in
        ["crates", "tests"].into_iter().flat_map(texts).filter(|(path, _)| !path.starts_with(own))
    {
        let tests = match path.rsplit('.').next() {
            Some("rs") => tests(&text),
            Some("mjs") => vec![(String::new(), rules(&text).into_iter().collect())],
            _ => continue,
        };
        for (name, ids) in tests {
            for id in ids {
                found.entry(id).or_default().push(Proof { path: path.clone(), name: name.clone() });
            }
        }
    }
    found
}

/// The tests of a Rust file, each with the ids that it names.
fn tests(text: &str) -> Vec<(String, Vec<String>)> {
    let lines: Vec<&str> = text.lines().collect();
    let marked = lines.iter().enumerate().filter(|(_, line)| is_mark(line));
    marked.filter_map(|(at, _)| test(&lines, at)).collect()
}

fn is_mark(line: &str) -> bool {
    ["#[test]", "#[tokio::test]", "#[tokio::test("].iter().any(|mark| line.trim_start().starts_with(mark))
}

/// The test whose attribute stands in line `at`: comment and attributes above it, and its body, which ends with
/// the brace that stands as deep as the attribute.
fn test(lines: &[&str], at: usize) -> Option<(String, Vec<String>)> {
    let above = |line: &&&str| ["///", "#["].iter().any(|mark| line.trim_start().starts_with(mark));
    let first = at - lines[..at].iter().rev().take_while(above).count();
    let depth = lines[at].len() - lines[at].trim_start().len();
    let end = format!("{}}}", " ".repeat(depth));
    let last = at + lines[at..].iter().position(|line| *line == end)?;
    let name = lines[at..last].iter().find_map(|line| line.split_once("fn ")?.1.split('(').next())?;
    let comment: Vec<&str> = lines[first..at].iter().filter(|line| line.contains("///")).copied().collect();
    // A parameter's short id is one in a sentence; in code it may be anything, a paper's size for example.
    let mut ids = rules(&lines[first..last].join("\n"));
    ids.extend(parameters(&comment.join("\n")));
    Some((name.to_owned(), ids.into_iter().collect()))
}

#[test]
fn tests_are_found_with_what_they_name() {
    let text = "/// OSK-1 of no test.\nfn a() {}\n\n/// OSK-2, B10: yes.\n#[test]\nfn b() {\n    // A4, OSK-3\n    {\n    }\n}\n\
                mod tests {\n    #[tokio::test]\n    async fn c() {\n        // OSK-4\n    }\n    // OSK-5\n}\n";
    let found = tests(text);
    let ids = |at: usize| found[at].1.join(" ");
    assert_eq!((found.len(), found[0].0.as_str(), found[1].0.as_str()), (2, "b", "c"));
    assert_eq!((ids(0), ids(1)), ("B10 OSK-2 OSK-3".to_owned(), "OSK-4".to_owned()));
}
