//! Words: Fluent messages, the engine's own, over which a pack lays its own.
//!
//! A pack overrides one message at a time in `wording/<language>.ftl`; what it leaves out comes from the
//! engine. A message that a language lacks is said in Japanese. Both pages and mails take their words
//! from here, so that they can't drift apart.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

/// The language that always has every message.
pub const FALLBACK: &str = "ja";

/// What is wrong with a wording file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordingError {
    /// A file that is not Fluent.
    #[error("wording {language}: {errors}")]
    Syntax {
        /// Its language.
        language: String,
        /// What the parser said.
        errors: String,
    },
    /// A language tag that is none.
    #[error("{0:?} is not a language")]
    Language(String),
}

/// All messages of all languages.
pub struct Wording {
    bundles: Vec<(String, FluentBundle<FluentResource>)>,
}

impl std::fmt::Debug for Wording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.bundles.iter().map(|(language, _)| language)).finish()
    }
}

impl Wording {
    /// Bundles `files`, pairs of language and Fluent text; a later file overrides an earlier one of the
    /// same language, message by message. `ja-easy` is easy Japanese, our own key.
    ///
    /// # Errors
    /// [`WordingError`]
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, WordingError> {
        let mut bundles: Vec<(String, FluentBundle<FluentResource>)> = Vec::new();
        for (language, text) in files {
            let resource =
                FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| WordingError::Syntax {
                    language: language.to_owned(),
                    errors: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
                })?;
            let at = match bundles.iter().position(|(known, _)| known == language) {
                Some(at) => at,
                None => {
                    bundles.push((language.to_owned(), bundle(language)?));
                    bundles.len() - 1
                }
            };
            bundles[at].1.add_resource_overriding(resource);
        }
        Ok(Self { bundles })
    }

    /// The languages that have words of their own.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.bundles.iter().map(|(language, _)| language.as_str())
    }

    /// Whether a message exists in exactly this language.
    pub fn has(&self, language: &str, key: &str) -> bool {
        self.bundles.iter().any(|(known, bundle)| known == language && bundle.has_message(key))
    }

    /// A message with its values filled in; in Japanese where the language lacks it; the key itself where
    /// Japanese lacks it too (a test forbids that).
    pub fn text(&self, language: &str, key: &str, values: &[(&str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            // Strings only: numbers are written by us, so that Fluent adds no separators of its own.
            args.set(*name, FluentValue::from(*value));
        }
        let found = [language, FALLBACK].into_iter().find_map(|language| {
            let (_, bundle) = self.bundles.iter().find(|(known, _)| known == language)?;
            let pattern = bundle.get_message(key)?.value()?;
            let mut errors = Vec::new();
            Some(bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned())
        });
        found.unwrap_or_else(|| key.to_owned())
    }
}

fn bundle(language: &str) -> Result<FluentBundle<FluentResource>, WordingError> {
    // `ja-easy` is no BCP 47 tag; its plural rules are those of Japanese.
    let tag = if language == "ja-easy" { "ja" } else { language };
    let tag = tag.parse().map_err(|_| WordingError::Language(language.to_owned()))?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // No invisible direction marks around values: they would end up in mails and file names.
    bundle.set_use_isolating(false);
    Ok(bundle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_overrides_one_message_and_the_rest_falls_back() {
        let wording =
            Wording::new([("ja", "a = あ { $n }\nb = び"), ("en", "a = A { $n }"), ("ja", "b = 別")])
                .unwrap();
        assert_eq!(wording.text("ja", "a", &[("n", "2000")]), "あ 2000");
        assert_eq!(wording.text("en", "a", &[("n", "1")]), "A 1");
        assert_eq!(wording.text("en", "b", &[]), "別");
        assert_eq!(wording.text("fr", "b", &[]), "別");
        assert_eq!(wording.text("ja", "missing", &[]), "missing");
    }

    #[test]
    fn a_broken_file_is_an_error() {
        assert!(Wording::new([("ja", "a = { $n")]).is_err());
        assert!(Wording::new([("not a tag!", "a = b")]).is_err());
    }
}
