//! Readings of Chinese characters, for plain Japanese: `施設(しせつ)` becomes ruby.
//!
//! Whoever writes `wording/ja-easy.ftl` writes a reading in brackets behind its characters, as in a
//! mail. On a page it belongs above them, where it neither lengthens nor breaks the line. Titles
//! and attributes can't hold markup, so there the reading is left out.
//!
//! It refuses to guess: brackets that hold anything but kana, or that follow something else than
//! Chinese characters, stay as they are.

/// The sentence as escaped HTML, its readings as ruby.
pub fn as_ruby(sentence: &str) -> String {
    rewritten(sentence, escaped, |out, base, reading| {
        *out += &format!("<ruby>{base}<rp>(</rp><rt>{reading}</rt><rp>)</rp></ruby>");
    })
}

/// The sentence without its readings, not escaped.
pub fn without(sentence: &str) -> String {
    rewritten(sentence, str::to_owned, |out, base, _| out.push_str(base))
}

fn rewritten(
    sentence: &str,
    text: impl Fn(&str) -> String,
    pair: impl Fn(&mut String, &str, &str),
) -> String {
    let mut out = String::with_capacity(sentence.len() * 2);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('(') {
        let base_at =
            before.len() - before.chars().rev().take_while(is_kanji).map(char::len_utf8).sum::<usize>();
        match after.split_once(')') {
            Some((reading, tail))
                if base_at < before.len() && !reading.is_empty() && reading.chars().all(is_kana) =>
            {
                out += &text(&before[..base_at]);
                pair(&mut out, &before[base_at..], reading);
                rest = tail;
            }
            _ => {
                out += &text(before);
                out.push('(');
                rest = after;
            }
        }
    }
    out + &text(rest)
}

fn is_kanji(character: &char) -> bool {
    matches!(character, '々' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_kana(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{30ff}')
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_stands_above_its_characters() {
        assert_eq!(as_ruby("2か月(げつ)あと"), "2か<ruby>月<rp>(</rp><rt>げつ</rt><rp>)</rp></ruby>あと");
        assert_eq!(without("お店(みせ)の人(ひと)へ"), "お店の人へ");
    }

    #[test]
    fn other_brackets_stay_and_markup_is_escaped() {
        assert_eq!(as_ruby("悪いですか(熱(ねつ)、せき) <b>"), {
            "悪いですか(<ruby>熱<rp>(</rp><rt>ねつ</rt><rp>)</rp></ruby>、せき) &lt;b&gt;"
        });
        assert_eq!(as_ruby("店(A)"), "店(A)");
        assert_eq!(as_ruby("開いたまま("), "開いたまま(");
    }
}
