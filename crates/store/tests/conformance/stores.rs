//! The engine under test, SQLite in a temporary folder, and what happens to it from outside.
//!
//! Whatever knows that a store is files stands here.

use std::path::{Path, PathBuf};

use domain::service_day::ServiceDay;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, SqliteConnection};
use store::backend::sqlite::Folder;
use store::check_ins::SealedCheckIn;
use store::{Intake, Office, Root};

use crate::samples;

/// How many walks a comparison with a model takes.
pub const WALKS: u32 = 16;

/// Both zones, freshly made.
pub struct Stores {
    pub intake: Intake,
    pub office: Office,
    pub root: Root,
    _folder: tempfile::TempDir,
    folder: Folder,
}

/// A database as a thief or an engineer meets it: past every check of the program.
#[derive(Clone, Copy, Debug)]
pub enum Raw {
    Intake,
    Office,
    Day(ServiceDay),
    Index(ServiceDay),
}

impl Stores {
    /// Makes and opens both zones.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = Folder::new(folder.path().join("stores"));
        let root = Root::Folder(own.clone());
        store::backend::migrate(&root).await.expect("both zones are made");
        let (intake, office) = open(&root).await;
        Self { intake, office, root, _folder: folder, folder: own }
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
        self.folder.path()
    }

    /// A connection past the program.
    pub async fn raw(&self, which: Raw) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.file(which));
        SqliteConnection::connect_with(&options).await.expect("the database is there")
    }

    /// Does something past the program, and lets go of the database.
    pub async fn meddle(&self, which: Raw, sql: &str) {
        let mut connection = self.raw(which).await;
        connection.execute(AssertSqlSafe(sql.to_owned())).await.expect("the meddling succeeds");
        connection.close().await.expect("closed");
    }

    /// A number, asked past the program.
    pub async fn number(&self, which: Raw, sql: &str) -> i64 {
        let mut connection = self.raw(which).await;
        let row = connection.fetch_one(AssertSqlSafe(sql.to_owned())).await.expect("one row");
        let number = row.get(0);
        connection.close().await.expect("closed");
        number
    }

    /// Every file that belongs to a day's check-ins or its index, journals and half-made ones included.
    pub fn files_of_day(&self, day: ServiceDay) -> Vec<PathBuf> {
        let named = format!("{day}");
        all_files(self.folder())
            .into_iter()
            .filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&named)))
            .collect()
    }

    /// Every file that holds these bytes anywhere, read as a thief reads a disk.
    pub fn files_holding(&self, bytes: &[u8]) -> Vec<PathBuf> {
        all_files(self.folder())
            .into_iter()
            .filter(|file| {
                let text = std::fs::read(file).unwrap_or_default();
                let starts = text.iter().enumerate().filter(|(_, byte)| **byte == bytes[0]);
                starts.map(|(at, _)| &text[at..]).any(|rest| rest.starts_with(bytes))
            })
            .collect()
    }

    /// What a crash leaves beside a day's file: a copy half made and its journals.
    pub fn leave_half_made(&self, day: ServiceDay, extension: &str) {
        let file = self.file(Raw::Day(day)).with_extension(extension);
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let mut name = file.clone().into_os_string();
            name.push(suffix);
            std::fs::write(name, b"half of a database, left by a crash").expect("written");
        }
    }

    /// Overwrites a day's file, as a dying disk does.
    pub fn damage(&self, day: ServiceDay) {
        std::fs::write(self.file(Raw::Day(day)), [0x55; 8192]).expect("written");
    }

    /// All that a day's file holds.
    pub fn content(&self, day: ServiceDay) -> Vec<u8> {
        std::fs::read(self.file(Raw::Day(day))).expect("the file is there")
    }

    /// Each table with its columns' names and kinds.
    pub async fn tables(&self, which: Raw) -> Vec<(String, Vec<(String, String)>)> {
        let mut connection = self.raw(which).await;
        let text = "select t.name, c.name, lower(c.type) from sqlite_schema t, pragma_table_info(t.name) c \
             where t.type = 'table' and t.name not like 'sqlite_%' order by t.name, c.cid";
        let mut tables: Vec<(String, Vec<(String, String)>)> = Vec::new();
        for row in connection.fetch_all(text).await.expect("listed") {
            let table: String = row.get(0);
            if tables.last().is_none_or(|last| last.0 != table) {
                tables.push((table, Vec::new()));
            }
            tables.last_mut().expect("just put").1.push((row.get(1), row.get(2)));
        }
        tables
    }

    /// Where a database lies.
    pub fn file(&self, which: Raw) -> PathBuf {
        match which {
            Raw::Intake => self.folder().join("intake").join("intake.db"),
            Raw::Office => self.folder().join("office").join("office.db"),
            Raw::Day(day) => self.folder.day_file(day),
            Raw::Index(day) => self.folder().join("office").join("index").join(format!("{day}.db")),
        }
    }
}

