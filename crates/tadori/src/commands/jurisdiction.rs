//! `tadori jurisdiction`: looks at packs.

use crate::packs;

/// What to do with packs.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    act: PackAct,
}

#[derive(clap::Subcommand)]
enum PackAct {
    /// Checks a pack whole and says everything that is wrong with it.
    Check {
        /// A built-in jurisdiction, or a folder.
        pack: String,
    },
    /// Lists the built-in jurisdictions.
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
            println!(
                "{} ({}): in order, version {}",
                loaded.policy.jurisdiction.id, loaded.policy.jurisdiction.name, loaded.version
            );
        }
        PackAct::List => packs::built_in().for_each(|name| println!("{name}")),
    }
    Ok(())
}
