//! The engine under test, PostgreSQL in two databases of the test's own, and what happens to it from outside.
//!
//! Whatever knows that a store is tables stands here. Where the suite speaks of files, a place is a column or
//! a table, written as a path below its database.

use std::path::{Path, PathBuf};

use domain::service_day::ServiceDay;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use store::check_ins::SealedCheckIn;
use store::{Intake, Office, Root};

use crate::postgres_server::{Pair, root_in};
use crate::samples;

/// How many walks a comparison with a model takes: each has two databases of its own to be made.
pub const WALKS: u32 = 6;

/// Both zones, freshly made.
pub struct Stores {
    pub intake: Intake,
    pub office: Office,
    pub root: Root,
    pub pair: Pair,
}

/// A database as a thief or an engineer meets it: past every check of the program.
#[derive(Clone, Copy, Debug)]
pub enum Raw {
    Intake,
    Office,
    Day(ServiceDay),
    Index(ServiceDay),
}

impl Raw {
    const fn zone(self) -> &'static str {
        match self {
            Self::Intake | Self::Day(_) => "intake",
            Self::Office | Self::Index(_) => "office",
        }
    }
}

impl Stores {
    /// Makes and opens both zones.
    pub async fn new() -> Self {
        let pair = Pair::migrated().await;
        let root = pair.root();
        let (intake, office) = open(&root).await;
        Self { intake, office, root, pair }
    }

    /// Makes and opens both zones, with these days prepared.
    pub async fn with_days(days: impl IntoIterator<Item = ServiceDay>) -> Self {
        let stores = Self::new().await;
        for day in days {
            stores.intake.make_day(&samples::prepared(day), samples::NOW).await.expect("the day is made");
        }
        stores
    }

    /// Opens both zones once more, as another process does.
    pub async fn reopened(&self) -> (Intake, Office) {
        open(&self.root).await
    }

    /// A folder in which another process finds this store ([`root_of`]).
    pub fn folder(&self) -> &Path {
        self.pair.folder()
    }

    /// A connection past the program.
    pub async fn raw(&self, which: Raw) -> PgConnection {
        let url = self.pair.url("tadori", which.zone());
        let options: PgConnectOptions = url.parse().expect("an address");
        PgConnection::connect_with(&options).await.expect("the database is there")
    }

    /// Does something past the program, and lets go of the database.
    pub async fn meddle(&self, which: Raw, sql: &str) {
        let mut connection = self.raw(which).await;
        connection.execute(AssertSqlSafe(translated(which, sql))).await.expect("the meddling succeeds");
        connection.close().await.expect("closed");
    }

    /// A number, asked past the program.
    pub async fn number(&self, which: Raw, sql: &str) -> i64 {
        let mut connection = self.raw(which).await;
        let row = connection.fetch_one(AssertSqlSafe(translated(which, sql))).await.expect("one row");
        let number = row.get(0);
        connection.close().await.expect("closed");
        number
    }

    /// Every table that belongs to a day's check-ins or its index, half-made ones included.
    pub fn files_of_day(&self, day: ServiceDay) -> Vec<PathBuf> {
        let tables = ["intake", "office"].map(|zone| {
            let text = format!("select tablename from pg_tables where tablename like '%{}%'", suffix(day));
            let tables = self.pair.administer(zone, &[&text]).expect("listed");
            tables.lines().map(|table| Path::new(zone).join(table)).collect::<Vec<_>>()
        });
        tables.concat()
    }

    /// Every column that holds these bytes anywhere, read as a thief of the databases reads them.
    pub fn files_holding(&self, bytes: &[u8]) -> Vec<PathBuf> {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut holding = Vec::new();
        for zone in ["intake", "office"] {
            let columns = "select table_name || ' ' || column_name || ' ' || data_type from information_schema.columns \
                 where table_schema = 'public' and data_type in ('text', 'bytea')";
            let columns = self.pair.administer(zone, &[columns]).expect("listed");
            let looks: Vec<String> = columns
                .lines()
                .filter_map(|line| {
                    let [table, column, kind] = *line.split(' ').collect::<Vec<_>>() else { return None };
                    let column_bytes = if kind == "bytea" {
                        column.to_owned()
                    } else {
                        format!("convert_to({column}, 'UTF8')")
                    };
                    Some(format!(
                        "select '{table}/{column}' where exists (select 1 from {table} \
                         where position('\\x{hex}'::bytea in {column_bytes}) > 0)"
                    ))
                })
                .collect();
            let found = self.pair.administer(zone, &[&looks.join(" union all ")]).expect("looked");
            holding.extend(found.lines().map(|place| Path::new(zone).join(place)));
        }
        holding
    }

