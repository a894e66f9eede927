//! Settings: `tadori.toml` is the default, the documentation and the test at once.
//!
//! The file that ships is embedded; what a deployment's own file leaves out comes from there, and a key
//! that the embedded file doesn't know is an error.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use store::backend::postgres::{Server, Tls};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// The file that ships.
pub const DEFAULT: &str = include_str!("../../../tadori.toml");

/// Every setting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Built-in jurisdiction, or a folder.
    pub jurisdiction: String,
    /// The installation's name.
    pub deployment: String,
    pub store: Store,
    pub keys: Keys,
    pub public: PublicDoor,
    pub officers: OfficersDoor,
    pub mail: Mail,
    pub line: Line,
    pub push: Push,
    pub metrics: Metrics,
    pub canary: Canary,
    pub traces: Traces,
    pub log: Log,
}

/// Where the databases lie.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    pub engine: Engine,
    pub root: PathBuf,
    pub intake_url_file: PathBuf,
    pub office_url_file: PathBuf,
    pub tls: StoreTls,
    pub ca_file: PathBuf,
}

/// What keeps them.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// How the connection to a database's server is protected.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum StoreTls {
    VerifyFull,
    None,
}

impl Store {
    /// Where a store looks for both zones.
    pub fn place(&self) -> store::Root {
        if self.engine == Engine::Sqlite {
            return store::Root::new(&self.root);
        }
        let ca_file = Some(self.ca_file.clone()).filter(|file| !file.as_os_str().is_empty());
        store::Root::Server(Server {
            intake_url_file: self.intake_url_file.clone(),
            office_url_file: self.office_url_file.clone(),
            tls: match self.tls {
                StoreTls::VerifyFull => Tls::Verify { ca_file },
                StoreTls::None => Tls::None,
            },
        })
    }
}

/// Where the keys lie.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    pub ring: PathBuf,
    pub key_file: PathBuf,
    pub verifying_key: Option<String>,
    pub web_secret: PathBuf,
}

/// Visitors' and operators' door.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicDoor {
    pub listen: SocketAddr,
    pub base_url: String,
    pub behind_proxy: bool,
    pub check_ins_per_client: u32,
}

/// Officers' door.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficersDoor {
    pub listen: SocketAddr,
    pub base_url: String,
    pub behind_proxy: bool,
}

/// How mail leaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub courier: CourierKind,
    pub folder: PathBuf,
    pub host: String,
    pub port: u16,
    pub tls: TlsMode,
    pub username: String,
    pub password_file: PathBuf,
    pub ca_file: PathBuf,
    pub connections: usize,
    pub hello_name: String,
    pub unanswered: Unanswered,
}

/// What becomes of a notice's mail of which nobody knows whether the server took it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    Again,
    Hold,
}

/// The account on LINE, where the jurisdiction's pack has that channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub account: String,
    pub secret_file: PathBuf,
    pub token_file: PathBuf,
    pub base_url: String,
    pub ca_file: PathBuf,
    pub push_late_replies: bool,
    pub included_messages: u64,
    pub yen_per_thousand: u64,
}

/// Web Push, where the jurisdiction's pack has the app.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    pub public_key: Option<String>,
    pub key_file: PathBuf,
    pub services: Vec<String>,
    pub ca_file: PathBuf,
}

/// Which courier.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum CourierKind {
    Smtp,
    Folder,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    Starttls,
    Implicit,
    None,
}

/// Where each process shows its figures to Prometheus; `None` is nowhere.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    #[serde(deserialize_with = "address_or_nothing")]
    pub visitors: Option<SocketAddr>,
    #[serde(deserialize_with = "address_or_nothing")]
    pub officers: Option<SocketAddr>,
    #[serde(deserialize_with = "address_or_nothing")]
    pub worker: Option<SocketAddr>,
}

/// An address, or an empty text for none.
fn address_or_nothing<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |_| serde::de::Error::custom(format!("{text:?}: an address like 127.0.0.1:9464"));
    text.parse().map(Some).map_err(wrong)
}

/// The notice of our own to a mailbox of our own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    pub mailbox: String,
    pub maildir: PathBuf,
}

/// Who is told where time went.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    pub collector: String,
    pub share: f64,
}

/// What is logged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
}

