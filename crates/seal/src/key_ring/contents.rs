//! What stands in the ring's file: names, public keys, and secrets wrapped under the wrapping key.
//!
//! Nothing here is readable without the wrapping key of its generation. Each wrapped value is bound to its
//! deployment, generation and name, so that none can be put in another's place, nor an old one back.

use std::collections::{BTreeMap, BTreeSet};

use domain::service_day::ServiceDay;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::RingError;
use crate::identity::Deployment;
use crate::random::Randomness;
use crate::suite;

const FORMAT: u32 = 1;

/// The ring's file, decrypted. All that is secret in it is wrapped once more.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contents {
    format: u32,
    deployment: String,
    /// Which wrapping key its secrets are under.
    pub(super) generation: u64,
    identity: Wrapped,
    office: Wrapped,
    /// By date as text, which sorts as the days do.
    days: BTreeMap<String, Day>,
    destroyed: BTreeSet<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    suite: i64,
    public_key: Wrapped,
    keys: Wrapped,
}

/// Bytes, written in hexadecimal.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Wrapped(Vec<u8>);

impl TryFrom<String> for Wrapped {
    type Error = data_encoding::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).map(Self)
    }
}

impl From<Wrapped> for String {
    fn from(wrapped: Wrapped) -> Self {
        data_encoding::HEXLOWER.encode(&wrapped.0)
    }
}

/// The key that wraps a generation's secrets.
pub(super) type Kek = Zeroizing<[u8; 32]>;

/// The secrets of a ring that outlive every day.
pub(super) struct Lasting {
    /// Seed of the Ed25519 identity.
    pub(super) identity: Zeroizing<[u8; 32]>,
    /// The office's private key.
    pub(super) office: Zeroizing<[u8; 32]>,
}

/// A day's secrets.
pub(super) struct DayKeys {
    /// The private key.
    pub(super) private: Zeroizing<[u8; 32]>,
    /// The secret of its tags, and of the keys of notices whose newest day it is.
    pub(super) tag: Zeroizing<[u8; 32]>,
}

/// How a day stands in the ring.
pub(super) enum Held {
    /// Its keys are here.
    Yes,
    /// They were, and were destroyed.
    Destroyed,
    /// They never were.
    Never,
}

impl Contents {
    /// A new ring's, with no days.
    pub(super) fn new(
        deployment: &Deployment,
        generation: u64,
        kek: &Kek,
        lasting: &Lasting,
        randomness: &Randomness,
    ) -> Self {
        let wrap = |name: &str, secret: &[u8; 32]| {
            Wrapped(suite::wrap(kek, &aad(deployment.as_str(), generation, name), secret, randomness))
        };
        Self {
            format: FORMAT,
            deployment: deployment.as_str().to_owned(),
            generation,
            identity: wrap("identity", &lasting.identity),
            office: wrap("office", &lasting.office),
            days: BTreeMap::new(),
            destroyed: BTreeSet::new(),
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, RingError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let Format { format } =
            serde_json::from_slice(bytes).map_err(|_| RingError::Damaged("the ring is no JSON of ours"))?;
        if format != FORMAT {
            return Err(RingError::UnknownFormat(format));
        }
        let contents: Self =
            serde_json::from_slice(bytes).map_err(|_| RingError::Damaged("the ring lacks something"))?;
        let dates = contents.days.keys().chain(&contents.destroyed);
        if dates.into_iter().any(|date| ServiceDay::parse(date).is_none()) {
            return Err(RingError::Damaged("a day of the ring is no date"));
        }
        Ok(contents)
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, RingError> {
        serde_json::to_vec(self).map_err(|_| RingError::Damaged("the ring could not be written as JSON"))
    }

    pub(super) fn deployment(&self) -> Result<Deployment, RingError> {
        Deployment::parse(&self.deployment)
            .ok_or(RingError::Damaged("the ring's deployment has no valid name"))
    }

    pub(super) fn lasting(&self, kek: &Kek) -> Result<Lasting, RingError> {
        Ok(Lasting {
            identity: self.unwrap(kek, "identity", &self.identity)?,
            office: self.unwrap(kek, "office", &self.office)?,
        })
    }

    pub(super) fn days(&self) -> Vec<ServiceDay> {
        self.days.keys().filter_map(|date| ServiceDay::parse(date)).collect()
    }

    pub(super) fn holds(&self, day: ServiceDay) -> Held {
        let date = day.to_string();
        if self.days.contains_key(&date) {
            Held::Yes
        } else if self.destroyed.contains(&date) {
            Held::Destroyed
        } else {
            Held::Never
        }
    }

    pub(super) fn day_public(&self, day: ServiceDay) -> Option<[u8; 32]> {
        self.days.get(&day.to_string())?.public_key.0.as_slice().try_into().ok()
    }

    pub(super) fn day_keys(&self, kek: &Kek, day: ServiceDay) -> Result<DayKeys, RingError> {
        let date = day.to_string();
        let entry = self.days.get(&date).ok_or(RingError::Unknown(day))?;
        let both: Zeroizing<[u8; 64]> = self.unwrap(kek, &format!("day/{date}"), &entry.keys)?;
        let (mut private, mut tag) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
        private.copy_from_slice(&both[..32]);
        tag.copy_from_slice(&both[32..]);
        Ok(DayKeys { private, tag })
    }

    pub(super) fn put_day(
        &mut self,
        kek: &Kek,
        day: ServiceDay,
        keys: &DayKeys,
        public_key: [u8; 32],
        randomness: &Randomness,
    ) {
        let date = day.to_string();
        let mut both = Zeroizing::new([0; 64]);
        both[..32].copy_from_slice(keys.private.as_slice());
        both[32..].copy_from_slice(keys.tag.as_slice());
        let aad = aad(&self.deployment, self.generation, &format!("day/{date}"));
        let keys = Wrapped(suite::wrap(kek, &aad, both.as_slice(), randomness));
        let public_key = Wrapped(public_key.to_vec());
        self.days.insert(date, Day { suite: suite::SUITE, public_key, keys });
    }

    /// The same ring under another wrapping key, without the days `ended`.
    pub(super) fn rewrapped(
        &self,
        old: &Kek,
        new: &Kek,
        generation: u64,
        ended: &[ServiceDay],
        randomness: &Randomness,
    ) -> Result<Self, RingError> {
        let deployment = self.deployment()?;
        let mut next = Self::new(&deployment, generation, new, &self.lasting(old)?, randomness);
        next.destroyed.clone_from(&self.destroyed);
        for day in self.days() {
            if ended.contains(&day) {
                next.destroyed.insert(day.to_string());
                continue;
            }
            let public =
                self.day_public(day).ok_or(RingError::Damaged("a day's public key has not 32 bytes"))?;
            next.put_day(new, day, &self.day_keys(old, day)?, public, randomness);
        }
        Ok(next)
    }

    fn unwrap<const N: usize>(
        &self,
        kek: &Kek,
        name: &str,
        wrapped: &Wrapped,
    ) -> Result<Zeroizing<[u8; N]>, RingError> {
        let aad = aad(&self.deployment, self.generation, name);
        let secret = suite::unwrap(kek, &aad, &wrapped.0);
        let secret =
            secret.ok_or(RingError::Damaged("a secret doesn't fit the wrapping key beside the ring"))?;
        let secret = secret.as_slice().try_into().map(Zeroizing::new);
        secret.map_err(|_| RingError::Damaged("a secret has not its length"))
    }
}

fn aad(deployment: &str, generation: u64, name: &str) -> Vec<u8> {
    format!("tadori/v1/ring/{deployment}/{generation}/{name}").into_bytes()
}
