//! The world of one test: a folder, both doors, a worker, an inbox, and a clock that stands.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use deliver::Courier;
use deliver::inbox::{Delivered, Inbox};
use deliver::line::{AccessToken, LineCourier, LineSettings};
use domain::clock::{Clock, Instant};
use domain::id::LeaseId;
use domain::message::{self, MailKind, Named};
use domain::policy::Way;
use domain::policy::pack::{Pack, PackFiles};
use domain::service_day::ServiceDay;
use line_stand_in::StandIn;
use line_stand_in::events::Webhook;
use print::sandbox::Renderer;
use seal::identity::{Deployment, VerifyingKey};
use seal::key_ring::{KeyRing, Unlock};
use seal::line::ChannelSecret;
use seal::random::Randomness;
use seal::web_secret::WebSecret;
use sqlx::{AnyConnection, Connection as _};
use store::check_ins::CheckInQueue;
use store::{Intake, Office, Root};
use tempfile::TempDir;
use tower::ServiceExt as _;
use web::{Console, LineDoor, Parts, Public};
use worker::line::Price;
use worker::{Line, Turn, Worker};

use crate::form::{Form, encoded};
use crate::page::Page;
use crate::push_stand_in::PushStandIn;

/// Noon of Sunday, 22 November 2026, in Osaka.
pub const START: Instant = Instant::from_micros(1_795_316_400_000_000);

/// Where the public door stands.
pub const BASE_URL: &str = "https://tadori.osaka.example";

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// Everything of one test.
pub struct World {
    pub folder: TempDir,
    pub clock: Clock,
    pub pack: Arc<Pack>,
    pub inbox: Inbox,
    pub intake: Intake,
    pub office: Office,
    pub randomness: Randomness,
    pub deployment: Deployment,
    pub web_secret: WebSecret,
    pub verifying: VerifyingKey,
    /// The stand-in of LINE, where the pack has that channel, and where it listens.
    line: Option<(StandIn, String)>,
    /// The stand-in of a push service, where the pack has the app.
    push: Option<PushStandIn>,
    worker: Option<Worker>,
    public: Router,
    console: Router,
}

/// One request in the making.
pub struct Ask<'a> {
    pub method: Method,
    pub path: &'a str,
    pub headers: Vec<(header::HeaderName, String)>,
    pub body: Vec<u8>,
}

impl<'a> Ask<'a> {
    pub fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, headers: Vec::new(), body: Vec::new() }
    }

    pub fn post(path: &'a str, form: &Form) -> Self {
        let urlencoded = (header::CONTENT_TYPE, "application/x-www-form-urlencoded".to_owned());
        Self { method: Method::POST, path, headers: vec![urlencoded], body: encoded(form).into_bytes() }
    }

    pub fn with(mut self, name: header::HeaderName, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// From another client than the usual one.
    pub fn from(self, address: &str) -> Self {
        self.with(header::HeaderName::from_static("x-forwarded-for"), address)
    }
}

impl World {
    /// Osaka's world, its days made.
    pub async fn new() -> Self {
        Self::with_pack(|_| {}).await
    }

    /// A world in which the policy reads otherwise: each text that stands in it by the one to stand there.
    pub async fn varied(changes: &[(&str, &str)]) -> Self {
        Self::with_pack(|files| {
            let policy = files.get_mut("jurisdiction.toml").unwrap();
            for (from, to) in changes {
                assert!(policy.contains(from), "{from:?} is not in the pack");
                *policy = policy.replacen(from, to, 1);
            }
        })
        .await
    }

    /// A world in which one file of the pack reads otherwise.
    pub async fn with_pack(change: impl FnOnce(&mut PackFiles)) -> Self {
        Self::of("osaka", change).await
    }

