//! The settings and rules of a trial's installation: a file for each process, as on machines of their own.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;

/// How visitors check in, and are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// The form, and mail.
    #[default]
    Mail,
    /// The account on LINE.
    Line,
    /// The app, and push messages.
    Push,
}

/// What an installation is to have.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Places.
    pub venues: usize,
    /// The visitors' doors.
    pub doors: usize,
    /// The port of PostgreSQL, where its databases don't lie in files.
    pub database: Option<u16>,
    /// The mail server's port.
    pub mail: u16,
    /// Whether a mail of which nobody knows if it was taken is held rather than sent again.
    pub hold: bool,
    /// How visitors check in.
    pub way: Way,
    /// Where LINE is, or the push service.
    pub service: u16,
    /// The public and the private half of the key that the push service knows.
    pub push_key: (String, String),
    /// Whether clocks can be set.
    pub hands: bool,
}

/// The secret of the channel on LINE.
pub const LINE_SECRET: &str = "a-channel-secret-of-the-trial-00";

/// Its access token.
pub const LINE_TOKEN: &str = "a-token-of-the-trial";

/// A process: it has settings and a clock of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The worker, and whoever works beside it.
    Worker,
    /// One of the visitors' doors.
    Door(usize),
}

impl Role {
    /// The worker, and so many doors.
    pub fn all(doors: usize) -> impl Iterator<Item = Self> {
        std::iter::once(Self::Worker).chain((0..doors).map(Self::Door))
    }

    fn name(self) -> String {
        match self {
            Self::Worker => "worker".to_owned(),
            Self::Door(number) => format!("door{number}"),
        }
    }

    /// Its settings, below the installation's folder.
    pub fn settings(self) -> String {
        format!("etc/{}.toml", self.name())
    }

    /// The file that says how far its clock is ahead.
    pub fn clock(self) -> String {
        format!("etc/{}.clock", self.name())
    }
}

/// Writes rules, settings and secrets.
///
/// # Errors
/// If they can't be written.
pub fn write(folder: &Path, plan: &Plan, doors: &[SocketAddr]) -> anyhow::Result<()> {
    write_pack(&folder.join("etc/rules"), plan.way)?;
    std::fs::write(folder.join("etc/line.secret"), LINE_SECRET)?;
    std::fs::write(folder.join("etc/line.token"), LINE_TOKEN)?;
    std::fs::write(folder.join("etc/push.key"), &plan.push_key.1)?;
    for role in Role::all(doors.len()) {
        let door = match role {
            Role::Door(number) => doors.get(number),
            Role::Worker => doors.first(),
        };
        let door = door.context("an installation has a door")?;
        let text = settings(folder, role, plan, *door);
        std::fs::write(folder.join(role.settings()), text)?;
        let Some(port) = plan.database else { continue };
        let user = if role == Role::Worker { "tadori_worker" } else { "tadori_visitors" };
        for zone in ["intake", "office"] {
            let url = format!("postgres://{user}@127.0.0.1:{port}/tadori_{zone}");
            std::fs::write(folder.join(format!("etc/{}.{zone}.url", role.name())), url)?;
        }
    }
    Ok(())
}

/// The rules that ship, but that nothing is held or confirmed: what is sent are notices.
fn write_pack(into: &Path, way: Way) -> anyhow::Result<()> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions/osaka");
    let channels = match way {
        Way::Mail => "",
        Way::Line => "[channels]\nenabled = [\"line\"]\n",
        Way::Push => "[channels]\nenabled = [\"app_pwa\"]\n",
    };
    for entry in std::fs::read_dir(&own)? {
        let file = entry?.path();
        if let (true, Some(name)) = (file.is_file(), file.file_name()) {
            let text = std::fs::read_to_string(&file)?.replace("hold_minutes = 10", "hold_minutes = 0");
            let text = text.replace("confirmation = \"every\"", "confirmation = \"none\"");
            let text = text.replace("[check_in]\n", &format!("{channels}[check_in]\n"));
            std::fs::write(into.join(name), text)?;
        }
    }
    Ok(())
}

fn settings(folder: &Path, role: Role, plan: &Plan, door: SocketAddr) -> String {
    let (root, name, mail, port) = (folder.display(), role.name(), plan.mail, door.port());
    let engine = if plan.database.is_some() { "postgres" } else { "sqlite" };
    let unanswered = if plan.hold { "hold" } else { "again" };
    let (service, public_key) = (plan.service, &plan.push_key.0);
    let services = match plan.way {
        Way::Line => format!(
            "[line]\naccount = \"@trial\"\nsecret_file = \"{root}/etc/line.secret\"\n\
             token_file = \"{root}/etc/line.token\"\nbase_url = \"http://127.0.0.1:{service}\"\n"
        ),
        Way::Push => format!(
            "[push]\npublic_key = \"{public_key}\"\nkey_file = \"{root}/etc/push.key\"\n\
             services = [\"http://127.0.0.1:{service}\"]\n"
        ),
        Way::Mail => String::new(),
    };
    format!(
        r#"jurisdiction = "{root}/etc/rules"
deployment = "trial"
[store]
engine = "{engine}"
root = "{root}/lib"
intake_url_file = "{root}/etc/{name}.intake.url"
office_url_file = "{root}/etc/{name}.office.url"
tls = "none"
[keys]
ring = "{root}/keys/ring"
key_file = "{root}/etc/ring.key"
web_secret = "{root}/etc/web.secret"
[public]
listen = "127.0.0.1:{port}"
base_url = "http://localhost:{port}"
behind_proxy = false
check_ins_per_client = 0
[mail]
host = "127.0.0.1"
port = {mail}
tls = "none"
unanswered = "{unanswered}"
[metrics]
visitors = ""
officers = ""
worker = ""
[log]
level = "warn"
{services}"#
    )
}
