//! A venue's certificate, as it is printed (KNG-2, KNG-4, KNG-22): the measures of its newest issue in the
//! pack's words. A measure that the pack has since taken from its list is left out.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::policy::Industry;
use domain::policy::pack::Pack;
use domain::venue::Venue;
use print::certificate::{Certificate, Item, NewMark, TEMPLATE};
use print::error::PrintError;
use serde_json::{Value, json};
use store::certificates::Certificate as Issued;

use crate::answer::file;
use crate::error::{Door, error_page, failed, unavailable};
use crate::form::Lang;
use crate::operator::printed::{address, in_use, issue_date, rendered};
use crate::state::{Common, Public};

/// The certificate, A4.
pub(crate) async fn get(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    Lang(lang): Lang,
) -> Response {
    let common = &public.0.common;
    let venue = match in_use(&public, &id, &query, lang).await {
        Ok(venue) => venue,
        Err(answer) => return answer,
    };
    let issued = match common.intake.certificate(venue.id).await {
        Ok(issued) => issued,
        Err(error) => return failed(common, lang, "/", &error),
    };
    match render(common, &venue, issued.as_ref()).await {
        Ok(Some(pdf)) => file("application/pdf", Some(&format!("certificate-{}.pdf", venue.id)), pdf),
        Ok(None) => error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public),
        Err(_) => unavailable(common, lang, "/"),
    }
}

/// The list that a venue chooses its measures from. A room has none: the certificate is its venue's.
pub(crate) fn industry_of<'a>(pack: &'a Pack, venue: &Venue) -> Option<&'a Industry> {
    pack.industry_of(&venue.category).filter(|_| venue.room.is_none())
}

/// Renders the certificate; `None` where the venue has none.
pub(crate) async fn render(
    common: &Common,
    venue: &Venue,
    issued: Option<&Issued>,
) -> Result<Option<Vec<u8>>, PrintError> {
    let sheet = issued.and_then(|issued| sheet(&common.pack, &common.public_url, venue, issued));
    let Some(sheet) = sheet else { return Ok(None) };
    let pdf = rendered(common, "print/certificate.typ", TEMPLATE, &sheet).await;
    pdf.map(Some).inspect_err(|error| tracing::error!(%error, "a certificate can't be rendered"))
}

/// What stands on it.
pub(crate) fn sheet(pack: &Pack, public_url: &str, venue: &Venue, issued: &Issued) -> Option<Certificate> {
    let (policy, industry) = (&pack.policy, industry_of(pack, venue)?);
    let badge = pack.certificate.as_ref()?.new_badge;
    let say = |key: &str, own: &[(&str, &str)]| {
        let mut values = vec![("jurisdiction", policy.jurisdiction.name.as_str())];
        values.extend_from_slice(own);
        pack.wording.text("ja", key, &values)
    };
    let (mut measures, mut guidelines) = (Vec::new(), Vec::new());
    // In the order of the list, whatever the order of the form was.
    for measure in &industry.measures {
        let Some(own) = issued.measures.iter().find(|own| own.id == measure.id) else { continue };
        measures.push(Item { text: measure.text.clone(), is_new: badge && own.is_new });
        if !guidelines.contains(&measure.guideline.as_str()) {
            guidelines.push(measure.guideline.as_str());
        }
    }
    if measures.is_empty() {
        return None;
    }
    let new_mark =
        NewMark { mark: say("certificate-new", &[]), meaning: say("certificate-new-meaning", &[]) };
    Some(Certificate {
        language: "ja".into(),
        jurisdiction: policy.jurisdiction.name.clone(),
        system: policy.jurisdiction.system_name.clone(),
        title: say("certificate-title", &[]),
        statement: say("certificate-statement", &[]),
        venue: venue.name.as_str().to_owned(),
        room: None,
        industry: industry.label.clone(),
        measures,
        new_mark: badge.then_some(new_mark),
        guidelines: Some(say("certificate-guidelines", &[("guidelines", &guidelines.join("、"))])),
        url: address(public_url, venue),
        code_caption: say("poster-caption", &[]),
        code_promise: say("certificate-promise", &[]),
        code_description: say("poster-description", &[]),
        registration_number: venue.id.to_string(),
        issued_on: issue_date(policy.calendar.day_of(issued.issued_at)),
        issue: issued.issue,
        desk: Some(format!("{} {}", policy.desk.name, policy.desk.phone)),
        trademark: policy.pages.trademark.then(|| say("poster-trademark", &[])),
    })
}

/// What an operator's or officer's page says of it; null where the venue's category has no list.
pub(crate) fn shown(pack: &Pack, venue: &Venue, issued: Option<&Issued>) -> Value {
    let Some(industry) = industry_of(pack, venue) else { return Value::Null };
    let badge = pack.certificate.as_ref().is_some_and(|policy| policy.new_badge);
    let measures: Vec<Value> = industry
        .measures
        .iter()
        .filter_map(|measure| {
            let own = issued?.measures.iter().find(|own| own.id == measure.id)?;
            let since = pack.policy.calendar.day_of(own.first_at).to_string();
            Some(json!({ "text": measure.text, "is_new": badge && own.is_new, "since": since }))
        })
        .collect();
    let day =
        issued.map_or_else(String::new, |issued| pack.policy.calendar.day_of(issued.issued_at).to_string());
    json!({ "issued_on": day, "measures": measures })
}
