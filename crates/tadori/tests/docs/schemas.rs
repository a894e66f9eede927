//! The JSON schemas in docs/schema say what the engine reads, no more and no less.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::policy::pack::{Pack, PackFiles};
use domain::policy::schema::{FILES, schema};
use jsonschema::Validator;
use serde_json::{Map, Value};
use toml::Table;

use crate::{files, root};

/// With this, what is generated is written and not compared (`cargo xtask generate`).
const WRITE: &str = "TADORI_GENERATE";

/// The files of a pack; the blank one, for it has every section.
fn blank() -> PackFiles {
    let folder = root().join("jurisdictions/blank");
    let names = ["jurisdiction.toml", "thresholds.toml", "faq.toml"];
    names.map(|name| (name.to_owned(), std::fs::read_to_string(folder.join(name)).unwrap())).into()
}

/// What the engine says of the blank pack with another `jurisdiction.toml`.
fn said(policy: &Table) -> Vec<String> {
    let mut files = blank();
    files.insert("jurisdiction.toml".into(), policy.to_string());
    let errors = Pack::parse(files).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

fn policy() -> Table {
    blank()["jurisdiction.toml"].parse().unwrap()
}

fn validators() -> BTreeMap<&'static str, Validator> {
    let of = |file| jsonschema::validator_for(&schema(file).unwrap()).unwrap();
    FILES.map(|file| (file, of(file))).into()
}

fn as_json(table: &Table) -> Value {
    serde_json::to_value(table).unwrap()
}

/// The properties of a schema, and which of them must be there.
fn keys(schema: &Value) -> (&Map<String, Value>, Vec<&str>) {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    (schema["properties"].as_object().unwrap(), required.filter_map(Value::as_str).collect())
}

