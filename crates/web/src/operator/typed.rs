//! What an operator typed, or an officer's table has: read, or said what is wrong with each field.

use domain::contact::{Contact, EmailError};
use domain::held::Held;
use domain::id::VenueId;
use domain::operator::{self, Operator};
use domain::policy::pack::Pack;
use domain::policy::{FieldName, NamingConsent};
use domain::service_day::ServiceDay;
use domain::venue::{Size, SizeMeasure, Venue, VenueCode, VenueKind, VenueName, VenueStatus};

use crate::form::{Errors, Fields, Say};
use crate::state::Common;

/// The venue as it was typed; it counts at once unless whoever asks says otherwise.
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
    let size = match category.and_then(|category| category.measure) {
        Some(measure) => size(measure, fields, say, errors).map(Some),
        None => Some(None),
    };
    let (postal_code, address) = place(fields, say, common, errors);
    let held = match kind {
        Some(kind) if kind.is_event() => {
            let (first, last) = days(fields, fields.get("category"), say, common, errors)?;
            Held::once(first, last).ok()?
        }
        _ => Held::always(),
    };
    Some(Venue {
        id: VenueId::from_random(common.randomness.bytes()),
        code: VenueCode::from_random(common.randomness.bytes()),
        kind: kind?,
        name: name?,
        room: None,
        category: category?.id.clone(),
        size: size?,
        postal_code,
        address: address?,
        held,
        replaces: None,
        status: VenueStatus::Active,
        registered_at: common.clock.now(),
        naming_consent: !naming(&common.pack).is_empty() && !fields.get("naming").is_empty(),
    })
}

/// Postal code and address, as far as the pack asks for them.
pub(crate) fn place(
    fields: &Fields,
    say: &Say<'_>,
    common: &Common,
    errors: &mut Errors,
) -> (String, Option<String>) {
    let asked = |name| common.pack.policy.venues.fields.iter().find(|field| field.name == name);
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
    (postal_code, address)
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

/// First and last day of an event of a category: both there, in order, and not over yet.
pub(crate) fn days(
    fields: &Fields,
    category: &str,
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
    let today = common.pack.policy.calendar_of(category).day_of(common.clock.now());
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

/// Who operates it, as typed. An officer may register for someone who has no e-mail address (`with_email`;
/// KNG-23).
pub(crate) fn operator(
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

/// A line of text, or what is wrong with it.
pub(crate) fn line<T>(
    read: Result<T, domain::text::TextError>,
    field: &str,
    label_key: &str,
    say: &Say<'_>,
    errors: &mut Errors,
) -> Option<T> {
    read.map_err(|error| errors.add(field, say.line(error, label_key))).ok()
}

/// Whether the form asks for consent to be named (C18): not at all, as the operator likes, or as a condition.
pub(crate) fn naming(pack: &Pack) -> &'static str {
    let policy = &pack.policy;
    match policy.venues.naming_consent {
        NamingConsent::AtRegistration if policy.notices.consent_is_a_condition(&policy.venues) => "required",
        NamingConsent::AtRegistration => "optional",
        NamingConsent::NotAsked | NamingConsent::PerCase => "",
    }
}
