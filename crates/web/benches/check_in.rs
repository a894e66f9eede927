//! How many check-ins a second, over HTTP, with 64 clients that each wait for their answer:
//! `cargo bench -p web --bench check_in`; with so many others after `-- --clients=`.
//!
//! With `-- --postgres` after it the store is on PostgreSQL: a server of its own is made for it below the temporary
//! folder (`TMPDIR`), durable as an installation's is, and shares the machine too. `--postgres='-c name=value'` gives
//! it settings.
//!
//! Three servers in turn, round after round: an axum page that does nothing; the visitors' door with a queue that
//! answers at once and stores nothing; and the same door with the store behind it, which answers after the
//! row is on the disk. Clients and server share the machine, and nothing else: the clients have a thread and a runtime of
//! their own, as they have where they are phones. Prints figures, asserts nothing but that every
//! answer was the right one.
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

#[expect(dead_code, reason = "the store's own suite needs more of it")]
#[path = "../../store/tests/postgres_server/mod.rs"]
mod postgres_server;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::response::Redirect;
use axum::routing::post;
use domain::check_in::CheckInNonce;
use domain::clock::Clock;
use domain::held::Held;
use domain::id::VenueId;
use domain::policy::pack::Pack;
use domain::venue::{Size, SizeMeasure, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use postgres_server::{Pair, PostgresServer};
use print::sandbox::Renderer;
use seal::form::FormSigner;
use seal::identity::Deployment;
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;
use seal::web_secret::WebSecret;
use store::check_ins::CheckInQueue;
use store::days::{Day, DayState};
use store::venues::Registration;
use store::{Intake, Root};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use web::{Parts, Public};

const ROUND: Duration = Duration::from_secs(1);
/// Short and many, so that each is beside what it is compared with: a machine's speed drifts.
const ROUNDS: usize = 21;

fn main() {
    let runtime = web::runtime().expect("a runtime");
    runtime.block_on(async {
        let on_postgres = std::env::args().find_map(|word| Some(word.strip_prefix("--postgres")?.to_owned()));
        let clients =
            std::env::args().find_map(|word| word.strip_prefix("--clients=")?.parse().ok()).unwrap_or(64);
        let world = World::new(on_postgres.map(|word| word.trim_start_matches('=').to_owned())).await;
        let servers = [
            ("nothing: an axum page that answers 303", serve(nothing()).await),
            ("sealed, not stored", serve(web::public_door(world.not_storing.clone())).await),
            ("sealed and durable", serve(web::public_door(world.public.clone())).await),
        ];
        // A word after `--`, to look at one of them alone.
        let only = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
        let seconds = ROUND.as_secs();
        println!("{clients} clients, {ROUNDS} rounds of {seconds} s, clients and server on one machine");
        let mut rounds: Vec<Vec<Figures>> = Vec::new();
        for round in 1..=ROUNDS {
            let mut figures = Vec::new();
            for (name, address) in servers.iter().filter(|(name, _)| name.contains(&only)) {
                figures.push(drive(*address, &world, clients).await);
                if let Some(Figures { rate, p50, p99 }) = figures.last() {
                    println!("{round:>2}  {name:<40} {rate:>8.0}/s   p50 {p50:>5.2} ms   p99 {p99:>6.2} ms");
                }
            }
            rounds.push(figures);
        }
        println!("\nmedian of the rounds");
        for (at, (name, _)) in servers.iter().filter(|(name, _)| name.contains(&only)).enumerate() {
            let of =
                |figure: fn(&Figures) -> f64| median(rounds.iter().map(|round| figure(&round[at])).collect());
            let (rate, p50, p99) = (of(|f| f.rate), of(|f| f.p50), of(|f| f.p99));
            println!("    {name:<40} {rate:>8.0}/s   p50 {p50:>5.2} ms   p99 {p99:>6.2} ms");
        }
        let parts: Vec<f64> =
            rounds.iter().filter(|round| round.len() == 3).map(|r| r[2].rate / r[1].rate).collect();
        if !parts.is_empty() {
            println!(
                "    durable is {:.0} % of sealed without storing, round by round",
                100.0 * median(parts)
            );
        }
    });
}

/// A deployment in a temporary folder, with one venue.
struct World {
    public: Public,
    not_storing: Public,
    signer: FormSigner,
    venue: Venue,
    clock: Clock,
    randomness: Randomness,
    // Before the folder that it lies in.
    _pair: Option<Pair>,
    _folder: tempfile::TempDir,
}

/// Two databases of a server of their own, which listens at a socket in its folder. It has the journal's files of a
/// server that has run for a while: making one takes a moment in which nothing is answered.
fn pair(folder: &Path, settings: &str) -> Pair {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("rights");
    let server = folder.join("server");
    std::fs::create_dir(&server).expect("a folder");
    let own = "-c listen_addresses= -c shared_buffers=512MB -c min_wal_size=512MB";
    let server = PostgresServer::at(server, 5432, &format!("{own} {settings}"));
    let used =
        "select max(pg_logical_emit_message(false, '', repeat('x', 1048576))) from generate_series(1, 480)";
    server.administer("postgres", &[used, "checkpoint"]).expect("written");
    server.empty_pair()
}

impl World {
    async fn new(on_postgres: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, randomness) = (Clock::system(), Randomness::os());
        let pair = on_postgres.map(|settings| pair(folder.path(), &settings));
        let root = pair.as_ref().map_or_else(|| Root::new(folder.path().join("store")), Pair::root);
        store::backend::migrate(&root).await.expect("migrated");
        let intake = Intake::open(&root).await.expect("opened");
        let deployment = Deployment::parse("bench").expect("a name");
        let unlock = Unlock::key_file(folder.path().join("ring.key"));
        let mut ring =
            KeyRing::init(&folder.path().join("ring"), &unlock, &deployment, &randomness).expect("a ring");
        let pack = Arc::new(pack());
        let today = pack.policy.calendar.day_of(clock.now());
        let verifying = ring.verifying_key();
        for day in [today, today.plus_days(1)] {
            let public = ring.make_day(day).expect("a key");
            let stored = Day {
                day,
                suite: public.suite,
                public_key: public.public_key.to_vec(),
                signature: public.signature.to_vec(),
                state: DayState::Open,
                check_ins: 0,
            };
            intake.make_day(&stored, clock.now()).await.expect("a day");
        }
        let venue = venue(&clock, &randomness);
        let registration = Registration {
            venue: venue.clone(),
            form_nonce: randomness.bytes(),
            key_hash: vec![0; 32],
            operator_sealed: vec![0],
            measures: vec![],
        };
        intake.register_venue(&registration, None).await.expect("registered");
        let web_secret = WebSecret::new(&randomness);
        let parts = || Parts {
            pack: Arc::clone(&pack),
            clock: clock.clone(),
            randomness: randomness.clone(),
            deployment: deployment.clone(),
            verifying,
            web_secret: web_secret.clone(),
            public_url: "http://localhost".into(),
            base_url: "http://localhost".into(),
            demo: false,
            behind_proxy: false,
            check_ins_per_client: 0,
            line: None,
            push: None,
            intake: intake.clone(),
        };
        let renderer = || Renderer::new(PathBuf::from("/nonexistent"), &[]);
        let (queue, _) = CheckInQueue::start(&intake, clock.clone());
        let (acknowledging, mut waiting) = CheckInQueue::without_writer();
        tokio::spawn(async move {
            while let Some(check_in) = waiting.recv().await {
                check_in.answer(Ok(()));
            }
        });
        Self {
            public: Public::new(parts(), queue, renderer()).expect("a door"),
            not_storing: Public::new(parts(), acknowledging, renderer()).expect("a door"),
            signer: FormSigner::new(&web_secret),
            venue,
            clock: clock.clone(),
            randomness: randomness.clone(),
            _pair: pair,
            _folder: folder,
        }
    }
}

