//! `pages/*.md`: pages that a pack writes itself (DESIGN section 7), in a small subset of Markdown.
//!
//! `pages/<name>.md` is in Japanese and stands at `/pages/<name>`; `pages/<name>.en.md` is the same page in
//! English. One of them may stand in the visitors' guide instead ([`crate::policy::PagePolicy`]).

use std::collections::BTreeMap;

use super::Policy;
use super::markdown::{self, Text};
pub use super::markdown::{Block, Span};
use super::pack::{PackError, PackFiles, Problems};
use crate::faq::quantities;
use crate::text::deceives;

/// Where they lie.
const FOLDER: &str = "pages";

/// A page of the pack's own.
#[derive(Clone, Debug)]
pub struct OwnPage {
    /// Its name in addresses.
    pub name: String,
    /// Whether it stands in the visitors' guide and not by itself.
    pub in_guide: bool,
    texts: BTreeMap<String, Text>,
}

/// What stands on such a page.
pub struct Words<'a> {
    /// The language that it is in.
    pub language: &'a str,
    /// Its title.
    pub title: &'a str,
    /// What stands below.
    pub blocks: &'a [Block],
}

impl OwnPage {
    /// The page in a language; in Japanese where the pack hasn't it in that one.
    pub fn words(&self, language: &str) -> Option<Words<'_>> {
        let (language, text) = self.texts.get_key_value(language).or(self.texts.get_key_value("ja"))?;
        Some(Words { language, title: &text.title, blocks: &text.blocks })
    }
}

/// Reads and checks all texts.
pub(super) fn read(
    files: &PackFiles,
    policy: Option<&Policy>,
    kept: &[(&str, Vec<u32>)],
    errors: &mut Vec<PackError>,
) -> Vec<OwnPage> {
    let mut pages: BTreeMap<String, OwnPage> = BTreeMap::new();
    let mut problems = Problems::of(FOLDER, errors);
    for (file, text) in files {
        let Some(name) = file.strip_prefix("pages/") else { continue };
        let Some((page, language)) = named(name) else {
            problems.unless(
                false,
                name,
                "name.md, or name.en.md in another language, of a to z, 0 to 9 and -",
            );
            continue;
        };
        let offered = policy.is_none_or(|policy| policy.notices.languages.iter().any(|own| own == language));
        problems.unless(language == "ja" || offered, name, "a language of notices.languages");
        let hidden = text.chars().any(|c| deceives(c) && c != '\n');
        problems.unless(!hidden, name, "no character that nobody sees; lines end in a line feed");
        for (unit, allowed) in kept {
            for said in quantities(text, unit).filter(|said| !allowed.contains(said)) {
                problems.unless(false, name, &format!("says {said}{unit}, which the policy doesn't keep"));
            }
        }
        match markdown::read(text) {
            Ok(text) => {
                let new = || OwnPage { name: page.to_owned(), in_guide: false, texts: BTreeMap::new() };
                pages.entry(page.to_owned()).or_insert_with(new).texts.insert(language.to_owned(), text);
            }
            Err(faults) => {
                for (line, fault) in faults {
                    problems.unless(false, &format!("{name}, line {line}"), &fault);
                }
            }
        }
    }
    for page in pages.values() {
        let japanese =
            page.texts.contains_key("ja") || files.contains_key(&format!("pages/{}.md", page.name));
        problems.unless(japanese, &format!("{}.md", page.name), "the page in Japanese");
    }
    if let Some(name) = policy.and_then(|policy| policy.pages.related_app_notice.as_ref()) {
        match pages.get_mut(name) {
            Some(page) => page.in_guide = true,
            None => {
                let there = files.contains_key(&format!("pages/{name}.md"));
                problems.unless(there, &format!("{name}.md"), "there, for pages.related_app_notice names it");
            }
        }
    }
    pages.into_values().collect()
}

/// Name and language of a file.
fn named(file: &str) -> Option<(&str, &str)> {
    let stem = file.strip_suffix(".md")?;
    let (name, language) = stem.split_once('.').unwrap_or((stem, "ja"));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = (1..=40).contains(&name.len()) && name.chars().all(plain) && !language.contains('.');
    good.then_some((name, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(files: &[(&str, &str)]) -> (Vec<OwnPage>, Vec<String>) {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let mut errors = Vec::new();
        let pages = read(&files, None, &[("か月", vec![2])], &mut errors);
        (pages, errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_page_is_in_its_languages_and_else_in_japanese() {
        let (pages, errors) =
            said(&[("pages/about.md", "# 題\n\n本文"), ("pages/about.en.md", "# Title\n\nText")]);
        assert_eq!(errors, [""; 0]);
        let titles =
            ["ja", "ja-easy", "en"].map(|language| pages[0].words(language).unwrap().title.to_owned());
        assert_eq!(titles, ["題", "題", "Title"]);
        assert_eq!(pages[0].words("ko").unwrap().language, "ja");
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        for (files, says) in [
            (vec![("pages/a.md", "# 題\n\n<b>x</b>")], "pages: a.md, line 3: only headings"),
            (vec![("pages/a.md", "# 題\n\n3か月後に消去します。")], "pages: a.md: says 3か月"),
            (vec![("pages/a.md", "# 題\n\n\u{202E}x")], "pages: a.md: no character"),
            (vec![("pages/a.en.md", "# T\n\nx")], "pages: a.md: the page in Japanese"),
            (vec![("pages/A.md", "# T\n\nx")], "pages: A.md: name.md"),
            (vec![("pages/a.txt", "x")], "pages: a.txt: name.md"),
            (vec![("pages/a/b.md", "# T\n\nx")], "pages: a/b.md: name.md"),
        ] {
            let (_, errors) = said(&files);
            assert!(errors.iter().any(|error| error.starts_with(says)), "{says}: {errors:?}");
        }
    }
}
