//! One file a subcommand.

pub mod backup;
pub mod demo;
pub mod doctor;
pub mod jurisdiction;
pub mod keys;
pub mod migrate;
pub mod officer;
pub mod restore;
pub mod serve;
pub mod worker;
