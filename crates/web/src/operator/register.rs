//! Registration of a venue (OSK-38): a form whose fields, categories and measures come from the pack.
//!
//! The poster is rendered here, in a child process, before anything is stored: a name that no font has is
//! told to the operator at the form, and the finished sheet waits with the mail that carries it (OSK-39).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::contact::{Contact, EmailError};
use domain::id::VenueId;
use domain::operator::{self, Operator};
use domain::policy::pack::Pack;
use domain::policy::{FieldName, NamingConsent};
use domain::service_day::ServiceDay;
use domain::venue::{Size, SizeMeasure, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use print::error::PrintError;
use serde_json::{Value, json};

use crate::answer::{page, see};
use crate::client::Client;
use crate::error::{Door, error_page, unavailable};
use crate::form::{Errors, Fields, Lang, Say, accepted, issue, reissue};
use crate::operator::enrol::{Enrolled, enrol};
use crate::operator::{measures, printed};
use crate::state::{Common, Public};

const FORM: &[u8] = b"register";

const NAMES: [&str; 13] = [
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

/// The form.
pub(crate) async fn get(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let common = &public.0.common;
    show(common, lang, StatusCode::OK, &issue(common, FORM), json!({}), &Errors::default())
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
        Err(_) => return unavailable(common, lang, "/venues/new"),
    }
    let venue = venue(&fields, &say, common, &mut errors);
    let operator = read_operator(&fields, &say, &common.pack, true, &mut errors);
    if naming(&common.pack) == "required" && fields.get("naming").is_empty() {
        errors.add("naming", say.text("error-naming", &[]));
    }
    if fields.get("agreement").is_empty() {
        errors.add("agreement", say.text("error-agreement", &[]));
    }
    let (true, Some(venue), Some(operator)) = (errors.is_empty(), venue, operator) else {
        return again(&errors);
    };
    let measures = match measures::chosen(common, &fields, &venue.category) {
        Ok(measures) => measures,
        Err(asked) => {
            return measures::ask(common, lang, &fields, &venue, &reissue(common, &fields, FORM), asked);
        }
    };
    // Whoever registers makes us write to an address of their choice.
    if public.0.registrations.begin(client, common.clock.now()).is_some() {
        return error_page(common, StatusCode::TOO_MANY_REQUESTS, lang, "too-many", Door::Public);
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
    let Ok(Some(sealer)) = common.office_sealer().await else {
        return unavailable(common, lang, "/venues/new");
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

/// The venue, as it was typed.
pub(crate) fn venue(fields: &Fields, say: &Say<'_>, common: &Common, errors: &mut Errors) -> Option<Venue> {
    let policy = &common.pack.policy.venues;
    let chosen = |key: &str| say.text("error-choice-missing", &[("field", &say.text(key, &[]))]);
    let kind = VenueKind::parse(fields.get("kind")).filter(|kind| policy.kinds.contains(kind));
    if kind.is_none() {
        errors.add("kind", chosen("field-kind"));
    }
    let name = line(VenueName::parse(fields.get("name")), "name", "field-name", say, errors);
    let category = common.pack.category(fields.get("category"));
    if category.is_none() {
        errors.add("category", chosen("field-category"));
    }
    let size = category.and_then(|category| size(category.measure?, fields, say, errors));
    let asked = |name| policy.fields.iter().find(|field| field.name == name);
    let postal_code = match asked(FieldName::PostalCode) {
        Some(field) => {
            let typed = fields.get("postal_code");
            let read = operator::postal_code(typed);
            if read.is_none() && (field.required || !typed.trim().is_empty()) {
                errors.add("postal_code", say.text("error-postal-code", &[]));
            }
            read.unwrap_or_default()
        }
        None => String::new(),
    };
    let address = match asked(FieldName::Address) {
        Some(field) if field.required || !fields.get("address").trim().is_empty() => {
            line(operator::address(fields.get("address")), "address", "field-address", say, errors)
        }
        _ => Some(String::new()),
    };
    let held = match kind {
        Some(kind) if kind.is_event() => Some(held(fields, say, common, errors)?),
        _ => None,
    };
    Some(Venue {
        id: VenueId::from_random(common.randomness.bytes()),
        code: VenueCode::from_random(common.randomness.bytes()),
        kind: kind?,
        name: name?,
        category: category?.id.clone(),
        size: Some(size?),
        postal_code,
        address: address?,
        held,
        status: VenueStatus::Active,
        registered_at: common.clock.now(),
        naming_consent: !naming(&common.pack).is_empty() && !fields.get("naming").is_empty(),
    })
}

fn size(measure: SizeMeasure, fields: &Fields, say: &Say<'_>, errors: &mut Errors) -> Option<Size> {
    let (name, typed) = (measure.as_str(), fields.get(measure.as_str()));
    let size = Size::parse(measure, typed);
    if size.is_none() {
        let label = say.text(&format!("field-{name}"), &[]);
        let key = if typed.trim().is_empty() { "error-field-missing" } else { "error-number" };
        errors.add(name, say.text(key, &[("field", &label)]));
    }
    size
}

/// An event's first and last day: both there, in order, and not over yet.
fn held(
    fields: &Fields,
    say: &Say<'_>,
    common: &Common,
    errors: &mut Errors,
) -> Option<(ServiceDay, ServiceDay)> {
    let mut day = |name: &str| {
        let parsed = ServiceDay::parse(fields.get(name).trim());
        if parsed.is_none() {
            let label = say.text(&format!("field-{name}"), &[]);
            errors.add(name, say.text("error-date", &[("field", &label)]));
        }
        parsed
    };
    let (first, last) = (day("starts_on"), day("ends_on"));
    let (first, last) = (first?, last?);
    let calendar = common.pack.policy.calendar_of(fields.get("category"));
    let today = calendar.day_of(common.clock.now());
    if last < first {
        errors.add("ends_on", say.text("error-date-order", &[]));
        return None;
    }
    if last < today {
        errors.add("ends_on", say.text("error-date-too-old", &[("field", &say.text("field-ends_on", &[]))]));
        return None;
    }
    Some((first, last))
}

/// Who operates it. An officer may register for someone who has no e-mail address (`with_email`; KNG-23).
pub(crate) fn read_operator(
    fields: &Fields,
    say: &Say<'_>,
    pack: &Pack,
    with_email: bool,
    errors: &mut Errors,
) -> Option<Operator> {
    let asked = |name| pack.policy.venues.fields.iter().find(|field| field.name == name);
    let contact_name = match asked(FieldName::ContactName) {
        Some(field) if field.required || !fields.get("contact_name").trim().is_empty() => line(
            operator::contact_name(fields.get("contact_name")),
            "contact_name",
            "field-contact_name",
            say,
            errors,
        ),
        _ => Some(String::new()),
    };
    let email = match Contact::email(fields.get("email")) {
        Err(EmailError::Missing) if !with_email => Some(None),
        read => read.map(Some).map_err(|error| errors.add("email", say.email(error))).ok(),
    };
    let phone = match asked(FieldName::Phone) {
        Some(field) if field.required || !fields.get("phone").trim().is_empty() => {
            let phone = operator::phone(fields.get("phone"));
            if phone.is_none() {
                errors.add("phone", say.text("error-phone", &[]));
            }
            phone
        }
        _ => Some(String::new()),
    };
    Some(Operator { contact_name: contact_name?, email: email?, phone: phone? })
}

fn line<T>(
    read: Result<T, domain::text::TextError>,
    field: &str,
    label_key: &str,
    say: &Say<'_>,
    errors: &mut Errors,
) -> Option<T> {
    read.map_err(|error| errors.add(field, say.line(error, label_key))).ok()
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
        "fields": form_fields(&Say { common, lang }, &common.pack, true),
        "naming_consent": naming(&common.pack),
        "form": form,
        "errors": errors.list(),
        "error_for": errors.by_field(),
    });
    page(common, status, "operator/new.html", lang, context)
}

/// Whether the form asks for consent to be named (C18): not at all, as the operator likes, or as a condition.
fn naming(pack: &Pack) -> &'static str {
    let policy = &pack.policy;
    match policy.venues.naming_consent {
        NamingConsent::AtRegistration if policy.notices.consent_is_a_condition(&policy.venues) => "required",
        NamingConsent::AtRegistration => "optional",
        NamingConsent::NotAsked | NamingConsent::PerCase => "",
    }
}

/// The fields of the form, as the pack has them.
pub(crate) fn form_fields(say: &Say<'_>, pack: &Pack, with_email: bool) -> Vec<Value> {
    let venues = &pack.policy.venues;
    let field = |name: &str, section: &str, kind: &str, required: bool| {
        let label = if name == "email" { "field-operator-email".to_owned() } else { format!("field-{name}") };
        let hint = match name {
            "kind" | "contact_name" => String::new(),
            "starts_on" | "ends_on" => "field-event-period-hint".to_owned(),
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
