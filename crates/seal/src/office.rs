//! The office's key: what operators hand in, readable by the worker alone. And the form of every record.
//!
//! An operator's name, e-mail and telephone don't belong to one day, so they are sealed to one key pair of
//! the office, whose private half lies in the key ring. The same rules as for a day's key: the public half
//! is signed, each record is bound to its purpose and its row, and lengths are rounded up so that they tell
//! little.
//!
//! Unlike a day's, this key isn't destroyed: such a record ends when its row is erased, and its copies end
//! with the backups that hold them. So what a positive person hands in is not sealed to it, but to the day
//! of its receipt ([`crate::day_key::DaySealer::seal_record`]), in the same form.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::{OpenError, SealError};
use crate::identity::{Deployment, SigningKey, VerifyingKey};
use crate::suite::{PrivateKey, PublicKey, SUITE};

/// What kind of record was sealed: one of another kind doesn't open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Who operates a venue.
    Operator,
    /// What an operator asks the desk.
    Enquiry,
    /// What a positive person reported about themselves: to the key of the day of its receipt.
    Report,
    /// The contacts of a case, by which its own check-ins are found and left out of the notice: to the key of
    /// the day on which the case was received.
    CaseContacts,
    /// An answer to a LINE account, with what is needed to give it: to the key of the day on which it wrote.
    LineReply,
}

impl Purpose {
    /// The word in a label.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Enquiry => "enquiry",
            Self::Report => "report",
            Self::CaseContacts => "case-contacts",
            Self::LineReply => "line-reply",
        }
    }

    fn info(self) -> Vec<u8> {
        format!("tadori/v1/office/{}", self.word()).into_bytes()
    }
}

/// The longest record that is sealed.
pub const RECORD_MAX: usize = 64 * 1024;

/// Plaintexts are padded to a multiple of this.
const BLOCK: usize = 256;

/// The office's public key as the store or the configuration keeps it: believed only after
/// [`crate::day_key::Sealer::open_office`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficePublic {
    /// The number of the cipher suite, as in [`crate::day_key::DayPublic`].
    pub suite: i64,
    /// The public key.
    pub public_key: [u8; 32],
    /// The key ring's signature over deployment, suite and key.
    pub signature: [u8; 64],
}

impl OfficePublic {
    /// From the columns of a store; `None` if a length is wrong.
    pub fn from_stored(suite: i64, public_key: &[u8], signature: &[u8]) -> Option<Self> {
        let (public_key, signature) = (public_key.try_into().ok()?, signature.try_into().ok()?);
        Some(Self { suite, public_key, signature })
    }

    pub(crate) fn sign(deployment: &Deployment, public_key: [u8; 32], signing: &SigningKey) -> Self {
        let mut public = Self { suite: SUITE, public_key, signature: [0; 64] };
        public.signature = signing.sign(&public.signed_bytes(deployment));
        public
    }

    fn signed_bytes(&self, deployment: &Deployment) -> Vec<u8> {
        let mut message = b"tadori/v1/office-key\0".to_vec();
        deployment.prefix(&mut message);
        message.extend_from_slice(&self.suite.to_be_bytes());
        message.extend_from_slice(&self.public_key);
        message
    }
}

/// The office's believed key: seals records that only the worker opens.
#[derive(Clone)]
pub struct OfficeSealer {
    deployment: Deployment,
    key: PublicKey,
}

impl OfficeSealer {
    pub(crate) fn new(
        deployment: &Deployment,
        verifying: &VerifyingKey,
        public: &OfficePublic,
    ) -> Result<Self, SealError> {
        if public.suite != SUITE {
            return Err(SealError::UnknownSuite(public.suite));
        }
        if !verifying.verifies(&public.signed_bytes(deployment), &public.signature) {
            return Err(SealError::NotSigned);
        }
        Ok(Self { deployment: deployment.clone(), key: PublicKey::new(public.public_key) })
    }

    /// Seals `plaintext` for the row `record`, whose stored identifier is bound in.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond [`RECORD_MAX`], [`SealError::KeyRefused`]
    pub fn seal(&self, purpose: Purpose, record: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        seal_padded(&self.key, &purpose.info(), &self.deployment, record, plaintext)
    }
}

