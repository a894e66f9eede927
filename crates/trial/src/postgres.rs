//! Real PostgreSQL servers of a trial's own, durable as they are in earnest: one, or two of which the second is the
//! first's synchronous standby. PostgreSQL refuses to run as root, so root starts them as the package's own user.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use domain::clock::Clock;

use crate::installation::free_port;
use crate::process::Process;
use crate::relay::Relay;

/// Under what user the package runs its servers.
const PACKAGES_USER: &str = "postgres";

/// How long a server may take to begin, its recovery included.
const BEGINS: Duration = Duration::from_secs(60);

/// A server.
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    process: Option<Process>,
}

impl Server {
    fn new(folder: PathBuf) -> anyhow::Result<Self> {
        let programs = programs().context("no PostgreSQL: `cargo xtask setup` finds or installs it")?;
        std::fs::create_dir_all(&folder)?;
        Ok(Self { programs, folder, port: free_port()?, process: None })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    /// One of its programs, as the user who may run it.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", PACKAGES_USER, "--regid", PACKAGES_USER, "--clear-groups"]).arg(program);
        command
    }

    fn run(&self, mut command: Command) -> anyhow::Result<String> {
        let output = command.current_dir("/").output().with_context(|| format!("{command:?}"))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{command:?}: {said}");
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn own(&self) -> anyhow::Result<()> {
        if is_root() {
            let owner = format!("{PACKAGES_USER}:");
            let owned = Command::new("chown").args(["-R", &owner]).arg(&self.folder).status()?;
            ensure!(owned.success(), "the user {PACKAGES_USER} comes with the package");
        }
        Ok(())
    }

    fn make(&self) -> anyhow::Result<()> {
        self.own()?;
        let mut initdb = self.program("initdb");
        initdb.args(["-D", &self.data(), "-U", "tadori", "-A", "trust", "--locale=C", "-E", "UTF8"]);
        self.run(initdb).map(drop)
    }

    /// Makes it anew as a copy of a running server that follows it.
    async fn copy(&mut self, of: &Self) -> anyhow::Result<()> {
        self.kill();
        // What its killed postmaster left behind ends by itself, and may still write.
        for _ in 0..50 {
            if std::fs::remove_dir_all(self.folder.join("data")).is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.own()?;
        let mut backup = self.program("pg_basebackup");
        backup.args(["-h", "127.0.0.1", "-p", &of.port.to_string(), "-U", "tadori", "-D", &self.data()]);
        backup.args(["-R", "-X", "stream", "-c", "fast"]);
        self.run(backup).map(drop)
    }

    /// Starts it, and waits until it answers. After a kill it waits for what is left of the one before.
    ///
    /// # Errors
    /// If it doesn't begin within a minute.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let (clock, log) = (Clock::system(), self.folder.join("log"));
        let begin = clock.now();
        while clock.now().since(begin) < BEGINS {
            if !self.process.as_mut().is_some_and(Process::is_running) {
                let mut command = self.program("postgres");
                command.args(["-D", &self.data(), "-p", &self.port.to_string()]);
                let options =
                    ["listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=64MB"];
                for option in options.into_iter().chain(["wal_retrieve_retry_interval=500ms"]) {
                    command.args(["-c", option]);
                }
                self.process = Some(Process::start(command, &log)?);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            if self.says("postgres", "select 1").is_ok() {
                return Ok(());
            }
        }
        let said = self.process.as_ref().map(Process::last_words).unwrap_or_default();
        anyhow::bail!("PostgreSQL doesn't begin: {said}")
    }

    /// `kill -9` of its postmaster.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Has it do something, as its administrator; what it says.
    ///
    /// # Errors
    /// If it isn't there, or refuses.
    pub fn says(&self, database: &str, statement: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "tadori", "-h", "127.0.0.1"]);
        psql.args(["-p", &self.port.to_string(), "-d", database, "-c", statement]);
        self.run(psql).map(|said| said.trim().to_owned())
    }
}

/// One server or two, behind an address that stays.
pub struct Servers {
    servers: Vec<Server>,
    primary: usize,
    relay: Relay,
    folder: tempfile::TempDir,
}

