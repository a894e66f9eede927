//! Where notices go: a mail server, LINE or a push service, each behind a relay, and each misbehaving when told to.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use domain::clock::Clock;
use fastrand::Rng;
use line_stand_in::{Fault, StandIn, api};
use push_stand_in::PushStandIn;
use seal::random::Randomness;
use seal::web_push::VapidKey;
use tokio::net::TcpListener;

use crate::faults::comer::Coming;
use crate::faults::mail::Mail;
use crate::relay::{Flow, Relay};
use crate::settings::{LINE_SECRET, LINE_TOKEN, Plan, Way};

/// A message that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// At whom.
    pub who: String,
    /// The number by which a repeat of it is known; empty where the channel shows none.
    pub id: String,
}

/// All three; a trial uses one.
pub struct Post {
    /// The mail server.
    pub mail: Mail,
    line: StandIn,
    push: PushStandIn,
    relay: Relay,
    way: Way,
}

impl Post {
    /// Starts them, and tells the plan where they are.
    ///
    /// # Errors
    /// If there is no port.
    pub async fn start(plan: &mut Plan, delay: Duration, chance: &mut Rng) -> anyhow::Result<Self> {
        let mail = Mail::start(delay, chance.u64(..)).await?;
        let line = StandIn::new(Clock::system(), LINE_SECRET, LINE_TOKEN);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let line_at = listener.local_addr()?;
        let door = api::router(line.clone());
        tokio::spawn(async move { axum::serve(listener, door).await });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let behind: SocketAddr = if plan.way == Way::Line { line_at } else { listener.local_addr()? };
        let relay = Relay::start(behind, chance.u64(..)).await?;
        let key = VapidKey::new(&Randomness::os());
        let origin = format!("http://127.0.0.1:{}", relay.port());
        let push = PushStandIn::start(listener, origin, key.public());
        plan.mail = mail.port();
        plan.service = relay.port();
        plan.push_key = (key.public(), key.expose().to_string());
        Ok(Self { mail, line, push, relay, way: plan.way })
    }

    /// How people come whom it tells.
    pub fn coming(&self) -> Coming {
        match self.way {
            Way::Mail => Coming::Mail,
            Way::Line => Coming::Line(self.line.clone()),
            Way::Push => Coming::Push(self.push.clone()),
        }
    }

    /// Everything that arrived, in its order. What LINE was told as an answer to a check-in is no notice.
    pub fn taken(&self) -> Vec<Taken> {
        match self.way {
            Way::Mail => self.mail.taken(),
            Way::Line => {
                let notices = self.line.received().into_iter().filter(|one| one.by != "reply");
                notices.map(|one| Taken { who: one.account, id: String::new() }).collect()
            }
            Way::Push => {
                let browser = |number: usize| format!("{}/push/{number}", self.push.origin());
                let id = |topic: &str, said: &serde_json::Value| format!("{topic} {}", said["id"]);
                let arrived = self.push.arrived().into_iter();
                arrived
                    .map(|one| Taken { who: browser(one.browser), id: id(&one.topic, &one.said) })
                    .collect()
            }
        }
    }

    /// Answers come through so from now on.
    pub fn set(&self, flow: Flow) {
        self.relay.set(flow);
    }

    /// Nobody listens for a while.
    ///
    /// # Errors
    /// If the port was taken meanwhile.
    pub async fn away(&mut self, time: Duration) -> anyhow::Result<()> {
        match self.way {
            Way::Mail => self.mail.away().await,
            _ => self.relay.away().await,
        }
        tokio::time::sleep(time).await;
        self.mail.back().await?;
        self.relay.back().await
    }

    /// The next calls are answered so; `taken` tells whether LINE takes the messages all the same.
    pub fn answers(&self, status: u16, retry_after: Option<u64>, taken: bool) {
        match self.way {
            Way::Mail => {}
            Way::Line => {
                for call in ["push", "multicast"] {
                    let call = call.to_owned();
                    self.line.fail(Fault { call, times: 1, taken, status, retry_after });
                }
            }
            Way::Push => self.push.answer(&[(status, retry_after); 3]),
        }
    }

    /// A seventh of the browsers' subscriptions has ended; whose, [`is_over`] says.
    pub fn end_some(&self, came: usize) {
        for number in (0..came).filter(|number| is_over(*number)) {
            self.push.end(number);
        }
    }

    /// Browsers that were written to after the service had said that they are no more.
    pub fn asked_again(&self) -> usize {
        let asked = self.push.asked();
        let gone = |to: usize| asked.iter().filter(|one| one.browser == to && one.status == 410).count();
        let browsers: std::collections::BTreeSet<usize> = asked.iter().map(|one| one.browser).collect();
        browsers.into_iter().filter(|browser| gone(*browser) > 1).count()
    }

    /// Everything works again.
    ///
    /// # Errors
    /// If a port was taken meanwhile.
    pub async fn recover(&mut self) -> anyhow::Result<()> {
        self.mail.set(crate::faults::mail::Mode::Good);
        self.line.recover();
        self.push.recover();
        self.relay.set(Flow::Through);
        self.mail.back().await?;
        self.relay.back().await
    }
}

/// Whose subscription ends, where some do.
pub fn is_over(browser: usize) -> bool {
    browser % 7 == 3
}
