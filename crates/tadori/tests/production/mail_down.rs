//! A mail server that is away: visitors don't notice, and nothing is lost.

use std::time::Duration;

use domain::clock::Clock;

use crate::deployment::{Deployment, Mail};
use crate::gate::Gate;
use crate::mail_server::MailServer;
use crate::mailbox::letters;
use crate::people::{check_in, path_of, venue};
use crate::process::{SOON, eventually};

/// The worker leaves a server that didn't answer alone for a minute at the most.
const A_WHILE: Duration = Duration::from_secs(150);

/// Invariant 2: nobody waits for a mail server. While it is away, operators register and visitors are thanked
/// at once; when it is back, every one of them has a mail, and one only.
#[tokio::test]
async fn while_the_mail_server_is_away_nobody_waits_and_nothing_is_lost() {
    let server = MailServer::start().await;
    let mut gate = Gate::before(server.port());
    let (deployment, _door, mut worker) = Deployment::running(&Mail::through(gate.port(), &server)).await;
    let path = path_of(&venue(&deployment).await);
    eventually("the worker has noticed", SOON, async || {
        worker.said().contains("the mail server can't be used").then_some(())
    })
    .await;
    let clock = Clock::system();
    let mut slowest = Duration::ZERO;
    for visitor in 0..20 {
        let start = clock.now();
        check_in(&deployment, &path, &format!("visitor-{visitor}@mail.example")).await;
        slowest = slowest.max(clock.now().since(start));
    }
    println!("the slowest of 20 check-ins with no mail server: {slowest:?}");
    assert!(slowest < Duration::from_secs(5), "somebody waited {slowest:?}");
    assert!(worker.is_running());

    gate.open().await;
    eventually("everybody has a mail", A_WHILE, async || (server.messages().len() >= 21).then_some(())).await;
    worker.stop().await;
    let letters = letters(&server.messages());
    let mut told: Vec<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!((letters.len(), told.len()), (21, 21));
}
