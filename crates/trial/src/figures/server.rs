//! A PostgreSQL server for figures: durable as an installation's, on the disk that was asked for.
//!
//! PostgreSQL refuses to run as root, so root starts it as the package's own user.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use store::Root;
use store::backend::postgres::{Server, Tls};

/// A quarter of a small machine's memory; the rest is left to its file cache. `minimal`: tables that are made and
/// filled in one act needn't be written twice. What is measured isn't made so.
const SETTINGS: &str = "-c listen_addresses= -c shared_buffers=4GB -c max_wal_size=4GB -c wal_level=minimal \
                        -c max_wal_senders=0 -c maintenance_work_mem=512MB -c checkpoint_timeout=15min";

/// A running server. It stops when it is dropped.
pub struct PostgresServer {
    folder: PathBuf,
    programs: PathBuf,
}

impl PostgresServer {
    /// Starts one in an empty folder that the package's user may reach, with both databases.
    ///
    /// # Errors
    /// If PostgreSQL isn't there or doesn't start.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL's programs aren't in /usr/lib/postgresql")?;
        let server = Self { folder: folder.to_owned(), programs };
        if is_root() {
            let owned = Command::new("chown").arg("postgres:").arg(folder).status()?;
            ensure!(owned.success(), "the user postgres comes with the package");
        }
        server.run("initdb", "-D data -U tadori -A trust --locale=C -E UTF8 > initdb.log")?;
        server.begin()?;
        for zone in ["intake", "office"] {
            let made = Command::new(server.programs.join("psql"))
                .args(["-X", "-q", "-U", "tadori", "-d", "postgres", "-h"])
                .arg(folder)
                .args(["-c", &format!("create database {zone}")])
                .status()?;
            ensure!(made.success(), "the databases aren't made");
            std::fs::write(folder.join(format!("{zone}.url")), server.url(zone))?;
        }
        Ok(server)
    }

    /// Starts one that was made before.
    ///
    /// # Errors
    /// If it doesn't start.
    pub fn again(folder: &Path) -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL's programs aren't in /usr/lib/postgresql")?;
        let server = Self { folder: folder.to_owned(), programs };
        server.begin()?;
        Ok(server)
    }

    /// The address of one of both databases.
    pub fn url(&self, zone: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://tadori@{host}/{zone}")
    }

    /// Stops and begins again: its own memory is empty then.
    ///
    /// # Errors
    /// If it doesn't.
    pub fn restart(&self) -> anyhow::Result<()> {
        self.run("pg_ctl", "-D data -m fast -w stop > stop.log")?;
        self.begin()
    }

    fn begin(&self) -> anyhow::Result<()> {
        let options = format!("-k '{}' {SETTINGS}", self.folder.display());
        self.run("pg_ctl", &format!("-D data -t 600 -w -l server.log -o \"{options}\" start > start.log"))
    }

    fn run(&self, program: &str, words: &str) -> anyhow::Result<()> {
        let mut command = Command::new(if is_root() { "setpriv" } else { "sh" });
        if is_root() {
            command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups", "sh"]);
        }
        let line = format!("exec {} {words}", self.programs.join(program).display());
        let status = command.args(["-c", &line]).current_dir(&self.folder).stdin(Stdio::null()).status()?;
        ensure!(status.success(), "{program} {words}: see {}", self.folder.display());
        Ok(())
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let _ = self.run("pg_ctl", "-D data -m fast -w -t 600 stop > stop.log");
    }
}

/// Where a store finds the databases of a server in that folder.
pub fn root(folder: &Path) -> Root {
    Root::Server(Server {
        intake_url_file: folder.join("intake.url"),
        office_url_file: folder.join("office.url"),
        tls: Tls::None,
    })
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.pop()
}
