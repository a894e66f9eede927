//! `tadori demo`: everything in one process, in a temporary folder, to be lived through in a browser.
//!
//! The doors, the worker and the stores are the real ones. What stands in for the world is named as such:
//! an inbox in memory for the mail server, a stand-in for LINE, invented visitors, and a clock that can be pushed
//! ahead.

mod chat;
mod line;
mod pages;
mod samples;
mod story;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use deliver::Courier;
use deliver::inbox::Inbox;
use domain::clock::Clock;
use domain::policy::Way;
use seal::identity::Deployment;
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;
use seal::web_secret::WebSecret;
use store::check_ins::CheckInQueue;
use store::{Intake, Office, Root};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use web::{Console, Parts, Public};
use worker::Worker;

use crate::commands::demo::line::DemoLine;
use crate::commands::officer;
use crate::commands::serve::{renderer, serve_on};
use crate::commands::worker::publish_office_key;
use crate::{packs, say, shutdown};

// Its comments are `tadori demo --help`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The jurisdiction whose rules apply: the name of a built-in one, or a folder.
    #[arg(long, default_value = packs::SHOWN)]
    jurisdiction: String,
    /// Port for visitors and venue operators; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    visitor_port: u16,
    /// Port for officers; 0 takes a free one.
    #[arg(long, default_value_t = 8081)]
    officer_port: u16,
}

/// The officer of the demo.
const OFFICER: &str = "sato";
const PASSWORD: &str = "tadori-demo-2026";

/// How often the worker looks for work, so that a visitor sees the confirmation at once.
const TURN: Duration = Duration::from_millis(200);

/// Runs the demo until it is asked to stop.
///
/// # Errors
/// What kept it from starting; a port that is taken, for example.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let listener = |port: u16| async move {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        TcpListener::bind(address).await.with_context(|| {
            format!("port {port} is taken: choose another with --visitor-port or --officer-port")
        })
    };
    let (visitors, officers) =
        (listener(arguments.visitor_port).await?, listener(arguments.officer_port).await?);
    let url = |listener: &TcpListener| -> std::io::Result<String> {
        Ok(format!("http://localhost:{}", listener.local_addr()?.port()))
    };
    let (public_url, console_url) = (url(&visitors)?, url(&officers)?);

    let folder = tempfile::tempdir()?;
    let pack = Arc::new(packs::load(&arguments.jurisdiction)?);
    let (clock, randomness) = (Clock::system(), Randomness::os());
    let root = Root::new(folder.path().join("store"));
    store::backend::migrate(&root).await?;
    let (intake, office) = (Intake::open(&root).await?, Office::open(&root).await?);
    let deployment = Deployment::parse("demo").context("a deployment's name")?;
    let unlock = Unlock::key_file(folder.path().join("ring.key"));
    let mut ring = KeyRing::init(&folder.path().join("ring"), &unlock, &deployment, &randomness)?;
    let web_secret = WebSecret::new(&randomness);
    let verifying = ring.verifying_key();
    publish_office_key(&intake, &ring).await?;
    let totp = officer::add(&office, &web_secret, &randomness, OFFICER, PASSWORD, clock.now()).await?;

    let line = match pack.policy.channels.has(Way::Line) {
        true => Some(DemoLine::start(&clock, visitors.local_addr()?).await?),
        false => None,
    };
    let line_door = line.as_ref().map(DemoLine::door).transpose()?;
    let line_worker = line.as_ref().map(|line| line.worker(&public_url)).transpose()?;
    let seeds = samples::Seeds {
        intake: &intake,
        pack: &pack,
        clock: &clock,
        randomness: &randomness,
        line: line.as_ref().zip(line_door.as_ref()),
    };
    let venues = seeds.plant(&mut ring, &deployment).await?;

    let inbox = Inbox::new();
    let courier = Courier::Inbox(inbox.clone());
    let parts = |base_url: &str| Parts {
        pack: Arc::clone(&pack),
        clock: clock.clone(),
        randomness: randomness.clone(),
        deployment: deployment.clone(),
        verifying,
        web_secret: web_secret.clone(),
        base_url: base_url.to_owned(),
        public_url: public_url.clone(),
        demo: true,
        behind_proxy: false,
        check_ins_per_client: 0,
        line: line_door.clone(),
        push: None,
        intake: intake.clone(),
    };
    let (queue, written) = CheckInQueue::start(&intake, clock.clone());
    let public = Public::new(parts(&public_url), queue, renderer()?)?;
    let console = Console::new(parts(&console_url), office.clone(), renderer()?)?;
    let worker = Worker::new(
        intake.clone(),
        office,
        ring,
        courier,
        Arc::clone(&pack),
        clock.clone(),
        randomness.clone(),
    );
    let mut worker = worker.with_line(line_worker);
    worker.turn().await;
    inbox.clear();
    let worker = Arc::new(Mutex::new(worker));
    let demo = pages::Demo {
        inbox,
        line,
        clock,
        pack,
        worker: Arc::clone(&worker),
        console_url: console_url.clone(),
        officer: (OFFICER, PASSWORD, totp),
        venues,
    };
    let story = story::steps(&demo);
    let public = web::public_door(public).merge(pages::router(demo));
    let mut doors = vec![serve_on(visitors, public, shutdown::asked())];
    doors.push(serve_on(officers, web::officers_door(console), shutdown::asked()));
    // It runs on, whoever listens.
    let _ = greet(&public_url, &story);

    let mut stop = std::pin::pin!(shutdown::asked());
    loop {
        worker.lock().await.turn().await;
        tokio::select! {
            () = &mut stop => break,
            () = tokio::time::sleep(TURN) => {}
        }
    }
    shutdown::close(doors, Some(written)).await
}

/// Says where the demo is.
fn greet(public_url: &str, story: &[story::Step]) -> anyhow::Result<()> {
    say!("Tadori's demo is running. Nothing of it is kept.\n")?;
    for (number, step) in (1..).zip(story) {
        let address =
            if step.href.starts_with('/') { format!("{public_url}{}", step.href) } else { step.href.clone() };
        say!("  {number}. {address}\n     {}", step.english)?;
    }
    say!("\n  Officer: {OFFICER} · {PASSWORD} · the code of the moment is on {public_url}/demo")?;
    say!("  Stop with Ctrl-C.")
}
