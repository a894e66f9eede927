//! No public function of the store is forgotten: each is called by a comparison with a plain model, or stands here
//! with the reason why not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What no model drives, and why.
const NOT_IN_A_MODEL: [(&str, &str); 19] = [
    ("open", "each walk begins with it"),
    ("checkpoint", "changes nothing that can be read; `erasure`"),
    ("ping", "answers or doesn't; `stores`"),
    ("pool_use", "of this process's connections"),
    ("close", "of this process's connections; `backup`"),
    ("path", "of files"),
    ("day_file", "of files"),
    ("new", "of files"),
    ("copy_to", "of files; `backup`"),
    ("put_back", "of files; `backup`"),
    ("is_empty", "of files; `backup`"),
    ("is_known", "of files; tested beside the code"),
    ("days_of", "of files; `backup`"),
    ("recover_day", "of files; `backup`"),
    ("migrate", "each walk begins with it"),
    ("without_writer", "a queue without a store, for the bench of what comes before it"),
    ("answer", "of the same"),
    ("put_accepted", "`put` with the moment of the form; the flow tests go through it"),
    ("named", "a rule about a notice in hand, which no store has a part in"),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The name of a public function that a line declares.
fn declared(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let rest = rest.strip_prefix("const ").or_else(|| rest.strip_prefix("async ")).unwrap_or(rest);
    let name = rest.strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}

/// Public functions by name, with the file of each. The engines' own doors, and words for stored values, are left out.
fn functions() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    for path in sources(&folder) {
        let file = path.strip_prefix(&folder).unwrap().display().to_string();
        if file.starts_with("backend/postgres") || file == "row.rs" || file == "error.rs" {
            continue;
        }
        // What stands in `backend.rs` is for this crate, but for what `Root`, `Intake` and `Office` have.
        let private = ["connection", "text", "texts", "begin", "is_unclosed", "kept"];
        let text = std::fs::read_to_string(&path).unwrap();
        for name in text.lines().filter_map(declared).filter(|name| *name != "as_str") {
            if !(file == "backend.rs" && private.contains(&name)) {
                found.insert(name.to_owned(), file.clone());
            }
        }
    }
    found
}

fn text_of(models: bool) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // `samples` is what the models put things in with.
        name != "every_function.rs" && (!models || name.starts_with("model") || name == "samples.rs")
    };
    let files = sources(&folder).into_iter().filter(named);
    files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn calls(text: &str, name: &str) -> bool {
    [format!(".{name}("), format!("::{name}(")].iter().any(|call| text.contains(call.as_str()))
}

#[test]
fn every_public_function_is_compared_with_a_model() {
    let (functions, models, suite) = (functions(), text_of(true), text_of(false));
    assert!(functions.len() > 150, "{}", functions.len());
    let excused: BTreeMap<&str, &str> = NOT_IN_A_MODEL.into_iter().collect();
    let missing: Vec<_> = functions
        .iter()
        .filter(|(name, _)| !calls(&models, name) && !excused.contains_key(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "public functions that no model drives: {missing:#?}");
    for name in excused.keys() {
        assert!(functions.contains_key(*name), "{name} is excused and isn't there");
        let elsewhere = ["without_writer", "answer", "put_accepted", "named"];
        assert!(calls(&suite, name) || elsewhere.contains(name), "{name} is named nowhere in the suite");
    }
}

#[test]
fn functions_are_found_as_they_are_written() {
    assert_eq!(declared("    pub async fn erase_day(&self) {"), Some("erase_day"));
    assert_eq!(declared("pub const fn unsound(&self) -> u64 {"), Some("unsound"));
    assert_eq!(declared("pub fn put<T>(t: T) {"), Some("put"));
    assert_eq!(declared("    pub(crate) fn begin() {"), None);
    assert_eq!(declared("    async fn inner() {"), None);
}
