//! The machine of one life: real stores in a folder of memory, the real worker, the officers' door, couriers that
//! fail when they are told to, and clocks that stand until they are moved.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use deliver::Courier;
use deliver::inbox::Inbox;
use deliver::line::{AccessToken, LineCourier, LineSettings};
use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::{Clock, Instant};
use domain::contact::Contact;
use domain::policy::pack::Pack;
use domain::service_day::ServiceDay;
use domain::venue::Venue;
use line_stand_in::StandIn;
use print::sandbox::Renderer;
use seal::day_key::{DayPublic, DaySealer, Sealer};
use seal::form::FormSigner;
use seal::identity::{Deployment, VerifyingKey};
use seal::key_ring::KeyRing;
use seal::line::ChannelSecret;
use seal::random::Randomness;
use store::check_ins::{CheckInQueue, SealedCheckIn};
use store::line::{FriendState, LineStep};
use store::{Intake, Office, Root};
use tempfile::TempDir;
use tower::ServiceExt as _;
use web::{Console, Parts};
use worker::line::Price;
use worker::{Line, Worker};

use crate::browsers::Browsers;
use crate::install::{Installed, SignedIn, first_clock, unlock};

/// Noon of Sunday, 22 November 2026, in Japan.
pub const START: Instant = Instant::from_micros(1_795_316_400_000_000);

const LINE_SECRET: &str = "stand-in-channel-secret-of-the-simulation";
const LINE_TOKEN: &str = "stand-in-token";

/// Where the officers' door stands.
pub const BASE_URL: &str = "https://console.simulation.example";

/// By how much a clock is wrong, and whether it is ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong(Duration, bool);

impl Wrong {
    /// It is right.
    pub const ZERO: Self = Self(Duration::ZERO, false);

    /// Behind by this.
    pub const fn behind(by: Duration) -> Self {
        Self(by, false)
    }

    /// Ahead by this.
    pub const fn ahead(by: Duration) -> Self {
        Self(by, true)
    }
}

/// The machine.
pub struct Machine {
    folder: TempDir,
    root: Root,
    pub clock: Clock,
    /// The worker's own, where it goes wrong.
    worker_clock: Clock,
    pub pack: Arc<Pack>,
    pub randomness: Randomness,
    deployment: Deployment,
    verifying: VerifyingKey,
    forms: FormSigner,
    pub intake: Intake,
    pub office: Office,
    pub inbox: Inbox,
    pub line: Option<(StandIn, String)>,
    pub browsers: Option<Browsers>,
    pub venues: Vec<Venue>,
    queue: CheckInQueue,
    console: Router,
    officers: Vec<SignedIn>,
    worker: Option<Worker>,
}

impl Machine {
    /// A copy of an installation. Everything random in it comes from the seed.
    pub async fn new(installed: &Installed, seed: u64) -> Self {
        Self::on(installed, installed.copy(), seed).await
    }

    /// The machine of an installation in this folder.
    pub async fn on(installed: &Installed, folder: TempDir, seed: u64) -> Self {
        let (clock, randomness) = (first_clock(), Randomness::seeded(seed));
        let root = Root::new(folder.path().join("store"));
        let intake = Intake::open(&root).await.expect("intake");
        let office = Office::open(&root).await.expect("office");
        let ring = KeyRing::open(&folder.path().join("ring"), &unlock(folder.path()), &randomness);
        let ring = ring.expect("a ring");
        let (pack, deployment) = (Arc::clone(&installed.pack), installed.deployment.clone());
        let verifying = ring.verifying_key();
        let parts = Parts {
            pack: Arc::clone(&pack),
            clock: clock.clone(),
            randomness: randomness.clone(),
            deployment: deployment.clone(),
            verifying,
            web_secret: installed.web_secret.clone(),
            base_url: BASE_URL.to_owned(),
            public_url: "https://simulation.example".to_owned(),
            demo: false,
            behind_proxy: true,
            check_ins_per_client: 0,
            line: None,
            push: None,
            intake: intake.clone(),
        };
        let renderer = Renderer::new(PathBuf::from("/nonexistent"), &[]);
        let console = Console::with_pages(parts, office.clone(), renderer, installed.pages.clone());
        let (queue, _) = CheckInQueue::start(&intake, clock.clone());
        let line = if installed.rules.line { Some(stand_in(&clock).await) } else { None };
        let browsers = if installed.rules.push { Some(Browsers::new(&randomness).await) } else { None };
        let mut machine = Self {
            root,
            worker_clock: clock.clone(),
            clock,
            pack,
            randomness,
            deployment,
            verifying,
            forms: FormSigner::new(&installed.web_secret),
            intake,
            office,
            inbox: Inbox::new(),
            line,
            browsers,
            venues: installed.venues.clone(),
            queue,
            console: web::officers_door(console),
            officers: installed.officers.clone(),
            worker: None,
            folder,
        };
        machine.begin_worker(ring).await;
        machine
    }

    /// Ends everything that runs; what it left lies in the folder.
    pub async fn end(mut self) -> TempDir {
        self.worker = None;
        self.intake.checkpoint().await.expect("written back");
        self.office.checkpoint().await.expect("written back");
        self.folder
    }

    // --- the worker

    /// The worker, which is there between its end and its beginning only for whoever ends it.
    pub fn worker(&mut self) -> &mut Worker {
        self.worker.as_mut().expect("a worker")
    }

    /// The ring, as the worker holds it.
    pub fn ring(&self) -> &KeyRing {
        self.worker.as_ref().expect("a worker").ring()
    }

