//! The ledger: who did what, and whether the chain is whole.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use store::StoreError;
use store::ledger::Verified;

use crate::error::ConsoleError;
use crate::officer::session::{SignedIn, failed, moment};
use crate::state::{Console, KnownLedger};

/// Entries on a page.
const ENTRIES: i64 = 100;

/// For how long what was found whole is believed to be whole still.
const BELIEVED: Duration = Duration::from_secs(3600);

/// The page.
pub(crate) async fn get(
    State(console): State<Console>,
    officer: SignedIn,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
    let before = query.get("before").and_then(|before| before.parse().ok());
    let entries = console.0.office.ledger(before, ENTRIES).await.map_err(&failed)?;
    let newest = console.0.office.ledger(None, 1).await.map_err(&failed)?;
    let (verified, broken_at) = match verified(&console).await.map_err(&failed)? {
        Verified::Whole { .. } => (true, None),
        Verified::BrokenAt(seq) => (false, Some(seq)),
    };
    let shown: Vec<Value> = entries
        .iter()
        .map(|entry| {
            json!({
                "seq": entry.seq,
                "at": moment(common, entry.at),
                "actor": entry.actor,
                "act": entry.act,
                "subject": entry.subject,
                "detail": entry.detail,
                "hash": entry.hash.to_string()[..12],
            })
        })
        .collect();
    let context = json!({
        "verified": verified,
        "verified_at": moment(common, common.clock.now()),
        "broken_at": broken_at,
        "total": newest.first().map_or(0, |entry| entry.seq),
        "head_hash": newest.first().map_or_else(String::new, |entry| entry.hash.to_string()),
        "older": entries.last().map(|entry| entry.seq).filter(|seq| *seq > 1),
        "entries": shown,
    });
    officer.page(&console, StatusCode::OK, "officer/ledger.html", context).await
}

/// Whether the chain is whole: what was found whole a short while ago is believed, what follows is read.
async fn verified(console: &Console) -> Result<Verified, StoreError> {
    let (office, now) = (&console.0.office, console.0.common.clock.now());
    let known = console.0.ledger.lock().ok().and_then(|known| *known);
    let known = known.filter(|known| now.since(known.whole_at) < BELIEVED);
    let verified = match known {
        Some(known) => office.verify_ledger_from(known.seq, known.head).await?,
        None => office.verify_ledger().await?,
    };
    let whole_at = known.map_or(now, |known| known.whole_at);
    let found = match verified {
        Verified::Whole { entries, head } if entries > 0 => {
            i64::try_from(entries).ok().map(|seq| KnownLedger { seq, head, whole_at })
        }
        // What is broken is read from its beginning each time, until it is known where.
        _ => None,
    };
    if let Ok(mut known) = console.0.ledger.lock() {
        *known = found;
    }
    Ok(verified)
}
