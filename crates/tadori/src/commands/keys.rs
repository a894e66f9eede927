//! `tadori keys`: makes the key ring, shows it, replaces its wrapping key.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use domain::clock::Clock;
use domain::ledger::{Act, Entry};
use seal::identity::Deployment;
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;
use seal::web_secret::WebSecret;

use crate::config::Config;
use crate::say;

// Its comments are `tadori keys --help`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    act: KeysAct,
}

#[derive(clap::Subcommand)]
enum KeysAct {
    /// Creates the key ring, its key file and the web servers' secret; refuses if there is a ring already.
    Init,
    /// Shows the ring's deployment, verifying key and days; never a secret key.
    List,
    /// Replaces the key that wraps the others: for when a copy of the folder may have been seen.
    Rotate,
    /// Creates the key that signs notifications to the app, and prints its public half; prints it again after that.
    Push,
    /// Makes another key file, which alone opens the ring from then on: for when the old one may have been seen.
    Replace {
        /// Where the new key file is to be; nothing may be there yet.
        #[arg(long, value_name = "FILE")]
        key_file: std::path::PathBuf,
    },
}

/// Runs it.
///
/// # Errors
/// What the ring refused, or what couldn't be written.
pub async fn run(config: &Config, arguments: Arguments) -> anyhow::Result<()> {
    let randomness = Randomness::os();
    let unlock = Unlock::key_file(&config.keys.key_file);
    match arguments.act {
        KeysAct::Init => {
            let deployment = deployment(config)?;
            // The ring last: where anything else is missing, no ring is left that init would refuse afterwards.
            let office = store::Office::open(&config.store.place())
                .await
                .context("the ledger can't be written; `tadori migrate` comes first")?;
            write_web_secret(&config.keys.web_secret, &randomness)?;
            let ring = KeyRing::init(&config.keys.ring, &unlock, &deployment, &randomness)?;
            let entry = Entry {
                at: Clock::system().now(),
                actor: "engineer".into(),
                act: Act::RingCreated,
                subject: deployment.as_str().into(),
                detail: format!("verifying key {}", ring.verifying_key()),
            };
            office.record(&entry).await?;
            say!("The key ring is in {}.", config.keys.ring.display())?;
            say!("Its key file is {}; keep it on another volume.", config.keys.key_file.display())?;
            say!("The web servers' secret is {}.\n", config.keys.web_secret.display())?;
            say!("Put this line under [keys] into the web servers' tadori.toml:\n")?;
            say!("verifying_key = \"{}\"", ring.verifying_key())?;
        }
        KeysAct::List => {
            let ring = KeyRing::open(&config.keys.ring, &unlock, &randomness)?;
            say!("deployment     {}", ring.deployment().as_str())?;
            say!("verifying key  {}", ring.verifying_key())?;
            say!("generation     {}", ring.generation())?;
            say!("owner          {}", if ring.is_read_only() { "another process" } else { "free" })?;
            for day in ring.days() {
                say!("day            {day}")?;
            }
        }
        KeysAct::Push => {
            let key = crate::push::key(&config.push.key_file, &randomness)?;
            say!("The key is in {}; the worker reads it.\n", config.push.key_file.display())?;
            say!("Put this line under [push] into every tadori.toml:\n")?;
            say!("public_key = \"{}\"", key.public())?;
        }
        KeysAct::Rotate => {
            let mut ring = KeyRing::open(&config.keys.ring, &unlock, &randomness)?;
            say!("The wrapping key was replaced; generation {}.", ring.rotate()?)?;
        }
        KeysAct::Replace { key_file } => {
            anyhow::ensure!(!key_file.exists(), "{}: there is a file already", key_file.display());
            let mut ring = KeyRing::open(&config.keys.ring, &unlock, &randomness)?;
            let generation = ring.replace_unlock(&Unlock::key_file(&key_file))?;
            say!("The ring is opened by {} alone; generation {generation}.", key_file.display())?;
            say!("Change keys.key_file, start the worker, then destroy {}.", config.keys.key_file.display())?;
        }
    }
    Ok(())
}

/// The installation's name, checked.
///
/// # Errors
/// A name with other characters than letters, digits and hyphens.
pub fn deployment(config: &Config) -> anyhow::Result<Deployment> {
    Deployment::parse(&config.deployment).with_context(|| {
        format!("deployment = {:?}: 1 to 64 lower-case letters, digits and hyphens", config.deployment)
    })
}

/// Writes the web servers' secret where none is, readable to its owner and group only.
fn write_web_secret(path: &Path, randomness: &Randomness) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o640);
    }
    let mut file = options.open(path).with_context(|| path.display().to_string())?;
    writeln!(file, "{}", WebSecret::new(randomness).expose().as_str())?;
    file.sync_all()?;
    Ok(())
}

/// Reads the web servers' secret.
///
/// # Errors
/// A missing or damaged file.
pub fn web_secret(config: &Config) -> anyhow::Result<WebSecret> {
    let path = &config.keys.web_secret;
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{}: `tadori keys init` makes it", path.display()))?;
    WebSecret::parse(&text).with_context(|| format!("{}: not a web server's secret", path.display()))
}
