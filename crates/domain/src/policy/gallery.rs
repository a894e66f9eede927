//! `gallery.toml`: how posters hang in places of the jurisdiction (HKD-10), with pictures in `gallery/*.svg`.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Table, Value};

use super::in_language;
use super::pack::{PackError, PackFiles, Problems};
use super::read::Reader;
use crate::text::deceives;

/// The file's name.
pub const FILE: &str = "gallery.toml";

/// The longest text of an example, in characters.
const LONGEST: usize = 200;

/// The largest picture: a phone fetches all of them.
const LARGEST_PICTURE: usize = 300_000;

/// A place where the code is posted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The picture's name: `gallery/<picture>.svg`.
    pub picture: String,
    /// What place it is.
    pub place: String,
    /// The same in English.
    pub place_en: Option<String>,
    /// Where it hangs there, and why.
    pub text: String,
    /// The same in English.
    pub text_en: Option<String>,
}

impl Example {
    /// What place it is, in a language.
    pub fn place(&self, language: &str) -> &str {
        in_language(&self.place, self.place_en.as_deref(), language)
    }

    /// Where it hangs there, in a language.
    pub fn text(&self, language: &str) -> &str {
        in_language(&self.text, self.text_en.as_deref(), language)
    }

    /// The name of its picture among the pack's files.
    pub fn file(&self) -> String {
        format!("gallery/{}.svg", self.picture)
    }
}

/// Reads and checks the file and the pictures that it names.
pub(super) fn read(files: &PackFiles, errors: &mut Vec<PackError>) -> Vec<Example> {
    let pictures = files.keys().filter(|name| name.starts_with("gallery/"));
    let Some(text) = files.get(FILE) else {
        for picture in pictures {
            Problems::of(FILE, errors).unless(false, picture, "nothing shows it");
        }
        return Vec::new();
    };
    let before = errors.len();
    let mut reader = Reader::new(FILE, errors);
    let Some(mut file) = reader.table(text) else { return Vec::new() };
    let entries = match file.remove("example") {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    reader.unknown(&file, &["example"]);
    let mut examples: Vec<Example> = Vec::new();
    for (n, entry) in entries.into_iter().enumerate() {
        let key = format!("example[{n}]");
        examples.extend(reader.section::<Example>(&mut Table::from_iter([(key.clone(), entry)]), &key));
    }
    if errors.len() == before {
        let mut problems = Problems::of(FILE, errors);
        problems.unless(!examples.is_empty(), "example", "at least one, or no file");
        for (n, example) in examples.iter().enumerate() {
            example.check(n, files, &mut problems);
        }
        for picture in pictures {
            let shown = examples.iter().any(|example| example.file() == *picture);
            problems.unless(shown, picture, "an example that shows it");
        }
    }
    examples
}

impl Example {
    fn check(&self, n: usize, files: &PackFiles, problems: &mut Problems<'_>) {
        let key = |name: &str| format!("example[{n}].{name}");
        let texts = [("place", Some(&self.place)), ("text", Some(&self.text))];
        let english = [("place_en", self.place_en.as_ref()), ("text_en", self.text_en.as_ref())];
        for (name, text) in texts.into_iter().chain(english) {
            let long = |text: &String| (1..=LONGEST).contains(&text.trim().chars().count());
            let good = text.is_none_or(|text| long(text) && !text.chars().any(deceives));
            problems.unless(good, &key(name), &format!("one line of 1 to {LONGEST} characters"));
        }
        let name = !self.picture.is_empty()
            && self.picture.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        problems.unless(name, &key("picture"), "a name of a to z, 0 to 9 and -");
        let Some(picture) = files.get(&self.file()) else {
            problems.unless(false, &key("picture"), &format!("{} is missing", self.file()));
            return;
        };
        let drawn = picture.trim_start().starts_with("<svg") && !picture.contains("<script");
        problems.unless(drawn, &key("picture"), "an SVG that begins with <svg and has no script");
        let small = picture.len() <= LARGEST_PICTURE;
        problems.unless(small, &key("picture"), &format!("at most {LARGEST_PICTURE} bytes"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[example]]\npicture = \"shop\"\nplace = \"店\"\ntext = \"入口です。\"\n";

    fn said(toml: &str, pictures: &[(&str, &str)]) -> Vec<String> {
        let mut files = PackFiles::from([(FILE.to_owned(), toml.to_owned())]);
        files.extend(pictures.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        let mut errors = Vec::new();
        read(&files, &mut errors);
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_example_has_its_picture_and_each_picture_its_example() {
        let shop = ("gallery/shop.svg", "<svg></svg>");
        assert_eq!(said(GOOD, &[shop]), [""; 0]);
        for (toml, pictures, says) in [
            (GOOD.to_owned(), vec![], "gallery.toml: example[0].picture: gallery/shop.svg is missing"),
            (
                GOOD.to_owned(),
                vec![("gallery/shop.svg", "<html>")],
                "gallery.toml: example[0].picture: an SVG",
            ),
            (
                GOOD.to_owned(),
                vec![("gallery/shop.svg", "<svg><script>1</script></svg>")],
                "gallery.toml: example[0].picture: an SVG",
            ),
            (
                GOOD.to_owned(),
                vec![shop, ("gallery/x.svg", "<svg/>")],
                "gallery.toml: gallery/x.svg: an example",
            ),
            (GOOD.replace("入口です。", ""), vec![shop], "gallery.toml: example[0].text: one line"),
            (GOOD.replace("shop", "../shop"), vec![], "gallery.toml: example[0].picture: a name"),
            (GOOD.replace("place =", "plcae ="), vec![shop], "gallery.toml: example[0].plcae: unknown field"),
            (String::new(), vec![], "gallery.toml: example: at least one"),
        ] {
            let said = said(&toml, &pictures);
            assert!(said.iter().any(|error| error.starts_with(says)), "{says}: {said:?}");
        }
        let mut errors = Vec::new();
        read(&PackFiles::from([("gallery/x.svg".to_owned(), String::new())]), &mut errors);
        assert_eq!(errors.len(), 1);
    }
}
