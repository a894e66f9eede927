//! Officers' accounts, sessions and the ledger against a plain model.

use std::collections::BTreeMap;

use domain::clock::Instant;
use domain::id::OfficerId;
use domain::ledger::{Act, Entry, EntryHash, chain};
use proptest::prelude::*;
use store::StoreError;
use store::ledger::{StoredEntry, Verified};
use store::officers::Officer;

use crate::models::{Walked, same, walked};
use crate::samples::{later, sixteen};
use crate::stores::Stores;

const OFFICERS: u64 = 4;
const TOKENS: u64 = 30;

#[derive(Clone, Debug)]
enum Step {
    Add(u64),
    Begin {
        officer: u64,
        step: i64,
        life: u64,
    },
    Fail(u64, u32, u64),
    End(u64),
    Remove(u64),
    EndAll,
    /// So many entries in one act, which is committed or not.
    Record(u64, bool),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..OFFICERS).prop_map(Step::Add),
        6 => (0..OFFICERS, 1..12i64, 1..300u64)
            .prop_map(|(officer, step, life)| Step::Begin { officer, step, life }),
        3 => (0..OFFICERS, 1..4u32, 0..200u64).prop_map(|(of, tries, locked)| Step::Fail(of, tries, locked)),
        2 => (0..TOKENS).prop_map(Step::End),
        1 => (0..OFFICERS).prop_map(Step::Remove),
        1 => Just(Step::EndAll),
        4 => (1..4u64, any::<bool>()).prop_map(|(entries, commit)| Step::Record(entries, commit)),
        3 => (1..100u64).prop_map(Step::Pass),
    ]
}

#[derive(Default)]
struct Model {
    now: u64,
    officers: BTreeMap<u64, Officer>,
    /// Of whom, and until when, by token.
    sessions: BTreeMap<u64, (u64, u64)>,
    begun: u64,
    ledger: Vec<StoredEntry>,
}

fn account(n: u64) -> Officer {
    Officer {
        id: OfficerId::from_random(sixteen(n)),
        name: format!("officer {n}"),
        password_hash: format!("hash {n}"),
        totp_secret: vec![7; 20],
        totp_step: 0,
        failed: 0,
        locked_until: Instant::from_micros(0),
    }
}

/// `Debug` says no more of an account than its name.
fn told(officer: &Officer) -> impl std::fmt::Debug + use<> {
    let Officer { id, name, password_hash, totp_secret, totp_step, failed, locked_until } = officer.clone();
    (id, name, password_hash, totp_secret, totp_step, failed, locked_until)
}

impl Model {
    fn head(&self) -> EntryHash {
        self.ledger.last().map_or(EntryHash::GENESIS, |last| last.hash)
    }

    fn record(&mut self, entry: &Entry) {
        let seq = i64::try_from(self.ledger.len()).expect("few") + 1;
        let Entry { at, actor, act, subject, detail } = entry.clone();
        let act = act.as_str().to_owned();
        let hash = chain(self.head(), seq, at, &actor, &act, &subject, &detail);
        self.ledger.push(StoredEntry { seq, at, actor, act, subject, detail, hash });
    }
}

async fn walk(steps: Vec<Step>) -> Walked {
    let stores = Stores::new().await;
    let (office, mut model) = (&stores.office, Model::default());
    for step in steps {
        model.now += 1;
        match step {
            Step::End(token) => {
                office.end_session(&sixteen(token), later(model.now)).await.expect("ended");
                let now = model.now;
                model.sessions.retain(|own, (_, expires)| *own != token && *expires > now);
            }
            Step::Record(entries, commit) => recorded(&stores, &mut model, entries, commit).await,
            Step::Pass(seconds) => model.now += seconds,
            other => acted(&stores, &mut model, other).await?,
        }
        compare(&stores, &model).await?;
    }
    Ok(())
}

async fn recorded(stores: &Stores, model: &mut Model, entries: u64, commit: bool) {
    let entry = |n: u64| Entry {
        at: later(model.now),
        actor: format!("officer {n}"),
        act: [Act::SignedIn, Act::CaseEntered, Act::NoticeApproved][usize::try_from(n % 3).expect("small")],
        subject: format!("subject {n}"),
        detail: "見本".to_owned(),
    };
    let entries: Vec<_> = (0..entries).map(entry).collect();
    if let ([only], true) = (&*entries, commit) {
        stores.office.record(only).await.expect("recorded");
        return model.record(only);
    }
    let mut tx = stores.office.begin().await.expect("begun");
    let (one, others) = entries.split_at(entries.len().min(1));
    for entry in one {
        tx.record(entry).await.expect("recorded");
    }
    tx.record_all(others).await.expect("recorded");
    if commit {
        tx.commit().await.expect("committed");
        entries.iter().for_each(|entry| model.record(entry));
    }
}

