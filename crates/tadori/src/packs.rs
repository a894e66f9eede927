//! The jurisdictions that ship, embedded; and those that a prefecture keeps in a folder of its own.

use std::path::Path;

use anyhow::Context as _;
use domain::policy::pack::{Pack, PackFiles};

/// The jurisdiction whose rules the demo shows unless told otherwise.
pub const SHOWN: &str = "osaka";

/// The files of each built-in jurisdiction, by its folder's name.
const BUILT_IN: &[(&str, &[(&str, &str)])] = &include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// The names of the built-in jurisdictions.
pub fn built_in() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// The files of a built-in jurisdiction.
pub fn files(name: &str) -> Option<PackFiles> {
    let (_, files) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
    Some(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
}

/// Loads and checks a pack whole: a built-in one by name, or a folder.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn load(name: &str) -> anyhow::Result<Pack> {
    let files = match files(name) {
        Some(files) => files,
        None => read_folder(Path::new(name))
            .with_context(|| format!("{name:?} is neither built in nor a folder that can be read"))?,
    };
    Pack::parse(files).map_err(|errors| {
        let all: Vec<String> = errors.iter().map(|error| format!("  {error}")).collect();
        anyhow::anyhow!("jurisdiction {name}:\n{}", all.join("\n"))
    })
}

fn read_folder(folder: &Path) -> std::io::Result<PackFiles> {
    let mut files = PackFiles::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(at) = waiting.pop() {
        for entry in std::fs::read_dir(&at)? {
            let entry = entry?;
            // What begins with a dot is an editor's, and no part of the pack.
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                files.insert(name.to_string_lossy().replace('\\', "/"), std::fs::read_to_string(&path)?);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_pack_is_whole() {
        for name in built_in() {
            let pack = load(name).unwrap();
            assert_eq!(pack.policy.jurisdiction.id, name);
            assert!(!pack.faq.is_empty());
        }
        assert!(load("nowhere").is_err());
    }
}
