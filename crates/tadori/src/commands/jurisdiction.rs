//! `tadori jurisdiction`: looks at packs.

use crate::{packs, say};

// Its comments are `tadori jurisdiction --help`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    act: PackAct,
}

#[derive(clap::Subcommand)]
enum PackAct {
    /// Checks one whole and says everything that is wrong with it.
    Check {
        /// The name of a built-in jurisdiction, or a folder.
        pack: String,
    },
    /// Lists the built-in ones.
    List,
}

/// Runs it.
///
/// # Errors
/// Everything that is wrong with the pack.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.act {
        PackAct::Check { pack } => {
            let loaded = packs::load(&pack)?;
            say!(
                "{} ({}): in order, version {}",
                loaded.policy.jurisdiction.id,
                loaded.policy.jurisdiction.name,
                loaded.version
            )
        }
        PackAct::List => packs::built_in().try_for_each(|name| say!("{name}")),
    }
}