fn pack() -> Pack {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../jurisdictions/osaka/");
    let read =
        |name: &str| (name.to_owned(), std::fs::read_to_string(format!("{folder}{name}")).expect("a pack"));
    Pack::parse(["jurisdiction.toml", "thresholds.toml", "faq.toml"].map(read).into()).expect("a whole pack")
}

fn venue(clock: &Clock, randomness: &Randomness) -> Venue {
    Venue {
        id: VenueId::from_random(randomness.bytes()),
        code: VenueCode::from_random(randomness.bytes()),
        kind: VenueKind::Shop,
        name: VenueName::from_stored("見本食堂".into()),
        room: None,
        category: "restaurant".into(),
        size: Some(Size { measure: SizeMeasure::Seats, value: 30 }),
        postal_code: "0000000".into(),
        address: "見本市".into(),
        held: Held::always(),
        replaces: None,
        status: VenueStatus::Active,
        registered_at: clock.now(),
        naming_consent: false,
    }
}

fn nothing() -> Router {
    Router::new().route("/v/{code}", post(|| async { Redirect::to("/thanks") }))
}

async fn serve(router: Router) -> SocketAddr {
    use axum::serve::ListenerExt as _;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("nodelay"));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

struct Figures {
    rate: f64,
    p50: f64,
    p99: f64,
}

