//! `tadori migrate`: makes both databases, or brings them up to date. Doing it again changes nothing.

use crate::config::{Config, Engine};
use crate::say;

/// Runs it.
///
/// # Errors
/// What kept the databases from being made.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let root = config.store.place();
    store::backend::migrate(&root).await?;
    match config.store.engine {
        Engine::Sqlite => say!("The databases in {} are up to date.", config.store.root.display()),
        Engine::Postgres => say!("Both databases are up to date."),
    }
}
