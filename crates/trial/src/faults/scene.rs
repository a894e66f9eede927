//! Everything that a kind of fault needs: an installation with its processes, the servers around it, and how the
//! fault strikes them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use fastrand::Rng;

use crate::faults::disk::Disk;
use crate::faults::kind::Kind;
use crate::faults::mail::Mode;
use crate::faults::post::Post;
use crate::installation::Installation;
use crate::postgres::Servers;
use crate::process::Process;
use crate::relay::Flow;
use crate::settings::{Plan, Role};

/// By how many seconds clocks jump: from one to ten years.
const JUMPS: [i64; 8] = [1, 60, 300, 3_600, 86_400, 9 * 86_400, 365 * 86_400, 3_650 * 86_400];

/// How far apart the clocks of two doors are.
const APART: i64 = 300;

/// On what a kind is tried.
#[derive(Clone, Copy, Debug)]
pub struct On<'a> {
    /// An empty folder. PostgreSQL's lies beside it, for it belongs to another user.
    pub folder: &'a Path,
    /// The program.
    pub program: &'a Path,
    /// How many places there are.
    pub venues: usize,
    /// Whether the databases are PostgreSQL's, where the kind leaves a choice.
    pub postgres: bool,
}

/// The scene.
pub struct Scene {
    /// The program, installed.
    pub installation: Arc<Installation>,
    /// Where notices go.
    pub post: Arc<tokio::sync::Mutex<Post>>,
    kind: Kind,
    workers: Vec<Process>,
    doors: Vec<Process>,
    limited: bool,
    servers: Option<Servers>,
    disk: Disk,
}

async fn a_while(chance: &mut Rng, least: u64, most: u64) {
    tokio::time::sleep(Duration::from_millis(least + chance.u64(..most))).await;
}

impl Scene {
    /// Sets it up in an empty folder, with everything running.
    ///
    /// # Errors
    /// If something of it can't be had on this machine, or doesn't begin.
    pub async fn set(kind: Kind, on: &On<'_>, chance: &mut Rng) -> anyhow::Result<Self> {
        let &On { folder, program, venues, postgres } = on;
        let disk = Disk::below(folder, kind)?;
        let standby = kind == Kind::FailOver;
        let below = folder.parent().context("a folder lies in another")?;
        let servers = match postgres || kind.needs_postgres() {
            true => Some(Servers::start(below, standby, chance.u64(..)).await?),
            false => None,
        };
        let mut plan = Plan {
            venues,
            doors: kind.doors(),
            database: servers.as_ref().map(Servers::port),
            hold: kind.holds(),
            way: kind.way(),
            hands: kind.needs_hands(),
            ..Plan::default()
        };
        let post = Post::start(&mut plan, kind.delay(), chance).await?;
        let installation = Arc::new(Installation::new(folder, program, &plan).await?);
        if kind == Kind::ClocksApart {
            installation.set_clock(Role::Door(1), APART)?;
        }
        let post = Arc::new(tokio::sync::Mutex::new(post));
        let (workers, doors) = (Vec::new(), Vec::new());
        let mut scene = Self { installation, post, kind, workers, doors, limited: false, servers, disk };
        scene.repaired()?;
        Ok(scene)
    }

    /// Starts again whichever process isn't there, and without limits.
    ///
    /// # Errors
    /// If one can't be started.
    pub fn repaired(&mut self) -> anyhow::Result<()> {
        self.workers.retain_mut(Process::is_running);
        while self.workers.len() < self.kind.workers() {
            self.workers.push(self.installation.worker()?);
        }
        for number in 0..self.kind.doors() {
            match self.doors.get_mut(number) {
                None => self.doors.push(self.installation.serve(number, None)?),
                Some(door) => {
                    if self.limited || !door.is_running() {
                        door.kill();
                        *door = self.installation.serve(number, None)?;
                    }
                }
            }
        }
        self.limited = false;
        Ok(())
    }

    /// What the processes said last.
    pub fn last_words(&self) -> String {
        let words = |of: &[Process]| of.first().map(Process::last_words).unwrap_or_default();
        format!("worker: {}\ndoor: {}", words(&self.workers), words(&self.doors))
    }

    /// Every process ends.
    pub fn end_processes(&mut self) {
        self.workers.clear();
        self.doors.clear();
    }

    /// Kills the workers.
    pub fn kill_workers(&mut self) {
        self.workers.iter_mut().for_each(Process::kill);
    }

    fn kill_all(&mut self) {
        self.doors.iter_mut().chain(&mut self.workers).for_each(Process::kill);
    }

    /// Everything around the program works again, and the program runs.
    ///
    /// # Errors
    /// If something can't be repaired.
    pub async fn recover(&mut self) -> anyhow::Result<()> {
        self.post.lock().await.recover().await?;
        self.disk.empty()?;
        if self.kind == Kind::ClockJumps {
            self.installation.set_clocks(0)?;
        }
        self.repaired()?;
        self.installation.ready().await
    }