impl fmt::Debug for OfficeSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OfficeSealer({})", self.deployment.as_str())
    }
}

/// The office's private key, unwrapped. Its memory is wiped when it is dropped.
pub struct OfficeOpener {
    deployment: Deployment,
    key: PrivateKey,
}

impl OfficeOpener {
    pub(crate) fn new(deployment: Deployment, private: &[u8; 32]) -> Self {
        Self { deployment, key: PrivateKey::new(private) }
    }

    /// Opens what was sealed for this purpose and this row.
    ///
    /// # Errors
    /// [`OpenError::NotOpened`], [`OpenError::Malformed`]
    pub fn open(
        &self,
        purpose: Purpose,
        record: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        open_padded(&self.key, &purpose.info(), &self.deployment, record, sealed)
    }
}

impl fmt::Debug for OfficeOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfficeOpener(…)")
    }
}

/// Seals a padded record, bound to deployment and row, to the office's key or a day's: `info` tells which.
pub(crate) fn seal_padded(
    key: &PublicKey,
    info: &[u8],
    deployment: &Deployment,
    record: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let padded = pad(plaintext).ok_or(SealError::TooLong)?;
    key.seal(info, &aad(deployment, record), &padded).ok_or(SealError::KeyRefused)
}

/// Opens what [`seal_padded`] sealed.
pub(crate) fn open_padded(
    key: &PrivateKey,
    info: &[u8],
    deployment: &Deployment,
    record: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut padded = key.open(info, &aad(deployment, record), sealed).ok_or(OpenError::NotOpened)?;
    let length = unpadded_len(&padded).ok_or(OpenError::Malformed)?;
    padded.copy_within(4..4 + length, 0);
    padded.truncate(length);
    Ok(padded)
}

fn aad(deployment: &Deployment, record: &[u8]) -> Vec<u8> {
    let mut aad = Vec::with_capacity(65 + record.len());
    deployment.prefix(&mut aad);
    aad.extend_from_slice(record);
    aad
}

/// Four bytes of length, the plaintext, zeros.
fn pad(plaintext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if plaintext.len() > RECORD_MAX {
        return None;
    }
    let whole = (4 + plaintext.len()).next_multiple_of(BLOCK);
    let mut padded = Zeroizing::new(Vec::with_capacity(whole));
    padded.extend_from_slice(&u32::try_from(plaintext.len()).ok()?.to_be_bytes());
    padded.extend_from_slice(plaintext);
    padded.resize(whole, 0);
    Some(padded)
}

fn unpadded_len(padded: &[u8]) -> Option<usize> {
    let (length, rest) = padded.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let padding = rest.get(length..)?;
    let canonical = length <= RECORD_MAX && (4 + length).next_multiple_of(BLOCK) == padded.len();
    (canonical && padding.iter().all(|b| *b == 0)).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn padding_is_read_back_and_rounds_up(plaintext in proptest::collection::vec(any::<u8>(), 0..1100)) {
            let padded = pad(&plaintext).unwrap();
            prop_assert_eq!(padded.len() % BLOCK, 0);
            prop_assert_eq!(unpadded_len(&padded), Some(plaintext.len()));
            prop_assert_eq!(&padded[4..4 + plaintext.len()], plaintext.as_slice());
        }

        #[test]
        fn no_bytes_make_it_panic(padded in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = unpadded_len(&padded);
        }
    }

    #[test]
    fn padding_has_one_form() {
        let mut padded = pad(b"x").unwrap().to_vec();
        assert_eq!(unpadded_len(&padded), Some(1));
        padded.resize(512, 0);
        assert_eq!(unpadded_len(&padded), None, "a block too many");
        padded.truncate(256);
        padded[200] = 1;
        assert_eq!(unpadded_len(&padded), None, "padding that isn't zero");
        assert!(pad(&vec![0; RECORD_MAX]).is_some());
        assert!(pad(&vec![0; RECORD_MAX + 1]).is_none());
    }
}
