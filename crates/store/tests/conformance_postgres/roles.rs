//! What each door's role may do, asked of the server itself: DESIGN section 6 and docs/deploying.md.

use std::time::Duration;

use domain::clock::Clock;
use domain::notice::NoticeState;
use store::check_ins::CheckInQueue;
use store::erasure::{Erased, PublicErasure};
use store::quotas::Quota;
use store::{Intake, Office, Root};

use crate::postgres_server::{Pair, root_in};
use crate::samples::{NOW, check_in, day, notice_in, prepared, put_people, put_together, sixteen, venue};
use crate::stores::suffix;

/// The same pair through another role's eyes.
fn as_role(pair: &Pair, role: &str) -> (tempfile::TempDir, Root) {
    let folder = tempfile::tempdir().unwrap();
    for zone in ["intake", "office"] {
        std::fs::write(folder.path().join(format!("{zone}.url")), pair.url(role, zone)).unwrap();
    }
    let root = root_in(folder.path());
    (folder, root)
}

fn refused(answer: &Result<String, String>) {
    let said = answer.as_ref().unwrap_err();
    assert!(said.contains("permission denied"), "{said}");
}

/// The visitors' door inserts check-ins, doubles none and sees none; nor does it see a report, an operator's
/// mail or the office. A closed day takes nothing from it.
#[tokio::test]
async fn the_visitors_door_inserts_check_ins_and_nothing_more() {
    let pair = Pair::empty();
    let (_workers, worker) = as_role(&pair, "tadori_worker");
    store::backend::migrate(&worker).await.unwrap();
    let of_worker = Intake::open(&worker).await.unwrap();
    of_worker.make_day(&prepared(day(0)), NOW).await.unwrap();

    let (_visitors, visitors) = as_role(&pair, "tadori_visitors");
    let intake = Intake::open(&visitors).await.unwrap();
    let (queue, _writer) = CheckInQueue::start(&intake, Clock::set_to(NOW));
    let rows: Vec<_> = (0..20).map(|form| check_in(day(0), 1, form)).collect();
    for _ in 0..2 {
        assert!(put_together(&queue, rows.clone()).await.iter().all(Result::is_ok));
    }
    assert_eq!(of_worker.count_check_ins(day(0)).await.unwrap(), 20);
    assert_eq!(of_worker.count_arrivals(day(0)).await.unwrap(), 20);
    assert!(intake.check_ins(day(0), None).await.is_err() && intake.arrivals(day(0), 1, 0).await.is_err());
    assert!(intake.waiting_reports().await.is_err() && intake.operator_mails(NOW, 1).await.is_err());
    assert!(intake.set("office_public", b"mine").await.is_err());
    assert!(intake.make_day(&prepared(day(1)), NOW).await.is_err());
    assert!(intake.close_day(day(0), NOW).await.is_err() && intake.erase_day_file(day(0)).await.is_err());
    let check_in_table = format!("check_in{}", suffix(day(0)));
    for statement in [
        format!("select count(*) from {check_in_table}"),
        format!("update {check_in_table} set at = 0"),
        format!("delete from {check_in_table}"),
        format!("truncate {check_in_table}"),
        "select sealed from enquiry".to_owned(),
        "delete from venue".to_owned(),
        "update service_day set public_key = ''".to_owned(),
    ] {
        refused(&pair.administer("intake", &["set role tadori_visitors", &statement]));
    }
    assert!(Office::open(&visitors).await.is_err(), "the office's database says nothing to it");

    of_worker.close_day(day(0), NOW).await.unwrap();
    let planted = format!("insert into {check_in_table} values (1, 1, '\\x00', '\\x00')");
    refused(&pair.administer("intake", &["set role tadori_visitors", &planted]));
}

/// Officers' door counts check-ins and sees none of their contacts; the ledger it can only append to.
#[tokio::test]
async fn officers_count_and_append() {
    let pair = Pair::empty();
    let (_workers, worker) = as_role(&pair, "tadori_worker");
    store::backend::migrate(&worker).await.unwrap();
    let of_worker = Intake::open(&worker).await.unwrap();
    of_worker.make_day(&prepared(day(0)), NOW).await.unwrap();
    of_worker.put_check_ins(&[check_in(day(0), 1, 1)], NOW).await.unwrap();

    let (_officers, officers) = as_role(&pair, "tadori_officers");
    let (intake, office) = (Intake::open(&officers).await.unwrap(), Office::open(&officers).await.unwrap());
    for closed in [false, true] {
        assert_eq!(intake.count_check_ins(day(0)).await.unwrap(), 1, "closed: {closed}");
        let place = check_in(day(0), 1, 1).place;
        assert_eq!(intake.count_check_ins_at(day(0), place.venue).await.unwrap(), 1, "closed: {closed}");
        assert!(intake.check_ins(day(0), None).await.is_err(), "closed: {closed}");
        of_worker.close_day(day(0), NOW).await.unwrap();
    }
    let entry = domain::ledger::Entry {
        at: NOW,
        actor: "sato".into(),
        act: domain::ledger::Act::CaseEntered,
        subject: "HC-1".into(),
        detail: String::new(),
    };
    office.record(&entry).await.unwrap();
    for statement in [
        "update ledger set detail = 'nothing'",
        "delete from ledger",
        "delete from case_record",
        "update outbox set due = 0",
        "insert into outbox select * from outbox",
        "update lease set owner = ''",
    ] {
        refused(&pair.administer("office", &["set role tadori_officers", statement]));
    }
    let of = PublicErasure { day: day(0), erased_at: NOW, erased: Erased::default(), verified: true };
    assert!(intake.publish_erasure(&of).await.is_err());
}