impl Config {
    /// Reads the settings over the embedded defaults.
    ///
    /// # Errors
    /// A missing or wrong file, in words that name it.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("{}: settings can't be read (--config names another file)", path.display())
        })?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    /// Lays a deployment's own settings over the embedded defaults.
    ///
    /// # Errors
    /// Not TOML, or a key or value that there is none of.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut all: toml::Table = DEFAULT.parse().context("the embedded settings")?;
        let own: toml::Table = text.parse()?;
        for (section, value) in own {
            match (all.get_mut(&section), value) {
                (Some(toml::Value::Table(known)), toml::Value::Table(own)) => known.extend(own),
                (_, value) => {
                    all.insert(section, value);
                }
            }
        }
        let config: Self = toml::Value::Table(all).try_into()?;
        for (name, url) in [("public", &config.public.base_url), ("officers", &config.officers.base_url)] {
            let good = (url.starts_with("https://") || url.starts_with("http://"))
                && !url.ends_with('/')
                && url.len() <= 60;
            anyhow::ensure!(
                good,
                "{name}.base_url: an address like https://tadori.example, without a slash at the end, at most 60 characters"
            );
        }
        let host = config.public.base_url.split_once("://").map_or("", |(_, host)| host);
        anyhow::ensure!(
            !host.contains(['/', '?', '#']),
            "public.base_url: an address without a path: printed codes hold it in capitals, which a path doesn't bear"
        );
        Ok(config)
    }
}

/// What a demo says: what went wrong, and not that the disk of the machine it is tried on is slow.
pub const DEMO_LOG: &str = "warn,sqlx::query=error";

/// Starts logging to standard error, in colours only to a person: a journal would keep their codes. Spans are for
/// whoever collects traces, and stand in no line of the log.
pub fn log(level: &str, traces: Option<&crate::traces::Traces>) {
    let mut filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    for source in crate::traces::SOURCES {
        if let Ok(off) = format!("{source}=off").parse() {
            filter = filter.add_directive(off);
        }
    }
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal() && !refused)
        .with_writer(std::io::stderr)
        .with_filter(filter);
    let traces = traces.map(crate::traces::Traces::layer);
    let _ = tracing_subscriber::registry().with(traces).with(lines).try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_ships_is_whole_and_the_default() {
        let shipped = Config::parse(DEFAULT).unwrap();
        let nothing = Config::parse("").unwrap();
        assert_eq!(format!("{shipped:?}"), format!("{nothing:?}"));
        assert_eq!(shipped.public.listen.port(), 8080);
    }

    #[test]
    fn a_demo_is_silent_of_a_slow_disk_and_of_nothing_else() {
        use tracing::Level;
        use tracing_subscriber::filter::Targets;
        let filter: Targets = DEMO_LOG.parse().unwrap();
        assert!(!filter.would_enable("sqlx::query", &Level::WARN));
        assert!(filter.would_enable("sqlx::query", &Level::ERROR));
        assert!(filter.would_enable("worker::post", &Level::WARN));
        assert!(!filter.would_enable("worker::post", &Level::INFO));
    }

    #[test]
    fn one_line_changes_one_setting_and_a_slip_is_an_error() {
        let own = Config::parse("[mail]\nport = 25\n").unwrap();
        assert_eq!((own.mail.port, own.mail.host.as_str()), (25, "127.0.0.1"));
        let wrong = |text: &str| format!("{:#}", Config::parse(text).unwrap_err());
        assert!(wrong("[mail]\nprot = 25\n").contains("prot"));
        assert!(wrong("[male]\nport = 25\n").contains("male"));
        assert!(wrong("[public]\nbase_url = \"tadori.example/\"\n").contains("public.base_url"));
        for address in
            ["https://tadori.example/osaka", "https://tadori.example?x", "https://tadori.example#x"]
        {
            assert!(wrong(&format!("[public]\nbase_url = \"{address}\"\n")).contains("without a path"));
        }
    }

    #[test]
    fn each_door_has_its_own_proxy() {
        let shipped = Config::parse("").unwrap();
        assert!(shipped.public.behind_proxy && !shipped.officers.behind_proxy);
        let own = Config::parse("[officers]\nbehind_proxy = true\n[public]\nbehind_proxy = false\n").unwrap();
        assert!(own.officers.behind_proxy && !own.public.behind_proxy);
    }
}
