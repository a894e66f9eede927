//! The pages of the pack: what the system is, what it promises, and the proof of what it erased.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::faq::Audience;
use domain::message::{self, MailKind, Named, Written, lint};
use domain::notice::NoticeKind;
use domain::policy::Way;
use domain::threshold::Row;
use domain::venue::SizeMeasure;
use serde_json::{Value, json};

use super::own_pages;
use crate::answer::page;
use crate::error::failed;
use crate::form::{Lang, Say};
use crate::policy_facts::facts;
use crate::state::{Common, Public};

/// Two doors: visitors and operators (OSK-35, OSK-36).
pub(crate) async fn portal(State(public): State<Public>, Lang(lang): Lang) -> Response {
    plain(&public, lang, "pages/portal.html", "/", json!({}))
}

/// The visitors' guide, with the mails as they will arrive (OSK-11, OSK-17 to OSK-30).
pub(crate) async fn visitors(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let common = &public.0.common;
    let (policy, wording) = (&common.pack.policy, &common.pack.wording);
    let say = Say { common, lang };
    let mails = lint::to_visitors(policy, wording, policy.notices.language(lang));
    let channels = &policy.channels;
    let mut samples: Vec<Value> = Vec::new();
    if channels.mails() {
        samples.extend(mails.iter().map(|mail| sample(&say, mail)));
    }
    if channels.has(Way::Line) {
        samples.extend(mails.iter().filter_map(|mail| line_sample(&say, mail)));
    }
    let related = own_pages::in_guide(&common.pack, lang);
    let context = json!({ "samples": samples, "related": related });
    plain(&public, lang, "pages/visitors.html", "/visitors", context)
}

/// The same notice as it stands in a chat on LINE; a check-in is answered there at once.
fn line_sample(say: &Say<'_>, mail: &Written) -> Option<Value> {
    let pack = &say.common.pack;
    let kind = match mail.kind {
        MailKind::Alert => NoticeKind::Alert,
        MailKind::Cluster => NoticeKind::Cluster,
        MailKind::Confirmation | MailKind::Operator => return None,
    };
    let example = format!("{}/n/…", say.common.public_url);
    let page = message::line::has_page(&pack.policy, &mail.named).then_some(example.as_str());
    let (policy, wording) = (&pack.policy, &pack.wording);
    let body = message::line::notice(policy, wording, &mail.language, kind, &mail.named, page);
    let mut shown = sample(say, mail);
    shown["title"] = json!(format!("{} (LINE)", shown["title"].as_str().unwrap_or_default()));
    shown["subject"] = json!("");
    shown["body"] = json!(body);
    Some(shown)
}

/// A mail with what it is and what it names.
fn sample(say: &Say<'_>, mail: &Written) -> Value {
    let key = match mail.kind {
        MailKind::Confirmation | MailKind::Operator => "sample-confirmation",
        MailKind::Alert => "sample-alert",
        MailKind::Cluster => "sample-cluster",
    };
    let title = say.text(key, &[]);
    let title = match mail.named {
        Named::Nothing => title,
        Named::Days(_) => say.text("sample-days", &[("title", &title)]),
        Named::Place { .. } => say.text("sample-place", &[("title", &title)]),
    };
    let lang = if mail.language == "ja-easy" { "ja" } else { mail.language.as_str() };
    json!({ "title": title, "lang": lang, "subject": mail.text.subject, "body": mail.text.body })
}

/// The operators' guide and the places that are covered (OSK-7 to OSK-10, OSK-37 to OSK-40).
pub(crate) async fn operators(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let pack = &public.0.common.pack;
    let venues = &pack.policy.venues;
    let types = venues.categories.iter().map(|category| category.label.as_str());
    let scope: Vec<&str> = venues.scope.iter().map(String::as_str).chain(types).collect();
    let context = json!({ "scope": scope, "rules": crate::operator::rules::rules(pack) });
    plain(&public, lang, "pages/operators.html", "/operators", context)
}

/// Questions and answers for both sides (OSK-33).
pub(crate) async fn faq(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let groups: Vec<Value> = Audience::ALL.into_iter().map(|audience| group(&public, audience)).collect();
    plain(&public, lang, "pages/faq.html", "/faq", json!({ "faq": groups }))
}

