//! Every sentence a visitor or operator reads, by key and language.
//!
//! The words lie in `wording/<language>.ftl`, built into the binary. A jurisdiction
//! pack brings files of the same name that hold only what it says differently; a key of
//! the pack replaces the engine's, one message at a time. A language that lacks a key
//! falls back to Japanese, so a page is never half empty.
//!
//! Why Fluent and not a map of strings: translators need plurals and the order of words
//! free, and a prefecture's editor must not need a compiler.
//!
//! What it refuses: a key that no language knows, a placeholder that was not given, and a
//! file that does not parse. Each is an error with its name; nobody is shown `{$name}`.
//! Officer's pages carry their Japanese in the template and don't pass here.

use std::collections::BTreeMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// The language every other one falls back to.
pub const DEFAULT_LANGUAGE: &str = "ja";

/// The languages that we can name: key, own name, and the tag for HTML. The first three have words in the
/// engine; any other is a pack's `wording/<language>.ftl`, whole (E22).
///
/// `ja-easy` (plain Japanese for learners) is our own key; no BCP 47 tag names it, so
/// browsers are told `ja`.
pub const LANGUAGES: [(&str, &str, &str); 15] = [
    ("ja", "日本語", "ja"),
    ("ja-easy", "やさしい日本語", "ja"),
    ("en", "English", "en"),
    ("zh-Hans", "简体中文", "zh-Hans"),
    ("zh-Hant", "繁體中文", "zh-Hant"),
    ("ko", "한국어", "ko"),
    ("vi", "Tiếng Việt", "vi"),
    ("pt", "Português", "pt"),
    ("es", "Español", "es"),
    ("fil", "Filipino", "fil"),
    ("id", "Bahasa Indonesia", "id"),
    ("th", "ไทย", "th"),
    ("ne", "नेपाली", "ne"),
    ("my", "မြန်မာ", "my"),
    ("ru", "Русский", "ru"),
];

const EMBEDDED: [(&str, &str); 3] = [
    (
        "ja",
        concat!(
            include_str!("../wording/ja.ftl"),
            "\n",
            include_str!("../wording/operators.ja.ftl"),
            "\n",
            include_str!("../wording/line.ja.ftl"),
            "\n",
            include_str!("../wording/pages.ja.ftl"),
            "\n",
            include_str!("../wording/app.ja.ftl")
        ),
    ),
    ("ja-easy", include_str!("../wording/ja-easy.ftl")),
    (
        "en",
        concat!(
            include_str!("../wording/en.ftl"),
            "\n",
            include_str!("../wording/operators.en.ftl"),
            "\n",
            include_str!("../wording/line.en.ftl"),
            "\n",
            include_str!("../wording/pages.en.ftl"),
            "\n",
            include_str!("../wording/app.en.ftl")
        ),
    ),
];

/// Why a sentence could not be given.
#[derive(Debug, thiserror::Error)]
pub enum WordingError {
    /// A file of words is not valid Fluent.
    #[error("wording/{language}.ftl: {problems}")]
    Unreadable {
        /// The language whose file it is.
        language: String,
        /// Everything the parser found, in one line.
        problems: String,
    },
    /// A pack brings words in a language the engine has no name for.
    #[error("wording/{}.ftl: the languages are {}", .0, LANGUAGES.map(|(key, ..)| key).join(", "))]
    UnknownLanguage(String),
    /// A language of a pack's own lacks sentences: it is offered whole or not at all.
    #[error("wording/{language}.ftl lacks {} sentences of pages: {}", missing.len(), missing.join(", "))]
    Incomplete {
        /// The language whose file it is.
        language: String,
        /// The keys that it lacks.
        missing: Vec<String>,
    },
    /// No language has this key.
    #[error("no wording for the key {0:?}")]
    UnknownKey(String),
    /// The sentence asks for a value that the caller did not give.
    #[error("wording of {key:?} in {language}: {problems}")]
    Unfilled {
        /// The key of the sentence.
        key: String,
        /// The language it was asked in.
        language: String,
        /// What was missing.
        problems: String,
    },
}

