//! Text as the search compares it: spelling folded away, then cut into n-grams.
//!
//! A question is typed on a phone, in a hurry: `ﾒｰﾙが来ない`, `めぇるが、来ない？`. Both sides are folded alike, so that
//! width, case and kana don't count. There is no dictionary: n-grams of one to three characters stand for
//! words. On short questions full of kana they were measured to find more than word segmenters do.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

/// The longest n-gram.
const LONGEST: usize = 3;

/// How often each n-gram stands in a text.
pub(super) fn grams(text: &str) -> BTreeMap<String, f64> {
    let mut grams = BTreeMap::new();
    for piece in folded(text).split(' ') {
        let letters: Vec<char> = piece.chars().collect();
        for length in 1..=LONGEST {
            for gram in letters.windows(length) {
                *grams.entry(gram.iter().collect()).or_insert(0.0) += 1.0;
            }
        }
    }
    grams
}

/// How much an n-gram says by its form: one kanji may be a word, one kana or Latin letter hardly is.
pub(super) fn weight(gram: &str) -> f64 {
    let mut letters = gram.chars();
    match (letters.next(), letters.count()) {
        (Some('ぁ'..='ん' | 'a'..='z' | '0'..='9'), 0) => 0.1,
        (_, 0) => 1.5,
        (_, 1) => 1.0,
        (_, _) => 0.8,
    }
}

/// How many letters and digits a text has.
pub(super) fn letters(text: &str) -> usize {
    folded(text).chars().filter(|c| *c != ' ').count()
}

/// One width, one case, hiragana for katakana, large kana for small ones, no marks of length; spaces for
/// whatever is neither letter nor digit.
fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter_map(fold).collect()
}

fn fold(c: char) -> Option<char> {
    let hiragana = match c {
        'ー' | '-' | '〜' | '~' => return None,
        'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        c if !c.is_alphanumeric() => ' ',
        c => c,
    };
    Some(match hiragana {
        'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ゎ' => {
            char::from_u32(u32::from(hiragana) + 1).unwrap_or(hiragana)
        }
        c => c,
    })
}
