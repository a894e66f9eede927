//! Venues brought in as a table (C9): every bad line is told, and nothing is registered unless all are good.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{Multipart, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::ledger::Act;
use domain::venue::VenueKind;
use seal::office::OfficeSealer;
use serde_json::{Value, json};
use store::StoreError;
use store::arrivals::NewOperatorMail;
use store::venues::Registration;

use crate::answer::see;
use crate::error::ConsoleError;
use crate::form::{Fields, Say, accepted};
use crate::officer::session::{SignedIn, failed};
use crate::officer::venue_table::{self, Encoding, LINES, Table};
use crate::operator::enrol::enrol;
use crate::state::{Common, Console};

/// The largest file, in bytes.
const LARGEST: usize = 5 * 1024 * 1024;

/// The largest request: the file, and what a browser writes around it.
pub(crate) const LARGEST_REQUEST: usize = LARGEST + 64 * 1024;

/// Bad lines that are shown; the rest is counted.
const SHOWN: usize = 200;

/// The form, or what came of it.
pub(crate) async fn get(
    State(console): State<Console>,
    officer: SignedIn,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, ConsoleError> {
    if !offered(&console) {
        return Ok(officer.not_found(&console));
    }
    let number = |name: &str| query.get(name).and_then(|number| number.parse::<u64>().ok());
    let result = number("new").map(|new| {
        json!({ "new": new, "known": number("known").unwrap_or(0), "twice": number("twice").unwrap_or(0) })
    });
    show(&console, &officer, StatusCode::OK, "", &Table::default(), result.unwrap_or(Value::Null)).await
}

/// The header of a table, to be filled in.
pub(crate) async fn template(
    State(console): State<Console>,
    officer: SignedIn,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if !offered(&console) {
        return officer.not_found(&console);
    }
    let columns = venue_table::columns(&console.0.common);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let written = writer.write_record(columns.iter().map(|column| column.labels[1].as_str()));
    let text = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    let bytes = if query.get("encoding").is_some_and(|word| word == "shift_jis") {
        encoding_rs::SHIFT_JIS.encode(&String::from_utf8_lossy(&text)).0.into_owned()
    } else {
        // With the mark by which spreadsheets know UTF-8.
        [b"\xef\xbb\xbf".as_slice(), &text].concat()
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv"));
    headers
        .insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"venues.csv\""));
    response
}

/// Reads a table; registers all of it, or says what is wrong with every line.
pub(crate) async fn post(
    State(console): State<Console>,
    officer: SignedIn,
    parts: Multipart,
) -> Result<Response, ConsoleError> {
    if !offered(&console) {
        return Ok(officer.not_found(&console));
    }
    let refused = async |status, wrong: &str| {
        show(&console, &officer, status, wrong, &Table::default(), Value::Null).await
    };
    let Some((fields, file)) = received(parts).await else {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "ファイルは5MBまでです。分けて取り込んでください。")
            .await;
    };
    if accepted(&console.0.common, &fields, &officer.token_hash).is_none() {
        return Ok(officer.form_expired(&console));
    }
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    if file.is_empty() {
        return refused(unprocessable, "ファイルを選んでください。").await;
    }
    let Ok(_turn) = console.0.importing.try_acquire() else {
        return refused(
            StatusCode::CONFLICT,
            "ほかの取り込みが進んでいます。終わってから、もう一度お試しください。",
        )
        .await;
    };
    let Some(text) = venue_table::decoded(&file, Encoding::parse(fields.get("encoding"))) else {
        return refused(unprocessable, "文字コードを読み取れません。UTF-8かShift_JISで保存してください。")
            .await;
    };
    let failed = failed(&console);
    let Some(sealer) = console.0.common.office_sealer().await.map_err(&failed)? else {
        return refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "いまは登録できません。時間をおいて、もう一度お試しください。",
        )
        .await;
    };
    let own = console.clone();
    let read = tokio::task::spawn_blocking(move || {
        let mut table = venue_table::read(&own.0.common, &text);
        let new = if table.faults.is_empty() {
            enrolled(&own.0.common, &sealer, &mut table)
        } else {
            Some(Vec::new())
        };
        (table, new)
    });
    let (table, new) = match read.await {
        Ok((table, Some(new))) => (table, new),
        _ => {
            let words = "取り込めませんでした。時間をおいて、もう一度お試しください。";
            return refused(StatusCode::SERVICE_UNAVAILABLE, words).await;
        }
    };
    if !table.faults.is_empty() {
        return show(&console, &officer, unprocessable, "", &table, Value::Null).await;
    }
    let new = register(&console, &officer, &new).await.map_err(&failed)?;
    Ok(see(&format!("/venues/import?new={}&known={}&twice={}", new.0, new.1, table.twice)))
}

