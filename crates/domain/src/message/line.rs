//! What is said on LINE: answers to who writes to the account, and notices.
//!
//! The words are LINE's own (`line-…`): a chat has no subject, and nothing there "can't be replied to". The
//! points of a notice, and what it doesn't tell, are the same sentences as in a mail. What of place and day a
//! notice may name there, [`Disclosure`] says on top of what the policy lets any notice name.

use super::compose::{self, Said, moment, without_gaps};
use super::{MailKind, Named};
use crate::clock::Instant;
use crate::line::LineReply;
use crate::notice::NoticeKind;
use crate::policy::{CheckInUnit, Disclosure, Inquiry, Point, Policy};
use crate::wording::Wording;

/// An answer: one text, and where it asks for agreement a button under another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineText {
    /// What is said.
    pub text: String,
    /// What is asked.
    pub button: Option<LineButton>,
}

/// A button under a question. What it sends back stays with who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineButton {
    /// The question.
    pub question: String,
    /// What stands on the button.
    pub label: String,
    /// What pressing it sends.
    pub data: String,
}

/// The longest question under which LINE shows a button.
const QUESTION: usize = 160;

/// An answer to who wrote to the account.
pub fn answer(policy: &Policy, wording: &Wording, language: &str, reply: &LineReply) -> LineText {
    let language = policy.notices.language(language);
    let said = Said { policy, wording, language, kind: MailKind::Confirmation, named: &Named::Nothing };
    let plain = |key: &str| LineText { text: said.say(key, &[]), button: None };
    match reply {
        LineReply::CheckedIn { venue, at } => LineText { text: checked_in(&said, venue, *at), button: None },
        LineReply::AskConsent { venue, data } => {
            let span = compose::span(policy, wording, language);
            let question = said.say("line-consent-ask", &[("venue", venue)]);
            let button = LineButton {
                question: question.chars().take(QUESTION).collect(),
                label: said.say("line-consent-button", &[]),
                data: data.clone(),
            };
            LineText { text: said.say("line-consent", &[("span", &span)]), button: Some(button) }
        }
        LineReply::UnknownCode => plain("line-unknown-code"),
        LineReply::JoinFirst => plain("line-join-first"),
        LineReply::Welcome => {
            let hint = policy.channels.line.blocked_hint;
            let blocked = if hint { said.say("line-blocked-hint", &[]) } else { String::new() };
            let text = without_gaps(&said.say("line-welcome", &[("blocked", &blocked)]));
            LineText { text, button: None }
        }
    }
}

fn checked_in(said: &Said<'_>, venue: &str, at: Instant) -> String {
    let policy = said.policy;
    let place = match policy.check_in.confirmation_names_venue {
        true => format!("\n{}", said.say("mail-confirmation-place", &[("venue", venue)])),
        false => String::new(),
    };
    let again = match policy.check_in.unit {
        CheckInUnit::Visit => "line-again-visit",
        CheckInUnit::Day => "line-again-day",
    };
    let values = [
        ("at", &*moment(policy, said.wording, said.language, at)),
        ("place", &*place),
        ("promise", &*said.say("line-promise", &[("trigger", policy.notices.trigger.as_str())])),
        ("span", &*compose::span(policy, said.wording, said.language)),
        ("again", &*said.say(again, &[])),
        ("never", &*compose::never(policy, said.wording, said.language).join("\n")),
    ];
    without_gaps(&said.say("line-checked-in", &values))
}

/// What a notice by LINE names itself, of what the policy lets a notice name (A8).
pub fn named_in_line(policy: &Policy, named: Named) -> Named {
    match policy.channels.line.detail_disclosure {
        Disclosure::InMessage => named,
        Disclosure::PullPage | Disclosure::None => Named::Nothing,
    }
}

/// Whether a notice by LINE leads to a page that tells what the message doesn't.
pub fn has_page(policy: &Policy, named: &Named) -> bool {
    policy.channels.line.detail_disclosure == Disclosure::PullPage && *named != Named::Nothing
}

/// A notice by LINE. `page` is the address of the page with place and day, where there is one.
pub fn notice(
    policy: &Policy,
    wording: &Wording,
    language: &str,
    kind: NoticeKind,
    named: &Named,
    page: Option<&str>,
) -> String {
    let language = policy.notices.language(language);
    let named = named_in_line(policy, named.clone());
    let (key, kind) = match kind {
        NoticeKind::Alert => ("line-alert", MailKind::Alert),
        NoticeKind::Cluster => ("line-cluster", MailKind::Cluster),
    };
    let said = Said { policy, wording, language, kind, named: &named };
    let withheld = match page {
        None => said.withheld(),
        Some(_) => {
            let mut sentences = vec![said.say("line-withheld-page", &[])];
            if policy.notices.inquiry == Inquiry::Refuse {
                sentences.push(said.say("mail-no-answers", &[]));
            }
            sentences
        }
    };
    let page = page.map_or_else(String::new, |link| said.say("line-page", &[("link", link)]));
    let mut values = said.of_notice(&withheld);
    values.push(("page", page));
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    without_gaps(&said.say(key, &values)).trim_end().to_owned()
}

/// What is wrong with what a policy can say on LINE, in one language: sentences that the language lacks, and points
/// that a notice must make (E17).
pub fn faults(policy: &Policy, wording: &Wording, language: &str) -> Vec<String> {
    let words = include_str!("../../wording/line.ja.ftl");
    let keys = words.lines().filter_map(|line| line.split_once(" =").map(|(key, _)| key));
    let ours = keys.filter(|key| key.starts_with("line-") && !wording.has(language, key));
    let mut found: Vec<String> = ours.map(|key| format!("lacks the sentence {key}")).collect();
    for kind in [NoticeKind::Alert, NoticeKind::Cluster] {
        let text = notice(policy, wording, language, kind, &Named::Nothing, None);
        let missing = lacks(policy, wording, language, kind, &text);
        found.extend(missing.iter().map(|point| format!("a notice by LINE does not say {}", point.key())));
    }
    found
}

/// The points that a notice by LINE lacks, as [`super::lint()`] looks for them in mails.
pub fn lacks(policy: &Policy, wording: &Wording, language: &str, kind: NoticeKind, text: &str) -> Vec<Point> {
    let kind = if kind == NoticeKind::Alert { MailKind::Alert } else { MailKind::Cluster };
    let said = Said { policy, wording, language, kind, named: &Named::Nothing };
    let missing = |point: &&Point| !text.contains(&said.point(point.key()));
    policy.notices.points.iter().filter(missing).copied().collect()
}
