//! Notices and their steps against a plain model: what may follow what, who belongs to it, and what officers see.

use std::collections::{BTreeMap, BTreeSet};

use domain::clock::Instant;
use domain::contact::Channel;
use domain::id::{NoticeId, OfficerId};
use domain::notice::{Approved, NoticeKind, NoticeState, Released};
use proptest::prelude::*;
use store::StoreError;
use store::cases::CaseState;
use store::notice_steps::Proposal;
use store::notices::{Expanded, Notice, NoticeDay, Progress};
use store::officers::Officer;

use crate::models::{Walked, same, walked};
use crate::samples::{
    add_cases, case, case_id, day, later, notice, notice_day, notice_id, sixteen, venue, visit,
};
use crate::stores::Stores;

const NOTICES: u64 = 5;
const CASES: u64 = 4;
const VENUES: i64 = 2;
const DAYS: std::ops::Range<i64> = -2..1;

#[derive(Clone, Debug)]
enum Step {
    Propose { n: u64, cluster: bool, days: BTreeSet<(i64, i64)>, cases: BTreeSet<u64> },
    Join(u64, u64),
    Consent(u64, i64),
    AddApproval(u64, u64),
    Approve(u64),
    Decline(u64),
    Stop(u64),
    Release(u64),
    Expand(u64, i64, i64, bool),
    Settle(u64),
    Visit(i64, i64, u64),
    Withdraw(u64),
    EraseDay(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let days = proptest::collection::btree_set((0..VENUES, DAYS), 1..4);
    let cases = proptest::collection::btree_set(0..CASES, 0..3);
    prop_oneof![
        5 => (0..NOTICES, any::<bool>(), days, cases)
            .prop_map(|(n, cluster, days, cases)| Step::Propose { n, cluster, days, cases }),
        2 => (0..NOTICES, 0..CASES).prop_map(|(n, case)| Step::Join(n, case)),
        2 => (0..NOTICES, 0..VENUES).prop_map(|(n, venue)| Step::Consent(n, venue)),
        2 => (0..NOTICES, 0..2u64).prop_map(|(n, officer)| Step::AddApproval(n, officer)),
        4 => (0..NOTICES).prop_map(Step::Approve),
        2 => (0..NOTICES).prop_map(Step::Decline),
        2 => (0..NOTICES).prop_map(Step::Stop),
        4 => (0..NOTICES).prop_map(Step::Release),
        2 => (0..NOTICES, 0..VENUES, DAYS, any::<bool>()).prop_map(|(n, venue, day, done)| Step::Expand(n, venue, day, done)),
        2 => (0..NOTICES).prop_map(Step::Settle),
        3 => (DAYS, 0..VENUES, 0..CASES).prop_map(|(day, venue, case)| Step::Visit(day, venue, case)),
        1 => (0..CASES).prop_map(Step::Withdraw),
        1 => DAYS.prop_map(Step::EraseDay),
    ]
}

struct Known {
    own: Notice,
    days: Vec<NoticeDay>,
    cases: BTreeSet<u64>,
    approvals: Vec<(u64, Instant)>,
}

#[derive(Default)]
struct Model {
    notices: BTreeMap<u64, Known>,
    withdrawn: BTreeSet<u64>,
    visits: BTreeSet<(i64, i64, u64)>,
}

impl Model {
    fn in_state(&mut self, n: u64, states: &[NoticeState]) -> Option<&mut Known> {
        self.notices.get_mut(&n).filter(|known| states.contains(&known.own.state))
    }

    /// Alerts about a venue and day, the newest first.
    fn alerts(&self, at: i64, on: i64) -> Vec<(&u64, &Known)> {
        let about = |known: &Known| known.days.iter().any(|own| (own.venue, own.day) == (venue(at), day(on)));
        let mut found: Vec<_> = self
            .notices
            .iter()
            .filter(|(_, known)| known.own.kind == NoticeKind::Alert && about(known))
            .collect();
        found.sort_by_key(|(_, known)| std::cmp::Reverse(known.own.created_at));
        found
    }

