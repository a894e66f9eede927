//! Channels: how many messages wait on each, the month's quota at LINE, and an officer's stop.
//!
//! A channel can be switched off within seconds, as ministries had to in 2021, without losing anybody: what is to
//! go by it waits, the others go on. The quota is what the worker has asked LINE for; this door can't call it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::clock::Instant;
use domain::contact::Channel;
use domain::ledger::Act;
use domain::policy::Way;
use domain::text;
use serde_json::{Value, json};
use store::StoreError;

use crate::answer::see;
use crate::error::ConsoleError;
use crate::form::{Errors, Fields};
use crate::officer::reason::wrong_reason;
use crate::officer::session::{OwnForm, SignedIn, failed, moment};
use crate::state::{Common, Console};

/// The longest reason.
const REASON: usize = 200;

/// So long after its last answer LINE is said not to answer: the worker asks every ten minutes.
const STALE: Duration = Duration::from_secs(30 * 60);

/// The month at LINE, as the worker last heard it.
struct Month {
    limit: Option<u64>,
    used: u64,
    included: u64,
    yen_per_thousand: u64,
    at: Instant,
}

impl Month {
    /// As the worker wrote it.
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let limit = match words.next()? {
            "-" => None,
            number => Some(number.parse().ok()?),
        };
        let mut number = || words.next()?.parse::<u64>().ok();
        let (used, included, yen_per_thousand) = (number()?, number()?, number()?);
        let at = Instant::from_micros(i64::try_from(number()?).ok()?);
        Some(Self { limit, used, included, yen_per_thousand, at })
    }

    fn left(&self) -> Option<u64> {
        self.limit.map(|limit| limit.saturating_sub(self.used))
    }

    /// What so many more messages cost, in yen, rounded up.
    fn cost(&self, more: u64) -> u64 {
        let beyond = |sent: u64| sent.saturating_sub(self.included);
        let charged = beyond(self.used.saturating_add(more)) - beyond(self.used);
        charged.saturating_mul(self.yen_per_thousand).div_ceil(1_000)
    }
}

async fn month(console: &Console) -> Result<Option<Month>, StoreError> {
    let text = console.0.office.setting("line_quota").await?;
    Ok(text.and_then(|text| Month::parse(&text)))
}

/// The month for a page; `more` is how many messages a notice would add at most. `null` without LINE, or before
/// the worker has asked.
pub(crate) async fn month_for(console: &Console, more: u64) -> Result<Value, StoreError> {
    let common = &console.0.common;
    if !common.pack.policy.channels.has(Way::Line) {
        return Ok(Value::Null);
    }
    let Some(month) = month(console).await? else { return Ok(json!({ "known": false })) };
    Ok(json!({
        "known": true,
        "limit": month.limit,
        "used": month.used,
        "left": month.left(),
        "cost": month.cost(more),
        "short": month.left().is_some_and(|left| left < more),
        "at": moment(common, month.at),
        "stale": common.clock.now().since(month.at) > STALE,
    }))
}

/// What became of a notice on each channel.
pub(crate) async fn by_channel(
    console: &Console,
    notice: domain::id::NoticeId,
) -> Result<Vec<Value>, StoreError> {
    let progress = console.0.office.channel_progress(notice).await?;
    if channels(&console.0.common).len() == 1 && progress.iter().all(|one| one.unknown == 0) {
        return Ok(Vec::new());
    }
    let told = progress.iter().filter(|one| !one.channel.is_empty());
    Ok(told
        .map(|one| {
            json!({
                "channel": name(&one.channel), "waiting": one.waiting, "sent": one.sent,
                "failed": one.failed, "blocked": one.blocked, "unknown": one.unknown,
            })
        })
        .collect())
}

/// How many of those who are to be told are reached in each way: what an officer sees before the approval.
pub(crate) fn recipients_by(common: &Common, ways: &BTreeMap<String, u64>) -> Vec<Value> {
    if channels(common).len() == 1 {
        return Vec::new();
    }
    let of = |way: &str| ways.get(way).copied().unwrap_or(0);
    ways.keys()
        .map(|way| match way.as_str() {
            "blocked" => json!({ "way": "LINEをブロック（届きません）", "people": of(way) }),
            _ => json!({ "way": name(way), "people": of(way) }),
        })
        .collect()
}

