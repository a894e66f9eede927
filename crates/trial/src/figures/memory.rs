//! Memory and start-up of the program as it is installed, idle and pressed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::clock::Clock;

use crate::faults::mail::Mail;
use crate::figures::table;
use crate::installation::Installation;
use crate::load::{Way, press};
use crate::settings::Plan;

/// What a process holds in memory now, and the most that it ever held, in bytes.
///
/// # Errors
/// If it isn't there.
pub fn of(process: u32) -> anyhow::Result<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let value = |name: &str| -> anyhow::Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? * 1024)
    };
    Ok((value("VmRSS:")?, value("VmHWM:")?))
}

/// As people read it.
pub fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

/// Starts the program, waits until it is ready, lets it rest and presses it; the lines of the table.
///
/// # Errors
/// If it doesn't start.
pub async fn measure(folder: &Path, program: &Path, time: Duration) -> anyhow::Result<Vec<Vec<String>>> {
    let mail = Mail::start(Duration::ZERO, 1).await?;
    let plan = Plan { venues: 1_000, doors: 1, mail: mail.port(), ..Plan::default() };
    let installation = Arc::new(Installation::new(folder, program, &plan).await?);
    let worker = installation.worker()?;
    let mut started = Vec::new();
    // The first one waits for the worker to make today's key; the others find it.
    let mut door = installation.serve(0, None)?;
    installation.ready().await?;
    for _ in 0..5 {
        door.kill();
        let begin = Clock::system().now();
        door = installation.serve(0, None)?;
        installation.ready().await?;
        started.push(Clock::system().now().since(begin));
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (door_idle, worker_idle) = (of(door.id())?.0, of(worker.id())?.0);
    let pressed = press(&installation, Way::Closed(64), time, 1).await;
    let (door_most, worker_most) = (of(door.id())?.1, of(worker.id())?.1);
    let load = format!("{} check-ins a second from 64 phones", table::number(pressed.rate()));
    let line = |name: &str, ready: String, idle, most, under: String| {
        vec![name.to_owned(), ready, megabytes(idle), megabytes(most), under]
    };
    Ok(vec![
        line(
            "`tadori serve --doors visitor`",
            table::time(table::median(&mut started)),
            door_idle,
            door_most,
            load.clone(),
        ),
        line(
            "`tadori worker`",
            String::new(),
            worker_idle,
            worker_most,
            "the same, none confirmed".to_owned(),
        ),
    ])
}
