//! Where LINE's Messaging API is, and what signs in to it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use hyper::Uri;
use zeroize::Zeroizing;

use crate::smtp::tls;

/// How to reach the Messaging API.
#[derive(Clone, Debug)]
pub struct LineSettings {
    /// `https://api.line.me`; a stand-in on this machine may be plain.
    pub base_url: String,
    /// The channel's access token.
    pub token: AccessToken,
    /// A private authority's certificates, PEM, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How long one call may take, connecting included.
    pub patience: Duration,
}

/// The channel's access token: can't be printed, and its memory is wiped.
#[derive(Clone)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// Reads the text of its file; nothing where it can't stand in a header.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let sendable = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        sendable.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    pub(crate) fn header(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("Bearer {}", self.0.as_str()))
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// What is wrong with [`LineSettings`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineSettingsError {
    /// Not `https://host` or `http://host:port`.
    #[error("base_url: an address like https://api.line.me, without a path")]
    BaseUrl,
    /// Certificates that can't be read, or none on this machine.
    #[error("{0}")]
    Tls(String),
}

/// A host to be spoken to.
#[derive(Clone)]
pub(crate) struct Host {
    pub name: String,
    pub port: u16,
    pub encrypted: Option<tokio_rustls::TlsConnector>,
    /// Whether it may only be reached at an address of the open internet.
    pub public_only: bool,
}

impl LineSettings {
    /// The usual settings: LINE's own address, half a minute a call.
    pub fn new(base_url: impl Into<String>, token: AccessToken) -> Self {
        Self { base_url: base_url.into(), token, ca_file: None, patience: Duration::from_secs(30) }
    }

    pub(crate) fn host(&self) -> Result<Host, LineSettingsError> {
        let uri: Uri = self.base_url.parse().map_err(|_| LineSettingsError::BaseUrl)?;
        let plain = matches!(uri.path(), "" | "/") && uri.query().is_none() && !self.base_url.ends_with('/');
        let (Some(name), true) = (uri.host(), plain) else { return Err(LineSettingsError::BaseUrl) };
        let encrypted = match uri.scheme_str() {
            Some("https") => Some(
                tls::believing(&self.ca_file).map_err(|error| LineSettingsError::Tls(error.to_string()))?,
            ),
            Some("http") => None,
            _ => return Err(LineSettingsError::BaseUrl),
        };
        let port = uri.port_u16().unwrap_or(if encrypted.is_some() { 443 } else { 80 });
        Ok(Host { name: name.to_owned(), port, encrypted, public_only: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(base_url: &str) -> LineSettings {
        LineSettings::new(base_url, AccessToken::parse("token\n").unwrap())
    }

    #[test]
    fn an_address_is_a_host_and_no_more() {
        let host = settings("https://api.line.me").host().unwrap();
        assert!(host.encrypted.is_some());
        assert_eq!((host.name.as_str(), host.port), ("api.line.me", 443));
        let host = settings("http://127.0.0.1:9000").host().unwrap();
        assert!(host.encrypted.is_none() && host.port == 9000);
        for wrong in ["", "api.line.me", "https://api.line.me/", "https://a/v2", "ftp://a", "https://a?x=1"] {
            assert_eq!(settings(wrong).host().err(), Some(LineSettingsError::BaseUrl), "{wrong}");
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        assert!(!format!("{:?}", settings("https://api.line.me")).contains("token\""));
        for wrong in ["", "a b", "line\r\nX: y"] {
            assert!(AccessToken::parse(wrong).is_none(), "{wrong}");
        }
    }
}
