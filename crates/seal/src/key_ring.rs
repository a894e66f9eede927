//! The key ring: every private key of a deployment, in one small folder outside the databases.
//!
//! It holds the deployment's identity (Ed25519), the office's private key, and for each service day that
//! still lives a private key and a tag key: random ones, never derived from anything that stays, since what
//! can be derived again wasn't destroyed.
//!
//! **How a day ends.** Everything is wrapped under one wrapping key, which lies in a file of its own and is
//! *replaced* at every expiry ([`KeyRing::destroy_days`]): write a new wrapping key, rewrap what remains, put
//! the new ring in place, then overwrite and unlink the old wrapping key. Any older copy of the ring, in a
//! backup or in a disk's unused blocks, is worth nothing from then on; 32 bytes are all that must really be
//! erased, so this folder belongs on a disk without snapshots. A crash between any two steps leaves a ring
//! that opens, and opening it ends what was begun.
//!
//! **One owner.** A lock file makes a second worker's ring read-only until the first is gone: it opens
//! contacts, and refuses changes with [`RingError::ReadOnly`]. Where the folder is a volume of several machines and a lock was
//! lost, whoever finds that another has written the ring changes nothing either. A reader must call [`KeyRing::refresh`] before
//! each job, both to see new days and to forget destroyed ones.
//!
//! **Backups.** A copy of the ring is useless without the wrapping key of its generation, and so is a backup
//! older than the last expiry. Copy `ring.age` and `kek-…` together, daily, to a medium where the new copy
//! replaces the old, and never into the databases' backups.
//!
//! Private keys are wiped from memory when dropped; no type here shows one in `Debug`.

use std::fmt;
use std::fs::File;
use std::path::Path;

use domain::id::NoticeId;
use domain::service_day::ServiceDay;
use zeroize::Zeroizing;

use crate::day_key::{DayOpener, DayPublic};
use crate::identity::{Deployment, SigningKey, VerifyingKey};
use crate::office::{OfficeOpener, OfficePublic};
use crate::random::Randomness;
use crate::suite;
use crate::tag::{self, RecipientKey, TagKey};

use contents::{Contents, DayKeys, Held, Kek, Lasting};
pub use error::RingError;
use folder::Folder;
pub use unlock::Unlock;

mod contents;
mod error;
mod folder;
mod unlock;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod tests;

/// What [`KeyRing::destroy_days`] did, for the ledger and the public log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destroyed {
    /// The days whose keys were here, and are gone.
    pub days: Vec<ServiceDay>,
    /// Days that had no keys here any more, or never had.
    pub absent: Vec<ServiceDay>,
    /// The generation of the wrapping key that is valid now; every earlier one is destroyed.
    pub generation: u64,
}

/// An open key ring.
pub struct KeyRing {
    folder: Folder,
    unlock: Unlock,
    randomness: Randomness,
    lock: Option<File>,
    deployment: Deployment,
    signing: SigningKey,
    contents: Contents,
    kek: Kek,
    /// The ring's file as it was read or written last.
    written: Vec<u8>,
}

impl KeyRing {
    /// Makes a ring in `folder`, which is made where it is missing; so is the key file.
    ///
    /// # Errors
    /// [`RingError::Exists`], [`RingError::ReadOnly`], [`RingError::KeyFile`], [`RingError::Io`]
    pub fn init(
        folder: &Path,
        unlock: &Unlock,
        deployment: &Deployment,
        randomness: &Randomness,
    ) -> Result<Self, RingError> {
        let place = Folder::at(folder);
        place.create()?;
        let lock = place.lock()?.ok_or(RingError::ReadOnly)?;
        if place.has_ring() {
            return Err(RingError::Exists(folder.to_owned()));
        }
        unlock.ensure_key_file()?;
        let kek: Kek = Zeroizing::new(randomness.bytes());
        let generation = place.next_generation()?;
        place.write_kek(generation, &kek)?;
        let secret = || Zeroizing::new(randomness.bytes::<32>());
        let lasting = Lasting { identity: secret(), office: secret() };
        let contents = Contents::new(deployment, generation, &kek, &lasting, randomness);
        place.write_new_ring(&unlock.encrypt(&contents.write()?)?)?;
        place.rename_new_ring()?;
        drop(lock);
        Self::open(folder, unlock, randomness)
    }

