//! The bill of materials of what ships: every crate that is compiled into `tadori`, and the fonts, as CycloneDX JSON.
//!
//! Cargo tells the tree with the licences, Cargo.lock the checksums: no other tool is needed, and the same sources give
//! the same file, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::step::{Done, Failure, cargo, output, root};

/// Typefaces that are compiled in (crates/print/fonts).
const FONTS: [(&str, &str); 2] =
    [("BIZ UDPGothic", "OFL-1.1"), ("RareKanji (from Noto Sans CJK)", "OFL-1.1")];

/// The step.
pub fn write() -> Result<Done, Failure> {
    let path = make()?;
    println!("   {}", path.display());
    Ok(Done::Checked)
}

/// Writes it; where it lies.
pub fn make() -> Result<PathBuf, Failure> {
    let words = [
        "tree",
        "--locked",
        "-p",
        "tadori",
        "-e",
        "normal,build",
        "--prefix",
        "depth",
        "--format",
        "|{p}|{l}",
    ];
    let tree = output(&mut cargo(&words), "cargo check --workspace, and commit Cargo.lock")?;
    let lock = read("Cargo.lock")?;
    let text = json(&Materials::read(&tree, &lock));
    let path = root().join("target/tadori.cdx.json");
    let write = || std::fs::create_dir_all(root().join("target")).and_then(|()| std::fs::write(&path, text));
    write().map_err(|error| Failure::new(format!("{}: {error}", path.display()), "is the disk full?"))?;
    Ok(path)
}

fn read(name: &str) -> Result<String, Failure> {
    std::fs::read_to_string(root().join(name))
        .map_err(|error| Failure::new(format!("{name}: {error}"), format!("git checkout {name}")))
}

/// A crate by name and version.
type Crate = (String, String);

/// What was read.
#[derive(Debug, Default)]
struct Materials {
    /// With its licence, and its checksum where it comes from a registry.
    crates: BTreeMap<Crate, (String, Option<String>)>,
    /// Who needs whom.
    needs: BTreeMap<Crate, BTreeSet<Crate>>,
}

impl Materials {
    /// `0|tadori v0.1.0 (path)|Apache-2.0`: the depth, the crate, its licence. What was shown before ends in `(*)`.
    fn read(tree: &str, lock: &str) -> Self {
        let sums = checksums(lock);
        let (mut own, mut above) = (Self::default(), Vec::<Crate>::new());
        for line in tree.lines() {
            let mut fields = line.splitn(3, '|');
            let (Some(depth), Some(package), Some(licence)) = (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let Ok(depth) = depth.trim().parse::<usize>() else { continue };
            let mut words = package.split(' ');
            let name = words.next().unwrap_or_default().to_owned();
            let version = words.next().unwrap_or_default().trim_start_matches('v').to_owned();
            let found: Crate = (name, version);
            above.truncate(depth);
            if let Some(needing) = above.last() {
                own.needs.entry(needing.clone()).or_default().insert(found.clone());
            }
            let licence = licence.trim_end_matches(" (*)").replace('/', " OR ");
            own.crates.entry(found.clone()).or_insert_with(|| (licence, sums.get(&found).cloned()));
            own.needs.entry(found.clone()).or_default();
            above.push(found);
        }
        own
    }
}

/// The checksums of Cargo.lock.
fn checksums(lock: &str) -> BTreeMap<Crate, String> {
    let mut sums = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""));
            line.map(|rest| rest.trim_end_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(sum)) = (field("name"), field("version"), field("checksum")) {
            sums.insert((name, version), sum);
        }
    }
    sums
}

fn purl((name, version): &Crate) -> String {
    format!("pkg:cargo/{name}@{version}")
}

fn json(of: &Materials) -> String {
    let main = of.crates.keys().find(|(name, _)| name == "tadori").cloned().unwrap_or_default();
    let mut text = format!(
        "{{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.5\",\n  \"version\": 1,\n  \"metadata\": {{ \"component\": \
         {{ \"type\": \"application\", \"bom-ref\": \"{0}\", \"name\": \"tadori\", \"version\": \"{1}\", \"purl\": \"{0}\", \
         \"licenses\": [{{ \"license\": {{ \"id\": \"Apache-2.0\" }} }}] }} }},\n  \"components\": [\n",
        purl(&main),
        main.1
    );
    let mut components = Vec::new();
    for (package, (licence, sum)) in of.crates.iter().filter(|(package, _)| **package != main) {
        let hash = sum.as_ref().map_or_else(String::new, |sum| {
            format!(", \"hashes\": [{{ \"alg\": \"SHA-256\", \"content\": \"{sum}\" }}]")
        });
        components.push(format!(
            "    {{ \"type\": \"library\", \"bom-ref\": \"{0}\", \"name\": \"{1}\", \"version\": \"{2}\", \"purl\": \"{0}\", \
             \"licenses\": [{{ \"expression\": \"{licence}\" }}]{hash} }}",
            purl(package),
            package.0,
            package.1
        ));
    }
    components.extend(FONTS.map(|(name, licence)| {
        format!(
            "    {{ \"type\": \"file\", \"name\": \"{name}\", \"licenses\": [{{ \"license\": {{ \"id\": \"{licence}\" }} }}] }}"
        )
    }));
    text.push_str(&components.join(",\n"));
    text.push_str("\n  ],\n  \"dependencies\": [\n");
    let needs: Vec<String> = of
        .needs
        .iter()
        .map(|(package, needs)| {
            let mut line = format!("    {{ \"ref\": \"{}\", \"dependsOn\": [", purl(package));
            for (n, needed) in needs.iter().enumerate() {
                let _ = write!(line, "{}\"{}\"", if n == 0 { "" } else { ", " }, purl(needed));
            }
            line + "] }"
        })
        .collect();
    text.push_str(&needs.join(",\n"));
    text.push_str("\n  ]\n}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0|tadori v0.1.0 (/x/crates/tadori)|Apache-2.0\n1|store v0.1.0 (/x)|Apache-2.0\n2|sqlx v0.9.0|MIT/Apache-2.0\n\
                        1|sqlx v0.9.0|MIT/Apache-2.0 (*)\n\n";
    const LOCK: &str =
        "[[package]]\nname = \"sqlx\"\nversion = \"0.9.0\"\nsource = \"registry\"\nchecksum = \"00ff\"\n";

    #[test]
    fn every_crate_once_with_who_needs_it() {
        let of = Materials::read(TREE, LOCK);
        let of_crate = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        let sqlx = of_crate("sqlx", "0.9.0");
        assert_eq!(of.crates[&sqlx], ("MIT OR Apache-2.0".to_owned(), Some("00ff".to_owned())));
        assert_eq!(of.crates.len(), 3);
        for needing in [of_crate("tadori", "0.1.0"), of_crate("store", "0.1.0")] {
            assert!(of.needs[&needing].contains(&sqlx), "{needing:?}");
        }
        let text = json(&of);
        assert!(
            text.contains("\"purl\": \"pkg:cargo/sqlx@0.9.0\"") && text.contains("\"content\": \"00ff\"")
        );
        let count = |letter: char| text.chars().filter(|c| *c == letter).count();
        assert!(count('{') == count('}') && count('[') == count(']'), "{text}");
    }
}
