//! No answer is blank: what takes too long, falls over or comes without words gets a page.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::routing::get;
use domain::clock::{Clock, Instant};
use domain::policy::pack::{Pack, PackFiles};
use print::sandbox::Renderer;
use seal::identity::Deployment;
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;
use seal::web_secret::WebSecret;
use store::check_ins::CheckInQueue;
use store::{Intake, Root};
use tower::ServiceExt as _;

use crate::state::{Parts, Public};

async fn public(folder: &Path) -> Public {
    let (clock, randomness) = (Clock::set_to(Instant::from_micros(0)), Randomness::seeded(1));
    let root = Root::new(folder.join("store"));
    store::backend::migrate(&root).await.unwrap();
    let intake = Intake::open(&root).await.unwrap();
    let deployment = Deployment::parse("test").unwrap();
    let unlock = Unlock::key_file(folder.join("ring.key"));
    let ring = KeyRing::init(&folder.join("ring"), &unlock, &deployment, &randomness).unwrap();
    let pack_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions/osaka");
    let files = ["jurisdiction.toml", "thresholds.toml", "faq.toml"]
        .map(|name| (name.to_owned(), std::fs::read_to_string(pack_folder.join(name)).unwrap()));
    let parts = Parts {
        pack: Arc::new(Pack::parse(PackFiles::from(files)).unwrap()),
        clock: clock.clone(),
        web_secret: WebSecret::new(&randomness),
        randomness,
        deployment,
        verifying: ring.verifying_key(),
        public_url: "https://tadori.example".into(),
        base_url: "http://localhost".into(),
        demo: false,
        behind_proxy: false,
        check_ins_per_client: 0,
        line: None,
        push: None,
        intake: intake.clone(),
    };
    let (queue, _) = CheckInQueue::start(&intake, clock);
    Public::new(parts, queue, Renderer::new(PathBuf::from("/nonexistent"), &[])).unwrap()
}

fn routes() -> Router<Public> {
    Router::new()
        .route("/slow", get(std::future::pending::<()>))
        .route("/v/{code}", get(std::future::pending::<()>))
        .route("/falls", get(falls))
        .route("/large", get(|| async { StatusCode::PAYLOAD_TOO_LARGE }))
        .route("/wordless", get(|| async { StatusCode::BAD_REQUEST }))
        .route("/worded", get(|| async { (StatusCode::BAD_REQUEST, axum::response::Html("own words")) }))
        .route("/health/ready", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, "why\n") }))
}

#[expect(clippy::panic, reason = "what is caught is a panic")]
async fn falls() {
    panic!("as a bug would");
}

#[tokio::test]
async fn no_answer_is_blank() {
    let folder = tempfile::tempdir().unwrap();
    let public = public(folder.path()).await;
    let minute = Duration::from_secs(60);
    for (path, lang, patience, status, words, way) in [
        ("/slow", "ja", Duration::ZERO, 408, "時間がかかりすぎました", "href=\"/\""),
        ("/slow", "en", Duration::ZERO, 408, "This took too long", "href=\"/\""),
        ("/v/ABC", "en", Duration::ZERO, 408, "This took too long", "href=\"/v/ABC\""),
        ("/falls", "ja", minute, 500, "処理できませんでした", "href=\"/\""),
        ("/falls", "en", minute, 500, "Something went wrong", "href=\"/\""),
        ("/large", "ja", minute, 413, "送信された内容が大きすぎます", "href=\"/\""),
        ("/wordless", "ja", minute, 400, "ページが見つかりません", "href=\"/\""),
        ("/worded", "ja", minute, 400, "own words", ""),
        ("/health/ready", "ja", minute, 503, "why\n", ""),
    ] {
        let door = crate::public_layers(routes(), public.clone(), patience);
        let ask = Request::get(path).header(header::ACCEPT_LANGUAGE, lang).body(Body::empty()).unwrap();
        let answer = door.oneshot(ask).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert!(answer.headers().contains_key(header::CONTENT_SECURITY_POLICY), "{path}");
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text.contains(words), "{path}, {lang}: {text}");
        let text = text.replace("&#x2f;", "/");
        assert!(text.contains(way), "{path}, {lang}: {text}");
    }
}
