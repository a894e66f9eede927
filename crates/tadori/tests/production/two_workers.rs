//! The key ring has one owner: a second worker stands by, and takes over when the first is gone.

use crate::deployment::{Deployment, Mail, today};
use crate::mail_server::MailServer;
use crate::mailbox::letters;
use crate::people::{check_in, check_in_all, path_of, venue};
use crate::process::{Process, SOON, eventually};

async fn stands_by(worker: &Process) {
    eventually("the worker stands by", SOON, async || worker.said().contains("standing by").then_some(()))
        .await;
}

/// DESIGN section 5: one owner. However many workers run, each visitor has one mail and one only; when the
/// owner is killed, the next one goes on.
#[tokio::test]
async fn a_second_worker_stands_by_and_takes_over() {
    let server = MailServer::start().await;
    let (deployment, _door, mut first) = Deployment::running(&Mail::to(&server)).await;
    let path = path_of(&venue(&deployment).await);
    let (second, mut third) = (deployment.worker(), deployment.worker());
    stands_by(&second).await;
    stands_by(&third).await;
    assert!(deployment.succeeds(&["doctor"], "").contains("a worker owns it"));
    assert!(deployment.refuses(&["keys", "rotate"], "").contains("another process owns the key ring"));

    let emails: Vec<String> = (0..40).map(|visitor| format!("visitor-{visitor}@mail.example")).collect();
    check_in_all(&deployment, &path, &emails).await;
    server.wait_for(41).await;
    let intake = deployment.intake().await;
    eventually("nothing is left to be confirmed", SOON, async || {
        (intake.count_arrivals(today()).await.unwrap() == 0).then_some(())
    })
    .await;

    // Asked to stop, one that stands by ends; the owner gone, the other begins.
    third.stop().await;
    assert!(!second.said().contains("the worker begins"));
    first.kill();
    check_in(&deployment, &path, "late@mail.example").await;
    server.wait_for(42).await;
    assert!(second.said().contains("the worker begins"));
    let all = letters(&server.messages());
    let numbers: std::collections::BTreeSet<_> = all.iter().map(|letter| &letter.id).collect();
    assert_eq!((all.len(), numbers.len()), (42, 42), "nobody was written to twice");
    assert!(deployment.succeeds(&["doctor"], "").contains("a worker owns it"));
}
