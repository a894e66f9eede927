//! Lines for whoever started the command. A reader that has seen enough (`tadori doctor | head`) ends it
//! quietly, where `println!` would panic.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};

/// Whoever read standard output reads no more.
#[derive(Debug, thiserror::Error)]
#[error("standard output is closed")]
pub struct Closed;

/// Writes one line to standard output; [`say!`](crate::say) formats it.
///
/// # Errors
/// [`Closed`], which `main` takes for a quiet end; otherwise what kept the line from being written, a full
/// disk for example.
pub fn line(text: Arguments<'_>) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        Err(error) => Err(error.into()),
    }
}

/// `println!`, but for a closed or full output: then an error, and no panic.
#[macro_export]
macro_rules! say {
    ($($words:tt)*) => {
        $crate::out::line(format_args!($($words)*))
    };
}
