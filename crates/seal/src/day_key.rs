//! One key pair a service day: sealing a visitor's contact, and opening it.
//!
//! The public server is given a day's public key by the database, believes it only if the key ring signed it
//! ([`Sealer::open_day`]), and seals each contact in the request that brought it ([`DaySealer::seal`]). The
//! worker opens what it must, with the day's private key ([`DayOpener`]), until the day's end destroys that
//! key and with it every copy of every contact of the day, backups included.
//!
//! A sealed contact is bound to its [`CheckInPlace`] and to its deployment: copied to another venue, moment
//! or day, it doesn't open. There is no way here to seal without a signed key, and none to open on the
//! public server.
//!
//! What a positive person reports on a day, and the case that comes of it, are sealed to the same key as
//! records ([`DaySealer::seal_record`]): they end with the day of their receipt, in every copy too.

use std::fmt;

use domain::check_in::CheckInPlace;
use domain::contact::Contact;
use domain::service_day::ServiceDay;
use zeroize::Zeroizing;

use crate::contact_codec;
use crate::error::{OpenError, SealError};
use crate::identity::{Deployment, SigningKey, VerifyingKey};
use crate::office::{self, OfficePublic, OfficeSealer, Purpose};
use crate::suite::{PrivateKey, PublicKey, SUITE};

#[cfg(test)]
mod tests;

/// The lengths in bytes that a sealed contact can have, whatever the address.
pub const SEALED_LENGTHS: [usize; 5] = contact_codec::SEALED_LENGTHS;

/// A day's public key as the store keeps it: believed only after [`Sealer::open_day`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPublic {
    /// The service day.
    pub day: ServiceDay,
    /// The number of the cipher suite; 1 is RFC 9180's X25519, HKDF-SHA256, ChaCha20-Poly1305.
    pub suite: i64,
    /// The public key.
    pub public_key: [u8; 32],
    /// The key ring's signature over deployment, day, suite and key.
    pub signature: [u8; 64],
}

impl DayPublic {
    /// From the columns of a store; `None` if a length is wrong.
    pub fn from_stored(day: ServiceDay, suite: i64, public_key: &[u8], signature: &[u8]) -> Option<Self> {
        let (public_key, signature) = (public_key.try_into().ok()?, signature.try_into().ok()?);
        Some(Self { day, suite, public_key, signature })
    }

    pub(crate) fn sign(
        deployment: &Deployment,
        day: ServiceDay,
        public_key: [u8; 32],
        signing: &SigningKey,
    ) -> Self {
        let mut public = Self { day, suite: SUITE, public_key, signature: [0; 64] };
        public.signature = signing.sign(&public.signed_bytes(deployment));
        public
    }

    /// What the signature covers.
    fn signed_bytes(&self, deployment: &Deployment) -> Vec<u8> {
        let mut message = b"tadori/v1/day-key\0".to_vec();
        deployment.prefix(&mut message);
        message.extend_from_slice(self.day.to_string().as_bytes());
        message.extend_from_slice(&self.suite.to_be_bytes());
        message.extend_from_slice(&self.public_key);
        message
    }
}

/// What the public server needs for sealing: two lines of its configuration, and nothing secret.
#[derive(Clone, Debug)]
pub struct Sealer {
    deployment: Deployment,
    verifying: VerifyingKey,
}

impl Sealer {
    /// For this deployment, trusting this key ring.
    pub const fn new(deployment: Deployment, verifying: VerifyingKey) -> Self {
        Self { deployment, verifying }
    }

    /// Believes a day's key if the ring signed it. Costs a signature check: keep what it returns for the day.
    ///
    /// # Errors
    /// [`SealError::UnknownSuite`], [`SealError::NotSigned`]
    pub fn open_day(&self, public: &DayPublic) -> Result<DaySealer, SealError> {
        if public.suite != SUITE {
            return Err(SealError::UnknownSuite(public.suite));
        }
        if !self.verifying.verifies(&public.signed_bytes(&self.deployment), &public.signature) {
            return Err(SealError::NotSigned);
        }
        Ok(DaySealer {
            binding: Binding::new(self.deployment.clone(), public.day),
            key: PublicKey::new(public.public_key),
        })
    }

    /// Believes the office's key if the ring signed it.
    ///
    /// # Errors
    /// [`SealError::UnknownSuite`], [`SealError::NotSigned`]
    pub fn open_office(&self, public: &OfficePublic) -> Result<OfficeSealer, SealError> {
        OfficeSealer::new(&self.deployment, &self.verifying, public)
    }
}

/// A day's believed key: seals that day's contacts.
#[derive(Clone)]
pub struct DaySealer {
    binding: Binding,
    key: PublicKey,
}

