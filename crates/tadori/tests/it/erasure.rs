//! The end of a day: its rows, its key, and every copy of it with them.

use std::path::{Path, PathBuf};

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::contact::Contact;
use domain::decision::Outcome;
use domain::id::CaseId;
use domain::notice::NoticeState;
use domain::service_day::ServiceDay;
use domain::venue::Venue;
use seal::day_key::Sealer;
use seal::key_ring::RingError;
use seal::office::Purpose;
use store::cases::CaseRecord;
use store::check_ins::{CheckInQueue, SealedCheckIn};
use store::days::DayState;
use store::{Intake, Office, Root};
use tokio::task::JoinSet;

use crate::form::form;
use crate::story::case_of;
use crate::world::{DAY, HOUR, MINUTE, World, copy, files_with};

const PLANTED: usize = 1_000;

/// By what every planted address is found, wherever it might stand.
const DOMAIN: &str = "planted.example";

fn address(person: usize) -> String {
    format!("person{person:04}@{DOMAIN}")
}

impl World {
    /// A thousand people check in at once, as through the form but without its pages.
    async fn plant(&self, venue: &Venue) {
        let (day, at) = (self.today(), self.clock.now());
        let public = self.ring().day_public(day).unwrap();
        let sealer = Sealer::new(self.deployment.clone(), self.verifying).open_day(&public).unwrap();
        let (queue, written) = CheckInQueue::start(&self.intake, self.clock.clone());
        let mut waiting = JoinSet::new();
        for person in 0..PLANTED {
            let nonce = CheckInNonce::issue(at, self.randomness.bytes());
            let place = CheckInPlace { day, venue: venue.id, at, nonce };
            let contact = Contact::email(&address(person)).unwrap();
            let sealed = sealer.seal(&contact, "ja", &place).unwrap();
            let queue = queue.clone();
            waiting.spawn(async move { queue.put(SealedCheckIn { place, sealed }).await.unwrap() });
        }
        waiting.join_all().await;
        drop(queue);
        written.await.unwrap();
    }

    /// A backup of the whole store as it is now.
    fn backup(&self, name: &str) -> PathBuf {
        let to = self.folder.path().join(name);
        copy(&self.store(), &to);
        to
    }
}

/// OSK-30, GEN-2: kept to the last minute of the day two calendar months later, gone on the next: rows,
/// key, index, outbox. Published with its counts. Copies of the whole store made before, journals
/// included, give back none of a thousand addresses with the key ring as it is afterwards, nor the address
/// that a patient reported, nor the key by which a guessed address is found among a notice's recipients.
#[tokio::test]
async fn two_months_later_no_copy_gives_an_address_back() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let day = world.today();
    world.plant(&venue).await;
    world.check_in(&venue, "patient@planted.example").await;
    let full_of_arrivals = world.backup("backup-1");
    assert!(full_of_arrivals.join(format!("intake/day/{day}.db-wal")).exists(), "a copy with its journal");

    // A warning to all of them, copied while every ciphertext lies in the outbox.
    let officer = world.officer("sato").await;
    world.report(&officer, &["patient@planted.example"], day, day).await;
    let reported = world.backup("backup-2");
    world.settle().await;
    let notice = world.proposed().await;
    world.approve(&officer, notice).await;
    world.clock.advance(10 * MINUTE);
    // The outbox's first hundred are tried in vain, and the server is left alone for a while.
    world.inbox.fail_next(100, deliver::inbox::Failure::Unreachable);
    world.turn().await;
    assert_eq!(world.office.progress(notice).await.unwrap().waiting, PLANTED as u64);
    let sending = world.backup("backup-3");
    world.pass(2 * HOUR).await;
    world.pass(DAY).await;
    assert_eq!(world.office.notice(notice).await.unwrap().unwrap().sent, PLANTED as u64);
    let indexed = world.backup("backup-4");

    // Never lost: to the last minute of the two months everything is there.
    world.pass_until(day.plus_months(2), 24 * HOUR - MINUTE).await;
    assert_eq!(world.intake.day(day).await.unwrap().unwrap().state, DayState::Closed);
    assert_eq!(world.intake.count_check_ins(day).await.unwrap(), PLANTED as u64 + 1);
    assert!(world.ring().open_day(day).is_ok());
    world.get("/erasures").await.is(200).says("期限が来た日は、まだありません");
    let last = world.backup("backup-5");
    assert_eq!(reported_in(&world, &reported).await, [1, 0, 0]);
    assert_eq!(reported_in(&world, &sending).await, [0, 1, 1], "as long as the day lives");

    world.pass(MINUTE).await;
    assert_eq!(world.today(), day.plus_months(2).plus_days(1));
    assert_eq!(world.intake.day(day).await.unwrap().unwrap().state, DayState::Erased);
    assert!(world.intake.day_file_is_gone(day).await.unwrap());
    assert!(matches!(world.ring().open_day(day), Err(RingError::Destroyed(_))));
    assert_eq!(world.count("outbox").await, 0);
    assert_eq!((world.count("case_record").await, world.count("finding").await), (0, 0));
    let page = world.get("/erasures").await.is(200).says("2026年11月22日").says("1,001");
    page.says("1,000").says("2027年1月23日");
    world.get("/erasures?lang=en").await.is(200).says("22 November 2026");
    let officer = world.officer("suzuki").await;
    world.see(&officer, "/ledger").await.is(200).says("利用日を消去");
    assert!(matches!(world.office.verify_ledger().await.unwrap(), store::ledger::Verified::Whole { .. }));

    for copy in [full_of_arrivals, reported, sending, indexed, last, world.store()] {
        assert_eq!(recovered(&world, &copy, day).await, 0, "{}", copy.display());
        assert_eq!(reported_in(&world, &copy).await, [0; 3], "{}", copy.display());
        assert_eq!(files_with(&copy, DOMAIN), Vec::<PathBuf>::new());
    }
    assert_eq!(files_with(&world.folder.path().join("ring"), DOMAIN), Vec::<PathBuf>::new());
}

