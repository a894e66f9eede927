//! An officer enters a case with what the interview brought: no registration by the patient is needed, and
//! no contact is asked for (HYG-8, STM-15, and why the systems of 2020 failed: DESIGN section 1).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::case::{CaseReference, CaseSource, InterviewVisit};
use domain::exposure::Window;
use domain::id::{CaseId, VenueId};
use domain::ledger::Act;
use domain::service_day::ServiceDay;
use domain::text;
use domain::venue::Venue;
use serde_json::{Value, json};
use store::StoreError;
use store::cases::{CaseRecord, CaseState};

use crate::answer::see;
use crate::error::ConsoleError;
use crate::form::{Errors, Fields, Say, accepted};
use crate::officer::session::{SignedIn, failed};
use crate::state::Console;
use crate::visitor::report::dates;

/// Rows of visits in the form.
const ROWS: usize = 5;

/// Venues offered for a name.
const CANDIDATES: i64 = 8;

/// The form.
pub(crate) async fn get(State(console): State<Console>, officer: SignedIn) -> Result<Response, ConsoleError> {
    let mut form = json!({
        "reference": "", "has_symptoms": "", "onset_on": "", "sampled_on": "", "positive_on": "",
        "close_contacts_identified": "",
    });
    form["visits"] = vec![json!({ "venue": "", "visited_on": "", "from": "", "to": "" }); ROWS].into();
    show(&console, &officer, StatusCode::OK, form, &Errors::default()).await
}

/// One row as it was typed.
struct Typed<'a> {
    venue: &'a str,
    visited_on: &'a str,
    from: &'a str,
    to: &'a str,
    choice: &'a str,
}

/// The entry itself.
pub(crate) async fn post(
    State(console): State<Console>,
    officer: SignedIn,
    fields: Fields,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
    let Some(nonce) = accepted(common, &fields, &officer.token_hash) else {
        return Ok(officer.form_expired(&console));
    };
    let say = Say { common, lang: "ja" };
    let mut errors = Errors::default();
    let reference = CaseReference::parse(fields.get("reference"))
        .map_err(|error| errors.add("reference", say.line(error, "field-reference")))
        .ok();
    let dates = dates(&fields, &say, common, &mut errors);
    let mut form = fields.kept(&[
        "reference",
        "has_symptoms",
        "onset_on",
        "sampled_on",
        "positive_on",
        "close_contacts_identified",
    ]);
    let mut visits = Vec::new();
    let mut shown = Vec::new();
    for (number, typed) in (1..).zip(rows(&fields)) {
        let (found, candidates) = visit(&console, &typed, number, &mut errors).await.map_err(&failed)?;
        visits.extend(found);
        shown.push(json!({
            "venue": typed.venue, "visited_on": typed.visited_on, "from": typed.from, "to": typed.to,
            "candidates": candidates,
        }));
    }
    if visits.is_empty() && errors.is_empty() {
        errors.add("visits-1", "行った施設を1つ以上入力してください。");
    }
    form["visits"] = shown.into();
    let (true, Some(reference), Some(dates)) = (errors.is_empty(), reference, dates) else {
        return show(&console, &officer, StatusCode::UNPROCESSABLE_ENTITY, form, &errors).await;
    };
    let now = common.clock.now();
    let case = CaseRecord {
        // The form's nonce: sent twice, it is one case.
        id: CaseId::from_random(*nonce.as_bytes()),
        reference,
        source: CaseSource::Officer,
        window: Window::of(&dates, &common.pack.policy.disease),
        dates,
        received_at: now,
        entered_by: officer.name.clone(),
        contacts_sealed: None,
        close_contacts: !fields.get("close_contacts_identified").is_empty(),
        state: CaseState::Received,
        matched_at: None,
    };
    let mut tx = console.0.office.begin().await.map_err(&failed)?;
    if tx.add_case(&case, &visits).await.map_err(&failed)? {
        let detail = format!("利用{}件", visits.len());
        let entry = officer.entry(now, Act::CaseEntered, case.reference.as_str(), detail);
        tx.record(&entry).await.map_err(&failed)?;
    }
    tx.commit().await.map_err(&failed)?;
    Ok(see(&format!("/cases/{}", case.id)))
}

fn rows(fields: &Fields) -> Vec<Typed<'_>> {
    let (venues, days) = (fields.all("venue"), fields.all("visited_on"));
    let (from, to) = (fields.all("from"), fields.all("to"));
    (0..venues.len().clamp(ROWS, 20))
        .map(|row| Typed {
            venue: venues.get(row).copied().unwrap_or_default(),
            visited_on: days.get(row).copied().unwrap_or_default(),
            from: from.get(row).copied().unwrap_or_default(),
            to: to.get(row).copied().unwrap_or_default(),
            choice: fields.get(&format!("venue_choice_{}", row + 1)),
        })
        .collect()
}

