//! `tadori migrate`: makes both databases, or brings them up to date. Doing it again changes nothing.

use crate::config::Config;
use crate::say;

/// Runs it.
///
/// # Errors
/// What kept the databases from being made.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let root = store::Root::new(&config.store.root);
    store::backend::migrate(&root).await?;
    say!("The databases in {} are up to date.", config.store.root.display())
}