/// How many planted check-ins of a restored copy open with the ring as it is now: by the day's own key, by
/// the key of another day, or by the office's.
async fn recovered(world: &World, copy: &Path, day: ServiceDay) -> usize {
    let (ring, root) = (world.ring(), Root::new(copy));
    let intake = Intake::open(&root).await.unwrap();
    let rows = intake.check_ins(day, None).await.unwrap();
    assert_eq!(rows.len(), if copy == world.store() { 0 } else { PLANTED + 1 }, "the copy has its rows");
    assert!(ring.open_day(day).is_err() && ring.tag_key(day).is_err() && ring.day_public(day).is_err());
    let days = ring.days();
    let office = ring.office_opener().unwrap();
    let mut opened = 0;
    for (n, row) in rows.iter().enumerate() {
        let other = days[n % days.len()];
        let moved = CheckInPlace { day: other, ..row.place };
        let purposes = [Purpose::Operator, Purpose::Report, Purpose::CaseContacts];
        let record = row.place.nonce.as_bytes();
        opened += usize::from(ring.open_day(other).unwrap().open(&moved, &row.sealed).is_ok());
        opened += usize::from(office.open(purposes[n % 3], record, &row.sealed).is_ok());
    }
    Office::open(&root).await.unwrap().verify_ledger().await.unwrap();
    opened
}

/// How many waiting reports, cases' addresses and notices' keys of a restored copy open with the ring as it is
/// now, by the key of any day that it holds or by the office's.
async fn reported_in(world: &World, copy: &Path) -> [usize; 3] {
    let (ring, root) = (world.ring(), Root::new(copy));
    let reports = Intake::open(&root).await.unwrap().waiting_reports().await.unwrap();
    let office = Office::open(&root).await.unwrap();
    let cases = office.cases(100).await.unwrap();
    let notices = office.notices(NoticeState::Released).await.unwrap();
    let by_office = ring.office_opener().unwrap();
    let by_day: Vec<_> = ring.days().into_iter().map(|day| ring.open_day(day).unwrap()).collect();
    let opens = |purpose, id: CaseId, sealed: &[u8]| {
        by_office.open(purpose, id.as_bytes(), sealed).is_ok()
            || by_day.iter().any(|opener| opener.open_record(purpose, id.as_bytes(), sealed).is_ok())
    };
    let unwraps = |id, wrapped: &[u8]| {
        ring.days().into_iter().any(|day| ring.unwrap_notice_key(day, id, wrapped).is_ok())
    };
    let of_case = |case: &CaseRecord| case.contacts_sealed.clone().unwrap_or_default();
    [
        reports.iter().filter(|report| opens(Purpose::Report, report.id, &report.sealed)).count(),
        cases.iter().filter(|case| opens(Purpose::CaseContacts, case.id, &of_case(case))).count(),
        notices.iter().filter(|at| unwraps(at.id, at.key_wrapped.as_deref().unwrap_or_default())).count(),
    ]
}