    /// Opens the ring in `folder`; read-only where another process owns it. The owner ends here what a crash
    /// left half done.
    ///
    /// # Errors
    /// [`RingError::Missing`], [`RingError::WrongKey`], [`RingError::KeyFile`], [`RingError::KekMissing`],
    /// [`RingError::UnknownFormat`], [`RingError::Damaged`], [`RingError::Io`]
    pub fn open(folder: &Path, unlock: &Unlock, randomness: &Randomness) -> Result<Self, RingError> {
        let folder = Folder::at(folder);
        if !folder.has_ring() {
            return Err(RingError::Missing(folder.path().to_owned()));
        }
        let lock = folder.lock()?;
        let Loaded { written, contents, kek, lasting } = load(&folder, unlock)?;
        let signing = SigningKey::from_seed(&lasting.identity)
            .ok_or(RingError::Damaged("the identity is no Ed25519 seed"))?;
        if lock.is_some() {
            folder.sweep(contents.generation)?;
        }
        Ok(Self {
            deployment: contents.deployment()?,
            folder,
            unlock: unlock.clone(),
            randomness: randomness.clone(),
            lock,
            signing,
            contents,
            kek,
            written,
        })
    }

    /// Reads the ring again, and takes ownership if it is free. For a reader, before each job.
    ///
    /// # Errors
    /// As [`Self::open`]
    pub fn refresh(&mut self) -> Result<(), RingError> {
        if self.lock.is_none() {
            let path = self.folder.path().to_owned();
            *self = Self::open(&path, &self.unlock, &self.randomness)?;
        }
        Ok(())
    }

    /// Whether another process owns the ring.
    pub const fn is_read_only(&self) -> bool {
        self.lock.is_none()
    }

