//! `cargo xtask test`: one command checks all.

fn main() {}
