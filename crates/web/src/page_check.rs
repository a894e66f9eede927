//! A pack's own words and page templates, tried before anybody reads them: what `tadori jurisdiction check` and the
//! start of a server ask, so that a template that is wrong, or a sentence under a misspelt key, is told to whoever
//! wrote it and not to a visitor.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use domain::message::ENGINE_WORDING;
use domain::policy::pack::{Pack, PackFiles};
use serde_json::Value;

use crate::page::{Pages, Site, TEMPLATES};
use crate::wording::{self, Wording};

/// Name and JSON of each sample of a page.
const SAMPLES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// More mistakes than these are one.
const MOST: usize = 20;

/// What is wrong with a pack's words and pages, each with its file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct PackFaults(pub Vec<String>);

impl fmt::Display for PackFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// A pack's files of one folder and ending, by what is left of their names.
pub(crate) fn own(pack: &Pack, folder: &str, ending: &str) -> BTreeMap<String, String> {
    let files = pack.files.iter().filter_map(|(name, text)| {
        let name = name.strip_prefix(folder)?.strip_suffix(ending)?;
        Some((name.to_owned(), text.clone()))
    });
    files.collect()
}

/// Tries everything.
///
/// # Errors
/// All that is wrong, at once.
pub fn check(pack: &Pack) -> Result<(), PackFaults> {
    let mut faults = unknown_words(&pack.files);
    let templates = own(pack, "templates/", "");
    match Wording::new(&own(pack, "wording/", ".ftl")) {
        Err(error) => faults.push(error.to_string()),
        Ok(_) if templates.is_empty() => {}
        Ok(words) => faults.extend(broken_pages(pack, words, &templates)),
    }
    faults.truncate(MOST);
    if faults.is_empty() { Ok(()) } else { Err(PackFaults(faults)) }
}

/// Messages of a pack that nothing says: neither the engine nor its own templates and messages.
fn unknown_words(files: &PackFiles) -> Vec<String> {
    let mut known: BTreeSet<String> = ["ja", "en"].into_iter().flat_map(wording::keys).collect();
    known.extend(ENGINE_WORDING.iter().flat_map(|(_, text)| keys(text)).map(str::to_owned));
    let used = |key: &str| {
        files.iter().any(|(name, text)| match name.ends_with(".ftl") {
            true => text.contains(&format!("{{ {key} }}")),
            false => text.contains(&format!("\"{key}\"")) || text.contains(&format!("'{key}'")),
        })
    };
    let words = files.iter().filter(|(name, _)| name.starts_with("wording/"));
    let mut faults = Vec::new();
    for (name, text) in words {
        let unknown = keys(text).filter(|key| !known.contains(*key) && !used(key));
        faults.extend(unknown.map(|key| format!("{name}: {key}: unknown; nothing says it")));
    }
    faults
}

/// The keys of a file's messages.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let key = line.split_once('=')?.0.trim_end();
        let name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        (key.starts_with(|first: char| first.is_ascii_alphabetic()) && key.chars().all(name)).then_some(key)
    })
}

/// Renders every page with the samples that the engine's own tests use, over the pack's templates: a part that is
/// wrong shows on whatever page has it. A page's first mistake is enough.
fn broken_pages(pack: &Pack, words: Wording, templates: &BTreeMap<String, String>) -> Vec<String> {
    let site = Site::of(pack, "https://tadori.example", false);
    let pages = match Pages::new(&site, words, templates) {
        Ok(pages) => pages,
        Err(error) => return vec![format!("templates: {error}")],
    };
    let (mut faults, mut broken) = (BTreeSet::new(), BTreeSet::new());
    for (sample, json) in SAMPLES {
        let name = format!("{}.html", sample.split('@').next().unwrap_or(sample));
        if !TEMPLATES.iter().any(|(known, _)| *known == name) || faults.len() >= MOST {
            continue;
        }
        let context: Value = serde_json::from_str(json).unwrap_or_default();
        for language in pages.languages() {
            if broken.contains(&name) {
                break;
            }
            if let Err(error) = pages.render(&name, language, &context) {
                broken.insert(name.clone());
                faults.insert(format!("templates/{name} ({language}): {error}"));
            }
        }
    }
    faults.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn with(name: &str, text: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions/blank");
        let read = |file: &str| (file.to_owned(), std::fs::read_to_string(folder.join(file)).unwrap());
        let mut files = PackFiles::from(["jurisdiction.toml", "thresholds.toml"].map(read));
        files.insert(name.to_owned(), text.to_owned());
        check(&Pack::parse(files).unwrap()).err().map_or_else(Vec::new, |faults| faults.0)
    }

    /// A pack that loops, reads what isn't there, or asks for what no page is given doesn't start.
    #[test]
    fn a_template_that_is_wrong_is_told_before_anybody_sees_it() {
        let page = "templates/visitor/thanks.html";
        assert_eq!(with(page, "{{ t('check-in-title') }}{{ site.system_name }}"), Vec::<String>::new());
        for (text, says) in [
            ("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}", "fuel"),
            ("{% include '/etc/passwd' %}", "template not found"),
            ("{{ venue.nmae }}", "undefined"),
            ("{{ t('no-such-sentence') }}", "no-such-sentence"),
            ("{% if %}", "syntax error"),
        ] {
            let faults = with(page, text);
            assert_eq!(faults.len(), 1, "{text}: {faults:?}");
            assert!(faults[0].contains("thanks.html") && faults[0].contains(says), "{text}: {faults:?}");
        }
        // A part is wrong wherever it stands.
        let faults = with("templates/base.html", "{{ nothing }}");
        assert!(faults.len() > 5 && faults.len() <= MOST, "{faults:?}");
    }

    /// A sentence under a key that nothing asks for would silently never be said.
    #[test]
    fn a_misspelt_sentence_is_told() {
        assert_eq!(with("wording/ja.ftl", "mail-alert-subject = 見本県からの連絡"), Vec::<String>::new());
        let faults = with("wording/en.ftl", "mail-alert-subjekt = News\nown = x\nthanks-title = { own }");
        assert_eq!(faults, ["wording/en.ftl: mail-alert-subjekt: unknown; nothing says it"]);
        let unreadable = with("wording/tlh.ftl", "check-in-title = x");
        assert!(unreadable.iter().any(|fault| fault.contains("the languages are ja")), "{unreadable:?}");
    }
}
