//! As much of a Cargo.toml as the rules ask for: which crates it depends on.

/// The crates that the product of this manifest is built from: normal and build dependencies, of every
/// target, by the name of the package. Dependencies of tests don't count.
pub fn dependencies(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut in_list = false;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            in_list = is_list(header);
            // [dependencies.name] is the entry itself.
            if let Some((list, name)) = header.rsplit_once('.')
                && is_list(list)
            {
                found.push(name.trim_matches('"').to_owned());
            }
        } else if in_list && let Some((key, value)) = line.split_once('=') {
            let key = key.split('.').next().unwrap_or(key).trim().trim_matches('"');
            found.push(renamed(value).unwrap_or(key).to_owned());
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Whether `[lints] workspace = true` stands there.
pub fn takes_workspace_lints(text: &str) -> bool {
    let mut header = "";
    text.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            header = line;
        }
        let line = line.replace(' ', "");
        line == "lints.workspace=true" && header.is_empty() || header == "[lints]" && line == "workspace=true"
    })
}

fn is_list(header: &str) -> bool {
    let last = header.rsplit('.').next().unwrap_or(header);
    matches!(last, "dependencies" | "build-dependencies")
}

/// The package's name in `{ package = "name", … }`.
fn renamed(value: &str) -> Option<&str> {
    let rest = value.split_once("package")?.1;
    let quoted: Vec<&str> = rest.trim_start().strip_prefix('=')?.split('"').collect();
    quoted.get(1).copied()
}

/// Each way to write a dependency is read; tests' dependencies aren't.
#[test]
fn dependencies_are_read() {
    let text = "\
[package]
name = \"x\"
[dependencies]
domain.workspace = true
store = { workspace = true, features = [\"a\"] }
mine = { package = \"seal\", path = \"../seal\" }
# print.workspace = true
[target.'cfg(unix)'.dependencies]
rlimit = \"1\"
[dependencies.web]
path = \"../web\"
[build-dependencies]
cc = \"1\"
[dev-dependencies]
worker.workspace = true
";
    assert_eq!(dependencies(text), ["cc", "domain", "rlimit", "seal", "store", "web"]);
}
