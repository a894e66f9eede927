//! Web servers that are stopped, kindly or not, while visitors send forms: whoever was thanked is stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deliver::receiver::{Answer, Options, Receiver};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::deployment::{Deployment, Mail};
use crate::mail_server::MailServer;
use crate::people::{check_in, path_of, try_check_in, venue};
use crate::process::{SOON, eventually};

/// Thirty-two visitors come back as fast as they are answered, until nobody answers. Gives the addresses that
/// were thanked, and counts them while they are.
fn crowd(port: u16, path: &str, round: &'static str, thanked: &Arc<AtomicUsize>) -> JoinSet<Vec<String>> {
    let mut visitors = JoinSet::new();
    for visitor in 0..32 {
        let (path, thanked) = (path.to_owned(), Arc::clone(thanked));
        visitors.spawn(async move {
            let mut own = Vec::new();
            for time in 0.. {
                let email = format!("{round}-{visitor}-{time}@mail.example");
                match try_check_in(port, &path, &email).await {
                    Ok(answer) if answer.status == 303 => {
                        own.push(email);
                        thanked.fetch_add(1, Ordering::SeqCst);
                    }
                    // Not taken, and said so.
                    Ok(answer) => assert_eq!(answer.status, 503),
                    Err(_) => break,
                }
            }
            own
        });
    }
    visitors
}

/// Everyone who was thanked is there, and nobody is there twice.
async fn are_stored(deployment: &Deployment, thanked: &[String]) {
    let stored = deployment.opened_today().await;
    let mut once = stored.clone();
    once.dedup();
    assert_eq!(stored.len(), once.len(), "somebody is there twice");
    let lost: Vec<_> = thanked.iter().filter(|email| stored.binary_search(email).is_err()).collect();
    assert!(lost.is_empty(), "{} of {} were thanked and aren't stored: {lost:?}", lost.len(), thanked.len());
}

/// DESIGN section 6: thanks only after the commit. (That a commit outlives a power cut too is the store's
/// `synchronous=FULL`; no test can cut the power.) Asked to stop in the middle of a
/// crowd, the door ends within ten seconds and without an error; killed, it loses nobody whom it thanked.
#[tokio::test]
async fn whoever_was_thanked_is_stored_however_the_server_ends() {
    let server = MailServer::start().await;
    let (deployment, mut door, mut worker) = Deployment::running(&Mail::to(&server)).await;
    let path = path_of(&venue(&deployment).await);
    worker.stop().await;
    let mut all = Vec::new();
    for round in ["asked", "killed"] {
        let thanked = Arc::new(AtomicUsize::new(0));
        let visitors = crowd(deployment.visitor_port, &path, round, &thanked);
        eventually("two hundred were thanked", SOON, async || {
            (thanked.load(Ordering::SeqCst) >= 200).then_some(())
        })
        .await;
        if round == "asked" {
            door.stop().await
        } else {
            door.kill()
        }
        let now = visitors.join_all().await.concat();
        println!("{round}: {} were thanked", now.len());
        all.extend(now);
        are_stored(&deployment, &all).await;
        door = deployment.serve("visitor").await;
    }
    // It goes on where it stopped.
    check_in(&deployment, &path, "after@mail.example").await;
    all.push("after@mail.example".to_owned());
    are_stored(&deployment, &all).await;
}

/// A client that connects and never asks, or stops in the middle of a word, keeps nobody waiting: the door
/// ends in time for its init system.
#[tokio::test]
async fn a_client_that_never_ends_its_request_does_not_keep_the_server_from_stopping() {
    let server = MailServer::start().await;
    let (deployment, mut door, _worker) = Deployment::running(&Mail::to(&server)).await;
    let mut clients = Vec::new();
    for begun in [
        "",
        "GET / HT",
        "GET / HTTP/1.1\r\nhost: localhost\r\n",
        "POST /venues HTTP/1.1\r\nhost: localhost\r\ncontent-length: 90\r\n\r\nname=",
    ] {
        let mut client = TcpStream::connect(("127.0.0.1", deployment.visitor_port)).await.unwrap();
        client.write_all(begun.as_bytes()).await.unwrap();
        clients.push(client);
    }
    // Connections are accepted in their order: once this is answered, those are in the server's hands.
    let path = path_of(&venue(&deployment).await);
    check_in(&deployment, &path, "mei@mail.example").await;
    door.ask_to_stop();
    let status = door.end(Duration::from_secs(10)).await;
    assert!(status.success(), "{status}:\n{}", door.said());
    assert_eq!(deployment.opened_today().await, ["mei@mail.example"]);
}

/// A mail server that takes the connection and never says a word doesn't keep the worker from stopping, and
/// costs nobody a mail: the worker that comes next sends it.
#[tokio::test]
async fn a_silent_mail_server_does_not_keep_the_worker_from_stopping() {
    let silent = Options::default().answering(|_, _| Some(Answer::Silence));
    let (silent, speaking) =
        (Receiver::start(silent).await.unwrap(), Receiver::start(Options::default()).await.unwrap());
    let port = silent.address().port();
    let (deployment, _door, mut worker) = Deployment::running(&Mail::plain(port)).await;
    let path = path_of(&venue(&deployment).await);
    check_in(&deployment, &path, "mei@mail.example").await;
    eventually("the worker waits for a word", SOON, async || (silent.connections() > 0).then_some(())).await;
    worker.stop().await;
    let settings = |port: u16| format!("\nport = {port}\n");
    deployment.change_settings(&settings(port), &settings(speaking.address().port()));
    let _worker = deployment.worker();
    eventually("both mails are sent", SOON, async || (speaking.messages().len() == 2).then_some(())).await;
}

/// An upgrade puts another program in the place of the one that runs: until it is started anew, it goes on,
/// posters included, which a child process prints.
#[tokio::test]
async fn a_server_whose_program_was_replaced_goes_on() {
    let server = MailServer::start().await;
    let (deployment, _door, _worker) = Deployment::running(&Mail::to(&server)).await;
    std::fs::remove_file(deployment.path("tadori")).unwrap();
    std::fs::write(deployment.path("tadori"), "another version").unwrap();
    let venue = venue(&deployment).await;
    check_in(&deployment, &path_of(&venue), "mei@mail.example").await;
    assert_eq!(server.wait_for(2).await.len(), 2);
}
