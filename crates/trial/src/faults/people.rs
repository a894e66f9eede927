//! Who uses the program meanwhile: visitors who check in, and officers who enter cases and approve what comes of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::case::{CaseDates, CaseReference, CaseSource, Course, InterviewVisit};
use domain::clock::{Clock, Instant};
use domain::exposure::Window;
use domain::id::{CaseId, NoticeId, OfficerId};
use domain::ledger::{Act, Entry};
use domain::notice::{Approval, NoticeState, Proposed};
use seal::random::Randomness;
use store::StoreError;
use store::cases::{CaseRecord, CaseState};
use tokio::task::JoinSet;

use crate::installation::Installation;
use crate::visitor::Visitor;
use crate::zipf::Zipf;
use fastrand::Rng;

/// Visitors at a time.
const VISITORS: u64 = 6;

/// What people did.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Each address that was ever sent, with its place, and when it was thanked.
    pub sent: BTreeMap<String, (usize, Option<Instant>)>,
    /// Notices that were approved: of which place, and when.
    pub approved: BTreeMap<NoticeId, (usize, Instant)>,
    /// Answers that were no thanks.
    pub refused: u64,
    /// Requests that nobody answered.
    pub unanswered: u64,
}

/// People at work.
pub struct People {
    history: Arc<Mutex<History>>,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl People {
    /// They come.
    pub fn come(installation: &Arc<Installation>, seed: u64) -> Self {
        let (history, stop) = (Arc::<Mutex<History>>::default(), Arc::<AtomicBool>::default());
        let mut tasks = JoinSet::new();
        for number in 0..VISITORS {
            let chance = Rng::with_seed(seed.wrapping_add(number));
            tasks.spawn(visit(
                Arc::clone(installation),
                Arc::clone(&history),
                Arc::clone(&stop),
                number,
                chance,
            ));
        }
        tasks.spawn(decide(Arc::clone(installation), Arc::clone(&history), Arc::clone(&stop)));
        Self { history, stop, tasks }
    }

    /// They go on for a while, and then go home; what they did.
    pub async fn go_home(mut self, after: Duration) -> History {
        tokio::time::sleep(after).await;
        self.stop.store(true, Ordering::SeqCst);
        while self.tasks.join_next().await.is_some() {}
        lock(&self.history).clone()
    }
}

fn lock(history: &Mutex<History>) -> std::sync::MutexGuard<'_, History> {
    history.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn visit(
    installation: Arc<Installation>,
    history: Arc<Mutex<History>>,
    stop: Arc<AtomicBool>,
    visitor: u64,
    mut chance: Rng,
) {
    let (zipf, clock) = (Zipf::new(installation.venues.len()), Clock::system());
    let mut phone = Visitor::new(installation.door);
    for number in 0u64.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let (place, email) = (zipf.choose(&mut chance), format!("v{visitor}.{number}@visitor.example"));
        lock(&history).sent.insert(email.clone(), (place, None));
        let thanked = phone.checks_in(&installation.venues[place].code.to_string(), &email).await;
        match thanked {
            Ok(true) => _ = lock(&history).sent.insert(email, (place, Some(clock.now()))),
            Ok(false) => lock(&history).refused += 1,
            Err(_) => lock(&history).unanswered += 1,
        }
        tokio::time::sleep(Duration::from_millis(5 + chance.usize(..20) as u64)).await;
    }
}

/// Every two seconds a case at a place that had none; what is proposed is approved at once.
async fn decide(installation: Arc<Installation>, history: Arc<Mutex<History>>, stop: Arc<AtomicBool>) {
    let mut places = 0..installation.venues.len();
    while !stop.load(Ordering::SeqCst) {
        if let Some(place) = places.next() {
            // A full disk or a lock: tried until it is in.
            while enter(&installation, place).await.is_err() && !stop.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        for _ in 0..20 {
            let _ = approve_all(&installation, &history).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn enter(installation: &Installation, place: usize) -> anyhow::Result<()> {
    let (now, today) = (Clock::system().now(), Installation::today()?);
    let case = CaseRecord {
        id: CaseId::from_random(Randomness::os().bytes()),
        reference: CaseReference::from_stored(format!("見本-{place}")),
        source: CaseSource::Officer,
        dates: CaseDates::from_stored(Course::OnsetOn(today), today),
        window: Window { first: today.plus_days(-2), last: today },
        received_at: now,
        entered_by: "sato".into(),
        contacts_sealed: None,
        close_contacts: false,
        state: CaseState::Received,
        matched_at: None,
    };
    let venue = Some(installation.venues[place].id);
    let visit = InterviewVisit { venue, venue_text: String::new(), day: today, stay: None };
    let mut tx = installation.office.begin().await?;
    tx.add_case(&case, &[visit]).await?;
    tx.record(&entry(now, Act::CaseEntered, "")).await?;
    Ok(tx.commit().await?)
}

/// Approves everything that waits, and remembers also what an earlier try approved without knowing it.
async fn approve_all(installation: &Installation, history: &Mutex<History>) -> Result<(), StoreError> {
    for notice in installation.office.notices(NoticeState::Proposed).await? {
        let now = Clock::system().now();
        let by = OfficerId::from_random([1; 16]);
        let Approval::Complete(approved) =
            Proposed::loaded(notice.id, Vec::new(), 1).approve(by, now, Duration::ZERO)
        else {
            continue;
        };
        let mut tx = installation.office.begin().await?;
        tx.approve(approved, "sato", now).await?;
        tx.record(&entry(now, Act::NoticeApproved, &notice.id.to_string())).await?;
        tx.commit().await?;
    }
    for notice in installation.office.newest_notices(1_000).await? {
        let days = installation.office.notice_days(notice.id).await?;
        let place = installation.venues.iter().position(|venue| days.iter().any(|at| at.venue == venue.id));
        if let (Some(place), Some(at)) = (place, notice.decided_at) {
            lock(history).approved.insert(notice.id, (place, at));
        }
    }
    Ok(())
}

fn entry(at: Instant, act: Act, subject: &str) -> Entry {
    Entry { at, actor: "sato".into(), act, subject: subject.to_owned(), detail: String::new() }
}
