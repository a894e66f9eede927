//! The certificate that a venue posts beside its code: what it does against infection, at a glance, on one
//! page of A4 (KNG-2, KNG-4).
//!
//! One measure or thirty, the sheet is one page: it takes a second column and smaller type before it is
//! refused. What was added since the issue before is marked (KNG-22), in words and not by colour alone. The
//! code is the poster's own, so that one of the two sheets is enough to check in.
//!
//! As with the poster, every word is a value or stands in the template: `/values.json` is a [`Certificate`]
//! as JSON, `/code.svg` the code of its `url`.

use serde::{Deserialize, Serialize};

use crate::poster::IssueDate;

/// The engine's own certificate, in Typst.
pub const TEMPLATE: &str =
    concat!(include_str!("../templates/parts.typ"), include_str!("../templates/certificate.typ"));

/// What stands on a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The language of the sheet (BCP 47, `ja`).
    pub language: String,
    /// Who issues it: the jurisdiction's name.
    pub jurisdiction: String,
    /// What its system is called.
    pub system: String,
    /// What the sheet is called.
    pub title: String,
    /// What it states of the venue, above the measures.
    pub statement: String,
    /// The venue's name.
    pub venue: String,
    /// The room or floor, where one venue has several codes.
    pub room: Option<String>,
    /// The venue's industry.
    pub industry: String,
    /// What the venue does.
    pub measures: Vec<Item>,
    /// The mark of what is new, and what it means; none where nothing is marked.
    pub new_mark: Option<NewMark>,
    /// Which guidelines the measures come from.
    pub guidelines: Option<String>,
    /// What the code holds.
    pub url: String,
    /// What to do with the code, short, above it.
    pub code_caption: String,
    /// What a visitor gets from it.
    pub code_promise: String,
    /// What the code is, for those who hear the sheet (its alternative text).
    pub code_description: String,
    /// The venue's number, by which the desk finds it.
    pub registration_number: String,
    /// When it was issued.
    pub issued_on: IssueDate,
    /// How often it has been issued, from 1.
    pub issue: u32,
    /// Whom to ask.
    pub desk: Option<String>,
    /// Trademark notices, where the jurisdiction prints them (KNG-17).
    pub trademark: Option<String>,
}

/// One measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// In words.
    pub text: String,
    /// Whether it was added since the issue before.
    pub is_new: bool,
}

/// The mark of a new measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMark {
    /// As it stands behind the measure, `New`.
    pub mark: String,
    /// What it means, beneath the list.
    pub meaning: String,
}
