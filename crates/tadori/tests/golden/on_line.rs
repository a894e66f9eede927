//! What a pack says on LINE, where it has that channel.

use std::fmt::Write as _;

use domain::clock::Instant;
use domain::line::LineReply;
use domain::message::{Named, line};
use domain::notice::NoticeKind;
use domain::policy::{ClusterTrigger, NamingAlert, NamingCluster, Policy, Way};
use domain::service_day::ServiceDay;
use domain::wording::Wording;

use crate::world::START;

/// Answers to who writes to the account, and notices, in each language of the pack that LINE is spoken in.
pub fn said(policy: &Policy, wording: &Wording) -> String {
    let mut all = String::new();
    if !policy.channels.has(Way::Line) {
        return all;
    }
    for language in policy.notices.languages.iter().filter(|language| *language != "ja-easy") {
        for (name, reply) in replies(START) {
            let answer = line::answer(policy, wording, language, &reply);
            writeln!(all, "──── line-{name}.{language}\n{}\n", answer.text).unwrap();
            if let Some(button) = answer.button {
                writeln!(all, "{} [{}]\n", button.question, button.label).unwrap();
            }
        }
        for (name, kind, named) in notices(policy) {
            let page = line::has_page(policy, &named).then_some("https://tadori.sample.example/n/…");
            let text = line::notice(policy, wording, language, kind, &named, page);
            assert!(line::lacks(policy, wording, language, kind, &text).is_empty(), "{name}.{language}");
            writeln!(all, "──── line-{name}.{language}\n{text}\n").unwrap();
        }
    }
    all
}

fn replies(at: Instant) -> [(&'static str, LineReply); 5] {
    let venue = || "見本食堂".to_owned();
    [
        ("welcome", LineReply::Welcome),
        ("consent", LineReply::AskConsent { venue: venue(), data: String::new() }),
        ("checked-in", LineReply::CheckedIn { venue: venue(), at }),
        ("join-first", LineReply::JoinFirst),
        ("unknown-code", LineReply::UnknownCode),
    ]
}

/// The notices that the policy has, naming what it lets them name.
fn notices(policy: &Policy) -> Vec<(&'static str, NoticeKind, Named)> {
    let place = || Named::Place {
        venue: "見本食堂".to_owned(),
        days: vec![ServiceDay::parse("2026-11-22").unwrap()],
    };
    let named = |names: bool| if names { place() } else { Named::Nothing };
    let notices = &policy.notices;
    let mut all =
        vec![("alert", NoticeKind::Alert, named(notices.naming_alert == NamingAlert::VenueAndDate))];
    if notices.cluster == ClusterTrigger::Officer {
        all.push(("cluster", NoticeKind::Cluster, named(notices.naming_cluster == NamingCluster::Always)));
    }
    all
}
