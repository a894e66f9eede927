//! docs/coverage.md: every requirement with the tests that prove it, or the reason why none does.
//!
//! The requirements and the reasons stand in docs/requirements.toml. The build fails where one has neither
//! test nor reason, where a reason outlived itself, and where the page is stale.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;

use crate::assert_none;
use crate::proofs::{Proof, proofs};
use crate::repository::root;
use crate::requirements::{PARAMETERS, SYSTEMS};

const ASKED: &str = "docs/requirements.toml";
const PAGE: &str = "docs/coverage.md";

/// With this, what is generated is written and not compared (`cargo xtask generate`).
const WRITE: &str = "TADORI_GENERATE";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    /// What it asks for.
    asks: String,
    /// Why no test names it.
    open: Option<String>,
}

type Requirements = BTreeMap<String, Requirement>;
type Proofs = BTreeMap<String, Vec<Proof>>;

fn read(text: &str) -> Requirements {
    toml::from_str(text).unwrap_or_else(|error| panic!("{ASKED}: {error}"))
}

/// The ids of a section, in their order; a number alone follows the letter of a parameter.
fn ids<'a>(asked: &'a Requirements, section: &str) -> Vec<&'a str> {
    let number = |id: &str| id.strip_prefix(section)?.trim_start_matches('-').parse::<u32>().ok();
    let mut own: Vec<(u32, &str)> = asked.keys().filter_map(|id| Some((number(id)?, id.as_str()))).collect();
    own.sort_unstable();
    own.into_iter().map(|(_, id)| id).collect()
}

/// What is wrong between requirements, reasons and tests.
fn faults(asked: &Requirements, proofs: &Proofs) -> Vec<String> {
    let unknown = proofs.iter().filter(|(id, _)| !asked.contains_key(*id)).map(|(id, tests)| {
        format!("{}: {} names {id}, which {ASKED} doesn't know", tests[0].path, tests[0].name)
    });
    let of_each = asked.iter().filter_map(|(id, requirement)| match (proofs.get(id), &requirement.open) {
        (None, None) => Some(format!(
            "{id} has no test: name it in the comment of the test that proves it, or say why there is none \
             as its `open` in {ASKED}"
        )),
        (Some(tests), Some(_)) => {
            Some(format!("{id}: {} names it, and {ASKED} still says why none does", tests[0].name))
        }
        _ => None,
    });
    unknown.chain(of_each).collect()
}

/// The page.
fn page(asked: &Requirements, proofs: &Proofs) -> String {
    let mut page = String::from(
        "# Coverage\n\nEvery rule of every system that Tadori replaces, and every parameter in which they differ, with \
         the tests that name it, or the reason why none does. Made by `cargo xtask generate` from \
         [requirements.toml](requirements.toml) and the tests; the build fails where it is stale.\n\n\
         | | asked | proven | open |\n|---|---:|---:|---:|\n",
    );
    let sections: Vec<(&str, &str, Vec<&str>)> = SYSTEMS
        .iter()
        .chain(PARAMETERS)
        .map(|(section, name)| (*section, *name, ids(asked, section)))
        .collect();
    for (section, name, ids) in &sections {
        let proven = ids.iter().filter(|id| proofs.contains_key(**id)).count();
        let open = ids.len() - proven;
        writeln!(page, "| {name} ({section}) | {} | {proven} | {open} |", ids.len()).expect("it is a text");
    }
    for (section, name, ids) in &sections {
        write!(page, "\n## {name} ({section})\n\n| id | what it asks | proof |\n|---|---|---|\n")
            .expect("it is a text");
        for id in ids {
            let asks = asked[*id].asks.replace('|', "\\|");
            writeln!(page, "| {id} | {asks} | {} |", proof(&asked[*id], proofs.get(*id)))
                .expect("it is a text");
        }
    }
    page
}

/// The tests, by file, or the reason.
fn proof(requirement: &Requirement, tests: Option<&Vec<Proof>>) -> String {
    let Some(tests) = tests else {
        return format!("open: {}", requirement.open.as_deref().unwrap_or("unknown"));
    };
    let mut files: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for test in tests {
        files.entry(&test.path).or_default().insert(&test.name);
    }
    let files = files.into_iter().map(|(path, names)| {
        let file = path.trim_start_matches("crates/").trim_end_matches(".rs");
        let names: Vec<String> =
            names.into_iter().filter(|name| !name.is_empty()).map(|name| format!("`{name}`")).collect();
        if names.is_empty() { file.to_owned() } else { format!("{file}: {}", names.join(", ")) }
    });
    files.collect::<Vec<_>>().join("; ")
}

/// The reasons without those that a test made needless.
fn pruned(text: &str, proofs: &Proofs) -> String {
    let mut of = "";
    let mut kept = String::new();
    for line in text.lines() {
        of = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(of);
        if !(line.starts_with("open = ") && proofs.contains_key(of)) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[test]
fn every_requirement_has_its_proof_or_its_reason() {
    let (root, proofs) = (root(), proofs());
    let mut text = std::fs::read_to_string(root.join(ASKED)).expect("the requirements are there");
    let write = std::env::var_os(WRITE).is_some();
    if write {
        text = pruned(&text, &proofs);
        std::fs::write(root.join(ASKED), &text).expect("the requirements can be written");
    }
    let asked = read(&text);
    assert_none(&faults(&asked, &proofs));
    let page = page(&asked, &proofs);
    if write {
        std::fs::write(root.join(PAGE), &page).expect("the page can be written");
    }
    let committed = std::fs::read_to_string(root.join(PAGE)).unwrap_or_default();
    assert!(committed == page, "{PAGE} is stale: cargo xtask generate");
}

/// The rules above find what is planted.
#[test]
fn planted_gaps_are_found() {
    let text = "[OSK-1]\nasks = \"a\"\n[OSK-2]\nasks = \"b | c\"\nopen = \"later\"\n[B10]\nasks = \"d\"\nopen = \"never\"\n";
    let test = |name: &str| vec![Proof { path: "crates/x/tests/y.rs".into(), name: name.into() }];
    let proofs = Proofs::from([("OSK-2".into(), test("z")), ("OSK-3".into(), test("z"))]);
    let found = faults(&read(text), &proofs);
    for words in ["OSK-1 has no test", "OSK-2: z names it", "names OSK-3, which"] {
        assert!(found.iter().any(|fault| fault.contains(words)), "{words}: {found:?}");
    }
    assert_eq!(found.len(), 3, "{found:?}");
    let page = page(&read(&pruned(text, &proofs)), &proofs);
    for line in
        ["| Osaka (OSK) | 2 | 1 | 1 |", "| OSK-2 | b \\| c | x/tests/y: `z` |", "| B10 | d | open: never |"]
    {
        assert!(page.contains(line), "{line}:\n{page}");
    }
}