impl Servers {
    /// One server with the roles and databases of docs/postgresql.md, in a folder below `below`; with a synchronous
    /// standby where that is asked for.
    ///
    /// # Errors
    /// If PostgreSQL isn't there, or refuses.
    pub async fn start(below: &Path, standby: bool, seed: u64) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("tadori-postgres-").tempdir_in(below)?;
        if is_root() {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
        }
        let mut first = Server::new(folder.path().join("first"))?;
        first.make()?;
        first.start().await?;
        for role in ["tadori_worker", "tadori_visitors", "tadori_officers"] {
            first.says("postgres", &format!("create role {role} login"))?;
        }
        for zone in ["intake", "office"] {
            first.says("postgres", &format!("create database tadori_{zone} owner tadori_worker"))?;
        }
        let relay = Relay::start(first.address(), seed).await?;
        let mut servers = Self { servers: vec![first], primary: 0, relay, folder };
        if standby {
            servers.servers.push(Server::new(servers.folder.path().join("second"))?);
            // Without a standby nothing is acknowledged. The copy has this setting too, for when it takes over.
            let strict = "alter system set synchronous_standby_names = '*'";
            servers.servers[0].says("postgres", strict)?;
            servers.follow(1).await?;
            servers.servers[0].says("postgres", "select pg_reload_conf()")?;
            servers.in_step().await?;
        }
        Ok(servers)
    }

    /// The port of the address that stays.
    pub fn port(&self) -> u16 {
        self.relay.port()
    }

    /// `kill -9` of the postmaster, and it is started again.
    ///
    /// # Errors
    /// If it doesn't come back.
    pub async fn killed(&mut self, away: Duration) -> anyhow::Result<()> {
        self.servers[self.primary].kill();
        tokio::time::sleep(away).await;
        self.servers[self.primary].start().await
    }

    /// The primary is killed while it is written to, its standby takes over under the same address, and what was the
    /// primary is made the new one's standby.
    ///
    /// # Errors
    /// If one of both refuses.
    pub async fn fail_over(&mut self) -> anyhow::Result<()> {
        let (before, next) = (self.primary, 1 - self.primary);
        self.servers[before].kill();
        self.servers[next].says("postgres", "select pg_promote()")?;
        self.primary = next;
        self.relay.lead_to(self.servers[next].address()).await?;
        self.follow(before).await?;
        self.in_step().await
    }

    /// Makes this server the primary's standby.
    async fn follow(&mut self, which: usize) -> anyhow::Result<()> {
        let (low, high) = self.servers.split_at_mut(1);
        let (Some(first), Some(second)) = (low.first_mut(), high.first_mut()) else {
            anyhow::bail!("there is one server only")
        };
        let (standby, primary) = if which == 0 { (first, second) } else { (second, first) };
        standby.copy(primary).await?;
        standby.start().await
    }

    /// Waits until the standby has what the primary acknowledges.
    async fn in_step(&self) -> anyhow::Result<()> {
        let clock = Clock::system();
        let begin = clock.now();
        let asked = "select count(*) from pg_stat_replication where sync_state in ('sync', 'quorum')";
        let primary = &self.servers[self.primary];
        while primary.says("postgres", asked)? != "1" {
            if clock.now().since(begin) >= BEGINS {
                let senders =
                    primary.says("postgres", "select state, sync_state from pg_stat_replication")?;
                let standby = self.servers[1 - self.primary].process.as_ref().map(Process::last_words);
                anyhow::bail!("the standby doesn't follow ({senders}): {}", standby.unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The folder of PostgreSQL's programs, the newest: Debian keeps those of a server out of `PATH`.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let needed = ["initdb", "postgres", "psql", "pg_basebackup"];
    folders.into_iter().find(|folder| needed.iter().all(|name| folder.join(name).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the primary has acknowledged, the one that takes over has; and so on, back again.
    #[tokio::test]
    async fn a_standby_takes_over_with_everything() {
        if programs().is_none() {
            return;
        }
        let mut servers = Servers::start(&std::env::temp_dir(), true, 1).await.unwrap();
        servers.servers[0].says("tadori_office", "create table told (n bigint)").unwrap();
        for n in 0..2 {
            let primary = &servers.servers[servers.primary];
            primary.says("tadori_office", &format!("insert into told values ({n})")).unwrap();
            servers.fail_over().await.unwrap();
            let primary = &servers.servers[servers.primary];
            let told = primary.says("tadori_office", "select count(*) from told").unwrap();
            assert_eq!((told.as_str(), servers.primary), ((n + 1).to_string().as_str(), 1 - n % 2));
        }
        servers.killed(Duration::ZERO).await.unwrap();
        assert_eq!(servers.servers[0].says("tadori_office", "select count(*) from told").unwrap(), "2");
    }
}
