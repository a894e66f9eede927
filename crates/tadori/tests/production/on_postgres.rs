//! The same installation on PostgreSQL: each process under a role of its own, none of which may do more than its
//! work asks; and several of each behind one pair of databases.

use crate::deployment::{Deployment, Mail, today};
use crate::mail_server::MailServer;
use crate::mailbox::letters;
use crate::people::{check_in_all, path_of, venue};
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

    first.stop().await;
    second.begins().await;
    check_in_all(&deployment, &path, &["late@mail.example".to_owned()]).await;
    server.wait_for(42).await;
    let all = letters(&server.messages());
    let numbers: std::collections::BTreeSet<_> = all.iter().map(|letter| &letter.id).collect();
    assert_eq!((all.len(), numbers.len()), (42, 42), "nobody was written to twice");
}