/// The store that [`Stores::folder`] leads to.
pub fn root_of(folder: &str) -> Root {
    Root::new(folder)
}

/// Meddling that leaves a value of another kind.
pub const MISTYPED: [&str; 1] = ["update ledger set at = 'x' where seq = 4"];

/// Whether rows stand in the order of an open day's key: that of their forms, so that a file is appended to.
pub fn in_open_order(rows: &[SealedCheckIn]) -> bool {
    rows.is_sorted_by_key(|row| row.place.nonce)
}

async fn open(root: &Root) -> (Intake, Office) {
    let intake = Intake::open(root).await.expect("intake opens");
    let office = Office::open(root).await.expect("the office opens");
    (intake, office)
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files.extend(all_files(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// Making what is made already changes nothing, and the settings stand where they were.
#[tokio::test]
async fn migrating_again_changes_nothing() {
    let stores = Stores::new().await;
    assert_eq!(stores.intake.setting("deployment").await.unwrap(), None);
    stores.intake.set("deployment", b"first").await.unwrap();
    stores.intake.set("deployment", b"sample").await.unwrap();
    stores.office.set("last_seen", "5").await.unwrap();
    store::backend::migrate(&stores.root).await.unwrap();
    let (intake, office) = stores.reopened().await;
    intake.ping().await.unwrap();
    assert_eq!(intake.setting("deployment").await.unwrap().as_deref(), Some(b"sample".as_slice()));
    assert_eq!(office.setting("last_seen").await.unwrap().as_deref(), Some("5"));
}

/// A server and a worker that are started together both find the zones made.
#[tokio::test(flavor = "multi_thread")]
async fn two_may_migrate_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = Root::new(folder.path());
    let migrations: Vec<_> = (0..4)
        .map(|_| {
            let root = root.clone();
            tokio::spawn(async move { store::backend::migrate(&root).await })
        })
        .collect();
    for migration in migrations {
        migration.await.unwrap().unwrap();
    }
    open(&root).await;
}

/// A program meets a schema that a newer one made: it changes nothing, and says which is which. The same of
/// one that is older, until it is migrated.
#[tokio::test]
async fn another_versions_schema_is_refused() {
    for (zone, raw) in [("intake", Raw::Intake), ("office", Raw::Office)] {
        let stores = Stores::new().await;
        stores.meddle(raw, "pragma user_version = 99").await;
        let said = store::backend::migrate(&stores.root).await.unwrap_err().to_string();
        assert!(said.contains(zone) && said.contains("99") && said.contains("newer"), "{said}");
        let (intake, office) = (Intake::open(&stores.root).await, Office::open(&stores.root).await);
        assert_eq!((intake.is_err(), office.is_err()), (zone == "intake", zone == "office"));
        stores.meddle(raw, "pragma user_version = 0").await;
        let (intake, office) = (Intake::open(&stores.root).await, Office::open(&stores.root).await);
        let said = intake.err().or(office.err()).unwrap().to_string();
        assert!(said.contains("tadori migrate"), "{said}");
    }
}

/// What isn't there is not made by opening it: only `tadori migrate` makes a store.
#[tokio::test]
async fn opening_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none");
    let root = Root::new(&none);
    assert!(Intake::open(&root).await.is_err() && Office::open(&root).await.is_err());
    assert!(!none.exists());
}

/// A folder may be called anything that a file system allows.
#[tokio::test]
async fn a_folder_may_have_any_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["大阪 府", "50%20?mode=memory#x", "a'b;\"c", "+&=%"] {
        let own = Folder::new(folder.path().join(name));
        let root = Root::Folder(own.clone());
        store::backend::migrate(&root).await.unwrap();
        let (intake, _) = open(&root).await;
        intake.make_day(&samples::prepared(samples::day(0)), samples::NOW).await.unwrap();
        let row = samples::check_in(samples::day(0), 1, 1);
        intake.put_check_ins(std::slice::from_ref(&row), samples::NOW).await.unwrap();
        assert_eq!(intake.close_day(samples::day(0), samples::NOW).await.unwrap(), 1, "{name}");
        assert!(own.day_file(samples::day(0)).exists(), "{name}");
        assert_eq!(intake.check_ins(samples::day(0), None).await.unwrap().len(), 1, "{name}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4, "nothing lies beside the four folders");
}
