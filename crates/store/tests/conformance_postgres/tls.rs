//! TLS to the server: its certificate is checked against the authority that the settings name, and against the
//! host in the address.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use store::backend::postgres::{Server, Tls};
use store::{Intake, Root};

use crate::postgres_server::PostgresServer;

/// An authority's certificate, and a server's of it for one host.
fn authority(folder: &Path, host: &str) -> PathBuf {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new([host.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    for (name, pem) in
        [("ca.pem", authority.pem()), ("cert.pem", server.pem()), ("key.pem", key.serialize_pem())]
    {
        std::fs::write(folder.join(name), pem).unwrap();
    }
    // A server reads no key that others could.
    let rights = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(folder.join("key.pem"), rights).unwrap();
    folder.join("ca.pem")
}

/// Good for the right authority and the right host, and for nothing else.
#[tokio::test]
async fn the_server_has_to_prove_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let others = tempfile::tempdir().unwrap();
    let (ours, others) = (authority(folder.path(), "localhost"), authority(others.path(), "localhost"));
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let at = folder.path().display();
    let options = format!(
        "-c listen_addresses=127.0.0.1 -c ssl=on -c ssl_cert_file={at}/cert.pem -c ssl_key_file={at}/key.pem"
    );
    let rights = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), rights).unwrap();
    let server = PostgresServer::at(folder.path().to_owned(), port, &options);

    let files = tempfile::tempdir().unwrap();
    let (url_file, office_url_file) = (files.path().join("intake"), files.path().join("office"));
    let root = |tls: Tls| {
        let (intake_url_file, office_url_file) = (url_file.clone(), office_url_file.clone());
        Root::Server(Server { intake_url_file, office_url_file, tls })
    };
    let address = |host: &str| format!("postgres://tadori@{host}:{port}/postgres\n");
    std::fs::write(&url_file, address("localhost")).unwrap();
    server.administer("postgres", &["create database office"]).unwrap();
    std::fs::write(&office_url_file, address("localhost").replace("/postgres\n", "/office")).unwrap();
    let ca_file = Some(ours);
    store::backend::migrate(&root(Tls::Verify { ca_file: ca_file.clone() })).await.unwrap();
    let intake = Intake::open(&root(Tls::Verify { ca_file: ca_file.clone() })).await.unwrap();
    intake.ping().await.unwrap();
    let encrypted = "select count(*) from pg_stat_ssl where ssl";
    assert_ne!(server.administer("postgres", &[encrypted]).unwrap().trim(), "0");

    for wrong in [Some(others), None, Some(folder.path().join("missing.pem"))] {
        let refused = Intake::open(&root(Tls::Verify { ca_file: wrong.clone() })).await;
        assert!(refused.is_err(), "{wrong:?}");
    }
    std::fs::write(&url_file, address("127.0.0.1")).unwrap();
    assert!(Intake::open(&root(Tls::Verify { ca_file })).await.is_err(), "good for another name");
    std::fs::write(&url_file, format!("{}?sslmode=disable", address("localhost").trim())).unwrap();
    let said = Intake::open(&root(Tls::Verify { ca_file: None })).await.unwrap_err().to_string();
    assert!(said.contains("TLS is a setting of its own"), "{said}");
}
