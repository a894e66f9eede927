//! Every figure has its line, every alert its page, and no label can hold a word that somebody typed.

use std::collections::BTreeSet;

use crate::{files, read, root};

/// The names that stand in a text.
fn names(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("tadori_") {
        let before = text[..at].chars().next_back();
        let name: String = text[at..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        if before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_') && name.len() > "tadori_".len() {
            found.insert(name);
        }
    }
    found
}

/// The calls that count, each to its end.
fn calls() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in files(&root().join("crates"), ".rs") {
        let path = file.strip_prefix(root().join("crates")).unwrap().to_string_lossy().into_owned();
        if !path.contains("/src/") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap();
        for call in ["counter!(", "gauge!(", "histogram!("] {
            for rest in product.split(call).skip(1) {
                found.push((path.clone(), rest.split(';').next().unwrap().to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_figure_is_on_its_page_and_the_other_way_round() {
    let counted: BTreeSet<String> = calls().iter().flat_map(|(_, call)| names(call)).collect();
    let page = read("docs/metrics.md");
    let listed: BTreeSet<String> =
        page.lines().filter(|line| line.starts_with("| `tadori_")).flat_map(names).collect();
    assert!(counted.len() >= 12, "{counted:?}");
    assert_eq!(counted, listed);
}

/// Labels are words of the program: nothing is put together for one, so nothing that came with a request gets into one.
#[test]
fn no_label_is_made_of_what_came_with_a_request() {
    for (path, call) in calls() {
        for made in ["format!", "to_string", "to_owned", "String", ".expose()", "into()"] {
            assert!(!call.contains(made), "{path}: {made} in {call}");
        }
    }
}

#[test]
fn every_alert_has_its_page_and_names_figures_that_exist() {
    let rules = read("contrib/prometheus/alerts.yml");
    let page = read("docs/metrics.md");
    let mut seen = 0;
    for rule in rules.split("- alert: ").skip(1) {
        let name = rule.lines().next().unwrap();
        let runbook = rule.lines().find_map(|line| line.trim().strip_prefix("runbook: "));
        let runbook = runbook.unwrap_or_else(|| panic!("{name} has no runbook"));
        assert!(runbook.starts_with("docs/alerts/") && root().join(runbook).exists(), "{name}: {runbook}");
        let expression = rule.lines().find_map(|line| line.trim().strip_prefix("expr: ")).unwrap();
        for figure in names(expression) {
            assert!(page.contains(&format!("| `{figure}` |")), "{name}: there is no {figure}");
        }
        seen += 1;
    }
    assert!(seen >= 8, "{seen} rules");
}
