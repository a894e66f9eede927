//! `tadori worker`: opens, sends, erases. Listens to nobody.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use deliver::Courier;
use deliver::folder::Folder;
use deliver::smtp::auth::{Login, Password};
use deliver::smtp::{SmtpCourier, SmtpSettings, Tls};
use domain::clock::Clock;
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;
use store::{Intake, Office};
use worker::Worker;
use worker::canary::Canary;
use worker::ring_lease::{self, RingLease};

use crate::commands::keys::deployment;
use crate::config::{self, Config, CourierKind, Engine, Mail, TlsMode, Unanswered};
use crate::metrics::{self, Watched};
use crate::{packs, shutdown};

/// How often a second worker looks whether the first is gone.
const STAND_BY: Duration = Duration::from_secs(1);

/// Works until asked to stop. While another worker owns the key ring, this one stands by: two would send
/// every message twice, and rewrite a closing day's file under each other's hands.
///
/// # Errors
/// What kept the worker from starting.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let root = config.store.place();
    let (intake, office) = (Intake::open(&root).await?, Office::open(&root).await?);
    let randomness = Randomness::os();
    let open_ring =
        || KeyRing::open(&config.keys.ring, &Unlock::key_file(&config.keys.key_file), &randomness);
    let mut ring = open_ring()?;
    anyhow::ensure!(
        *ring.deployment() == deployment(config)?,
        "the key ring belongs to the deployment {:?}, the settings say {:?}",
        ring.deployment().as_str(),
        config.deployment
    );
    let pack = Arc::new(packs::load(&config.jurisdiction)?);
    let courier = courier(&config.mail)?;
    let line = crate::line::worker(config, &pack)?;
    let push = crate::push::worker(config, &pack)?;
    let canary = canary(&config.canary)?;
    let watched = Watched { clock: Clock::system(), intake: intake.clone(), office: Some(office.clone()) };
    metrics::open(config.metrics.worker, watched, shutdown::asked());
    let mut stop = pin!(shutdown::asked());
    let several = config.store.engine == Engine::Postgres;
    let mut lease = several.then(|| RingLease::new(office.clone(), &randomness));
    if let Some(lease) = &mut lease {
        drop(ring);
        if !own(lease, stop.as_mut()).await {
            return Ok(());
        }
        // As its owner until now left it.
        ring = open_ring()?;
    }
    if ring.is_read_only() {
        tracing::warn!("another worker owns the key ring, or its folder can't be written: standing by");
    }
    while ring.is_read_only() {
        tokio::select! {
            () = &mut stop => return Ok(()),
            () = tokio::time::sleep(STAND_BY) => {}
        }
        if let Err(error) = ring.refresh() {
            tracing::error!(%error, "the key ring can't be read");
        }
    }
    publish_office_key(&intake, &ring).await?;
    tracing::info!("the worker begins");
    let worker = Worker::new(intake, office, ring, courier, pack, Clock::system(), randomness);
    let worker = worker.with_line(line).with_push(push).with_canary(canary);
    let mut worker = worker.under_lease(lease.as_ref().map(RingLease::number));
    if config.mail.unanswered == Unanswered::Hold {
        worker = worker.holding_unanswered(true);
    }
    let kept = lease.clone().map(RingLease::keep);
    let lost = async {
        match kept {
            // A task of its own: a long turn must not keep it from showing that we live.
            Some(kept) => tokio::spawn(kept).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = worker.run(stop) => tracing::info!("the worker has ended its turn"),
        // Each job is safe to be cut short, and is done again by the worker that comes next.
        () = shutdown::overdue() => tracing::warn!("the worker was cut short in its turn"),
        _ = lost => anyhow::bail!("the database doesn't hear this worker, or the key ring is another's by now"),
    }
    if let Some(lease) = lease {
        lease.let_go().await?;
    }
    Ok(())
}

/// Waits until the ring is this worker's among those of all machines; `false` if asked to stop before.
async fn own(lease: &mut RingLease, mut stop: Pin<&mut impl Future<Output = ()>>) -> bool {
    let mut told = false;
    loop {
        match lease.look().await {
            Ok(true) => return true,
            Ok(false) if told => {}
            Ok(false) => tracing::warn!("a worker on another machine owns the key ring: standing by"),
            Err(error) => tracing::warn!(%error, "the database can't be asked who owns the key ring"),
        }
        told = true;
        tokio::select! {
            () = &mut stop => return false,
            () = tokio::time::sleep(ring_lease::LOOK) => {}
        }
    }
}

/// The canary, where there is a mailbox for it.
fn canary(settings: &config::Canary) -> anyhow::Result<Option<Canary>> {
    if settings.mailbox.is_empty() {
        return Ok(None);
    }
    let maildir = Some(settings.maildir.clone()).filter(|path| !path.as_os_str().is_empty());
    let canary = Canary::new(&settings.mailbox, maildir);
    Ok(Some(canary.context("canary.mailbox: not an address")?))
}

/// Puts the office's public key where the web servers find it.
///
/// # Errors
/// The ring or the store.
pub async fn publish_office_key(intake: &Intake, ring: &KeyRing) -> anyhow::Result<()> {
    let public = web::state::office_public_bytes(&ring.office_public()?);
    Ok(intake.set(web::state::OFFICE_PUBLIC, &public).await?)
}

/// The way out for mail.
///
/// # Errors
/// Settings that contradict each other, all at once, or a password file that can't be read.
pub fn courier(mail: &Mail) -> anyhow::Result<Courier> {
    if mail.courier == CourierKind::Folder {
        std::fs::create_dir_all(&mail.folder).with_context(|| mail.folder.display().to_string())?;
        return Ok(Courier::Folder(Folder::new(&mail.folder)));
    }
    let mut settings = SmtpSettings::new(mail.host.clone(), mail.port, mail.hello_name.clone());
    settings.tls = match mail.tls {
        TlsMode::Starttls => Tls::StartTls,
        TlsMode::Implicit => Tls::Implicit,
        TlsMode::None => Tls::None,
    };
    settings.connections = mail.connections;
    settings.ca_file = Some(mail.ca_file.clone()).filter(|path| !path.as_os_str().is_empty());
    if !mail.username.is_empty() {
        let password = std::fs::read_to_string(&mail.password_file)
            .with_context(|| format!("mail.password_file {}", mail.password_file.display()))?;
        let password = Password::new(password.trim_end_matches(['\r', '\n']));
        settings.login = Some(Login { username: mail.username.clone(), password });
    }
    let problems = settings.problems();
    anyhow::ensure!(
        problems.is_empty(),
        "mail: {}",
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    );
    Ok(Courier::Smtp(SmtpCourier::new(settings)?))
}
