//! LINE in the demo: a stand-in of its Messaging API in this process, and invented people with their phones.
//!
//! The worker calls it over HTTP, as it would call LINE; what people do there comes to our own webhook over HTTP,
//! signed, as LINE would send it. It is not LINE, and its pages say so.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use axum::body::Body;
use deliver::line::{AccessToken, LineCourier, LineSettings};
use domain::clock::{Clock, Instant};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use line_stand_in::events::Webhook;
use line_stand_in::{Fault, Received, StandIn, Standing};
use seal::line::ChannelSecret;
use tokio::net::{TcpListener, TcpStream};
use web::LineDoor;
use worker::Line;
use worker::line::Price;

/// The account of the demo: no such one exists.
const ACCOUNT: &str = "@tadori-demo.example";

/// What the stand-in signs with, and what it wants of who calls it: secrets of nobody.
const SECRET: &str = "demo-channel-secret-that-is-not-lines";
const TOKEN: &str = "demo-access-token";

/// Where the check-in page's button leads in the demo.
pub const CHATS: &str = "/demo/line";

/// What the month may have: so many that the demo doesn't reach it.
const QUOTA: u64 = 5_000;

/// An invented person.
#[derive(Clone, Copy)]
pub struct Person {
    /// In addresses.
    pub id: &'static str,
    /// On the page.
    pub name: &'static str,
    number: u8,
}

impl Person {
    /// The account on LINE, in the form that LINE gives them.
    pub fn account(self) -> String {
        format!("U{:032x}", u128::from(self.number))
    }
}

/// Who uses the demo: has been nowhere, and isn't a friend of the account.
const YOU: Person = Person { id: "you", name: "あなた", number: 1 };

/// Who has been somewhere in the last days.
pub const VISITORS: [Person; 4] = [
    Person { id: "aoi", name: "あおい", number: 2 },
    Person { id: "haruto", name: "はると", number: 3 },
    Person { id: "mei", name: "めい", number: 4 },
    Person { id: "sora", name: "そら", number: 5 },
];

/// Everybody with a phone.
pub fn people() -> impl Iterator<Item = Person> {
    std::iter::once(YOU).chain(VISITORS)
}

/// What somebody does on their phone.
pub enum Act {
    /// Sends a text.
    Send(String),
    /// Presses a button: what it sends back, and what stands on it.
    Press { data: String, label: String },
    /// Adds the account, or lifts the block.
    Add,
    /// Blocks it.
    Block,
}

/// What somebody has sent, as it stands in the chat.
#[derive(Clone)]
pub struct Said {
    pub at: Instant,
    pub account: String,
    pub text: String,
}

/// The stand-in, and the way to our webhook.
pub struct DemoLine {
    stand_in: StandIn,
    clock: Clock,
    /// Where the worker calls it.
    api: String,
    /// Where visitors' door listens.
    door: SocketAddr,
    said: Mutex<Vec<Said>>,
}

impl DemoLine {
    /// Opens the stand-in on a free port of this machine; `door` is where visitors' door listens.
    ///
    /// # Errors
    /// No port.
    pub async fn start(clock: &Clock, door: SocketAddr) -> anyhow::Result<Self> {
        let stand_in = StandIn::new(clock.clone(), SECRET, TOKEN);
        stand_in.set_quota(Some(QUOTA), 0);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let api = format!("http://{}", listener.local_addr()?);
        let router = line_stand_in::api::router(stand_in.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { stand_in, clock: clock.clone(), api, door, said: Mutex::new(Vec::new()) })
    }

    /// What visitors' door knows of the account.
    ///
    /// # Errors
    /// Never: the secret is one.
    pub fn door(&self) -> anyhow::Result<LineDoor> {
        let (account, chats) = (ACCOUNT.to_owned(), CHATS.to_owned());
        Ok(LineDoor { secret: secret()?, account, chats })
    }

    /// What the worker needs to call it.
    ///
    /// # Errors
    /// Never: the token is one.
    pub fn worker(&self, public_url: &str) -> anyhow::Result<Line> {
        let token = AccessToken::parse(TOKEN).context("an access token")?;
        Ok(Line {
            courier: LineCourier::new(LineSettings::new(self.api.clone(), token))?,
            secret: secret()?,
            public_url: public_url.to_owned(),
            push_late_replies: false,
            price: Price { included: 200, yen_per_thousand: 3_000 },
        })
    }

    /// Somebody is a friend of the account from before the demo began.
    pub fn befriend(&self, person: Person) {
        let _ = self.stand_in.follow(&person.account());
    }

    /// How somebody stands to the account.
    pub fn standing(&self, person: Person) -> Standing {
        self.stand_in.standing(&person.account())
    }

    /// What somebody has received.
    pub fn received(&self, person: Person) -> Vec<Received> {
        self.stand_in.chat(&person.account())
    }

    /// What somebody has sent.
    pub fn said(&self, person: Person) -> Vec<Said> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().filter(|said| said.account == person.account()).cloned().collect()
    }

    /// Somebody does something, and our webhook is told.
    ///
    /// # Errors
    /// The webhook refuses it, or isn't there.
    pub async fn does(&self, person: Person, act: Act) -> anyhow::Result<()> {
        let account = person.account();
        let hook = match act {
            Act::Send(text) => {
                self.note(&account, &text);
                self.stand_in.text(&account, &text)
            }
            Act::Press { data, label } => {
                self.note(&account, &label);
                self.stand_in.press(&account, &data)
            }
            Act::Add => self.stand_in.follow(&account),
            Act::Block => self.stand_in.block(&account),
        };
        self.post(&hook).await
    }

    /// Whether every call fails from now on, as when LINE is down.
    pub fn be_away(&self, away: bool) {
        self.stand_in.recover();
        if away {
            for call in ["reply", "push", "multicast", "quota", "consumption"] {
                let fault = Fault {
                    call: call.to_owned(),
                    times: u32::MAX,
                    taken: false,
                    status: 503,
                    retry_after: None,
                };
                self.stand_in.fail(fault);
            }
        }
    }

    fn note(&self, account: &str, text: &str) {
        let (account, text) = (account.to_owned(), text.to_owned());
        let said = Said { at: self.clock.now(), account, text };
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push(said);
    }

    /// Posts a webhook as LINE does.
    async fn post(&self, hook: &Webhook) -> anyhow::Result<()> {
        let socket = TcpStream::connect(self.door).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
        tokio::spawn(connection);
        let request = Request::post("/line/webhook")
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/json")
            .header("x-line-signature", &hook.signature)
            .body(Body::from(hook.body.clone()))?;
        let status = sender.send_request(request).await?.status();
        anyhow::ensure!(status.is_success(), "the webhook answers {status}");
        Ok(())
    }
}

fn secret() -> anyhow::Result<ChannelSecret> {
    ChannelSecret::parse(SECRET).context("a channel secret")
}
