//! `tadori serve`: the web servers. Reads no private key; a machine that runs only this holds none.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use domain::clock::Clock;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use print::sandbox::Renderer;
use seal::identity::VerifyingKey;
use seal::random::Randomness;
use store::check_ins::CheckInQueue;
use store::{Intake, Office};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::Layer as _;
use web::{Console, Parts, Public};

use crate::commands::keys::{deployment, web_secret};
use crate::config::Config;
use crate::{packs, shutdown};

// Its comments are `tadori serve --help`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Which web servers this process runs, separated by commas: each may run on a machine of its own.
    #[arg(long, value_delimiter = ',', default_values = ["visitor", "officer"])]
    doors: Vec<Door>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Door {
    /// For visitors and venue operators (settings under `[public]`)
    Visitor,
    /// For officers (settings under `[officers]`)
    Officer,
}

/// Serves until asked to stop.
///
/// # Errors
/// What kept a door from opening.
pub async fn run(config: &Config, arguments: Arguments) -> anyhow::Result<()> {
    let clock = Clock::system();
    let root = config.store.place();
    let intake = Intake::open(&root).await?;
    let pack = Arc::new(packs::load(&config.jurisdiction)?);
    let verifying = config
        .keys
        .verifying_key
        .as_deref()
        .context("keys.verifying_key is missing: `tadori keys init` prints it")?;
    let verifying = VerifyingKey::parse(verifying)
        .context("keys.verifying_key is not a key: `tadori keys list` prints it")?;
    // Only who serves visitors needs LINE's secret.
    let line = match arguments.doors.contains(&Door::Visitor) {
        true => crate::line::door(config, &pack)?,
        false => None,
    };
    let push = match arguments.doors.contains(&Door::Visitor) {
        true => crate::push::door(config, &pack)?,
        false => None,
    };
    let parts = |base_url: &str, behind_proxy: bool| -> anyhow::Result<Parts> {
        Ok(Parts {
            pack: Arc::clone(&pack),
            clock: clock.clone(),
            randomness: Randomness::os(),
            deployment: deployment(config)?,
            verifying,
            web_secret: web_secret(config)?,
            base_url: base_url.to_owned(),
            public_url: config.public.base_url.clone(),
            demo: false,
            behind_proxy,
            check_ins_per_client: config.public.check_ins_per_client,
            line: line.clone(),
            push: push.clone(),
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
            renderer()?,
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
) -> anyhow::Result<JoinHandle<std::io::Result<()>>> {
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("{listen} can't be listened on"))?;
    Ok(serve_on(listener, door, async move { while stop.changed().await.is_ok() {} }))
}

/// How long a request's head may take, and how long a connection may wait for its next request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves on a listener that is open already.
pub fn serve_on(
    listener: TcpListener,
    door: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<std::io::Result<()>> {
    tokio::spawn(serve(listener, door, stop, PATIENCE))
}

/// As `axum::serve` does it, which waits for a request's head for ever.
async fn serve(
    listener: TcpListener,
    door: Router,
    stop: impl Future<Output = ()>,
    patience: Duration,
) -> std::io::Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience);
    let connections = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            // The client has left already.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(Extension(ConnectInfo(client)).layer(door.clone()));
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        // How one of them ends is its client's affair.
        tokio::spawn(async move {
            let _ = connection.await;
        });
    }
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    async fn said(mut client: TcpStream) -> String {
        let mut answer = String::new();
        let _ = tokio::time::timeout(LONG, client.read_to_string(&mut answer)).await.expect("it is closed");
        answer
    }

    /// Whoever doesn't end a head, or never begins one, is cut; who was answered was told who they are; a
    /// door that is to stop stops.
    #[tokio::test]
    async fn a_head_that_never_ends_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let door = Router::new()
            .route("/", get(async |ConnectInfo(client): ConnectInfo<SocketAddr>| client.ip().to_string()));
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(serve(listener, door, stopped, Duration::from_millis(300)));
        for begun in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: localhost\r\n"] {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(begun.as_bytes()).await.unwrap();
            assert!(!said(client).await.contains("200 OK"), "{begun}");
        }
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let answer = said(client).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("127.0.0.1"), "{answer}");
        stop.send(()).unwrap();
        tokio::time::timeout(LONG, serving).await.expect("it stops").unwrap().unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
