//! What an operator prints or shows: the poster, those of the rooms, the code as a picture or on a tablet's
//! screen, and the sheet that ends a code. Nothing is handed out of a code that takes no check-ins.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::message;
use domain::policy::Confirmation;
use domain::policy::pack::Pack;
use domain::service_day::ServiceDay;
use domain::venue::{Venue, VenueStatus};
use print::discard::{Discard, Mark};
use print::error::PrintError;
use print::poster::{self, IssueDate, LanguageBlock, Line, Poster};
use print::qr::Code;
use print::sheet::Sheet;
use serde_json::json;

use crate::answer::{file, page, see};
use crate::error::{self, Door, error_page, unavailable};
use crate::form::Lang;
use crate::operator::registered::own_venue;
use crate::state::{Common, Public};

type Asked = Query<HashMap<String, String>>;

/// Posters in one file: as many as a child process sets in its time.
pub(crate) const PART: usize = 20;

/// The poster, A4 (OSK-39, OSK-40).
pub(crate) async fn poster(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
) -> Response {
    let venue = match in_use(&public, &id, &query, lang).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    match render(&public.0.common, &venue).await {
        Ok(pdf) => file("application/pdf", Some(&format!("poster-{}.pdf", venue.id)), pdf),
        Err(error) => failed(&public, lang, &error),
    }
}

/// The posters of a venue and its rooms, a page each; where there are many, a part of them (STM-27).
pub(crate) async fn posters(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
) -> Response {
    let common = &public.0.common;
    let venue = match in_use(&public, &id, &query, lang).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let rooms = match common.intake.rooms(venue.id).await {
        Ok(rooms) => rooms,
        Err(error) => return error::failed(common, lang, "/", &error),
    };
    let part: usize = query.get("part").and_then(|part| part.parse().ok()).unwrap_or(1);
    let rooms = rooms.into_iter().filter(|room| room.status == VenueStatus::Active);
    let all = std::iter::once(venue).chain(rooms);
    let sheets: Vec<Poster> = all
        .skip(part.saturating_sub(1).saturating_mul(PART))
        .take(PART)
        .map(|room| sheet(&common.pack, &common.public_url, &room))
        .collect();
    if sheets.is_empty() {
        return error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public);
    }
    match rendered(common, "print/poster.typ", poster::TEMPLATE, Sheet::Posters(sheets)).await {
        Ok(pdf) => file("application/pdf", Some(&format!("posters-{id}-{part}.pdf")), pdf),
        Err(error) => failed(&public, lang, &error),
    }
}

/// The sheet that ends this venue's code (STM-33).
pub(crate) async fn discard(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
) -> Response {
    match own_venue(&public, &id, &query, lang).await {
        Ok((venue, _)) => discarded(&public, &venue, None, lang).await,
        Err(answer) => answer,
    }
}

/// The sheet that ends the code of the registration that this one replaces.
pub(crate) async fn replaced(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
) -> Response {
    let common = &public.0.common;
    let venue = match own_venue(&public, &id, &query, lang).await {
        Ok((venue, _)) => venue,
        Err(answer) => return answer,
    };
    let old = match venue.replaces {
        Some(old) => common.intake.venue(old).await,
        None => Ok(None),
    };
    match old {
        Ok(Some(old)) => discarded(&public, &old, Some(&venue), lang).await,
        Ok(None) => error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public),
        Err(error) => error::failed(common, lang, "/", &error),
    }
}

async fn discarded(public: &Public, old: &Venue, new: Option<&Venue>, lang: &str) -> Response {
    let common = &public.0.common;
    let sheet = ending(&common.pack, old, new);
    match rendered(common, "print/discard.typ", print::discard::TEMPLATE, &sheet).await {
        Ok(pdf) => file("application/pdf", Some(&format!("discard-{}.pdf", old.id)), pdf),
        Err(error) => failed(public, lang, &error),
    }
}

fn failed(public: &Public, lang: &str, error: &PrintError) -> Response {
    tracing::error!(%error, "a poster can't be rendered");
    unavailable(&public.0.common, lang, "/")
}

/// The code as a PNG picture.
pub(crate) async fn code_png(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
) -> Response {
    match code(&public, &id, &query, lang).await {
        Ok((venue, code)) => file("image/png", Some(&format!("code-{}.png", venue.id)), code.png(16)),
        Err(answer) => answer,
    }
}