    /// Whose ring it is.
    pub const fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// What the public servers must trust: the line `verifying_key` of their configuration.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.signing.verifying_key()
    }

    /// How often the wrapping key was replaced.
    pub const fn generation(&self) -> u64 {
        self.contents.generation
    }

    /// The days whose keys are here, ascending.
    pub fn days(&self) -> Vec<ServiceDay> {
        self.contents.days()
    }

    /// Makes a day's keys, or finds them: the same public key every time.
    ///
    /// # Errors
    /// [`RingError::ReadOnly`], [`RingError::Destroyed`], [`RingError::Damaged`], [`RingError::Io`]
    pub fn make_day(&mut self, day: ServiceDay) -> Result<DayPublic, RingError> {
        let mut made = self.make_days(&[day])?;
        made.pop().ok_or(RingError::Unknown(day))
    }

    /// Makes the keys of several days with one writing of the ring.
    ///
    /// # Errors
    /// As [`Self::make_day`]; none is made then.
    pub fn make_days(&mut self, days: &[ServiceDay]) -> Result<Vec<DayPublic>, RingError> {
        let mut contents = self.contents.clone();
        let mut changed = false;
        for day in days {
            match contents.holds(*day) {
                Held::Yes => continue,
                Held::Destroyed => return Err(RingError::Destroyed(*day)),
                Held::Never if self.lock.is_none() => return Err(RingError::ReadOnly),
                Held::Never => {}
            }
            let (private, public) = suite::key_pair(&self.randomness);
            let keys = DayKeys { private, tag: Zeroizing::new(self.randomness.bytes()) };
            contents.put_day(&self.kek, *day, &keys, public, &self.randomness);
            changed = true;
        }
        if changed {
            self.still_ours()?;
            let written = self.unlock.encrypt(&contents.write()?)?;
            self.folder.write_new_ring(&written)?;
            self.put_in_place(contents, self.kek.clone(), written)?;
        }
        days.iter().map(|day| self.day_public(*day)).collect()
    }

    /// A day's public key, signed, as the public servers get it through the store.
    ///
    /// # Errors
    /// [`RingError::Destroyed`], [`RingError::Unknown`], [`RingError::Damaged`]
    pub fn day_public(&self, day: ServiceDay) -> Result<DayPublic, RingError> {
        self.check_held(day)?;
        let public = self.contents.day_public(day);
        let public = public.ok_or(RingError::Damaged("a day's public key has not 32 bytes"))?;
        Ok(DayPublic::sign(&self.deployment, day, public, &self.signing))
    }

    /// What opens the day's contacts. Unwrapped now, and wiped when dropped.
    ///
    /// # Errors
    /// [`RingError::Destroyed`], [`RingError::Unknown`], [`RingError::Damaged`]
    pub fn open_day(&self, day: ServiceDay) -> Result<DayOpener, RingError> {
        self.check_held(day)?;
        let keys = self.contents.day_keys(&self.kek, day)?;
        Ok(DayOpener::new(self.deployment.clone(), day, &keys.private))
    }

    /// What makes the tags of the day's index.
    ///
    /// # Errors
    /// As [`Self::open_day`]
    pub fn tag_key(&self, day: ServiceDay) -> Result<TagKey, RingError> {
        self.check_held(day)?;
        Ok(TagKey::new(&self.contents.day_keys(&self.kek, day)?.tag))
    }

    /// Destroys the keys of `days`, with one replacement of the wrapping key. When this returns, nothing that
    /// was sealed to those days can be opened, by whatever copy. Done again without harm.
    ///
    /// # Errors
    /// [`RingError::ReadOnly`], [`RingError::Damaged`], [`RingError::Io`]: then it must be done again.
    pub fn destroy_days(&mut self, days: &[ServiceDay]) -> Result<Destroyed, RingError> {
        self.still_ours()?;
        let held = |day: &ServiceDay| matches!(self.contents.holds(*day), Held::Yes);
        let (held, absent): (Vec<_>, Vec<_>) = days.iter().copied().partition(held);
        if held.is_empty() {
            // A former call may have failed between the ring's renaming and the old key's end.
            self.folder.sweep(self.contents.generation)?;
        } else {
            self.replace_kek(&held, Step::OldKekDestroyed)?;
        }
        Ok(Destroyed { days: held, absent, generation: self.contents.generation })
    }

    /// Replaces the wrapping key and ends no day: after a copy of the folder may have been seen.
    ///
    /// # Errors
    /// As [`Self::destroy_days`]
    pub fn rotate(&mut self) -> Result<u64, RingError> {
        self.still_ours()?;
        self.replace_kek(&[], Step::OldKekDestroyed)?;
        Ok(self.contents.generation)
    }

    /// Has the ring opened by another key file or passphrase from now on, and replaces the wrapping key with it: after
    /// what opens it may have been seen. A key file is made where there is none; the old one stays, and opens nothing
    /// any more but copies from before, as long as their wrapping key exists.
    ///
    /// # Errors
    /// As [`Self::destroy_days`]; then either of both opens it.
    pub fn replace_unlock(&mut self, unlock: &Unlock) -> Result<u64, RingError> {
        self.still_ours()?;
        unlock.ensure_key_file()?;
        self.unlock = unlock.clone();
        self.rotate()
    }

    /// The office's public key, signed.
    ///
    /// # Errors
    /// [`RingError::Damaged`]
    pub fn office_public(&self) -> Result<OfficePublic, RingError> {
        let private = self.contents.lasting(&self.kek)?.office;
        let public =
            suite::public_of(&private).ok_or(RingError::Damaged("the office's key is no X25519 key"))?;
        Ok(OfficePublic::sign(&self.deployment, public, &self.signing))
    }

    /// What opens operators' data. Unwrapped now, and wiped when dropped.
    ///
    /// # Errors
    /// [`RingError::Damaged`]
    pub fn office_opener(&self) -> Result<OfficeOpener, RingError> {
        let private = self.contents.lasting(&self.kek)?.office;
        Ok(OfficeOpener::new(self.deployment.clone(), &private))
    }

    /// Wraps a notice's own key for the office database, which alone gives noise. The wrapping ends with
    /// `day`, the newest that the notice is about: after it no copy confirms whom the notice was sent to.
    ///
    /// # Errors
    /// [`RingError::Destroyed`], [`RingError::Unknown`], [`RingError::Damaged`]
    pub fn wrap_notice_key(
        &self,
        day: ServiceDay,
        notice: NoticeId,
        key: &RecipientKey,
    ) -> Result<Vec<u8>, RingError> {
        let wrapping = self.notice_wrapping_key(day)?;
        Ok(suite::wrap(&wrapping, &self.notice_aad(day, notice), key.as_bytes(), &self.randomness))
    }

    /// Unwraps what [`Self::wrap_notice_key`] wrapped for this day and this notice.
    ///
    /// # Errors
    /// [`RingError::Destroyed`], [`RingError::Unknown`], [`RingError::NoticeKey`], [`RingError::Damaged`]
    pub fn unwrap_notice_key(
        &self,
        day: ServiceDay,
        notice: NoticeId,
        wrapped: &[u8],
    ) -> Result<RecipientKey, RingError> {
        let key = suite::unwrap(&*self.notice_wrapping_key(day)?, &self.notice_aad(day, notice), wrapped);
        key.and_then(|key| RecipientKey::from_bytes(&key)).ok_or(RingError::NoticeKey)
    }

    fn notice_wrapping_key(&self, day: ServiceDay) -> Result<Zeroizing<[u8; 32]>, RingError> {
        self.check_held(day)?;
        Ok(tag::notice_wrapping_key(&self.contents.day_keys(&self.kek, day)?.tag))
    }

    fn notice_aad(&self, day: ServiceDay, notice: NoticeId) -> Vec<u8> {
        let mut aad = b"tadori/v1/notice-key\0".to_vec();
        self.deployment.prefix(&mut aad);
        aad.extend_from_slice(day.to_string().as_bytes());
        aad.extend_from_slice(notice.as_bytes());
        aad
    }

    fn check_held(&self, day: ServiceDay) -> Result<(), RingError> {
        match self.contents.holds(day) {
            Held::Yes => Ok(()),
            Held::Destroyed => Err(RingError::Destroyed(day)),
            Held::Never => Err(RingError::Unknown(day)),
        }
    }

    /// The replacement, step by step; a test stops after any of them, as a power cut would.
    fn replace_kek(&mut self, ended: &[ServiceDay], until: Step) -> Result<(), RingError> {
        let (old, generation) = (self.contents.generation, self.folder.next_generation()?);
        let kek: Kek = Zeroizing::new(self.randomness.bytes());
        self.folder.write_kek(generation, &kek)?;
        if until == Step::NewKekWritten {
            return Ok(());
        }
        let contents = self.contents.rewrapped(&self.kek, &kek, generation, ended, &self.randomness)?;
        let written = self.unlock.encrypt(&contents.write()?)?;
        self.folder.write_new_ring(&written)?;
        if until == Step::NewRingWritten {
            return Ok(());
        }
        self.put_in_place(contents, kek, written)?;
        if until == Step::NewRingInPlace {
            return Ok(());
        }
        self.folder.destroy_kek(old)?;
        self.folder.sweep(generation)
    }

    /// Looks, before anything is changed, whether the ring on the disk is the one that we know. A machine that stood
    /// still may have lost it to another, which its lock didn't reach: written from memory it would have destroyed days
    /// again, and not the newest ones; swept by what we know, its wrapping key would be gone.
    fn still_ours(&mut self) -> Result<(), RingError> {
        if self.lock.is_some() && self.folder.read_ring()? == self.written {
            return Ok(());
        }
        self.lock = None;
        Err(RingError::ReadOnly)
    }

    /// Puts the written ring in the old one's place, on the disk and in memory.
    fn put_in_place(&mut self, contents: Contents, kek: Kek, written: Vec<u8>) -> Result<(), RingError> {
        if let Err(error) = self.folder.rename_new_ring() {
            // Which of the two is on the disk now can't be known here: until `refresh` has read it again,
            // this ring changes nothing.
            self.lock = None;
            return Err(error);
        }
        self.contents = contents;
        self.kek = kek;
        self.written = written;
        Ok(())
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("folder", &self.folder.path())
            .field("deployment", &self.deployment.as_str())
            .field("generation", &self.contents.generation)
            .field("days", &self.days().len())
            .field("read_only", &self.is_read_only())
            .finish_non_exhaustive()
    }
}

/// After which step of the replacement a test may stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    NewKekWritten,
    NewRingWritten,
    NewRingInPlace,
    OldKekDestroyed,
}

/// A ring as it was read.
struct Loaded {
    written: Vec<u8>,
    contents: Contents,
    kek: Kek,
    lasting: Lasting,
}

/// Reads ring and wrapping key, and proves that they fit. Between the two readings the owner may replace
/// both, so a reader tries again, as long as it finds another generation than before.
fn load(folder: &Folder, unlock: &Unlock) -> Result<Loaded, RingError> {
    let mut before = None;
    loop {
        let written = folder.read_ring()?;
        let contents = Contents::read(&unlock.decrypt(&written)?)?;
        let kek = folder.read_kek(contents.generation);
        match kek.and_then(|kek| contents.lasting(&kek).map(|lasting| (kek, lasting))) {
            Ok((kek, lasting)) => return Ok(Loaded { written, contents, kek, lasting }),
            Err(RingError::KekMissing(_) | RingError::Damaged(_)) if before != Some(contents.generation) => {
                before = Some(contents.generation);
            }
            Err(error) => return Err(error),
        }
    }
}
