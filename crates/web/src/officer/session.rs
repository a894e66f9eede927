//! Who is signed in. A session is a random token in a strict cookie; its hash lies in the office's store.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use domain::check_in::CheckInNonce;
use domain::clock::Instant;
use domain::id::OfficerId;
use domain::ledger::{Act, Entry};
use domain::policy::Approval;
use seal::token::{Token, TokenPurpose};
use serde_json::{Value, json};
use store::StoreError;

use crate::answer::{page, see};
use crate::error::{ConsoleError, Door, error_page};
use crate::form::{Fields, accepted, issue};
use crate::state::{Common, Console};

/// The session's cookie.
pub(crate) const COOKIE: &str = "tadori_session";

/// Registrations that wait are counted up to this; who has more of them needs no exact number.
const MOST_COUNTED: i64 = 100;

/// An officer with a good session.
pub(crate) struct SignedIn {
    pub id: OfficerId,
    pub name: String,
    pub token_hash: [u8; 32],
}

impl FromRequestParts<Console> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Console) -> Result<Self, Response> {
        let common = &state.0.common;
        let Some(token_hash) = token_hash(parts, common) else { return Err(see("/sign-in")) };
        match state.0.office.officer_of_session(&token_hash, common.clock.now()).await {
            Ok(Some(officer)) => Ok(Self { id: officer.id, name: officer.name, token_hash }),
            Ok(None) => Err(see("/sign-in")),
            Err(error) => {
                Err(axum::response::IntoResponse::into_response(ConsoleError(state.clone(), error)))
            }
        }
    }
}

pub(crate) fn token_hash(parts: &Parts, common: &Common) -> Option<[u8; 32]> {
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let token = cookies
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    let token = Token::parse(token)?;
    Some(*token.hash(&common.deployment, TokenPurpose::Session).as_bytes())
}

/// A form that was issued to the session of the officer who sends it: another site can't make an officer's
/// browser act. Whatever acts takes its officer and its fields from here, and can't forget to look.
pub(crate) struct OwnForm {
    pub officer: SignedIn,
    pub fields: Fields,
    pub nonce: CheckInNonce,
}

impl FromRequest<Console> for OwnForm {
    type Rejection = Response;

    async fn from_request(request: Request, console: &Console) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let officer = SignedIn::from_request_parts(&mut parts, console).await?;
        let fields = Fields::from_request(Request::from_parts(parts, body), console).await?;
        match accepted(&console.0.common, &fields, &officer.token_hash) {
            Some(nonce) => Ok(Self { officer, fields, nonce }),
            None => Err(officer.form_expired(console)),
        }
    }
}

impl SignedIn {
    /// A page of the console; what every one of them shows is added.
    pub async fn page(
        &self,
        console: &Console,
        status: StatusCode,
        name: &str,
        mut context: Value,
    ) -> Result<Response, ConsoleError> {
        let waiting = console.0.office.notices(domain::notice::NoticeState::Proposed).await;
        let waiting = waiting.map_err(|error| ConsoleError(console.clone(), error))?.len();
        context["officer"] = json!({ "name": self.name });
        context["nonce"] = json!(issue(&console.0.common, &self.token_hash));
        context["to_decide"] = json!(waiting);
        let clusters = console.0.common.pack.policy.notices.cluster;
        context["clusters"] = json!(clusters == domain::policy::ClusterTrigger::Officer);
        if console.0.common.pack.policy.venues.approval == Approval::Officer {
            let venues = console.0.common.intake.pending_venues(MOST_COUNTED).await;
            let venues = venues.map_err(|error| ConsoleError(console.clone(), error))?.len();
            context["venues_to_decide"] = json!(venues);
        }
        if context.get("done").is_none() {
            context["done"] = json!("");
        }
        Ok(page(&console.0.common, status, name, "ja", context))
    }

    /// What an officer is told whose form isn't ours, or too old.
    pub fn form_expired(&self, console: &Console) -> Response {
        let context = json!({
            "here": "",
            "status": 422,
            "title": "もう一度操作してください",
            "explanation": "画面を開いてから時間がたったため、操作を行いませんでした。",
            "way_on": { "href": "/cases", "label": "陽性者の一覧へ" },
        });
        page(&console.0.common, StatusCode::UNPROCESSABLE_ENTITY, "officer/error.html", "ja", context)
    }

    /// Something that isn't there.
    pub fn not_found(&self, console: &Console) -> Response {
        error_page(&console.0.common, StatusCode::NOT_FOUND, "ja", "not-found", Door::Console)
    }

    /// A ledger entry of this officer's.
    pub fn entry(
        &self,
        now: Instant,
        act: Act,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) -> Entry {
        Entry { at: now, actor: self.name.clone(), act, subject: subject.into(), detail: detail.into() }
    }
}

/// Wraps a store's failure for `?`.
pub(crate) fn failed(console: &Console) -> impl Fn(StoreError) -> ConsoleError {
    let console = console.clone();
    move |error| ConsoleError(console.clone(), error)
}

/// A moment as templates want it: `2026-11-22T14:32`, by the jurisdiction's wall clock.
pub(crate) fn moment(common: &Common, at: Instant) -> String {
    common.pack.policy.calendar.wall_clock(at).replace(' ', "T")
}

/// Whole minutes between two moments.
pub(crate) fn minutes_between(from: Instant, to: Instant) -> u64 {
    to.since(from).as_secs() / 60
}
