//! An installation in this process, whose clock is moved: days behind it, venues, and the real worker.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use deliver::Courier;
use deliver::inbox::Inbox;
use domain::case::{CaseDates, CaseReference, CaseSource, Course, InterviewVisit};
use domain::clock::{Clock, Instant};
use domain::contact::Contact;
use domain::exposure::Window;
use domain::id::CaseId;
use domain::policy::pack::Pack;
use domain::report::contacts_to_bytes;
use domain::service_day::ServiceDay;
use seal::day_key::{DaySealer, Sealer};
use seal::identity::Deployment;
use seal::key_ring::{KeyRing, Unlock};
use seal::office::Purpose;
use seal::random::Randomness;
use sqlx::AnyConnection;
use store::cases::{CaseRecord, CaseState};
use store::{Intake, Office, Root};
use worker::Worker;

use crate::figures::Engine;
use crate::figures::server::{self, PostgresServer};

/// Noon in Japan, of the day at which the figures are taken.
const NOON: Instant = Instant::from_micros(1_795_316_400_000_000);

/// A day.
pub const DAY: Duration = Duration::from_secs(86_400);

/// Where an installation lies.
pub struct Place {
    folder: PathBuf,
    root: Root,
    randomness: Randomness,
}

impl Place {
    /// One that was made here, perhaps by another process.
    pub fn there(folder: &Path, engine: Engine) -> Self {
        let root = match engine {
            Engine::Sqlite => Root::new(folder.join("lib")),
            Engine::Postgres => server::root(&folder.join("server")),
        };
        Self { folder: folder.to_owned(), root, randomness: Randomness::os() }
    }

    fn ring(&self) -> anyhow::Result<KeyRing> {
        let unlock = Unlock::key_file(self.folder.join("ring.key"));
        Ok(KeyRing::open(&self.folder.join("ring"), &unlock, &self.randomness)?)
    }

    /// A worker that has read nothing yet.
    ///
    /// # Errors
    /// If it doesn't begin.
    pub async fn worker(&self, pack: Arc<Pack>, clock: Clock, courier: Courier) -> anyhow::Result<Worker> {
        let (intake, office) = (Intake::open(&self.root).await?, Office::open(&self.root).await?);
        Ok(Worker::new(intake, office, self.ring()?, courier, pack, clock, self.randomness.clone()))
    }
}

/// The installation.
pub struct Machine {
    /// Where its files lie.
    pub folder: PathBuf,
    place: Place,
    /// The server, where there is one.
    pub server: Option<PostgresServer>,
    /// Where both zones lie.
    pub root: Root,
    /// Moved by whoever measures.
    pub clock: Clock,
    /// Chance.
    pub randomness: Randomness,
    /// The rules.
    pub pack: Arc<Pack>,
    /// The public zone.
    pub intake: Intake,
    /// The office's.
    pub office: Office,
    worker: Option<Worker>,
}

