//! Somebody who comes to a place and checks in, on one of the three ways.

use anyhow::Context as _;
use domain::clock::Clock;
use domain::line::SentCode;
use domain::venue::VenueCode;
use fastrand::Rng;
use line_stand_in::StandIn;
use push_stand_in::{PushStandIn, Subscribed};
use seal::random::Randomness;
use serde_json::Value;

use crate::visitor::{FORM, Visitor};

/// How people come.
#[derive(Clone)]
pub enum Coming {
    /// By the form, with an address.
    Mail,
    /// By the account on LINE.
    Line(StandIn),
    /// By the app, with a subscription.
    Push(PushStandIn),
}

/// One of them.
pub enum Comer {
    /// By the form.
    Mail(String),
    /// By the account.
    Line(StandIn, String),
    /// By the app.
    Push(Subscribed),
}

impl Coming {
    /// The next one, whom nobody has seen before.
    pub fn next(&self, visitor: u64, number: u64) -> Comer {
        match self {
            Self::Mail => Comer::Mail(format!("v{visitor}.{number}@visitor.example")),
            Self::Line(line) => Comer::Line(line.clone(), format!("U{:032x}", (visitor << 40) + number + 1)),
            Self::Push(service) => Comer::Push(service.subscribe(&Randomness::os())),
        }
    }
}

impl Comer {
    /// By what the check-in and everything that is sent is known as theirs.
    pub fn who(&self) -> String {
        match self {
            Self::Mail(who) | Self::Line(_, who) => who.clone(),
            Self::Push(subscribed) => subscribed.endpoint.clone(),
        }
    }

    /// Checks in at any of the doors: a page may come from one and be sent to another. `Ok(true)` is an
    /// acknowledgement.
    ///
    /// # Errors
    /// If the door isn't there or doesn't answer.
    pub async fn checks_in(
        &self,
        doors: &mut [Visitor],
        code: VenueCode,
        chance: &mut Rng,
    ) -> anyhow::Result<bool> {
        let (asked, sent) = (chance.usize(..doors.len()), chance.usize(..doors.len()));
        match self {
            Self::Mail(email) => {
                let code = code.to_string();
                let Some(nonce) = doors[asked].form(&code).await? else { return Ok(false) };
                Ok(doors[sent].send(&code, &nonce, email).await? == 303)
            }
            Self::Line(line, account) => {
                let hook = line.text(account, &SentCode::text(code, "ja"));
                let body = String::from_utf8(hook.body)?;
                let headers =
                    format!("Content-Type: application/json\r\nX-Line-Signature: {}\r\n", hook.signature);
                Ok(doors[sent].post("/line/webhook", &headers, &body).await?.status == 200)
            }
            Self::Push(Subscribed { endpoint, p256dh, auth }) => {
                let form = doors[asked].get(&format!("/app/form?code={code}")).await?;
                if form.status != 200 {
                    return Ok(false);
                }
                let form: Value = serde_json::from_str(&form.body)?;
                let nonce = form["nonce"].as_str().context("no nonce")?;
                let visited = Clock::system().now().as_micros() / 1000;
                let endpoint = endpoint.replace(':', "%3A").replace('/', "%2F");
                let body = format!(
                    "code={code}&nonce={nonce}&visited={visited}&endpoint={endpoint}&p256dh={p256dh}&auth={auth}"
                );
                Ok(doors[sent].post("/app/check-in", FORM, &body).await?.status == 200)
            }
        }
    }
}

/// The part of an opened contact by which a comer is known.
pub fn who(contact: &str) -> &str {
    contact.split_once('#').map_or(contact, |(endpoint, _)| endpoint)
}
