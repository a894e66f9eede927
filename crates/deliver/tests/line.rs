//! The client of LINE's Messaging API against the stand-in, and against servers that break.

#![expect(clippy::unwrap_used, reason = "what fails in a test is the test")]

use std::time::Duration;

use deliver::error::Unreachable;
use deliver::line::{AccessToken, LineCourier, LineError, LineSettings, Quota};
use domain::clock::{Clock, Instant};
use domain::contact::Contact;
use domain::id::MessageId;
use domain::message::line::{LineButton, LineText};
use line_stand_in::{Fault, StandIn, api};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const TOKEN: &str = "stand-in-token";
const MEI: &str = "Uaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn clock() -> Clock {
    Clock::set_to(Instant::from_micros(1_790_000_000_000_000))
}

async fn stand_in(clock: Clock) -> (StandIn, LineCourier) {
    let line = StandIn::new(clock, "stand-in-channel-secret", TOKEN);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = api::router(line.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (line, courier(&url, TOKEN))
}

fn courier(url: &str, token: &str) -> LineCourier {
    let mut settings = LineSettings::new(url, AccessToken::parse(token).unwrap());
    settings.patience = Duration::from_secs(20);
    LineCourier::new(settings).unwrap()
}

fn key(n: u8) -> MessageId {
    MessageId::from_random([n; 16])
}

fn text(words: &str) -> LineText {
    LineText { text: words.to_owned(), button: None }
}

fn account(n: usize) -> Contact {
    Contact::line(&format!("U{n:032x}")).unwrap()
}

/// The stand-in, which is held against LINE's definitions, takes every request that the client can make.
#[tokio::test]
async fn every_call_is_as_the_definitions_have_it() {
    let (line, courier) = stand_in(clock()).await;
    line.follow(MEI);
    let hook: serde_json::Value = serde_json::from_slice(&line.text(MEI, "x").body).unwrap();
    let token = hook["events"][0]["replyToken"].as_str().unwrap();
    let button =
        LineButton {
            question: "よろしいですか".repeat(22), label: "同意".into(), data: "d".repeat(300)
        };
    let asked = LineText { text: "あ".repeat(9_000), button: Some(button) };
    courier.reply(token, &asked).await.unwrap();
    assert!(matches!(courier.reply(token, &asked).await, Err(LineError::Permanent { .. })), "once");
    courier.push(key(1), &Contact::line(MEI).unwrap(), &text("one")).await.unwrap();
    let many: Vec<Contact> = (0..500).map(account).collect();
    courier.multicast(key(2), &many.iter().collect::<Vec<_>>(), &text("many")).await.unwrap();
    let one_more: Vec<Contact> = (0..501).map(account).collect();
    let refused = courier.multicast(key(3), &one_more.iter().collect::<Vec<_>>(), &text("many")).await;
    assert!(matches!(refused, Err(LineError::Permanent { .. })), "501");
    assert_eq!(courier.quota().await, Ok(Quota { limit: None, used: 1 }));
    line.set_quota(Some(7), 7);
    assert_eq!(courier.quota().await, Ok(Quota { limit: Some(7), used: 7 }));
    let spent = courier.push(key(4), &Contact::line(MEI).unwrap(), &text("more")).await;
    assert!(matches!(spent, Err(LineError::Busy { spent: true, .. })));
}

/// A key counts for 24 hours; rates are a second's.
#[tokio::test]
async fn a_key_is_known_for_a_day() {
    let clock = clock();
    let (line, courier) = stand_in(clock.clone()).await;
    line.follow(MEI);
    let mei = Contact::line(MEI).unwrap();
    for _ in 0..3 {
        courier.push(key(1), &mei, &text("once")).await.unwrap();
        clock.advance(Duration::from_secs(7 * 3600));
    }
    assert_eq!(line.chat(MEI).len(), 1);
    clock.advance(Duration::from_secs(24 * 3600));
    courier.push(key(1), &mei, &text("once")).await.unwrap();
    assert_eq!(line.chat(MEI).len(), 2, "after a day LINE has forgotten the key");
    line.set_rate(1, 1);
    clock.advance(Duration::from_secs(1));
    courier.push(key(5), &mei, &text("x")).await.unwrap();
    let busy = courier.push(key(6), &mei, &text("x")).await;
    assert!(matches!(busy, Err(LineError::Busy { spent: false, .. })), "{busy:?}");
    clock.advance(Duration::from_secs(1));
    courier.push(key(6), &mei, &text("x")).await.unwrap();
}

/// Whatever LINE says of the token, nobody is given up for it.
#[tokio::test]
async fn a_wrong_token_is_nobodys_fault() {
    let (line, _) = stand_in(clock()).await;
    line.fail(Fault { call: "quota".into(), times: 1, taken: false, status: 403, retry_after: None });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = api::router(line);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let stranger = courier(&url, "another").push(key(1), &account(1), &text("x")).await;
    assert!(matches!(stranger, Err(LineError::Unreachable(Unreachable::SignIn(_)))), "{stranger:?}");
    let forbidden = courier(&url, TOKEN).quota().await;
    assert!(matches!(forbidden, Err(LineError::Unreachable(Unreachable::SignIn(_)))), "{forbidden:?}");
}

/// Nobody there; no encryption beyond this machine; a server that hangs up, or says what isn't HTTP.
#[tokio::test]
async fn who_cannot_be_reached_took_nothing() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let nobody = courier(&format!("http://{address}"), TOKEN).quota().await;
    assert!(matches!(nobody, Err(LineError::Unreachable(Unreachable::Connect(_)))), "{nobody:?}");
    let beyond = courier("http://192.0.2.1:9", TOKEN).quota().await;
    assert!(matches!(beyond, Err(LineError::Unreachable(Unreachable::PlainBeyondLoopback))), "{beyond:?}");
    for said in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "220 mail.example ESMTP\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(said.as_bytes()).await;
            }
        });
        let broken = courier(&url, TOKEN).push(key(1), &account(1), &text("x")).await;
        // A 200 whose body broke off was a 200 all the same.
        let half = said.contains("200 OK");
        assert!(broken.is_ok() == half, "{said:?}: {broken:?}");
        if !half {
            assert!(matches!(broken, Err(LineError::Transient { .. })), "{broken:?}");
        }
    }
}

/// A kept connection that the other side has closed costs a second try, and no message.
#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_opened_anew() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let mut answered = 0;
        while answered < 3 {
            let (mut stream, _) = listener.accept().await.unwrap();
            if stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
                answered += 1;
            }
        }
    });
    let courier = courier(&url, TOKEN);
    for n in 0..3 {
        courier.push(key(n), &account(1), &text("x")).await.unwrap();
    }
    serving.await.unwrap();
}
