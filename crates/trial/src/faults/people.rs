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
use domain::service_day::ServiceDay;
use fastrand::Rng;
use seal::random::Randomness;
use store::StoreError;
use store::cases::{CaseRecord, CaseState};
use tokio::task::JoinSet;

use crate::faults::comer::Coming;
use crate::faults::post::Post;
use crate::installation::Installation;
use crate::visitor::Visitor;
use crate::zipf::Zipf;

/// Visitors at a time.
const VISITORS: u64 = 6;

/// How long after a stop what was on its way may still arrive.
const SECONDS: Duration = Duration::from_secs(5);

/// Somebody who came to a place.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Which place.
    pub place: usize,
    /// When the check-in was acknowledged; for some it never was.
    pub thanked: Option<Instant>,
}

/// A notice that officers approved.
#[derive(Clone, Copy, Debug)]
pub struct Decided {
    /// Of which place.
    pub place: usize,
    /// Of which day.
    pub day: ServiceDay,
    /// Not after the approval.
    pub at: Instant,
}

/// A notice that officers stopped.
#[derive(Clone, Copy, Debug)]
pub struct Stopped {
    /// When that was done.
    pub at: Instant,
    /// How many messages had arrived some seconds later: of its people none may come after them.
    pub arrived: Option<usize>,
}

/// What people did.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Each contact that was ever sent.
    pub sent: BTreeMap<String, Sent>,
    /// Cases that were entered.
    pub cases: Vec<CaseId>,
    /// When the approval of a notice was tried first.
    tried: BTreeMap<NoticeId, Instant>,
    /// Notices that were approved.
    pub approved: BTreeMap<NoticeId, Decided>,
    /// Of them those that were stopped.
    pub stopped: BTreeMap<NoticeId, Stopped>,
    /// Answers that were no thanks.
    pub refused: u64,
    /// Requests that nobody answered.
    pub unanswered: u64,
}

/// Where officers see what arrived.
type Seen = Arc<tokio::sync::Mutex<Post>>;

/// People at work.
pub struct People {
    history: Arc<Mutex<History>>,
    post: Seen,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl People {
    /// They come.
    pub async fn come(installation: &Arc<Installation>, post: &Seen, seed: u64) -> Self {
        let (history, stop) = (Arc::<Mutex<History>>::default(), Arc::<AtomicBool>::default());
        let coming = post.lock().await.coming();
        let mut tasks = JoinSet::new();
        for number in 0..VISITORS {
            let chance = Rng::with_seed(seed.wrapping_add(number));
            let visiting = Visiting {
                installation: Arc::clone(installation),
                history: Arc::clone(&history),
                stop: Arc::clone(&stop),
                coming: coming.clone(),
            };
            tasks.spawn(visiting.visit(number, chance));
        }
        let (of_officers, seen) = (Arc::clone(&history), Arc::clone(post));
        tasks.spawn(decide(Arc::clone(installation), of_officers, seen, Arc::clone(&stop)));
        Self { history, post: Arc::clone(post), stop, tasks }
    }

    /// How many visitors there were so far.
    pub fn came(&self) -> usize {
        lock(&self.history).sent.len()
    }

    /// They go on for a while, and then go home; what they did.
    pub async fn go_home(mut self, after: Duration) -> History {
        tokio::time::sleep(after).await;
        self.stop.store(true, Ordering::SeqCst);
        while self.tasks.join_next().await.is_some() {}
        while lock(&self.history).stopped.values().any(|stopped| stopped.arrived.is_none()) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            count_arrived(&self.history, &self.post).await;
        }
        lock(&self.history).clone()
    }
}

fn lock(history: &Mutex<History>) -> std::sync::MutexGuard<'_, History> {
    history.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Visiting {
    installation: Arc<Installation>,
    history: Arc<Mutex<History>>,
    stop: Arc<AtomicBool>,
    coming: Coming,
}

impl Visiting {
    async fn visit(self, visitor: u64, mut chance: Rng) {
        let (zipf, clock) = (Zipf::new(self.installation.venues.len()), Clock::system());
        let mut doors: Vec<Visitor> =
            self.installation.doors.iter().map(|door| Visitor::new(*door)).collect();
        for number in 0u64.. {
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            let (place, comer) = (zipf.choose(&mut chance), self.coming.next(visitor, number));
            let who = comer.who();
            lock(&self.history).sent.insert(who.clone(), Sent { place, thanked: None });
            let code = self.installation.venues[place].code;
            match comer.checks_in(&mut doors, code, &mut chance).await {
                Ok(true) => {
                    let thanked = Some(clock.now());
                    lock(&self.history).sent.insert(who, Sent { place, thanked });
                }
                Ok(false) => lock(&self.history).refused += 1,
                Err(_) => lock(&self.history).unanswered += 1,
            }
            tokio::time::sleep(Duration::from_millis(5 + chance.u64(..20))).await;
        }
    }
}

