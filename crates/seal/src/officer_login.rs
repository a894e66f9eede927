//! How an officer proves who they are: a password, and a code of their authenticator app.
//!
//! Passwords are stored as Argon2id hashes (RFC 9106) in PHC strings, so that stronger parameters later need
//! no migration. The app's codes are TOTP (RFC 6238: six digits, 30 seconds, SHA-1, which is what the common
//! apps understand); a code is good one step early or late, and only once, which is why
//! [`Totp::verify`] returns the step to be remembered.
//!
//! Both cost time or tell nothing on purpose: a sign-in with an unknown name burns the same time as one with
//! a wrong password ([`PasswordHash::burn`]).

use std::fmt;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use domain::id::OfficerId;
use totp_rs::{Builder, TotpError};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::random::Randomness;
use crate::suite;
use crate::web_secret::WebSecret;

/// A password's stored hash: `$argon2id$v=19$m=19456,t=2,p=1$…`.
#[derive(Clone)]
pub struct PasswordHash(phc::PasswordHash);

/// Why a new password was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`PasswordHash::MIN`] characters.
    #[error("a password needs at least {} characters", PasswordHash::MIN)]
    TooShort,
    /// More than [`PasswordHash::MAX`] characters.
    #[error("a password has at most {} characters", PasswordHash::MAX)]
    TooLong,
}

impl PasswordHash {
    /// The shortest password, in characters (NIST SP 800-63B: length, and no rules of composition).
    pub const MIN: usize = 12;
    /// The longest, so that nobody makes us hash a novel.
    pub const MAX: usize = 256;

    /// Hashes a new password: 19 MiB, two passes, one lane, with a random salt (OWASP's parameters).
    ///
    /// # Errors
    /// [`PasswordError`]
    pub fn new(password: &str, randomness: &Randomness) -> Result<Self, PasswordError> {
        let folded = fold(password);
        match folded.chars().count() {
            ..Self::MIN => return Err(PasswordError::TooShort),
            length if length > Self::MAX => return Err(PasswordError::TooLong),
            _ => {}
        }
        let salt = randomness.bytes::<16>();
        let hash = argon2().hash_password_with_salt(folded.as_bytes(), &salt);
        Ok(Self(hash.expect("salt and parameters are within Argon2's bounds")))
    }

    /// Reads a stored PHC string; `None` if it is no Argon2id hash.
    pub fn from_stored(phc: &str) -> Option<Self> {
        let hash = phc::PasswordHash::new(phc).ok()?;
        let argon2id = hash.algorithm.as_str() == "argon2id" && hash.salt.is_some() && hash.hash.is_some();
        argon2id.then_some(Self(hash))
    }

    /// The PHC string as it is stored.
    pub fn to_stored(&self) -> String {
        self.0.to_string()
    }

    /// Whether this is the password. Takes some 20 milliseconds of CPU: call it off the async threads.
    pub fn verify(&self, password: &str) -> bool {
        if password.chars().count() > Self::MAX {
            return false;
        }
        argon2().verify_password(fold(password).as_bytes(), &self.0).is_ok()
    }

