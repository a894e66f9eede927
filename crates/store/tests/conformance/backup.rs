//! A backup while somebody writes, the way back, and what an old disk still gives: on SQLite, for PostgreSQL has
//! its own.

use domain::case::{CaseSource, InterviewVisit};
use domain::notice::NoticeState;
use store::backend::sqlite::Folder;
use store::backup::{self, Left};
use store::cases::CaseRecord;
use store::days::DayState;
use store::erasure::canary::CANARY;
use store::{Intake, Office, Root};

use crate::samples::{NOW, case, case_id, check_in, day, notice_in, put_people, store_all, venue, visit};
use crate::stores::{Raw, Stores};

fn own(stores: &Stores) -> Folder {
    Folder::new(stores.folder())
}

async fn opened(folder: &Folder) -> (Intake, Office) {
    let root = Root::Folder(folder.clone());
    (Intake::open(&root).await.expect("opens"), Office::open(&root).await.expect("opens"))
}

async fn restored(stores: &Stores) -> (Folder, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (copy, root) = (folder.path().join("copy"), Folder::new(folder.path().join("new")));
    let files = backup::copy_to(&own(stores), &copy).await.expect("copied");
    assert!(files.iter().all(|name| backup::is_known(name)), "{files:?}");
    assert!(backup::is_empty(&root).expect("asked"));
    backup::put_back(&root, &copy, &files).await.expect("put back");
    assert!(!backup::is_empty(&root).expect("asked"));
    (root, folder)
}

/// Open and closed days, their arrivals, the office: all of it comes back as it was.
#[tokio::test]
async fn what_was_copied_comes_back_as_it_was() {
    let stores = Stores::with_days([day(0), day(1)]).await;
    store_all(&stores.intake, (0..300).map(|n| check_in(day(0), 1, n))).await;
    store_all(&stores.intake, (0..7).map(|n| check_in(day(1), 2, n))).await;
    stores.intake.close_day(day(0), NOW).await.expect("closed");
    let notice = notice_in(&stores.office, 1, NoticeState::Released).await;
    put_people(&stores.office, notice, day(1), 0..5).await;
    let (root, _folder) = restored(&stores).await;
    let (intake, office) = opened(&root).await;
    let counted = intake.counted_days().await.expect("counted");
    assert_eq!(counted, [(day(0), DayState::Closed, 300), (day(1), DayState::Open, 7)]);
    assert_eq!(backup::days_of(&root).expect("listed"), [day(0), day(1)]);
    assert_eq!(intake.count_arrivals(day(1)).await.expect("counted"), 7);
    assert_eq!(office.progress(notice).await.expect("counted").waiting, 5);
    // It lives on: rows are taken, and the confirmations of the backup can be ended.
    store_all(&intake, [check_in(day(1), 2, 99)]).await;
    assert_eq!(intake.end_restored_arrivals(day(1)).await.expect("ended"), 8);
    assert_eq!(intake.count_check_ins(day(1)).await.expect("counted"), 8);
    intake.close().await;
    office.close().await;
}

/// Rows that were written while it was copied are in it or not, each of them whole.
#[tokio::test]
async fn a_copy_keeps_nobody_from_writing() {
    let stores = Stores::with_days([day(0)]).await;
    store_all(&stores.intake, (0..100).map(|n| check_in(day(0), 1, n))).await;
    let writing = store_all(&stores.intake, (100..400).map(|n| check_in(day(0), 1, n)));
    let ((root, _folder), ()) = tokio::join!(restored(&stores), writing);
    let (intake, _) = opened(&root).await;
    let there = intake.count_check_ins(day(0)).await.expect("counted");
    assert!((100..=400).contains(&there), "{there}");
    assert_eq!(stores.intake.count_check_ins(day(0)).await.expect("counted"), 400);
}

