//! An officer enters a case with what the interview brought: no registration by the patient is needed, and
//! no contact is asked for (HYG-8, STM-15, and why the systems of 2020 failed: DESIGN section 1).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::case::{CaseReference, CaseSource, InterviewVisit};
use domain::exposure::Window;
use domain::id::{CaseId, VenueId};
use domain::ledger::Act;
use domain::policy::CloseContacts;
use domain::service_day::{Calendar, ServiceDay, minutes_of_day};
use domain::text;
use domain::time_band::{Reach, Span};
use domain::venue::Venue;
use serde_json::{Value, json};
use store::StoreError;
use store::cases::{CaseRecord, CaseState};

use crate::answer::see;
use crate::error::ConsoleError;
use crate::form::{Errors, Fields, Say};
use crate::officer::session::{OwnForm, SignedIn, failed};
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
    OwnForm { officer, fields, nonce }: OwnForm,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
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
        close_contacts: flagged(&console) && !fields.get("close_contacts_identified").is_empty(),
        state: CaseState::Received,
        matched_at: None,
    };
    if let Some(before) = console.0.office.case(case.id).await.map_err(&failed)?
        && (before.reference != case.reference || before.dates != case.dates)
    {
        // The officer went back and typed the next patient into a form that was entered already.
        errors.add(
            "reference",
            "前の入力は登録済みです。この内容でよければ、もう一度「入力して照合する」を押してください。",
        );
        return show(&console, &officer, StatusCode::UNPROCESSABLE_ENTITY, form, &errors).await;
    }
    let mut tx = console.0.office.begin().await.map_err(&failed)?;
    if tx.add_case(&case, &visits).await.map_err(&failed)? {
        let detail = format!("利用{}件", visits.len());
        let entry = officer.entry(now, Act::CaseEntered, "", detail);
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
    let (policy, now) = (&console.0.common.pack.policy, console.0.common.clock.now());
    let today = policy.newest_day(now);
    let Some(day) = ServiceDay::parse(typed.visited_on.trim()) else {
        errors.add(field, "利用日を入力してください。");
        return Ok((Vec::new(), Vec::new()));
    };
    // After midnight a time is told with a date whose service day hasn't begun.
    let told_by_the_clock = !(typed.from.trim().is_empty() && typed.to.trim().is_empty());
    let last = if told_by_the_clock { policy.calendar.date_of(now).max(today) } else { today };
    if day > last {
        errors.add(field, "利用日に、これから先の日は入力できません。");
        return Ok((Vec::new(), Vec::new()));
    }
    let (venue, candidates) = match find(console, &name, typed.choice).await? {
        Found::One(venue) => (Some(venue), Vec::new()),
        Found::None => (None, Vec::new()),
        Found::Several(venues) => {
            errors.add(field, format!("当てはまる施設が{}件あります。選んでください。", venues.len()));
            return Ok((Vec::new(), venues.iter().map(|venue| candidate(console, venue)).collect()));
        }
    };
    let calendar = match &venue {
        Some(venue) => policy.calendar_of(&venue.category),
        None => policy.calendar.clone(),
    };
    let Some((days, stay)) = days_of(&calendar, typed, day, calendar.day_of(now).max(day), policy.reach())
    else {
        errors.add(field, "時刻は 18:30 のように入力してください。");
        return Ok((Vec::new(), Vec::new()));
    };
    let visit = |day| InterviewVisit {
        venue: venue.as_ref().map(|venue| venue.id),
        venue_text: venue.as_ref().map_or_else(|| name.clone(), |venue| venue.full_name()),
        day,
        stay,
    };
    Ok((days.into_iter().map(visit).collect(), candidates))
}

/// The service days that a visit touches. A visit that ends before it began went past midnight; whether that
/// is another service day, the venue's calendar says. `None` if a time can't be read.
fn days_of(
    calendar: &Calendar,
    typed: &Typed<'_>,
    day: ServiceDay,
    today: ServiceDay,
    reach: Option<Reach>,
) -> Option<(Vec<ServiceDay>, Option<Span>)> {
    let read = |text: &str| match text.trim() {
        "" => Some(None),
        text => minutes_of_day(text).map(Some),
    };
    let (from, to) = (read(typed.from)?, read(typed.to)?);
    let past_midnight = from.zip(to).is_some_and(|(from, to)| to < from);
    let to = to.map(|to| if past_midnight { to + 24 * 60 } else { to });
    let moment = |minutes: Option<u32>| minutes.map(|minutes| calendar.at(day, minutes));
    let (from, to) = (moment(from), moment(to));
    let stay = reach.and_then(|reach| reach.stay_told(from, to));
    let (Some(from), Some(to)) = (from.or(to), to.or(from)) else { return Some((vec![day], None)) };
    let (first, last) = (calendar.day_of(from), calendar.day_of(to));
    Some((first.through(last.min(today)).collect(), stay))
}

/// Whether known close contacts keep a notice back here (E8).
fn flagged(console: &Console) -> bool {
    console.0.common.pack.policy.notices.close_contacts == CloseContacts::OfficerFlag
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

/// What an officer chooses who finds the place under none of the names offered.
pub(crate) const NONE_OF_THEM: &str = "none";

/// Finds a venue by the officer's choice, by its registration number, or by its whole name. A part of a name
/// is never taken for the whole: the officer chooses, even from one.
pub(crate) async fn find(console: &Console, typed: &str, choice: &str) -> Result<Found, StoreError> {
    let intake = &console.0.common.intake;
    if choice == NONE_OF_THEM {
        return Ok(Found::None);
    }
    for number in [choice, typed] {
        if let Some(id) = VenueId::parse(number)
            && let Some(venue) = intake.venue(id).await?
        {
            return Ok(Found::One(Box::new(venue)));
        }
    }
    let mut named = intake.venues_named(typed, CANDIDATES).await?;
    if named.len() == 1 {
        return Ok(Found::One(Box::new(named.swap_remove(0))));
    }
    if named.is_empty() {
        named = intake.find_venues(typed, CANDIDATES).await?;
    }
    Ok(if named.is_empty() { Found::None } else { Found::Several(named) })
}

/// A venue to choose, as templates read it.
pub(crate) fn candidate(console: &Console, venue: &Venue) -> Value {
    let category = console.0.common.pack.category(&venue.category);
    json!({
        "number": venue.id.to_string(),
        "name": venue.full_name(),
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
    let context = json!({
        "form": form, "close_contacts": flagged(console), "errors": errors.list(), "error_for": errors.by_field(),
        "onset": console.0.common.pack.policy.disease.onset.as_str(),
        "match": console.0.common.pack.policy.check_in.matching.as_str(),
    });
    officer.page(console, status, "officer/case_new.html", context).await
}
