//! Every SQL statement stands in `store`.

use crate::assert_none;
use crate::manifest::dependencies;
use crate::repository::{is_trial, manifests, product, texts};
use crate::rust::Source;

/// Whether a string literal is a statement, or the beginning of one.
pub fn is_statement(literal: &str) -> bool {
    let text = flat(literal);
    let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    begins(&["insert into ", "insert or ", "delete from ", "drop table", "create table ", "create index "])
        || begins(&[
            "create unique index ",
            "alter table ",
            "pragma ",
            "attach database",
            "vacuum",
            "begin immediate",
        ])
        || begins(&["select "]) && text.contains(" from ")
        || begins(&["update "]) && text.contains(" set ")
        || begins(&["with "]) && text.contains(" as (")
}

/// A literal in lower case with each run of white space, or escaped line end, as one space.
pub fn flat(literal: &str) -> String {
    let text = literal.to_lowercase().replace("\\n", " ").replace('\\', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn strays(manifests: &[(String, String)], sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for (room, text) in manifests.iter().filter(|(room, _)| room != "store") {
        let drivers = dependencies(text).into_iter().filter(|name| {
            name.starts_with("sqlx")
                || ["rusqlite", "libsqlite3-sys", "tokio-postgres", "postgres"].contains(&name.as_str())
        });
        faults.extend(drivers.map(|name| format!("crates/{room} depends on {name}: SQL is store's")));
    }
    for source in sources.iter().filter(|source| source.room() != "store") {
        for (line, literal) in source.strings.iter().filter(|(_, literal)| is_statement(literal)) {
            faults.push(format!("{}:{line}: a statement outside store: {literal:?}", source.path));
        }
        let lines = source.lines_with("sqlx");
        faults.extend(lines.iter().map(|line| format!("{}:{line}: sqlx outside store", source.path)));
    }
    faults
}

/// SQL and its driver are named in `store` only ("The rooms": every SQL statement).
#[test]
fn sql_stands_in_store_only() {
    let mut manifests = manifests();
    manifests.retain(|(room, _)| !is_trial(room));
    assert_none(&strays(&manifests, &product()));
}

/// A setting that a migration's comment names is one that the product writes.
#[test]
fn settings_in_migrations_exist() {
    let sources = product();
    let known = |name: &str| {
        sources
            .iter()
            .any(|source| source.strings.iter().any(|(_, literal)| literal.trim_matches('"') == name))
    };
    let mut named = 0;
    for (path, text) in texts("crates/store/migrations") {
        let Some((_, table)) = text.split_once("create table setting") else { continue };
        let comment =
            table.lines().find_map(|line| line.split_once("-- ")).map_or("", |(_, comment)| comment);
        for name in comment.split([' ', ':', ',', ';']).filter_map(|word| word.strip_prefix('\'')) {
            let name = name.trim_end_matches('\'');
            assert!(known(name), "{path} names the setting {name:?}, which nothing writes");
            named += 1;
        }
    }
    assert_eq!(named, 3);
}

/// The rule above finds what is planted, and takes no prose for a statement.
#[test]
fn planted_sql_is_found() {
    let source = Source::read("crates/web/src/x.rs", "fn f() { sqlx::query(\"select 1\n  from venue\") }");
    assert_eq!(strays(&[], &[source]).len(), 2);
    let manifest = ("web".to_owned(), "[dependencies]\nsqlx.workspace = true".to_owned());
    assert_eq!(strays(&[manifest], &[]).len(), 1);
    assert!(is_statement("  Update case_\n set a = 1"));
    assert!(is_statement("with d as (select 1) select * from d"));
    for prose in ["select a venue", "update your address", "inserted into", "with as"] {
        assert!(!is_statement(prose), "{prose}");
    }
}