/// How many are new, and how many had been registered before.
async fn register(
    console: &Console,
    officer: &SignedIn,
    all: &[(Registration, Option<NewOperatorMail>)],
) -> Result<(u64, u64), StoreError> {
    let common = &console.0.common;
    // Recorded first: the two zones share no transaction.
    let entry = officer.entry(common.clock.now(), Act::VenuesImported, "", format!("CSV {}件", all.len()));
    console.0.office.record(&entry).await?;
    let new = common.intake.import_venues(all).await?;
    Ok((new, u64::try_from(all.len()).unwrap_or(u64::MAX).saturating_sub(new)))
}

fn enrolled(
    common: &Common,
    sealer: &OfficeSealer,
    table: &mut Table,
) -> Option<Vec<(Registration, Option<NewOperatorMail>)>> {
    let entries = std::mem::take(&mut table.entries).into_iter();
    let all = entries.map(|entry| {
        // Thousands of posters can't be printed in one request: the mail has the link to each.
        let made =
            enrol(common, sealer, entry.venue, &entry.operator, Vec::new(), entry.identity, Vec::new())?;
        Some((made.registration, made.mail))
    });
    all.collect()
}

/// The form's fields and its file; `None` if it is too large or breaks off.
async fn received(mut parts: Multipart) -> Option<(Fields, Bytes)> {
    let (mut fields, mut file) = (Vec::new(), Bytes::new());
    while let Some(part) = parts.next_field().await.ok()? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            file = part.bytes().await.ok()?;
        } else {
            fields.push((name, part.text().await.ok()?));
        }
    }
    (file.len() <= LARGEST).then(|| (Fields::of(fields), file))
}

fn offered(console: &Console) -> bool {
    console.0.common.pack.policy.venues.bulk_import
}

async fn show(
    console: &Console,
    officer: &SignedIn,
    status: StatusCode,
    wrong: &str,
    table: &Table,
    result: Value,
) -> Result<Response, ConsoleError> {
    let common = &console.0.common;
    let say = Say { common, lang: "ja" };
    let venues = &common.pack.policy.venues;
    let kinds: Vec<String> = VenueKind::ALL
        .into_iter()
        .filter(|kind| venues.kinds.contains(kind))
        .map(|kind| say.text(&format!("field-kind-{}", kind.as_str()), &[]))
        .collect();
    let values = |name: &str| match name {
        "kind" => kinds.join("、"),
        "category" => venues.categories.iter().map(|own| own.label.as_str()).collect::<Vec<_>>().join("、"),
        "starts_on" | "ends_on" => "イベントのとき。2026-11-22 または 2026/11/22".to_owned(),
        "seats" | "floor_m2" | "participants" | "daily_users" => "業種が求めるとき".to_owned(),
        _ => String::new(),
    };
    let columns: Vec<Value> = venue_table::columns(common)
        .iter()
        .map(|column| {
            json!({
                "name": column.name,
                "label": column.labels[1],
                "required": column.required,
                "values": values(column.name),
            })
        })
        .collect();
    let faults: Vec<Value> = table
        .faults
        .iter()
        .take(SHOWN)
        .map(|fault| json!({ "line": fault.line, "column": fault.column, "reason": fault.reason }))
        .collect();
    let errors = match (wrong, table.faults.len()) {
        ("", 0) => json!([]),
        ("", count) => {
            let message = format!(
                "ファイルの{count}か所に誤りがあるため、1件も登録していません。直して、もう一度取り込んでください。"
            );
            json!([{ "field": "", "message": message }])
        }
        (wrong, _) => json!([{ "field": "", "message": wrong }]),
    };
    let context = json!({
        "errors": errors,
        "error_for": {},
        "form": {},
        "columns": columns,
        "faults": faults,
        "all_faults": table.faults.len(),
        "result": result,
        "most_lines": LINES,
    });
    officer.page(console, status, "officer/venues_import.html", context).await
}
