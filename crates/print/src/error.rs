//! What can go wrong between a venue and its printed sheet, said so that a form or a log can act.
//!
//! [`PrintError::MissingGlyph`] and [`PrintError::DoesNotFit`] are about the operator's words: show
//! them at the form (422). [`PrintError::Template`] is about the pack: tell the prefecture, for a
//! retry changes nothing. The rest are about this machine: log them and answer 503.
//!
//! The child process hands its error to its parent as JSON; hence the serde derives.

use serde::{Deserialize, Serialize};

/// Why there is no PDF or no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum PrintError {
    /// No font here draws this character. Offer a standard form or kana for the poster, and keep
    /// the true name as data.
    #[error("no font here draws “{character}” (U+{:04X}){}", u32::from(*.character), place(.field.as_deref()))]
    MissingGlyph {
        /// The value that holds it, as a path such as `venue` or `blocks[0].steps[1]`; none when
        /// the template itself holds it.
        field: Option<String>,
        /// The character.
        character: char,
    },

    /// The words are too many for one page even at the smallest size.
    #[error("the sheet needs {pages} pages, and may have one")]
    DoesNotFit {
        /// How many pages it would have.
        pages: usize,
    },

    /// The address doesn't fit into a QR code at level Q.
    #[error("{length} bytes don't fit into a QR code")]
    CodeTooLong {
        /// Bytes of the address.
        length: usize,
    },

    /// The template is wrong, or reached for something that it may not have.
    #[error("the template{} is wrong: {message}", at_line(*.line))]
    Template {
        /// The template's line, counted from 1, where it is known.
        line: Option<usize>,
        /// The typesetter's own words.
        message: String,
    },

    /// What the child process read isn't a request.
    #[error("not a request to render: {message}")]
    Request {
        /// What is wrong with it.
        message: String,
    },

    /// The child took longer than it may, and was stopped.
    #[error("the renderer was stopped after {milliseconds} ms")]
    TimedOut {
        /// The time it had.
        milliseconds: u64,
    },

    /// The child ended without a PDF and without saying why: it ran into its memory or CPU bound.
    #[error("the renderer ended with {status}: {message}")]
    Stopped {
        /// Exit status or signal.
        status: String,
        /// The beginning of what it said, if anything.
        message: String,
    },

    /// The child couldn't be started or talked to.
    #[error("the renderer couldn't be run: {message}")]
    Process {
        /// The operating system's words.
        message: String,
    },
}

fn place(field: Option<&str>) -> String {
    field.map_or_else(|| " in the template".to_owned(), |field| format!(" in {field}"))
}

fn at_line(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(", line {line},"))
}