/// The code as an SVG drawing.
pub(crate) async fn code_svg(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
) -> Response {
    match code(&public, &id, &query, lang).await {
        Ok((venue, code)) => {
            let drawing = code.svg(&venue.full_name());
            file("image/svg+xml", Some(&format!("code-{}.svg", venue.id)), drawing.into_bytes())
        }
        Err(answer) => answer,
    }
}

/// The code on a tablet's screen.
pub(crate) async fn screen(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
) -> Response {
    match code(&public, &id, &query, lang).await {
        Ok((venue, code)) => {
            let name = venue.name.as_str();
            let context = json!({
                "venue": { "name": name, "room": venue.room_name() },
                "qr_svg": code.svg(&venue.full_name()),
            });
            page(&public.0.common, StatusCode::OK, "operator/screen.html", lang, context)
        }
        Err(answer) => answer,
    }
}

async fn code(
    public: &Public,
    id: &str,
    query: &HashMap<String, String>,
    lang: &str,
) -> Result<(Venue, Code), Response> {
    let venue = in_use(public, id, query, lang).await?;
    let code = Code::new(&address(&public.0.common.public_url, &venue)).map_err(|error| {
        tracing::error!(%error, "the public address is too long for a code");
        unavailable(&public.0.common, lang, "/")
    })?;
    Ok((venue, code))
}

/// The operator's venue, if its code takes check-ins; else its page says why there is nothing to print.
pub(crate) async fn in_use(
    public: &Public,
    id: &str,
    query: &HashMap<String, String>,
    lang: &str,
) -> Result<Venue, Response> {
    let (venue, key) = own_venue(public, id, query, lang).await?;
    match venue.status {
        VenueStatus::Active => Ok(venue),
        _ => Err(see(&format!("/venues/{}?key={key}&lang={lang}", venue.id))),
    }
}

/// What the code holds: upper case throughout, since scheme, host and code are case-insensitive and the
/// QR code's alphanumeric mode is coarser to print.
pub(crate) fn address(public_url: &str, venue: &Venue) -> String {
    format!("{public_url}/V/{}", venue.code).to_uppercase()
}

/// Renders the poster.
pub(crate) async fn render(common: &Common, venue: &Venue) -> Result<Vec<u8>, PrintError> {
    let sheet = sheet(&common.pack, &common.public_url, venue);
    rendered(common, "print/poster.typ", poster::TEMPLATE, &sheet).await
}

/// Renders a sheet by the pack's template or else the engine's, in a child process, where there are not too
/// many to be rendered already.
pub(crate) async fn rendered(
    common: &Common,
    name: &str,
    own: &'static str,
    sheet: impl Into<Sheet>,
) -> Result<Vec<u8>, PrintError> {
    let stopped = |message: String| PrintError::Process { message };
    let place = common.rendering.queue().ok_or_else(|| stopped("too many wait for their posters".into()))?;
    let leave = place.turn().await.ok_or_else(|| stopped("nothing is rendered any more".into()))?;
    let (sheet, renderer) = (sheet.into(), common.renderer.clone());
    let template = common.pack.files.get(name).cloned();
    let rendered = tokio::task::spawn_blocking(move || {
        let _leave = leave;
        renderer.render(template.as_deref().unwrap_or(own), sheet)
    });
    rendered.await.map_err(|error| stopped(error.to_string()))?
}

