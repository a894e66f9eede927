//! `tadori worker`: opens, sends, erases. Listens to nobody.

use std::pin::pin;
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

use crate::commands::keys::deployment;
use crate::config::{Config, CourierKind, Mail, TlsMode};
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
    let mut ring = KeyRing::open(&config.keys.ring, &Unlock::key_file(&config.keys.key_file), &randomness)?;
    anyhow::ensure!(
        *ring.deployment() == deployment(config)?,
        "the key ring belongs to the deployment {:?}, the settings say {:?}",
        ring.deployment().as_str(),
        config.deployment
    );
    let pack = Arc::new(packs::load(&config.jurisdiction)?);
    let courier = courier(&config.mail)?;
    let line = crate::line::worker(config, &pack)?;
    let mut stop = pin!(shutdown::asked());
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
    let mut worker = worker.with_line(line);
    tokio::select! {
        () = worker.run(stop) => tracing::info!("the worker has ended its turn"),
        // Each job is safe to be cut short, and is done again by the worker that comes next.
        () = shutdown::overdue() => tracing::warn!("the worker was cut short in its turn"),
    }
    Ok(())
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
