//! `tadori`: one binary, a subcommand for each role. This file parses and dispatches.

mod commands;
mod config;
mod line;
mod metrics;
mod out;
mod packs;
mod push;
mod shutdown;
mod traces;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::traces::Traces;

/// What `tadori --help` says first.
const ABOUT: &str =
    "Visitors check in with a QR code; when an infected person was there, Tadori warns them by mail.";

/// What it says below, for whoever sets it up.
const LONG_ABOUT: &str = "\
Visitors check in with a QR code; when an infected person was there, Tadori warns them by mail.

An installation is two services, `tadori serve` (the web pages) and `tadori worker` (mails, matching,
erasure), over one folder of databases. To set one up: write tadori.toml, then `tadori migrate`,
`tadori keys init`, `tadori officer add`; `tadori doctor` tells what is missing. To only look at it:
`tadori demo`, which needs no settings.";

// Comments of these types and fields are what `--help` prints: they are written for whoever runs Tadori.
#[derive(Parser)]
#[command(name = "tadori", version, about = ABOUT, long_about = LONG_ABOUT)]
struct Arguments {
    /// The settings file; ./tadori.toml if left out. `demo` and `jurisdiction` read none.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs everything in one process with sample data, to try out in a browser; nothing is kept.
    Demo(commands::demo::Arguments),
    /// Runs the web servers: for visitors and venue operators, and for officers.
    Serve(commands::serve::Arguments),
    /// Runs the background service: sends mails, matches cases with check-ins, erases expired days.
    Worker,
    /// Creates the databases, or brings them up to date; harmless to repeat.
    Migrate,
    /// Creates, lists and rotates encryption keys.
    Keys(commands::keys::Arguments),
    /// Adds and removes accounts for officers.
    Officer(commands::officer::Arguments),
    /// Copies the databases into a new folder while everything runs; never the key ring.
    Backup(commands::backup::Arguments),
    /// Puts a copy made by `backup` back where no database is, and holds what might be sent twice.
    Restore(commands::restore::Arguments),
    /// Checks the installation and says what is wrong; fails if anything is.
    Doctor(commands::doctor::Arguments),
    /// Lists and checks jurisdictions' rules (packs).
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
        Err(error) if error.is::<out::Closed>() => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "tadori: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let runtime = web::runtime()?;
    if let Command::Demo(demo) = arguments.command {
        config::log(config::DEMO_LOG, None);
        return runtime.block_on(commands::demo::run(demo));
    }
    if let Command::Jurisdiction(of) = arguments.command {
        return commands::jurisdiction::run(of);
    }
    for_owner_and_group();
    let settings = arguments.config.as_deref().unwrap_or(Path::new("tadori.toml"));
    let config = config::Config::read(settings)?;
    let traces = {
        let _within = runtime.enter();
        match arguments.command {
            Command::Serve(_) => Traces::begin(&config.traces, "serve")?,
            Command::Worker => Traces::begin(&config.traces, "worker")?,
            _ => None,
        }
    };
    config::log(&config.log.level, traces.as_ref());
    let result = runtime.block_on(async {
        match arguments.command {
            Command::Serve(doors) => commands::serve::run(&config, doors).await,
            Command::Worker => commands::worker::run(&config).await,
            Command::Migrate => commands::migrate::run(&config).await,
            Command::Keys(act) => commands::keys::run(&config, act).await,
            Command::Officer(act) => commands::officer::run(&config, act).await,
            Command::Backup(arguments) => commands::backup::run(&config, arguments).await,
            Command::Restore(arguments) => commands::restore::run(&config, arguments).await,
            Command::Doctor(act) => commands::doctor::run(&config, settings, act).await,
            Command::Demo(_) | Command::Jurisdiction(_) | Command::RenderPoster => Ok(()),
        }
    });
    if let Some(traces) = traces {
        traces.end();
    }
    result
}

/// Doors, console and worker are different users of one group, and share the databases' files. With a
/// stricter umask SQLite makes a journal that only its maker can write, and allows the group the moment
/// after; whoever opens it in between can read, but not write, until its process ends.
#[cfg(unix)]
fn for_owner_and_group() {
    rustix::process::umask(rustix::fs::Mode::RWXO);
}

#[cfg(not(unix))]
fn for_owner_and_group() {}