    fn kept_back(&self, at: i64, on: i64) -> Option<NoticeId> {
        let there = self.visits.iter().filter(|(day, venue, _)| (*day, *venue) == (on, at));
        let there: BTreeSet<u64> =
            there.map(|(_, _, case)| *case).filter(|case| !self.withdrawn.contains(case)).collect();
        let mut kept = self.alerts(at, on).into_iter().filter(|(_, known)| {
            matches!(known.own.state, NoticeState::Declined | NoticeState::Stopped)
                && there.is_subset(&known.cases)
                && known.cases.is_disjoint(&self.withdrawn)
        });
        kept.next().map(|(_, known)| known.own.id)
    }
}

fn officer(n: u64) -> Officer {
    Officer {
        id: OfficerId::from_random(sixteen(n)),
        name: format!("officer {n}"),
        password_hash: "hash".to_owned(),
        totp_secret: vec![1],
        totp_step: 0,
        failed: 0,
        locked_until: Instant::from_micros(0),
    }
}

async fn walk(steps: Vec<Step>) -> Walked {
    let stores = Stores::new().await;
    add_cases(&stores.office, (0..CASES).map(case)).await;
    let mut tx = stores.office.begin().await.expect("begun");
    for n in 0..2 {
        tx.add_officer(&officer(n), later(0)).await.expect("added");
    }
    tx.commit().await.expect("committed");
    let mut model = Model::default();
    for (time, step) in (1..).zip(steps) {
        if let Step::EraseDay(of) = step {
            stores.office.erase_day(day(of)).await.expect("erased");
            model.visits.retain(|(on, ..)| *on != of);
            for known in model.notices.values_mut() {
                let about = known.days.iter().any(|own| own.day == day(of));
                if about && !known.days.iter().any(|own| own.day > day(of)) {
                    known.cases.clear();
                }
            }
        } else {
            done(&stores, &mut model, step, later(1_000 + time)).await?;
        }
        compare(&stores, &model).await?;
    }
    Ok(())
}

/// What follows on another state is a conflict, and changes nothing.
fn went<T>(answer: &Result<T, StoreError>) -> Option<bool> {
    match answer {
        Ok(_) => Some(true),
        Err(StoreError::Conflict) => Some(false),
        Err(_) => None,
    }
}

async fn done(stores: &Stores, model: &mut Model, step: Step, now: Instant) -> Walked {
    use NoticeState::{Approved as Held, Declined, Proposed, Released as Sending, Settled, Stopped};
    let mut tx = stores.office.begin().await.expect("begun");
    let gone = match step {
        Step::Propose { n, cluster, days, cases } => {
            if model.notices.contains_key(&n) {
                return Ok(());
            }
            let kind = if cluster { NoticeKind::Cluster } else { NoticeKind::Alert };
            let own = Notice { kind, ..notice(n) };
            let days: Vec<_> = days.into_iter().map(|(at, on)| notice_day(at, day(on))).collect();
            let ids: Vec<_> = cases.iter().map(|n| case_id(*n)).collect();
            if n % 2 == 0 {
                tx.propose_notice(&own, &days, &ids).await.expect("proposed");
            } else {
                let new = Proposal { notice: &own, days: &days, cases: &ids };
                tx.propose_notices(&[new]).await.expect("proposed");
            }
            model.notices.insert(n, Known { own, days, cases, approvals: Vec::new() });
            true
        }
        Step::Join(n, case) => {
            let Some(known) = model.notices.get_mut(&n) else { return Ok(()) };
            tx.join_notice(notice_id(n), case_id(case)).await.expect("joined");
            known.cases.insert(case);
            true
        }
        Step::Consent(n, at) => {
            let known = model.in_state(n, &[Proposed]).filter(|known| {
                known.approvals.is_empty() && known.days.iter().any(|own| own.venue == venue(at))
            });
            same!(went(&tx.consent_to_naming(notice_id(n), venue(at)).await), Some(known.is_some()));
            let days = known.into_iter().flat_map(|known| &mut known.days);
            days.filter(|own| own.venue == venue(at)).map(|own| own.consent = true).count() > 0
        }
        Step::AddApproval(n, by) => {
            let Some(known) = model.notices.get_mut(&n) else { return Ok(()) };
            tx.add_approval(notice_id(n), officer(by).id, now).await.expect("noted");
            if !known.approvals.iter().any(|(officer, _)| *officer == by) {
                known.approvals.push((by, now));
            }
            true
        }
        Step::Approve(n) => {
            let known = model.in_state(n, &[Proposed]);
            let until = now.plus(std::time::Duration::from_secs(600));
            let answer = tx.approve(Approved::loaded(notice_id(n), until), "sato", now).await;
            same!(went(&answer), Some(known.is_some()));
            known.map(|known| decided(&mut known.own, Held, "", now).release_at = Some(until)).is_some()
        }
        Step::Decline(n) => {
            let known = model.in_state(n, &[Proposed]);
            same!(went(&tx.decline(notice_id(n), "sato", "重複", now).await), Some(known.is_some()));
            known.map(|known| _ = decided(&mut known.own, Declined, "重複", now)).is_some()
        }
        Step::Stop(n) => {
            let known = model.in_state(n, &[Held, Sending]);
            same!(went(&tx.stop(notice_id(n), "sato", "誤り", now).await), Some(known.is_some()));
            known.map(|known| decided(&mut known.own, Stopped, "誤り", now).key_wrapped = None).is_some()
        }
        Step::Release(n) => {
            let known = model.in_state(n, &[Held]);
            let answer = tx.release(Released::loaded(notice_id(n)), b"wrapped", now).await;
            same!(went(&answer), Some(known.is_some()));
            let released = |own: &mut Notice| {
                (own.state, own.released_at, own.key_wrapped) =
                    (Sending, Some(now), Some(b"wrapped".to_vec()));
            };
            known.map(|known| released(&mut known.own)).is_some()
        }
        Step::Expand(n, at, on, done) => {
            let Some(known) = model.in_state(n, &[Sending]) else { return Ok(()) };
            let expanded = if done { Expanded::Done } else { Expanded::Open };
            let place = (day(on), None);
            tx.set_expanded(Released::loaded(notice_id(n)), venue(at), place, expanded).await.expect("set");
            let here = known.days.iter_mut().filter(|own| (own.venue, own.day) == (venue(at), day(on)));
            here.for_each(|own| own.expanded = expanded);
            true
        }
        Step::Settle(n) => {
            let known = model.in_state(n, &[Sending]);
            same!(went(&tx.settle(Released::loaded(notice_id(n)), now).await), Some(known.is_some()));
            let settled =
                |own: &mut Notice| (own.state, own.settled_at, own.key_wrapped) = (Settled, Some(now), None);
            known.map(|known| settled(&mut known.own)).is_some()
        }
        Step::Visit(on, at, case) => {
            if model.withdrawn.contains(&case) {
                return Ok(());
            }
            tx.put_case_visits(&[visit(case, on, at, None)]).await.expect("put");
            model.visits.insert((on, at, case))
        }
        Step::Withdraw(case) => {
            tx.withdraw_case(case_id(case)).await.expect("withdrawn");
            tx.set_case_state(&[case_id(case)], CaseState::Matched, now)
                .await
                .expect("nothing moves it any more");
            model.visits.retain(|(_, _, own)| *own != case);
            model.withdrawn.insert(case)
        }
        Step::EraseDay(_) => return Ok(()),
    };
    if gone {
        tx.commit().await.expect("committed");
    }
    Ok(())
}

fn decided<'a>(own: &'a mut Notice, state: NoticeState, reason: &str, now: Instant) -> &'a mut Notice {
    (own.state, own.decided_at) = (state, Some(now));
    (own.decided_by, own.reason) = ("sato".to_owned(), reason.to_owned());
    own
}

