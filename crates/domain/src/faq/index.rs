//! The index: which n-gram stands in which entry, and how rare it is (BM25 over weighted fields).
//!
//! The score is the part of the question that an entry shares, each n-gram counted by its rarity: from 0 to 1,
//! whatever the question's length, so that one bound tells sure from unsure. The numbers below were chosen
//! by leaving out each alias in turn and asking it, and by questions that have no answer here; the result
//! hardly depends on them. What the search finds of questions nobody tuned it on is measured in `tests/faq`.

use std::collections::BTreeMap;

use super::Entry;
use super::text::{grams, weight};

/// From here on the best entry is believed to answer: the lowest hundredth at which at most one in ten of the
/// unanswerable questions in `tests/faq/development.txt` is.
pub(super) const SURE: f64 = 0.14;

/// What a find counts: in the question, in an alias, in the answer.
const QUESTION: f64 = 2.0;
const ALIAS: f64 = 1.0;
const ANSWER: f64 = 0.5;

/// BM25's two: how soon a repeated n-gram stops to count, and how much long entries are held back.
const SATURATION: f64 = 1.2;
const LENGTH: f64 = 0.5;

/// The index over the entries of one side.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// How many entries there are.
    count: f64,
    /// For each n-gram the entries that have it, with its part of their score.
    postings: BTreeMap<String, Vec<(usize, f64)>>,
}

impl Index {
    /// Over entries, each with its place in the whole list.
    pub(super) fn new<'a>(entries: impl Iterator<Item = (usize, &'a Entry)>) -> Self {
        let texts: Vec<(usize, BTreeMap<String, f64>)> =
            entries.map(|(at, entry)| (at, weighted(entry))).collect();
        let count = texts.iter().fold(0.0, |count, _| count + 1.0);
        let lengths: Vec<f64> = texts.iter().map(|(_, grams)| grams.values().sum()).collect();
        let mean = lengths.iter().sum::<f64>() / f64::max(count, 1.0);
        let mut postings: BTreeMap<String, Vec<(usize, f64)>> = BTreeMap::new();
        for ((at, grams), length) in texts.into_iter().zip(lengths) {
            let held_back = SATURATION * (1.0 - LENGTH + LENGTH * length / mean);
            for (gram, often) in grams {
                postings.entry(gram).or_default().push((at, often / (often + held_back)));
            }
        }
        Self { count, postings }
    }

    /// Places of the entries that share anything with a question, and how much: best first, and of equals
    /// the one that stands first in the file.
    pub(super) fn rank(&self, question: &str) -> Vec<(usize, f64)> {
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        let mut whole = 0.0;
        for gram in grams(question).keys() {
            let found = self.postings.get(gram).map(Vec::as_slice).unwrap_or_default();
            let worth = weight(gram) * self.rarity(found.len());
            whole += worth;
            for (at, part) in found {
                *scores.entry(*at).or_insert(0.0) += worth * part;
            }
        }
        let mut ranked: Vec<(usize, f64)> =
            scores.into_iter().map(|(at, score)| (at, score / whole)).collect();
        ranked.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        ranked
    }

    /// What it says to share an n-gram that so many entries have.
    fn rarity(&self, having: usize) -> f64 {
        let having = f64::from(u32::try_from(having).unwrap_or(u32::MAX));
        (1.0 + (self.count - having + 0.5) / (having + 0.5)).ln()
    }
}

/// An entry's n-grams, each counted by where it stands.
fn weighted(entry: &Entry) -> BTreeMap<String, f64> {
    let own = [(entry.question.as_str(), QUESTION), (entry.answer.as_str(), ANSWER)];
    let aliases = entry.aliases.iter().map(|alias| (alias.as_str(), ALIAS));
    let mut all = BTreeMap::new();
    for (text, counts) in own.into_iter().chain(aliases) {
        for (gram, often) in grams(text) {
            *all.entry(gram).or_insert(0.0) += often * counts;
        }
    }
    all
}
