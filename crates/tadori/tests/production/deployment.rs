//! One installation in a folder of its own, made with the commands that an engineer types.
//!
//! ```text
//! etc/      tadori.toml, web.secret, ring.key, mail.password, mail-ca.pem, and the pack
//! lib/      the databases: intake/ and office/
//! keys/     ring/, the key ring
//! log/      what each process says
//! ```
//!
//! Where root runs the tests, owners, groups and rights are those of docs/deploying.md, and each process is a
//! user of its own ([`Role`]). The numbers are out of the range that systemd keeps for users that come and go,
//! so nothing on the machine belongs to them.

mod postgres;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use domain::clock::Clock;
use domain::service_day::{Calendar, ServiceDay};
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};
use store::{Intake, Office, Root};
use tempfile::TempDir;

use crate::client::Browser;
use crate::mail_server::{MailServer, PASSWORD, USERNAME};
use crate::postgres_server::Pair;
use crate::process::{Process, SOON, eventually};

const ROOT: u32 = 0;

// The groups `tadori` and `tadori-office`.
const TADORI: u32 = 61_900;
const TADORI_OFFICE: u32 = 61_901;

// The users `tadori-web`, `tadori-console` and `tadori-worker`.
const WEB: u32 = 61_910;
const CONSOLE: u32 = 61_911;
const WORKER: u32 = 61_912;

/// Whom a process is to the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Visitors' and operators' door: reads the web servers' secret, writes intake.
    VisitorDoor,
    /// Officers' door: besides, writes the office's databases.
    OfficerDoor,
    /// The worker: reads the ring and its key file, writes both zones.
    Worker,
    /// Who set it all up.
    Engineer,
}

impl Role {
    /// The user's number.
    pub fn user(self) -> u32 {
        match self {
            Self::VisitorDoor => WEB,
            Self::OfficerDoor => CONSOLE,
            Self::Worker => WORKER,
            Self::Engineer => ROOT,
        }
    }

    /// What runs the rest of a command line as this user. The umasks are the opposite of what the units say, and
    /// of each other's: who may read and write a database must not hang on them.
    fn command(self) -> Option<Command> {
        let (groups, umask) = match self {
            Self::VisitorDoor => (String::new(), "0000"),
            Self::OfficerDoor => (TADORI_OFFICE.to_string(), "0000"),
            Self::Worker => (TADORI_OFFICE.to_string(), "0077"),
            Self::Engineer => return None,
        };
        let mut command = Command::new("sh");
        command.args(["-c", "umask $1; shift; exec setpriv \"$@\"", "sh", umask]);
        command.arg(format!("--reuid={}", self.user())).arg(format!("--regid={TADORI}"));
        command.arg(if groups.is_empty() { "--clear-groups".into() } else { format!("--groups={groups}") });
        command.arg("--no-new-privs");
        Some(command)
    }
}

/// Where mail goes.
#[derive(Clone, Debug)]
pub struct Mail {
    port: u16,
    secured_by: Option<PathBuf>,
}

impl Mail {
    /// To the real mail server: STARTTLS, a private authority, a password.
    pub fn to(server: &MailServer) -> Self {
        Self { port: server.port(), secured_by: Some(server.ca_file()) }
    }

    /// To it through another port.
    pub fn through(port: u16, server: &MailServer) -> Self {
        Self { port, secured_by: Some(server.ca_file()) }
    }

    /// In clear, to this machine.
    pub fn plain(port: u16) -> Self {
        Self { port, secured_by: None }
    }
}

/// An installation.
pub struct Deployment {
    folder: TempDir,
    program: PathBuf,
    apart: bool,
    pair: Option<Pair>,
    processes: std::cell::Cell<u32>,
    pub visitor_port: u16,
    pub officer_port: u16,
}