/// The old disk's day is taken with what lies in its journal only; a damaged one, or one with less, is not.
#[tokio::test]
async fn a_day_is_recovered_from_what_is_left() {
    let stores = Stores::with_days([day(0), day(1), day(2)]).await;
    store_all(&stores.intake, (0..3).map(|n| check_in(day(0), 1, n))).await;
    store_all(&stores.intake, (0..3).map(|n| check_in(day(1), 1, n))).await;
    let (root, _folder) = restored(&stores).await;
    let (intake, _) = opened(&root).await;
    // A connection that stays open keeps the journal from being written back.
    let held = stores.raw(Raw::Day(day(0))).await;
    store_all(&stores.intake, (3..5).map(|n| check_in(day(0), 1, n))).await;
    stores.damage(day(1));
    let recovered = async |n| intake.recover_day(&own(&stores), day(n)).await.expect("looked at");
    assert_eq!(recovered(0).await, Left::Whole(5));
    assert_eq!(recovered(1).await, Left::Damaged);
    assert_eq!(recovered(2).await, Left::Whole(0));
    assert_eq!(recovered(3).await, Left::Nothing);
    for (n, there) in [(0, 5), (1, 3)] {
        assert_eq!(intake.count_check_ins(day(n)).await.expect("counted"), there);
    }
    // What has less than the backup isn't taken, and leaves nothing aside.
    store_all(&intake, [check_in(day(0), 1, 77)]).await;
    assert_eq!(recovered(0).await, Left::Whole(5));
    assert_eq!(intake.count_check_ins(day(0)).await.expect("counted"), 6);
    assert!(!root.day_file(day(0)).with_extension("making").exists());
    drop(held);
}

/// Depths and ages are asked for; the canary's notice and cases go, and nobody else's.
#[tokio::test]
async fn figures_are_read_and_only_what_is_the_canarys_goes() {
    let stores = Stores::with_days([day(0)]).await;
    let notice = notice_in(&stores.office, 1, NoticeState::Released).await;
    put_people(&stores.office, notice, day(0), 0..5).await;
    let depths = stores.office.outbox_depth().await.expect("asked");
    assert_eq!(depths.iter().map(|depth| depth.messages).collect::<Vec<_>>(), [5]);
    assert_eq!(stores.office.messages_of(notice).await.expect("asked").len(), 5);
    assert!(stores.office.pool_use().open >= 1 && stores.intake.pool_use().open >= 1);

    stores.office.erase_canary(notice).await.expect("asked");
    assert_eq!(stores.office.progress(notice).await.expect("counted").waiting, 5, "it isn't the canary's");
    stores.meddle(Raw::Office, &format!("update notice set created_by = '{CANARY}'")).await;
    stores.office.erase_canary(notice).await.expect("erased");
    assert_eq!(stores.number(Raw::Office, "select count(*) from outbox").await, 0);
    assert_eq!(stores.number(Raw::Office, "select count(*) from notice_day").await, 0);
    assert!(stores.office.notice(notice).await.expect("asked").is_none());

    for (n, source) in [(1, CaseSource::Officer), (2, CaseSource::Canary)] {
        let venue_text = String::new();
        let told = InterviewVisit { venue: Some(venue(1)), venue_text, day: day(0), stay: None };
        let mut tx = stores.office.begin().await.expect("begun");
        assert!(tx.add_case(&CaseRecord { source, ..case(n) }, &[told]).await.expect("added"));
        tx.put_case_visits(&[visit(n, 0, 1, None)]).await.expect("remembered");
        tx.join_notice(notice, case_id(n)).await.expect("joined");
        tx.commit().await.expect("committed");
    }
    let listed = stores.office.cases(10).await.expect("listed");
    assert_eq!(listed.iter().map(|case| case.source).collect::<Vec<_>>(), [CaseSource::Officer]);
    assert_eq!(stores.office.cases_to_match().await.expect("asked").len(), 2);
    stores.office.erase_canary_cases().await.expect("erased");
    for table in ["case_record", "interview_visit", "case_visit", "notice_case"] {
        assert_eq!(stores.number(Raw::Office, &format!("select count(*) from {table}")).await, 1, "{table}");
    }

    store_all(&stores.intake, [check_in(day(0), 1, 1), check_in(day(0), 2, 2)]).await;
    stores.intake.erase_canary(day(0), venue(2)).await.expect("erased");
    assert_eq!(stores.intake.count_check_ins(day(0)).await.expect("counted"), 1);
    assert_eq!(stores.intake.count_arrivals(day(0)).await.expect("counted"), 1);
}
