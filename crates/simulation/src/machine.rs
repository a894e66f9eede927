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
use domain::held::Held;
use domain::id::{OfficerId, VenueId};
use domain::policy::pack::Pack;
use domain::service_day::ServiceDay;
use domain::venue::{Size, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use line_stand_in::StandIn;
use print::sandbox::Renderer;
use seal::day_key::{DayPublic, DaySealer, Sealer};
use seal::form::FormSigner;
use seal::identity::{Deployment, VerifyingKey};
use seal::key_ring::{KeyRing, Unlock};
use seal::line::ChannelSecret;
use seal::random::Randomness;
use seal::token::{Token, TokenPurpose};
use seal::web_secret::WebSecret;
use store::check_ins::{CheckInQueue, SealedCheckIn};
use store::officers::Officer;
use store::venues::Registration;
use store::{Intake, Office, Root};
use tempfile::TempDir;
use tower::ServiceExt as _;
use web::{Console, Parts};
use worker::line::Price;
use worker::{Line, Worker};

use crate::rules::Rules;

/// Noon of Sunday, 22 November 2026, in Japan.
const START: Instant = Instant::from_micros(1_795_316_400_000_000);

const LINE_SECRET: &str = "stand-in-channel-secret-of-the-simulation";
const LINE_TOKEN: &str = "stand-in-token";

/// The places: what they are, how large, and how many infected people their notice takes.
pub const PLACES: [(&str, &str, i64, u32); 4] = [
    ("見本食堂", "restaurant", 40, 1),
    ("見本酒場", "night", 20, 1),
    ("見本ホール", "live_house", 150, 2),
    ("見本座", "theatre", 50, 3),
];

/// An officer with a session.
struct SignedIn {
    cookie: String,
    token_hash: [u8; 32],
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
    pub venues: Vec<Venue>,
    queue: CheckInQueue,
    console: Router,
    officers: Vec<SignedIn>,
    worker: Option<Worker>,
}

impl Machine {
    /// A new installation under these rules. Everything random in it comes from the seed.
    pub async fn new(rules: Rules, pack: Arc<Pack>, seed: u64) -> Self {
        let folder = match PathBuf::from("/dev/shm") {
            memory if memory.is_dir() => tempfile::tempdir_in(memory),
            _ => tempfile::tempdir(),
        };
        let folder = folder.expect("a folder");
        let (clock, randomness) = (Clock::set_to(START), Randomness::seeded(seed));
        let root = Root::new(folder.path().join("store"));
        store::backend::migrate(&root).await.expect("migrated");
        let intake = Intake::open(&root).await.expect("intake");
        let office = Office::open(&root).await.expect("office");
        let deployment = Deployment::parse("simulation").expect("a name");
        let unlock = Unlock::key_file(folder.path().join("ring.key"));
        let ring =
            KeyRing::init(&folder.path().join("ring"), &unlock, &deployment, &randomness).expect("a ring");
        let web_secret = WebSecret::new(&randomness);
        let verifying = ring.verifying_key();
        let parts = Parts {
            pack: Arc::clone(&pack),
            clock: clock.clone(),
            randomness: randomness.clone(),
            deployment: deployment.clone(),
            verifying,
            web_secret: web_secret.clone(),
            base_url: "https://console.simulation.example".to_owned(),
            public_url: "https://simulation.example".to_owned(),
            demo: false,
            behind_proxy: true,
            check_ins_per_client: 0,
            line: None,
            push: None,
            intake: intake.clone(),
        };
        let renderer = Renderer::new(PathBuf::from("/nonexistent"), &[]);
        let console = Console::new(parts, office.clone(), renderer).expect("a door");
        let (queue, _) = CheckInQueue::start(&intake, clock.clone());
        let line = if rules.line { Some(stand_in(&clock).await) } else { None };
        let mut machine = Self {
            root,
            worker_clock: clock.clone(),
            clock,
            pack,
            randomness,
            deployment,
            verifying,
            forms: FormSigner::new(&web_secret),
            intake,
            office,
            inbox: Inbox::new(),
            line,
            venues: Vec::new(),
            queue,
            console: web::officers_door(console),
            officers: Vec::new(),
            worker: None,
            folder,
        };
        for place in PLACES {
            let venue = machine.venue(place);
            machine.register(&venue).await;
            machine.venues.push(venue);
        }
        for name in ["sato", "suzuki"] {
            let officer = machine.officer(name).await;
            machine.officers.push(officer);
        }
        machine.begin_worker(ring).await;
        machine
    }

    fn venue(&self, (name, category, size, _): (&str, &str, i64, u32)) -> Venue {
        let measure = self.pack.category(category).and_then(|category| category.measure);
        Venue {
            id: VenueId::from_random(self.randomness.bytes()),
            code: VenueCode::from_random(self.randomness.bytes()),
            kind: VenueKind::Shop,
            name: VenueName::parse(name).expect("a name"),
            room: None,
            category: category.to_owned(),
            size: measure.map(|measure| Size { measure, value: size }),
            postal_code: "5400000".into(),
            address: "見本市".into(),
            held: Held::always(),
            replaces: None,
            status: VenueStatus::Active,
            registered_at: self.clock.now(),
            naming_consent: false,
        }
    }

    async fn register(&self, venue: &Venue) {
        let registration = Registration {
            venue: venue.clone(),
            form_nonce: self.randomness.bytes(),
            key_hash: vec![0; 32],
            operator_sealed: vec![1],
            measures: vec![],
        };
        assert!(self.intake.register_venue(&registration, None).await.expect("registered"));
    }

    /// An account with a session that lasts a life. Signing in costs a password's hash, which is tested elsewhere.
    async fn officer(&self, name: &str) -> SignedIn {
        let id = OfficerId::from_random(self.randomness.bytes());
        let token = Token::new(&self.randomness);
        let token_hash = *token.hash(&self.deployment, TokenPurpose::Session).as_bytes();
        let account = Officer {
            id,
            name: name.to_owned(),
            password_hash: "no password has this hash".to_owned(),
            totp_secret: vec![1],
            totp_step: 0,
            failed: 0,
            locked_until: Instant::from_micros(0),
        };
        let (now, later) = (self.clock.now(), self.clock.now().plus(Duration::from_secs(100 * 365 * 86_400)));
        let mut tx = self.office.begin().await.expect("an act");
        tx.add_officer(&account, now).await.expect("an account");
        tx.begin_session(id, 1, &token_hash, now, later).await.expect("a session");
        tx.commit().await.expect("committed");
        SignedIn { cookie: format!("tadori_session={}", token.expose().as_str()), token_hash }
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

    /// The worker's process ends, with all that it held; another begins on the same files. `behind` is how far its
    /// clock is wrong.
    pub async fn restart_worker(&mut self, behind: Duration) {
        self.worker = None;
        self.worker_clock = match behind {
            Duration::ZERO => self.clock.clone(),
            behind => Clock::set_to(self.clock.now().minus(behind)),
        };
        let unlock = Unlock::key_file(self.folder.path().join("ring.key"));
        let ring =
            KeyRing::open(&self.folder.path().join("ring"), &unlock, &self.randomness).expect("a ring");
        self.begin_worker(ring).await;
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
