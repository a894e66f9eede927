//! What waits is found by its index, however much of it waits: PostgreSQL, which guesses that it is little, would read all
//! of it for each hundred.

use std::time::Duration;

use domain::id::LeaseId;
use domain::notice::NoticeState;
use store::{Intake, Office};

use crate::postgres_server::Pair;
use crate::samples::{
    NOW, check_in, day, notice_in, prepared, put_people_together, sixteen, store_all, venue,
};

const WAITING: u64 = 10_000;
const TIMES: u64 = 3;

/// How many rows of a table were read by all who have gone since.
async fn reads(pair: &Pair, zone: &str, table: &str) -> u64 {
    let others = "select count(*) from pg_stat_activity where datname = current_database() \
         and pid <> pg_backend_pid() and backend_type = 'client backend'";
    while pair.administer(zone, &[others]).unwrap().trim() != "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let text = format!(
        "select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables \
         where relname = '{table}'"
    );
    pair.administer(zone, &[&text]).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn a_claim_reads_little_more_than_what_it_claims() {
    let pair = Pair::migrated().await;
    let office = Office::open(&pair.root()).await.unwrap();
    let id = notice_in(&office, 1, NoticeState::Released).await;
    assert_eq!(put_people_together(&office, id, day(0), 0..WAITING).await, WAITING);
    for by in 0..TIMES {
        let lease = LeaseId::from_random(sixteen(by));
        assert_eq!(office.claim(lease, NOW, 100).await.unwrap().len(), 100);
    }
    drop(office);
    let read = reads(&pair, "office", "outbox").await;
    assert!((1..WAITING).contains(&read), "{read} rows were read for {TIMES} claims");
}

#[tokio::test]
async fn arrivals_are_read_a_page_at_a_time() {
    let pair = Pair::migrated().await;
    let intake = Intake::open(&pair.root()).await.unwrap();
    intake.make_day(&prepared(day(0)), NOW).await.unwrap();
    // The queue takes some thousands.
    for half in [0..WAITING / 2, WAITING / 2..WAITING] {
        store_all(&intake, half.map(|form| check_in(day(0), 1, form))).await;
    }
    for page in 0..TIMES {
        let skip = i64::try_from(page * 100).unwrap();
        let page = intake.arrivals(day(0), 100, skip).await.unwrap();
        assert_eq!(page.len(), 100);
        // And what is confirmed of it, many at once.
        let ended: Vec<_> = page.iter().map(|row| row.place).collect();
        intake.end_arrivals(day(0), &ended).await.unwrap();
    }
    drop(intake);
    let suffix = day(0).to_string().replace('-', "");
    for table in ["arrival", "check_in"] {
        let read = reads(&pair, "intake", &format!("{table}_{suffix}")).await;
        assert!(
            (1..WAITING).contains(&read),
            "{read} rows of {table} were read for {TIMES} pages, of which all ended"
        );
    }
}

/// From a day of a prefecture's size on, the server holds reading the whole of it at once to be cheaper.
#[tokio::test]
async fn a_venue_of_a_closed_day_is_read_alone() {
    const PEOPLE: u64 = 200_000;
    let pair = Pair::migrated().await;
    let intake = Intake::open(&pair.root()).await.unwrap();
    intake.make_day(&prepared(day(0)), NOW).await.unwrap();
    intake.close_day(day(0), NOW).await.unwrap();
    let table = format!("check_in_{}", day(0).to_string().replace('-', ""));
    let fill = format!(
        "insert into {table} (venue_id, at, nonce, sealed) select 1000 + n / 10, n, decode(lpad(to_hex(n), 32, '0'), 'hex'), \
         decode(repeat('ab', 150), 'hex') from generate_series(0, {PEOPLE} - 1) n"
    );
    pair.administer("intake", &[&fill, &format!("analyze {table}")]).unwrap();
    for at_venue in [3, 8_000, 10_000, 12_000, 19_990] {
        let mut pages = intake.check_in_pages(day(0), Some(venue(at_venue)), 1_000).await.unwrap();
        assert_eq!(pages.page().await.unwrap().unwrap().len(), 10);
    }
    drop(intake);
    let read = reads(&pair, "intake", &table).await;
    assert!((50..1_000).contains(&read), "{read} rows were read for 5 venues with 10 check-ins each");
}
