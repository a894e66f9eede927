//! Randomness: the one place where it is drawn, and always passed in.
//!
//! Keys, nonces and codes come from the operating system through AWS-LC. A simulation or a test takes a
//! seeded source instead, so that one number repeats the whole run; the seeded source is as predictable as
//! its seed and must never make a key that guards a person.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A source of random bytes. Clones of a seeded source share its state.
#[derive(Clone)]
pub struct Randomness(Source);

#[derive(Clone)]
enum Source {
    OperatingSystem,
    Seeded(Arc<Mutex<ChaCha20Rng>>),
}

impl Randomness {
    /// The operating system's.
    pub const fn os() -> Self {
        Self(Source::OperatingSystem)
    }

    /// The same bytes in every run with the same seed: for tests and simulations only.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// Fills `bytes`.
    ///
    /// # Panics
    /// If the operating system gives no random bytes: nothing may be sealed then.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::OperatingSystem => {
                aws_lc_rs::rand::fill(bytes).expect("a system without random bytes must not seal anything");
            }
            Source::Seeded(state) => {
                state.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
            }
        }
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::OperatingSystem => "Randomness(operating system)",
            Source::Seeded(_) => "Randomness(seeded)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_the_run_and_clones_go_on_where_it_stands() {
        let (one, other) = (Randomness::seeded(7), Randomness::seeded(7));
        assert_eq!(one.bytes::<16>(), other.bytes::<16>());
        assert_eq!(one.clone().bytes::<16>(), other.bytes::<16>());
        assert_eq!(one.bytes::<16>(), other.bytes::<16>());
        assert_ne!(one.bytes::<16>(), one.bytes::<16>());
        assert_ne!(Randomness::seeded(8).bytes::<16>(), Randomness::seeded(7).bytes::<16>());
    }

    #[test]
    fn the_operating_system_never_repeats() {
        assert_ne!(Randomness::os().bytes::<32>(), Randomness::os().bytes::<32>());
    }

    #[test]
    fn its_state_is_never_shown() {
        assert_eq!(format!("{:?}", Randomness::seeded(1)), "Randomness(seeded)");
    }
}
