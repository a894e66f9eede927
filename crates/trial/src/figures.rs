//! Figures beside the machine's own limits, each of an installation of its own: what matching costs among a hundred
//! million check-ins, how fast notices go out, what erasing a day costs, how large a check-in is.
//!
//! The worker and both stores are the real ones; the clock is moved. Only what nobody opens is a stand-in of the
//! same length: a hundred million contacts take an hour to seal.

pub mod erasing;
pub mod fan_out;
pub mod fill;
pub mod machine;
pub mod matching;
pub mod memory;
pub mod server;
pub mod size;
pub mod spent;
pub mod table;

/// Where the data lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// In files.
    Sqlite,
    /// On a server that is started for the figures.
    Postgres,
}

impl Engine {
    /// As it is written on the command line.
    ///
    /// # Errors
    /// If it is neither.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            _ => anyhow::bail!("--engine {text}: sqlite or postgres"),
        }
    }

    /// As people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}