/// Every two seconds a case at a place that had none; what is proposed is approved at once, and some of it stopped.
async fn decide(
    installation: Arc<Installation>,
    history: Arc<Mutex<History>>,
    post: Seen,
    stop: Arc<AtomicBool>,
) {
    let mut places = 0..installation.venues.len();
    while !stop.load(Ordering::SeqCst) {
        if let Some(place) = places.next() {
            // A full disk or a lock: tried until it is in.
            while !stop.load(Ordering::SeqCst) {
                let _writing = installation.gate.read().await;
                match enter(&installation, place).await {
                    Ok(case) => {
                        lock(&history).cases.push(case);
                        break;
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        }
        for _ in 0..20 {
            let writing = installation.gate.read().await;
            let _ = approve_all(&installation, &history).await;
            let _ = stop_some(&installation, &history).await;
            drop(writing);
            count_arrived(&history, &post).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Every fourth notice is stopped, as it happens: before anything of it was sent, in the middle, or behind.
async fn stop_some(installation: &Installation, history: &Mutex<History>) -> Result<(), StoreError> {
    let office = installation.office();
    let (now, approved) = (Clock::system().now(), lock(history).approved.clone());
    for (id, decided) in approved.into_iter().filter(|(id, _)| id.as_bytes()[0] % 4 == 0) {
        let about = Duration::from_millis(u64::from(id.as_bytes()[1]) * 4);
        if now.since(decided.at) < about || lock(history).stopped.contains_key(&id) {
            continue;
        }
        if office.notice(id).await?.is_some_and(|notice| notice.state != NoticeState::Stopped) {
            let mut tx = office.begin().await?;
            tx.stop(id, "sato", "見本", now).await?;
            tx.record(&entry(now, Act::NoticeStopped, &id.to_string())).await?;
            tx.commit().await?;
        }
        lock(history).stopped.insert(id, Stopped { at: Clock::system().now(), arrived: None });
    }
    Ok(())
}

/// Counts what has arrived, for notices that were stopped some seconds ago.
async fn count_arrived(history: &Mutex<History>, post: &Seen) {
    let now = Clock::system().now();
    let due: Vec<NoticeId> = lock(history)
        .stopped
        .iter()
        .filter(|(_, stopped)| stopped.arrived.is_none() && now.since(stopped.at) >= SECONDS)
        .map(|(id, _)| *id)
        .collect();
    if due.is_empty() {
        return;
    }
    let arrived = post.lock().await.taken().len();
    for (_, stopped) in lock(history).stopped.iter_mut().filter(|(id, _)| due.contains(id)) {
        stopped.arrived = Some(arrived);
    }
}

async fn enter(installation: &Installation, place: usize) -> anyhow::Result<CaseId> {
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
    let mut tx = installation.office().begin().await?;
    tx.add_case(&case, &[visit]).await?;
    tx.record(&entry(now, Act::CaseEntered, "")).await?;
    tx.commit().await?;
    Ok(case.id)
}

/// Approves everything that waits, and remembers also what an earlier try approved without knowing it.
async fn approve_all(installation: &Installation, history: &Mutex<History>) -> Result<(), StoreError> {
    let office = installation.office();
    for notice in office.notices(NoticeState::Proposed).await? {
        let now = Clock::system().now();
        let by = OfficerId::from_random([1; 16]);
        let Approval::Complete(approved) =
            Proposed::loaded(notice.id, Vec::new(), 1).approve(by, now, Duration::ZERO)
        else {
            continue;
        };
        lock(history).tried.entry(notice.id).or_insert(now);
        let mut tx = office.begin().await?;
        tx.approve(approved, "sato", now).await?;
        tx.record(&entry(now, Act::NoticeApproved, &notice.id.to_string())).await?;
        tx.commit().await?;
    }
    for notice in office.newest_notices(1_000).await? {
        let decided = notice.decided_at.is_some() && notice.state != NoticeState::Proposed;
        let Some(at) = lock(history).tried.get(&notice.id).copied().filter(|_| decided) else { continue };
        let days = office.notice_days(notice.id).await?;
        let first = days.first().map(|at| at.day);
        let place = installation.venues.iter().position(|venue| days.iter().any(|at| at.venue == venue.id));
        if let (Some(place), Some(day)) = (place, first) {
            lock(history).approved.insert(notice.id, Decided { place, day, at });
        }
    }
    Ok(())
}

fn entry(at: Instant, act: Act, subject: &str) -> Entry {
    Entry { at, actor: "sato".into(), act, subject: subject.to_owned(), detail: String::new() }
}