fn name(channel: &str) -> &'static str {
    match channel {
        "line" => "LINE",
        "push" => "アプリの通知",
        _ => "メール",
    }
}

fn channels(common: &Common) -> Vec<Channel> {
    let mut found = vec![Channel::Email];
    if common.pack.policy.channels.has(Way::Line) {
        found.push(Channel::Line);
    }
    if common.pack.policy.channels.has(Way::AppPwa) {
        found.push(Channel::Push);
    }
    found
}

/// The page.
pub(crate) async fn get(State(console): State<Console>, officer: SignedIn) -> Result<Response, ConsoleError> {
    show(&console, &officer, StatusCode::OK, &Fields::of(Vec::new()), &Errors::default()).await
}

/// Stops a channel, or puts it in use again, with the reason.
pub(crate) async fn post(
    State(console): State<Console>,
    OwnForm { officer, fields, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
    let channel = channels(common).into_iter().find(|one| one.as_str() == fields.get("channel"));
    let stop = match fields.get("act") {
        "stop" => Some(true),
        "resume" => Some(false),
        _ => None,
    };
    let mut errors = Errors::default();
    let again = async |errors: Errors| {
        show(&console, &officer, StatusCode::UNPROCESSABLE_ENTITY, &fields, &errors).await
    };
    let (Some(channel), Some(stop)) = (channel, stop) else {
        errors.add("", "連絡の方法を選んでください。");
        return again(errors).await;
    };
    let field = format!("reason_{}", channel.as_str());
    let reason = match text::line(fields.get(&field), REASON) {
        Ok(reason) => reason,
        Err(error) => {
            errors.add(field, wrong_reason(error, "理由"));
            return again(errors).await;
        }
    };
    let now = common.clock.now();
    let act = if stop { Act::ChannelStopped } else { Act::ChannelResumed };
    let mut tx = console.0.office.begin().await.map_err(&failed)?;
    if tx.set_channel_stop(channel, stop, &officer.name, now).await.map_err(&failed)? {
        tx.record(&officer.entry(now, act, name(channel.as_str()), reason)).await.map_err(&failed)?;
    }
    tx.commit().await.map_err(&failed)?;
    Ok(see("/channels"))
}

async fn show(
    console: &Console,
    officer: &SignedIn,
    status: StatusCode,
    fields: &Fields,
    errors: &Errors,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(console));
    let stops = console.0.office.channel_stops().await.map_err(&failed)?;
    let waiting = console.0.office.waiting_by_channel().await.map_err(&failed)?;
    let rows: Vec<Value> = channels(common)
        .into_iter()
        .map(|channel| {
            let word = channel.as_str();
            let stop = stops.iter().find(|stop| stop.channel == word);
            json!({
                "id": word,
                "name": name(word),
                "stopped": stop.is_some_and(|stop| stop.stopped),
                "by": stop.map_or("", |stop| stop.changed_by.as_str()),
                "at": stop.map(|stop| moment(common, stop.changed_at)),
                "other": common.pack.policy.channels.mails(),
                "waiting": waiting.iter().find(|(known, _)| known == word).map_or(0, |(_, n)| *n),
            })
        })
        .collect();
    let context = json!({
        "channels_of": rows,
        "month": month_for(console, 0).await.map_err(&failed)?,
        "form": fields.kept(&["reason_mail", "reason_line", "reason_push"]),
        "errors": errors.list(),
        "error_for": errors.by_field(),
    });
    officer.page(console, status, "officer/channels.html", context).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_notice_costs_is_what_lies_beyond_the_plan() {
        let month = Month::parse("5000 150 200 3000 0").unwrap();
        assert_eq!(
            (month.left(), month.cost(50), month.cost(51), month.cost(1_050)),
            (Some(4_850), 0, 3, 3_000)
        );
        let without = Month::parse("- 0 0 2500 0").unwrap();
        assert_eq!((without.left(), without.cost(1), without.cost(1_000)), (None, 3, 2_500));
        for wrong in ["", "x", "5000 1 2", "5000 1 2 3 -4"] {
            assert!(Month::parse(wrong).is_none(), "{wrong}");
        }
    }
}
