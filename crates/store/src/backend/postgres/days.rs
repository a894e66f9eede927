//! A day's tables: made ahead, opened, rewritten when the day is over, dropped at retention.

use domain::service_day::ServiceDay;
use sqlx::{AnyPool, AssertSqlSafe, Connection as _, Executor as _};

use super::{INTAKE_ACT, columns, doors_have_roles, is_there, made_meanwhile};
use crate::backend::{DAY, DayConnection, DayTables, Kind, Texts, named};
use crate::{StoreError, erasure};

/// The visitors' door inserts and sees nothing; officers' door counts, and sees no contact even sealed.
fn day_grants(suffix: &str) -> String {
    format!(
        "grant insert on check_in{suffix}, arrival{suffix} to tadori_visitors; \
         grant select (venue_id, at, nonce) on check_in{suffix} to tadori_officers"
    )
}

/// A day's schema under the names of that day, the venue first in each key. PostgreSQL appends to the heap
/// whatever the key, so nothing is gained by the form's time in front, and each venue's rows are found at once.
fn day_schema(kind: Kind, suffix: &str) -> String {
    let schema =
        ["(nonce, venue_id)", "(at, nonce, venue_id)"].iter().fold(columns(kind.schema()), |schema, key| {
            schema.replace(&format!("primary key {key}"), "primary key (venue_id, nonce)")
        });
    let schema = ["check_in", "arrival", "tag_index"].iter().fold(schema, |schema, table| {
        schema.replace(&format!("create table {table} ("), &format!("create table {table}{suffix} ("))
    });
    if kind == Kind::Index {
        return schema;
    }
    let arrival = format!("create table arrival{suffix} (");
    let marked = schema.replace(&arrival, &format!("{arrival} ended bigint not null,"));
    format!("{marked} create index arrival{suffix}_waiting on arrival{suffix} (at, nonce) where {WAITS}")
}

pub(super) fn suffix(day: ServiceDay) -> String {
    format!("_{}", day.to_string().replace('-', ""))
}

const fn main_table(kind: Kind) -> &'static str {
    match kind {
        Kind::Day => "{check_in}",
        Kind::Index => "{tag_index}",
    }
}

/// Makes a day's tables, all of them in one act.
pub(crate) async fn create(pool: &AnyPool, kind: Kind, day: ServiceDay) -> Result<(), StoreError> {
    let suffix = suffix(day);
    let main = named(main_table(kind), &suffix);
    let mut connection = pool.acquire().await?;
    if is_there(&mut connection, &main).await? {
        return Ok(());
    }
    let granted = kind == Kind::Day && doors_have_roles(&mut connection).await?;
    let mut tx = connection.begin_with(INTAKE_ACT).await?;
    match tx.execute(AssertSqlSafe(day_schema(kind, &suffix))).await {
        Ok(_) => {}
        Err(error) if made_meanwhile(&error) => return Ok(tx.rollback().await?),
        Err(error) => return Err(error.into()),
    }
    if granted {
        tx.execute(AssertSqlSafe(day_grants(&suffix))).await?;
    }
    Ok(tx.commit().await?)
}

/// Opens a day's tables.
pub(crate) async fn open(
    pool: &AnyPool,
    kind: Kind,
    day: ServiceDay,
) -> Result<Option<DayTables>, StoreError> {
    let suffix = suffix(day);
    let mut connection = pool.acquire().await?;
    if !is_there(&mut connection, &named(main_table(kind), &suffix)).await? {
        return Ok(None);
    }
    Ok(Some(DayTables { connection: DayConnection::Pooled(connection), texts: &TEXTS, suffix }))
}

/// The same for a day whose tables were there a moment ago.
pub(crate) async fn open_again(pool: &AnyPool, day: ServiceDay) -> Result<DayTables, StoreError> {
    let connection = DayConnection::Pooled(pool.acquire().await?);
    Ok(DayTables { connection, texts: &TEXTS, suffix: suffix(day) })
}

/// An arrival that is still to be confirmed. Its index holds these and no others: a length is something of which PostgreSQL
/// guesses that one row in two hundred has it, and what it guesses of an index counts less.
const WAITS: &str = "ended = 0 and length(nonce) = 16";