async fn compare(stores: &Stores, model: &Model) -> Walked {
    let office = &stores.office;
    for n in 0..NOTICES {
        let (id, known) = (notice_id(n), model.notices.get(&n));
        same!(office.notice(id).await.expect("read"), known.map(|known| &known.own));
        let mut days = known.map_or_else(Vec::new, |known| known.days.clone());
        days.sort_by_key(|own| (own.day, own.venue));
        let mut stored = office.notice_days(id).await.expect("read");
        stored.sort_by_key(|own| (own.day, own.venue));
        same!(stored, days);
        let cases = known.map_or_else(Vec::new, |known| known.cases.iter().map(|n| case_id(*n)).collect());
        same!(office.cases_of_notice(id).await.expect("read"), cases);
        let approvals = known.map_or_else(Vec::new, |known| known.approvals.clone());
        let named = approvals.iter().map(|(n, at)| (officer(*n).id, officer(*n).name, *at));
        same!(office.named_approvals(id).await.expect("read"), named.collect::<Vec<_>>());
        same!(office.progress(id).await.expect("counted"), Progress::default());
        same!(
            office.may_be_sent(id, Channel::Push, None).await.expect("asked"),
            known.is_some_and(|k| k.own.state == NoticeState::Released)
        );
    }
    for state in [NoticeState::Proposed, NoticeState::Approved, NoticeState::Released, NoticeState::Settled] {
        let own = model.notices.values().map(|known| &known.own).filter(|own| own.state == state);
        same!(office.notices(state).await.expect("listed"), own.collect::<Vec<_>>());
    }
    let newest = model.notices.values().rev().map(|known| &known.own).take(3);
    same!(office.newest_notices(3).await.expect("listed"), newest.collect::<Vec<_>>());
    for n in 0..CASES {
        let own = model.notices.values().filter(|known| known.cases.contains(&n)).map(|known| &known.own);
        same!(office.notices_of_case(case_id(n)).await.expect("listed"), own.collect::<Vec<_>>());
    }
    inside(stores, model).await?;
    figures(stores, model).await
}

