//! The sheet that ends a code: "this QR code can no longer be used, take it down" (STM-33).
//!
//! An operator prints it when a registration was replaced or withdrawn, to give to whoever takes the old
//! posters down, or to put over one that can't be reached. It has no code of its own: what is scanned from
//! it would be the wrong one.

use serde::{Deserialize, Serialize};

use crate::poster::{IssueDate, Line};

/// The engine's own sheet, in Typst.
pub const TEMPLATE: &str = include_str!("../templates/discard.typ");

/// What stands on the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discard {
    /// The language of the sheet (BCP 47, `ja`).
    pub language: String,
    /// Who asks.
    pub jurisdiction: String,
    /// What its system is called.
    pub system: String,
    /// What is said, the first large, the others beneath it.
    pub headlines: Vec<Line>,
    /// The venue, as the old posters name it.
    pub venue: String,
    /// The room or floor, if it is one.
    pub room: Option<String>,
    /// What to do, in order.
    pub steps: Vec<Line>,
    /// How the old posters are told from others: a label and what stands there.
    pub marks: Vec<Mark>,
    /// The old registration's number.
    pub registration_number: String,
    /// When the old posters were made.
    pub issued_on: IssueDate,
    /// Whom to ask.
    pub desk: Option<String>,
}

/// Something by which a poster is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// What it is called on the poster.
    pub label: String,
    /// What stands there.
    pub value: String,
}
