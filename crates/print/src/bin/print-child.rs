//! The child process alone, for this crate's tests and bench; the product's is `tadori
//! render-poster`, which does the same within [`Limits::default`]. Here the CPU may take longer, because
//! the typesetter may not be optimised.

use std::process::ExitCode;

use print::sandbox::{Limits, run_child};

fn main() -> ExitCode {
    run_child(Limits { cpu_seconds: 40, ..Limits::default() })
}