/// What an officer enters about a day that is gone says that it is gone.
#[tokio::test]
async fn a_day_that_is_gone_is_said_to_be_gone() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let day = world.today();
    world.check_in(&venue, "mei@visitor.example").await;
    world.pass_until(day.plus_months(2).plus_days(1), HOUR).await;
    let officer = world.officer("sato").await;
    let number = venue.id.to_string();
    let fields = world.case_form("K-1", day, day.plus_days(2), &[(&number, day)]);
    let case = case_of(&world.act(&officer, "/cases/new", fields).await);
    world.turn().await;
    let findings = world.findings(case).await;
    assert!(findings.iter().all(|finding| finding.outcome == Outcome::DayErased), "{findings:?}");
    let (from, to) = (day.to_string(), day.to_string());
    let cluster = form(&[("venue", &number), ("from", &from), ("to", &to), ("act", "propose")]);
    world.act(&officer, "/clusters/new", cluster).await.is(422).says("消去済み");
    assert_eq!(world.count("notice").await, 0);
}

/// OSK-30: each day goes by itself, on its own date; the youngest stay.
#[tokio::test]
async fn each_day_goes_on_its_own_date() {
    let mut world = World::new().await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let first = world.today();
    for day in 0..3 {
        world.check_in(&venue, &format!("day{day}@visitor.example")).await;
        world.pass(DAY).await;
    }
    for day in 0..3 {
        let then = first.plus_days(day).plus_months(2);
        world.pass_until(then, 23 * HOUR).await;
        assert!(!world.intake.day_file_is_gone(first.plus_days(day)).await.unwrap(), "{then}");
        world.pass(2 * HOUR).await;
        assert!(world.intake.day_file_is_gone(first.plus_days(day)).await.unwrap(), "{then}");
        let erasures = world.intake.erasures(100).await.unwrap();
        let counts: Vec<_> = erasures.iter().map(|erasure| erasure.erased.check_ins).collect();
        assert_eq!(counts, vec![1; usize::try_from(day).unwrap() + 1]);
        assert!(erasures.iter().all(|erasure| erasure.verified));
    }
}

/// A withdrawn venue's operator is erased when the day of the withdrawal is; its name and code stay, and an
/// operator whose venue is in use stays whole.
#[tokio::test]
async fn a_withdrawn_venues_operator_goes_with_the_day_of_its_withdrawal() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    let withdrawn = world.venue("閉店した店", "restaurant", 40).await;
    let open = world.venue("見本食堂", "restaurant", 40).await;
    let day = world.today();
    world.act(&officer, &format!("/venues/{}/revoke", withdrawn.id), form(&[])).await.leads_to();
    assert_eq!(ended(&world).await, [withdrawn.id]);
    world.pass_until(day.plus_months(2), 23 * HOUR).await;
    assert_eq!(ended(&world).await, [withdrawn.id]);
    world.pass(2 * HOUR).await;
    assert!(ended(&world).await.is_empty());

    let mut intake = world.connect(&world.store().join("intake/intake.db")).await;
    for (venue, left) in [(&withdrawn, 0), (&open, 1)] {
        let text =
            format!("select length(operator_sealed) from venue where venue_id = {}", venue.id.as_i64());
        let length: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(&mut intake).await.unwrap();
        assert_eq!(length, left, "{}", venue.name.as_str());
    }
    let known = world.intake.venue(withdrawn.id).await.unwrap().unwrap();
    assert_eq!((known.name.as_str(), known.code), ("閉店した店", withdrawn.code));
    let acts = world.office.ledger(None, 100).await.unwrap();
    let erased: Vec<_> = acts.iter().filter(|entry| entry.act == "operator_erased").collect();
    assert_eq!(erased.len(), 1, "once");
    assert_eq!(erased[0].subject, withdrawn.id.to_string());
}

async fn ended(world: &World) -> Vec<domain::id::VenueId> {
    let ended = world.intake.ended_with_operator().await.unwrap();
    ended.into_iter().map(|(venue, _)| venue).collect()
}