    /// The worker's process ends, with all that it held; another begins on the same files, by a clock that is right
    /// or not.
    pub async fn restart_worker(&mut self, wrong: Wrong) {
        self.worker = None;
        self.worker_clock = match wrong {
            Wrong::ZERO => self.clock.clone(),
            Wrong(by, true) => Clock::set_to(self.clock.now().plus(by)),
            Wrong(by, false) => Clock::set_to(self.clock.now().minus(by)),
        };
        let folder = self.folder.path();
        let ring = KeyRing::open(&folder.join("ring"), &unlock(folder), &self.randomness);
        self.begin_worker(ring.expect("a ring")).await;
    }

    async fn begin_worker(&mut self, ring: KeyRing) {
        let intake = Intake::open(&self.root).await.expect("intake");
        let office = Office::open(&self.root).await.expect("office");
        let worker = Worker::new(
            intake,
            office,
            ring,
            Courier::Inbox(self.inbox.clone()),
            Arc::clone(&self.pack),
            self.worker_clock.clone(),
            self.randomness.clone(),
        );
        let worker = worker.with_push(self.browsers.as_ref().map(Browsers::push));
        self.worker = Some(worker.with_line(self.line.as_ref().map(|(_, url)| by_line(url))));
    }

    /// The worker's time.
    pub fn worker_now(&self) -> Instant {
        self.worker_clock.now()
    }

    /// Time passes, by every clock.
    pub fn pass(&self, time: Duration) {
        let (before, behind) = (self.clock.now(), self.worker_clock.now());
        self.clock.advance(time);
        if before != behind {
            self.worker_clock.advance(time);
        }
    }

    /// The service day of this moment.
    pub fn today(&self) -> ServiceDay {
        self.pack.policy.calendar.day_of(self.clock.now())
    }

    // --- visitors

    /// Somebody checks in now: sealed as the visitors' door does it. `Ok` is thanks.
    pub fn check_in(
        &self,
        place: usize,
        contact: &Contact,
        nonce: CheckInNonce,
    ) -> impl Future<Output = bool> + use<> {
        let now = self.clock.now();
        let place = CheckInPlace { day: self.today(), venue: self.venues[place].id, at: now, nonce };
        let (intake, queue, contact) = (self.intake.clone(), self.queue.clone(), contact.clone());
        let sealer = Sealer::new(self.deployment.clone(), self.verifying);
        async move {
            let Some(day) = day_sealer(&intake, &sealer, place.day).await else { return false };
            let Ok(sealed) = day.seal(&contact, "ja", &place) else { return false };
            queue.put(SealedCheckIn { place, sealed }).await.is_ok()
        }
    }

    /// The visitors' door ends without a warning and begins again: who waited for an answer gets none.
    pub fn restart_door(&mut self) {
        self.queue = CheckInQueue::start(&self.intake, self.clock.clone()).0;
    }

    /// What seals a record of today.
    pub async fn sealer(&self) -> Option<DaySealer> {
        let sealer = Sealer::new(self.deployment.clone(), self.verifying);
        day_sealer(&self.intake, &sealer, self.today()).await
    }

    // --- LINE

    /// An account blocks ours, or lifts the block, and LINE tells of it.
    pub async fn turn_account(&self, account: &Contact, blocks: bool) {
        let Some((line, _)) = &self.line else { return };
        let _ = if blocks { line.block(account.expose()) } else { line.follow(account.expose()) };
        let secret = ChannelSecret::parse(LINE_SECRET).expect("a secret");
        let (now, event) = (self.clock.now(), u64::from_be_bytes(self.randomness.bytes()));
        let step = LineStep {
            event_id: &event.to_string(),
            happened_at: now,
            turns: true,
            at: now,
            heard_on: self.pack.policy.calendar.start_of(self.today()),
            tag: secret.tag(account).expect("an account"),
            state: Some(if blocks { FriendState::Blocked } else { FriendState::Following }),
            consent: None,
            reply: None,
        };
        assert!(self.intake.take_line_event(&step).await.expect("taken"));
    }

    // --- officers

    /// An officer sends a form.
    pub fn act(
        &self,
        officer: usize,
        path: &str,
        fields: &[(&str, &str)],
    ) -> impl Future<Output = (StatusCode, String)> + use<> {
        let officer = &self.officers[officer];
        let nonce = CheckInNonce::issue(self.clock.now(), self.randomness.bytes());
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        form.append_pair("nonce", &self.forms.sign(&nonce, &officer.token_hash));
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &officer.cookie)
            .body(Body::from(form.finish()))
            .expect("a request");
        let console = self.console.clone();
        async move {
            let Ok(answer) = console.oneshot(request).await;
            let leads_to = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            (answer.status(), leads_to.unwrap_or_default().to_owned())
        }
    }

    /// A file of the office.
    pub fn office_file(&self) -> PathBuf {
        self.folder.path().join("store").join("office").join("office.db")
    }
}

async fn day_sealer(intake: &Intake, sealer: &Sealer, day: ServiceDay) -> Option<DaySealer> {
    let stored = intake.day(day).await.ok()??;
    let public = DayPublic::from_stored(day, stored.suite, &stored.public_key, &stored.signature)?;
    sealer.open_day(&public).ok()
}

/// The stand-in of LINE, listening on this machine.
async fn stand_in(clock: &Clock) -> (StandIn, String) {
    let line = StandIn::new(clock.clone(), LINE_SECRET, LINE_TOKEN);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let router = line_stand_in::api::router(line.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (line, url)
}

fn by_line(url: &str) -> Line {
    let token = AccessToken::parse(LINE_TOKEN).expect("a token");
    Line {
        courier: LineCourier::new(LineSettings::new(url, token)).expect("a way to LINE"),
        secret: ChannelSecret::parse(LINE_SECRET).expect("a secret"),
        public_url: "https://simulation.example".to_owned(),
        push_late_replies: false,
        price: Price { included: 200, yen_per_thousand: 3_000 },
    }
}
