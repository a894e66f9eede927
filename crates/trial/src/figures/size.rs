//! Size: the bytes of the disk that a check-in takes, from real ones that went the whole way.

use std::path::Path;

use anyhow::Context as _;
use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::contact::Contact;
use fastrand::Rng;
use sqlx::{AnyConnection, Connection as _};
use store::Root;
use store::check_ins::{CheckInQueue, SealedCheckIn};
use tokio::task::JoinSet;

use crate::figures::machine::{DAY, Machine};
use crate::figures::{Engine, fill, table};
use crate::zipf::Zipf;

/// Check-ins under way at once: what a group of the writer is made of.
const AT_ONCE: usize = 512;

/// So many check-ins at so many venues: sealed, stored by the queue, indexed and closed by the worker.
///
/// # Errors
/// What kept them from being stored.
pub async fn measure(
    folder: &Path,
    engine: Engine,
    rows: u64,
    venues: usize,
) -> anyhow::Result<Vec<Vec<String>>> {
    let mut machine =
        Machine::new(folder, engine, 3, &[("confirmation = \"every\"", "confirmation = \"none\"")]).await?;
    let venues = fill::register(&machine, venues).await?;
    machine.turn().await?;
    let (day, ring) = (machine.today(), machine.ring()?);
    let sealer = machine.sealer(&ring, day)?;
    let (queue, done) = CheckInQueue::start(&machine.intake, machine.clock.clone());
    let (zipf, mut chance, mut waiting) = (Zipf::new(venues.len()), Rng::with_seed(4), JoinSet::new());
    for number in 0..rows {
        let at = machine.clock.now();
        let nonce = CheckInNonce::issue(at, std::array::from_fn(|_| chance.u8(..)));
        let place = CheckInPlace { day, venue: venues[zipf.choose(&mut chance)], at, nonce };
        let contact = Contact::email(&format!("visitor{number}@visitor.example"))?;
        let sealed = sealer.seal(&contact, "ja", &place).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let queue = queue.clone();
        waiting.spawn(async move { queue.put(SealedCheckIn { place, sealed }).await });
        if waiting.len() >= AT_ONCE {
            waiting.join_next().await.context("none waits")???;
        }
    }
    while let Some(stored) = waiting.join_next().await {
        stored??;
    }
    drop(queue);
    done.await?;
    fill::holds(&machine.intake, day, rows).await?;
    let open = fill::bytes(&machine, day).await?;
    // What is to be confirmed, to nobody, goes first.
    while machine.intake.count_arrivals(day).await? > 0 {
        machine.turn().await?;
    }
    machine.clock.advance(DAY);
    let closing = machine.turn().await?;
    let (closed, index) = (fill::bytes(&machine, day).await?, index_bytes(&machine, day).await?);
    let each = |bytes: u64| format!("{} B", bytes / rows);
    Ok(vec![vec![
        engine.name().to_owned(),
        table::number(rows),
        each(open),
        each(closed),
        each(index),
        table::time(closing),
    ]])
}

async fn index_bytes(machine: &Machine, day: domain::service_day::ServiceDay) -> anyhow::Result<u64> {
    if let Root::Folder(folder) = &machine.root {
        return Ok(std::fs::metadata(folder.path().join(format!("office/index/{day}.db")))?.len());
    }
    let server = machine.server.as_ref().context("a server")?;
    let mut connection = AnyConnection::connect(&server.url("office")).await?;
    let name = fill::table(day).replace("check_in", "tag_index");
    let bytes: i64 = sqlx::query_scalar("select pg_total_relation_size(cast($1 as regclass))")
        .bind(name)
        .fetch_one(&mut connection)
        .await?;
    u64::try_from(bytes).context("a size")
}