    /// The world of another jurisdiction, with a change.
    pub async fn of(name: &str, change: impl FnOnce(&mut PackFiles)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pack = Arc::new(shipped(name, change));
        let (clock, randomness, inbox) = (Clock::set_to(START), Randomness::seeded(2026), Inbox::new());
        let root = Root::new(folder.path().join("store"));
        store::backend::migrate(&root).await.unwrap();
        let (intake, office) = (Intake::open(&root).await.unwrap(), Office::open(&root).await.unwrap());
        let deployment = Deployment::parse("osaka-test").unwrap();
        let unlock = Unlock::key_file(folder.path().join("ring.key"));
        let ring = KeyRing::init(&folder.path().join("ring"), &unlock, &deployment, &randomness).unwrap();
        let office_public = web::state::office_public_bytes(&ring.office_public().unwrap());
        intake.set(web::state::OFFICE_PUBLIC, &office_public).await.unwrap();
        let (web_secret, verifying) = (WebSecret::new(&randomness), ring.verifying_key());
        let line = stand_in(&pack, &clock).await;
        let push = PushStandIn::start(&pack, &randomness).await;
        let parts = |base_url: &str| Parts {
            pack: Arc::clone(&pack),
            clock: clock.clone(),
            randomness: randomness.clone(),
            deployment: deployment.clone(),
            verifying,
            web_secret: web_secret.clone(),
            base_url: base_url.to_owned(),
            public_url: BASE_URL.to_owned(),
            demo: false,
            behind_proxy: true,
            check_ins_per_client: 600,
            line: line.as_ref().map(|_| LineDoor {
                secret: ChannelSecret::parse(LINE_SECRET).unwrap(),
                account: "@tadori-example".to_owned(),
                chats: web::LINE_ME.to_owned(),
            }),
            push: push.as_ref().map(PushStandIn::door),
            intake: intake.clone(),
        };
        let (queue, _) = CheckInQueue::start(&intake, clock.clone());
        let renderer = Renderer::new(PathBuf::from(env!("CARGO_BIN_EXE_tadori")), &["render-poster"]);
        let public = web::public_door(Public::new(parts(BASE_URL), queue, renderer.clone()).unwrap());
        let console = Console::new(parts("https://console.osaka.example"), office.clone(), renderer).unwrap();
        let console = web::officers_door(console);
        let mut world = Self {
            folder,
            clock,
            pack,
            inbox,
            intake,
            office,
            randomness,
            deployment,
            web_secret,
            verifying,
            line,
            push,
            worker: None,
            public,
            console,
        };
        world.start_worker(ring);
        world.settle().await;
        world
    }

    // --- the doors

    pub async fn ask(&self, ask: Ask<'_>) -> Page {
        answer(&self.public, ask).await
    }

    pub async fn ask_console(&self, ask: Ask<'_>) -> Page {
        answer(&self.console, ask).await
    }

    pub async fn get(&self, path: &str) -> Page {
        self.ask(Ask::get(path)).await
    }

    pub async fn post(&self, path: &str, form: &Form) -> Page {
        self.ask(Ask::post(path, form)).await
    }

    // --- the worker

    /// The worker's turns until there is nothing left to do; how much was done.
    pub async fn settle(&mut self) -> usize {
        let mut done = 0;
        for _ in 0..50 {
            let turn = self.turn().await;
            assert_eq!(turn.failed, 0, "a job failed");
            done += turn.done;
            if turn.done == 0 {
                return done;
            }
        }
        panic!("the worker never rests");
    }

    /// One turn of all jobs.
    pub async fn turn(&mut self) -> Turn {
        self.worker.as_mut().expect("the worker was stopped").turn().await
    }

    /// The worker ends, as in a crash: what it held in memory is gone. The ring is whose wants it.
    pub fn stop_worker(&mut self) -> KeyRing {
        self.worker = None;
        let unlock = Unlock::key_file(self.folder.path().join("ring.key"));
        KeyRing::open(&self.folder.path().join("ring"), &unlock, &self.randomness).unwrap()
    }

    pub fn start_worker(&mut self, ring: KeyRing) {
        self.start_worker_with(ring, Courier::Inbox(self.inbox.clone()));
    }