    /// One fault, with what goes before and after it; how many there were. `came` is how many visitors there were.
    ///
    /// # Errors
    /// If a process doesn't come back.
    pub async fn strike(&mut self, came: usize, chance: &mut Rng) -> anyhow::Result<u32> {
        a_while(chance, 300, 1_500).await;
        match self.kind {
            Kind::WebKilled => self.doors[0].kill(),
            Kind::WorkerKilled | Kind::HeldKilled | Kind::LineKilled => self.workers[0].kill(),
            Kind::BothKilled => self.kill_all(),
            Kind::TornFile => {
                self.kill_all();
                let torn = self.tear(chance)?;
                self.repaired()?;
                return Ok(torn);
            }
            Kind::PowerCut => {
                let installation = Arc::clone(&self.installation);
                let _nobody_writes = installation.gate.write().await;
                self.kill_all();
                self.disk.cut()?;
                self.installation.close().await;
                self.disk.power()?;
                self.installation.reopen().await?;
            }
            Kind::NodeKilled => match chance.usize(..3) {
                0 => self.workers[0].kill(),
                _ => self.doors[chance.usize(..2)].kill(),
            },
            Kind::DiskFull => self.fill(chance).await?,
            Kind::DatabaseKilled | Kind::FailOver => self.strike_database(chance).await?,
            Kind::ClockJumps => self.jump(chance).await?,
            Kind::Nothing | Kind::ClocksApart | Kind::Retention => return Ok(0),
            _ => self.strike_post(came, chance).await?,
        }
        self.repaired()?;
        Ok(1)
    }

    async fn strike_database(&mut self, chance: &mut Rng) -> anyhow::Result<()> {
        let Some(servers) = &mut self.servers else { return Ok(()) };
        match self.kind {
            Kind::FailOver => servers.fail_over().await,
            _ => servers.killed(Duration::from_millis(chance.u64(..1_000))).await,
        }
    }

    async fn strike_post(&mut self, came: usize, chance: &mut Rng) -> anyhow::Result<()> {
        let mut post = self.post.lock().await;
        match self.kind {
            Kind::MailAway | Kind::LineAway | Kind::PushAway => {
                post.away(Duration::from_millis(500 + chance.u64(..2_000))).await?;
            }
            Kind::MailLater => post.mail.set(Mode::Later),
            Kind::MailNever => post.mail.set(Mode::Never),
            Kind::MailCloses | Kind::HeldCloses => post.mail.set(Mode::Closes),
            Kind::LineSlow | Kind::PushSlow => post.set(Flow::Slow(Duration::from_millis(1_500))),
            Kind::LineCloses | Kind::PushCloses => post.set(Flow::Swallows),
            Kind::LineBusy | Kind::PushBusy => post.answers(429, Some(1 + chance.u64(..3)), false),
            Kind::LineFails => post.answers(500, None, chance.bool()),
            Kind::PushFails => post.answers(if chance.bool() { 500 } else { 503 }, None, false),
            Kind::PushGone => post.end_some(came),
            _ => {}
        }
        Ok(())
    }

    async fn fill(&mut self, chance: &mut Rng) -> anyhow::Result<()> {
        if self.disk.is_small() {
            self.disk.fill();
            a_while(chance, 300, 1_500).await;
            return self.disk.empty();
        }
        self.doors[0].kill();
        self.doors[0] = self.installation.serve(0, Some(200_000))?;
        self.limited = true;
        a_while(chance, 1_500, 1_500).await;
        Ok(())
    }

    /// Ahead or back, for a while; then everybody's clock is right again.
    async fn jump(&self, chance: &mut Rng) -> anyhow::Result<()> {
        let by = JUMPS[chance.usize(..JUMPS.len())];
        self.installation.set_clocks(if chance.bool() { by } else { -by })?;
        a_while(chance, 500, 2_000).await;
        self.installation.set_clocks(0)
    }

    /// Half a page of noise behind the journal of the day's file: a frame that was being written.
    fn tear(&self, chance: &mut Rng) -> anyhow::Result<u32> {
        use std::io::Write as _;
        let today = Installation::today()?;
        let journal = self.installation.path(&format!("lib/intake/day/{today}.db-wal"));
        if !journal.exists() {
            // Whoever closed the day last wrote its journal back: nothing was being written.
            return Ok(0);
        }
        let noise: Vec<u8> = (0..1_000 + chance.usize(..3_000)).map(|_| chance.u8(..)).collect();
        std::fs::File::options().append(true).open(&journal)?.write_all(&noise)?;
        Ok(1)
    }
}
