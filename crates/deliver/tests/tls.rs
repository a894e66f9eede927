//! Encryption: required means required, and whom nobody vouches for is not spoken to.

mod given;
mod local;

use std::path::PathBuf;
use std::sync::Arc;

use deliver::error::{DeliveryError, Stage, Unreachable};
use deliver::receiver::{Answer, Options, Receiver};
use deliver::smtp::auth::{Login, Password};
use deliver::smtp::{SettingsError, SmtpCourier, SmtpSettings, Tls};
use given::{mail, sender};
use local::{courier, receiver, settings};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// A prefecture's own authority, and a server's certificate of it.
struct Authority {
    server: Arc<rustls::ServerConfig>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new(host: &str) -> Self {
        let mut params = CertificateParams::new([]).expect("a certificate");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a certificate");
        let folder = tempfile::tempdir().expect("a certificate");
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).expect("a certificate").pem())
            .expect("a certificate");
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a certificate");
        let certificate = CertificateParams::new([host.to_owned()])
            .expect("a certificate")
            .signed_by(&key, &issuer)
            .expect("a certificate");
        let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).expect("a certificate");
        let server = rustls::ServerConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .expect("a certificate")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a certificate");
        Self { server: Arc::new(server), folder }
    }

    fn file(&self) -> Option<PathBuf> {
        Some(self.folder.path().join("ca.pem"))
    }
}

async fn encrypting(authority: &Authority, implicit_tls: bool) -> Receiver {
    let login = Some(("tadori".to_owned(), "secret".to_owned()));
    receiver(Options { tls: Some(authority.server.clone()), implicit_tls, login, ..Options::default() }).await
}

fn encrypted(receiver: &Receiver, tls: Tls, ca_file: Option<PathBuf>) -> SmtpSettings {
    let login = Some(Login { username: "tadori".to_owned(), password: Password::new("secret") });
    SmtpSettings { tls, ca_file, login, ..settings(receiver) }
}

async fn unreachable(settings: SmtpSettings) -> Unreachable {
    match courier(settings).deliver(&mail(1, "taro@example.jp"), &sender()).await {
        Err(DeliveryError::Unreachable(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_private_authority_is_taken_with_its_file_only() {
    let authority = Authority::new("localhost");
    for (tls, implicit) in [(Tls::StartTls, false), (Tls::Implicit, true)] {
        let receiver = encrypting(&authority, implicit).await;
        let without = unreachable(encrypted(&receiver, tls, None)).await;
        assert!(matches!(without, Unreachable::Tls(_)), "{without}");
        let other = unreachable(encrypted(&receiver, tls, Authority::new("localhost").file())).await;
        assert!(matches!(other, Unreachable::Tls(_)), "{other}");
        assert!(receiver.messages().is_empty());

        let courier = courier(encrypted(&receiver, tls, authority.file()));
        for number in 0..10 {
            courier.deliver(&mail(number, "taro@example.jp"), &sender()).await.unwrap();
        }
        let taken = receiver.messages();
        assert!(taken.iter().all(|m| m.encrypted && m.user.as_deref() == Some("tadori")));
        assert_eq!((taken.len(), receiver.connections()), (10, 3));
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new("mail.elsewhere.example");
    let receiver = encrypting(&authority, false).await;
    let why = unreachable(encrypted(&receiver, Tls::StartTls, authority.file())).await;
    assert!(matches!(why, Unreachable::Tls(_)), "{why}");
}

/// Somebody in between takes the offer away: nothing is sent, and no password.
#[tokio::test]
async fn starttls_that_is_not_offered_ends_it() {
    let receiver =
        receiver(Options { login: Some(("tadori".to_owned(), "secret".to_owned())), ..Options::default() })
            .await;
    assert_eq!(unreachable(encrypted(&receiver, Tls::StartTls, None)).await, Unreachable::StartTlsMissing);
}

#[tokio::test]
async fn starttls_that_is_refused_ends_it() {
    let authority = Authority::new("localhost");
    let options = Options { tls: Some(authority.server.clone()), ..Options::default() };
    let later = Answer::Say("454 4.7.0 not now".to_owned());
    let receiver = receiver(options.answering_first(1, Stage::StartTls, later)).await;
    let why =
        unreachable(SmtpSettings { login: None, ..encrypted(&receiver, Tls::StartTls, authority.file()) })
            .await;
    assert!(matches!(why, Unreachable::Refused { at: Stage::StartTls, .. }), "{why}");
}

/// CVE-2011-0411: what is sent in clear behind the answer is not taken for an encrypted answer.
#[tokio::test]
async fn words_slipped_in_before_the_handshake_end_it() {
    let authority = Authority::new("localhost");
    let options = Options { tls: Some(authority.server.clone()), ..Options::default() };
    let slipped = Answer::Say("220 go ahead\r\n250 AUTH PLAIN".to_owned());
    let receiver = receiver(options.answering_first(1, Stage::StartTls, slipped)).await;
    let why =
        unreachable(SmtpSettings { login: None, ..encrypted(&receiver, Tls::StartTls, authority.file()) })
            .await;
    assert!(matches!(&why, Unreachable::Tls(words) if words.contains("in clear")), "{why}");
}

#[tokio::test]
async fn a_handshake_that_never_comes_ends_with_the_time_out() {
    let authority = Authority::new("localhost");
    let receiver = receiver(Options::default().answering_first(1, Stage::Greeting, Answer::Silence)).await;
    let mut settings = encrypted(&receiver, Tls::Implicit, authority.file());
    settings.timeouts.command = std::time::Duration::from_millis(100);
    let why = unreachable(settings).await;
    assert!(matches!(why, Unreachable::Tls(_) | Unreachable::Broken { .. }), "{why}");
}

#[test]
fn a_file_without_a_certificate_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    for file in [empty, folder.path().join("missing.pem")] {
        let mut settings = SmtpSettings::new("mail.example.jp", 587, "tadori.example");
        settings.ca_file = Some(file);
        assert!(matches!(SmtpCourier::new(settings).unwrap_err(), SettingsError::CaFile(_)));
    }
}
