//! Sessions and forged requests: no session, no page; another's form, no act.

use axum::http::header;

use crate::form::{form, with};
use crate::world::{Ask, HOUR, MINUTE, World};

const PAGES: [&str; 9] = [
    "/cases",
    "/cases/new",
    "/notices",
    "/clusters/new",
    "/venues",
    "/codes",
    "/figures",
    "/ledger",
    "/cases/00000000000000000000000000000000",
];

const ACTS: [&str; 8] = [
    "/cases/new",
    "/cases/00000000000000000000000000000000/withdraw",
    "/notices/00000000000000000000000000000000/approve",
    "/notices/00000000000000000000000000000000/decline",
    "/notices/00000000000000000000000000000000/stop",
    "/clusters/new",
    "/codes",
    "/sign-out",
];

/// Without a session every page and every act leads to the sign-in, and nothing happens.
#[tokio::test]
async fn without_a_session_there_is_only_the_sign_in() {
    let world = World::new().await;
    let forged = ["", "tadori_session=", "tadori_session=00000000000000000000000000000000", "other=1"];
    for cookie in forged {
        for path in PAGES {
            let page = world.ask_console(Ask::get(path).with(header::COOKIE, cookie)).await;
            assert_eq!(page.leads_to(), "/sign-in", "{path}");
        }
        for path in ACTS {
            let page = world.ask_console(Ask::post(path, &form(&[])).with(header::COOKIE, cookie)).await;
            assert_eq!(page.leads_to(), "/sign-in", "{path}");
        }
    }
    assert_eq!(world.count("one_time_code").await, 0);
}

/// A session lasts a shift of eight hours.
#[tokio::test]
async fn a_session_ends_with_the_shift() {
    let mut world = World::new().await;
    let officer = world.officer("sato").await;
    world.pass(8 * HOUR - MINUTE).await;
    world.see(&officer, "/cases").await.is(200).says("sato さん");
    world.pass(MINUTE).await;
    assert_eq!(world.see(&officer, "/cases").await.leads_to(), "/sign-in");
}

/// An officer's form without its nonce, with another officer's, with the public door's, or of yesterday
/// does nothing: another site can't make an officer's browser act.
#[tokio::test]
async fn forged_forms_do_nothing() {
    let mut world = World::new().await;
    let (sato, suzuki) = (world.officer("sato").await, world.officer("suzuki").await);
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    world.check_in(&venue, "mei@visitor.example").await;
    let day = world.today();
    world.enter(&sato, "K-1", &[(&venue, day)]).await;
    world.settle().await;
    let notice = world.proposed().await;
    let report = world.get("/report").await.nonce();
    let others = world.see(&suzuki, "/codes").await.nonce();
    let own = world.see(&sato, "/codes").await.nonce();
    let entered = world.ledger_acts().await;
    let revoke = format!("/venues/{}/revoke", venue.id);
    let acts = [format!("/notices/{notice}/approve"), format!("/notices/{notice}/decline"), revoke];
    for nonce in ["", "x", &report, &others] {
        for path in
            acts.iter().map(String::as_str).chain(["/codes", "/cases/new", "/clusters/new", "/sign-out"])
        {
            let fields = with(form(&[("reason", "理由")]), "nonce", nonce);
            world.act_with(&sato, path, fields).await.is(422).says("もう一度操作してください");
        }
    }
    assert_eq!(world.ledger_acts().await, entered, "nothing was done");
    world.see(&sato, &format!("/notices/{notice}")).await.is(200).says("判断待ち");
    world.act_with(&sato, &acts[0], form(&[("nonce", &own)])).await.leads_to();
}

impl World {
    /// How many acts the ledger holds.
    async fn ledger_acts(&self) -> i64 {
        self.count("ledger").await
    }
}
