//! The documents tell the truth: what they name exists, and what exists is named.
#![expect(clippy::unwrap_used, reason = "a test that can't read its files fails")]

mod alerts;
mod commands;
mod metrics;
mod schemas;
mod traces;

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below `folder` that end in `ending`.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// Every document: those of the root, and those below docs.
fn pages() -> Vec<PathBuf> {
    let mut pages = files(&root().join("docs"), ".md");
    let root = std::fs::read_dir(root()).unwrap().flatten().map(|entry| entry.path());
    pages.extend(root.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    pages
}

/// Tables with their columns, read from the migrations.
fn schema() -> Vec<(String, Vec<String>)> {
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for file in files(&root().join("crates/store/migrations"), ".sql") {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["create", "table", name, ..] => tables.push(((*name).to_owned(), Vec::new())),
                [column, "text" | "bigint" | "blob" | "text," | "bigint," | "blob,", ..]
                    if line.starts_with("    ") =>
                {
                    tables.last_mut().unwrap().1.push((*column).to_owned());
                }
                _ => {}
            }
        }
    }
    tables
}

/// Architecture invariant 5: every table with personal data, and every other, stands on the page for
/// administrators with all its columns, and nothing stands there that isn't kept.
#[test]
fn the_retention_page_names_every_column() {
    let page = read("docs/data-retention.md");
    let rows: Vec<Vec<&str>> =
        page.lines().filter(|line| line.starts_with("| `")).map(|line| line.split('|').collect()).collect();
    let ticked =
        |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let named = |table: &str| -> Vec<String> {
        rows.iter().filter(|row| ticked(row[1]) == [table]).flat_map(|row| ticked(row[2])).collect()
    };
    let schema = schema();
    assert!(schema.len() > 15, "{schema:?}");
    for (table, columns) in &schema {
        let missing: Vec<_> = columns.iter().filter(|column| !named(table).contains(column)).collect();
        assert!(missing.is_empty(), "docs/data-retention.md doesn't name {missing:?} of {table}");
    }
    for row in &rows {
        let table = ticked(row[1]).remove(0);
        let known: Vec<&String> =
            schema.iter().filter(|(name, _)| *name == table).flat_map(|(_, c)| c).collect();
        let stale: Vec<_> = ticked(row[2]).into_iter().filter(|column| !known.contains(&column)).collect();
        assert!(
            !known.is_empty() && stale.is_empty(),
            "docs/data-retention.md names {table} {stale:?}, which isn't there"
        );
    }
}

#[test]
fn every_test_that_the_architecture_names_exists() {
    let page = read("ARCHITECTURE.md");
    let invariants = page.split("## Invariants").nth(1).unwrap().split("## Three walks").next().unwrap();
    let sources: String = files(&root().join("crates"), ".rs")
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let named: Vec<&str> = invariants
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains('_') && word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect();
    assert!(named.len() >= 10, "{named:?}");
    for test in named {
        assert!(sources.contains(&format!("fn {test}(")), "ARCHITECTURE.md names {test}, which is no test");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    assert!(pages.len() >= 8);
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") || link.starts_with('#') {
                continue;
            }
            let target = page.parent().unwrap().join(link.split('#').next().unwrap());
            assert!(target.exists(), "{} links to {link}, which isn't there", page.display());
        }
    }
}

#[test]
fn every_setting_has_its_sentence() {
    let text = read("tadori.toml");
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in
        lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#'))
    {
        let before = lines[..at].iter().rev().take_while(|line| !line.is_empty() && !line.starts_with('['));
        assert!(before.into_iter().any(|line| line.starts_with('#')), "tadori.toml: {line} has no sentence");
    }
}