impl Deployment {
    /// Folders and settings, and nothing else yet.
    pub fn prepared(mail: &Mail) -> Self {
        let folder = tempfile::Builder::new().prefix("tadori-production-").tempdir().unwrap();
        let apart = me() == ROOT && Command::new("setpriv").arg("--version").output().is_ok();
        let mut deployment = Self {
            program: PathBuf::from(env!("CARGO_BIN_EXE_tadori")),
            folder,
            apart,
            pair: None,
            processes: std::cell::Cell::new(0),
            visitor_port: free_port(),
            officer_port: free_port(),
        };
        for name in ["etc", "lib", "keys", "log"] {
            fs::create_dir(deployment.path(name)).unwrap();
        }
        deployment.write_pack();
        deployment.write_settings(mail);
        // A program of its own, which can be replaced, and which others come as far as.
        let program = deployment.path("tadori");
        if fs::hard_link(&deployment.program, &program).is_err() {
            fs::copy(&deployment.program, &program).unwrap();
        }
        deployment.program = program;
        if apart {
            rights(deployment.folder.path(), ROOT, ROOT, 0o755);
        } else {
            println!(
                "not run by root, or without setpriv: all processes are one user, and what users keep apart is not tested"
            );
        }
        deployment
    }

    /// Databases and key ring made, the ring's verifying key in the settings, rights given.
    pub fn made(mail: &Mail) -> Self {
        Self::prepared(mail).make()
    }

    fn make(self) -> Self {
        let deployment = self;
        deployment.give_folders();
        deployment.succeeds_as(Role::Worker, &["migrate"], "");
        let said = deployment.succeeds(&["keys", "init"], "");
        let key = said.lines().find(|line| line.starts_with("verifying_key = ")).expect("it is printed");
        deployment.change_settings("[keys]\n", &format!("[keys]\n{key}\n"));
        deployment.give_files();
        deployment
    }

    /// As [`Self::made`], with visitors' door and the worker running and ready.
    pub async fn running(mail: &Mail) -> (Self, Process, Process) {
        let deployment = Self::made(mail);
        let worker = deployment.worker();
        let door = deployment.serve("visitor").await;
        deployment.is_ready(deployment.visitor_port).await;
        worker.begins().await;
        (deployment, door, worker)
    }

    /// The folders of docs/deploying.md, section 1.
    pub fn give_folders(&self) {
        for (folder, owner, group, mode) in [
            ("etc", ROOT, TADORI, 0o750),
            ("lib", ROOT, TADORI, 0o750),
            ("lib/intake", WORKER, TADORI, 0o2770),
            ("lib/intake/day", WORKER, TADORI, 0o2770),
            ("lib/office", WORKER, TADORI_OFFICE, 0o2770),
            ("lib/office/index", WORKER, TADORI_OFFICE, 0o2770),
            ("keys", WORKER, TADORI, 0o700),
        ] {
            fs::create_dir_all(self.path(folder)).unwrap();
            self.give(&self.path(folder), owner, group, mode);
        }
    }

    /// What `keys init` made as root, and the settings: each file to whom it concerns, and to nobody else.
    pub fn give_files(&self) {
        for (file, owner, mode) in [
            ("etc/tadori.toml", ROOT, 0o640),
            ("etc/web.secret", ROOT, 0o640),
            ("etc/ring.key", WORKER, 0o600),
            ("etc/mail.password", WORKER, 0o600),
            ("keys/ring", WORKER, 0o700),
        ] {
            self.give(&self.path(file), owner, TADORI, mode);
        }
        for file in files_of(&self.path("keys/ring")) {
            self.give(&file, WORKER, TADORI, 0o600);
        }
    }

    /// The group that both doors and the worker are in.
    pub fn group(&self) -> u32 {
        TADORI
    }

    /// Owner, group and rights of a file, where processes are users of their own.
    pub fn give(&self, path: &Path, owner: u32, group: u32, mode: u32) {
        if self.apart {
            rights(path, owner, group, mode);
        }
    }

    /// Gives a file of a database to another user, as restoring a backup may.
    pub fn give_to(&self, role: Role, path: &Path) {
        if self.apart {
            chown(path, Some(role.user()), None).unwrap();
        }
    }

