//! The server takes an act back, or ends its connection in the middle: what is safe to be done again is done again,
//! and is there once.

use domain::ledger::{Act, Entry};
use domain::notice::NoticeState;
use store::ledger::Verified;

use crate::samples::{NOW, day, notice_in, put_people, sixteen};
use crate::stores::{Raw, Stores};

/// From here on the first `times` writes to a table meet this. A sequence counts, which no rollback takes back.
fn trouble(stores: &Stores, zone: &str, table: &str, times: u32, what: &str) {
    let function = format!(
        "create function trouble() returns trigger language plpgsql as $$ begin \
         if nextval('troubles') <= {times} then {what}; end if; return new; end $$"
    );
    let trigger = format!(
        "create trigger trouble before insert or update on {table} for each row execute function trouble()"
    );
    stores.pair.administer(zone, &["create sequence troubles", &function, &trigger]).unwrap();
}

const TAKEN_BACK: [&str; 2] = ["raise sqlstate '40001'", "raise sqlstate '40P01'"];
const LOST: &str = "perform pg_terminate_backend(pg_backend_pid())";

fn entry() -> Entry {
    Entry { at: NOW, actor: "sato".into(), act: Act::CaseEntered, subject: "1".into(), detail: String::new() }
}

/// Three times in a row; the ledger has the entry once.
#[tokio::test]
async fn an_act_that_was_taken_back_is_done_again() {
    for what in TAKEN_BACK {
        let stores = Stores::new().await;
        trouble(&stores, "office", "ledger", 3, what);
        stores.office.record(&entry()).await.unwrap();
        assert!(matches!(stores.office.verify_ledger().await.unwrap(), Verified::Whole { entries: 1, .. }));
    }
}

/// Not for ever; and an act whose fate is unknown isn't done twice where that would leave two.
#[tokio::test]
async fn what_stays_in_trouble_or_in_doubt_is_told() {
    let stores = Stores::new().await;
    trouble(&stores, "office", "ledger", 99, TAKEN_BACK[0]);
    stores.office.record(&entry()).await.unwrap_err();
    let stores = Stores::new().await;
    trouble(&stores, "office", "ledger", 1, LOST);
    stores.office.record(&entry()).await.unwrap_err();
    stores.office.record(&entry()).await.unwrap();
    assert!(matches!(stores.office.verify_ledger().await.unwrap(), Verified::Whole { entries: 1, .. }));
}

/// Messages that were handed over are written down as that, though the connection ends in the middle, and again:
/// else they would go out once more.
#[tokio::test]
async fn what_was_sent_is_written_down_over_a_lost_connection() {
    let stores = Stores::new().await;
    let id = notice_in(&stores.office, 1, NoticeState::Released).await;
    put_people(&stores.office, id, day(0), 0..8).await;
    let lease = domain::id::LeaseId::from_random(sixteen(1));
    let claimed = stores.office.claim(lease, NOW, 8).await.unwrap();
    trouble(&stores, "office", "outbox", 2, LOST);
    stores.office.settle_sent(lease, &claimed, NOW).await.unwrap();
    let progress = stores.office.progress(id).await.unwrap();
    assert_eq!((progress.sent, progress.waiting), (8, 0));
    assert_eq!(stores.number(Raw::Office, "select count(*) from outbox where length(sealed) > 0").await, 0);
}