/// The visitors' door counts tries with the officers' door, and neither needs more for it.
#[tokio::test]
async fn both_doors_count_tries() {
    let pair = Pair::empty();
    let (_workers, worker) = as_role(&pair, "tadori_worker");
    store::backend::migrate(&worker).await.unwrap();
    let quota = Quota { mark: sixteen(1), most: 2, pause: Duration::from_secs(60) };
    let mut allowed = Vec::new();
    for role in ["tadori_visitors", "tadori_officers", "tadori_visitors"] {
        let (_folder, root) = as_role(&pair, role);
        let intake = Intake::open(&root).await.unwrap();
        allowed.push(intake.use_quota(&quota, NOW).await.unwrap());
        intake.quota_pause(&quota, NOW).await.unwrap();
    }
    assert_eq!(allowed, [true, true, false]);
    for role in ["tadori_visitors", "tadori_officers"] {
        let (_folder, root) = as_role(&pair, role);
        Intake::open(&root).await.unwrap().end_quota(&quota).await.unwrap();
    }
    Intake::open(&worker).await.unwrap().erase_quotas(NOW).await.unwrap();
}

/// What figures, `doctor` and the canary ask, each under the role of whoever asks it.
#[tokio::test]
async fn figures_and_the_canary_have_what_they_need() {
    let pair = Pair::empty();
    let (_workers, worker) = as_role(&pair, "tadori_worker");
    store::backend::migrate(&worker).await.unwrap();
    let (intake, office) = (Intake::open(&worker).await.unwrap(), Office::open(&worker).await.unwrap());
    intake.make_day(&prepared(day(0)), NOW).await.unwrap();
    // The worker, which owns all: the canary's flight, and what a restore and an erasure say.
    intake.put_check_ins(&[check_in(day(0), 1, 1)], NOW).await.unwrap();
    let id = notice_in(&office, 1, NoticeState::Released).await;
    put_people(&office, id, day(0), 0..3).await;
    assert_eq!(office.messages_of(id).await.unwrap().len(), 3);
    office.erase_canary(id).await.unwrap();
    office.erase_canary_cases().await.unwrap();
    intake.erase_canary(day(0), venue(1)).await.unwrap();
    assert_eq!(intake.count_check_ins(day(0)).await.unwrap(), 0);
    assert_eq!(intake.end_restored_arrivals(day(0)).await.unwrap(), 0);
    office.jobs_succeeded(&["confirm"], NOW).await.unwrap();
    office.end_leases().await.unwrap();

    // Officers' door: its figures and its pages' figures.
    let (_officers, officers) = as_role(&pair, "tadori_officers");
    let (seen, office) = (Intake::open(&officers).await.unwrap(), Office::open(&officers).await.unwrap());
    assert_eq!(office.outbox_depth().await.unwrap()[0].messages, 3, "it wasn't the canary's");
    assert_eq!(office.job_successes().await.unwrap().len(), 1);
    assert_eq!(seen.days().await.unwrap().len(), 1);
    office.verify_ledger().await.unwrap();
    office.progress(id).await.unwrap();
    assert!(
        office.jobs_succeeded(&["confirm"], NOW).await.is_err() && office.erase_canary(id).await.is_err()
    );
    assert!(office.erase_canary_cases().await.is_err());
    assert!(office.erase_day(day(0)).await.is_err() && office.end_leases().await.is_err());

    // Visitors' door: its figures.
    let (_visitors, visitors) = as_role(&pair, "tadori_visitors");
    let seen = Intake::open(&visitors).await.unwrap();
    assert_eq!(seen.days().await.unwrap().len(), 1);
    seen.ping().await.unwrap();
    assert!(seen.erase_canary(day(0), venue(1)).await.is_err());
    assert!(seen.end_restored_arrivals(day(0)).await.is_err());
}
