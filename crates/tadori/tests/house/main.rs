//! House rules: what the architecture promises about the text of the program itself.
//!
//! Each rule is a function from files to faults, so that it is proven twice: the repository has none,
//! and a planted one is found. The rules read text and not types, on purpose: they depend on
//! nothing of ours, take a moment, and a newcomer can read what is forbidden and why. The invariants that they name are
//! numbered in ARCHITECTURE.md.

mod manifest;
mod repository;
mod rust;

mod ciphers;
mod clocks;
mod contacts;
mod coverage;
mod erasing;
mod files;
mod jurisdictions;
mod proofs;
mod requirements;
mod rooms;
mod sql;

/// Fails with every fault at once.
#[track_caller]
fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
