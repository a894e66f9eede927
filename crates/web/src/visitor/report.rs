//! A positive person's report (OSK-25 to OSK-27): one-time code, addresses used, dates.
//!
//! It is sealed to the key of the day on which it comes, in this request; this server can't read it
//! afterwards, and nobody when that day has ended. Unknown, used and expired codes are answered alike, and
//! after the same work; five wrong ones bring a pause.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::case::{CaseDates, CaseDatesError, Course};
use domain::contact::Contact;
use domain::id::CaseId;
use domain::report::Report;
use domain::service_day::ServiceDay;
use seal::office::Purpose;
use seal::token::{CodeHash, OneTimeCode};
use serde_json::{Value, json};
use store::reports::{Report as Waiting, Reported};

use crate::answer::{page, see};
use crate::client::{Client, WRONG_CODES, minutes};
use crate::error::{failed, not_found_public, unavailable};
use crate::form::{Errors, Fields, Lang, Say, accepted, issue, reissue};
use crate::policy_facts::facts;
use crate::state::{Common, Public};

const FORM: &[u8] = b"report";

/// Addresses in one report at most.
const MOST_ADDRESSES: usize = 10;

/// The form.
pub(crate) async fn get(State(public): State<Public>, client: Client, Lang(lang): Lang) -> Response {
    let common = &public.0.common;
    if !common.pack.policy.cases.self_report {
        return no_reports(public).await;
    }
    let empty = json!({
        "code": "", "emails": ["", "", ""], "has_symptoms": "", "onset_on": "", "sampled_on": "", "positive_on": "",
    });
    show(common, lang, StatusCode::OK, client, &issue(common, FORM), empty, &Errors::default()).await
}

/// The report itself.
pub(crate) async fn post(
    State(public): State<Public>,
    client: Client,
    Lang(lang): Lang,
    fields: Fields,
) -> Response {
    let common = &public.0.common;
    if !common.pack.policy.cases.self_report {
        return no_reports(public).await;
    }
    let now = common.clock.now();
    let again = async |errors: &Errors| {
        let nonce = reissue(common, &fields, FORM);
        show(common, lang, StatusCode::UNPROCESSABLE_ENTITY, client, &nonce, kept(&fields), errors).await
    };
    match WRONG_CODES.pause(common, client).await {
        Ok(None) => {}
        Ok(Some(_)) => {
            let (status, nonce) = (StatusCode::TOO_MANY_REQUESTS, issue(common, FORM));
            return show(common, lang, status, client, &nonce, kept(&fields), &Errors::default()).await;
        }
        Err(error) => return failed(common, lang, "/report", &error),
    }
    let say = Say { common, lang };
    let mut errors = Errors::default();
    let Some(nonce) = accepted(common, &fields, FORM) else {
        errors.add("", say.text("error-form-expired", &[]));
        return again(&errors).await;
    };
    let id = CaseId::from_random(*nonce.as_bytes());
    // A report that was stored before is this same form, sent twice.
    if matches!(common.intake.has_report(id).await, Ok(true)) {
        return see(&format!("/report/thanks?lang={lang}"));
    }
    if fields.get("code").trim().is_empty() {
        // Nothing to hash, and nothing that a guess could learn from.
        errors.add("code", say.text("error-code-missing", &[]));
        let _ = contacts(&fields, &say, &mut errors);
        let _ = dates(&fields, &say, common, &mut errors);
        return again(&errors).await;
    }
    // The same work whatever was typed: an unreadable code is hashed like any other.
    let typed = OneTimeCode::parse(fields.get("code"));
    let readable = typed.is_some();
    let code = typed.unwrap_or_else(|| OneTimeCode::new(&common.randomness));
    let Some(hash) = hashed(&public, code).await else { return unavailable(common, lang, "/report") };
    let good = match common.intake.code_is_good(hash.as_bytes(), now).await {
        Ok(good) => good,
        Err(error) => return failed(common, lang, "/report", &error),
    };
    if !(readable && good) {
        if let Err(error) = WRONG_CODES.count(common, client).await {
            return failed(common, lang, "/report", &error);
        }
        errors.add("code", say.text("error-code", &[]));
    }
    let contacts = contacts(&fields, &say, &mut errors);
    let dates = dates(&fields, &say, common, &mut errors);
    let (true, Some(dates)) = (errors.is_empty(), dates) else { return again(&errors).await };
    let report = Report { dates, contacts };
    let today = common.pack.policy.calendar.day_of(now);
    let sealer = match public.0.day_sealer(today).await {
        Ok(Some(sealer)) => sealer,
        Ok(None) => return unavailable(common, lang, "/report"),
        Err(error) => return failed(common, lang, "/report", &error),
    };
    let Ok(sealed) = sealer.seal_record(Purpose::Report, id.as_bytes(), &report.to_bytes()) else {
        return unavailable(common, lang, "/report");
    };
    match common.intake.put_report(&Waiting { id, reported_at: now, sealed }, hash.as_bytes()).await {
        Ok(Reported::Stored) => {
            // Stored it is, whatever becomes of the count.
            if let Err(error) = WRONG_CODES.right(common, client).await {
                tracing::warn!(%error, "a quota could not be ended");
            }
            see(&format!("/report/thanks?lang={lang}"))
        }
        Ok(Reported::CodeNotGood) => {
            if let Err(error) = WRONG_CODES.count(common, client).await {
                return failed(common, lang, "/report", &error);
            }
            errors.add("code", say.text("error-code", &[]));
            again(&errors).await
        }
        Err(error) => failed(common, lang, "/report", &error),
    }
}

