//! Traces: told to a collector on this machine what took how long, and nothing of anybody.
//!
//! The collector is played: it takes what OTLP over HTTP sends, and reads it by the protocol's own types.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use crate::client::Browser;
use crate::deployment::{Deployment, Mail, free_port};
use crate::mail_server::MailServer;
use crate::people::{act, check_in, enter_case, officer, path_of, proposed, try_check_in, venue};
use crate::process::{SOON, eventually};

/// What came: each body, as it was sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Bytes>>>);

impl Collector {
    async fn listen(&self, port: u16) {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let take = async |State(own): State<Self>, body: Bytes| {
            own.0.lock().unwrap().push(body);
            StatusCode::OK
        };
        let router = Router::new().route("/v1/traces", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().concat()
    }

    /// Every span, with the name of the service that it is of.
    fn spans(&self) -> Vec<(String, Span)> {
        let mut spans = Vec::new();
        for body in &*self.0.lock().unwrap() {
            let told = ExportTraceServiceRequest::decode(body.clone()).unwrap();
            for of in told.resource_spans {
                let resource = of.resource.unwrap();
                let service = resource.attributes.iter().find(|own| own.key == "service.name").unwrap();
                let Some(Value::StringValue(service)) = service.value.clone().unwrap().value else {
                    panic!()
                };
                for scope in of.scope_spans {
                    spans.extend(scope.spans.into_iter().map(|span| (service.clone(), span)));
                }
            }
        }
        spans
    }

    fn named(&self, service: &str, name: &str) -> Vec<Span> {
        let spans = self.spans().into_iter();
        spans.filter(|(of, span)| of == service && span.name == name).map(|(_, span)| span).collect()
    }
}

#[tokio::test]
async fn a_collector_is_told_what_took_how_long_and_nothing_of_anybody() {
    let (server, collector, port) = (MailServer::start().await, Collector::default(), free_port());
    collector.listen(port).await;
    let deployment = Deployment::made(&Mail::to(&server));
    deployment
        .change_settings("[mail]\n", &format!("[traces]\ncollector = \"http://127.0.0.1:{port}\"\n[mail]\n"));
    let mut worker = deployment.worker();
    let mut door = deployment.serve("visitor").await;
    let mut console = deployment.serve("officer").await;
    deployment.is_ready(deployment.visitor_port).await;
    let mut sato = officer(&deployment).await;
    let venue = venue(&deployment).await;
    let path = path_of(&venue);
    check_in(&deployment, &path, "mei@secret.example").await;
    assert_eq!(try_check_in(deployment.visitor_port, &path, "nobody").await.unwrap().status, 422);
    Browser::at(deployment.visitor_port).get("/secret-path?secret=query").await.is(404);
    let case = enter_case(&mut sato, "本町-1", &venue).await;
    let notice = proposed(&mut sato, &case).await;
    act(&mut sato, &notice, &format!("{notice}/approve"), &[]).await.leads_to();
    server.wait_for(3).await;
    // Whoever stops tells the rest.
    door.stop().await;
    console.stop().await;
    worker.stop().await;

    let stored = &collector.named("serve", "POST /v/{code}");
    let thanked = stored.iter().find(|span| {
        let steps: Vec<_> =
            collector.spans().into_iter().filter(|(_, own)| own.parent_span_id == span.span_id).collect();
        steps.iter().any(|(_, own)| own.name == "seal") && steps.iter().any(|(_, own)| own.name == "store")
    });
    let thanked = thanked.expect("a check-in with its sealing and storing");
    assert!(thanked.end_time_unix_nano > thanked.start_time_unix_nano);
    assert_eq!(stored.len(), 2, "the one that was refused has neither");
    assert_eq!(collector.named("serve", "GET (no page)").len(), 1);
    assert_eq!(collector.named("serve", "POST /cases/new").len(), 1);
    for job in ["match_cases", "release_notices", "send_outbox"] {
        let spans = collector.named("worker", job);
        assert!(!spans.is_empty(), "{job}");
        for span in spans {
            let turns = collector.named("worker", "turn");
            assert!(turns.iter().any(|turn| turn.span_id == span.parent_span_id), "{job} is of a turn");
        }
    }
    let steps =
        ["who else was there", "write down", "write recipients", "wait for the mail server", "settle"];
    for step in steps {
        assert!(!collector.named("worker", step).is_empty(), "{step}");
    }
    assert!(collector.named("worker", "erase_days").is_empty(), "what had nothing to do isn't told");

    let told = String::from_utf8_lossy(&collector.bytes()).into_owned();
    let (code, id, day) =
        (venue.code.to_string(), venue.id.to_string(), crate::deployment::today().to_string());
    let (case, notice) = (case.trim_start_matches("/cases/"), notice.trim_start_matches("/notices/"));
    for secret in ["secret", "example", "mei", "sato", "本町", "127.0.0.1", &code, &id, &day, case, notice]
    {
        assert!(!told.contains(secret), "{secret} is told");
    }
    for process in [&door, &console, &worker] {
        assert!(
            !process.said().contains("request{") && !process.said().contains("turn{"),
            "{}",
            process.said()
        );
    }
}

/// Nobody waits for a collector; that it is away is said once.
#[tokio::test]
async fn a_collector_that_is_away_keeps_nobody_waiting() {
    let (server, collector, port) = (MailServer::start().await, Collector::default(), free_port());
    let deployment = Deployment::made(&Mail::to(&server));
    deployment
        .change_settings("[mail]\n", &format!("[traces]\ncollector = \"http://127.0.0.1:{port}\"\n[mail]\n"));
    let worker = deployment.worker();
    let mut door = deployment.serve("visitor").await;
    deployment.is_ready(deployment.visitor_port).await;
    worker.begins().await;
    let path = path_of(&venue(&deployment).await);
    check_in(&deployment, &path, "mei@secret.example").await;
    const AWAY: &str = "the collector of traces takes none";
    eventually("it is said", SOON, async || door.said().contains(AWAY).then_some(())).await;
    collector.listen(port).await;
    check_in(&deployment, &path, "haruto@secret.example").await;
    eventually("it is told again", SOON, async || {
        (!collector.named("serve", "POST /v/{code}").is_empty()).then_some(())
    })
    .await;
    door.stop().await;
    assert_eq!(door.said().matches(AWAY).count(), 1, "{}", door.said());
}

/// Settings that would send traces over the network, or say nothing that makes sense, keep a process from starting.
#[tokio::test]
async fn a_collector_elsewhere_is_refused() {
    let server = MailServer::start().await;
    let deployment = Deployment::made(&Mail::to(&server));
    deployment.change_settings("[mail]\n", "[traces]\ncollector = \"http://192.0.2.1:4318\"\n[mail]\n");
    let mut worker = deployment.worker();
    let status = worker.end(SOON).await;
    assert!(!status.success());
    assert!(worker.said().contains("a collector on this machine"), "{}", worker.said());
}
