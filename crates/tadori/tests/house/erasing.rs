//! What erases stands in one file, so that one reading tells all that can ever be lost, and how.

use crate::assert_none;
use crate::repository::{product, texts};
use crate::rust::Source;
use crate::sql::flat;

/// The one file. That a settled outbox row, a confirmed arrival or an ended session is deleted is an
/// erasure too, and stands there.
const ERASURE: &str = "crates/store/src/erasure.rs";

/// Who else removes a file, and why that erases nothing anybody stored.
const OTHERS: &[(&str, &str)] = &[
    (
        "crates/store/src/backend/sqlite.rs",
        "clears its own half-made copy (.making, .closing) before it makes one anew",
    ),
    (
        "crates/seal/src/key_ring/folder.rs",
        "ends wrapping keys that were replaced: the key's half of an erasure",
    ),
];

const STATEMENTS: &[&str] =
    &["delete from ", "drop table ", "drop schema ", "drop database ", "truncate table "];
const CALLS: &[&str] = &["remove_file", "remove_dir", "remove_dir_all", "set_len"];

fn erasers(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| !may_erase(&source.path)) {
        for (line, literal) in &source.strings {
            let text = flat(literal) + " ";
            if let Some(words) = STATEMENTS.iter().find(|words| text.contains(*words)) {
                faults.push(format!("{}:{line}: `{}` outside {ERASURE}", source.path, words.trim()));
            }
        }
        for call in CALLS {
            let lines = source.lines_with(call);
            faults
                .extend(lines.iter().map(|line| format!("{}:{line}: {call} outside {ERASURE}", source.path)));
        }
    }
    faults
}

fn may_erase(path: &str) -> bool {
    path == ERASURE
        || path.starts_with("crates/store/src/erasure/")
        || OTHERS.iter().any(|(other, _)| *other == path)
}

fn erasing_migrations(migrations: &[(String, String)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in migrations.iter().filter(|(path, _)| path.ends_with(".sql")) {
        let statements: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or("")).collect();
        let text = flat(&statements.join(" ")) + " ";
        let wrong = STATEMENTS.iter().filter(|words| text.contains(*words));
        faults.extend(wrong.map(|words| format!("{path}: a migration says `{}`", words.trim())));
    }
    faults
}

/// Every erasing statement stands in `store/erasure.rs` (invariant 5).
#[test]
fn only_erasure_erases() {
    assert_none(&erasers(&product()));
}

/// No migration erases: it would do so without the guards and without the ledger (invariant 5).
#[test]
fn no_migration_erases() {
    assert_none(&erasing_migrations(&texts("crates/store/migrations")));
}

/// Whoever is let off is still there and still needs it.
#[test]
fn exemptions_are_needed() {
    let sources = product();
    for (path, reason) in OTHERS {
        let source = sources.iter().find(|source| source.path == *path);
        let needs = source.is_some_and(|source| CALLS.iter().any(|call| !source.lines_with(call).is_empty()));
        assert!(needs && !reason.is_empty(), "{path} needs no exemption any more");
    }
}

/// The rules above find what is planted.
#[test]
fn planted_erasing_is_found() {
    let planted = |path: &str| {
        let text = "fn f() { q(\"delete\n from outbox\"); fs::remove_file(p); q(r#\"DROP TABLE x\"#) }";
        erasers(&[Source::read(path, text)]).len()
    };
    assert_eq!(planted("crates/store/src/outbox.rs"), 3);
    assert_eq!(planted(ERASURE), 0);
    let sql =
        ("crates/store/migrations/office/2.sql".to_owned(), "-- drop table a\ndrop  table b;".to_owned());
    assert_eq!(erasing_migrations(&[sql]).len(), 1);
}