#[test]
fn the_schemas_of_the_repository_are_those_of_the_program() {
    let folder = root().join("docs/schema");
    if std::env::var_os(WRITE).is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for file in FILES {
            let text = format!("{}\n", serde_json::to_string_pretty(&schema(file).unwrap()).unwrap());
            std::fs::write(folder.join(format!("{file}.json")), text).unwrap();
        }
    }
    for file in FILES {
        let path = folder.join(format!("{file}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let stale = serde_json::from_str::<Value>(&text).ok() != schema(file);
        assert!(!stale, "docs/schema/{file}.json is not what the program reads: cargo xtask generate");
    }
    assert_eq!(files(&folder, "").len(), FILES.len(), "a schema of nothing lies in docs/schema");
}

/// What ships is what its schema allows, and each file leads its editor there.
#[test]
fn every_file_of_every_pack_is_as_its_schema_says() {
    let (validators, mut seen) = (validators(), BTreeMap::<&str, usize>::new());
    let packs = files(&root().join("jurisdictions"), ".toml");
    for path in packs.into_iter().chain(files(&root().join("crates/domain/diseases"), ".toml")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let directive = text.lines().next().and_then(|line| line.strip_prefix("#:schema "));
        let to: PathBuf = directive.map(|to| path.parent().unwrap().join(to)).unwrap_or_default();
        assert!(to.is_file(), "{}: its first line leads to no schema", path.display());
        let file = to.file_stem().unwrap().to_string_lossy();
        let (file, validator) = validators.get_key_value(file.as_ref()).unwrap();
        let instance = as_json(&text.parse().unwrap());
        let faults: Vec<String> =
            validator.iter_errors(&instance).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", path.display());
        *seen.entry(file).or_default() += 1;
    }
    assert_eq!(seen.keys().copied().collect::<std::collections::BTreeSet<_>>(), FILES.into());
}

/// A key is required by the schema exactly where the engine misses it, and one that nobody knows is refused
/// by both.
#[test]
fn schema_and_engine_know_the_same_keys() {
    let (schema, validator) = (schema("jurisdiction").unwrap(), &validators()["jurisdiction"]);
    assert!(said(&policy()).is_empty() && validator.is_valid(&as_json(&policy())));
    let (sections, required) = keys(&schema);
    let both = |policy: &Table, about: &str, refused: bool| {
        // Contradictions between values, which follow from what was taken out, are the engine's alone.
        let errors = said(policy);
        let missed = errors.iter().any(|e| e.contains("missing field") || e.contains("unknown"));
        assert_eq!(missed, refused, "{about}: {errors:?}");
        assert_eq!(!validator.is_valid(&as_json(policy)), refused, "{about}: the schema");
    };
    let mut policy = policy();
    for (name, section) in sections {
        let (keys, needed) = keys(section);
        // What the blank pack leaves out for a default is there with it.
        let own = policy.entry(name).or_insert_with(|| Table::new().into()).as_table_mut().unwrap().clone();
        for key in own.keys() {
            assert!(keys.contains_key(key), "{name}.{key} is not in the schema");
        }
        for key in keys.keys().filter(|key| own.contains_key(*key)) {
            let mut less = policy.clone();
            less[name].as_table_mut().unwrap().remove(key);
            both(&less, &format!("without {name}.{key}"), needed.contains(&key.as_str()));
            let mut more = policy.clone();
            more[name].as_table_mut().unwrap().insert(format!("{key}x"), true.into());
            both(&more, &format!("with {name}.{key}x"), true);
        }
        let mut less = policy.clone();
        less.remove(name);
        both(&less, &format!("without [{name}]"), required.contains(&name.as_str()));
    }
}

/// The least and the greatest number of the schema are the engine's.
#[test]
fn schema_and_engine_draw_the_same_bounds() {
    let (schema, validator, mut seen) = (schema("jurisdiction").unwrap(), &validators()["jurisdiction"], 0);
    for (name, section) in keys(&schema).0 {
        for (key, value) in keys(section).0 {
            let (Some(least), Some(most)) = (value["minimum"].as_i64(), value["maximum"].as_i64()) else {
                continue;
            };
            let words = [format!("{least} to {most}"), format!("{least} or {most}")];
            let refused = |number: i64| {
                let mut policy = policy();
                let section = policy.entry(name).or_insert_with(|| Table::new().into());
                section.as_table_mut().unwrap().insert(key.clone(), number.into());
                let errors = said(&policy);
                let engine = errors.iter().any(|e| {
                    e.contains(key)
                        && (words.iter().any(|words| e.contains(words)) || e.contains("invalid value"))
                });
                assert_eq!(
                    engine,
                    !validator.is_valid(&as_json(&policy)),
                    "{name}.{key} = {number}: {errors:?}"
                );
                engine
            };
            for (number, out) in [(least - 1, true), (least, false), (most, false), (most + 1, true)] {
                assert_eq!(refused(number), out, "{name}.{key} = {number}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 12, "{seen} numbers have bounds");
}

/// Misspelt words, and values of the wrong kind, are refused by the schema of each file.
#[test]
fn what_is_misspelt_is_refused() {
    let validators = validators();
    for (file, good, from, to) in [
        ("thresholds", "jurisdictions/osaka/thresholds.toml", "\"seats\"", "\"seat\""),
        ("thresholds", "jurisdictions/osaka/thresholds.toml", "cases = 1", "cases = 0"),
        ("thresholds", "jurisdictions/osaka/thresholds.toml", "\"2020-12-01\"", "\"1 Dec 2020\""),
        ("faq", "jurisdictions/osaka/faq.toml", "audience = \"visitor\"", "audience = \"vistor\""),
        ("faq", "jurisdictions/osaka/faq.toml", "question = ", "qestion = "),
        ("certificate", "jurisdictions/kanagawa/certificate.toml", "min_items = 1", "min_items = 0"),
        ("certificate", "jurisdictions/kanagawa/certificate.toml", "guideline", "guide_line"),
        ("disease", "crates/domain/diseases/measles.toml", "\"rash\"", "\"fever\""),
        ("disease", "crates/domain/diseases/measles.toml", "days_before_onset = 4", "days_before_onset = 15"),
        ("jurisdiction", "jurisdictions/blank/jurisdiction.toml", "match = \"day\"", "match = \"days\""),
        ("jurisdiction", "jurisdictions/blank/jurisdiction.toml", "links = false", "links = \"no\""),
        (
            "jurisdiction",
            "jurisdictions/blank/jurisdiction.toml",
            "measure = \"seats\"",
            "measure = \"chairs\"",
        ),
    ] {
        let text = std::fs::read_to_string(root().join(good)).unwrap();
        let wrong = text.replace(from, to);
        assert_ne!(text, wrong, "{good} has no {from}");
        let allowed = |text: &str| validators[file].is_valid(&as_json(&text.parse().unwrap()));
        assert!(allowed(&text) && !allowed(&wrong), "{good}: {to}");
    }
}