    /// Takes as long as [`Self::verify`], for a name that nobody has: so that the time doesn't tell which
    /// officers there are.
    pub fn burn(password: &str) {
        let folded: String = fold(password).chars().take(Self::MAX).collect();
        let folded = Zeroizing::new(folded);
        // Its result is of no interest, and neither is its failure.
        let _ = argon2().hash_password_with_salt(folded.as_bytes(), &[0; 16]);
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Full-width letters are what a Japanese keyboard sends as readily as ASCII: both are one password.
fn fold(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfkc().collect())
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

/// The secret that an officer's authenticator app shares with us.
pub struct Totp {
    secret: Zeroizing<Vec<u8>>,
}

impl Totp {
    const STEP: u64 = 30;
    const LABEL: &[u8] = b"tadori/v1/totp\0";

    /// A new secret of 160 bits (RFC 4226, section 4).
    pub fn new(randomness: &Randomness) -> Self {
        Self { secret: Zeroizing::new(randomness.bytes::<20>().to_vec()) }
    }

    /// What is stored: the secret wrapped under the web servers' own and bound to its officer, so that a
    /// stolen database is no second factor.
    pub fn to_stored(&self, web: &WebSecret, officer: OfficerId, randomness: &Randomness) -> Vec<u8> {
        suite::wrap(&web.derive(Self::LABEL, b""), officer.as_bytes(), &self.secret, randomness)
    }

    /// Reads what is stored; `None` if it is another officer's, or of other web servers.
    pub fn from_stored(web: &WebSecret, officer: OfficerId, stored: &[u8]) -> Option<Self> {
        suite::unwrap(&web.derive(Self::LABEL, b""), officer.as_bytes(), stored).map(|secret| Self { secret })
    }

    /// The step that the code belongs to, if it is right, fresh, and later than `last_step`. The caller stores
    /// that step as the new `last_step` in the same transaction, so that the code can't be used twice.
    pub fn verify(&self, code: &str, now_secs: u64, last_step: Option<u64>) -> Option<u64> {
        let digits: String = code.nfkc().filter(|c| !c.is_whitespace()).collect();
        let well_formed = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit());
        if !well_formed {
            return None;
        }
        let step = self.totp("", None).ok()?.check(&digits, now_secs)?;
        last_step.is_none_or(|last| step > last).then_some(step)
    }

    /// The code of this moment: for the demo's page and for tests.
    pub fn current(&self, now_secs: u64) -> String {
        self.totp("", None)
            .map(|totp| totp.generate(now_secs - now_secs % Self::STEP).to_string())
            .unwrap_or_default()
    }

    /// The `otpauth://` address that the app reads from a QR code. `None` if a name contains a colon, which
    /// the format can't carry.
    pub fn otpauth_url(&self, account: &str, issuer: &str) -> Option<Zeroizing<String>> {
        self.totp(account, Some(issuer)).ok()?.to_url().ok().map(Zeroizing::new)
    }

    fn totp(&self, account: &str, issuer: Option<&str>) -> Result<totp_rs::Totp, TotpError> {
        Builder::new()
            .with_digits(6)
            .with_skew(1)
            .with_step_duration(Self::STEP)
            .with_secret(self.secret.to_vec())
            .with_account_name(account)
            .with_issuer(issuer)
            .build()
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totp(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc_secret() -> Totp {
        Totp { secret: Zeroizing::new(b"12345678901234567890".to_vec()) }
    }

    #[test]
    fn a_password_is_known_again_as_typed_on_either_keyboard() {
        let hash = PasswordHash::new("correct horse 2020", &Randomness::seeded(1)).unwrap();
        let stored = hash.to_stored();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let hash = PasswordHash::from_stored(&stored).unwrap();
        assert!(hash.verify("correct horse 2020"));
        assert!(hash.verify("ｃｏｒｒｅｃｔ　ｈｏｒｓｅ　２０２０"));
        assert!(!hash.verify("correct horse 2021"));
        assert!(!hash.verify(""));
        assert!(!hash.verify(&"x".repeat(10_000)));
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
        PasswordHash::burn("whatever");
    }

    #[test]
    fn a_salt_makes_two_hashes_of_one_password() {
        let randomness = Randomness::seeded(1);
        let hash = || PasswordHash::new("correct horse 2020", &randomness).unwrap().to_stored();
        assert_ne!(hash(), hash());
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        let new = |password: &str| PasswordHash::new(password, &Randomness::seeded(1)).err();
        assert_eq!(new("elevenchars"), Some(PasswordError::TooShort));
        assert_eq!(new(&"x".repeat(257)), Some(PasswordError::TooLong));
        assert_eq!(new("十二文字あれば足りるはず"), None);
    }

    #[test]
    fn what_is_no_argon2id_hash_is_not_read() {
        for stored in
            ["", "plain", "$2b$10$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ"]
        {
            assert!(PasswordHash::from_stored(stored).is_none(), "{stored}");
        }
    }

    /// RFC 6238, appendix B, SHA-1, cut to the last six of its eight digits.
    #[test]
    fn codes_are_the_rfcs() {
        let totp = rfc_secret();
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.current(now), code);
            assert_eq!(totp.verify(code, now, None), Some(now / 30));
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_step_on_either_side() {
        let totp = Totp::new(&Randomness::seeded(1));
        let now = 1_800_000_000;
        let code = totp.current(now);
        let step = totp.verify(&code, now, None).unwrap();
        assert_eq!(totp.verify(&code, now, Some(step)), None, "used twice");
        assert_eq!(totp.verify(&code, now, Some(step - 1)), Some(step));
        assert_eq!(totp.verify(&code, now + 30, None), Some(step));
        assert_eq!(totp.verify(&code, now - 30, None), Some(step));
        assert_eq!(totp.verify(&code, now + 60, None), None);
        assert_eq!(totp.verify(&code, now - 60, None), None);
        assert_eq!(totp.verify(&format!(" {} {} ", &code[..3], &code[3..]), now, None), Some(step));
    }

    #[test]
    fn a_stored_secret_is_its_officers_only() {
        let randomness = Randomness::seeded(1);
        let web = WebSecret::new(&randomness);
        let (yamada, sato) = (OfficerId::from_random([1; 16]), OfficerId::from_random([2; 16]));
        let stored = rfc_secret().to_stored(&web, yamada, &randomness);
        assert_eq!(Totp::from_stored(&web, yamada, &stored).unwrap().current(59), "287082");
        assert!(Totp::from_stored(&web, sato, &stored).is_none());
        assert!(Totp::from_stored(&WebSecret::new(&randomness), yamada, &stored).is_none());
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let totp = Totp::new(&Randomness::seeded(1));
        for code in ["", "12345", "1234567", "abcdef", "12345a", "-12345"] {
            assert_eq!(totp.verify(code, 1_800_000_000, None), None, "{code}");
        }
        assert_eq!(totp.verify("123456", 0, Some(u64::MAX)), None);
    }

    #[test]
    fn the_app_reads_an_address() {
        let totp = rfc_secret();
        let url = totp.otpauth_url("yamada", "たどり").unwrap();
        assert!(url.starts_with("otpauth://totp/"), "{}", url.as_str());
        assert!(url.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{}", url.as_str());
        assert!(totp.otpauth_url("a:b", "x").is_none());
        assert_eq!(format!("{totp:?}"), "Totp(…)");
    }
}
