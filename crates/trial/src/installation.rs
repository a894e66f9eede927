//! An installation in a folder of its own: settings, a pack, databases, a key ring, and venues.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use domain::clock::Clock;
use domain::held::Held;
use domain::id::VenueId;
use domain::service_day::{Calendar, ServiceDay};
use domain::venue::{Size, SizeMeasure, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;
use store::venues::Registration;
use store::{Intake, Office, Root};

use crate::process::Process;
use crate::visitor::Visitor;

/// How long a process may take to be ready on a busy machine.
const READY: Duration = Duration::from_secs(60);

/// An installation.
pub struct Installation {
    folder: PathBuf,
    program: PathBuf,
    /// Where visitors come in.
    pub door: SocketAddr,
    /// What lies in the databases, read beside the program.
    pub intake: Intake,
    /// The same for the office.
    pub office: Office,
    /// The places.
    pub venues: Vec<Venue>,
}

impl Installation {
    /// Makes one in an empty folder, with so many venues; mail goes to this port.
    ///
    /// # Errors
    /// If a command of the program refuses, or the folder can't be written.
    pub async fn new(folder: &Path, program: &Path, venues: usize, mail: u16) -> anyhow::Result<Self> {
        for name in ["etc/rules", "lib", "keys", "log"] {
            std::fs::create_dir_all(folder.join(name))?;
        }
        write_pack(&folder.join("etc/rules"))?;
        let port = free_port()?;
        std::fs::write(folder.join("etc/tadori.toml"), settings(folder, port, free_port()?, mail))?;
        run(program, folder, &["migrate"])?;
        let said = run(program, folder, &["keys", "init"])?;
        let key =
            said.lines().find(|line| line.starts_with("verifying_key = ")).context("no verifying key")?;
        let text = std::fs::read_to_string(folder.join("etc/tadori.toml"))?;
        std::fs::write(
            folder.join("etc/tadori.toml"),
            text.replace("[keys]\n", &format!("[keys]\n{key}\n")),
        )?;
        let root = Root::new(folder.join("lib"));
        let mut installation = Self {
            folder: folder.to_owned(),
            program: program.to_owned(),
            door: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            intake: Intake::open(&root).await?,
            office: Office::open(&root).await?,
            venues: Vec::with_capacity(venues),
        };
        let (now, randomness) = (Clock::system().now(), Randomness::os());
        for number in 0..venues {
            let venue = venue(number, now, &randomness)?;
            let registration = Registration {
                venue: venue.clone(),
                form_nonce: randomness.bytes(),
                key_hash: vec![0; 32],
                operator_sealed: vec![1],
                measures: vec![],
            };
            ensure!(installation.intake.register_venue(&registration, None).await?, "not registered");
            installation.venues.push(venue);
        }
        Ok(installation)
    }

    /// The service day of this moment.
    ///
    /// # Errors
    /// If the zone isn't known.
    pub fn today() -> anyhow::Result<ServiceDay> {
        let calendar = Calendar::new("Asia/Tokyo", 0).context("no calendar")?;
        Ok(calendar.day_of(Clock::system().now()))
    }

    /// A file of the installation.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Starts the worker.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn worker(&self) -> anyhow::Result<Process> {
        Process::start(self.tadori(&["worker"]), &self.path("log/worker"))
    }

    /// Starts the visitors' door. `most` is how many bytes a file of it may have, where the disk is to be full.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn serve(&self, most: Option<u64>) -> anyhow::Result<Process> {
        let command = match most {
            None => self.tadori(&["serve", "--doors", "visitor"]),
            Some(bytes) => {
                // The limit's signal is ignored, so that writing fails as it does on a full disk.
                let mut limited = Command::new("sh");
                let blocks = (bytes / 512).to_string();
                limited.args(["-c", "trap '' XFSZ; ulimit -f $1; shift; exec \"$@\"", "sh", &blocks]);
                limited.arg(&self.program).arg("--config").arg(self.path("etc/tadori.toml"));
                limited.args(["serve", "--doors", "visitor"]);
                limited
            }
        };
        Process::start(command, &self.path("log/serve"))
    }

    /// Waits until the door can do its work.
    ///
    /// # Errors
    /// If it can't within a minute.
    pub async fn ready(&self) -> anyhow::Result<()> {
        let (clock, mut visitor) = (Clock::system(), Visitor::new(self.door));
        let begin = clock.now();
        while clock.now().since(begin) < READY {
            if visitor.get("/health/ready").await.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("the door isn't ready after {} s", READY.as_secs())
    }

    fn tadori(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.path("etc/tadori.toml")).args(words);
        command
    }

    /// Opens the ring, when no worker holds it.
    ///
    /// # Errors
    /// If it doesn't open.
    pub fn ring(&self) -> anyhow::Result<KeyRing> {
        let unlock = Unlock::key_file(self.path("etc/ring.key"));
        Ok(KeyRing::open(&self.path("keys/ring"), &unlock, &Randomness::os())?)
    }
}

/// The rules that ship, but that nothing is held or confirmed: what is mailed are notices.
fn write_pack(into: &Path) -> anyhow::Result<()> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions/osaka");
    for entry in std::fs::read_dir(&own)? {
        let file = entry?.path();
        if let (true, Some(name)) = (file.is_file(), file.file_name()) {
            let text = std::fs::read_to_string(&file)?.replace("hold_minutes = 10", "hold_minutes = 0");
            let text = text.replace("confirmation = \"every\"", "confirmation = \"none\"");
            std::fs::write(into.join(name), text)?;
        }
    }
    Ok(())
}

fn settings(folder: &Path, visitors: u16, officers: u16, mail: u16) -> String {
    let root = folder.display();
    format!(
        r#"jurisdiction = "{root}/etc/rules"
deployment = "trial"
[store]
root = "{root}/lib"
[keys]
ring = "{root}/keys/ring"
key_file = "{root}/etc/ring.key"
web_secret = "{root}/etc/web.secret"
[public]
listen = "127.0.0.1:{visitors}"
base_url = "http://localhost:{visitors}"
behind_proxy = false
check_ins_per_client = 0
[officers]
listen = "127.0.0.1:{officers}"
base_url = "http://localhost:{officers}"
[mail]
host = "127.0.0.1"
port = {mail}
tls = "none"
[log]
level = "warn"
"#
    )
}

fn run(program: &Path, folder: &Path, words: &[&str]) -> anyhow::Result<String> {
    let config = folder.join("etc/tadori.toml");
    let output = Command::new(program).arg("--config").arg(config).args(words).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{words:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(said)
}

fn venue(number: usize, now: domain::clock::Instant, randomness: &Randomness) -> anyhow::Result<Venue> {
    Ok(Venue {
        id: VenueId::from_random(randomness.bytes()),
        code: VenueCode::from_random(randomness.bytes()),
        kind: VenueKind::Shop,
        name: VenueName::parse(&format!("見本食堂{number}"))?,
        room: None,
        category: "restaurant".into(),
        size: Some(Size { measure: SizeMeasure::Seats, value: 30 }),
        postal_code: "0000000".into(),
        address: "見本市".into(),
        held: Held::always(),
        replaces: None,
        status: VenueStatus::Active,
        registered_at: now,
        naming_consent: false,
    })
}

/// A port that nobody listens at.
///
/// # Errors
/// If there is none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
