//! Signing in: named account, password, and a code from the authenticator app.
//!
//! Unknown names, wrong passwords and wrong codes are answered alike, after the same work. Five wrong in a
//! row lock the account for a while, and the client too.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::clock::Instant;
use domain::ledger::{Act, Entry};
use seal::officer_login::{PasswordHash, Totp};
use seal::token::{Token, TokenPurpose};
use serde_json::json;
use std::time::Duration;
use store::StoreError;
use store::officers::Officer;

use crate::answer::{page, see};
use crate::bounded::Leave;
use crate::client::{Client, PAUSE, TRIES, WRONG_SIGN_INS, minutes};
use crate::error::{ConsoleError, Door, error_page};
use crate::form::{Errors, Fields, accepted, issue};
use crate::officer::session::{COOKIE, OwnForm, failed};
use crate::state::{Common, Console};

const FORM: &[u8] = b"sign-in";

/// How long a session lasts: a shift.
const SESSION: Duration = Duration::from_secs(8 * 3600);

/// The door's first page leads to the work, or to signing in.
pub(crate) async fn home() -> Response {
    see("/cases")
}

/// The form.
pub(crate) async fn get(State(console): State<Console>, client: Client) -> Result<Response, ConsoleError> {
    let common = &console.0.common;
    let pause = WRONG_SIGN_INS.pause(common, client).await.map_err(failed(&console))?;
    Ok(show(common, StatusCode::OK, "", pause, &Errors::default()))
}

/// Signing in.
pub(crate) async fn post(
    State(console): State<Console>,
    client: Client,
    fields: Fields,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
    let now = common.clock.now();
    let name = fields.get("name").trim();
    if let Some(pause) = WRONG_SIGN_INS.pause(common, client).await.map_err(&failed)? {
        return Ok(show(common, StatusCode::TOO_MANY_REQUESTS, name, Some(pause), &Errors::default()));
    }
    let mut errors = Errors::default();
    if accepted(common, &fields, FORM).is_none() {
        errors.add("", "画面を開いてから時間がたちました。もう一度入力してください。");
        return Ok(show(common, StatusCode::UNPROCESSABLE_ENTITY, name, None, &errors));
    }
    let Some(place) = console.0.passwords.queue() else { return Ok(crowded(common)) };
    // Counted before its outcome is known: many at once are no more tries than one after another.
    if !WRONG_SIGN_INS.count(common, client).await.map_err(&failed)? {
        return Ok(show(common, StatusCode::TOO_MANY_REQUESTS, name, Some(PAUSE), &Errors::default()));
    }
    let Some(leave) = place.turn().await else { return Ok(crowded(common)) };
    let officer = console.0.office.officer(name).await.map_err(&failed)?;
    let locked = officer.as_ref().is_some_and(|officer| officer.locked_until > now);
    let password_holds = verify_password(officer.as_ref(), fields.get("password"), leave).await;
    let step = officer.as_ref().filter(|_| !locked).and_then(|officer| step(common, officer, &fields, now));
    if let (Some(officer), true, Some(step)) = (&officer, password_holds, step) {
        match begin(&console, officer, step, now).await {
            Ok(response) => {
                WRONG_SIGN_INS.right(common, client).await.map_err(&failed)?;
                return Ok(response);
            }
            // The same code in two windows at once, of which the first counts; or others were wrong at once,
            // and the account is locked by now.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    if let Some(officer) = &officer {
        let mut tx = console.0.office.begin().await.map_err(&failed)?;
        let in_a_row = tx.sign_in_failed(officer.id, TRIES, now.plus(PAUSE)).await.map_err(&failed)?;
        let entry = Entry {
            at: now,
            actor: officer.name.clone(),
            act: Act::SignInFailed,
            subject: String::new(),
            detail: format!("続けて{in_a_row}回目"),
        };
        tx.record(&entry).await.map_err(&failed)?;
        tx.commit().await.map_err(&failed)?;
    }
    // A locked account is answered like a wrong password: whether a name exists is nobody's business.
    let pause = WRONG_SIGN_INS.pause(common, client).await.map_err(&failed)?;
    errors.add(
        "name",
        "名前、パスワード、確認コードのどれかが違います。続けて5回誤ると、15分間サインインできません。",
    );
    Ok(show(common, StatusCode::UNPROCESSABLE_ENTITY, name, pause, &errors))
}

/// Signing out: the session's row goes, and the cookie with it.
pub(crate) async fn sign_out(
    State(console): State<Console>,
    OwnForm { officer, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let now = console.0.common.clock.now();
    console.0.office.end_session(&officer.token_hash, now).await.map_err(failed(&console))?;
    let mut response = see("/sign-in");
    set_cookie(&mut response, &console.0.common, "", Duration::ZERO);
    Ok(response)
}

/// Too many sign in at this moment.
fn crowded(common: &Common) -> Response {
    let mut response = error_page(common, StatusCode::SERVICE_UNAVAILABLE, "ja", "too-many", Door::Console);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

async fn verify_password(officer: Option<&Officer>, password: &str, leave: Leave) -> bool {
    let stored = officer.and_then(|officer| PasswordHash::from_stored(&officer.password_hash));
    let password = password.to_owned();
    // argon2id takes its time by design: not on the threads that answer others.
    let verified = tokio::task::spawn_blocking(move || {
        let _leave = leave;
        match stored {
            Some(hash) => hash.verify(&password),
            None => {
                PasswordHash::burn(&password);
                false
            }
        }
    });
    verified.await.unwrap_or(false)
}

fn step(common: &Common, officer: &Officer, fields: &Fields, now: Instant) -> Option<i64> {
    let totp = Totp::from_stored(&common.web_secret, officer.id, &officer.totp_secret)?;
    let last = u64::try_from(officer.totp_step).ok();
    totp.verify(fields.get("totp"), now.as_secs(), last).and_then(|step| i64::try_from(step).ok())
}

async fn begin(
    console: &Console,
    officer: &Officer,
    step: i64,
    now: Instant,
) -> Result<Response, StoreError> {
    let common = &console.0.common;
    let token = Token::new(&common.randomness);
    let hash = token.hash(&common.deployment, TokenPurpose::Session);
    let mut tx = console.0.office.begin().await?;
    tx.begin_session(officer.id, step, hash.as_bytes(), now, now.plus(SESSION)).await?;
    let entry = Entry {
        at: now,
        actor: officer.name.clone(),
        act: Act::SignedIn,
        subject: String::new(),
        detail: String::new(),
    };
    tx.record(&entry).await?;
    tx.commit().await?;
    let mut response = see("/cases");
    set_cookie(&mut response, common, token.expose().as_str(), SESSION);
    Ok(response)
}

fn set_cookie(response: &mut Response, common: &Common, value: &str, age: Duration) {
    let secure = if common.base_url.starts_with("https://") { "; Secure" } else { "" };
    let age = age.as_secs();
    let cookie = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

fn show(
    common: &Common,
    status: StatusCode,
    name: &str,
    pause: Option<Duration>,
    errors: &Errors,
) -> Response {
    let context = json!({
        "nonce": issue(common, FORM),
        "paused": pause.is_some(),
        "paused_minutes": pause.map_or(0, minutes),
        "form": { "name": name },
        "errors": errors.list(),
        "error_for": errors.by_field(),
    });
    page(common, status, "officer/sign_in.html", "ja", context).into_response()
}