    /// Who a file belongs to; `None` where all are one.
    pub fn owner(&self, path: &Path) -> Option<u32> {
        self.apart.then(|| fs::metadata(path).unwrap().uid())
    }

    /// The rules that ship, but that an approved notice goes at once; as a prefecture's own folder.
    fn write_pack(&self) {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions/osaka");
        fs::create_dir(self.path("etc/rules")).unwrap();
        for file in files_of(&own) {
            let text = fs::read_to_string(&file).unwrap();
            let text = text.replace("hold_minutes = 10", "hold_minutes = 0");
            fs::write(self.path("etc/rules").join(file.file_name().unwrap()), text).unwrap();
        }
    }

    fn write_settings(&self, mail: &Mail) {
        let etc = self.path("etc");
        let mut secured = "tls = \"none\"\n".to_owned();
        fs::write(etc.join("mail.password"), format!("{PASSWORD}\n")).unwrap();
        if let Some(authority) = &mail.secured_by {
            fs::copy(authority, etc.join("mail-ca.pem")).unwrap();
            rights(&etc.join("mail-ca.pem"), me(), me(), 0o644);
            let etc = etc.display();
            secured = format!(
                "username = \"{USERNAME}\"\npassword_file = \"{etc}/mail.password\"\nca_file = \"{etc}/mail-ca.pem\"\n"
            );
        }
        let (root, visitors, officers) = (self.folder.path().display(), self.visitor_port, self.officer_port);
        let settings = format!(
            r#"jurisdiction = "{root}/etc/rules"
deployment = "production-test"
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
[officers]
listen = "127.0.0.1:{officers}"
base_url = "http://localhost:{officers}"
[metrics]
visitors = ""
officers = ""
worker = ""
[mail]
host = "localhost"
port = {}
{secured}"#,
            mail.port
        );
        fs::write(self.settings(), settings).unwrap();
    }

    // --- files