fn group(public: &Public, audience: Audience) -> Value {
    let entries = public.0.common.pack.faq.of(audience);
    let entries: Vec<Value> = entries
        .map(|entry| json!({ "id": entry.id, "question": entry.question, "answer": entry.answer }))
        .collect();
    json!({ "audience": audience.as_str(), "entries": entries })
}

/// What is kept, for what, how long (OSK-28 to OSK-32, GEN-2).
pub(crate) async fn privacy(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let policy = &public.0.common.pack.policy;
    let own = !lang.starts_with("ja") && policy.pages.disclaimer_en.is_some();
    let disclaimer = json!({
        "text": policy.pages.disclaimer(lang),
        "lang": if own { lang } else { "ja" },
    });
    let context = json!({ "disclaimer": disclaimer, "enquiry": policy.venues.inquiry_form });
    plain(&public, lang, "pages/privacy.html", "/privacy", context)
}

/// The table of base numbers (OSK-14, OSK-15).
pub(crate) async fn thresholds(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let common = &public.0.common;
    let pack = &common.pack;
    let Some(table) = &pack.thresholds else {
        let context = json!({ "comparator": "ge", "version": "", "levels": [] });
        return plain(&public, lang, "pages/thresholds.html", "/thresholds", context);
    };
    let version = table.in_force(pack.policy.calendar.day_of(common.clock.now()));
    let mut levels: Vec<&str> = version.rows.iter().map(|row| row.level.as_str()).collect();
    levels.dedup();
    levels.sort_unstable();
    levels.dedup();
    let say = Say { common, lang };
    let shown: Vec<Value> = levels
        .into_iter()
        .map(|level| {
            let own = pack.policy.venues.categories.iter().filter(|category| category.level == level);
            let types: Vec<&str> = own.map(|category| category.label.as_str()).collect();
            let rows: Vec<Value> = version
                .rows
                .iter()
                .filter(|row| row.level == level)
                .map(|row| json!({ "measure": measure(&say, row.measure), "band": band(row), "count": row.cases }))
                .collect();
            json!({ "label": format!("区分{level}"), "types": types.join("、"), "rows": rows })
        })
        .collect();
    let context = json!({
        "comparator": "ge",
        "version": version.id,
        "valid_from": version.valid_from.to_string(),
        "source": version.source,
        "levels": shown,
    });
    plain(&public, lang, "pages/thresholds.html", "/thresholds", context)
}

/// The public record of erased days (OSK-30).
pub(crate) async fn erasures(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let common = &public.0.common;
    let stored = match common.intake.erasures(100).await {
        Ok(stored) => stored,
        Err(error) => return failed(common, lang, "/erasures", &error),
    };
    let calendar = &common.pack.policy.calendar;
    let shown: Vec<Value> = stored
        .iter()
        .map(|erasure| {
            json!({
                "service_day": erasure.day.to_string(),
                "erased_at": calendar.wall_clock(erasure.erased_at).replace(' ', "T"),
                "check_ins": erasure.erased.check_ins,
                "index_rows": erasure.erased.index_rows,
                "outbox_rows": erasure.erased.outbox_rows,
                "verified": erasure.verified,
            })
        })
        .collect();
    plain(&public, lang, "pages/erasures.html", "/erasures", json!({ "erasures": shown }))
}

/// A page of facts.
pub(super) fn plain(public: &Public, lang: &str, name: &str, here: &str, mut context: Value) -> Response {
    let common: &Common = &public.0.common;
    context["here"] = json!(here);
    context["policy"] = facts(&common.pack);
    context["never_done"] = json!(message::never(&common.pack.policy, &common.pack.wording, lang));
    page(common, StatusCode::OK, name, lang, context)
}

fn measure(say: &Say<'_>, measure: SizeMeasure) -> String {
    say.text(&format!("field-{}", measure.as_str()), &[])
}

/// A row's sizes in words.
pub(crate) fn band(row: &Row) -> String {
    let unit = match row.measure {
        SizeMeasure::Seats => "席",
        SizeMeasure::FloorM2 => "㎡",
        SizeMeasure::Participants | SizeMeasure::DailyUsers => "人",
    };
    match (row.at_least, row.below) {
        (0, None) => "すべて".to_owned(),
        (0, Some(below)) => format!("{below}{unit}未満"),
        (from, None) => format!("{from}{unit}以上"),
        (from, Some(below)) => format!("{from}{unit}以上 {below}{unit}未満"),
    }
}
