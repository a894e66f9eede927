//! `tadori`: one binary, a subcommand for each role. This file parses and dispatches.

mod commands;
mod config;
mod packs;
mod shutdown;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Warns the people who were where an infected person was.
#[derive(Parser)]
#[command(name = "tadori", version, about)]
struct Arguments {
    /// The settings; ./tadori.toml where it is left out.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything in one process, to be lived through in a browser; nothing of it is kept.
    Demo(commands::demo::Arguments),
    /// The web servers: visitors' and operators' door, and officers' door.
    Serve(commands::serve::Arguments),
    /// The worker: opens, sends, erases.
    Worker,
    /// Makes both databases, or brings them up to date.
    Migrate,
    /// The key ring.
    Keys(commands::keys::Arguments),
    /// Officers' accounts.
    Officer(commands::officer::Arguments),
    /// Looks whether everything is as it should be.
    Doctor(commands::doctor::Arguments),
    /// Jurisdiction packs.
    Jurisdiction(commands::jurisdiction::Arguments),
    /// Renders one poster from standard input: what the web server starts as its child.
    #[command(hide = true)]
    RenderPoster,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if matches!(arguments.command, Command::RenderPoster) {
        return print::sandbox::run_child(print::sandbox::Limits::default());
    }
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tadori: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Command::Demo(demo) = arguments.command {
        config::log("warn");
        return runtime.block_on(commands::demo::run(demo));
    }
    if let Command::Jurisdiction(of) = arguments.command {
        return commands::jurisdiction::run(of);
    }
    let settings = arguments.config.as_deref().unwrap_or(Path::new("tadori.toml"));
    let config = config::Config::read(settings)?;
    config::log(&config.log.level);
    runtime.block_on(async {
        match arguments.command {
            Command::Serve(doors) => commands::serve::run(&config, doors).await,
            Command::Worker => commands::worker::run(&config).await,
            Command::Migrate => commands::migrate::run(&config).await,
            Command::Keys(act) => commands::keys::run(&config, act).await,
            Command::Officer(act) => commands::officer::run(&config, act).await,
            Command::Doctor(act) => commands::doctor::run(&config, settings, act).await,
            Command::Demo(_) | Command::Jurisdiction(_) | Command::RenderPoster => Ok(()),
        }
    })
}
