//! How posters hang in places of the jurisdiction (HKD-10), and what there is to print, each with its picture.
//!
//! The pack's pictures are its own; those of leaflet, flyer and poster are made from the sheets themselves, once,
//! and kept in memory.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::service_day::ServiceDay;
use print::error::PrintError;
use print::poster::Poster;
use print::sheet::Sheet;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::handouts::{flyer_sheet, leaflet_sheet};
use super::pages::plain;
use crate::answer::file;
use crate::error::{Door, error_page, unavailable};
use crate::form::Lang;
use crate::operator::printed::{issue_date, rendered, sheet};
use crate::print_check::sample_venue;
use crate::state::{Common, Public};

/// Pictures of sheets, once they were asked for.
#[derive(Default)]
pub(crate) struct Previews {
    leaflet: OnceCell<Vec<u8>>,
    flyer: OnceCell<Vec<u8>>,
    poster: OnceCell<Vec<u8>>,
}

/// The page.
pub(crate) async fn get(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let common = &public.0.common;
    if common.pack.gallery.is_empty() {
        return error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public);
    }
    let shown = common.pack.gallery.iter().map(|example| {
        let words = if example.place_en.is_some() && example.text_en.is_some() { lang } else { "ja" };
        json!({
            "picture": format!("/gallery/{}.svg", example.picture),
            "place": example.place(words),
            "text": example.text(words),
            "lang": words,
        })
    });
    let examples: Vec<Value> = shown.collect();
    plain(&public, lang, "pages/gallery.html", "/gallery", json!({ "examples": examples }))
}

/// A picture: one of the pack's, or of a sheet.
pub(crate) async fn picture(
    State(public): State<Public>,
    Path(name): Path<String>,
    Lang(lang): Lang,
) -> Response {
    let common = &public.0.common;
    let drawn = common.pack.gallery.iter().find(|example| example.file() == format!("gallery/{name}"));
    if let Some(text) = drawn.and_then(|example| common.pack.files.get(&example.file())) {
        return file("image/svg+xml", None, text.as_bytes().to_vec());
    }
    let previews = &public.0.previews;
    let made = match name.as_str() {
        _ if common.pack.gallery.is_empty() => None,
        "sheet-leaflet" => Some(previews.leaflet.get_or_try_init(|| preview(common, "leaflet")).await),
        "sheet-flyer" => Some(previews.flyer.get_or_try_init(|| preview(common, "flyer")).await),
        "sheet-poster" => Some(previews.poster.get_or_try_init(|| preview(common, "poster")).await),
        _ => None,
    };
    match made {
        Some(Ok(picture)) => file("image/svg+xml", None, picture.clone()),
        Some(Err(error)) => {
            tracing::error!(%error, "a leaflet or flyer can't be rendered");
            unavailable(common, lang, "/gallery")
        }
        None => error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public),
    }
}

async fn preview(common: &Common, name: &str) -> Result<Vec<u8>, PrintError> {
    let (pack, wording, url) = (&common.pack, common.pages.wording(), &common.public_url);
    let (engine, of): (_, Sheet) = match name {
        "leaflet" => (print::handout::TEMPLATE, (&leaflet_sheet(pack, wording, url)).into()),
        "flyer" => (print::handout::TEMPLATE, (&flyer_sheet(pack, wording, url)).into()),
        _ => (print::poster::TEMPLATE, (&sample_poster(common)).into()),
    };
    rendered(common, &format!("print/{name}.typ"), engine, Sheet::Preview(Box::new(of))).await
}

/// The poster of a place that there isn't: its code leads to the page for unknown codes.
fn sample_poster(common: &Common) -> Poster {
    let pack = &common.pack;
    let category = pack.policy.venues.categories.first().map_or("", |category| category.id.as_str());
    // Checked when the pack was read.
    let updated = ServiceDay::parse(&pack.policy.pages.updated_on).unwrap_or(ServiceDay::LAST);
    let poster = sheet(pack, &common.public_url, &sample_venue(category));
    Poster { issued_on: issue_date(updated), ..poster }
}