    /// What nobody of ours leaves beside a day: on this engine a day is made and closed in one act.
    pub fn leave_half_made(&self, day: ServiceDay, extension: &str) {
        if extension == "closing" {
            let table = format!("create table if not exists check_in{}_closing (half text)", suffix(day));
            self.pair.administer("intake", &[&table]).expect("made");
        }
    }

    /// Makes a day unreadable.
    pub fn damage(&self, day: ServiceDay) {
        let damage = format!("alter table check_in{} rename nonce to lost", suffix(day));
        self.pair.administer("intake", &[&damage]).expect("damaged");
    }

    /// Where a database's rows lie.
    pub fn file(&self, which: Raw) -> PathBuf {
        match which {
            Raw::Intake | Raw::Office => PathBuf::from(which.zone()),
            Raw::Day(day) => PathBuf::from(format!("intake/check_in{}", suffix(day))),
            Raw::Index(day) => PathBuf::from(format!("office/tag_index{}", suffix(day))),
        }
    }

    /// All that a day's table holds, with where and by which act each row was written.
    pub fn content(&self, day: ServiceDay) -> Vec<u8> {
        let text = format!("select ctid, xmin, * from check_in{}", suffix(day));
        self.pair.administer("intake", &[&text]).expect("read").into_bytes()
    }

    /// Each table with its columns' names and kinds, in the words of the migrations. What only this engine
    /// has is left out; [`crate::migrating`] looks at it.
    pub async fn tables(&self, which: Raw) -> Vec<(String, Vec<(String, String)>)> {
        let text = "select table_name, column_name, data_type from information_schema.columns \
             where table_schema = 'public' order by table_name collate \"C\", ordinal_position";
        let mut connection = self.raw(which).await;
        let rows = connection.fetch_all(text).await.expect("listed");
        let mut tables: Vec<(String, Vec<(String, String)>)> = Vec::new();
        for row in rows {
            let (table, column, kind): (String, String, String) = (row.get(0), row.get(1), row.get(2));
            let of_day = table.ends_with(|last: char| last.is_ascii_digit());
            if of_day != matches!(which, Raw::Day(_) | Raw::Index(_))
                || table == "schema_version"
                || column == "ended"
            {
                continue;
            }
            let table = if of_day { table[..table.len() - 9].to_owned() } else { table };
            if tables.last().is_none_or(|last| last.0 != table) {
                tables.push((table, Vec::new()));
            }
            let kind = if kind == "bytea" { "blob".to_owned() } else { kind };
            tables.last_mut().expect("just put").1.push((column, kind));
        }
        tables
    }
}

/// The store that [`Stores::folder`] leads to.
pub fn root_of(folder: &str) -> Root {
    root_in(Path::new(folder))
}

/// What PostgreSQL adds to the names of a day's tables.
pub fn suffix(day: ServiceDay) -> String {
    format!("_{}", day.to_string().replace('-', ""))
}

/// Meddling is written in SQLite's words.
fn translated(which: Raw, sql: &str) -> String {
    let sql = sql.replace("x'", "'\\x");
    let sql = [16, 31, 32].iter().fold(sql, |sql, length| {
        sql.replace(&format!("zeroblob({length})"), &format!("decode(repeat('00', {length}), 'hex')"))
    });
    let sql = sql.replace("instr(", "strpos(");
    match which {
        Raw::Intake | Raw::Office => sql,
        Raw::Day(day) | Raw::Index(day) => ["check_in", "arrival", "tag_index"]
            .iter()
            .fold(sql, |sql, table| sql.replace(table, &format!("{table}{}", suffix(day)))),
    }
}

/// Meddling that leaves a value of another kind: this engine lets nobody do that.
pub const MISTYPED: [&str; 0] = [];

/// Whether rows stand in the order of an open day's key: the venue first, by which tables are distributed.
pub fn in_open_order(rows: &[SealedCheckIn]) -> bool {
    rows.is_sorted_by_key(|row| (row.place.venue, row.place.nonce))
}

async fn open(root: &Root) -> (Intake, Office) {
    let intake = Intake::open(root).await.expect("intake opens");
    let office = Office::open(root).await.expect("the office opens");
    (intake, office)
}
