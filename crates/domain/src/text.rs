//! Text that people type: tidied, bounded, and free of characters that deceive or break.
//!
//! A venue's name is printed on a poster, put into a mail's subject and opened in a spreadsheet by an
//! officer. So control characters, bidirectional overrides, private-use characters and the beginnings of
//! spreadsheet formulas are refused with a reason; a name is never silently changed into another.

use unicode_normalization::UnicodeNormalization;

/// Why a text was not taken. The page says it in the reader's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing was typed.
    #[error("nothing was typed")]
    Missing,
    /// Longer than allowed; the number is the limit in characters.
    #[error("more than {0} characters")]
    TooLong(usize),
    /// A control or invisible formatting character, a bidirectional override for example.
    #[error("contains the invisible character U+{0:04X}")]
    Invisible(u32),
    /// A private-use character (外字), which no other machine can show.
    #[error("contains the private-use character U+{0:04X}")]
    PrivateUse(u32),
    /// Starts like a spreadsheet formula.
    #[error("starts with {0}, as a spreadsheet formula does")]
    Formula(char),
}

/// Tidies one line of text: composed (NFC), trimmed, at most `max` characters, and safe to print.
///
/// # Errors
/// [`TextError`], by the first thing found wrong.
pub fn line(input: &str, max: usize) -> Result<String, TextError> {
    let text: String = input.nfc().collect();
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{3000}');
    if text.is_empty() {
        return Err(TextError::Missing);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong(max));
    }
    if let Some(error) = text.chars().find_map(unprintable) {
        return Err(error);
    }
    match text.chars().next() {
        Some(c @ ('=' | '+' | '-' | '@')) => Err(TextError::Formula(c)),
        _ => Ok(text.to_owned()),
    }
}

/// Tidies text of several lines: composed (NFC), trimmed, lines ending in `\n`, at most `max` characters.
///
/// # Errors
/// [`TextError`], by the first thing found wrong. A line break is the only control character taken.
pub fn lines(input: &str, max: usize) -> Result<String, TextError> {
    let text: String = input.replace("\r\n", "\n").replace('\t', " ").nfc().collect();
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{3000}');
    if text.is_empty() {
        return Err(TextError::Missing);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong(max));
    }
    match text.chars().find_map(|c| (c != '\n').then(|| unprintable(c))?) {
        Some(error) => Err(error),
        None => Ok(text.to_owned()),
    }
}

fn unprintable(c: char) -> Option<TextError> {
    match u32::from(c) {
        code if deceives(c) => Some(TextError::Invisible(code)),
        code @ (0xE000..=0xF8FF | 0xF_0000..=0x10_FFFF) => Some(TextError::PrivateUse(code)),
        _ => None,
    }
}

/// Characters that change what is seen without being seen: controls, zero widths, bidirectional marks.
/// Variation selectors of kanji (U+E0100 on) stay: they are part of people's names.
pub fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00AD | 0x061C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFD
            | 0xE0000..=0xE007F)
        || (u32::from(c) & 0xFFFE) == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_kanji_and_their_variants_stay() {
        assert_eq!(line(" 髙﨑𠮷辻\u{E0100} ", 20).unwrap(), "髙﨑𠮷辻\u{E0100}");
    }

    #[test]
    fn what_deceives_is_refused_with_its_reason() {
        assert_eq!(line("  \u{3000}", 10), Err(TextError::Missing));
        assert_eq!(line("ab\u{202E}cd", 10), Err(TextError::Invisible(0x202E)));
        assert_eq!(line("a\r\nBcc: b@c.jp", 30), Err(TextError::Invisible(0x0D)));
        assert_eq!(line("\u{E001}屋", 10), Err(TextError::PrivateUse(0xE001)));
        assert_eq!(line("=cmd()", 10), Err(TextError::Formula('=')));
        assert_eq!(line("@home", 10), Err(TextError::Formula('@')));
        assert_eq!(line("あいう", 2), Err(TextError::TooLong(2)));
        assert_eq!(line("＠ほーむ", 10).unwrap(), "＠ほーむ");
    }

    #[test]
    fn several_lines_keep_their_breaks_and_nothing_else_unseen() {
        assert_eq!(lines(" 一行目\r\n\r\n-\t二行目\n", 20).unwrap(), "一行目\n\n- 二行目");
        assert_eq!(lines("a\rb", 20), Err(TextError::Invisible(0x0D)));
        assert_eq!(lines("a\0b", 20), Err(TextError::Invisible(0)));
        assert_eq!(lines("a\n\u{202E}b", 20), Err(TextError::Invisible(0x202E)));
        assert_eq!(lines(" \r\n ", 20), Err(TextError::Missing));
        assert_eq!(lines("a\r\nb", 2), Err(TextError::TooLong(2)));
    }
}