/// Thanks.
pub(crate) async fn thanks(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let common = &public.0.common;
    if !common.pack.policy.cases.self_report {
        return no_reports(public).await;
    }
    let context = json!({ "here": "", "policy": facts(&common.pack) });
    page(common, StatusCode::OK, "report_thanks.html", lang, context)
}

/// Where patients don't report, there is no such page, whether it is asked for or sent.
async fn no_reports(public: Public) -> Response {
    not_found_public(State(public), "/report".parse().unwrap_or_default(), Default::default()).await
}

/// Hashes a code away from the threads that answer, two at a time however many ask. The permit goes along:
/// whoever hangs up doesn't make room for a third.
async fn hashed(public: &Public, code: OneTimeCode) -> Option<CodeHash> {
    let permit = Arc::clone(&public.0.hashing).acquire_owned().await.ok()?;
    let public = public.clone();
    let hashing = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        public.0.common.codes.hash(&code)
    });
    hashing.await.ok()
}

fn contacts(fields: &Fields, say: &Say<'_>, errors: &mut Errors) -> Vec<Contact> {
    let typed = fields.all("email");
    let typed = || typed.iter().enumerate().filter(|(_, email)| !email.trim().is_empty());
    let mut contacts = Vec::new();
    if typed().count() > MOST_ADDRESSES {
        errors.add("email", say.text("error-too-many-addresses", &[("most", &MOST_ADDRESSES.to_string())]));
        return contacts;
    }
    for (at, email) in typed() {
        match Contact::email(email) {
            Ok(contact) => contacts.push(contact),
            Err(error) => {
                let field = if at == 0 { "email".to_owned() } else { format!("email-{}", at + 1) };
                errors.add(field, say.email(error));
            }
        }
    }
    if contacts.is_empty() && errors.by_field().get("email").is_none() {
        errors.add("email", say.text("error-email-missing", &[]));
    }
    contacts
}

/// Reads the dates of a case from a form, the patient's or the officer's.
pub(crate) fn dates(
    fields: &Fields,
    say: &Say<'_>,
    common: &Common,
    errors: &mut Errors,
) -> Option<CaseDates> {
    let today = common.pack.policy.calendar.date_of(common.clock.now());
    let symptoms = fields.get("has_symptoms");
    if !matches!(symptoms, "yes" | "no") {
        let label = say.text("field-has_symptoms", &[]);
        errors.add("has_symptoms", say.text("error-choice-missing", &[("field", &label)]));
    }
    let mut day = |name: &str| {
        let typed = fields.get(name).trim();
        let label = say.text(&format!("field-{name}"), &[]);
        let parsed = ServiceDay::parse(typed);
        if typed.is_empty() {
            errors.add(name, say.text("error-field-missing", &[("field", &label)]));
        } else if parsed.is_none() {
            errors.add(name, say.text("error-date", &[("field", &label)]));
        }
        parsed
    };
    let (course, first) = match symptoms {
        "yes" => (day("onset_on").map(Course::OnsetOn), "onset_on"),
        "no" => (day("sampled_on").map(Course::SampledOn), "sampled_on"),
        _ => (None, ""),
    };
    let positive_on = day("positive_on");
    let (course, positive_on) = (course?, positive_on?);
    let earlier = match course {
        Course::OnsetOn(day) | Course::SampledOn(day) => day,
    };
    let said = |name: &str, key: &str| say.text(key, &[("field", &say.text(&format!("field-{name}"), &[]))]);
    if earlier > today {
        errors.add(first, said(first, "error-date-future"));
        return None;
    }
    match CaseDates::new(course, positive_on, today, common.pack.policy.data.keep()) {
        Ok(dates) => Some(dates),
        Err(CaseDatesError::PositiveInFuture) => {
            errors.add("positive_on", said("positive_on", "error-date-future"));
            None
        }
        Err(CaseDatesError::TooOld) => {
            errors.add("positive_on", said("positive_on", "error-date-too-old"));
            None
        }
        Err(CaseDatesError::TooFarApart) => {
            errors.add(first, said(first, "error-date-too-old"));
            None
        }
        Err(CaseDatesError::OnsetAfterPositive | CaseDatesError::SampledAfterPositive) => {
            errors.add(first, said(first, "error-date-after-positive"));
            None
        }
    }
}

fn kept(fields: &Fields) -> Value {
    let mut form = fields.kept(&["code", "has_symptoms", "onset_on", "sampled_on", "positive_on"]);
    let mut emails: Vec<&str> = fields.all("email").into_iter().take(MOST_ADDRESSES).collect();
    emails.resize(emails.len().max(3), "");
    form["emails"] = json!(emails);
    form
}

async fn show(
    common: &Common,
    lang: &str,
    status: StatusCode,
    client: Client,
    nonce: &str,
    form: Value,
    errors: &Errors,
) -> Response {
    let pause = match WRONG_CODES.pause(common, client).await {
        Ok(pause) => pause,
        Err(error) => return failed(common, lang, "/report", &error),
    };
    let context = json!({
        "here": "/report",
        "policy": facts(&common.pack),
        "nonce": nonce,
        "paused": pause.is_some(),
        "paused_minutes": pause.map_or(0, minutes),
        "form": form,
        "errors": errors.list(),
        "error_for": errors.by_field(),
    });
    page(common, status, "report.html", lang, context)
}