async fn acted(stores: &Stores, model: &mut Model, step: Step) -> Walked {
    let (mut tx, now) = (stores.office.begin().await.expect("begun"), model.now);
    match step {
        Step::Add(n) => {
            let added = tx.add_officer(&account(n), later(now)).await;
            same!(added.as_ref().is_err_and(StoreError::is_duplicate), model.officers.contains_key(&n));
            if added.is_err() {
                return Ok(());
            }
            model.officers.insert(n, account(n));
        }
        Step::Begin { officer, step, life } => {
            let (id, expires) = (account(officer).id, now + life);
            let token = sixteen(model.begun % TOKENS);
            let known = model.officers.get_mut(&officer).filter(|own| {
                own.totp_step < step && own.locked_until <= later(now) && !own.password_hash.is_empty()
            });
            let taken = model.sessions.contains_key(&(model.begun % TOKENS));
            let begun = tx.begin_session(id, step, &token, later(now), later(expires)).await;
            same!(begun.is_ok(), known.is_some() && !taken);
            same!(matches!(begun, Err(StoreError::Conflict)), known.is_none());
            let Some(own) = known.filter(|_| begun.is_ok()) else { return Ok(()) };
            (own.totp_step, own.failed, own.locked_until) = (step, 0, Instant::from_micros(0));
            model.sessions.insert(model.begun % TOKENS, (officer, expires));
            model.begun += 1;
        }
        Step::Fail(n, tries, locked) => {
            let Some(own) = model.officers.get_mut(&n) else { return Ok(()) };
            let until = later(now + locked);
            own.failed += 1;
            if own.failed.is_multiple_of(tries) {
                own.locked_until = until;
            }
            same!(tx.sign_in_failed(account(n).id, tries, until).await.expect("counted"), own.failed);
        }
        Step::Remove(n) => {
            let own = model.officers.get_mut(&n).filter(|own| !own.password_hash.is_empty());
            same!(tx.remove_officer(account(n).id).await.expect("asked"), own.is_some());
            if let Some(own) = own {
                own.password_hash.clear();
                own.totp_secret.clear();
            }
            model.sessions.retain(|_, (of, _)| *of != n);
        }
        Step::EndAll => {
            tx.end_sessions().await.expect("ended");
            model.sessions.clear();
        }
        _ => {}
    }
    tx.commit().await.expect("committed");
    Ok(())
}

async fn compare(stores: &Stores, model: &Model) -> Walked {
    let office = &stores.office;
    for n in 0..OFFICERS {
        let stored = office.officer(&account(n).name).await.expect("read");
        same!(stored.as_ref().map(told), model.officers.get(&n).map(told));
    }
    for token in 0..model.begun.min(TOKENS) {
        let good = model.sessions.get(&token).filter(|(_, expires)| *expires > model.now);
        let whose = office.officer_of_session(&sixteen(token), later(model.now)).await.expect("asked");
        same!(whose.as_ref().map(told), good.map(|(of, _)| told(&model.officers[of])));
    }
    let newest: Vec<_> = model.ledger.iter().rev().take(5).collect();
    same!(office.ledger(None, 5).await.expect("read"), newest);
    let older: Vec<_> = model.ledger.iter().rev().filter(|own| own.seq < 4).collect();
    same!(office.ledger(Some(4), 100).await.expect("read"), older);
    let whole = Verified::Whole { entries: model.ledger.len() as u64, head: model.head() };
    same!(office.verify_ledger().await.expect("verified"), whole);
    if let Some(middle) = model.ledger.get(model.ledger.len() / 2) {
        same!(office.verify_ledger_from(middle.seq, middle.hash).await.expect("verified"), whole);
        let broken = Verified::BrokenAt(middle.seq);
        same!(office.verify_ledger_from(middle.seq, EntryHash::GENESIS).await.expect("verified"), broken);
    }
    Ok(())
}

/// Accounts, wrong sign-ins, sessions and removals in whatever order; the ledger has what was committed, in a chain.
#[test]
fn officers_and_ledger_are_what_a_plain_model_says() {
    walked(step(), walk);
}