/// What is asked within an act.
async fn inside(stores: &Stores, model: &Model) -> Walked {
    let mut tx = stores.office.begin().await.expect("begun");
    for at in 0..VENUES {
        for on in DAYS {
            same!(tx.kept_back_at(venue(at), day(on)).await.expect("asked"), model.kept_back(at, on));
        }
        let mut alerts = tx.alerts_at(&[venue(at)]).await.expect("listed");
        let alerts = alerts.remove(&venue(at)).unwrap_or_default();
        let told: Vec<_> = alerts.iter().map(|own| (own.notice, own.state, own.day, own.band)).collect();
        let mut expected = Vec::new();
        for known in model.notices.values().rev().filter(|known| known.own.kind == NoticeKind::Alert) {
            let mut days: Vec<_> = known.days.iter().filter(|own| own.venue == venue(at)).collect();
            days.sort_by_key(|own| own.day);
            expected.extend(days.iter().map(|own| (known.own.id, known.own.state, own.day, own.band)));
        }
        for on in DAYS {
            let mut alerts = tx.alerts_on(&[(day(on), venue(at))]).await.expect("listed");
            let alerts = alerts.remove(&venue(at)).unwrap_or_default();
            let told: Vec<_> = alerts.iter().map(|own| (own.notice, own.state, own.day, own.band)).collect();
            let own: Vec<_> = expected.iter().filter(|own| own.2 == day(on)).cloned().collect();
            same!(told, own);
        }
        same!(told, expected);
    }
    for n in 0..NOTICES {
        let known = model.notices.get(&n);
        let approvals = known.map_or_else(Vec::new, |known| known.approvals.clone());
        let approvals: Vec<_> = approvals.iter().map(|(n, _)| officer(*n).id).collect();
        same!(tx.approvals(notice_id(n)).await.expect("read"), approvals);
        let cases = known.map_or_else(BTreeSet::new, |known| known.cases.clone());
        let withdrawn = !cases.is_disjoint(&model.withdrawn);
        let cases: Vec<_> = cases.into_iter().map(case_id).collect();
        same!(tx.known_to(notice_id(n)).await.expect("read"), (cases, withdrawn));
    }
    Ok(())
}

async fn figures(stores: &Stores, model: &Model) -> Walked {
    let figures = stores.office.figures().await.expect("counted");
    same!(figures.cases, CASES - model.withdrawn.len() as u64);
    let mut states: BTreeMap<&str, u64> = BTreeMap::new();
    for known in model.notices.values() {
        *states.entry(known.own.state.as_str()).or_default() += 1;
    }
    same!(figures.notices, states.iter().map(|(state, n)| (*state, *n)).collect::<Vec<_>>());
    let declined = states.get("declined").map(|n| ("重複", *n));
    same!(figures.reasons, declined.into_iter().collect::<Vec<_>>());
    Ok(())
}

/// Steps in whatever order: what can't follow is a conflict and changes nothing.
#[test]
fn notices_are_what_a_plain_model_says() {
    walked(step(), walk);
}
