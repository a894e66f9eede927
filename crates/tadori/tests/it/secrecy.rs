//! After a whole story: no page of an officer shows a contact, and no file holds one in clear.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::form::{form, with};
use crate::operator::registration;
use crate::story::Officer;
use crate::world::{DAY, HOUR, MINUTE, World, files_with};

/// What nobody may find: addresses, by their domains; the operator's person and telephone; the officer's
/// password.
const SECRETS: [&str; 5] =
    ["secret.example", "operator@shop", "髙橋 一", "06-6941-0000", "たどりの長い合言葉"];

/// Everything once: registration, check-ins, a report, a notice that is sent, one that is declined, a
/// cluster, a code withdrawn, a sign-in that failed.
async fn story(world: &mut World) -> Officer {
    let page = world.send_registration(registration()).await;
    page.leads_to();
    let venue = world.intake.find_venues("食堂", 1).await.unwrap().remove(0);
    let other = world.venue("カラオケ あおば", "karaoke", 80).await;
    let officer = world.officer("sato").await;
    let day = world.today();
    for email in ["patient@secret.example", "mei@secret.example", "gone@secret.example"] {
        world.check_in(&venue, email).await;
        world.check_in(&other, email).await;
    }
    world.inbox.fail_for("gone@secret.example", Some(deliver::inbox::Failure::Permanent));
    world.report(&officer, &["patient@secret.example", "elsewhere@secret.example"], day, day).await;
    world.settle().await;
    let notice = world.proposed().await;
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    assert_eq!(world.notices_to("mei@secret.example").len(), 1);
    world.enter(&officer, "K-1", &[(&other, day)]).await;
    world.settle().await;
    let notice = world.proposed().await;
    let reason = form(&[("reason", "電話で連絡済み")]);
    world.act(&officer, &format!("/notices/{notice}/decline"), reason).await.leads_to();
    let today = day.to_string();
    let cluster =
        form(&[("venue", venue.name.as_str()), ("from", &today), ("to", &today), ("act", "preview")]);
    let preview = world.act(&officer, "/clusters/new", cluster.clone()).await.is(200);
    preview.does_not_say("secret.example");
    world.act(&officer, "/clusters/new", with(cluster, "act", "propose")).await.leads_to();
    world.act(&officer, &format!("/venues/{}/revoke", other.id), form(&[])).await.leads_to();
    world.try_sign_in("mei@secret.example", "mei@secret.example", "1", "192.0.2.66").await.is(422);
    officer
}

/// GEN-1, OSK-28, OSK-31, F4, KNG-12, architecture invariant 8: officers see counts, never contacts. Every page that
/// any link leads to is read.
#[tokio::test]
async fn no_page_of_an_officer_shows_a_contact() {
    let mut world = World::new().await;
    let officer = story(&mut world).await;
    let mut waiting: Vec<String> = vec!["/cases".into(), "/clusters/new".into(), "/cases/new".into()];
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !path.starts_with('/') || !seen.insert(path.clone()) {
            continue;
        }
        let page = world.see(&officer, &path).await;
        if matches!(page.status.as_u16(), 303 | 405) {
            continue; // where a form is sent
        }
        let page = page.is(200);
        assert_eq!(page.header(axum::http::header::CACHE_CONTROL), "no-store", "{path}");
        for secret in SECRETS {
            let shown = page.bytes.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
            assert!(!shown, "{path} shows {secret}");
        }
        if !page.header(axum::http::header::CONTENT_TYPE).starts_with("text/html") {
            continue; // a file: the template of a table
        }
        waiting.extend(
            page.addresses().into_iter().map(|address| address.split('#').next().unwrap().to_owned()),
        );
    }
    let cases = seen.iter().filter(|path| path.starts_with("/cases/")).count();
    let notices = seen.iter().filter(|path| path.starts_with("/notices/")).count();
    assert!(cases >= 3 && notices >= 3, "{seen:?}");
    for query in ["mei@secret.example", "secret", "operator@shop.example", "%", "_", "06-6941-0000"] {
        let query = query.replace('%', "%25");
        let page = world.see(&officer, &format!("/venues?q={query}")).await.is(200);
        assert!(!page.text().contains("<tbody>"), "a search for {query} finds something");
    }
}

/// OSK-28, OSK-31: no file of the store holds an address, a person or a password in clear, at any time of
/// the story and after the day is gone; nor does the ring.
#[tokio::test]
async fn no_file_holds_a_contact_in_clear() {
    let mut world = World::new().await;
    let look = |world: &World| {
        for secret in SECRETS {
            let found = files_with(&world.store(), secret);
            assert_eq!(found, Vec::<PathBuf>::new(), "{secret}");
            assert_eq!(files_with(&world.folder.path().join("ring"), secret), Vec::<PathBuf>::new());
        }
    };
    let day = world.today();
    story(&mut world).await;
    look(&world);
    world.settle().await;
    look(&world);
    world.pass(DAY).await;
    look(&world);
    world.pass_until(day.plus_months(2).plus_days(1), HOUR).await;
    assert!(world.intake.day_file_is_gone(day).await.unwrap());
    look(&world);
}

/// OSK-29: what leaves the house is a confirmation, a notice, or an operator's mail; nothing else was
/// written to anybody, and nobody else was.
#[tokio::test]
async fn nobody_else_is_written_to() {
    let mut world = World::new().await;
    story(&mut world).await;
    world.pass(3 * DAY).await;
    let mut written: Vec<_> = world.inbox.messages().iter().map(|mail| mail.to.as_str().to_owned()).collect();
    written.sort();
    written.dedup();
    assert_eq!(written, ["mei@secret.example", "operator@shop.example", "patient@secret.example"]);
}

/// The ledger outlives a case by years, keeps the order and the moments, and names the venues and days that
/// were opened: so no entry names a case, and none says where one was. That each of them was taken, looked
/// for, decided on and withdrawn is recorded all the same, with the outcomes.
#[tokio::test]
async fn the_ledger_names_no_case() {
    let mut world = World::new().await;
    let officer = story(&mut world).await;
    let case = world.newest_case().await;
    world.act(&officer, &format!("/cases/{case}/withdraw"), form(&[])).await.leads_to();
    let cases = world.office.cases(10).await.unwrap();
    assert_eq!(cases.len(), 2);
    let entries = world.office.ledger(None, 500).await.unwrap();
    for act in ["case_reported", "case_entered", "case_matched", "case_withdrawn"] {
        let of: Vec<_> = entries.iter().filter(|entry| entry.act == act).collect();
        assert!(!of.is_empty() && of.iter().all(|entry| entry.subject.is_empty()), "{act}: {of:?}");
    }
    assert!(entries.iter().any(|entry| entry.act == "case_matched" && entry.detail == "proposed"));
    for entry in entries {
        let words = format!("{} {}", entry.subject, entry.detail);
        for case in &cases {
            for name in [case.reference.as_str(), &case.id.to_string(), &case.id.number()] {
                assert!(!words.contains(name), "{name} in {entry:?}");
            }
        }
    }
}