impl Machine {
    /// Makes one, so many days ago, under rules that are changed in these places.
    ///
    /// # Errors
    /// What kept it from being made.
    pub async fn new(
        folder: &Path,
        engine: Engine,
        days: u64,
        changes: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
                std::fs::create_dir(folder.join("server"))?;
                Some(PostgresServer::start(&folder.join("server"))?)
            }
        };
        let place = Place::there(folder, engine);
        store::backend::migrate(&place.root).await?;
        let deployment = Deployment::parse("figures").context("a name")?;
        let unlock = Unlock::key_file(folder.join("ring.key"));
        KeyRing::init(&folder.join("ring"), &unlock, &deployment, &place.randomness)?;
        Self::at(place, server, NOON.minus(DAY * u32::try_from(days)?), changes).await
    }

    /// One that was made before and has come to the day at which figures are taken.
    ///
    /// # Errors
    /// What kept it from being opened.
    pub async fn there(folder: &Path, engine: Engine, changes: &[(&str, &str)]) -> anyhow::Result<Self> {
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(PostgresServer::again(&folder.join("server"))?),
        };
        Self::at(Place::there(folder, engine), server, NOON, changes).await
    }

    async fn at(
        place: Place,
        server: Option<PostgresServer>,
        now: Instant,
        changes: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let mut machine = Self {
            folder: place.folder.clone(),
            root: place.root.clone(),
            randomness: place.randomness.clone(),
            intake: Intake::open(&place.root).await?,
            office: Office::open(&place.root).await?,
            place,
            server,
            clock: Clock::set_to(now),
            pack: Arc::new(pack(changes)?),
            worker: None,
        };
        machine.begin_worker().await?;
        Ok(machine)
    }

    /// A worker that has read nothing yet, and nothing of ours is connected.
    ///
    /// # Errors
    /// If it doesn't begin.
    pub async fn begin_worker(&mut self) -> anyhow::Result<()> {
        self.end_worker();
        self.intake = Intake::open(&self.root).await?;
        self.office = Office::open(&self.root).await?;
        let (pack, clock) = (Arc::clone(&self.pack), self.clock.clone());
        self.worker = Some(self.place.worker(pack, clock, Courier::Inbox(Inbox::new())).await?);
        Ok(())
    }

    /// The worker lets go of the ring.
    pub fn end_worker(&mut self) {
        self.worker = None;
    }

    /// The ring, opened beside the worker.
    ///
    /// # Errors
    /// If it doesn't open.
    pub fn ring(&self) -> anyhow::Result<KeyRing> {
        self.place.ring()
    }

    /// One turn of all jobs, and how long it took.
    ///
    /// # Errors
    /// If a job failed.
    pub async fn turn(&mut self) -> anyhow::Result<Duration> {
        let begin = Clock::system().now();
        let turn = self.worker.as_mut().context("no worker")?.turn().await;
        let took = Clock::system().now().since(begin);
        anyhow::ensure!(turn.failed == 0, "a job failed: {turn:?}");
        Ok(took)
    }

    /// So many days pass, with a turn on each.
    ///
    /// # Errors
    /// If a job failed.
    pub async fn live(&mut self, days: u64) -> anyhow::Result<()> {
        for _ in 0..days {
            self.turn().await?;
            self.clock.advance(DAY);
        }
        self.turn().await?;
        Ok(())
    }

    /// The service day of this moment.
    pub fn today(&self) -> ServiceDay {
        self.pack.policy.calendar.day_of(self.clock.now())
    }

    /// What seals to a day.
    ///
    /// # Errors
    /// If the day has no key.
    pub fn sealer(&self, ring: &KeyRing, day: ServiceDay) -> anyhow::Result<DaySealer> {
        let sealer = Sealer::new(ring.deployment().clone(), ring.verifying_key());
        sealer.open_day(&ring.day_public(day)?).map_err(|error| anyhow::anyhow!("{error:?}"))
    }

    /// Has PostgreSQL look at what its tables hold, as it does by itself within a minute; one that is restarted before each
    /// turn never comes to it, and would guess.
    ///
    /// # Errors
    /// If it doesn't.
    pub async fn analyze(&self) -> anyhow::Result<()> {
        use sqlx::{Connection as _, Executor as _};
        let Some(server) = &self.server else { return Ok(()) };
        for (zone, statement) in [("intake", "analyze venue"), ("office", "analyze")] {
            let mut connection = AnyConnection::connect(&server.url(zone)).await?;
            connection.execute(statement).await?;
            connection.close().await?;
        }
        Ok(())
    }

    /// A connection past the store, for filling it.
    ///
    /// # Errors
    /// If there is none.
    pub async fn beside(&self, day: ServiceDay) -> anyhow::Result<AnyConnection> {
        use sqlx::Connection as _;
        let url = match (&self.server, &self.root) {
            (Some(server), _) => server.url("intake"),
            (None, Root::Folder(folder)) => format!("sqlite://{}?mode=rw", folder.day_file(day).display()),
            (None, Root::Server(_)) => anyhow::bail!("a server that isn't ours"),
        };
        Ok(AnyConnection::connect(&url).await?)
    }

    /// A case that an officer entered with its visits, or that reported an address.
    ///
    /// # Errors
    /// If it isn't stored.
    pub async fn enter(
        &self,
        ring: &KeyRing,
        visits: &[InterviewVisit],
        address: Option<&Contact>,
        window: Window,
    ) -> anyhow::Result<CaseId> {
        let (now, today) = (self.clock.now(), self.today());
        let id = CaseId::from_random(self.randomness.bytes());
        let contacts_sealed = match address {
            None => None,
            Some(contact) => {
                let sealer = self.sealer(ring, today)?;
                let bytes = contacts_to_bytes(std::slice::from_ref(contact));
                let sealed = sealer.seal_record(Purpose::CaseContacts, id.as_bytes(), &bytes);
                Some(sealed.map_err(|error| anyhow::anyhow!("{error:?}"))?)
            }
        };
        let case = CaseRecord {
            id,
            reference: CaseReference::from_stored(format!("R-{}", id.number())),
            source: if address.is_some() { CaseSource::SelfReport } else { CaseSource::Officer },
            dates: CaseDates::from_stored(Course::OnsetOn(today), today),
            window,
            received_at: now,
            entered_by: "sato".into(),
            contacts_sealed,
            close_contacts: false,
            state: CaseState::Received,
            matched_at: None,
        };
        let mut tx = self.office.begin().await?;
        tx.add_case(&case, visits).await?;
        tx.commit().await?;
        Ok(id)
    }
}

/// The rules that ship, with these changes; a change that finds nothing to change is an error.
///
/// # Errors
/// If they are no rules any more.
pub fn pack(changes: &[(&str, &str)]) -> anyhow::Result<Pack> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions/osaka");
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&own)? {
        let file = entry?.path();
        if let (true, Some(name)) = (file.is_file(), file.file_name().and_then(|name| name.to_str())) {
            files.insert(name.to_owned(), std::fs::read_to_string(&file)?);
        }
    }
    let policy = files.get_mut("jurisdiction.toml").context("no policy")?;
    for (from, to) in changes {
        anyhow::ensure!(policy.contains(from), "the rules don't say {from}");
        *policy = policy.replace(from, to);
    }
    Pack::parse(files.into_iter().collect()).map_err(|errors| anyhow::anyhow!("{errors:?}"))
}