/// What stands on a venue's poster.
pub(crate) fn sheet(pack: &Pack, public_url: &str, venue: &Venue) -> Poster {
    let policy = &pack.policy;
    let say = |language: &str, key: &str| say(pack, language, key);
    let last_step = match policy.check_in.confirmation {
        Confirmation::None | Confirmation::OnScreenOnly => "poster-step-3-none",
        _ => "poster-step-3",
    };
    let block = |language: &str| LanguageBlock {
        lang: tag(language).to_owned(),
        heading: say(language, "poster-heading"),
        steps: ["poster-step-1", "poster-step-2", last_step].map(|key| say(language, key)).into(),
    };
    Poster {
        language: "ja".into(),
        jurisdiction: policy.jurisdiction.name.clone(),
        system: policy.jurisdiction.system_name.clone(),
        headlines: lines(pack, "poster-headline"),
        venue: venue.name.as_str().to_owned(),
        room: venue.room.as_ref().map(|room| room.name.clone()),
        blocks: languages(pack, "poster-step-1").map(block).collect(),
        promise: lines(pack, "poster-promise"),
        url: address(public_url, venue),
        code_caption: say("ja", "poster-caption"),
        code_description: say("ja", "poster-description"),
        registration_number: venue.id.to_string(),
        issued_on: issue_date(policy.calendar.day_of(venue.registered_at)),
        desk: Some(format!("{} {}", policy.desk.name, policy.desk.phone)),
        trademark: policy.pages.trademark.then(|| say("ja", "poster-trademark")),
    }
}

/// As many languages as a sheet has room for.
const LANGUAGES: usize = 5;

/// The languages in which a sheet says something (E22): those that the pack offers and has words in, and whose
/// letters the sheet's fonts draw.
fn languages<'a>(pack: &'a Pack, key: &'a str) -> impl Iterator<Item = &'a str> {
    let offered = pack.policy.notices.languages.iter().map(String::as_str);
    let said = move |language: &&str| {
        pack.wording.has(language, key) && poster::undrawn(&say(pack, language, key)).is_none()
    };
    offered.filter(said).take(LANGUAGES)
}

/// A sentence in each of them; easy Japanese stands in steps only.
fn lines(pack: &Pack, key: &str) -> Vec<Line> {
    let spoken = languages(pack, key).filter(|language| *language != "ja-easy");
    spoken.map(|language| Line { lang: tag(language).to_owned(), text: say(pack, language, key) }).collect()
}

fn say(pack: &Pack, language: &str, key: &str) -> String {
    let policy = &pack.policy;
    let values = [
        ("jurisdiction", policy.jurisdiction.name(language)),
        ("span", message::span(policy, &pack.wording, language)),
        ("domain", policy.sender.address.rsplit('@').next().unwrap_or_default().to_owned()),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    pack.wording.text(language, key, &values)
}

/// A day as it is printed.
pub(crate) fn issue_date(day: ServiceDay) -> IssueDate {
    let (written, date) = (day.in_japanese(), day.to_string());
    let part = |range: std::ops::Range<usize>| {
        date.get(range).and_then(|text| text.parse::<i32>().ok()).unwrap_or(1)
    };
    IssueDate {
        year: part(0..4),
        month: u8::try_from(part(5..7)).unwrap_or(1),
        day: u8::try_from(part(8..10)).unwrap_or(1),
        text: written.split('（').next().unwrap_or_default().to_owned(),
    }
}

/// The sheet that ends a code: which posters are meant, by what stands on them.
pub(crate) fn ending(pack: &Pack, old: &Venue, new: Option<&Venue>) -> Discard {
    let policy = &pack.policy;
    let line = |language: &str, key: &str| Line { lang: language.to_owned(), text: say(pack, language, key) };
    let mark = |key: &str, value: String| Mark { label: say(pack, "ja", key), value };
    let mut steps = vec![line("ja", "discard-step-1"), line("ja", "discard-step-2")];
    let mut marks = vec![
        mark("discard-mark-number", old.id.to_string()),
        mark("discard-mark-code", format!("/V/{}", old.code)),
    ];
    if let Some(new) = new {
        steps.push(line("ja", "discard-step-new"));
        marks.push(mark("discard-mark-new", new.id.to_string()));
    }
    Discard {
        language: "ja".into(),
        jurisdiction: policy.jurisdiction.name.clone(),
        system: policy.jurisdiction.system_name.clone(),
        headlines: lines(pack, "discard-headline"),
        venue: old.name.as_str().to_owned(),
        room: old.room.as_ref().map(|room| room.name.clone()),
        steps,
        marks,
        registration_number: old.id.to_string(),
        issued_on: issue_date(policy.calendar.day_of(old.registered_at)),
        desk: Some(format!("{} {}", policy.desk.name, policy.desk.phone)),
    }
}

/// Our own key of easy Japanese is no language tag.
pub(crate) fn tag(language: &str) -> &str {
    if language == "ja-easy" { "ja" } else { language }
}
