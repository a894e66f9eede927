//! Filling days with more check-ins than anybody can seal in an hour: stand-ins of a sealed contact's length in the
//! tables that the store made, and real ones where they will be opened.

use anyhow::{Context as _, ensure};
use domain::check_in::CheckInPlace;
use domain::contact::Contact;
use domain::id::VenueId;
use domain::service_day::ServiceDay;
use domain::venue::Venue;
use seal::key_ring::KeyRing;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};
use store::check_ins::SealedCheckIn;
use store::venues::Registration;
use store::{Intake, Root};

use crate::figures::machine::Machine;

/// What a stand-in is filled with, as SQL writes bytes: as long as a sealed e-mail address.
fn stand_in() -> String {
    "5a".repeat(112)
}

/// A venue like any other.
pub fn venue(number: usize, machine: &Machine) -> anyhow::Result<Venue> {
    crate::installation::venue(number, machine.clock.now(), &machine.randomness)
}

/// Registers so many venues.
///
/// # Errors
/// If one isn't taken.
pub async fn register(machine: &Machine, venues: usize) -> anyhow::Result<Vec<VenueId>> {
    let mut registered = Vec::with_capacity(venues);
    let mut table = Vec::with_capacity(venues);
    for number in 0..venues {
        let venue = venue(number, machine)?;
        registered.push(venue.id);
        let registration = Registration {
            venue,
            form_nonce: machine.randomness.bytes(),
            key_hash: vec![0; 32],
            operator_sealed: vec![1],
            measures: vec![],
        };
        table.push((registration, None));
    }
    ensure!(machine.intake.import_venues(&table).await? == venues as u64, "not registered");
    Ok(registered)
}

/// Fills a closed day with so many check-ins, spread evenly over the venues and over twelve hours.
///
/// # Errors
/// If the database refuses.
pub async fn closed(machine: &Machine, day: ServiceDay, venues: usize, rows: u64) -> anyhow::Result<()> {
    let venues = venues as u64;
    let each = rows.div_ceil(venues);
    let first = machine.pack.policy.calendar.start_of(day).as_micros() + 10 * 3_600_000_000;
    let at = format!("{first} + k.k * {} + v.n % 60000000", 12 * 3_600_000_000 / each);
    let mut connection = machine.beside(day).await?;
    if let Root::Folder(folder) = &machine.root {
        let intake = folder.path().join("intake/intake.db");
        let texts = [
            "pragma synchronous = off; pragma journal_mode = off".to_owned(),
            format!("attach database '{}' as intake", intake.display()),
            "create temp table v as select row_number() over (order by venue_id) - 1 as n, venue_id as id \
             from intake.venue order by venue_id"
                .to_owned(),
            format!(
                "create temp table k as with recursive k(k) as (select 0 union all select k + 1 from k \
                 where k < {} - 1) select k from k",
                each
            ),
            format!(
                "insert into main.check_in (venue_id, at, nonce, sealed) select v.id, {at}, randomblob(16), x'{}' \
                 from v cross join k where k.k * {venues} + v.n < {rows}",
                stand_in()
            ),
            "detach database intake".to_owned(),
            "pragma journal_mode = wal".to_owned(),
        ];
        for text in texts {
            connection.execute(AssertSqlSafe(text)).await?;
        }
    } else {
        let table = table(day);
        // Made new in the act that fills it: then it isn't written to the journal as well.
        let texts = [
            "begin".to_owned(),
            format!("truncate {table}"),
            format!(
                "insert into {table} (venue_id, at, nonce, sealed) select v.id, {at}, \
                 uuid_send(gen_random_uuid()), '\\x{}' from \
                 (select row_number() over (order by venue_id) - 1 as n, venue_id as id from venue) v \
                 cross join lateral generate_series(cast(0 as bigint), {each} - 1) k(k) where k.k * {venues} + v.n < {rows}",
                stand_in()
            ),
            "commit".to_owned(),
            format!("vacuum (analyze, freeze) {table}"),
        ];
        for text in texts {
            connection.execute(AssertSqlSafe(text)).await?;
        }
    }
    Ok(connection.close().await?)
}