/// What only PostgreSQL is told about a day. An open day is read in the order of its own key. Of a closed day it is said
/// twice that no venue comes before the first: of a row that is greater than another, PostgreSQL guesses that as many are as
/// there are in half a day, and would read the whole of it. Arrivals are chosen before
/// anything is joined to them: else all that wait would be joined and sorted, for each hundred anew.
static TEXTS: Texts = Texts {
    open_page: "select * from {check_in} c where (venue_id, nonce) > ($2, $1) and venue_id between $3 and $4 \
         and length(c.nonce) = 16 order by venue_id, nonce limit $5",
    closed_page: "select * from {check_in} c where (venue_id, at, nonce) > ($1, $2, $3) \
         and venue_id between $1 and $4 \
         and length(c.nonce) = 16 order by venue_id, at, nonce limit $5",
    // The order and the end within leave no way but the key's, whatever the server guesses of a table it never looked at.
    ahead: "with listed (id) as (values {venues}), v (id) as (select distinct id from listed) \
         select c.* from v cross join lateral (select * from {check_in} c where c.venue_id = v.id \
         and length(c.nonce) = 16 order by c.venue_id, c.at, c.nonce limit $1) c limit $1",
    unsound_at: "with listed (id) as (values {venues}), v (id) as (select distinct id from listed) \
         select v.id as venue_id, (select count(*) from {check_in} c where c.venue_id = v.id \
         and length(c.nonce) <> 16) as found from v",
    arrivals: "with next as materialized (select at, nonce, venue_id from {arrival} \
         where ended = 0 and length(nonce) = 16 order by at, nonce limit $1 offset $2) \
         select c.venue_id, c.at, c.nonce, c.sealed from next a join {check_in} c \
         on c.venue_id = a.venue_id and c.nonce = a.nonce order by a.at, a.nonce",
    count_arrivals: "select count(*) as arrivals from {arrival} where ended = 0",
    // One at a time, by its key: nobody waits for these rows, and for many the server reads all there are, while it
    // doesn't know yet how many that is.
    end_arrivals: ("update {arrival} set ended = 1 where {these}", 1),
    end_all_arrivals: "update {arrival} set ended = 1 where ended = 0",
    unsound: "select count(*) as found from {check_in} c where length(c.nonce) <> 16",
    begin: INTAKE_ACT,
};

/// Rewrites a past day into a new table, clustered by venue and instant, and counts its check-ins.
///
/// The arrivals end first: whoever writes at this moment is waited for, and who comes later finds no table.
/// All of it is one act, so whatever crash comes, one whole table is there.
pub(crate) async fn rewrite_closed(pool: &AnyPool, day: ServiceDay) -> Result<u64, StoreError> {
    let suffix = suffix(day);
    let (check_in, arrival) = (named("{check_in}", &suffix), named("{arrival}", &suffix));
    let closing = format!("{check_in}_closing");
    let mut connection = pool.acquire().await?;
    if !is_there(&mut connection, &check_in).await? {
        return Err(StoreError::NoSuchDay(day.to_string()));
    }
    let granted = doors_have_roles(&mut connection).await?;
    let mut tx = connection.begin_with(INTAKE_ACT).await?;
    erasure::end_all_arrivals(&mut tx, &arrival).await?;
    erasure::drop_table(&mut tx, &closing).await?;
    tx.execute(AssertSqlSafe(closed_schema(&closing))).await?;
    let text = format!(
        "insert into {closing} (venue_id, at, nonce, sealed) \
         select venue_id, at, nonce, sealed from {check_in} order by venue_id, at, nonce"
    );
    let rewritten = tx.execute(AssertSqlSafe(text)).await?.rows_affected();
    erasure::drop_table(&mut tx, &check_in).await?;
    tx.execute(AssertSqlSafe(format!("alter table {closing} rename to {check_in}"))).await?;
    if granted {
        // For officers' counts; visitors' door has no business with a closed day.
        let count = format!("grant select (venue_id, at, nonce) on {check_in} to tadori_officers");
        tx.execute(AssertSqlSafe(count)).await?;
    }
    tx.execute(AssertSqlSafe(format!("analyze {check_in}"))).await?;
    tx.commit().await?;
    Ok(rewritten)
}

/// An open day's columns under a closed day's key.
fn closed_schema(table: &str) -> String {
    let check_in = DAY.split_inclusive(");").next().unwrap_or(DAY);
    columns(check_in)
        .replace("create table check_in (", &format!("create table {table} ("))
        .replace("primary key (nonce, venue_id)", "primary key (venue_id, at, nonce)")
}

/// Removes a day's tables, in one act.
pub(crate) async fn remove(pool: &AnyPool, kind: Kind, day: ServiceDay) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await?;
    let mut tx = connection.begin_with(INTAKE_ACT).await?;
    for table in tables_of(kind, day) {
        erasure::drop_table(&mut tx, &table).await?;
    }
    Ok(tx.commit().await?)
}

/// Whether none of a day's tables is left.
pub(crate) async fn is_gone(pool: &AnyPool, kind: Kind, day: ServiceDay) -> Result<bool, StoreError> {
    let mut connection = pool.acquire().await?;
    for table in tables_of(kind, day) {
        if is_there(&mut connection, &table).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A day's tables, and what somebody may have left beside them.
fn tables_of(kind: Kind, day: ServiceDay) -> Vec<String> {
    let suffix = suffix(day);
    let names: &[&str] = match kind {
        Kind::Day => &["{arrival}", "{check_in}", "{check_in}_closing"],
        Kind::Index => &["{tag_index}"],
    };
    names.iter().map(|name| named(name, &suffix)).collect()
}
