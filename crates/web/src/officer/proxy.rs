//! Entry for an operator who has neither computer nor printer (C22, KNG-23): an officer takes the venue down
//! on the telephone, prints poster and certificate, and posts them. The operator's form is the public one,
//! but for the e-mail address, which is asked for and may be left out. Only where the pack has it so; and
//! each entry is recorded in the ledger. What the operator's own data are, no page shows again.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::check_in::CheckInNonce;
use domain::id::VenueId;
use domain::ledger::Act;
use domain::operator::Operator;
use domain::venue::{Venue, VenueStatus};
use print::error::PrintError;
use serde_json::{Value, json};
use store::certificates::Certificate;

use crate::answer::{file, see};
use crate::error::{ConsoleError, Door, error_page};
use crate::form::{Errors, Say};
use crate::officer::session::{OwnForm, SignedIn, failed};
use crate::operator::enrol::{Enrolled, enrol};
use crate::operator::measures::{self, Asked};
use crate::operator::{certificate, printed, register, rules, typed};
use crate::state::Console;

/// The layout of the console's pages.
const LAYOUT: &str = "officer/layout.html";

/// The form.
pub(crate) async fn new(State(console): State<Console>, officer: SignedIn) -> Result<Response, ConsoleError> {
    if !console.0.common.pack.policy.venues.proxy_entry {
        return Ok(officer.not_found(&console));
    }
    show(&console, &officer, StatusCode::OK, json!({}), &Errors::default()).await
}

/// The entry: as [`register::post`], recorded before it is stored. It counts at once, for an officer made it.
pub(crate) async fn post(
    State(console): State<Console>,
    OwnForm { officer, fields, nonce }: OwnForm,
) -> Result<Response, ConsoleError> {
    let common = &console.0.common;
    if !common.pack.policy.venues.proxy_entry {
        return Ok(officer.not_found(&console));
    }
    if let Some(venue) = common.intake.venue_of_form(nonce.as_bytes()).await.map_err(failed(&console))? {
        return Ok(see(&sheets(venue.id)));
    }
    let (say, mut errors) = (Say { common, lang: "ja" }, Errors::default());
    let venue = typed::venue(&fields, &say, common, &mut errors);
    let operator = typed::operator(&fields, &say, &common.pack, false, &mut errors);
    if fields.get("agreement").is_empty() {
        errors.add("agreement", say.text("error-agreement", &[]));
    }
    let (true, Some(venue), Some(operator)) = (errors.is_empty(), venue, operator) else {
        return show(&console, &officer, StatusCode::UNPROCESSABLE_ENTITY, register::kept(&fields), &errors)
            .await;
    };
    let measures = match measures::chosen(common, &fields, &venue.category) {
        Ok(measures) => measures,
        Err(asked) => {
            let mut context = measures::context(common, "ja", &venue, &fields.all("measure"), None, asked);
            context["carried"] = fields.others(&["nonce", "measure", "step"]);
            return measures_page(&console, &officer, context, asked).await;
        }
    };
    match printed::render(common, &venue).await {
        Ok(poster) => store(&console, &officer, nonce, venue, &operator, measures, poster).await,
        Err(PrintError::MissingGlyph { character, .. }) => {
            errors.add("name", say.text("error-glyph", &[("character", &character.to_string())]));
            show(&console, &officer, StatusCode::UNPROCESSABLE_ENTITY, register::kept(&fields), &errors).await
        }
        Err(error) => {
            tracing::error!(%error, "a poster can't be rendered; nothing was registered");
            Ok(not_now(&console))
        }
    }
}

async fn store(
    console: &Console,
    officer: &SignedIn,
    nonce: CheckInNonce,
    venue: Venue,
    operator: &Operator,
    measures: Vec<String>,
    poster: Vec<u8>,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(console));
    let (id, many) = (venue.id, measures.len());
    let Some(sealer) = common.office_sealer().await.map_err(&failed)? else { return Ok(not_now(console)) };
    let enrolled = enrol(common, &sealer, venue, operator, measures, *nonce.as_bytes(), poster);
    let Some(Enrolled { registration, mail, .. }) = enrolled else { return Ok(not_now(console)) };
    // Recorded first, as every act over both zones.
    let detail = format!("measures={many} mail={}", if mail.is_some() { "yes" } else { "no" });
    let entry = officer.entry(common.clock.now(), Act::VenueEntered, id.to_string(), detail);
    console.0.office.record(&entry).await.map_err(&failed)?;
    common.intake.register_venue(&registration, mail.as_ref()).await.map_err(&failed)?;
    Ok(see(&sheets(id)))
}