    /// A worker whose mail goes another way than into the inbox.
    pub fn start_worker_with(&mut self, ring: KeyRing, courier: Courier) {
        let worker = Worker::new(
            self.intake.clone(),
            self.office.clone(),
            ring,
            courier,
            Arc::clone(&self.pack),
            self.clock.clone(),
            self.randomness.clone(),
        );
        let worker = worker.with_line(self.line.as_ref().map(|(_, url)| by_line(url)));
        self.worker = Some(worker.with_push(self.push.as_ref().map(PushStandIn::worker)));
    }

    /// From now on the worker holds mails of which nobody knows whether they were taken.
    pub fn hold_unanswered(&mut self) {
        self.worker = self.worker.take().map(|worker| worker.holding_unanswered(true));
    }

    /// The worker has the ring under this number, as where several machines share it.
    pub fn lease_to_worker(&mut self, number: LeaseId) {
        self.worker = self.worker.take().map(|worker| worker.under_lease(Some(number)));
    }

    /// The worker ends, and one begins whose clock is so far behind.
    pub fn restart_worker_behind(&mut self, behind: Duration) {
        let ring = self.stop_worker();
        let clock = Clock::set_to(self.clock.now().minus(behind));
        let right = std::mem::replace(&mut self.clock, clock);
        self.start_worker(ring);
        self.clock = right;
    }

    /// The worker has a canary from here on.
    pub fn let_canary_fly(&mut self, canary: worker::canary::Canary) {
        self.worker = self.worker.take().map(|worker| worker.with_canary(Some(canary)));
    }

    /// The stand-in of LINE.
    pub fn line(&self) -> &StandIn {
        &self.line.as_ref().expect("this pack has no LINE").0
    }

    /// The stand-in of a push service.
    pub fn push(&self) -> &PushStandIn {
        self.push.as_ref().expect("this pack has no app")
    }

    /// LINE delivers a webhook.
    pub async fn hook(&self, webhook: &Webhook) -> Page {
        let name = header::HeaderName::from_static("x-line-signature");
        let json = (header::CONTENT_TYPE, "application/json".to_owned());
        let headers = vec![json, (name, webhook.signature.clone())];
        self.ask(Ask { method: Method::POST, path: "/line/webhook", headers, body: webhook.body.clone() })
            .await
    }

    /// The ring, while the worker holds it.
    pub fn ring(&self) -> &KeyRing {
        self.worker.as_ref().expect("the worker was stopped").ring()
    }

    // --- time

    pub fn today(&self) -> ServiceDay {
        self.pack.policy.calendar.day_of(self.clock.now())
    }

    /// Time passes while the worker does its work.
    pub async fn pass(&mut self, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let step = left.min(5 * DAY);
            self.clock.advance(step);
            left -= step;
            self.settle().await;
        }
    }

    /// Time passes until this moment of the jurisdiction's clock.
    pub async fn pass_until(&mut self, day: ServiceDay, time: Duration) {
        let then = self.pack.policy.calendar.start_of(day).plus(time);
        assert!(then >= self.clock.now(), "that is past");
        self.pass(then.since(self.clock.now())).await;
    }

    // --- what became of it

    /// Mails to this address, in order.
    pub fn mails_to(&self, address: &str) -> Vec<Delivered> {
        self.inbox.messages_to(address)
    }

    /// Notices to this address: mails that are no confirmation.
    pub fn notices_to(&self, address: &str) -> Vec<Delivered> {
        let (policy, wording) = (&self.pack.policy, &self.pack.wording);
        let confirmations = ["ja", "ja-easy", "en"]
            .map(|lang| message::confirmation(policy, wording, lang, START, None).subject);
        let mut mails = self.mails_to(address);
        mails.retain(|mail| !confirmations.contains(&mail.subject));
        mails
    }

    /// What the lint says of a mail as it arrived.
    pub fn faults(&self, mail: &Delivered, kind: MailKind, language: &str, named: Named) -> Vec<String> {
        let text = message::Text { subject: mail.subject.clone(), body: mail.body.clone() };
        let written = message::Written { kind, language: language.to_owned(), named, text };
        message::lint(&self.pack.policy, &self.pack.wording, &written)
    }

    /// Rows of a table of intake or office.
    pub async fn count(&self, table: &str) -> i64 {
        let zone = if matches!(
            table,
            "venue"
                | "certificate"
                | "operator_mail"
                | "one_time_code"
                | "enquiry"
                | "report"
                | "erasure"
                | "line_friend"
                | "line_event"
                | "line_reply"
                | "notice_page"
        ) {
            "intake/intake.db"
        } else {
            "office/office.db"
        };
        let mut connection = self.connect(&self.store().join(zone)).await;
        let text = format!("select count(*) from {table}");
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        count
    }

    /// Another connection to a database: whoever can write it.
    pub async fn connect(&self, path: &Path) -> AnyConnection {
        AnyConnection::connect(&format!("sqlite://{}?mode=rw", path.display())).await.unwrap()
    }

    pub async fn check_ins_today(&self) -> u64 {
        self.intake.count_check_ins(self.today()).await.unwrap()
    }

    /// The folder that a thief or a backup takes.
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }
}

