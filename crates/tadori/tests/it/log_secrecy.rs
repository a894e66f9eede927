//! The log never holds a contact, an address or a query string, at any level: canaries in everything that can be sent.
//!
//! Everything that any crate says is searched, at the level of traces, while requests go through both doors with a canary in
//! every field, header, path and query, and while the worker meets a mail server that repeats addresses in its answers.
//! `TADORI_CANARY_REQUESTS=1000000` drives a million.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::http::{Method, header};
use deliver::Courier;
use deliver::error::Stage;
use deliver::receiver::{Answer, Options, Receiver};
use deliver::smtp::{SmtpCourier, SmtpSettings, Tls};
use tracing_subscriber::fmt::MakeWriter;

use crate::form::{Form, form};
use crate::operator::registration;
use crate::world::{Ask, HOUR, MINUTE, World};

/// How many requests, unless the environment says otherwise.
const REQUESTS: usize = 5_000;

/// What stands in everything that is sent; and where clients are.
const CANARIES: [&str; 3] = ["canary7q", "198.51.100.", "CANARY7Q"];

/// Reads what is logged, keeps the lines with a canary, and forgets the others.
#[derive(Clone, Default)]
struct Searching(Arc<Mutex<Found>>);

#[derive(Default)]
struct Found {
    bytes: usize,
    sung: Vec<String>,
}

impl Write for Searching {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut found = self.0.lock().unwrap();
        found.bytes += bytes.len();
        let has = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        if found.sung.len() < 10 && CANARIES.iter().any(|word| has(word)) {
            found.sung.push(String::from_utf8_lossy(bytes).into_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Searching {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn requests() -> usize {
    std::env::var("TADORI_CANARY_REQUESTS").ok().and_then(|text| text.parse().ok()).unwrap_or(REQUESTS)
}

/// A canary in each header that a browser, a proxy or a curious person sends.
fn sung(ask: Ask<'_>, number: usize) -> Ask<'_> {
    let client = format!("198.51.100.{}", number % 250);
    ask.from(&client)
        .with(header::USER_AGENT, "canary7q")
        .with(header::REFERER, "https://canary7q.example/?canary7q")
        .with(header::COOKIE, "session=canary7q; canary7q=1")
        .with(header::ACCEPT_LANGUAGE, "canary7q")
        .with(header::AUTHORIZATION, "Bearer canary7q")
        .with(header::HOST, "canary7q.example")
        .with(header::HeaderName::from_static("x-line-signature"), "canary7q")
}

/// A form whose every field holds a canary, but for its nonce.
fn filled(fields: Form) -> Form {
    fields
        .into_iter()
        .map(
            |(name, value)| if name == "nonce" { (name, value) } else { (name, format!("canary7q {value}")) },
        )
        .collect()
}

/// Whatever is sent, and wherever: nothing of it is logged.
#[tokio::test]
async fn no_line_of_the_log_holds_what_somebody_sent() {
    let searching = Searching::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(searching.clone());
    // The world of this test is its process; with another runner the others' lines are searched as well.
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();

    let mut world = World::new().await;
    let venue = world.venue("canary7q 食堂", "restaurant", 40).await;
    let path = format!("/v/{}", venue.code);
    let nonce = world.get(&path).await.is(200).nonce();
    let registered = filled(registration());
    for number in 0..requests() {
        let email = format!("canary7q-{number}@canary7q.example");
        let with_nonce = [("nonce", nonce.as_str()), ("email", email.as_str()), ("keep", "1")];
        let query = format!("{path}?lang=en&canary7q={email}");
        let ask = match number % 16 {
            0 => Ask::get(&query),
            1..=4 => Ask::post(&path, &form(&with_nonce)),
            5 => Ask::post(&path, &form(&[("nonce", "canary7q"), ("email", &email)])),
            6 => Ask::post(&path, &form(&[("nonce", &nonce), ("email", "canary7q canary7q")])),
            7 => Ask::get("/canary7q/%E3%81%82%00?canary7q"),
            8 => Ask::post("/ask", &form(&[("question", "canary7q"), ("nonce", "canary7q")])),
            9 => Ask::post("/report", &form(&[("code", "canary7q"), ("email", &email), ("nonce", &nonce)])),
            10 => Ask::get("/venues/canary7q/poster.pdf?key=canary7q"),
            11 => Ask::post("/venues", &registered),
            12 => Ask::get("/n/canary7q?canary7q=1"),
            13 => Ask { method: Method::PUT, path: &query, headers: Vec::new(), body: b"canary7q".to_vec() },
            14 => Ask {
                method: Method::POST,
                path: "/line/webhook",
                headers: Vec::new(),
                body: b"canary7q".to_vec(),
            },
            _ => Ask::get("/v/%ff%fecanary7q?%ff=canary7q"),
        };
        let page = world.ask(sung(ask, number)).await;
        assert!(page.status.as_u16() < 500, "{number}: {}", page.main());
        let console = match number % 64 {
            0 => {
                let form = form(&[("name", "canary7q"), ("password", "canary7q"), ("nonce", "canary7q")]);
                world.ask_console(sung(Ask::post("/sign-in", &form), number)).await
            }
            1 => world.ask_console(sung(Ask::get("/venues?q=canary7q"), number)).await,
            2 => world.ask_console(sung(Ask::get("/cases/canary7q?canary7q"), number)).await,
            _ => continue,
        };
        assert!(console.status.as_u16() < 500, "{number}: {}", console.main());
    }
    let doors = searching.0.lock().unwrap().bytes;

    // The worker, with a mail server that repeats whom it was to write to.
    let repeats = |stage: Stage, words: &str| {
        (stage == Stage::Recipient).then(|| match words.len() % 3 {
            0 => Answer::Say(format!("550 5.1.1 <{words}> unknown, says canary7q")),
            1 => Answer::Say(format!("451 4.3.0 <{words}> later")),
            _ => Answer::Close,
        })
    };
    let receiver = Receiver::start(Options::default().answering(repeats)).await.unwrap();
    let ring = world.stop_worker();
    let mut settings = SmtpSettings::new("localhost", receiver.address().port(), "tadori.example");
    settings.tls = Tls::None;
    world.start_worker_with(ring, Courier::Smtp(SmtpCourier::new(settings).unwrap()));
    let officer = world.officer("canary7q").await;
    for _ in 0..3 {
        world.turn().await;
        world.clock.advance(MINUTE);
    }
    world.enter(&officer, "canary7q", &[(&venue, world.today())]).await;
    world.turn().await;
    let notice = world.proposed().await;
    world.approve(&officer, notice).await;
    for _ in 0..6 {
        world.clock.advance(HOUR / 4);
        world.turn().await;
    }
    assert!(world.office.progress(notice).await.unwrap().failed > 0, "some were refused");
    let found = searching.0.lock().unwrap();
    println!("{doors} bytes were logged by the doors, {} by all", found.bytes);
    assert!(doors > 10 * requests() && found.bytes > doors, "is anything logged at all?");
    assert!(found.sung.is_empty(), "the log holds what somebody sent:\n{}", found.sung.join("\n"));
}