/// Reads one row: the visits it means, and the venues it might mean.
///
/// A visit that ends before it began went past midnight, and so touches two service days.
async fn visit(
    console: &Console,
    typed: &Typed<'_>,
    number: usize,
    errors: &mut Errors,
) -> Result<(Vec<InterviewVisit>, Vec<Value>), StoreError> {
    let field = format!("visits-{number}");
    if [typed.venue, typed.visited_on, typed.from, typed.to].iter().all(|value| value.trim().is_empty()) {
        return Ok((Vec::new(), Vec::new()));
    }
    let name = match text::line(typed.venue, 60) {
        Ok(name) => name,
        Err(text::TextError::Missing) => {
            errors.add(field, "施設の登録番号か名称を入力してください。");
            return Ok((Vec::new(), Vec::new()));
        }
        Err(_) => {
            errors.add(field, "施設の登録番号か名称に、使えない文字があるか、長すぎます。");
            return Ok((Vec::new(), Vec::new()));
        }
    };
    let today = console.0.common.pack.policy.calendar.day_of(console.0.common.clock.now());
    let Some(day) = ServiceDay::parse(typed.visited_on.trim()) else {
        errors.add(field, "利用日を入力してください。");
        return Ok((Vec::new(), Vec::new()));
    };
    if day > today {
        errors.add(field, "利用日に、これから先の日は入力できません。");
        return Ok((Vec::new(), Vec::new()));
    }
    let (from, to) = (typed.from.trim(), typed.to.trim());
    let overnight = !from.is_empty() && !to.is_empty() && to < from && day < today;
    let (venue, candidates) = match find(console, &name, typed.choice).await? {
        Found::One(venue) => (Some(venue), Vec::new()),
        Found::None => (None, Vec::new()),
        Found::Several(venues) => {
            errors.add(field, format!("当てはまる施設が{}件あります。選んでください。", venues.len()));
            return Ok((Vec::new(), venues.iter().map(|venue| candidate(console, venue)).collect()));
        }
    };
    let visit = |day| InterviewVisit {
        venue: venue.as_ref().map(|venue| venue.id),
        venue_text: venue.as_ref().map_or_else(|| name.clone(), |venue| venue.name.as_str().to_owned()),
        day,
    };
    let days = if overnight { vec![day, day.plus_days(1)] } else { vec![day] };
    Ok((days.into_iter().map(visit).collect(), candidates))
}

/// What an officer's words for a venue lead to.
pub(crate) enum Found {
    /// No venue of ours.
    None,
    /// Exactly one.
    One(Box<Venue>),
    /// Several: the officer chooses.
    Several(Vec<Venue>),
}

/// Finds a venue by the officer's choice, by its registration number, or by its name.
pub(crate) async fn find(console: &Console, typed: &str, choice: &str) -> Result<Found, StoreError> {
    let intake = &console.0.common.intake;
    for number in [choice, typed] {
        if let Some(id) = VenueId::parse(number)
            && let Some(venue) = intake.venue(id).await?
        {
            return Ok(Found::One(Box::new(venue)));
        }
    }
    let mut venues = intake.find_venues(typed, CANDIDATES).await?;
    if venues.len() > 1
        && let Some(exact) = venues.iter().position(|venue| venue.name.as_str() == typed)
        && venues.iter().filter(|venue| venue.name.as_str() == typed).count() == 1
    {
        return Ok(Found::One(Box::new(venues.swap_remove(exact))));
    }
    Ok(match venues.len() {
        0 => Found::None,
        1 => Found::One(Box::new(venues.swap_remove(0))),
        _ => Found::Several(venues),
    })
}

/// A venue to choose, as templates read it.
pub(crate) fn candidate(console: &Console, venue: &Venue) -> Value {
    let category = console.0.common.pack.category(&venue.category);
    json!({
        "number": venue.id.to_string(),
        "name": venue.name.as_str(),
        "category": category.map_or(venue.category.as_str(), |category| category.label.as_str()),
        "address": venue.address,
    })
}

async fn show(
    console: &Console,
    officer: &SignedIn,
    status: StatusCode,
    form: Value,
    errors: &Errors,
) -> Result<Response, ConsoleError> {
    let context = json!({ "form": form, "errors": errors.list(), "error_for": errors.by_field() });
    officer.page(console, status, "officer/case_new.html", context).await
}