/// The channel of the tests.
pub const LINE_SECRET: &str = "stand-in-channel-secret-of-the-tests";
const LINE_TOKEN: &str = "stand-in-token";

/// The stand-in, listening on this machine, where the pack has LINE.
async fn stand_in(pack: &Pack, clock: &Clock) -> Option<(StandIn, String)> {
    if !pack.policy.channels.has(Way::Line) {
        return None;
    }
    let line = StandIn::new(clock.clone(), LINE_SECRET, LINE_TOKEN);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = line_stand_in::api::router(line.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Some((line, url))
}

fn by_line(url: &str) -> Line {
    let token = AccessToken::parse(LINE_TOKEN).unwrap();
    Line {
        courier: LineCourier::new(LineSettings::new(url, token)).unwrap(),
        secret: ChannelSecret::parse(LINE_SECRET).unwrap(),
        public_url: BASE_URL.to_owned(),
        push_late_replies: false,
        price: Price { included: 200, yen_per_thousand: 3_000 },
    }
}

async fn answer(door: &Router, ask: Ask<'_>) -> Page {
    let mut request = Request::builder().method(ask.method).uri(ask.path);
    for (name, value) in ask.headers {
        request = request.header(name, value);
    }
    let response = door.clone().oneshot(request.body(Body::from(ask.body)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Page { status: parts.status, headers: parts.headers, bytes }
}

/// Changes the policy of a pack; each change must find its words.
pub fn policy(changes: &[(&str, &str)]) -> impl FnOnce(&mut PackFiles) {
    move |files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        for (from, to) in changes {
            assert!(policy.contains(from), "{from:?} is not there");
            *policy = policy.replace(from, to);
        }
    }
}

/// The pack that ships, with a change.
fn shipped(name: &str, change: impl FnOnce(&mut PackFiles)) -> Pack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions").join(name);
    let mut files = PackFiles::new();
    for file in files_below(&folder) {
        let name = file.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        files.insert(name, std::fs::read_to_string(&file).unwrap());
    }
    change(&mut files);
    Pack::parse(files).unwrap()
}

/// Files below a folder in which this text stands.
pub fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut files = files_below(folder);
    // A journal may have been written back since it was listed.
    files.retain(|file| {
        let bytes = std::fs::read(file).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    });
    files
}

/// Copies a folder as a backup or a thief does: every file, journals included.
pub fn copy(from: &Path, to: &Path) {
    let whole = || {
        let _ = std::fs::remove_dir_all(to);
        files_below(from).into_iter().all(|file| {
            let copy = to.join(file.strip_prefix(from).unwrap());
            std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
            std::fs::copy(file, copy).is_ok()
        })
    };
    // A journal that is written back while we copy is a copy begun anew.
    assert!((0..20).any(|_| whole()), "the folder never rests");
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(at) = waiting.pop() {
        for entry in std::fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found
}
