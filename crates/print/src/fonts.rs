//! The fonts of the printed page, and which characters they draw.
//!
//! Three files are embedded: BIZ UDPGothic in two weights, and a bold cut of the kanji that it
//! lacks (`fonts/README.md`). Nothing is looked up on the machine, so a poster is the same
//! everywhere.
//!
//! Every value is checked against them before typesetting, because then the answer can name the
//! field. Control characters and bidirectional overrides have no glyph and fall to the same check.

use std::sync::LazyLock;

use serde_json::Value;
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

use crate::error::PrintError;

static FILES: [&[u8]; 3] = [
    include_bytes!("../fonts/BIZUDPGothic-Regular.ttf"),
    include_bytes!("../fonts/BIZUDPGothic-Bold.ttf"),
    include_bytes!("../fonts/RareKanji-Bold.otf"),
];

/// The fonts as the typesetter wants them; read once a process (some 10 ms).
pub(crate) struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    pub(crate) fonts: Vec<Font>,
}

/// The embedded fonts.
pub(crate) fn embedded() -> &'static Fonts {
    static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
        let fonts: Vec<Font> = FILES.iter().flat_map(|file| Font::iter(Bytes::new(*file))).collect();
        Fonts { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
    });
    &FONTS
}

/// Refuses the first character, in any string of the values, that no font draws.
pub(crate) fn check(values: &Value) -> Result<(), PrintError> {
    check_at(values, String::new())
}

fn check_at(value: &Value, path: String) -> Result<(), PrintError> {
    match value {
        Value::String(text) => match text.chars().find(|c| !is_drawn(*c)) {
            Some(character) => Err(PrintError::MissingGlyph { field: Some(path), character }),
            None => Ok(()),
        },
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(i, item)| check_at(item, format!("{path}[{i}]")))
        }
        Value::Object(fields) => fields.iter().try_for_each(|(name, field)| {
            let dot = if path.is_empty() { "" } else { "." };
            check_at(field, format!("{path}{dot}{name}"))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// Whether a character leaves its own shape on the page, or is one that needs none: a line break, a
/// place where one may be, or a variation selector (辻󠄀; a font that lacks the variant draws the
/// plain form, as Unicode has it).
fn is_drawn(character: char) -> bool {
    matches!(character, '\n' | '\u{200b}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
        || embedded().fonts.iter().any(|font| font.info().coverage.contains(u32::from(character)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_people_and_shops_are_drawn() {
        let names = "髙﨑𠮷辻󠄀 槗 𩵋 栁 濵 德 ㈱ № ① Ⅳ ～〜―—ー・☆★♪♥ Café Müller & Co. €5 ½ ﾊﾝｶｸ";
        assert_eq!(check(&json!({ "venue": names })), Ok(()));
    }

    #[test]
    fn the_field_and_the_character_are_named() {
        for (values, field, character) in [
            (json!({ "venue": "寿司🍣" }), "venue", '🍣'),
            (json!({ "blocks": [{ "steps": ["よい", "H₂O"] }] }), "blocks[0].steps[1]", '₂'),
            (json!({ "room": "外字\u{e000}" }), "room", '\u{e000}'),
            (json!({ "venue": "a\u{202e}b" }), "venue", '\u{202e}'),
            (json!({ "venue": "a\u{0}b" }), "venue", '\u{0}'),
        ] {
            assert_eq!(
                check(&values),
                Err(PrintError::MissingGlyph { field: Some(field.to_owned()), character })
            );
        }
    }
}
