//! What a pack still has of examples: values that no source gave, and that a prefecture replaces before use.
//!
//! A value is an example if it says so (`見本`, `(sample)`), if it is an address below `.example` or a telephone
//! number of zeros, or if the comment above it says "example". To have some is no error: a demonstration
//! may show them.

use domain::policy::pack::Pack;

/// More lines than these of one file are counted and not shown.
const SHOWN: usize = 10;

/// A line that is marked.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    /// Which file.
    pub file: String,
    /// Which line, from 1.
    pub line: usize,
    /// The line.
    pub text: String,
}

/// Everything that is marked as an example, by file and line.
pub fn examples(pack: &Pack) -> Vec<Example> {
    let lines = pack
        .files
        .iter()
        .flat_map(|(file, text)| text.lines().enumerate().map(move |(at, line)| (file, at + 1, line.trim())));
    lines
        .filter(|(_, _, line)| marked(line))
        .map(|(file, line, text)| Example { file: file.clone(), line, text: text.to_owned() })
        .collect()
}

fn marked(line: &str) -> bool {
    match line.strip_prefix('#') {
        // The comment that explains the marks names the domain, and marks nothing.
        Some(comment) => words(comment).any(|word| ["example", "examples"].contains(&word.as_str())),
        None => {
            ["見本", "(sample)", ".example"].iter().any(|mark| line.contains(mark))
                || has_number_of_zeros(line)
        }
    }
}

/// The words of a comment; `.example` is none.
fn words(comment: &str) -> impl Iterator<Item = String> {
    let words = comment.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.');
    words.map(|word| word.trim_end_matches('.').to_lowercase())
}

/// `00-0000-0000` and the like.
fn has_number_of_zeros(line: &str) -> bool {
    let mut runs = line.split(|letter: char| !letter.is_ascii_digit() && letter != '-');
    runs.any(|run| {
        run.contains("-0") && run.len() > 8 && run.chars().all(|letter| matches!(letter, '0' | '-'))
    })
}

/// What `tadori jurisdiction check` says of them: nothing where there are none.
pub fn notice(pack: &Pack) -> Vec<String> {
    let found = examples(pack);
    if found.is_empty() {
        return Vec::new();
    }
    let mut lines =
        vec![format!("Notice: {} lines are marked as examples, to be replaced before use:", found.len())];
    for file in found.chunk_by(|one, next| one.file == next.file) {
        let shown = file.iter().take(SHOWN);
        lines.extend(shown.map(|example| format!("  {}:{}: {}", example.file, example.line, example.text)));
        if let (Some(first), more @ 1..) = (file.first(), file.len().saturating_sub(SHOWN)) {
            lines.push(format!("  {}: and {more} more", first.file));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packs;

    /// What no source gave is marked in every pack that ships, and nobody is called or written from by a pack
    /// that nobody has adapted.
    #[test]
    fn what_no_source_gave_is_marked() {
        for name in packs::built_in() {
            let policy = packs::load(name).unwrap().policy;
            assert!(policy.sender.address.ends_with(".example"), "{name}");
            assert!(has_number_of_zeros(&policy.desk.phone), "{name}");
        }
        for (name, file, words) in [
            ("osaka", "thresholds.toml", "no source has the bands above 200 people"),
            ("osaka", "jurisdiction.toml", "these fields are an example"),
            ("kyoto-city", "jurisdiction.toml", "these fields are an example"),
            ("kanagawa", "jurisdiction.toml", "these fields are an example"),
            ("kanagawa", "certificate.toml", "EXAMPLE, TO BE REPLACED"),
        ] {
            let found = examples(&packs::load(name).unwrap());
            let marked = found.iter().any(|own| own.file == file && own.text.contains(words));
            assert!(marked, "{name}/{file}: {words}");
        }
    }

    #[test]
    fn what_is_marked_is_found_and_nothing_else() {
        for line in [
            "name = \"相談窓口（見本）\"",
            "name_en = \"Consultation desk (sample)\"",
            "address = \"no-reply@tadori.sample.example\"",
            "phone = \"00-0000-0000\"",
            "# How far back is not said: seven days are an example.",
            "# EXAMPLE, TO BE REPLACED: every list below.",
        ] {
            assert!(marked(line), "{line}");
        }
        for line in [
            "# Addresses that end in .example are to be replaced.",
            "phone = \"06-0000-1234\"",
            "updated_on = \"2026-11-22\"",
            "valid_from = \"2000-01-01\"",
            "# OSK-17: for two days",
            "label = \"飲食店\"",
        ] {
            assert!(!marked(line), "{line}");
        }
    }
}
