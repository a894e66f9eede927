//! The sheet that an operator prints and posts (OSK-39, OSK-40), one page of A4.
//!
//! Every word on it is a value or stands in the template; this file has none. The default template
//! is [`TEMPLATE`]; a jurisdiction pack may bring its own, which reads the same two files:
//! `/values.json`, a [`Poster`] as JSON, and `/code.svg`, the code of its `url`.
//!
//! It asks nothing of the printer (STM-36): the margins are those that every printer keeps, and in
//! black and white nothing is lost. It may be copied and posted in several places (HKD-39), for the
//! code belongs to the venue and not to the sheet.
//!
//! Values are taken as they come, expected in NFC. What no font draws is refused, and so is what
//! needs a second page. The same values give the same bytes: the only date in the file is the
//! poster's own.

use serde::{Deserialize, Serialize};

use crate::error::PrintError;
use crate::fonts;

/// The engine's own poster, in Typst.
pub const TEMPLATE: &str =
    concat!(include_str!("../templates/parts.typ"), include_str!("../templates/poster.typ"));

/// What stands on a poster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poster {
    /// The language of the sheet, which is that of the names on it (BCP 47, `ja`).
    pub language: String,
    /// Who asks: the jurisdiction's name.
    pub jurisdiction: String,
    /// What its system is called.
    pub system: String,
    /// What is asked; the first large, the others beneath it.
    pub headlines: Vec<Line>,
    /// The venue's name.
    pub venue: String,
    /// The room or floor, where one venue has several codes.
    pub room: Option<String>,
    /// How to do it; the first beside the code, the others beneath it.
    pub blocks: Vec<LanguageBlock>,
    /// What is collected and for how long: sentences that the policy generates.
    pub promise: Vec<Line>,
    /// What the code holds: `HTTPS://HOST/V/…` in capitals makes the coarser code.
    pub url: String,
    /// What to do with the code, short, above it.
    pub code_caption: String,
    /// What the code is, for those who hear the sheet (its alternative text).
    pub code_description: String,
    /// The venue's number, by which the desk finds it.
    pub registration_number: String,
    /// When the poster was made.
    pub issued_on: IssueDate,
    /// Whom to ask.
    pub desk: Option<String>,
    /// Trademark notices, where the jurisdiction prints them (HKD-16).
    pub trademark: Option<String>,
}

/// A sentence and its language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// BCP 47; `ja` for easy Japanese too.
    pub lang: String,
    /// The sentence.
    pub text: String,
}

/// Steps in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageBlock {
    /// BCP 47; `ja` for easy Japanese too.
    pub lang: String,
    /// What the steps are called.
    pub heading: String,
    /// The steps, in order, without numbers.
    pub steps: Vec<String>,
}

/// A day, for the file and for the reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueDate {
    /// Year of the common era.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// As it is printed: 2026年11月22日, 令和8年11月22日.
    pub text: String,
}

/// The first character of a name that no poster could show.
pub fn undrawn(name: &str) -> Option<char> {
    match fonts::check(&serde_json::Value::from(name)) {
        Err(PrintError::MissingGlyph { character, .. }) => Some(character),
        _ => None,
    }
}