/// What is to be printed and posted for a venue.
pub(crate) async fn printing(
    State(console): State<Console>,
    officer: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, ConsoleError> {
    let Some((venue, issued)) = found(&console, &id).await? else { return Ok(officer.not_found(&console)) };
    let pack = &console.0.common.pack;
    let context = json!({
        "venue": {
            "id": venue.id.to_string(),
            "name": venue.full_name(),
            "category": pack.category(&venue.category).map_or(venue.category.as_str(), |c| c.label.as_str()),
            "postal_code": venue.postal_code,
            "address": venue.address,
        },
        "certificate": certificate::shown(pack, &venue, issued.as_ref()),
    });
    officer.page(&console, StatusCode::OK, "officer/venue_sheets.html", context).await
}

/// A venue's poster.
pub(crate) async fn poster(
    State(console): State<Console>,
    officer: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, ConsoleError> {
    let Some((venue, _)) = found(&console, &id).await? else { return Ok(officer.not_found(&console)) };
    let pdf = printed::render(&console.0.common, &venue).await.map(Some);
    let pdf = pdf.inspect_err(|error| tracing::error!(%error, "a poster can't be rendered"));
    Ok(sheet(&console, &officer, &venue, "poster", pdf))
}

/// A venue's certificate.
pub(crate) async fn certificate(
    State(console): State<Console>,
    officer: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, ConsoleError> {
    let Some((venue, issued)) = found(&console, &id).await? else { return Ok(officer.not_found(&console)) };
    let pdf = certificate::render(&console.0.common, &venue, issued.as_ref()).await;
    Ok(sheet(&console, &officer, &venue, "certificate", pdf))
}

/// The measures of a venue, to be chosen again on the operator's word.
pub(crate) async fn measures(
    State(console): State<Console>,
    officer: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, ConsoleError> {
    let Some((venue, issued)) = found(&console, &id).await? else { return Ok(officer.not_found(&console)) };
    let common = &console.0.common;
    if certificate::industry_of(&common.pack, &venue).is_none() {
        return Ok(officer.not_found(&console));
    }
    let ticked: Vec<&str> =
        issued.iter().flat_map(|issued| &issued.measures).map(|measure| measure.id.as_str()).collect();
    let mut context = measures::context(common, "ja", &venue, &ticked, issued.as_ref(), Asked::First);
    context["action"] = json!(format!("/venues/{}/measures", venue.id));
    measures_page(&console, &officer, context, Asked::First).await
}

/// The certificate is issued anew, recorded before it is stored.
pub(crate) async fn issue_anew(
    State(console): State<Console>,
    Path(id): Path<String>,
    OwnForm { officer, fields, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let Some((venue, issued)) = found(&console, &id).await? else { return Ok(officer.not_found(&console)) };
    let (common, failed) = (&console.0.common, failed(&console));
    if certificate::industry_of(&common.pack, &venue).is_none() {
        return Ok(officer.not_found(&console));
    }
    let measures = match measures::chosen(common, &fields, &venue.category) {
        Ok(measures) => measures,
        Err(asked) => {
            let ticked = fields.all("measure");
            let mut context = measures::context(common, "ja", &venue, &ticked, issued.as_ref(), asked);
            context["action"] = json!(format!("/venues/{}/measures", venue.id));
            return measures_page(&console, &officer, context, asked).await;
        }
    };
    let now = common.clock.now();
    let detail = format!("measures={}", measures.len());
    let entry = officer.entry(now, Act::CertificateIssued, venue.id.to_string(), detail);
    console.0.office.record(&entry).await.map_err(&failed)?;
    common.intake.issue_certificate(venue.id, &measures, now).await.map_err(&failed)?;
    Ok(see(&sheets(venue.id)))
}

/// A venue whose code takes check-ins and its newest certificate, where officers enter for operators.
async fn found(console: &Console, id: &str) -> Result<Option<(Venue, Option<Certificate>)>, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(console));
    let id = VenueId::parse(id).filter(|_| common.pack.policy.venues.proxy_entry);
    let Some(id) = id else { return Ok(None) };
    let venue = common.intake.venue(id).await.map_err(&failed)?;
    let Some(venue) = venue.filter(|venue| venue.status == VenueStatus::Active) else { return Ok(None) };
    let issued = common.intake.certificate(id).await.map_err(&failed)?;
    Ok(Some((venue, issued)))
}

fn sheet(
    console: &Console,
    officer: &SignedIn,
    venue: &Venue,
    name: &str,
    pdf: Result<Option<Vec<u8>>, PrintError>,
) -> Response {
    match pdf {
        Ok(Some(pdf)) => file("application/pdf", Some(&format!("{name}-{}.pdf", venue.id)), pdf),
        Ok(None) => officer.not_found(console),
        Err(_) => not_now(console),
    }
}

fn sheets(id: VenueId) -> String {
    format!("/venues/{id}/sheets")
}

fn not_now(console: &Console) -> Response {
    error_page(&console.0.common, StatusCode::SERVICE_UNAVAILABLE, "ja", "internal", Door::Console)
}

async fn measures_page(
    console: &Console,
    officer: &SignedIn,
    mut context: Value,
    asked: Asked,
) -> Result<Response, ConsoleError> {
    context["layout"] = json!(LAYOUT);
    officer.page(console, measures::status(asked), "operator/measures.html", context).await
}

async fn show(
    console: &Console,
    officer: &SignedIn,
    status: StatusCode,
    form: Value,
    errors: &Errors,
) -> Result<Response, ConsoleError> {
    let common = &console.0.common;
    let context = json!({
        "layout": LAYOUT,
        "here": "",
        "rules": rules::rules(&common.pack),
        "fields": register::form_fields(&Say { common, lang: "ja" }, &common.pack, false),
        "form": form,
        "errors": errors.list(),
        "error_for": errors.by_field(),
    });
    officer.page(console, status, "operator/new.html", context).await
}
