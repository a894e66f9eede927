//! How much a page may take. A pack's template is a program; one that never ends, or grows without end, ends as
//! an error on its own page and takes neither the server's time nor its memory.

use std::io::{self, Write};

/// Steps of the template engine for one page: some fifty times what the longest page of the engine's takes, and
/// less than a second.
pub(super) const STEPS: u64 = 2_000_000;

/// Bytes of a page.
const LARGEST: usize = 8 << 20;

/// A page as it grows.
#[derive(Default)]
pub(super) struct Growing(Vec<u8>);

impl Growing {
    /// The page.
    pub fn done(self) -> String {
        // What a template writes is text.
        String::from_utf8(self.0).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into())
    }
}

impl Write for Growing {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        if self.0.len() + part.len() > LARGEST {
            return Err(io::Error::other(format!("the page is larger than {LARGEST} bytes")));
        }
        self.0.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
