//! Whom we believe to be a server: the system's authorities, and the one in `ca_file`.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;

use crate::smtp::{SettingsError, SmtpSettings};

/// What encrypts, or `None` where the settings say that nothing does.
pub(crate) fn connector(settings: &SmtpSettings) -> Result<Option<TlsConnector>, SettingsError> {
    if settings.tls.encrypts() { believing(&settings.ca_file).map(Some) } else { Ok(None) }
}

/// What encrypts to whom these authorities vouch for.
pub(crate) fn believing(ca_file: &Option<PathBuf>) -> Result<TlsConnector, SettingsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let wrong = |error: rustls::Error| match ca_file {
        Some(_) => SettingsError::CaFile(error.to_string()),
        None => SettingsError::Tls(error.to_string()),
    };
    let verifier =
        Verifier::new_with_extra_roots(private_authorities(ca_file)?, provider.clone()).map_err(wrong)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SettingsError::Tls(error.to_string()))?
        .dangerous() // the system's own verifier, which is what this call is needed for
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn private_authorities(ca_file: &Option<PathBuf>) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let Some(file) = ca_file else { return Ok(Vec::new()) };
    let wrong = |error: rustls::pki_types::pem::Error| SettingsError::CaFile(error.to_string());
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).map_err(wrong)?.collect();
    match found.map_err(wrong)? {
        none if none.is_empty() => Err(SettingsError::CaFile("no certificate in it".to_owned())),
        found => Ok(found),
    }
}
