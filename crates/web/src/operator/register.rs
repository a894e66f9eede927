//! Registration of a venue (OSK-38): a form whose fields, categories and measures come from the pack.
//!
//! The poster is rendered here, in a child process, before anything is stored: a name that no font has is
//! told to the operator at the form, and the finished sheet waits with the mail that carries it (OSK-39).

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::policy::pack::Pack;
use domain::policy::{Approval, FieldName, Listing, Mutability, Trigger};
use domain::venue::{SizeMeasure, Venue, VenueStatus};
use print::error::PrintError;
use serde_json::{Value, json};

use crate::answer::{page, see};
use crate::client::{Client, REGISTRATIONS};
use crate::error::{Door, error_page, failed, unavailable};
use crate::form::{Errors, Fields, Lang, Say, accepted, issue, reissue};
use crate::operator::enrol::{Enrolled, enrol};
use crate::operator::registered::own_venue;
use crate::operator::{measures, printed, rules, typed};
use crate::state::{Common, Public};

const FORM: &[u8] = b"register";

const NAMES: [&str; 15] = [
    "replaces",
    "replaces_key",
    "kind",
    "name",
    "category",
    "seats",
    "floor_m2",
    "participants",
    "daily_users",
    "postal_code",
    "address",
    "starts_on",
    "ends_on",
    "contact_name",
    "email",
];

/// The form; filled in where a registration is to be replaced.
pub(crate) async fn get(
    State(public): State<Public>,
    Query(query): Query<HashMap<String, String>>,
    Lang(lang): Lang,
) -> Response {
    let common = &public.0.common;
    let asked = |name: &str| query.get(name).map_or("", String::as_str);
    let form = match replaced(&public, asked("replaces"), asked("key"), lang).await {
        Ok(Some((venue, key))) => filled_in(&venue, &key),
        Ok(None) => json!({}),
        Err(answer) => return answer,
    };
    show(common, lang, StatusCode::OK, &issue(common, FORM), form, &Errors::default())
}

/// The registration itself.
pub(crate) async fn post(
    State(public): State<Public>,
    client: Client,
    Lang(lang): Lang,
    fields: Fields,
) -> Response {
    let common = &public.0.common;
    let say = Say { common, lang };
    let mut errors = Errors::default();
    let again = |errors: &Errors| {
        let nonce = reissue(common, &fields, FORM);
        show(common, lang, StatusCode::UNPROCESSABLE_ENTITY, &nonce, kept(&fields), errors)
    };
    let Some(nonce) = accepted(common, &fields, FORM) else {
        errors.add("", say.text("error-form-expired", &[]));
        return again(&errors);
    };
    match common.intake.venue_of_form(nonce.as_bytes()).await {
        Ok(Some(_)) => return error_page(common, StatusCode::OK, lang, "registered-already", Door::Public),
        Ok(None) => {}
        Err(error) => return failed(common, lang, "/venues/new", &error),
    }
    let before = match replaced(&public, fields.get("replaces"), fields.get("replaces_key"), lang).await {
        Ok(before) => before.map(|(venue, _)| venue.id),
        Err(answer) => return answer,
    };
    let venue = typed::venue(&fields, &say, common, &mut errors);
    let operator = typed::operator(&fields, &say, &common.pack, true, &mut errors);
    if typed::naming(&common.pack) == "required" && fields.get("naming").is_empty() {
        errors.add("naming", say.text("error-naming", &[]));
    }
    if fields.get("agreement").is_empty() {
        errors.add("agreement", say.text("error-agreement", &[]));
    }
    let (true, Some(venue), Some(operator)) = (errors.is_empty(), venue, operator) else {
        return again(&errors);
    };
    let status = match common.pack.policy.venues.approval {
        Approval::Auto => VenueStatus::Active,
        Approval::Officer => VenueStatus::Pending,
    };
    let venue = Venue { replaces: before, status, ..venue };
    let measures = match measures::chosen(common, &fields, &venue.category) {
        Ok(measures) => measures,
        Err(asked) => {
            return measures::ask(common, lang, &fields, &venue, &reissue(common, &fields, FORM), asked);
        }
    };
    // Whoever registers makes us write to an address of their choice.
    match REGISTRATIONS.count(common, client).await {
        Ok(true) => {}
        Ok(false) => {
            return error_page(common, StatusCode::TOO_MANY_REQUESTS, lang, "too-many", Door::Public);
        }
        Err(error) => return failed(common, lang, "/venues/new", &error),
    }
    let poster = match printed::render(common, &venue).await {
        Ok(poster) => poster,
        Err(PrintError::MissingGlyph { character, .. }) => {
            errors.add("name", say.text("error-glyph", &[("character", &character.to_string())]));
            return again(&errors);
        }
        Err(PrintError::DoesNotFit { .. }) => {
            errors.add(
                "name",
                say.text("error-too-long", &[("field", &say.text("field-name", &[])), ("limit", "60")]),
            );
            return again(&errors);
        }
        Err(error) => {
            tracing::error!(%error, "a poster can't be rendered; nothing was registered");
            return unavailable(common, lang, "/venues/new");
        }
    };
    let sealer = match common.office_sealer().await {
        Ok(Some(sealer)) => sealer,
        Ok(None) => return unavailable(common, lang, "/venues/new"),
        Err(error) => return failed(common, lang, "/venues/new", &error),
    };
    let enrolled = enrol(common, &sealer, venue, &operator, measures, *nonce.as_bytes(), poster);
    let Some(Enrolled { registration, mail, key }) = enrolled else {
        return unavailable(common, lang, "/venues/new");
    };
    match common.intake.register_venue(&registration, mail.as_ref()).await {
        Ok(true) => {
            let (id, key) = (registration.venue.id, key.expose());
            see(&format!("/venues/{id}?key={}&new=1&lang={lang}", key.as_str()))
        }
        Ok(false) => error_page(common, StatusCode::OK, lang, "registered-already", Door::Public),
        Err(error) => {
            tracing::error!(%error, "a venue could not be registered");
            unavailable(common, lang, "/venues/new")
        }
    }
}

