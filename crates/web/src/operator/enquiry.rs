//! An operator asks the desk something (KNG-18, C21): sealed to the office's key in this request, mailed to the
//! desk by the worker, answered from the desk. This server can't read it afterwards, and mails nothing.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::contact::Contact;
use domain::enquiry::{Enquiry, Question};
use domain::id::{MessageId, VenueId};
use seal::office::Purpose;
use serde_json::{Value, json};

use crate::answer::{page, see};
use crate::client::{Client, ENQUIRIES};
use crate::error::{Door, error_page, failed, unavailable};
use crate::form::{Errors, Fields, Lang, Say, accepted, issue, reissue};
use crate::state::{Common, Public};

const FORM: &[u8] = b"enquiry";

const NAMES: [&str; 3] = ["number", "email", "question"];

/// The form.
pub(crate) async fn get(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let common = &public.0.common;
    if !common.pack.policy.venues.inquiry_form {
        return no_form(common, lang);
    }
    show(common, lang, StatusCode::OK, &issue(common, FORM), json!({}), &Errors::default())
}

/// The question itself.
pub(crate) async fn post(
    State(public): State<Public>,
    client: Client,
    Lang(lang): Lang,
    fields: Fields,
) -> Response {
    let common = &public.0.common;
    if !common.pack.policy.venues.inquiry_form {
        return no_form(common, lang);
    }
    let say = Say { common, lang };
    let mut errors = Errors::default();
    let again = |errors: &Errors| {
        let nonce = reissue(common, &fields, FORM);
        show(common, lang, StatusCode::UNPROCESSABLE_ENTITY, &nonce, fields.kept(&NAMES), errors)
    };
    let Some(nonce) = accepted(common, &fields, FORM) else {
        errors.add("", say.text("error-form-expired", &[]));
        return again(&errors);
    };
    let Some(asked) = typed(&fields, &say, &mut errors) else { return again(&errors) };
    let words = asked.to_bytes();
    let id = MessageId::from_random(common.forms.enquiry(&nonce, &words));
    let now = common.clock.now();
    match common.intake.has_enquiry(id).await {
        // Stored before: this is the same form, sent twice.
        Ok(true) => return see(&format!("/enquiry/thanks?lang={lang}")),
        Ok(false) => {}
        Err(error) => return failed(common, lang, "/enquiry", &error),
    }
    // Whoever asks makes us write to the desk.
    match ENQUIRIES.count(common, client).await {
        Ok(true) => {}
        Ok(false) => {
            return error_page(common, StatusCode::TOO_MANY_REQUESTS, lang, "too-many", Door::Public);
        }
        Err(error) => return failed(common, lang, "/enquiry", &error),
    }
    let sealer = match common.office_sealer().await {
        Ok(Some(sealer)) => sealer,
        Ok(None) => return unavailable(common, lang, "/enquiry"),
        Err(error) => return failed(common, lang, "/enquiry", &error),
    };
    let Ok(sealed) = sealer.seal(Purpose::Enquiry, id.as_bytes(), &words) else {
        return unavailable(common, lang, "/enquiry");
    };
    match common.intake.put_enquiry(id, &sealed, now).await {
        Ok(()) => see(&format!("/enquiry/thanks?lang={lang}")),
        Err(error) => failed(common, lang, "/enquiry", &error),
    }
}

/// Thanks.
pub(crate) async fn thanks(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let common = &public.0.common;
    if !common.pack.policy.venues.inquiry_form {
        return no_form(common, lang);
    }
    page(common, StatusCode::OK, "operator/enquiry_thanks.html", lang, json!({ "here": "" }))
}

/// Where operators telephone the desk, there is no such page.
fn no_form(common: &Common, lang: &str) -> Response {
    error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public)
}

/// What was typed, if all of it can be taken; what is wrong with it otherwise.
fn typed(fields: &Fields, say: &Say<'_>, errors: &mut Errors) -> Option<Enquiry> {
    let number = fields.get("number").trim();
    let venue = VenueId::parse(number);
    if venue.is_none() && !number.is_empty() {
        errors.add("number", say.text("error-enquiry-number", &[]));
    }
    let email = Contact::email(fields.get("email")).map_err(|error| errors.add("email", say.email(error)));
    let question = Question::parse(fields.get("question"));
    let question = question.map_err(|error| errors.add("question", say.line(error, "enquiry-question")));
    let (email, question) = (email.ok()?, question.ok()?);
    errors.is_empty().then_some(Enquiry { email, venue, question })
}

fn show(
    common: &Common,
    lang: &str,
    status: StatusCode,
    nonce: &str,
    form: Value,
    errors: &Errors,
) -> Response {
    let context = json!({
        "here": "/enquiry",
        "nonce": nonce,
        "form": form,
        "errors": errors.list(),
        "error_for": errors.by_field(),
    });
    page(common, status, "operator/enquiry.html", lang, context)
}
