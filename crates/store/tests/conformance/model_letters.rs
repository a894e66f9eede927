//! Codes, reports, questions to the desk, settings and leases against a plain model.

use std::collections::BTreeMap;

use domain::clock::Instant;
use domain::id::{LeaseId, MessageId};
use proptest::prelude::*;
use store::leases::Lease;
use store::reports::{CodeCounts, Report, Reported};

use crate::models::{Walked, same, walked};
use crate::samples::{case_id, later, sixteen};
use crate::stores::Stores;

const CODES: u8 = 6;
const REPORTS: u64 = 8;
const QUESTIONS: u64 = 5;
const WORKERS: u64 = 3;

#[derive(Clone, Debug)]
enum Step {
    AddCode(u8, u64),
    Report(u64, u8),
    EmptyReport(u64),
    EraseCodes(u64),
    Ask(u64),
    PostponeQuestion(u64, u32, u64),
    Hurry(u64),
    EmptyQuestion(u64),
    EndQuestions(u64),
    Set(u8, u8),
    TakeLease { worker: u64, stale: bool },
    KeepLease(u64),
    LetGo(u64),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..CODES, 1..400u64).prop_map(|(code, life)| Step::AddCode(code, life)),
        4 => (0..REPORTS, 0..CODES).prop_map(|(report, code)| Step::Report(report, code)),
        2 => (0..REPORTS).prop_map(Step::EmptyReport),
        1 => (0..500u64).prop_map(Step::EraseCodes),
        3 => (0..QUESTIONS).prop_map(Step::Ask),
        2 => (0..QUESTIONS, 1..5u32, 0..300u64).prop_map(|(n, tried, due)| Step::PostponeQuestion(n, tried, due)),
        1 => (0..300u64).prop_map(Step::Hurry),
        2 => (0..QUESTIONS).prop_map(Step::EmptyQuestion),
        1 => (0..500u64).prop_map(Step::EndQuestions),
        1 => (0..3u8, any::<u8>()).prop_map(|(name, value)| Step::Set(name, value)),
        3 => (0..WORKERS, any::<bool>()).prop_map(|(worker, stale)| Step::TakeLease { worker, stale }),
        2 => (0..WORKERS).prop_map(Step::KeepLease),
        1 => (0..WORKERS).prop_map(Step::LetGo),
        2 => (1..200u64).prop_map(Step::Pass),
    ]
}

struct Question {
    sealed: Vec<u8>,
    asked_at: Instant,
    attempts: u32,
    due: Instant,
}

#[derive(Default)]
struct Model {
    now: u64,
    /// Until when a code is good.
    codes: BTreeMap<u8, Instant>,
    reports: BTreeMap<u64, (u8, Report)>,
    questions: BTreeMap<u64, Question>,
    settings: BTreeMap<u8, u8>,
    lease: Option<Lease>,
    seen: Option<Lease>,
}

impl Model {
    fn is_good(&self, code: u8, now: Instant) -> bool {
        let used = self.reports.values().any(|(own, _)| *own == code);
        self.codes.get(&code).is_some_and(|until| *until > now) && !used
    }
}

fn message(n: u64) -> MessageId {
    MessageId::from_random(sixteen(n))
}

fn worker(n: u64) -> LeaseId {
    LeaseId::from_random(sixteen(900 + n))
}

async fn walk(steps: Vec<Step>) -> Walked {
    let stores = Stores::new().await;
    let mut model = Model::default();
    for step in steps {
        model.now += 1;
        let now = later(model.now);
        match step {
            Step::Hurry(_)
            | Step::Ask(_)
            | Step::PostponeQuestion(..)
            | Step::EmptyQuestion(_)
            | Step::EndQuestions(_) => {
                asked(&stores, &mut model, step, now).await;
            }
            Step::TakeLease { .. } | Step::KeepLease(_) | Step::LetGo(_) => {
                leased(&stores, &mut model, step).await?;
            }
            Step::Set(name, value) => {
                let named = format!("name {name}");
                stores.intake.set(&named, &[value]).await.expect("set");
                stores.office.set(&named, &value.to_string()).await.expect("set");
                model.settings.insert(name, value);
            }
            Step::Pass(seconds) => model.now += seconds,
            other => reported(&stores, &mut model, other, now).await?,
        }
        compare(&stores, &model).await?;
    }
    Ok(())
}

async fn reported(stores: &Stores, model: &mut Model, step: Step, now: Instant) -> Walked {
    let intake = &stores.intake;
    match step {
        Step::AddCode(code, life) => {
            let until = later(model.now + life);
            let added = intake.add_code(&[code; 32], now, until).await;
            same!(added.is_ok(), !model.codes.contains_key(&code));
            model.codes.entry(code).or_insert(until);
        }
        Step::Report(n, code) => {
            let report =
                Report { id: case_id(n), reported_at: now, sealed: format!("report {n}").into_bytes() };
            let stored = model.is_good(code, now) && !model.reports.contains_key(&n);
            let answer = if stored { Reported::Stored } else { Reported::CodeNotGood };
            same!(intake.put_report(&report, &[code; 32]).await.expect("asked"), answer);
            if stored {
                model.reports.insert(n, (code, report));
            }
        }
        Step::EmptyReport(n) => {
            intake.empty_report(case_id(n)).await.expect("emptied");
            model.reports.entry(n).and_modify(|(_, report)| report.sealed.clear());
        }
        Step::EraseCodes(before) => {
            intake.erase_codes(later(before)).await.expect("erased");
            model.codes.retain(|_, until| *until >= later(before));
            let codes = &model.codes;
            model.reports.retain(|_, (code, report)| !report.sealed.is_empty() || codes.contains_key(code));
        }
        _ => {}
    }
    Ok(())
}

