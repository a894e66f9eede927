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

/// A pack is some dozens of small files. What has more, or larger ones, is another folder; and one that leads
/// into itself has no end.
const MOST: usize = 500;
const LARGEST: u64 = 2 << 20;

/// Every file of a folder but the hidden ones, which an editor or a version control leaves there.
fn read_folder(folder: &Path) -> anyhow::Result<PackFiles> {
    let (mut files, mut seen) = (PackFiles::new(), 0);
    let mut waiting = vec![folder.to_owned()];
    while let Some(at) = waiting.pop() {
        for entry in std::fs::read_dir(&at).with_context(|| at.display().to_string())? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            seen += 1;
            anyhow::ensure!(seen <= MOST, "more than {MOST} files: is this the pack's own folder?");
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let about = std::fs::metadata(&path).with_context(|| name.clone())?;
            if about.is_dir() {
                waiting.push(path);
                continue;
            }
            anyhow::ensure!(about.is_file(), "{name}: not a file");
            anyhow::ensure!(about.len() <= LARGEST, "{name}: larger than {LARGEST} bytes");
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("{name}: not text in UTF-8"))?;
            files.insert(name, text);
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

    /// What is no pack is refused with the name of what is wrong: other characters, a file without end, a folder
    /// that leads into itself, far too much; and what an editor left is passed over.
    #[cfg(unix)]
    #[test]
    fn what_is_no_pack_is_refused() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (name, text) in files("blank").unwrap() {
            std::fs::create_dir_all(path(&name).parent().unwrap()).unwrap();
            std::fs::write(path(&name), text).unwrap();
        }
        let whole = || load(&folder.path().display().to_string()).map_err(|error| format!("{error:#}"));
        std::fs::write(path(".swp"), b"\x82\xa0").unwrap();
        whole().unwrap();
        let refused = |says: &str| {
            let said = whole().unwrap_err();
            assert!(said.contains(says), "{said}");
        };
        std::fs::write(path("notes.txt"), b"\x82\xa0").unwrap();
        refused("notes.txt: not text in UTF-8");
        std::fs::write(path("notes.txt"), vec![b'a'; (2 << 20) + 1]).unwrap();
        refused("notes.txt: larger than");
        std::fs::remove_file(path("notes.txt")).unwrap();
        symlink("/dev/zero", path("endless")).unwrap();
        refused("endless: not a file");
        std::fs::remove_file(path("endless")).unwrap();
        std::fs::create_dir(path("print")).unwrap();
        symlink(folder.path(), path("print/again")).unwrap();
        refused("print/again/print/again");
        std::fs::remove_file(path("print/again")).unwrap();
        (0..500).for_each(|n| std::fs::write(path(&format!("print/{n}.typ")), "").unwrap());
        refused("more than 500 files");
    }
}
