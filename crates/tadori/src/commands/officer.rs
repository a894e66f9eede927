//! `tadori officer`: named accounts with password and authenticator, added and removed.

use anyhow::Context as _;
use domain::clock::{Clock, Instant};
use domain::id::OfficerId;
use domain::ledger::{Act, Entry};
use seal::officer_login::{PasswordHash, Totp};
use seal::random::Randomness;
use seal::web_secret::WebSecret;
use store::Office;
use store::officers::Officer;

use crate::commands::keys::web_secret;
use crate::config::Config;
use crate::{packs, say};

// Its comments are `tadori officer --help`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    act: OfficerAct,
}

#[derive(clap::Subcommand)]
enum OfficerAct {
    /// Adds an account: reads the password as one line from standard input, prints the address that an
    /// authenticator app scans.
    Add {
        /// The name to sign in with; it stands in the ledger beside each act.
        name: String,
    },
    /// Removes an account: its password, authenticator and sessions are erased. The name stays in the ledger
    /// and can't be given to anybody else.
    Remove {
        /// The name that was signed in with.
        name: String,
    },
}

/// Runs it.
///
/// # Errors
/// A name that is taken or that nobody has, a password that is too short, or a store that can't be written.
pub async fn run(config: &Config, arguments: Arguments) -> anyhow::Result<()> {
    match arguments.act {
        // As it is stored, and typed at the door.
        OfficerAct::Add { name } => ask_and_add(config, parse_name(&name)?).await,
        OfficerAct::Remove { name } => remove(config, parse_name(&name)?).await,
    }
}

async fn ask_and_add(config: &Config, name: String) -> anyhow::Result<()> {
    let pack = packs::load(&config.jurisdiction)?;
    let office = Office::open(&config.store.place()).await?;
    eprintln!("Password for {name} ({} characters or more):", PasswordHash::MIN);
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    let (secret, randomness) = (web_secret(config)?, Randomness::os());
    let now = Clock::system().now();
    let totp = add(&office, &secret, &randomness, &name, password, now).await?;
    say!("{name} can sign in. Scan this address with an authenticator app; it is shown only now:\n")?;
    let issuer = pack.policy.jurisdiction.id.as_str();
    let url = totp.otpauth_url(&name, issuer).context("the name can't be carried by authenticators")?;
    say!("{}", url.as_str())
}

/// Adds an account with a new authenticator secret.
///
/// # Errors
/// As [`run`].
pub async fn add(
    office: &Office,
    secret: &WebSecret,
    randomness: &Randomness,
    name: &str,
    password: &str,
    now: Instant,
) -> anyhow::Result<Totp> {
    let name = parse_name(name)?;
    let id = OfficerId::from_random(randomness.bytes());
    let totp = Totp::new(randomness);
    let officer = Officer {
        id,
        name: name.clone(),
        password_hash: PasswordHash::new(password, randomness)?.to_stored(),
        totp_secret: totp.to_stored(secret, id, randomness),
        totp_step: 0,
        failed: 0,
        locked_until: Instant::from_micros(0),
    };
    let mut tx = office.begin().await?;
    tx.add_officer(&officer, now).await.map_err(|error| match error.is_duplicate() {
        true => anyhow::anyhow!("there is an officer {name:?} already, or was one"),
        false => error.into(),
    })?;
    let entry = Entry {
        at: now,
        actor: "engineer".into(),
        act: Act::OfficerAdded,
        subject: name,
        detail: String::new(),
    };
    tx.record(&entry).await?;
    tx.commit().await?;
    Ok(totp)
}

async fn remove(config: &Config, name: String) -> anyhow::Result<()> {
    let office = Office::open(&config.store.place()).await?;
    let officer = office.officer(&name).await?.with_context(|| format!("there is no officer {name:?}"))?;
    let mut tx = office.begin().await?;
    anyhow::ensure!(tx.remove_officer(officer.id).await?, "the officer {name:?} was removed before");
    let entry = Entry {
        at: Clock::system().now(),
        actor: "engineer".into(),
        act: Act::OfficerRemoved,
        subject: name.clone(),
        detail: String::new(),
    };
    tx.record(&entry).await?;
    tx.commit().await?;
    say!("{name} is signed out and can't sign in any more.")
}

fn parse_name(typed: &str) -> anyhow::Result<String> {
    let name = domain::text::line(typed, 40).map_err(|error| anyhow::anyhow!("the name {error}"))?;
    anyhow::ensure!(!name.contains(':'), "the name contains a colon, which authenticators can't carry");
    Ok(name)
}