    /// A file or folder of the installation.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn settings(&self) -> PathBuf {
        self.path("etc/tadori.toml")
    }

    /// Writes something else into the settings.
    #[track_caller]
    pub fn change_settings(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.settings()).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from:?} in\n{text}");
        fs::write(self.settings(), text.replace(from, to)).unwrap();
    }

    // --- processes

    /// The program, as this user of the system.
    pub fn tadori(&self, role: Role) -> Command {
        let mut command = match role.command().filter(|_| self.apart) {
            None => Command::new(&self.program),
            Some(mut command) => {
                command.arg(&self.program);
                command
            }
        };
        // No home of a person: who runs the tests may have passwords there that another user can't read.
        command.arg("--config").arg(self.settings_of(role)).current_dir("/").env("HOME", "/nonexistent");
        command
    }

    /// Whether this user of the system can read a file; `None` where all are one.
    pub fn can_read(&self, role: Role, file: &Path) -> Option<bool> {
        self.can(role, "-r", file)
    }

    /// Whether this user of the system can write a file, or make one in a folder; `None` where all are one.
    pub fn can_write(&self, role: Role, path: &Path) -> Option<bool> {
        self.can(role, "-w", path)
    }

    /// What `test` says to this user.
    fn can(&self, role: Role, what: &str, path: &Path) -> Option<bool> {
        let mut command = role.command().filter(|_| self.apart)?;
        Some(command.args(["test", what]).arg(path).status().unwrap().success())
    }

    /// One command, to its end.
    pub fn runs_as(&self, role: Role, arguments: &[&str], typed: &str) -> Output {
        use std::io::Write as _;
        let mut command = self.tadori(role);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Whoever doesn't ask for it doesn't read it.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// One command that does what it should; what it prints.
    #[track_caller]
    pub fn succeeds_as(&self, role: Role, arguments: &[&str], typed: &str) -> String {
        let output = self.runs_as(role, arguments, typed);
        assert!(output.status.success(), "{arguments:?}: {}", words(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// As [`Self::succeeds_as`], by the engineer.
    #[track_caller]
    pub fn succeeds(&self, arguments: &[&str], typed: &str) -> String {
        self.succeeds_as(Role::Engineer, arguments, typed)
    }

    /// One command that refuses; all that it says.
    #[track_caller]
    pub fn refuses(&self, arguments: &[&str], typed: &str) -> String {
        let output = self.runs_as(Role::Engineer, arguments, typed);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", words(&output));
        words(&output)
    }

    pub fn worker(&self) -> Process {
        let mut command = self.tadori(Role::Worker);
        command.arg("worker");
        self.start("worker", command)
    }

    /// A web server with these doors, which answer.
    pub async fn serve(&self, doors: &str) -> Process {
        let role = if doors == "visitor" { Role::VisitorDoor } else { Role::OfficerDoor };
        let mut command = self.tadori(role);
        command.args(["serve", "--doors", doors]);
        let mut process = self.start(doors, command);
        for (door, port) in [("visitor", self.visitor_port), ("officer", self.officer_port)] {
            if doors.contains(door) {
                eventually("the door opens", SOON, async || {
                    assert!(process.is_running(), "it ended:\n{}", process.said());
                    Browser::at(port).try_get("/health/live").await.ok()
                })
                .await;
            }
        }
        process
    }

    fn start(&self, name: &str, command: Command) -> Process {
        Process::start(command, self.log_file(name))
    }

    /// A new file for what a process says.
    pub fn log_file(&self, name: &str) -> PathBuf {
        self.processes.set(self.processes.get() + 1);
        self.path(&format!("log/{}-{name}", self.processes.get()))
    }

    /// Waits until the door can do its work.
    pub async fn is_ready(&self, port: u16) {
        eventually("the door is ready", SOON, async || {
            let answer = Browser::at(port).try_get("/health/ready").await.ok()?;
            (answer.status == 200).then_some(())
        })
        .await;
    }

    /// Everything that any process said.
    pub fn said(&self) -> String {
        files_of(&self.path("log")).iter().map(|file| fs::read_to_string(file).unwrap_or_default()).collect()
    }

    // --- what became of it, read by another connection

    pub async fn intake(&self) -> Intake {
        Intake::open(&self.root()).await.unwrap()
    }

    pub async fn office(&self) -> Office {
        Office::open(&self.root()).await.unwrap()
    }

    fn root(&self) -> Root {
        self.pair.as_ref().map_or_else(|| Root::new(self.path("lib")), Pair::root)
    }

    /// Does something to a database behind everybody's back.
    pub async fn execute(&self, file: &str, statement: &str) {
        sqlx::any::install_default_drivers();
        let address = format!("sqlite://{}?mode=rw", self.path(file).display());
        let mut connection = AnyConnection::connect(&address).await.unwrap();
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The key ring; read-only while a worker runs.
    pub fn ring(&self) -> KeyRing {
        let unlock = Unlock::key_file(self.path("etc/ring.key"));
        KeyRing::open(&self.path("keys/ring"), &unlock, &Randomness::os()).unwrap()
    }

    /// The address of each check-in of today, opened, in order.
    pub async fn opened_today(&self) -> Vec<String> {
        let (day, ring) = (today(), self.ring());
        let opener = ring.open_day(day).unwrap();
        let check_ins = self.intake().await.check_ins(day, None).await.unwrap();
        let mut opened: Vec<String> = check_ins
            .iter()
            .map(|row| opener.open(&row.place, &row.sealed).unwrap().contact.expose().to_owned())
            .collect();
        opened.sort();
        opened
    }
}

/// The service day of this moment, by the rules of [`Deployment::write_pack`].
pub fn today() -> ServiceDay {
    Calendar::new("Asia/Tokyo", 0).unwrap().day_of(Clock::system().now())
}

/// A port that nobody listens at.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// The files right in a folder.
pub fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Both streams of a command that ended.
pub fn words(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

fn me() -> u32 {
    fs::metadata("/proc/self").unwrap().uid()
}

fn rights(path: &Path, owner: u32, group: u32, mode: u32) {
    if me() == 0 {
        chown(path, Some(owner), Some(group)).unwrap();
    }
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
