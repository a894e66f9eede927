//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rust::Source;

/// Folders that aren't the repository's own text.
const FOREIGN: &[&str] = &[".git", "target", "node_modules"];

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository is where it was built")
}

/// Every file below `folder`, as its path from the root with its bytes, in order.
pub fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let root = root();
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name =
                path.strip_prefix(&root).expect("it was found below the root").to_string_lossy().into_owned();
            (name, fs::read(&path).expect("a file of the repository can be read"))
        })
        .collect()
}

/// Every file below `folder` that is text.
pub fn texts(folder: &str) -> Vec<(String, String)> {
    files(folder)
        .into_iter()
        .filter_map(|(path, bytes)| Some((path, String::from_utf8(bytes).ok()?)))
        .collect()
}

/// Crates that are tests: programs that try the product out. They hold invented people, read its stores with
/// statements of their own and start its processes, so what the product may not do doesn't bind them.
const TRIALS: &[&str] = &["simulation", "trial"];

/// Whether a crate is a program that tries the product out.
pub fn is_trial(room: &str) -> bool {
    TRIALS.contains(&room)
}

/// The Rust files of the product: `crates/*/src`, less the files that hold only tests.
pub fn product() -> Vec<Source> {
    let mut sources = written_here();
    sources.retain(|source| !is_trial(source.room()));
    assert!(sources.len() >= 8, "the product's sources are not where these tests look for them");
    sources
}

/// The product's Rust files and those of the programs that try it out.
pub fn written_here() -> Vec<Source> {
    texts("crates")
        .into_iter()
        .filter(|(path, _)| path.split('/').nth(2) == Some("src") && path.ends_with(".rs"))
        .filter(|(path, _)| {
            let of_tests = |part: &str| {
                matches!(part, "tests" | "tests.rs" | "second_opinion.rs") || part.ends_with("_tests.rs")
            };
            !path.split('/').any(of_tests)
        })
        .map(|(path, text)| Source::read(&path, &text))
        .collect()
}

/// The manifests of the crates, as the crate's folder with the text.
pub fn manifests() -> Vec<(String, String)> {
    texts("crates")
        .into_iter()
        .filter(|(path, _)| path.split('/').count() == 3 && path.ends_with("/Cargo.toml"))
        .map(|(path, text)| (path.split('/').nth(1).expect("crates/<name>/Cargo.toml").to_owned(), text))
        .collect()
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_file() {
        found.push(path.to_path_buf());
        return;
    }
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let foreign = FOREIGN.iter().any(|folder| name.to_str() == Some(folder));
        if !foreign && !entry.path().is_symlink() {
            collect(&entry.path(), found);
        }
    }
}
