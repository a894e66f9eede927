//! `/metrics`: on a door of its own, true, and without anything that somebody typed.

use crate::client::Browser;
use crate::deployment::{Deployment, Mail, free_port};
use crate::mail_server::MailServer;
use crate::people::{act, check_in, enter_case, officer, path_of, proposed, try_check_in, venue};
use crate::process::{SOON, eventually};

/// The value of the first line that begins so.
fn value(text: &str, line: &str) -> f64 {
    let found = text.lines().find_map(|own| own.strip_prefix(line)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("no {line} in\n{text}")).parse().unwrap()
}

#[tokio::test]
async fn figures_are_shown_on_a_door_of_their_own_and_name_nobody() {
    let server = MailServer::start().await;
    let deployment = Deployment::made(&Mail::to(&server));
    let ports = [free_port(), free_port(), free_port()];
    for (name, port) in ["visitors", "officers", "worker"].iter().zip(ports) {
        deployment.change_settings(&format!("{name} = \"\""), &format!("{name} = \"127.0.0.1:{port}\""));
    }
    deployment.change_settings(
        "behind_proxy = false\n[officers]",
        "behind_proxy = false\ncheck_ins_per_client = 3\n[officers]",
    );
    let _worker = deployment.worker();
    let _door = deployment.serve("visitor").await;
    let _console = deployment.serve("officer").await;
    deployment.is_ready(deployment.visitor_port).await;
    let mut sato = officer(&deployment).await;
    let venue = venue(&deployment).await;
    let path = path_of(&venue);
    check_in(&deployment, &path, "mei@secret.example").await;
    check_in(&deployment, &path, "haruto@secret.example").await;
    let wrong = try_check_in(deployment.visitor_port, &path, "nobody").await.unwrap();
    assert_eq!(wrong.status, 422);
    let over = try_check_in(deployment.visitor_port, &path, "third@secret.example").await.unwrap();
    assert_eq!(over.status, 429);
    let case = enter_case(&mut sato, "本町-1", &venue).await;
    let notice = proposed(&mut sato, &case).await;
    act(&mut sato, &notice, &format!("{notice}/approve"), &[]).await.leads_to();
    server.wait_for(5).await;

    let figures = async |port: u16| Browser::at(port).get("/metrics").await.is(200).text();
    let visitors = figures(ports[0]).await;
    assert_eq!(value(&visitors, "tadori_check_ins_total{channel=\"mail\"}"), 2.0);
    assert_eq!(value(&visitors, "tadori_check_ins_refused_total{reason=\"too_many\"}"), 1.0);
    assert_eq!(value(&visitors, "tadori_check_ins_refused_total{reason=\"bad_input\"}"), 1.0);
    assert_eq!(value(&visitors, "tadori_answers_total{door=\"public\",status=\"429\"}"), 1.0);
    assert!(value(&visitors, "tadori_pool_connections{zone=\"intake\",state=\"open\"}") >= 1.0);
    let officers = figures(ports[1]).await;
    assert_eq!(value(&officers, "tadori_ledger_entries_total{act=\"case_entered\"}"), 1.0);
    let worker = eventually("both are written down as sent", SOON, async || {
        let text = figures(ports[2]).await;
        text.contains("tadori_messages_total{result=\"sent\"} 2").then_some(text)
    })
    .await;
    assert_eq!(value(&worker, "tadori_messages_total{result=\"sent\"}"), 2.0);
    assert_eq!(value(&worker, "tadori_outbox_waiting{channel=\"mail\"}"), 0.0);
    assert!(value(&worker, "tadori_ledger_entries_total{act=\"contacts_opened\"}") >= 1.0);
    for shown in [&worker, &figures(ports[1]).await] {
        assert!(value(shown, "tadori_job_last_success_timestamp_seconds{job=\"send_outbox\"}") > 1.7e9);
    }
    assert_eq!(
        (value(&worker, "tadori_key_ring_owned"), value(&worker, "tadori_erasure_refused")),
        (1.0, 0.0)
    );

    for text in [&visitors, &officers, &worker] {
        for secret in
            ["secret", "example", "mei", "sato", "髙﨑", &venue.code.to_string(), &venue.id.to_string()]
        {
            assert!(!text.contains(secret), "{secret} in\n{text}");
        }
    }
    for port in [deployment.visitor_port, deployment.officer_port] {
        assert_ne!(Browser::at(port).get("/metrics").await.status, 200, "never on the doors themselves");
    }
}

/// A second process, as in an upgrade, finds the address taken: it works all the same, and shows its figures when the first
/// is gone.
#[tokio::test]
async fn an_address_that_is_taken_keeps_nobody_from_working() {
    let server = MailServer::start().await;
    let deployment = Deployment::made(&Mail::to(&server));
    let port = free_port();
    deployment.change_settings("worker = \"\"", &format!("worker = \"127.0.0.1:{port}\""));
    let mut first = deployment.worker();
    let owns = async || {
        let text = Browser::at(port).try_get("/metrics").await.ok()?.text();
        text.contains("tadori_key_ring_owned 1").then_some(())
    };
    eventually("the first shows its figures", SOON, owns).await;
    let second = deployment.worker();
    eventually("the second says so", SOON, async || {
        second.said().contains("figures can't be shown yet").then_some(())
    })
    .await;
    first.stop().await;
    eventually("the second shows its own", SOON, owns).await;
}
