//! Ciphers are named in `seal` only.

use crate::assert_none;
use crate::manifest::dependencies;
use crate::repository::{manifests, product};
use crate::rust::Source;

/// Crates that encrypt, agree on keys or sign. Hashes (sha2, argon2, hmac) tell nothing back and are
/// free; TLS is the next list's.
const CIPHERS: &[&str] = &[
    "aead",
    "aes",
    "aes-gcm",
    "aes-gcm-siv",
    "age",
    "aws-lc-rs",
    "aws-lc-sys",
    "chacha20",
    "chacha20poly1305",
    "crypto_box",
    "dryoc",
    "ed25519-dalek",
    "hpke",
    "hpke-rs",
    "libsodium-sys",
    "orion",
    "p256",
    "ring",
    "rsa",
    "salsa20",
    "sodiumoxide",
    "x25519-dalek",
    "xsalsa20poly1305",
];

/// TLS, which carries a message to the next server and seals nothing that is kept: the courier's, besides.
const TLS: &[&str] = &["rustls", "tokio-rustls", "rustls-platform-verifier", "native-tls", "openssl"];

const NAMES: &[&str] =
    &["aws_lc_rs", "hpke", "chacha20poly1305", "age", "ring", "aes_gcm", "x25519_dalek", "ed25519_dalek"];

fn strays(manifests: &[(String, String)], sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for (room, text) in manifests.iter().filter(|(room, _)| room != "seal") {
        for name in dependencies(text) {
            let tls = TLS.contains(&name.as_str()) && room != "deliver";
            if tls || CIPHERS.contains(&name.as_str()) {
                faults.push(format!("crates/{room} depends on {name}: ciphers are seal's"));
            }
        }
    }
    for source in sources.iter().filter(|source| source.room() != "seal") {
        for name in NAMES {
            let lines = source.lines_with(&format!("{name}::"));
            let carried = source.room() == "deliver" && *name == "aws_lc_rs";
            let lines = lines.iter().filter(|_| !carried);
            faults.extend(lines.map(|line| format!("{}:{line}: {name} outside seal", source.path)));
        }
    }
    faults
}

/// `seal` is the only crate that names a cipher ("The rooms"; invariant 3 rests on it).
#[test]
fn ciphers_are_named_in_seal_only() {
    assert_none(&strays(&manifests(), &product()));
}

/// The rule above finds what is planted.
#[test]
fn planted_ciphers_are_found() {
    let manifest = |room: &str| (room.to_owned(), "[dependencies]\nage = \"1\"\nrustls = \"1\"".to_owned());
    assert_eq!(strays(&[manifest("worker"), manifest("deliver"), manifest("seal")], &[]).len(), 3);
    let source = |path: &str| {
        Source::read(path, "use rustls::crypto::aws_lc_rs::hpke; fn f() { age::x(); storage::y() }")
    };
    assert_eq!(strays(&[], &[source("crates/web/src/a.rs")]).len(), 2);
    assert_eq!(strays(&[], &[source("crates/deliver/src/a.rs")]).len(), 1);
    assert_eq!(strays(&[], &[source("crates/seal/src/a.rs")]).len(), 0);
}
