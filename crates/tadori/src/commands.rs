//! One file a subcommand.

pub mod demo;
pub mod doctor;
pub mod jurisdiction;
pub mod keys;
pub mod migrate;
pub mod officer;
pub mod serve;
pub mod worker;