/// Every client has its forms filled in beforehand, so that only the server's work is measured.
async fn drive(address: SocketAddr, world: &World, clients: usize) -> Figures {
    let per_client = 140_800 / clients * usize::try_from(ROUND.as_secs()).expect("small");
    // Issued in turn, as real forms are: the identities of check-ins then arrive nearly in the order of time.
    let mut all: Vec<Vec<Vec<u8>>> = vec![Vec::new(); clients];
    for _ in 0..per_client {
        for (client, requests) in all.iter_mut().enumerate() {
            requests.push(request(world, client));
        }
    }
    let mut times = tokio::task::spawn_blocking(move || all_clients(address, all)).await.expect("clients");
    #[expect(clippy::cast_precision_loss, reason = "a bench's figures")]
    let rate = times.len() as f64 / ROUND.as_secs_f64();
    times.sort_unstable();
    let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1000.0;
    Figures { rate, p50: at(50), p99: at(99) }
}

/// Lets all of them go at once, on this thread, and says how long each answer took.
fn all_clients(address: SocketAddr, clients: Vec<Vec<Vec<u8>>>) -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async move {
        let start = Instant::now();
        let tasks: Vec<_> =
            clients.into_iter().map(|requests| tokio::spawn(client(address, requests, start))).collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await.expect("a client"));
        }
        times
    })
}

fn request(world: &World, client: usize) -> Vec<u8> {
    let code = world.venue.code.to_string();
    let nonce = CheckInNonce::issue(world.clock.now(), world.randomness.bytes());
    let nonce = world.signer.sign(&nonce, code.as_bytes());
    let body = format!("nonce={nonce}&email=visitor.number.{client}%40mail.example");
    format!(
        "POST /v/{code} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn client(address: SocketAddr, requests: Vec<Vec<u8>>, start: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.set_nodelay(true).expect("nodelay");
    let mut times = Vec::with_capacity(requests.len());
    let mut buffer = vec![0; 4096];
    for request in &requests {
        let began = start.elapsed();
        if began >= ROUND {
            break;
        }
        stream.write_all(request).await.expect("written");
        let mut read = 0;
        loop {
            read += stream.read(&mut buffer[read..]).await.expect("read");
            assert!(read > 0, "the server closed the connection");
            if buffer[..read].windows(4).any(|end| end == b"\r\n\r\n") {
                break;
            }
        }
        assert!(buffer.starts_with(b"HTTP/1.1 303"), "{}", String::from_utf8_lossy(&buffer[..read]));
        times.push(start.elapsed() - began);
    }
    times
}
