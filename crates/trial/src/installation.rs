//! An installation in a folder of its own: settings, a pack, databases, a key ring, and venues.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use domain::clock::Clock;
use domain::held::Held;
use domain::id::VenueId;
use domain::service_day::{Calendar, ServiceDay};
use domain::venue::{Size, SizeMeasure, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;
use store::backend::postgres::{Server, Tls};
use store::venues::Registration;
use store::{Intake, Office, Root};

use crate::hands;
use crate::process::Process;
use crate::settings::{Plan, Role, write};
use crate::visitor::Visitor;

/// How long a process may take to be ready on a busy machine.
const READY: Duration = Duration::from_secs(60);

/// An installation.
pub struct Installation {
    folder: PathBuf,
    program: PathBuf,
    hands: Option<PathBuf>,
    root: Root,
    /// Where visitors come in.
    pub doors: Vec<SocketAddr>,
    stores: RwLock<(Intake, Office)>,
    /// The places.
    pub venues: Vec<Venue>,
    /// Held by whoever writes into the databases beside the program, so that their disk can be taken away meanwhile.
    pub gate: tokio::sync::RwLock<()>,
}

impl Installation {
    /// Makes one in an empty folder.
    ///
    /// # Errors
    /// If a command of the program refuses, or the folder can't be written.
    pub async fn new(folder: &Path, program: &Path, plan: &Plan) -> anyhow::Result<Self> {
        for name in ["etc/rules", "lib", "keys", "log"] {
            std::fs::create_dir_all(folder.join(name))?;
        }
        let doors = (0..plan.doors).map(|_| Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?))));
        let doors = doors.collect::<anyhow::Result<Vec<_>>>()?;
        write(folder, plan, &doors)?;
        let hands = match plan.hands {
            true => Some(hands::library().context("libfaketime isn't here (Debian's package faketime)")?),
            false => None,
        };
        let root = match plan.database {
            None => Root::new(folder.join("lib")),
            Some(_) => Root::Server(Server {
                intake_url_file: folder.join("etc/worker.intake.url"),
                office_url_file: folder.join("etc/worker.office.url"),
                tls: Tls::None,
            }),
        };
        run(program, folder, &["migrate"])?;
        let said = run(program, folder, &["keys", "init"])?;
        let key =
            said.lines().find(|line| line.starts_with("verifying_key = ")).context("no verifying key")?;
        for role in Role::all(plan.doors) {
            let settings = folder.join(role.settings());
            let text = std::fs::read_to_string(&settings)?;
            std::fs::write(&settings, text.replace("[keys]\n", &format!("[keys]\n{key}\n")))?;
        }
        let stores = RwLock::new((Intake::open(&root).await?, Office::open(&root).await?));
        let mut installation = Self {
            folder: folder.to_owned(),
            program: program.to_owned(),
            hands,
            root,
            doors,
            stores,
            venues: Vec::with_capacity(plan.venues),
            gate: tokio::sync::RwLock::default(),
        };
        installation.set_clocks(0)?;
        let (now, randomness) = (Clock::system().now(), Randomness::os());
        for number in 0..plan.venues {
            let venue = venue(number, now, &randomness)?;
            let registration = Registration {
                venue: venue.clone(),
                form_nonce: randomness.bytes(),
                key_hash: vec![0; 32],
                operator_sealed: vec![1],
                measures: vec![],
            };
            ensure!(installation.intake().register_venue(&registration, None).await?, "not registered");
            installation.venues.push(venue);
        }
        Ok(installation)
    }

    /// What lies in the public zone, read and written beside the program.
    pub fn intake(&self) -> Intake {
        self.stores.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// The same for the office.
    pub fn office(&self) -> Office {
        self.stores.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Closes both, before their disk is changed for another.
    pub async fn close(&self) {
        self.intake().close().await;
        self.office().close().await;
    }

    /// Opens both anew: their disk is another one now.
    ///
    /// # Errors
    /// If they can't be opened.
    pub async fn reopen(&self) -> anyhow::Result<()> {
        let opened = (Intake::open(&self.root).await?, Office::open(&self.root).await?);
        *self.stores.write().unwrap_or_else(PoisonError::into_inner) = opened;
        Ok(())
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

    /// Sets how far ahead, in seconds, every clock is, where the processes have clocks that can be set.
    ///
    /// # Errors
    /// If that can't be written down.
    pub fn set_clocks(&self, ahead: i64) -> anyhow::Result<()> {
        for role in Role::all(self.doors.len()) {
            self.set_clock(role, ahead)?;
        }
        Ok(())
    }

    /// The same of one process's clock.
    ///
    /// # Errors
    /// If that can't be written down.
    pub fn set_clock(&self, role: Role, ahead: i64) -> anyhow::Result<()> {
        Ok(hands::set(&self.path(&role.clock()), ahead)?)
    }

    /// Starts a worker.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn worker(&self) -> anyhow::Result<Process> {
        Process::start(self.tadori(Role::Worker, &["worker"]), &self.path("log/worker"))
    }

    /// Has an engineer vouch for the clock that the worker sees.
    ///
    /// # Errors
    /// If the program doesn't take it.
    pub fn vouch_for_the_clock(&self) -> anyhow::Result<()> {
        let output = self.tadori(Role::Worker, &["doctor", "--trust-clock"]).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        // The doctor has other things to say of such an installation, and then ends with an error.
        ensure!(said.contains("vouched for"), "doctor: {said}{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Starts one of the visitors' doors. `most` is how many bytes a file of it may have, where the disk is to be
    /// full.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn serve(&self, door: usize, most: Option<u64>) -> anyhow::Result<Process> {
        let role = Role::Door(door);
        let command = match most {
            None => self.tadori(role, &["serve", "--doors", "visitor"]),
            Some(bytes) => {
                // The limit's signal is ignored, so that writing fails as it does on a full disk.
                let mut limited = Command::new("sh");
                let blocks = (bytes / 512).to_string();
                limited.args(["-c", "trap '' XFSZ; ulimit -f $1; shift; exec \"$@\"", "sh", &blocks]);
                limited.arg(&self.program).arg("--config").arg(self.path(&role.settings()));
                limited.args(["serve", "--doors", "visitor"]);
                limited
            }
        };
        Process::start(command, &self.path("log/serve"))
    }

    /// Waits until every door can do its work.
    ///
    /// # Errors
    /// If one can't within a minute.
    pub async fn ready(&self) -> anyhow::Result<()> {
        let clock = Clock::system();
        let begin = clock.now();
        for door in &self.doors {
            let mut visitor = Visitor::new(*door);
            while !visitor.get("/health/ready").await.is_ok_and(|answer| answer.status == 200) {
                ensure!(clock.now().since(begin) < READY, "a door isn't ready after {} s", READY.as_secs());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    fn tadori(&self, role: Role, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.path(&role.settings())).args(words);
        if let Some(library) = &self.hands {
            hands::follow(&mut command, library, &self.path(&role.clock()));
        }
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

fn run(program: &Path, folder: &Path, words: &[&str]) -> anyhow::Result<String> {
    let config = folder.join(Role::Worker.settings());
    let output = Command::new(program).arg("--config").arg(config).args(words).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{words:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(said)
}

pub(crate) fn venue(
    number: usize,
    now: domain::clock::Instant,
    randomness: &Randomness,
) -> anyhow::Result<Venue> {
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
