//! Where a contact may be held in clear, and that it can't slip out by being printed.

use crate::assert_none;
use crate::repository::product;
use crate::rust::Source;

/// Everywhere that the type may be named.
const HOLDERS: &[&str] = &[
    "crates/domain/src/contact.rs",
    "crates/domain/src/email_typo.rs",
    "crates/domain/src/enquiry.rs",
    // The answer to a LINE account, until it is sealed and after it is opened.
    "crates/domain/src/line.rs",
    "crates/domain/src/operator.rs",
    "crates/domain/src/message.rs",
    "crates/domain/src/report.rs",
    "crates/seal/src/",
    "crates/deliver/src/",
    "crates/web/src/visitor/",
    "crates/web/src/operator/",
    "crates/web/src/line_webhook.rs",
    "crates/worker/src/canary.rs",
    "crates/worker/src/confirm.rs",
    "crates/worker/src/enquiries.rs",
    "crates/worker/src/line_groups.rs",
    "crates/worker/src/others.rs",
    "crates/worker/src/recipients.rs",
    "crates/worker/src/release_notices.rs",
    "crates/tadori/src/commands/demo/samples.rs",
    "crates/worker/src/send_outbox.rs",
];

fn strays(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in
        sources.iter().filter(|source| !HOLDERS.iter().any(|holder| source.path.starts_with(holder)))
    {
        let lines = source.lines_with("Contact");
        faults.extend(
            lines.iter().map(|line| format!("{}:{line}: a Contact has no business here", source.path)),
        );
    }
    faults
}

fn leaks(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        for leak in
            ["Display for Contact", "Serialize for Contact", "LowerHex for Contact", "ToString for Contact"]
        {
            let lines = source.lines_with(leak);
            faults.extend(lines.iter().map(|line| format!("{}:{line}: {leak}", source.path)));
        }
        let lines: Vec<&str> = source.code.lines().collect();
        for (n, _) in
            lines.iter().enumerate().filter(|(_, line)| line.trim().starts_with("pub struct Contact "))
        {
            let above = lines[..n].iter().rev().take_while(|line| line.trim().starts_with("#["));
            let wrong = above.filter(|line| line.contains("Serialize") || line.contains("Debug"));
            faults.extend(wrong.map(|line| format!("{}: Contact has {}", source.path, line.trim())));
        }
    }
    faults
}

/// A `Contact` lives only in the forms, the webhook, `seal`, the worker's sending jobs and `deliver`
/// (invariant 1).
#[test]
fn contacts_are_held_where_drawn() {
    assert_none(&strays(&product()));
}

/// A `Contact` can't be displayed or serialised, and its `Debug` isn't derived (invariant 1).
#[test]
fn contacts_cannot_be_printed() {
    let sources = product();
    assert_none(&leaks(&sources));
    let defined = sources.iter().any(|source| source.code.contains("pub struct Contact "));
    assert!(defined, "the type that this test watches is gone");
}

/// The rules above find what is planted.
#[test]
fn planted_contacts_are_found() {
    let text = "use domain::contact::Contact;";
    assert_eq!(strays(&[Source::read("crates/store/src/outbox.rs", text)]).len(), 1);
    assert_eq!(strays(&[Source::read("crates/web/src/officer/cases.rs", text)]).len(), 1);
    assert_eq!(strays(&[Source::read("crates/seal/src/lib.rs", text)]).len(), 0);
    let text = "#[derive(Clone, Serialize)]\npub struct Contact {}\nimpl fmt::Display for Contact {}";
    assert_eq!(leaks(&[Source::read("crates/domain/src/contact.rs", text)]).len(), 2);
}
