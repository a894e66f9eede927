//! From one version to the next under load: nobody is refused, and nobody who was thanked is lost.
//!
//! The init system holds the door's socket (docs/units/tadori-visitors.socket), so that it stays open while one process
//! ends and the next begins. Here the test holds it, and hands it over as an init system does: as file 3, with
//! `LISTEN_FDS` and `LISTEN_PID`.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::task::JoinSet;

use crate::deployment::{Deployment, Mail, Role};
use crate::mail_server::MailServer;
use crate::people::{path_of, try_check_in, venue};
use crate::process::{Process, SOON, eventually};

/// A visitors' door on a socket that is open already. A shell moves it to where it belongs; its number stays the
/// program's, for each of them becomes the next.
fn door_on(deployment: &Deployment, listener: &TcpListener) -> Process {
    let mut program = deployment.tadori(Role::VisitorDoor);
    program.args(["serve", "--doors", "visitor"]);
    let mut command = Command::new("sh");
    let moves =
        "exec 3<&0 0</dev/null; LISTEN_FDS=1; LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID; exec \"$@\"";
    command.args(["-c", moves, "sh"]).arg(program.get_program()).args(program.get_args()).current_dir("/");
    let socket = Stdio::from(OwnedFd::from(listener.try_clone().unwrap()));
    Process::start_reading(command, deployment.log_file("handed"), socket)
}

async fn is_open(door: &Process) {
    eventually("the door is open", SOON, async || {
        door.said().contains("visitors' and operators' door is open").then_some(())
    })
    .await;
}

/// Visitors who come back as soon as they are thanked, until they are told to stop. Every request is answered, and well.
fn crowd(port: u16, path: &str, stop: &Arc<AtomicBool>, thanked: &Arc<AtomicUsize>) -> JoinSet<Vec<String>> {
    let mut visitors = JoinSet::new();
    for visitor in 0..16 {
        let (path, stop, thanked) = (path.to_owned(), Arc::clone(stop), Arc::clone(thanked));
        visitors.spawn(async move {
            let mut own = Vec::new();
            for time in 0.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let email = format!("visitor-{visitor}-{time}@mail.example");
                let answer = try_check_in(port, &path, &email).await;
                let answer = answer.unwrap_or_else(|error| panic!("{email}: a request failed: {error}"));
                assert_eq!(answer.status, 303, "{email}");
                own.push(email);
                thanked.fetch_add(1, Ordering::SeqCst);
            }
            own
        });
    }
    visitors
}

/// Side by side (the next begins, then the first is asked to stop) and one after the other (restart), some times.
#[tokio::test]
async fn an_upgrade_under_load_refuses_nobody_and_loses_nobody() {
    let server = MailServer::start().await;
    let deployment = Deployment::made(&Mail::to(&server));
    let mut worker = deployment.worker();
    let listener = TcpListener::bind(("127.0.0.1", deployment.visitor_port)).unwrap();
    let mut door = door_on(&deployment, &listener);
    is_open(&door).await;
    deployment.is_ready(deployment.visitor_port).await;
    let path = path_of(&venue(&deployment).await);
    worker.stop().await;

    let (stop, thanked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let visitors = crowd(deployment.visitor_port, &path, &stop, &thanked);
    let more = async |so_many: usize| {
        let then = thanked.load(Ordering::SeqCst) + so_many;
        eventually("more are thanked", SOON, async || (thanked.load(Ordering::SeqCst) >= then).then_some(()))
            .await;
    };
    for _ in 0..3 {
        more(50).await;
        let next = door_on(&deployment, &listener);
        is_open(&next).await;
        more(50).await;
        door.stop().await;
        door = next;
    }
    for _ in 0..3 {
        more(50).await;
        door.stop().await;
        door = door_on(&deployment, &listener);
    }
    more(50).await;
    stop.store(true, Ordering::SeqCst);
    let mut thanked = visitors.join_all().await.concat();
    thanked.sort();
    println!("{} were thanked, over six changes of the process", thanked.len());
    assert_eq!(deployment.opened_today().await, thanked);
    assert_eq!(server.messages().len(), 0);
}
