//! The child process alone, for this crate's tests and bench; the product's is `tadori
//! render-poster`, which does the same.

use std::process::ExitCode;

use print::sandbox::{Limits, run_child};

fn main() -> ExitCode {
    run_child(Limits::default())
}
