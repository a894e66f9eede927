//! What opens the key ring's file: an age key file, or a passphrase.
//!
//! A key file is what a worker that starts by itself needs; it belongs on another volume than the ring, or
//! into the platform's secret store. A passphrase is for a ring that people carry.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use age::secrecy::{ExposeSecret, SecretString};
use age::{DecryptError, scrypt, x25519};
use zeroize::Zeroizing;

use super::RingError;
use super::folder;

/// What opens the ring's file.
#[derive(Clone)]
pub struct Unlock(Kind);

#[derive(Clone)]
enum Kind {
    KeyFile(PathBuf),
    Passphrase(SecretString),
}

impl Unlock {
    /// An age key file, as `age-keygen` writes it. [`super::KeyRing::init`] makes it where it is missing.
    pub fn key_file(path: impl Into<PathBuf>) -> Self {
        Self(Kind::KeyFile(path.into()))
    }

    /// A passphrase, stretched with scrypt: each opening and each change takes about a second.
    pub fn passphrase(passphrase: String) -> Self {
        Self(Kind::Passphrase(SecretString::from(passphrase)))
    }

    /// scrypt's work factor, log₂: about a second.
    const WORK: u8 = if cfg!(test) { 4 } else { 18 };

    /// The most that a file may ask of us.
    const WORK_MAX: u8 = 22;

    /// Writes a new key file where none is.
    pub(super) fn ensure_key_file(&self) -> Result<(), RingError> {
        let Kind::KeyFile(path) = &self.0 else { return Ok(()) };
        if path.exists() {
            return Ok(());
        }
        let identity = x25519::Identity::generate();
        let secret = identity.to_string();
        let text = Zeroizing::new(format!(
            "# opens Tadori's key ring; keep it apart from the ring\n# public key: {}\n{}\n",
            identity.to_public(),
            secret.expose_secret()
        ));
        let mut file = folder::create_new(path)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        written.map_err(|source| RingError::io(path, source))?;
        folder::sync_parent(path)
    }

    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, RingError> {
        let encrypted = match &self.0 {
            Kind::KeyFile(path) => age::encrypt(&read_identity(path)?.to_public(), plaintext),
            Kind::Passphrase(passphrase) => {
                let mut recipient = scrypt::Recipient::new(passphrase.clone());
                recipient.set_work_factor(Self::WORK);
                age::encrypt(&recipient, plaintext)
            }
        };
        encrypted.map_err(|_| RingError::Damaged("age could not encrypt the ring"))
    }

    pub(super) fn decrypt(&self, encrypted: &[u8]) -> Result<Vec<u8>, RingError> {
        let decrypted = match &self.0 {
            Kind::KeyFile(path) => age::decrypt(&read_identity(path)?, encrypted),
            Kind::Passphrase(passphrase) => {
                let mut identity = scrypt::Identity::new(passphrase.clone());
                identity.set_max_work_factor(Self::WORK_MAX);
                age::decrypt(&identity, encrypted)
            }
        };
        decrypted.map_err(|error| match error {
            // A wrong passphrase is a `DecryptionFailed`: the file's body, if changed, fails as `Io`.
            DecryptError::NoMatchingKeys
            | DecryptError::KeyDecryptionFailed
            | DecryptError::DecryptionFailed => RingError::WrongKey,
            _ => RingError::Damaged("the ring's file is cut short or changed"),
        })
    }
}

impl fmt::Debug for Unlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::KeyFile(path) => write!(f, "Unlock({})", path.display()),
            Kind::Passphrase(_) => f.write_str("Unlock(passphrase)"),
        }
    }
}

/// The first key of an age key file; comments and empty lines are passed over.
fn read_identity(path: &Path) -> Result<x25519::Identity, RingError> {
    let text = std::fs::read_to_string(path).map_err(|source| RingError::io(path, source))?;
    let text = Zeroizing::new(text);
    let key = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let identity = key.and_then(|key| key.parse().ok());
    identity.ok_or_else(|| RingError::KeyFile(path.to_owned()))
}
