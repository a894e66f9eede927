//! A PostgreSQL server for tests, in a folder of its own and reached by a socket in it.
//!
//! The test runner starts a process a test; they share one server. Whoever comes first makes it. Each holds a
//! lock while it runs; a small watchman that is started with the server stops it and removes its folder a few
//! seconds after the last lock is gone, however the tests ended. PostgreSQL refuses to run as root, so root
//! starts it as the package's own user.
//!
//! [`PostgresServer::at`] makes one of a test's own, and [`PostgresServer::standby`] a second that follows it.
//!
//! Each test has a pair of databases of its own, copied from a migrated pair.

pub mod relay;
mod standby;

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use store::Root;
use store::backend::postgres::{Server, Tls};

/// Under what user the package runs its servers.
const PACKAGES_USER: &str = "postgres";

/// What the copied pair is made of: another schema is another pair.
const MIGRATIONS: [&str; 5] = [
    include_str!("mod.rs"),
    include_str!("../../migrations/roles/intake.sql"),
    include_str!("../../migrations/roles/office.sql"),
    include_str!("../../migrations/intake/0001_intake.sql"),
    include_str!("../../migrations/office/0001_office.sql"),
];

/// Whose logins there are besides the administrator's, `tadori`: as docs/deploying.md has them.
pub const ROLES: [&str; 3] = ["tadori_worker", "tadori_visitors", "tadori_officers"];

/// Makes the server's files.
const MAKE: &str =
    r#"rm -rf data; "$1/initdb" -D data -U tadori -A trust --locale=C -E UTF8 --no-sync > made.log 2>&1"#;

/// Starts the server and leaves the watchman.
const START: &str = r#"
"$1/pg_ctl" -D data -w -l server.log -o "-k '$2' -p $3 -c max_connections=400 $4" start > start.log 2>&1 || exit 1
setsid -f sh -c '
    server=$(head -n 1 data/postmaster.pid)
    while sleep 3; do
        if [ -e users ]; then exec 9< users; else exec 9< /dev/null; fi
        if [ ! -e users ] || flock -n -x 9; then
            kill -QUIT "$server"
            while kill -0 "$server"; do sleep 0.1; done
            rm -rf data
            exit
        fi
        kill -0 "$server" || exit
        exec 9<&-
    done' sh < /dev/null > /dev/null 2>&1
"#;

/// What makes a server quick that nobody will miss.
pub const QUICK: &str = "-c fsync=off -c full_page_writes=off -c autovacuum=off -c shared_buffers=64MB";

/// The server, for as long as this is held.
#[derive(Debug)]
pub struct PostgresServer {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    _users: File,
}

/// The shared server listens at its socket alone; the number is part of the socket's name.
const PORT: u16 = 5432;

/// Two databases of a test's own, with the files that hold their addresses.
#[derive(Debug)]
pub struct Pair {
    server: PostgresServer,
    name: String,
    folder: tempfile::TempDir,
}

impl PostgresServer {
    /// The one that all tests of this build share.
    pub fn shared() -> Self {
        let mut hasher = DefaultHasher::new();
        (Path::new(env!("CARGO_MANIFEST_DIR")).parent(), MIGRATIONS).hash(&mut hasher);
        let folder = std::env::temp_dir().join(format!("tadori-postgres-{:x}", hasher.finish()));
        fs::create_dir_all(&folder).expect("a folder");
        Self::at(folder, PORT, &format!("-c listen_addresses= {QUICK}"))
    }

    /// One with settings of its own, in a folder that is there: as durable as PostgreSQL is, unless they say otherwise.
    pub fn at(folder: PathBuf, port: u16, options: &str) -> Self {
        Self::made(folder, port, MAKE, options)
    }

    /// One whose files are made in this way, unless it runs.
    fn made(folder: PathBuf, port: u16, make: &str, options: &str) -> Self {
        let programs = programs().expect("PostgreSQL's programs: `cargo xtask setup` finds or installs them");
        let users = File::options().create(true).append(true).open(folder.join("users")).expect("a file");
        users.lock_shared().expect("locked");
        let one = File::options().create(true).append(true).open(folder.join("starting")).expect("a file");
        one.lock().expect("locked");
        let server = Self { programs, folder, port, _users: users };
        if !server.runs() {
            server.start(make, options);
            if make == MAKE {
                let roles = ROLES.map(|role| format!("create role {role} login"));
                server.administer("postgres", &roles.each_ref().map(String::as_str)).expect("roles are made");
            }
        }
        server
    }

    fn runs(&self) -> bool {
        std::os::unix::net::UnixStream::connect(self.folder.join(format!(".s.PGSQL.{}", self.port))).is_ok()
    }

    /// Makes the files as `make` says, and starts on them.
    fn start(&self, make: &str, options: &str) {
        if me() == 0 {
            let owned =
                Command::new("chown").args(["-R", &format!("{PACKAGES_USER}:")]).arg(&self.folder).status();
            assert!(owned.is_ok_and(|status| status.success()), "the user postgres comes with the package");
        }
        let status = self.shell(&format!("cd \"$2\" || exit 1\n{make} || exit 1\n{START}"), options);
        let said = |file: &str| fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        let (made, said) = (said("made.log"), said("server.log"));
        assert!(status, "PostgreSQL doesn't start in {}: {made}\n{said}", self.folder.display());
    }

