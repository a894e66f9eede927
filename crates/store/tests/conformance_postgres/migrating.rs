//! How the schema comes to a server: once, whoever asks, and never over a newer program's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::backend::migrate;
use store::{Intake, Office, StoreError};

use crate::postgres_server::Pair;
use crate::samples::{NOW, check_in, day, prepared};
use crate::stores::{Raw, Stores, suffix};

/// Four nodes that are started together all find the zones made, and each row of settings stands.
#[tokio::test(flavor = "multi_thread")]
async fn four_may_migrate_at_once() {
    let pair = Pair::empty();
    let root = pair.root();
    let said = Intake::open(&root).await.unwrap_err().to_string();
    assert!(said.contains("tadori migrate"), "opening makes nothing: {said}");
    let migrations: Vec<_> = (0..4)
        .map(|_| {
            let root = root.clone();
            tokio::spawn(async move { migrate(&root).await })
        })
        .collect();
    for migration in migrations {
        migration.await.unwrap().unwrap();
    }
    let (intake, office) = (Intake::open(&root).await.unwrap(), Office::open(&root).await.unwrap());
    intake.set("deployment", b"sample").await.unwrap();
    office.set("last_seen", "5").await.unwrap();
    migrate(&root).await.unwrap();
    intake.ping().await.unwrap();
    assert_eq!(intake.setting("deployment").await.unwrap().as_deref(), Some(b"sample".as_slice()));
    assert_eq!(office.setting("last_seen").await.unwrap().as_deref(), Some("5"));
}

/// A program meets a schema that a newer one made: it changes nothing, and says which is which. One database
/// given for the other is found out too.
#[tokio::test]
async fn another_versions_schema_is_refused() {
    let stores = Stores::new().await;
    stores.meddle(Raw::Intake, "update schema_version set version = 99").await;
    let error = migrate(&stores.root).await.unwrap_err();
    assert!(matches!(error, StoreError::Schema { zone: "intake", found: 99, known: 1 }), "{error}");
    assert!(error.to_string().contains("newer"));
    Intake::open(&stores.root).await.unwrap_err();
    Office::open(&stores.root).await.unwrap();

    let addresses = |zone: &str| stores.pair.folder().join(format!("{zone}.url"));
    std::fs::copy(addresses("office"), addresses("intake")).unwrap();
    let said = Intake::open(&stores.root).await.unwrap_err().to_string();
    assert!(said.contains("intake is version 0"), "{said}");
    std::fs::write(addresses("intake"), "mysql://db.example/intake").unwrap();
    let said = Intake::open(&stores.root).await.unwrap_err().to_string();
    assert!(said.contains("intake.url") && said.contains("postgres://"), "{said}");
    std::fs::remove_file(addresses("intake")).unwrap();
    assert!(matches!(Intake::open(&stores.root).await, Err(StoreError::File { .. })));
}

/// What a newer program does, in one act as it does it: who asks for the version in between must not find the old one.
const MIGRATION: &str =
    "alter table service_day add column later bigint; update schema_version set version = 2";

/// A node goes on while a newer program migrates: what was prepared before a column was added is prepared anew.
#[tokio::test]
async fn a_node_goes_on_while_a_newer_program_migrates() {
    let stores = Stores::with_days([day(0)]).await;
    for _ in 0..2 {
        assert!(stores.intake.day(day(0)).await.unwrap().is_some());
    }
    stores.pair.administer("intake", &[MIGRATION]).unwrap();
    // A connection that comes straight from another's hand may be refused, once: how long it lay there is the machine's affair.
    let (mut found, mut refused) = (0, 0);
    while found < 3 {
        match stores.intake.day(day(0)).await {
            Ok(day) => found += u32::from(day.is_some()),
            Err(_) => refused += 1,
        }
        assert!(refused <= 2, "no more than there are connections");
    }
    stores.intake.put_check_ins(&[check_in(day(0), 1, 1)], NOW).await.unwrap();
    assert_eq!(stores.intake.count_check_ins(day(0)).await.unwrap(), 1);
}

/// The same in the middle of work: a connection that goes from hand to hand may be refused once, and from then on
/// none is.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_at_work_goes_on_while_a_newer_program_migrates() {
    let stores = Stores::with_days([day(0)]).await;
    let migrated = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (intake, migrated) = (stores.intake.clone(), Arc::clone(&migrated));
            tokio::spawn(async move {
                let (mut after, mut refused) = (0, 0);
                while after < 200 {
                    after += u32::from(migrated.load(Ordering::SeqCst));
                    refused += u32::from(intake.day(day(0)).await.is_err());
                }
                refused
            })
        })
        .collect();
    tokio::task::block_in_place(|| stores.pair.administer("intake", &[MIGRATION]).unwrap());
    migrated.store(true, Ordering::SeqCst);
    let mut refused = 0;
    for reader in readers {
        refused += reader.await.unwrap();
    }
    assert!(refused <= 8, "{refused}: no more than there are connections");
}

/// What DESIGN section 6 asks of the tables as they are: keys that begin with the venue in a day's tables,
/// no unique index without it, no sequence, trigger, foreign key or partition anywhere.
#[tokio::test]
async fn the_tables_can_be_distributed() {
    let stores = Stores::with_days([day(0), day(1)]).await;
    let row = check_in(day(0), 1, 1);
    stores.intake.put_check_ins(std::slice::from_ref(&row), NOW).await.unwrap();
    stores.office.write_index(day(0), &[([1; 16], row.place)], NOW).await.unwrap();
    stores.intake.close_day(day(0), NOW).await.unwrap();
    for table in [format!("check_in{}", suffix(day(0))), format!("check_in{}", suffix(day(1)))] {
        let unique = format!(
            "select count(*) from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] \
             where i.indrelid = '{table}'::regclass and i.indisunique and a.attname = 'venue_id'"
        );
        assert_eq!(stores.number(Raw::Intake, &unique).await, 1, "{table}");
        let all = format!("select count(*) from pg_index where indrelid = '{table}'::regclass");
        assert_eq!(stores.number(Raw::Intake, &all).await, 1, "{table}");
    }
    for raw in [Raw::Intake, Raw::Office] {
        for of in [
            "pg_class where relkind in ('S', 'p', 'v', 'm', 'f') and relnamespace = 'public'::regnamespace",
            "pg_trigger",
            "pg_constraint where contype not in ('p', 'u') and connamespace = 'public'::regnamespace",
            "pg_attrdef",
            "pg_proc where pronamespace = 'public'::regnamespace",
        ] {
            assert_eq!(stores.number(raw, &format!("select count(*) from {of}")).await, 0, "{raw:?}: {of}");
        }
    }
}

/// A day that is closed stays closed, whoever prepares it again.
#[tokio::test]
async fn a_closed_day_is_not_opened_by_preparing_it() {
    let stores = Stores::with_days([day(0)]).await;
    stores.intake.close_day(day(0), NOW).await.unwrap();
    stores.intake.make_day(&prepared(day(0)), NOW).await.unwrap();
    assert_eq!(stores.files_of_day(day(0)), [stores.file(Raw::Day(day(0)))]);
    stores.intake.put_check_ins(&[check_in(day(0), 1, 1)], NOW).await.unwrap_err();
}