/// All words of one jurisdiction: the engine's, with the pack's laid over them.
pub struct Wording {
    bundles: BTreeMap<&'static str, FluentBundle<FluentResource>>,
}

impl Wording {
    /// Reads the engine's words and lays the pack's (`language → text of its .ftl`) over them.
    pub fn new(overlay: &BTreeMap<String, String>) -> Result<Self, WordingError> {
        if let Some(unknown) = overlay.keys().find(|key| tag(key).is_none()) {
            return Err(WordingError::UnknownLanguage(unknown.clone()));
        }
        let mut bundles = BTreeMap::new();
        for (language, _, tag) in LANGUAGES {
            let embedded = EMBEDDED.iter().find(|(known, _)| *known == language).map(|(_, text)| *text);
            if embedded.is_none() && !overlay.contains_key(language) {
                continue;
            }
            let locale: LanguageIdentifier =
                tag.parse().map_err(|_| WordingError::UnknownLanguage(language.to_owned()))?;
            let mut bundle = FluentBundle::new_concurrent(vec![locale]);
            // The invisible marks around values would end up in mail subjects and in what people copy.
            bundle.set_use_isolating(false);
            bundle.add_resource(parse(language, embedded.unwrap_or_default())?).map_err(|errors| {
                WordingError::Unreadable { language: language.to_owned(), problems: format!("{errors:?}") }
            })?;
            if let Some(text) = overlay.get(language) {
                bundle.add_resource_overriding(parse(language, text)?);
            }
            let missing: Vec<String> = match embedded {
                Some(_) => Vec::new(),
                None => keys(DEFAULT_LANGUAGE).into_iter().filter(|key| !bundle.has_message(key)).collect(),
            };
            if !missing.is_empty() {
                return Err(WordingError::Incomplete { language: language.to_owned(), missing });
            }
            bundles.insert(language, bundle);
        }
        Ok(Self { bundles })
    }

    /// The sentence of this key in this language, or in Japanese where the language lacks it.
    pub fn say(&self, language: &str, key: &str, values: &FluentArgs<'_>) -> Result<String, WordingError> {
        let found = [language, DEFAULT_LANGUAGE].into_iter().find_map(|language| {
            let bundle = self.bundles.get(language)?;
            Some((bundle, bundle.get_message(key)?.value()?))
        });
        let (bundle, pattern) = found.ok_or_else(|| WordingError::UnknownKey(key.to_owned()))?;
        let mut problems = Vec::new();
        let sentence = bundle.format_pattern(pattern, Some(values), &mut problems).into_owned();
        if problems.is_empty() {
            return Ok(sentence);
        }
        let problems = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Err(WordingError::Unfilled { key: key.to_owned(), language: language.to_owned(), problems })
    }

    /// [`say`](Self::say) for a sentence whose values are all text: the words of form errors.
    pub fn text(&self, language: &str, key: &str, values: &[(&str, &str)]) -> Result<String, WordingError> {
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set((*name).to_owned(), FluentValue::from((*value).to_owned()));
        }
        self.say(language, key, &arguments)
    }

    /// Whether there are words in this language.
    pub fn speaks(&self, language: &str) -> bool {
        self.bundles.contains_key(language)
    }

    /// Whether this language (not its fallback) has the key.
    pub fn has(&self, language: &str, key: &str) -> bool {
        self.bundles.get(language).is_some_and(|bundle| bundle.has_message(key))
    }
}

/// The tag HTML and number formats know a language by; `None` for a language we don't speak.
pub fn tag(language: &str) -> Option<&'static str> {
    LANGUAGES.iter().find(|(key, ..)| *key == language).map(|(_, _, tag)| *tag)
}

fn parse(language: &str, text: &str) -> Result<FluentResource, WordingError> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| WordingError::Unreadable {
        language: language.to_owned(),
        problems: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    })
}

/// All keys of one of the engine's own files: the words that begin its lines.
pub(crate) fn keys(language: &str) -> std::collections::BTreeSet<String> {
    let text = EMBEDDED.iter().find(|(known, _)| *known == language).map_or("", |(_, text)| text);
    text.lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(" =").map(|(key, _)| key.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests;