impl DaySealer {
    /// The day whose contacts it seals.
    pub const fn day(&self) -> ServiceDay {
        self.binding.day
    }

    /// Seals a contact to its place: 32 bytes of encapsulated key, then the ciphertext. The length is one of
    /// [`SEALED_LENGTHS`]. `language` is the tag of the page that the visitor used, such as `ja`.
    ///
    /// # Errors
    /// [`SealError::WrongDay`], [`SealError::NotEncodable`], [`SealError::KeyRefused`]
    pub fn seal(
        &self,
        contact: &Contact,
        language: &str,
        place: &CheckInPlace,
    ) -> Result<Vec<u8>, SealError> {
        if place.day != self.day() {
            return Err(SealError::WrongDay { place: place.day, key: self.day() });
        }
        let plain = contact_codec::encode(contact, language).ok_or(SealError::NotEncodable)?;
        let aad = self.binding.aad(place);
        self.key.seal(&self.binding.info, &aad, &plain).ok_or(SealError::KeyRefused)
    }

    /// Seals `plaintext`, received on this day, for the row `record`, whose stored identifier is bound in.
    /// Its length is rounded up as an office record's is.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond [`office::RECORD_MAX`], [`SealError::KeyRefused`]
    pub fn seal_record(
        &self,
        purpose: Purpose,
        record: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let info = self.binding.record_info(purpose);
        office::seal_padded(&self.key, &info, &self.binding.deployment, record, plaintext)
    }
}

impl fmt::Debug for DaySealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DaySealer({})", self.day())
    }
}

/// What a sealed contact held.
#[derive(Debug)]
pub struct Opened {
    /// The contact.
    pub contact: Contact,
    /// The language tag of the page that the visitor used.
    pub language: String,
}

/// A day's private key, unwrapped: opens that day's contacts. Its memory is wiped when it is dropped.
pub struct DayOpener {
    binding: Binding,
    key: PrivateKey,
}

impl DayOpener {
    pub(crate) fn new(deployment: Deployment, day: ServiceDay, private: &[u8; 32]) -> Self {
        Self { binding: Binding::new(deployment, day), key: PrivateKey::new(private) }
    }

    /// The day whose contacts it opens.
    pub const fn day(&self) -> ServiceDay {
        self.binding.day
    }

    /// Opens a contact in its place.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn open(&self, place: &CheckInPlace, sealed: &[u8]) -> Result<Opened, OpenError> {
        if place.day != self.day() {
            return Err(OpenError::WrongDay { place: place.day, key: self.day() });
        }
        let aad = self.binding.aad(place);
        let plain = self.key.open(&self.binding.info, &aad, sealed).ok_or(OpenError::NotOpened)?;
        let (contact, language) = contact_codec::decode(&plain).ok_or(OpenError::Malformed)?;
        Ok(Opened { contact, language })
    }

    /// Opens what [`DaySealer::seal_record`] sealed on this day for this purpose and this row.
    ///
    /// # Errors
    /// [`OpenError::NotOpened`], [`OpenError::Malformed`]
    pub fn open_record(
        &self,
        purpose: Purpose,
        record: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let info = self.binding.record_info(purpose);
        office::open_padded(&self.key, &info, &self.binding.deployment, record, sealed)
    }
}

impl fmt::Debug for DayOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DayOpener({}, …)", self.day())
    }
}

/// What both sides bind a contact or a record to.
#[derive(Clone)]
struct Binding {
    deployment: Deployment,
    day: ServiceDay,
    info: Vec<u8>,
}

impl Binding {
    fn new(deployment: Deployment, day: ServiceDay) -> Self {
        Self { deployment, day, info: format!("tadori/v1/contact/{day}").into_bytes() }
    }

    /// A record's label: its purpose and the day. No contact has this one.
    fn record_info(&self, purpose: Purpose) -> Vec<u8> {
        format!("tadori/v1/day-record/{}/{}", purpose.word(), self.day).into_bytes()
    }

    /// Deployment, day, venue, instant and nonce, each of fixed length or with its length in front.
    fn aad(&self, place: &CheckInPlace) -> Vec<u8> {
        let mut aad = Vec::with_capacity(1 + 64 + 10 + 8 + 8 + 16);
        self.deployment.prefix(&mut aad);
        aad.extend_from_slice(place.day.to_string().as_bytes());
        aad.extend_from_slice(&place.venue.as_i64().to_be_bytes());
        aad.extend_from_slice(&place.at.as_micros().to_be_bytes());
        aad.extend_from_slice(place.nonce.as_bytes());
        aad
    }
}