async fn asked(stores: &Stores, model: &mut Model, step: Step, now: Instant) {
    let intake = &stores.intake;
    match step {
        Step::Ask(n) => {
            let sealed = format!("question {n}").into_bytes();
            intake.put_enquiry(message(n), &sealed, now).await.expect("put");
            model.questions.entry(n).or_insert(Question { sealed, asked_at: now, attempts: 0, due: now });
        }
        Step::PostponeQuestion(n, attempts, due) => {
            let due = later(model.now + due);
            intake.postpone_enquiry(message(n), attempts, due).await.expect("postponed");
            model.questions.entry(n).and_modify(|own| (own.attempts, own.due) = (attempts, due));
        }
        Step::Hurry(seconds) => {
            let latest = later(model.now + seconds);
            intake.hurry_enquiries(latest, now).await.expect("hurried");
            model.questions.values_mut().filter(|own| own.due > latest).for_each(|own| own.due = now);
        }
        Step::EmptyQuestion(n) => {
            intake.empty_enquiry(message(n)).await.expect("emptied");
            model.questions.entry(n).and_modify(|own| own.sealed.clear());
        }
        Step::EndQuestions(before) => {
            intake.end_enquiries(later(before)).await.expect("ended");
            model.questions.retain(|_, own| !own.sealed.is_empty() || own.asked_at >= later(before));
        }
        _ => {}
    }
}

async fn leased(stores: &Stores, model: &mut Model, step: Step) -> Walked {
    let office = &stores.office;
    match step {
        Step::TakeLease { worker: n, stale } => {
            let seen = if stale { model.seen } else { model.lease };
            let free = model.lease.is_none_or(|lease| lease.beat == seen.map_or(0, |seen| seen.beat));
            same!(office.take_lease("ring", worker(n), seen).await.expect("asked"), free);
            model.seen = model.lease;
            if free {
                let beat = model.lease.map_or(1, |lease| lease.beat + 1);
                model.lease = Some(Lease { owner: Some(worker(n)), beat });
            }
        }
        Step::KeepLease(n) => {
            let own = model.lease.filter(|lease| lease.owner == Some(worker(n)));
            same!(office.keep_lease("ring", worker(n)).await.expect("asked"), own.is_some());
            model.lease = own.map(|lease| Lease { beat: lease.beat + 1, ..lease }).or(model.lease);
        }
        Step::LetGo(n) => {
            office.let_lease_go("ring", worker(n)).await.expect("asked");
            let own = model.lease.filter(|lease| lease.owner == Some(worker(n)));
            model.lease = own.map(|lease| Lease { owner: None, beat: lease.beat + 1 }).or(model.lease);
        }
        _ => {}
    }
    Ok(())
}

async fn compare(stores: &Stores, model: &Model) -> Walked {
    let (intake, now) = (&stores.intake, later(model.now));
    for code in 0..CODES {
        same!(intake.code_is_good(&[code; 32], now).await.expect("asked"), model.is_good(code, now));
    }
    for n in 0..REPORTS {
        same!(intake.has_report(case_id(n)).await.expect("asked"), model.reports.contains_key(&n));
    }
    let mut waiting: Vec<&Report> =
        model.reports.values().map(|(_, report)| report).filter(|report| !report.sealed.is_empty()).collect();
    waiting.sort_by_key(|report| report.reported_at);
    same!(intake.waiting_reports().await.expect("listed"), waiting);
    let good = (0..CODES).filter(|code| model.is_good(*code, now)).count() as u64;
    let counts = CodeCounts { issued: model.codes.len() as u64, used: model.reports.len() as u64, good };
    same!(intake.count_codes(now).await.expect("counted"), counts);
    for n in 0..QUESTIONS {
        same!(intake.has_enquiry(message(n)).await.expect("asked"), model.questions.contains_key(&n));
    }
    let mut listed = intake.enquiries(now, 100).await.expect("listed");
    listed.sort_by_key(|own| *own.id.as_bytes());
    let told: Vec<_> =
        listed.iter().map(|own| (own.id, own.sealed.clone(), own.asked_at, own.attempts)).collect();
    let due = model.questions.iter().filter(|(_, own)| !own.sealed.is_empty() && own.due <= now);
    let due: Vec<_> =
        due.map(|(n, own)| (message(*n), own.sealed.clone(), own.asked_at, own.attempts)).collect();
    same!(told, due);
    for name in 0..3 {
        let (named, value) = (format!("name {name}"), model.settings.get(&name));
        same!(intake.setting(&named).await.expect("read"), value.map(|value| vec![*value]));
        same!(stores.office.setting(&named).await.expect("read"), value.map(u8::to_string));
    }
    same!(stores.office.lease("ring").await.expect("read"), model.lease);
    Ok(())
}

/// One code is one report, whatever is emptied and erased in between; a lease has one owner.
#[test]
fn letters_and_leases_are_what_a_plain_model_says() {
    walked(step(), walk);
}
