//! `tadori serve`: the web servers. Reads no private key; a machine that runs only this holds none.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use domain::clock::Clock;
use print::sandbox::Renderer;
use seal::identity::VerifyingKey;
use seal::random::Randomness;
use store::check_ins::CheckInQueue;
use store::{Intake, Office, Root};
use tokio::net::TcpListener;
use tokio::sync::watch;
use web::{Console, Parts, Public};

use crate::commands::keys::{deployment, web_secret};
use crate::config::Config;
use crate::{packs, shutdown};

/// Which doors.
#[derive(clap::Args)]
pub struct Arguments {
    /// The doors that this process opens.
    #[arg(long, value_delimiter = ',', default_values = ["visitor", "officer"])]
    doors: Vec<Door>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Door {
    /// Visitors and operators.
    Visitor,
    /// Officers.
    Officer,
}

/// Serves until asked to stop.
///
/// # Errors
/// What kept a door from opening.
pub async fn run(config: &Config, arguments: Arguments) -> anyhow::Result<()> {
    let clock = Clock::system();
    let root = Root::new(&config.store.root);
    let intake = Intake::open(&root).await?;
    let pack = Arc::new(packs::load(&config.jurisdiction)?);
    let verifying = config
        .keys
        .verifying_key
        .as_deref()
        .context("keys.verifying_key is missing: `tadori keys init` prints it")?;
    let verifying = VerifyingKey::parse(verifying)
        .context("keys.verifying_key is not a key: `tadori keys list` prints it")?;
    let parts = |base_url: &str, behind_proxy: bool| -> anyhow::Result<Parts> {
        Ok(Parts {
            pack: Arc::clone(&pack),
            clock: clock.clone(),
            randomness: Randomness::os(),
            deployment: deployment(config)?,
            verifying,
            web_secret: web_secret(config)?,
            base_url: base_url.to_owned(),
            demo: false,
            behind_proxy,
            intake: intake.clone(),
        })
    };
    let (stop, stopped) = watch::channel(());
    let mut doors = Vec::new();
    let mut writer = None;
    if arguments.doors.contains(&Door::Visitor) {
        let (queue, written) = CheckInQueue::start(&intake, clock.clone());
        writer = Some(written);
        let public =
            Public::new(parts(&config.public.base_url, config.public.behind_proxy)?, queue, renderer()?)?;
        doors.push(open(config.public.listen, web::public_door(public), stopped.clone()).await?);
        tracing::info!(listen = %config.public.listen, "visitors' and operators' door is open");
    }
    if arguments.doors.contains(&Door::Officer) {
        let console = Console::new(
            parts(&config.officers.base_url, config.officers.behind_proxy)?,
            Office::open(&root).await?,
        )?;
        doors.push(open(config.officers.listen, web::officers_door(console), stopped.clone()).await?);
        tracing::info!(listen = %config.officers.listen, "officers' door is open");
    }
    shutdown::asked().await;
    tracing::info!("asked to stop: requests under way are answered first");
    drop(stop);
    shutdown::close(doors, writer).await
}

/// Starts posters' child processes from this very binary.
///
/// # Errors
/// The path of the running program can't be found.
pub fn renderer() -> anyhow::Result<Renderer> {
    // By this name Linux finds the program that runs, also after an upgrade has put another in its place.
    let own = PathBuf::from("/proc/self/exe");
    let program = if own.exists() { own } else { std::env::current_exe()? };
    Ok(Renderer::new(program, &["render-poster"]))
}

/// Opens one door; it closes when `stop`'s other end is dropped.
///
/// # Errors
/// The address can't be listened on.
pub async fn open(
    listen: SocketAddr,
    door: Router,
    mut stop: watch::Receiver<()>,
) -> anyhow::Result<tokio::task::JoinHandle<std::io::Result<()>>> {
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("{listen} can't be listened on"))?;
    Ok(serve_on(listener, door, async move { while stop.changed().await.is_ok() {} }))
}

/// Serves on a listener that is open already.
pub fn serve_on(
    listener: TcpListener,
    door: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> tokio::task::JoinHandle<std::io::Result<()>> {
    use axum::serve::ListenerExt as _;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let service = door.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).with_graceful_shutdown(stop).await })
}
