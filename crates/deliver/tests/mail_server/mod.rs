//! A real mail server for one test: Exim, on a port and in a folder of its own.
//!
//! Exim because it needs nobody's leave: it takes its whole configuration from a file that we name, keeps to
//! the folder written there, and runs without root. It signs in, encrypts, refuses what comes out of step,
//! and delivers everything into one Maildir. Recipients called `gone` don't exist, `full` has no room and asks to come back.
//! The system's own mail configuration is neither read nor touched. (OpenSMTPD 6.8, Debian 12's, was tried
//! first: with OpenSSL 3 it can't speak TLS, and its queue and socket have fixed places.)
//!
//! The server ends with the test whatever becomes of it: a shell holds it and waits for the end of its input,
//! which the test's end is. Included by `#[path]` from other crates' tests, so it uses nothing of this one.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// A running server.
pub struct MailServer {
    folder: tempfile::TempDir,
    port: u16,
    process: Child,
}

/// Who may send.
pub const USERNAME: &str = "tadori";

/// The password.
pub const PASSWORD: &str = "correct horse";

/// Whom the package made to run it.
const PACKAGES_USER: &str = "Debian-exim";

/// How often a thing that takes its time is looked at, and how many times (20 s).
const LOOK: (Duration, u32) = (Duration::from_millis(20), 1_000);

impl MailServer {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// If Exim isn't installed, or doesn't start; with what it said.
    pub async fn start() -> Self {
        let exim = exim();
        let folder = tempfile::Builder::new().prefix("tadori-mail-").tempdir().expect("a temporary folder");
        let port = free_port();
        certificate(folder.path());
        fs::write(folder.path().join("exim.conf"), configuration(folder.path(), port)).expect("writable");
        let process = spawn(&exim, folder.path());
        let mut server = Self { folder, port, process };
        for _ in 0..LOOK.1 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return server;
            }
            if server.process.try_wait().expect("our own child").is_some() {
                break;
            }
            tokio::time::sleep(LOOK.0).await;
        }
        panic!("Exim doesn't start:\n{}", server.log());
    }

    /// Where it listens, on `localhost`: STARTTLS, then signing in.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The authority that made its certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The messages delivered so far, as files of a Maildir, with `Envelope-to` and `Return-path` lines added.
    pub fn messages(&self) -> Vec<Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.folder.path().join("Maildir/new")) else { return Vec::new() };
        let mut files: Vec<PathBuf> =
            entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        files.sort();
        files.iter().filter_map(|file| fs::read(file).ok()).collect()
    }

    /// Waits until `count` messages were delivered.
    ///
    /// # Panics
    /// If they aren't within twenty seconds; with what the server said.
    pub async fn wait_for(&self, count: usize) -> Vec<Vec<u8>> {
        for _ in 0..LOOK.1 {
            let messages = self.messages();
            if messages.len() >= count {
                return messages;
            }
            tokio::time::sleep(LOOK.0).await;
        }
        panic!("{} of {count} messages delivered:\n{}", self.messages().len(), self.log());
    }

    /// What it wrote down.
    pub fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        ["stderr", "panic.log", "reject.log", "main.log"].map(read).concat()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// `/usr/sbin` is not on everybody's path.
fn exim() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("exim4"))
        .find(|file| file.exists())
        .expect("this test needs a real mail server: install Debian's package exim4-daemon-light")
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}

/// An authority of its own, and the server's certificate of it.
fn certificate(folder: &Path) {
    let mut params = CertificateParams::new([]).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = params.self_signed(&key).expect("signed");
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let names = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let server = names.signed_by(&key, &issuer).expect("signed");
    for (name, pem) in
        [("ca.pem", authority.pem()), ("cert.pem", server.pem()), ("key.pem", key.serialize_pem())]
    {
        fs::write(folder.join(name), pem).expect("writable");
    }
}

/// The user and group of who runs the test.
fn me() -> (u32, u32) {
    let me = fs::metadata("/proc/self").expect("Linux");
    (me.uid(), me.gid())
}

/// Not as root: Exim delivers to nobody as root. Root starts it as the package's own user.
fn spawn(exim: &Path, folder: &Path) -> Child {
    let root = me().0 == 0;
    let mut command = Command::new(if root { "setpriv" } else { "sh" });
    if root {
        let owned = Command::new("chown").args(["-R", &format!("{PACKAGES_USER}:")]).arg(folder).status();
        assert!(owned.is_ok_and(|status| status.success()), "the user Debian-exim comes with the package");
        command.args(["--reuid", PACKAGES_USER, "--regid", PACKAGES_USER, "--clear-groups", "sh"]);
    }
    // A session of its own, so that Exim and all that it started end as one.
    let script = r#"exec 3<&0 2> /dev/null
        setsid "$1" -C "$2" -bdf > "$3" 2>&1 3<&- & exim=$!
        (read -r _ <&3; kill -9 -$exim) > /dev/null 2>&1 & wait $exim"#;
    command
        .args(["-c", script, "sh"])
        .arg(exim)
        .arg(folder.join("exim.conf"))
        .arg(folder.join("stderr"))
        .stdin(Stdio::piped())
        .spawn()
        .expect("util-linux and a shell are on every Debian")
}

fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    let (user, group) = match me() {
        (0, _) => (PACKAGES_USER.to_owned(), PACKAGES_USER.to_owned()),
        (user, group) => (user.to_string(), group.to_string()),
    };
    format!(
        r#"
primary_hostname = localhost
spool_directory = {folder}/spool
log_file_path = {folder}/%s.log
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {folder}/cert.pem
tls_privatekey = {folder}/key.pem
# a password is asked for on an encrypted connection only
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = recipient
acl_smtp_data = accept
# it is not root, and stays who it is
deliver_drop_privilege = true
exim_user = {user}
exim_group = {group}
# every message is delivered at once, however many come over one connection
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 0
smtp_accept_max = 0
host_lookup =
rfc1413_hosts =

begin acl
recipient:
  deny !authenticated = *
    message = sign in first
  deny local_parts = gone
    message = no such user <$local_part@$domain>
  defer local_parts = full
    message = mailbox of $local_part@$domain is full
  accept

begin routers
everyone:
  driver = accept
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = {folder}/Maildir
  maildir_format
  create_directory
  envelope_to_add
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_set_id = $auth2
  server_condition = ${{if and{{{{eq{{$auth2}}{{{USERNAME}}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
"#
    )
}
