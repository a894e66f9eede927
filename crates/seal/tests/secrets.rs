//! What must never be possible: printing, serialising or copying a secret. Checked by the compiler.

use std::fmt::Display;

use seal::day_key::{DayOpener, Opened};
use seal::form::FormSigner;
use seal::key_ring::{KeyRing, Unlock};
use seal::office::OfficeOpener;
use seal::officer_login::{PasswordHash, Totp};
use seal::tag::{RecipientKey, TagKey};
use seal::token::{CodeHasher, OneTimeCode, Token};
use seal::web_secret::WebSecret;
use static_assertions::{assert_impl_all, assert_not_impl_any};

assert_not_impl_any!(DayOpener: Display, serde::Serialize, Clone);
assert_not_impl_any!(OfficeOpener: Display, serde::Serialize, Clone);
assert_not_impl_any!(KeyRing: Display, serde::Serialize, Clone);
assert_not_impl_any!(TagKey: Display, serde::Serialize, Clone);
assert_not_impl_any!(RecipientKey: Display, serde::Serialize, Clone);
assert_not_impl_any!(Token: Display, serde::Serialize, Clone);
assert_not_impl_any!(OneTimeCode: Display, serde::Serialize, Clone);
assert_not_impl_any!(Totp: Display, serde::Serialize, Clone);
assert_not_impl_any!(Opened: Display, serde::Serialize, Clone);
assert_not_impl_any!(Unlock: Display, serde::Serialize);
assert_not_impl_any!(WebSecret: Display, serde::Serialize);
assert_not_impl_any!(FormSigner: Display, serde::Serialize);
assert_not_impl_any!(CodeHasher: Display, serde::Serialize);
assert_not_impl_any!(PasswordHash: Display, serde::Serialize);

// What the web servers' and the worker's threads share.
assert_impl_all!(seal::random::Randomness: Send, Sync, Clone);
assert_impl_all!(seal::day_key::Sealer: Send, Sync, Clone);
assert_impl_all!(seal::day_key::DaySealer: Send, Sync, Clone);
assert_impl_all!(seal::office::OfficeSealer: Send, Sync, Clone);
assert_impl_all!(FormSigner: Send, Sync, Clone);
assert_impl_all!(CodeHasher: Send, Sync, Clone);
assert_impl_all!(DayOpener: Send, Sync);
assert_impl_all!(KeyRing: Send, Sync);