    /// Has a shell do something as the server's own user, which root must not be; whether it succeeded.
    fn shell(&self, script: &str, options: &str) -> bool {
        let root = me() == 0;
        let mut command = Command::new(if root { "setpriv" } else { "sh" });
        if root {
            command.args(["--reuid", PACKAGES_USER, "--regid", PACKAGES_USER, "--clear-groups", "sh"]);
        }
        let status = command
            .args(["-c", script, "sh"])
            .arg(&self.programs)
            .arg(&self.folder)
            .args([&self.port.to_string(), options])
            .stdin(Stdio::null())
            .status()
            .expect("util-linux and a shell are on every Debian");
        status.success()
    }

    /// Has the server do something, as its administrator; what it says.
    pub fn administer(&self, database: &str, statements: &[&str]) -> Result<String, String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "tadori", "-d", database, "-h"]);
        psql.arg(&self.folder).args(["-p", &self.port.to_string()]);
        for statement in statements {
            psql.args(["-c", statement]);
        }
        let output = psql.output().expect("psql runs");
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// The address of a database for one of its roles.
    pub fn url(&self, role: &str, database: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{role}@{host}/{database}")
    }

    /// Two empty databases of this server's, under a name of their own.
    pub fn empty_pair(self) -> Pair {
        let name = own_name();
        let statements =
            ["intake", "office"].map(|zone| format!("create database {name}_{zone} owner tadori_worker"));
        self.administer("postgres", &statements.each_ref().map(String::as_str)).expect("made");
        self.pair_named(name)
    }

    fn pair_named(self, name: String) -> Pair {
        let folder = tempfile::tempdir().expect("a folder");
        for zone in ["intake", "office"] {
            let url = self.url("tadori", &format!("{name}_{zone}"));
            fs::write(folder.path().join(format!("{zone}.url")), url).expect("written");
        }
        Pair { server: self, name, folder }
    }
}

impl Pair {
    /// A pair with nothing in it, not even a schema, which is the worker's.
    pub fn empty() -> Self {
        PostgresServer::shared().empty_pair()
    }

    /// A migrated pair.
    pub async fn migrated() -> Self {
        let (server, name) = (PostgresServer::shared(), own_name());
        make_template(&server).await;
        let statements = ["intake", "office"]
            .map(|zone| format!("create database {name}_{zone} template template_{zone}"));
        server.administer("postgres", &statements.each_ref().map(String::as_str)).expect("copied");
        server.pair_named(name)
    }

    /// Where a store finds it.
    pub fn root(&self) -> Root {
        root_in(self.folder.path())
    }

    /// The folder that holds both addresses.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The address of one of both for one of its roles.
    pub fn url(&self, role: &str, zone: &str) -> String {
        self.server.url(role, &self.database(zone))
    }

    /// The name of one of both.
    pub fn database(&self, zone: &str) -> String {
        format!("{}_{zone}", self.name)
    }

    /// Does something past the program; what the server says.
    pub fn administer(&self, zone: &str, statements: &[&str]) -> Result<String, String> {
        self.server.administer(&self.database(zone), statements)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        let statements =
            ["intake", "office"].map(|zone| format!("drop database {}_{zone} with (force)", self.name));
        let _ = self.server.administer("postgres", &statements.each_ref().map(String::as_str));
    }
}

/// Where a store finds the pair whose addresses lie in a folder.
pub fn root_in(folder: &Path) -> Root {
    Root::Server(Server {
        intake_url_file: folder.join("intake.url"),
        office_url_file: folder.join("office.url"),
        tls: Tls::None,
    })
}

/// Makes the pair that all others are copied from, once.
async fn make_template(server: &PostgresServer) {
    let one = File::options().append(true).open(server.folder.join("starting")).expect("it is there");
    one.lock().expect("locked");
    let made = "select count(*) from pg_database where datname = 'template_office'";
    if server.administer("postgres", &[made]).expect("counted").trim() == "1" {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for zone in ["intake", "office"] {
        server.administer("postgres", &[&format!("create database made_{zone}")]).expect("made");
        let url = server.url("tadori", &format!("made_{zone}"));
        fs::write(folder.path().join(format!("{zone}.url")), url).expect("written");
    }
    store::backend::migrate(&root_in(folder.path())).await.expect("both zones are made");
    for zone in ["intake", "office"] {
        let ready = format!("alter database made_{zone} rename to template_{zone}");
        server.administer("postgres", &[&ready]).expect("renamed");
    }
}

fn own_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The folder of PostgreSQL's programs: Debian keeps those of a server out of `PATH`.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|folder| {
        ["initdb", "pg_basebackup", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file())
    })
}

/// Who runs the test.
fn me() -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").expect("Linux").uid()
}
