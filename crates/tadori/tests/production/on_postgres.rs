//! The same installation on PostgreSQL: each process under a role of its own, none of which may do more than its
//! work asks; and several of each behind one pair of databases.

use std::time::Duration;

use domain::clock::Instant;

use crate::client::{Answer, Browser};
use crate::deployment::{Deployment, Mail, free_port, today};
use crate::mail_server::MailServer;
use crate::mailbox::letters;
use crate::people::{check_in, check_in_all, path_of, venue};
use crate::process::{SOON, eventually};
use crate::story::from_paper_to_mailbox;

/// The whole story, from a poster in a mailbox to a notice in a mailbox.
#[tokio::test]
async fn a_code_on_paper_becomes_a_notice_in_a_mailbox_on_postgresql() {
    let server = MailServer::start().await;
    let deployment = Deployment::made_on_postgres(&Mail::to(&server));
    from_paper_to_mailbox(server, deployment).await;
}

/// Two web nodes and two workers behind one database behave as one: each visitor has one mail, whichever node
/// took the check-in; a worker that ends is followed by the other.
#[tokio::test]
async fn two_nodes_and_two_workers_are_as_one() {
    let server = MailServer::start().await;
    let mut deployment = Deployment::made_on_postgres(&Mail::to(&server));
    // One after the other: of two that begin at once, either may be the owner.
    let mut first = deployment.worker();
    first.begins().await;
    let second = deployment.worker();
    let _one = deployment.serve("visitor").await;
    deployment.is_ready(deployment.visitor_port).await;
    let path = path_of(&venue(&deployment).await);
    let emails: Vec<String> = (0..40).map(|visitor| format!("visitor-{visitor}@mail.example")).collect();
    check_in_all(&deployment, &path, &emails[..20]).await;
    let _other = deployment.another_node().await;
    check_in_all(&deployment, &path, &emails[20..]).await;
    server.wait_for(41).await;
    assert_eq!(deployment.opened_today().await.len(), 40);
    let intake = deployment.intake().await;
    eventually("nothing is left to be confirmed", SOON, async || {
        (intake.count_arrivals(today()).await.unwrap() == 0).then_some(())
    })
    .await;
    eventually("the second stands by", SOON, async || second.said().contains("standing by").then_some(()))
        .await;
    assert!(!second.said().contains("the worker begins"));

    let before = oldest_success(&deployment).await;
    first.stop().await;
    second.begins().await;
    eventually("the second's jobs are on record where the first's were", SOON, async || {
        (oldest_success(&deployment).await > before).then_some(())
    })
    .await;
    check_in_all(&deployment, &path, &["late@mail.example".to_owned()]).await;
    server.wait_for(42).await;
    let all = letters(&server.messages());
    let numbers: std::collections::BTreeSet<_> = all.iter().map(|letter| &letter.id).collect();
    assert_eq!((all.len(), numbers.len()), (42, 42), "nobody was written to twice");
}

/// When the job that is behind all others last ended well.
async fn oldest_success(deployment: &Deployment) -> Option<Instant> {
    let jobs = deployment.office().await.job_successes().await.unwrap();
    jobs.into_iter().map(|(_, at)| at).min()
}

/// A patient's report with a code that nobody gave out.
async fn wrong_code(port: u16, nonce: &str) -> Answer {
    let day = today().to_string();
    let form = [
        ("nonce", nonce),
        ("code", "0000-0000-0000"),
        ("has_symptoms", "yes"),
        ("onset_on", &day),
        ("positive_on", &day),
        ("email", "patient@mail.example"),
    ];
    Browser::at(port).post("/report", &form).await
}

/// Five wrong codes, some at one node and some at the other, are five: then neither listens to that client.
#[tokio::test]
async fn a_quota_used_up_on_two_nodes_is_used_up_on_both() {
    let server = MailServer::start().await;
    let mut deployment = Deployment::made_on_postgres(&Mail::to(&server));
    let _worker = deployment.worker();
    let one = deployment.visitor_port;
    let _one = deployment.serve("visitor").await;
    deployment.is_ready(one).await;
    let _other = deployment.another_node().await;
    let other = deployment.visitor_port;
    let form = Browser::at(one).get("/report").await.is(200).nonce();
    for port in [one, other, one, other, one] {
        wrong_code(port, &form).await.is(422);
    }
    for port in [one, other] {
        wrong_code(port, &form).await.is(429).says("入力を止めています");
        Browser::at(port).get("/report").await.is(200).says("入力を止めています");
    }
}

/// A worker is killed on its machine while another stands by on another one: it says nothing any more, and after half
/// a minute the other owns the ring, and confirms who came meanwhile. Its jobs are seen at officers' door too.
#[tokio::test]
async fn a_worker_that_was_killed_is_followed() {
    let server = MailServer::start().await;
    let deployment = Deployment::made_on_postgres(&Mail::to(&server));
    let figures = free_port();
    deployment.change_settings("officers = \"\"", &format!("officers = \"127.0.0.1:{figures}\""));
    let mut first = deployment.worker();
    first.begins().await;
    let second = deployment.worker();
    let _door = deployment.serve("visitor").await;
    let _console = deployment.serve("officer").await;
    deployment.is_ready(deployment.visitor_port).await;
    let path = path_of(&venue(&deployment).await);
    eventually("the second stands by", SOON, async || second.said().contains("standing by").then_some(()))
        .await;
    first.kill();
    check_in(&deployment, &path, "late@mail.example").await;
    let long = 3 * Duration::from_secs(u64::from(worker::ring_lease::STILL));
    eventually("the second begins", long, async || second.said().contains("the worker begins").then_some(()))
        .await;
    server.wait_for(2).await;
    let shown = Browser::at(figures).get("/metrics").await.is(200).text();
    assert!(shown.contains("tadori_job_last_success_timestamp_seconds{job=\"confirm\"}"), "{shown}");
    let said = deployment.succeeds(&["doctor"], "");
    assert!(said.contains("ok     jobs: each ended well"), "{said}");
}
