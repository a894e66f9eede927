//! A page as it is seen: its words and where they lead, a line for each block.

use std::fmt::Write as _;

/// What stands between the first `<tag` and its end.
pub fn part<'a>(html: &'a str, tag: &str) -> &'a str {
    let after = html.split_once(&format!("<{tag}")).map_or("", |(_, rest)| rest);
    let inside = after.split_once('>').map_or("", |(_, rest)| rest);
    inside.split_once(&format!("</{tag}>")).map_or(inside, |(inside, _)| inside)
}

/// The words of a piece of a page. Headings begin with `#`, items with `-`, questions with `?`; a link is followed by
/// where it leads, and a field stands in brackets.
pub fn words(html: &str) -> String {
    let (mut out, mut rest, mut links) = (String::new(), html, Vec::new());
    while let Some((text, tag)) = rest.split_once('<') {
        say(&mut out, text);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        rest = after;
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap_or_default();
        match (tag.starts_with('/'), name) {
            (false, "style" | "svg") => {
                rest = rest.split_once(&format!("</{name}>")).map_or("", |(_, after)| after);
            }
            (false, "a") => links.push(attribute(tag, "href")),
            (true, "a") => {
                let href = links.pop().unwrap_or_default();
                write!(out, " <{href}>").unwrap();
            }
            (false, "h1" | "h2" | "h3" | "h4") => {
                write!(out, "\n\n{} ", "#".repeat(name[1..].parse().unwrap())).unwrap();
            }
            (false, "li") => out.push_str("\n- "),
            (false, "summary") => out.push_str("\n? "),
            (false, "dd") => out.push_str("\n    "),
            (false, "th" | "td") => out.push_str(" | "),
            (false, "option") => out.push_str("\n· "),
            (false, "img") => {
                write!(out, "\n[{}] <{}>", attribute(tag, "alt"), attribute(tag, "src")).unwrap()
            }
            (false, "button") => out.push_str("\n[[ "),
            (true, "button") => out.push_str(" ]]"),
            (true, "b") => out.push(' '),
            (false, "input" | "select" | "textarea") if attribute(tag, "type") != "hidden" => {
                let kind = attribute(tag, "type");
                let kind = if kind.is_empty() { name } else { &kind };
                write!(out, " [{kind} {}]", attribute(tag, "name")).unwrap();
            }
            (
                false,
                "p" | "dt" | "tr" | "br" | "label" | "legend" | "div" | "pre" | "figcaption" | "section"
                | "optgroup",
            ) => {
                out.push('\n');
            }
            _ => {}
        }
    }
    say(&mut out, rest);
    tidy(&out)
}

/// Words between two tags, as a browser sets them.
fn say(out: &mut String, text: &str) {
    let pairs =
        [("&#x2f;", "/"), ("&quot;", "\""), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    out.push_str(&pairs.iter().fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant)));
}

fn attribute(tag: &str, name: &str) -> String {
    let found = tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
    let mut value = String::new();
    say(&mut value, found.map_or("", |(value, _)| value));
    value
}

/// No empty lines but before headings, no blanks at the ends, and nothing that chance made.
fn tidy(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "-") {
        if line.starts_with('#') && !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&masked(line.strip_prefix("| ").unwrap_or(line)));
        out.push('\n');
    }
    out
}

/// A line without registration numbers, codes, identities and versions.
fn masked(line: &str) -> String {
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut out = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(|c| !part_of_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let upper = word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let by_chance = match word.len() {
            8 => upper && digits > 0 && digits < 8,
            11 => upper && word.as_bytes()[5] == b'-',
            16 => word.chars().all(|c| c.is_ascii_hexdigit()),
            20.. => digits >= 4,
            _ => false,
        };
        out.push_str(if by_chance { "…" } else { word });
        let other = after.chars().next().map_or(0, char::len_utf8);
        out.push_str(&after[..other]);
        rest = &after[other..];
    }
    out
}

#[test]
fn a_page_is_read_as_it_is_seen() {
    let html = "<main class=\"x\"><h1>題</h1>\n<p>本文 <a href=\"&#x2f;faq\">質問</a></p><ul>\n<li>一</li></ul>\
                <input type=\"hidden\" name=\"nonce\" value=\"1\"><label>名前</label><input type=\"text\" name=\"n\">\
                <p>番号 ABCDE-12345 版 0123456789abcdef</p></main>";
    let seen = "# 題\n本文 質問 </faq>\n- 一\n名前 [text n]\n番号 … 版 …\n";
    assert_eq!(words(part(html, "main")), seen);
}
