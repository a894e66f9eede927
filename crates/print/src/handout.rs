//! What the prefecture hands out: the leaflet for visitors and the flyer for operators, one page of A4 each
//! (OSK-37, HKD-18, KYF-3).
//!
//! Both have the same parts: what is asked, how it is done, what is promised, whom to ask, and a code that
//! leads to the pages. So they share one [`TEMPLATE`]; a jurisdiction pack may bring one for each. The
//! values are a [`Handout`] as `/values.json`, and `/code.svg` is the code of its `url`.

use serde::{Deserialize, Serialize};

use crate::poster::{IssueDate, LanguageBlock, Line};

/// The engine's own handout, in Typst.
pub const TEMPLATE: &str =
    concat!(include_str!("../templates/parts.typ"), include_str!("../templates/handout.typ"));

/// What stands on a leaflet or flyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handout {
    /// The language of the sheet (BCP 47, `ja`).
    pub language: String,
    /// Who hands it out: the jurisdiction's name.
    pub jurisdiction: String,
    /// What its system is called.
    pub system: String,
    /// For whom it is, short.
    pub audience: String,
    /// What is asked; the first large, the others beneath it.
    pub headlines: Vec<Line>,
    /// Why, in a sentence or two.
    pub lead: String,
    /// How to do it; the first beside the code, the others in cards.
    pub blocks: Vec<LanguageBlock>,
    /// What is promised and what else is to be known.
    pub sections: Vec<Section>,
    /// Where the code leads.
    pub url: String,
    /// What to do with the code, short, above it.
    pub code_caption: String,
    /// What the code is, for those who hear the sheet (its alternative text).
    pub code_description: String,
    /// When its words were last changed.
    pub issued_on: IssueDate,
    /// Whom to ask.
    pub desk: Option<String>,
    /// Trademark notices, where the jurisdiction prints them.
    pub trademark: Option<String>,
}

/// Sentences under a heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// BCP 47; `ja` for easy Japanese too.
    pub lang: String,
    /// What they are about.
    pub heading: String,
    /// The sentences.
    pub lines: Vec<String>,
}
