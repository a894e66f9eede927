//! Web Push, from the settings: what the public door needs of it, and what the worker does.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use deliver::web_push::{PushCourier, PushSettings};
use domain::policy::Way;
use domain::policy::pack::Pack;
use domain::push::PushServices;
use seal::random::Randomness;
use seal::web_push::{VapidKey, is_public_key};
use web::PushDoor;
use worker::Push;

use crate::config::{self, Config};

/// What the public door knows; nothing where the pack has no app, or no key is set.
///
/// # Errors
/// A setting that is wrong, in words that name it.
pub fn door(config: &Config, pack: &Pack) -> anyhow::Result<Option<PushDoor>> {
    let Some(public_key) = config.push.public_key.clone().filter(|_| pack.policy.channels.has(Way::AppPwa))
    else {
        return Ok(None);
    };
    anyhow::ensure!(is_public_key(&public_key), "push.public_key is not a key: `tadori keys push` prints it");
    Ok(Some(PushDoor { public_key, services: services(&config.push)? }))
}

/// What the worker needs to send; nothing where the pack has no app, or no key is set.
///
/// # Errors
/// A setting that is missing or wrong, in words that name it.
pub fn worker(config: &Config, pack: &Pack) -> anyhow::Result<Option<Push>> {
    let Some(public_key) = config.push.public_key.as_ref().filter(|_| pack.policy.channels.has(Way::AppPwa))
    else {
        return Ok(None);
    };
    let key = read(&config.push.key_file)?;
    anyhow::ensure!(
        key.public() == *public_key,
        "push.public_key is not of the key in push.key_file: `tadori keys push` prints it"
    );
    let ca_file = Some(config.push.ca_file.clone()).filter(|path| !path.as_os_str().is_empty());
    let settings =
        PushSettings { services: services(&config.push)?, ca_file, patience: Duration::from_secs(30) };
    let courier = PushCourier::new(settings).context("push")?;
    Ok(Some(Push { courier, key, subject: format!("mailto:{}", pack.policy.sender.address) }))
}

fn services(push: &config::Push) -> anyhow::Result<PushServices> {
    PushServices::parse(push.services.iter().map(String::as_str)).map_err(|entry| {
        anyhow::anyhow!("push.services: {entry:?} is neither a host, nor *.host, nor http://127.0.0.1:port")
    })
}

/// The key in its file; made where there is none.
///
/// # Errors
/// A file that can't be written or read, or holds no key.
pub fn key(path: &Path, randomness: &Randomness) -> anyhow::Result<VapidKey> {
    if path.exists() {
        return read(path);
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).with_context(|| path.display().to_string())?;
    let key = VapidKey::new(randomness);
    writeln!(file, "{}", key.expose().as_str())?;
    file.sync_all()?;
    Ok(key)
}

fn read(path: &Path) -> anyhow::Result<VapidKey> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("push.key_file {}: `tadori keys push` makes it", path.display()))?;
    VapidKey::parse(&text).with_context(|| format!("push.key_file {}: holds no key", path.display()))
}
