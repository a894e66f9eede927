//! Every page. Cannot send: what is to be mailed goes through arrivals and the outbox, and the request is
//! answered without waiting for a mail server (architecture invariant 2).
//!
//! Two doors, each its own listener, so that the officers' console can stand in another network:
//! [`public_door`] for visitors and operators, [`officers_door`] for officers. This file is the route
//! table; a page's file has its `get` and its `post`.

pub mod page;
pub mod page_check;
pub mod print_check;
pub mod promises;
pub mod wording;

pub mod state;

mod answer;
mod bounded;
mod client;
mod error;
mod form;
mod limit;
mod metrics;
mod policy_facts;
mod runtime;
mod traces;

mod health;
mod line_webhook;
mod officer;
mod operator;
mod visitor;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

pub use runtime::runtime;
pub use state::{Compiled, Console, LINE_ME, LineDoor, Parts, Public, PushDoor, StartError};

/// The longest form: the operator's, with room to spare.
const LONGEST_FORM: usize = 16 * 1024;

/// How long a request may take, the sending of its form included: one that never ends must end too.
const PATIENCE: Duration = Duration::from_secs(30);

/// Visitors and operators.
pub fn public_door(public: Public) -> Router {
    public_layers(public_routes(), public, PATIENCE)
}

fn public_routes() -> Router<Public> {
    Router::new()
        .route("/", get(visitor::pages::portal))
        .route("/visitors", get(visitor::pages::visitors))
        .route("/operators", get(visitor::pages::operators))
        .route("/faq", get(visitor::pages::faq))
        .route("/ask", get(visitor::ask::get).post(visitor::ask::post))
        .route("/privacy", get(visitor::pages::privacy))
        .route("/thresholds", get(visitor::pages::thresholds))
        .route("/changes", get(visitor::changes::get))
        .route("/sitemap", get(visitor::sitemap::get))
        .route("/pages/{name}", get(visitor::own_pages::get))
        .route("/gallery", get(visitor::gallery::get))
        .route("/gallery/{picture}", get(visitor::gallery::picture))
        .route("/leaflet.pdf", get(visitor::handouts::leaflet))
        .route("/flyer.pdf", get(visitor::handouts::flyer))
        .route("/erasures", get(visitor::pages::erasures))
        .route("/v/{code}", get(visitor::check_in::get).post(visitor::check_in::post))
        .route("/V/{code}", get(visitor::check_in::get).post(visitor::check_in::post))
        .route("/v/{code}/thanks", get(visitor::check_in::thanks))
        .route("/report", get(visitor::report::get).post(visitor::report::post))
        .route("/report/thanks", get(visitor::report::thanks))
        .route("/app", get(visitor::app::get))
        .route("/app/manifest.webmanifest", get(visitor::app::manifest))
        .route("/app/form", get(visitor::app_check_in::form))
        .route("/app/check-in", post(visitor::app_check_in::post))
        .route("/app/venues", get(visitor::app_venues::get))
        .route("/app/{part}", get(visitor::app::part))
        .route("/n/{token}", get(visitor::notice_page::get).post(visitor::notice_page::post))
        .route("/line/webhook", post(line_webhook::post).layer(DefaultBodyLimit::max(line_webhook::LONGEST)))
        .route("/enquiry", get(operator::enquiry::get).post(operator::enquiry::post))
        .route("/enquiry/thanks", get(operator::enquiry::thanks))
        .route("/venues/new", get(operator::register::get))
        .route("/venues", post(operator::register::post))
        .route("/venues/{id}", get(operator::registered::get))
        .route("/venues/{id}/rooms", post(operator::rooms::post))
        .route("/venues/{id}/dates", post(operator::changes::dates))
        .route("/venues/{id}/correct", post(operator::changes::correct))
        .route("/venues/{id}/revoke", post(operator::changes::revoke))
        .route("/venues/{id}/retire", post(operator::changes::retire))
        .route("/venues/{id}/measures", get(operator::measures::get).post(operator::measures::post))
        .route("/venues/{id}/poster.pdf", get(operator::printed::poster))
        .route("/venues/{id}/posters.pdf", get(operator::printed::posters))
        .route("/venues/{id}/discard.pdf", get(operator::printed::discard))
        .route("/venues/{id}/replaced.pdf", get(operator::printed::replaced))
        .route("/venues/{id}/certificate.pdf", get(operator::certificate::get))
        .route("/venues/{id}/code.png", get(operator::printed::code_png))
        .route("/venues/{id}/code.svg", get(operator::printed::code_svg))
        .route("/venues/{id}/screen", get(operator::printed::screen))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready_public))
        .fallback(error::not_found_public)
        .method_not_allowed_fallback(error::wrong_method_public)
}

/// Around every page: an end to waiting, a net under a fall, then the page and headers for whatever came.
fn public_layers(routes: Router<Public>, public: Public, patience: Duration) -> Router {
    routes
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, patience))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(public.clone(), answer::public_headers))
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .with_state(public)
}

/// Officers.
pub fn officers_door(console: Console) -> Router {
    Router::new()
        .route("/", get(officer::sign_in::home))
        .route("/sign-in", get(officer::sign_in::get).post(officer::sign_in::post))
        .route("/sign-out", post(officer::sign_in::sign_out))
        .route("/cases", get(officer::cases::get))
        .route("/cases/new", get(officer::case_new::get).post(officer::case_new::post))
        .route("/cases/{id}", get(officer::case::get))
        .route("/cases/{id}/withdraw", post(officer::case::withdraw))
        .route("/notices", get(officer::notices::get))
        .route("/notices/{id}", get(officer::notice::get))
        .route("/notices/{id}/approve", post(officer::notice_acts::approve))
        .route("/notices/{id}/decline", post(officer::notice_acts::decline))
        .route("/notices/{id}/stop", post(officer::notice_acts::stop))
        .route("/notices/{id}/consent", post(officer::notice_acts::consent))
        .route("/clusters/new", get(officer::cluster_new::get).post(officer::cluster_new::post))
        .route("/venues", get(officer::venues::get).post(officer::proxy::post))
        .route(
            "/venues/import",
            get(officer::venues_import::get)
                .post(officer::venues_import::post)
                .layer(DefaultBodyLimit::max(officer::venues_import::LARGEST_REQUEST)),
        )
        .route("/venues/import/template.csv", get(officer::venues_import::template))
        .route("/venues/{id}/approve", post(officer::venues::approve))
        .route("/venues/{id}/decline", post(officer::venues::decline))
        .route("/venues/new", get(officer::proxy::new))
        .route("/venues/{id}/sheets", get(officer::proxy::printing))
        .route("/venues/{id}/poster.pdf", get(officer::proxy::poster))
        .route("/venues/{id}/certificate.pdf", get(officer::proxy::certificate))
        .route("/venues/{id}/measures", get(officer::proxy::measures).post(officer::proxy::issue_anew))
        .route("/venues/{id}/revoke", post(officer::venues::revoke))
        .route("/channels", get(officer::channels::get).post(officer::channels::post))
        .route("/codes", get(officer::codes::get).post(officer::codes::post))
        .route("/figures", get(officer::figures::get))
        .route("/ledger", get(officer::ledger::get))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready_console))
        .fallback(error::not_found_console)
        .method_not_allowed_fallback(error::wrong_method_console)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, PATIENCE))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(console.clone(), answer::console_headers))
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .with_state(console)
}
