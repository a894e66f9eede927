//! Questions and answers, and the search that finds them (OSK-33, OSK-34).
//!
//! A question asked in everyday words is compared with each entry's question, aliases and answer, by
//! the n-grams they share (`faq/index.rs`). What comes back is an entry as the jurisdiction wrote it: nothing is made
//! up, nothing is learnt, nothing is kept, and no model or dictionary is needed. Where too little of the
//! question is found again, the search says so ([`Found::sure`]), and the page names the desk.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::text::{TextError, deceives};

mod index;
mod text;

use index::Index;

/// The longest question taken, in characters.
pub const LONGEST: usize = 200;

/// How many entries are shown at most.
pub const SHOWN: usize = 3;

/// Whose question it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Who checks in.
    Visitor,
    /// Who registers a venue.
    Operator,
}

impl Audience {
    /// Both, in the order of the page.
    pub const ALL: [Self; 2] = [Self::Visitor, Self::Operator];

    /// The word in forms and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Operator => "operator",
        }
    }

    /// Back from the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.as_str() == word)
    }
}

/// A question with its answer, in the jurisdiction's own words.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Lasting name, as in `visitor-app`.
    #[schemars(regex(pattern = "^[a-z0-9-]+$"))]
    pub id: String,
    /// Whose question it is.
    pub audience: Audience,
    /// What is asked.
    pub question: String,
    /// What is answered.
    pub answer: String,
    /// Other ways to ask it; for the search only.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// What is wrong with the entries.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaqError {
    /// Not TOML, or an unknown key; the text names the line.
    #[error("{0}")]
    Syntax(String),
    /// An id that can't stand in a link.
    #[error("entry {0:?}: an id is made of a to z, 0 to 9 and -")]
    Id(String),
    /// Two entries of one id.
    #[error("entry {0}: stands there twice")]
    Twice(String),
    /// Nothing to show.
    #[error("entry {0}: question, answer and aliases must not be empty")]
    Empty(String),
    /// An answer promises what the policy doesn't keep (GEN-2).
    #[error("entry {id}: says {said}, but the policy says {kept}")]
    Promise {
        /// Which entry.
        id: String,
        /// As in the answer.
        said: String,
        /// What is allowed.
        kept: String,
    },
}

/// All entries of a jurisdiction, ready to be asked.
#[derive(Debug, Default)]
pub struct Faq {
    entries: Vec<Entry>,
    visitor: Index,
    operator: Index,
}

/// What was found.
#[derive(Debug)]
pub struct Found<'a> {
    /// Whether the first entry is believed to answer the question.
    pub sure: bool,
    /// The nearest entries, best first, three at most; none where nothing is shared.
    pub entries: Vec<&'a Entry>,
    /// How much of the question the best entry shares, from 0 to 1.
    pub score: f64,
}

/// A question as somebody typed it. It can't be printed, and isn't written anywhere.
pub struct Asked(String);

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asked(…)")
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl Asked {
    /// Takes a question; line breaks and tabs count as spaces.
    ///
    /// # Errors
    /// [`TextError`]: empty, too long, or with characters that nobody sees.
    pub fn parse(typed: &str) -> Result<Self, TextError> {
        let shown = typed.trim();
        if shown.is_empty() {
            return Err(TextError::Missing);
        }
        if shown.chars().count() > LONGEST {
            return Err(TextError::TooLong(LONGEST));
        }
        let hidden = |c: &char| deceives(*c) && !matches!(c, '\n' | '\r' | '\t');
        match shown.chars().find(hidden) {
            Some(c) => Err(TextError::Invisible(c.into())),
            None => Ok(Self(shown.to_owned())),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFaq {
    /// The questions, in the order of the page.
    entry: Vec<Entry>,
}

impl Faq {
    /// Reads `faq.toml`, and makes it ready to be asked.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn parse(text: &str) -> Result<Self, Vec<FaqError>> {
        let raw: RawFaq = toml::from_str(text).map_err(|error| vec![FaqError::Syntax(error.to_string())])?;
        let errors = faults(&raw.entry);
        if errors.is_empty() { Ok(Self::new(raw.entry)) } else { Err(errors) }
    }

    /// Entries, ready to be asked.
    pub fn new(entries: Vec<Entry>) -> Self {
        let of = |audience| {
            let own = entries.iter().enumerate().filter(|(_, entry)| entry.audience == audience);
            Index::new(own)
        };
        let (visitor, operator) = (of(Audience::Visitor), of(Audience::Operator));
        Self { entries, visitor, operator }
    }

    /// Whether there is nothing to be asked.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries, in the file's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries of one side, in the file's order.
    pub fn of(&self, audience: Audience) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.audience == audience)
    }

    /// The entries nearest to a question, among those of one side.
    pub fn find(&self, audience: Audience, asked: &Asked) -> Found<'_> {
        let index = match audience {
            Audience::Visitor => &self.visitor,
            Audience::Operator => &self.operator,
        };
        let ranked = index.rank(&asked.0);
        let score = ranked.first().map_or(0.0, |(_, score)| *score);
        let entries = ranked.iter().take(SHOWN).filter_map(|(at, _)| self.entries.get(*at)).collect();
        // One letter is no question, whatever it is found in.
        let sure = score >= index::SURE && text::letters(&asked.0) > 1;
        Found { sure, entries, score }
    }

    /// Quantities in answers that the policy doesn't keep: `allowed` has a unit and its numbers.
    pub fn broken_promises(&self, allowed: &[(&str, Vec<u32>)]) -> Vec<FaqError> {
        let mut broken = Vec::new();
        for entry in &self.entries {
            for (unit, kept) in allowed {
                let said = quantities(&entry.answer, unit).filter(|said| !kept.contains(said));
                broken.extend(said.map(|said| FaqError::Promise {
                    id: entry.id.clone(),
                    said: format!("{said}{unit}"),
                    kept: kept.iter().map(|n| format!("{n}{unit}")).collect::<Vec<_>>().join(", "),
                }));
            }
        }
        broken
    }
}

/// The numbers that stand before a unit.
pub(crate) fn quantities<'a>(text: &'a str, unit: &'a str) -> impl Iterator<Item = u32> + 'a {
    text.match_indices(unit).filter_map(|(at, _)| {
        let before = &text[..at];
        let digits = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        before[digits..].parse().ok()
    })
}

fn faults(entries: &[Entry]) -> Vec<FaqError> {
    let mut faults = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for entry in entries {
        let id = || entry.id.clone();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if entry.id.is_empty() || !entry.id.chars().all(plain) {
            faults.push(FaqError::Id(id()));
        }
        if !known.insert(&entry.id) {
            faults.push(FaqError::Twice(id()));
        }
        let mut texts = [&entry.question, &entry.answer].into_iter().chain(&entry.aliases);
        if texts.any(|text| text.trim().is_empty()) {
            faults.push(FaqError::Empty(id()));
        }
    }
    faults
}

#[cfg(test)]
mod tests;
