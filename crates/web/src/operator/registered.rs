//! The operator's own page of a venue: number, poster, code, rooms, days. Whoever has the link has the page.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::VenueId;
use domain::venue::{Room, Venue, VenueStatus};
use seal::token::{CodeHash, Token, TokenPurpose};
use serde_json::{Value, json};
use store::StoreError;

use crate::answer::{page, see};
use crate::error::{Door, error_page, failed};
use crate::form::{Errors, Lang, issue};
use crate::operator::certificate;
use crate::operator::printed::PART;
use crate::operator::rules::rules;
use crate::state::Public;

/// What was done on this page, said once after it.
const DONE: [&str; 5] = ["rooms", "dates", "correct", "revoke", "retire"];

/// Registrations of the same place that are counted, so that one page doesn't read a chain's thousand.
const ALIKE: i64 = 20;

/// A venue, whoever opens its page, and in which language.
pub(crate) struct Own {
    pub venue: Venue,
    pub key: String,
    pub lang: &'static str,
}

impl Own {
    /// The form that acts on this venue, and on no other.
    pub fn bound_to(&self) -> Vec<u8> {
        format!("own {}", self.venue.id).into_bytes()
    }

    /// Its page again, with what was done.
    pub fn see(&self, done: &str) -> Response {
        let Self { venue, key, lang } = self;
        see(&format!("/venues/{}?key={key}&done={done}&lang={lang}", venue.id))
    }

    /// Its page, with what was typed and what is wrong with it.
    pub async fn wrong(&self, public: &Public, form: Value, errors: &Errors) -> Response {
        self.show(public, StatusCode::UNPROCESSABLE_ENTITY, form, errors, false, "").await
    }

    async fn show(
        &self,
        public: &Public,
        status: StatusCode,
        form: Value,
        errors: &Errors,
        new: bool,
        done: &str,
    ) -> Response {
        let common = &public.0.common;
        let (lang, venue) = (self.lang, &self.venue);
        let around = match Around::of(public, venue).await {
            Ok(around) => around,
            Err(error) => return failed(common, lang, "/", &error),
        };
        let issued = match common.intake.certificate(venue.id).await {
            Ok(issued) => issued,
            Err(error) => return failed(common, lang, "/", &error),
        };
        let category =
            common.pack.category(&venue.category).map_or(venue.category.as_str(), |c| c.label.as_str());
        let mut typed = json!({
            "rooms": "", "starts_on": "", "ends_on": "",
            "name": venue.name.as_str(), "postal_code": venue.postal_code, "address": venue.address,
        });
        for (name, value) in form.as_object().into_iter().flatten() {
            typed[name] = value.clone();
        }
        let context = json!({
            "here": "",
            "just_registered": new,
            "done": done,
            "key": self.key,
            "nonce": issue(common, &self.bound_to()),
            "certificate": certificate::shown(&common.pack, venue, issued.as_ref()),
            "rules": rules(&common.pack),
            "form": typed,
            "errors": errors.list(),
            "error_for": errors.by_field(),
            "venue": {
                "id": venue.id.to_string(),
                "number": venue.id.to_string(),
                "name": venue.name.as_str(),
                "room": venue.room_name(),
                "parent": venue.room.as_ref().map(|room| room.of.to_string()),
                "category": category,
                "postal_code": venue.postal_code,
                "address": venue.address,
                "event": venue.kind.is_event(),
                "state": venue.status.as_str(),
                "dates": venue.held.times().iter().map(dates).collect::<Vec<_>>(),
            },
            "rooms": around.rooms.iter().map(brief).collect::<Vec<_>>(),
            "most_rooms": Room::MOST,
            "parts": (1..=around.posters().div_ceil(PART)).collect::<Vec<_>>(),
            "alike": around.alike,
            "replaces": around.replaces.as_ref().map(brief),
            "replaced_by": around.replaced_by.as_ref().map(brief),
        });
        page(common, status, "operator/registered.html", lang, context)
    }
}

/// What stands beside a venue.
struct Around {
    rooms: Vec<Venue>,
    alike: usize,
    replaces: Option<Venue>,
    replaced_by: Option<Venue>,
}

impl Around {
    async fn of(public: &Public, venue: &Venue) -> Result<Self, StoreError> {
        let intake = &public.0.common.intake;
        let replaces = match venue.replaces {
            Some(id) => intake.venue(id).await?,
            None => None,
        };
        let alike = intake.venues_alike(venue, ALIKE).await?;
        // The registration that this one replaces is like it on purpose, and so is the one that replaces it.
        let known = |other: &&Venue| Some(other.id) != venue.replaces && other.replaces != Some(venue.id);
        Ok(Self {
            rooms: intake.rooms(venue.id).await?,
            alike: alike.iter().filter(known).count(),
            replaces,
            replaced_by: intake.venues_replacing(venue.id).await?.pop(),
        })
    }

    fn posters(&self) -> usize {
        1 + self.rooms.iter().filter(|room| room.status == VenueStatus::Active).count()
    }
}

fn brief(venue: &Venue) -> Value {
    json!({
        "id": venue.id.to_string(),
        "number": venue.id.to_string(),
        "name": venue.name.as_str(),
        "room": venue.room_name(),
        "state": venue.status.as_str(),
    })
}

fn dates((first, last): &(domain::service_day::ServiceDay, domain::service_day::ServiceDay)) -> Value {
    json!({ "first": first.to_string(), "last": last.to_string() })
}

/// The page.
pub(crate) async fn get(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    Lang(lang): Lang,
) -> Response {
    let own = match own(&public, &id, &query, lang).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let asked = query.get("done").map_or("", String::as_str);
    let done = DONE.iter().find(|word| **word == asked).copied().unwrap_or_default();
    let new = query.contains_key("new");
    own.show(&public, StatusCode::OK, json!({}), &Errors::default(), new, done).await
}

/// [`own_venue`] with all that its page needs.
pub(crate) async fn own(
    public: &Public,
    id: &str,
    query: &HashMap<String, String>,
    lang: &'static str,
) -> Result<Own, Response> {
    let (venue, key) = own_venue(public, id, query, lang).await?;
    Ok(Own { venue, key, lang })
}

/// The venue, if the key in the address is its own. An unknown venue and a wrong key are answered alike.
pub(crate) async fn own_venue(
    public: &Public,
    id: &str,
    query: &HashMap<String, String>,
    lang: &str,
) -> Result<(Venue, String), Response> {
    let common = &public.0.common;
    let not_found = || error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public);
    let not_now = |error| failed(common, lang, "/", &error);
    let key = query.get("key").and_then(|key| Token::parse(key)).ok_or_else(not_found)?;
    let id = VenueId::parse(id).ok_or_else(not_found)?;
    let hash = common.intake.venue_key_hash(id).await.map_err(not_now)?;
    let hash = hash.and_then(|hash| CodeHash::from_stored(&hash)).ok_or_else(not_found)?;
    if hash != key.hash(&common.deployment, TokenPurpose::VenueKey) {
        return Err(not_found());
    }
    let venue = common.intake.venue(id).await.map_err(not_now)?.ok_or_else(not_found)?;
    Ok((venue, key.expose().as_str().to_owned()))
}
