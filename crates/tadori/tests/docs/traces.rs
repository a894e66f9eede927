//! Spans are made where what they hold can be seen at a glance, and each stands on its page.

use std::collections::BTreeSet;

use crate::{files, read, root};

/// The two files in which spans are made.
const MADE_IN: [&str; 2] = ["web/src/traces.rs", "worker/src/traces.rs"];

/// The product's files and what stands in them.
fn sources() -> Vec<(String, String)> {
    let own = files(&root().join("crates"), ".rs").into_iter().filter_map(|file| {
        let path = file.strip_prefix(root().join("crates")).unwrap().to_string_lossy().into_owned();
        path.contains("/src/").then(|| (path, std::fs::read_to_string(file).unwrap()))
    });
    own.collect()
}

#[test]
fn spans_are_made_in_two_files() {
    let mut made = BTreeSet::new();
    for (path, text) in sources() {
        let makes =
            ["span!(", "tracing::instrument]", "tracing::instrument("].iter().any(|way| text.contains(way));
        let is_allowed = MADE_IN.contains(&path.as_str());
        assert!(is_allowed || !makes, "{path} makes a span: what it holds is told to a collector");
        made.extend(is_allowed.then_some(path));
    }
    assert_eq!(made.len(), MADE_IN.len(), "{made:?}");
}

#[test]
fn every_step_is_a_word_and_on_its_page() {
    let (page, mut steps) = (read("docs/traces.md"), 0);
    for (path, text) in sources() {
        for call in text.split("traces::step(").skip(1) {
            let name = call.strip_prefix('"').and_then(|rest| rest.split('"').next());
            let name =
                name.unwrap_or_else(|| panic!("{path}: a step whose name is put together: {call:.40}"));
            assert!(page.contains(&format!("`{name}`")), "docs/traces.md lacks {name:?}");
            steps += 1;
        }
    }
    assert!(steps >= 9, "{steps}");
}