/// The registration that this one is to stand in the place of, if whoever asks has its key and the policy
/// has registrations replaced (STM-33). The form to begin with is its.
async fn replaced(
    public: &Public,
    id: &str,
    key: &str,
    lang: &'static str,
) -> Result<Option<(Venue, String)>, Response> {
    if id.is_empty() {
        return Ok(None);
    }
    let query = HashMap::from([("key".to_owned(), key.to_owned())]);
    let (venue, key) = own_venue(public, id, &query, lang).await?;
    let mutability = public.0.common.pack.policy.venues.mutability;
    if mutability != Mutability::ImmutableReplace || venue.room.is_some() {
        return Err(error_page(&public.0.common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public));
    }
    Ok(Some((venue, key)))
}

/// The form filled in as a venue is registered; of who operates it nothing can be read here.
fn filled_in(venue: &Venue, key: &str) -> Value {
    let mut form = json!({
        "replaces": venue.id.to_string(),
        "replaces_key": key,
        "kind": venue.kind.as_str(),
        "name": venue.name.as_str(),
        "category": venue.category,
        "postal_code": venue.postal_code,
        "address": venue.address,
    });
    if let Some(size) = venue.size {
        form[size.measure.as_str()] = json!(size.value.to_string());
    }
    if let Some((first, last)) = venue.held.times().last() {
        form["starts_on"] = json!(first.to_string());
        form["ends_on"] = json!(last.to_string());
    }
    form
}

/// What was typed, to be shown again.
pub(crate) fn kept(fields: &Fields) -> Value {
    let mut form = fields.kept(&NAMES);
    form["phone"] = json!(fields.get("phone"));
    form["agreement"] = json!(fields.get("agreement"));
    form["measures"] = json!(fields.all("measure"));
    form["naming"] = json!(fields.get("naming"));
    form
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
        "here": "/venues/new",
        "nonce": nonce,
        "rules": rules::rules(&common.pack),
        "fields": form_fields(&Say { common, lang }, &common.pack, true),
        "naming_consent": typed::naming(&common.pack),
        "listed": common.pack.policy.venues.listing == Listing::Public,
        "form": form,
        "errors": errors.list(),
        "error_for": errors.by_field(),
    });
    page(common, status, "operator/new.html", lang, context)
}

/// The fields of the form, as the pack has them.
pub(crate) fn form_fields(say: &Say<'_>, pack: &Pack, with_email: bool) -> Vec<Value> {
    let venues = &pack.policy.venues;
    let field = |name: &str, section: &str, kind: &str, required: bool| {
        let label = if name == "email" { "field-operator-email".to_owned() } else { format!("field-{name}") };
        let hint = match name {
            "kind" | "contact_name" => String::new(),
            "starts_on" | "ends_on" => "field-event-period-hint".to_owned(),
            // Elsewhere no base number hangs on it.
            "category" if pack.policy.notices.trigger == Trigger::Threshold => {
                "field-category-hint-threshold".to_owned()
            }
            _ => format!("{label}-hint"),
        };
        json!({
            "name": name, "section": section, "label_key": label, "hint_key": hint, "kind": kind,
            "required": required, "size_measure": "", "options": [], "groups": [],
        })
    };
    let mut kind = field("kind", "kind", "radio", true);
    kind["options"] = venues
        .kinds
        .iter()
        .map(|kind| {
            let label = say.text(&format!("field-kind-{}", kind.as_str()), &[]);
            json!({ "value": kind.as_str(), "label": label, "hint": "", "size_measure": "" })
        })
        .collect();
    let mut category = field("category", "venue", "select", true);
    let mut groups: Vec<Value> = Vec::new();
    for own in &venues.categories {
        let measure = own.measure.map_or("", SizeMeasure::as_str);
        let option = json!({ "value": own.id, "label": own.label, "hint": "", "size_measure": measure });
        match groups.last_mut().filter(|group| group["label"] == own.group.as_str()) {
            Some(group) => {
                group["options"].as_array_mut().into_iter().for_each(|options| options.push(option.clone()))
            }
            None => groups.push(json!({ "label": own.group, "options": [option] })),
        }
    }
    category["groups"] = json!(groups);
    let mut fields = vec![kind, field("name", "venue", "text", true), category];
    let asked = |name| venues.fields.iter().find(|field| field.name == name).map(|field| field.required);
    for (name, word, section, kind) in [
        (FieldName::PostalCode, "postal_code", "venue", "postal"),
        (FieldName::Address, "address", "venue", "text"),
    ] {
        fields.extend(asked(name).map(|required| field(word, section, kind, required)));
    }
    for measure in SizeMeasure::ALL {
        if venues.categories.iter().any(|category| category.measure == Some(measure)) {
            let mut size = field(measure.as_str(), "size", "number", false);
            size["size_measure"] = json!(measure.as_str());
            fields.push(size);
        }
    }
    if venues.kinds.iter().any(|kind| kind.is_event()) {
        fields.push(field("starts_on", "period", "date", false));
        fields.push(field("ends_on", "period", "date", false));
    }
    for (name, word, kind) in [
        (FieldName::ContactName, "contact_name", "text"),
        (FieldName::Email, "email", "email"),
        (FieldName::Phone, "phone", "tel"),
    ] {
        let required = asked(name).map(|required| required && (with_email || word != "email"));
        fields.extend(required.map(|required| field(word, "contact", kind, required)));
    }
    fields
}
