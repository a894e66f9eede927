//! Every error line of the log has a page that says what it means and what to do.

use crate::{files, read, root};

/// The messages of `tracing::error!` in the product: the last string literal of each call.
fn messages() -> Vec<String> {
    let mut found = Vec::new();
    for file in files(&root().join("crates"), ".rs") {
        if !file.to_string_lossy().contains("/src/") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for call in text.split("tracing::error!(").skip(1) {
            let call = call.split(");\n").next().unwrap();
            let message = call.rsplit('"').nth(1).unwrap_or_else(|| panic!("{}: {call}", file.display()));
            found.push(message.to_owned());
        }
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_error_line_has_a_page() {
    let pages: Vec<(String, String)> = files(&root().join("docs/alerts"), ".md")
        .iter()
        .map(|file| (file.display().to_string(), std::fs::read_to_string(file).unwrap()))
        .collect();
    let quoted: Vec<&str> =
        pages.iter().flat_map(|(_, text)| text.lines().filter_map(|line| line.strip_prefix("> "))).collect();
    let messages = messages();
    assert!(messages.len() >= 10, "{messages:?}");
    for message in &messages {
        assert!(quoted.contains(&message.as_str()), "docs/alerts has no page for the line {message:?}");
    }
    for line in quoted {
        assert!(messages.iter().any(|message| message == line), "docs/alerts: nothing logs {line:?}");
    }
}

#[test]
fn every_page_is_in_the_list() {
    let list = read("docs/alerts/README.md");
    for file in files(&root().join("docs/alerts"), ".md") {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(
            name == "README.md" || list.contains(&format!("]({name})")),
            "docs/alerts/README.md lacks {name}"
        );
    }
}