/// Fills an open day of one venue with so many check-ins: what is closed next is counted and rewritten by the store.
///
/// # Errors
/// If the database refuses.
pub async fn open(machine: &Machine, day: ServiceDay, venue: VenueId, rows: u64) -> anyhow::Result<()> {
    let venue = venue.as_i64();
    let first = machine.pack.policy.calendar.start_of(day).as_micros();
    let mut connection = machine.beside(day).await?;
    let text = if machine.server.is_none() {
        connection.execute("pragma synchronous = off").await?;
        format!(
            "with recursive k(k) as (select 0 union all select k + 1 from k where k < {rows} - 1) \
             insert into check_in (venue_id, at, nonce, sealed) \
             select {venue}, {first} + k, unhex(printf('%032x', k)), x'{}' from k",
            stand_in()
        )
    } else {
        format!(
            "insert into {} (venue_id, at, nonce, sealed) \
             select {venue}, {first} + k, decode(lpad(to_hex(k), 32, '0'), 'hex'), '\\x{}' \
             from generate_series(cast(0 as bigint), {rows} - 1) k(k)",
            table(day),
            stand_in()
        )
    };
    connection.execute(AssertSqlSafe(text)).await?;
    if machine.server.is_none() {
        // Nobody waits for a confirmation: the day may close.
        connection.execute("delete from arrival").await?;
    }
    Ok(connection.close().await?)
}

/// Seals real contacts in the place of stand-ins at a venue on a day: `contact` says whose, by their number there.
///
/// # Errors
/// If they can't be sealed or stored.
pub async fn with_contacts(
    machine: &Machine,
    ring: &KeyRing,
    day: ServiceDay,
    venues: &[VenueId],
    mut contact: impl FnMut(VenueId, usize) -> Contact,
) -> anyhow::Result<Vec<CheckInPlace>> {
    let (sealer, mut firsts) = (machine.sealer(ring, day)?, Vec::new());
    let mut sealed: Vec<SealedCheckIn> = Vec::new();
    for venue in venues {
        for (number, row) in machine.intake.check_ins(day, Some(*venue)).await?.into_iter().enumerate() {
            if number == 0 {
                firsts.push(row.place);
            }
            let contact = contact(*venue, number);
            let contact = sealer.seal(&contact, "ja", &row.place).map_err(|e| anyhow::anyhow!("{e:?}"))?;
            ensure!(
                contact.len() == row.sealed.len(),
                "a stand-in has {} bytes, not {}",
                row.sealed.len(),
                contact.len()
            );
            sealed.push(SealedCheckIn { place: row.place, sealed: contact });
        }
    }
    let table = if machine.server.is_none() { "check_in".to_owned() } else { table(day) };
    let text = format!("update {table} set sealed = $1 where venue_id = $2 and at = $3 and nonce = $4");
    let mut connection = machine.beside(day).await?;
    let mut tx = connection.begin().await?;
    for SealedCheckIn { place, sealed } in &sealed {
        let changed = sqlx::query(AssertSqlSafe(text.clone()))
            .bind(sealed.as_slice())
            .bind(place.venue.as_i64())
            .bind(place.at.as_micros())
            .bind(place.nonce.as_bytes().as_slice())
            .execute(&mut *tx)
            .await?;
        ensure!(changed.rows_affected() == 1, "a check-in is gone");
    }
    tx.commit().await?;
    finish(machine, connection, &table).await?;
    Ok(firsts)
}

/// No journal, and no row's old version, is left behind: as a closed day is.
async fn finish(machine: &Machine, mut connection: AnyConnection, table: &str) -> anyhow::Result<()> {
    if machine.server.is_none() {
        connection.execute("pragma wal_checkpoint(truncate)").await?;
    } else {
        connection.execute(AssertSqlSafe(format!("vacuum {table}"))).await?;
    }
    Ok(connection.close().await?)
}

/// A day's check-ins on PostgreSQL.
pub fn table(day: ServiceDay) -> String {
    format!("check_in_{}", day.to_string().replace('-', ""))
}

/// How many bytes of the disk a day's check-ins take.
///
/// # Errors
/// If nobody can say.
pub async fn bytes(machine: &Machine, day: ServiceDay) -> anyhow::Result<u64> {
    if let Root::Folder(folder) = &machine.root {
        return Ok(std::fs::metadata(folder.day_file(day))?.len());
    }
    let mut connection = machine.beside(day).await?;
    let text = format!("select pg_total_relation_size('{}')", table(day));
    let bytes: i64 = sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut connection).await?;
    connection.close().await?;
    u64::try_from(bytes).context("a size")
}

/// Whether a day holds as many check-ins as it was to.
///
/// # Errors
/// If it doesn't.
pub async fn holds(intake: &Intake, day: ServiceDay, rows: u64) -> anyhow::Result<()> {
    let found = intake.count_check_ins(day).await?;
    ensure!(found == rows, "{day} holds {found} check-ins, not {rows}");
    Ok(())
}
