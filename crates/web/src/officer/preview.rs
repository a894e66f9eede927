//! The mails of a notice exactly as they will arrive: one for each thing that it may name, in each language.

use domain::message::{self, Named, Text};
use domain::notice::NoticeKind;
use domain::policy::{Policy, Way};
use serde_json::{Value, json};
use store::notices::{Notice, NoticeDay};

use crate::state::Common;
use crate::wording::LANGUAGES;

/// What the recipients of a notice are told of place and day, each once.
pub(crate) fn named(policy: &Policy, notice: &Notice, days: &[NoticeDay]) -> Vec<Named> {
    let mut found = Vec::new();
    for day in days {
        let named = notice.named(&policy.notices, days, day);
        if !found.contains(&named) {
            found.push(named);
        }
    }
    found
}

/// The first mail in Japanese; then the others, each with its language and what it names.
pub(crate) fn mails(common: &Common, kind: NoticeKind, named: &[Named]) -> (Value, Vec<Value>) {
    let (policy, wording) = (&common.pack.policy, &common.pack.wording);
    let mut mails = Vec::new();
    // Readers of easy Japanese are written to in Japanese.
    for language in policy.notices.languages.iter().filter(|language| *language != "ja-easy") {
        let known = LANGUAGES.iter().find(|(key, ..)| key == language);
        let (_, name, tag) = known.copied().unwrap_or(("ja", "日本語", "ja"));
        for named in named {
            let place = place(common, named);
            if policy.channels.mails() {
                let text = message::notice(policy, wording, language, kind, named);
                mails.push(mail(policy, &text, name, tag, &place));
            }
            if policy.channels.has(Way::Line) {
                let example = format!("{}/n/…", common.public_url);
                let page = message::line::has_page(policy, named).then_some(example.as_str());
                let body = message::line::notice(policy, wording, language, kind, named, page);
                mails.push(
                    json!({ "language": name, "tag": tag, "place": place, "by": "LINE", "body": body }),
                );
            }
        }
    }
    if mails.is_empty() {
        return (Value::Null, mails);
    }
    (mails.remove(0), mails)
}

/// What a mail names, for the officer.
fn place(common: &Common, named: &Named) -> String {
    let wording = &common.pack.wording;
    let days: Vec<String> = named.days().iter().map(|day| message::written(wording, "ja", *day)).collect();
    match named {
        Named::Place { venue, .. } => format!("{venue}を{}", days.join("、")),
        Named::Days(_) | Named::Nothing => days.join("、"),
    }
}

fn mail(policy: &Policy, text: &Text, language: &str, tag: &str, place: &str) -> Value {
    let sender = &policy.sender;
    json!({
        "language": language,
        "tag": tag,
        "place": place,
        "from": format!("{} <{}>", sender.name, sender.address),
        "subject": text.subject,
        "body": text.body,
    })
}
