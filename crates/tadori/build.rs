//! Lists the folders of `jurisdictions/`, so that a new prefecture is a new folder and no line of Rust.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions").canonicalize()?;
    println!("cargo::rerun-if-changed={}", packs.display());
    let mut list = String::from("[\n");
    for pack in sorted(&packs)?.iter().filter(|pack| pack.is_dir()) {
        let name = pack.file_name().unwrap_or_default().to_string_lossy();
        writeln!(list, "    ({name:?}, &[").expect("a text can be written to");
        for file in files(pack)? {
            let inside = file.strip_prefix(pack).unwrap_or(&file).display().to_string();
            writeln!(list, "        ({inside:?}, include_str!({:?})),", file.display().to_string())
                .expect("a text can be written to");
        }
        list.push_str("    ]),\n");
    }
    list.push_str("]\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    std::fs::write(out.join("packs.rs"), list)
}

/// Every file below a folder.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut found = Vec::new();
    // What begins with a dot is an editor's, and no part of the pack.
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    for path in sorted(folder)?.into_iter().filter(|path| !hidden(path)) {
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            println!("cargo::rerun-if-changed={}", path.display());
            found.push(path);
        }
    }
    Ok(found)
}

fn sorted(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}
