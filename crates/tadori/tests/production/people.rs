//! What people do, over HTTP and with what stands on paper.

use domain::clock::Clock;
use domain::id::VenueId;
use domain::venue::Venue;
use totp_rs::Totp;

use crate::client::{Answer, Browser, Form};
use crate::deployment::{Deployment, Role, today};
use crate::process::{SOON, eventually};

pub const PASSWORD: &str = "ながいあいことば 2026";

/// What an operator types.
pub const VENUE: Form<'static> = &[
    ("kind", "shop"),
    ("name", "髙﨑食堂 本町店"),
    ("category", "restaurant"),
    ("seats", "40"),
    ("postal_code", "540-0000"),
    ("address", "中央区見本町1-2-3"),
    ("contact_name", "髙﨑"),
    ("email", "operator@shop.example"),
    ("phone", "06-0000-0000"),
    ("agreement", "yes"),
];

/// An operator registers a venue; the page that they come to.
pub async fn register(deployment: &Deployment) -> String {
    let mut browser = Browser::at(deployment.visitor_port);
    let nonce = browser.get("/venues/new").await.is(200).nonce();
    let form = [&[("nonce", nonce.as_str())], VENUE].concat();
    browser.post("/venues", &form).await.leads_to()
}

/// A venue, registered, as the store has it.
pub async fn venue(deployment: &Deployment) -> Venue {
    let page = register(deployment).await;
    let number = page.trim_start_matches("/venues/").split('?').next().unwrap();
    let number = VenueId::parse(number).unwrap();
    deployment.intake().await.venue(number).await.unwrap().unwrap()
}

/// A visitor opens the address of the code and sends the form.
///
/// # Errors
/// The door is shut, or shuts meanwhile.
pub async fn try_check_in(port: u16, path: &str, email: &str) -> std::io::Result<Answer> {
    let mut browser = Browser::at(port);
    let nonce = browser.try_get(path).await?.is(200).nonce();
    browser.try_post(path, &[("nonce", &nonce), ("email", email)]).await
}

/// A visitor checks in and is thanked.
pub async fn check_in(deployment: &Deployment, path: &str, email: &str) {
    let answer = try_check_in(deployment.visitor_port, path, email).await.unwrap();
    assert!(answer.leads_to().contains("/thanks"));
}

/// Many visitors, sixteen at a time.
pub async fn check_in_all(deployment: &Deployment, path: &str, emails: &[String]) {
    for some in emails.chunks(16) {
        let mut visitors = tokio::task::JoinSet::new();
        for email in some {
            let (port, path, email) = (deployment.visitor_port, path.to_owned(), email.clone());
            visitors.spawn(async move { try_check_in(port, &path, &email).await.unwrap().leads_to() });
        }
        assert!(visitors.join_all().await.iter().all(|page| page.contains("/thanks")));
    }
}

/// The address of a venue's page, as its code has it.
pub fn path_of(venue: &Venue) -> String {
    format!("/v/{}", venue.code)
}

/// An officer's account is made on the command line, the app reads its address, and the officer signs in.
pub async fn officer(deployment: &Deployment) -> Browser {
    let typed = format!("{PASSWORD}\n");
    let said = deployment.succeeds_as(Role::OfficerDoor, &["officer", "add", "sato"], &typed);
    let address = said.lines().find(|line| line.starts_with("otpauth://")).expect("it is printed");
    let app = Totp::from_url(address).unwrap();
    let mut browser = Browser::at(deployment.officer_port);
    let nonce = browser.get("/sign-in").await.is(200).nonce();
    let code = app.generate(Clock::system().now().as_secs()).to_string();
    let form = [("nonce", nonce.as_str()), ("name", "sato"), ("password", PASSWORD), ("totp", code.as_str())];
    assert_eq!(browser.post("/sign-in", &form).await.leads_to(), "/cases");
    browser
}

/// A form of the console, with the nonce of the page that it stands on.
pub async fn act(officer: &mut Browser, page: &str, path: &str, form: Form<'_>) -> Answer {
    let nonce = officer.get(page).await.is(200).nonce();
    officer.post(path, &[&[("nonce", nonce.as_str())], form].concat()).await
}

/// An officer enters a case of today who was at this venue today; the case's page.
pub async fn enter_case(officer: &mut Browser, reference: &str, venue: &Venue) -> String {
    let (day, number) = (today().to_string(), venue.id.to_string());
    let form = [
        ("reference", reference),
        ("has_symptoms", "yes"),
        ("onset_on", &day),
        ("positive_on", &day),
        ("venue", &number),
        ("visited_on", &day),
        ("from", "12:00"),
        ("to", "13:00"),
    ];
    act(officer, "/cases/new", "/cases/new", &form).await.leads_to()
}

/// Waits until the newest case has a notice, and gives the notice's page.
pub async fn proposed(officer: &mut Browser, case: &str) -> String {
    eventually("a notice is proposed", SOON, async || {
        officer.get(case).await.is(200).links("/notices/").pop()
    })
    .await
}
