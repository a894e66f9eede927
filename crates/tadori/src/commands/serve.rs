//! `tadori serve`: the web servers. Reads no private key; a machine that runs only this holds none.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use domain::clock::Clock;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use listenfd::ListenFd;
use print::sandbox::Renderer;
use seal::identity::VerifyingKey;
use seal::random::Randomness;
use store::check_ins::CheckInQueue;
use store::{Intake, Office};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tower::Layer as _;
use web::{Console, Parts, Public};

use crate::commands::keys::{deployment, web_secret};
use crate::config::Config;
use crate::metrics::{self, Watched};
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
    let mut watched = Watched { clock: clock.clone(), intake: intake.clone(), office: None };
    let mut doors = Vec::new();
    let mut writer = None;
    let mut given = Given(ListenFd::from_env(), 0);
    if arguments.doors.contains(&Door::Visitor) {
        let (queue, written) = CheckInQueue::start(&intake, clock.clone());
        writer = Some(written);
        let public =
            Public::new(parts(&config.public.base_url, config.public.behind_proxy)?, queue, renderer()?)?;
        let listener = given.or_bound(config.public.listen).await?;
        doors.push(serve_on(listener, web::public_door(public), ended(stopped.clone())));
        tracing::info!(listen = %config.public.listen, "visitors' and operators' door is open");
    }
    if arguments.doors.contains(&Door::Officer) {
        let office = Office::open(&root).await?;
        watched.office = Some(office.clone());
        let parts = parts(&config.officers.base_url, config.officers.behind_proxy)?;
        let console = Console::new(parts, office, renderer()?)?;
        let listener = given.or_bound(config.officers.listen).await?;
        doors.push(serve_on(listener, web::officers_door(console), ended(stopped.clone())));
        tracing::info!(listen = %config.officers.listen, "officers' door is open");
    }
    let shown = match arguments.doors.contains(&Door::Visitor) {
        true => config.metrics.visitors,
        false => config.metrics.officers,
    };
    metrics::open(shown, watched, ended(stopped.clone()));
    drop(stopped);
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

async fn bound(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).await.with_context(|| format!("{listen} can't be listened on"))
}

/// Resolves when the other end is dropped.
async fn ended(mut stop: watch::Receiver<()>) {
    while stop.changed().await.is_ok() {}
}

/// Sockets that an init system holds open for us, one a door in the order visitor, officer. It goes on holding them
/// while one process ends and the next begins: who connects meanwhile waits, and nobody is refused.
struct Given(ListenFd, usize);

impl Given {
    /// The next such socket; where there is none, the address from the settings.
    async fn or_bound(&mut self, listen: SocketAddr) -> anyhow::Result<TcpListener> {
        let next = self.0.take_tcp_listener(self.1).context("the socket that was handed over")?;
        self.1 += 1;
        let Some(listener) = next else { return bound(listen).await };
        listener.set_nonblocking(true)?;
        Ok(TcpListener::from_std(listener)?)
    }
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

/// How long a connection that was taken may still begin its first request when the door closes.
const FIRST_WORD: Duration = Duration::from_secs(1);

/// As `axum::serve` does it, which waits for a request's head for ever; and which, when it closes, cuts connections
/// whose first request is still on its way: a client that came at that moment would be refused.
async fn serve(
    listener: TcpListener,
    door: Router,
    stop: impl Future<Output = ()>,
    patience: Duration,
) -> std::io::Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience);
    let (close, closing) = watch::channel(());
    let (open, mut all_ended) = mpsc::channel::<()>(1);
    let mut stop = pin!(stop);
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
        let answers = TowerToHyperService::new(Extension(ConnectInfo(client)).layer(door.clone()));
        let (begun, closing, open) = (Arc::new(Notify::new()), ended(closing.clone()), open.clone());
        let spoke = Arc::clone(&begun);
        let service = service_fn(move |request: Request<Incoming>| {
            spoke.notify_one();
            answers.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        // How one of them ends is its client's affair.
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            let to_close = async {
                closing.await;
                let _ = tokio::time::timeout(FIRST_WORD, begun.notified()).await;
            };
            tokio::select! {
                _ = connection.as_mut() => {}
                () = to_close => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
            drop(open);
        });
    }
    drop((listener, close, open));
    let _ = all_ended.recv().await;
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
