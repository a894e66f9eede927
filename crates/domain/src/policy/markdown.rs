//! A small subset of Markdown, for the pages that a pack writes itself.
//!
//! A text becomes [`Block`]s, and templates write them with everything escaped: there is no way from a text to
//! markup. What isn't in the subset (HTML, pictures, tables, code, lists in lists) is refused with its line,
//! rather than shown as something else.

use pulldown_cmark::{Event, HeadingLevel, LinkType, Parser, Tag, TagEnd};
use serde::Serialize;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Block {
    /// `##` or `###`.
    Heading {
        /// 2 or 3.
        level: u8,
        /// The words.
        spans: Vec<Span>,
    },
    /// A paragraph.
    Paragraph {
        /// The words.
        spans: Vec<Span>,
    },
    /// A list, numbered or not.
    List {
        /// Whether its items are steps.
        numbered: bool,
        /// The items.
        items: Vec<Vec<Span>>,
    },
}

/// Words of one look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The words.
    pub text: String,
    /// Whether they are set in bold.
    pub strong: bool,
    /// Where they lead, if anywhere.
    pub href: Option<String>,
}

/// A text that was read: its title, and what stands below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// The `#` at its beginning.
    pub title: String,
    /// Everything else.
    pub blocks: Vec<Block>,
}

/// Reads a text.
///
/// # Errors
/// Each fault with its line.
pub(super) fn read(text: &str) -> Result<Text, Vec<(usize, String)>> {
    let mut reader = Reading::default();
    for (event, range) in Parser::new(text).into_offset_iter() {
        let line = text[..range.start].matches('\n').count() + 1;
        if let Err(fault) = reader.take(event) {
            reader.faults.push((line, fault.to_owned()));
        }
    }
    if reader.title.is_empty() {
        reader.faults.insert(0, (1, "begins with its title: # and one line of words".to_owned()));
    }
    match reader.faults.is_empty() {
        true => Ok(Text { title: reader.title, blocks: reader.blocks }),
        false => Err(reader.faults),
    }
}

/// Where in a text the reader stands.
#[derive(Default)]
struct Reading {
    title: String,
    blocks: Vec<Block>,
    spans: Vec<Span>,
    list: Option<(bool, Vec<Vec<Span>>)>,
    in_item: bool,
    strong: bool,
    href: Option<String>,
    faults: Vec<(usize, String)>,
}

const SUBSET: &str = "only headings, paragraphs, plain lists, **bold** and links can stand here";

impl Reading {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Start(tag) => return self.start(tag),
            Event::End(end) => return self.end(end),
            Event::Text(words) => self.say(&words),
            Event::SoftBreak => self.join(),
            _ => return Err(SUBSET),
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'_>) -> Result<(), &'static str> {
        match tag {
            Tag::Paragraph if self.in_item && !self.spans.is_empty() => {
                return Err("an item of a list is one paragraph");
            }
            Tag::Paragraph | Tag::Heading { .. } => {}
            Tag::List(from) if self.list.is_none() => self.list = Some((from.is_some(), Vec::new())),
            Tag::Item => self.in_item = true,
            Tag::Strong => self.strong = true,
            Tag::Link { link_type, dest_url, .. } => {
                let href = match link_type {
                    LinkType::Email => format!("mailto:{dest_url}"),
                    _ => dest_url.to_string(),
                };
                let ours = href.starts_with('/') && !href.starts_with("//");
                let known = ["https://", "mailto:", "tel:"].iter().any(|start| href.starts_with(start));
                if !(ours || known) {
                    return Err(
                        "a link leads to https://, mailto:, tel: or a page of ours that begins with /",
                    );
                }
                self.href = Some(href);
            }
            _ => return Err(SUBSET),
        }
        Ok(())
    }

    fn end(&mut self, end: TagEnd) -> Result<(), &'static str> {
        match end {
            TagEnd::Strong => self.strong = false,
            TagEnd::Link => self.href = None,
            TagEnd::Paragraph if self.in_item => {}
            TagEnd::Paragraph => {
                let spans = std::mem::take(&mut self.spans);
                self.blocks.push(Block::Paragraph { spans });
            }
            TagEnd::Item => {
                self.in_item = false;
                let item = std::mem::take(&mut self.spans);
                self.list.iter_mut().for_each(|(_, items)| items.push(item.clone()));
            }
            TagEnd::List(_) => {
                if let Some((numbered, items)) = self.list.take() {
                    self.blocks.push(Block::List { numbered, items });
                }
            }
            TagEnd::Heading(level) => {
                let spans = std::mem::take(&mut self.spans);
                return self.heading(level, spans);
            }
            _ => {}
        }
        Ok(())
    }

    fn heading(&mut self, level: HeadingLevel, spans: Vec<Span>) -> Result<(), &'static str> {
        match level {
            HeadingLevel::H1 if self.title.is_empty() && self.blocks.is_empty() => {
                self.title = spans.into_iter().map(|span| span.text).collect();
            }
            HeadingLevel::H1 => return Err("one title, and at the beginning"),
            HeadingLevel::H2 => self.blocks.push(Block::Heading { level: 2, spans }),
            // A level must not be left out: who listens jumps from heading to heading.
            HeadingLevel::H3 if self.blocks.iter().any(|block| matches!(block, Block::Heading { .. })) => {
                self.blocks.push(Block::Heading { level: 3, spans });
            }
            _ => return Err("headings are ## and, below one of those, ###"),
        }
        Ok(())
    }

    fn say(&mut self, words: &str) {
        match self.spans.last_mut() {
            Some(last) if last.strong == self.strong && last.href == self.href => last.text.push_str(words),
            _ => {
                self.spans.push(Span { text: words.to_owned(), strong: self.strong, href: self.href.clone() })
            }
        }
    }

    /// A line of the file ends within a sentence: a blank in English, nothing in Japanese.
    fn join(&mut self) {
        if let Some(last) = self.spans.last_mut()
            && last.text.ends_with(|end: char| end.is_ascii())
        {
            last.text.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<Span> {
        vec![Span { text: text.to_owned(), ..Span::default() }]
    }

    #[test]
    fn the_subset_is_read() {
        let text = "# 題名\n\n一行目、\n二行目。line one\nline two\n\n## 見出し\n\n- **太字**の項目\n- 項目\n\n\
                    ### 小見出し\n\n1. [外](https://example.jp/)\n\n2. <a@example.jp>\n";
        let read = read(text).unwrap();
        assert_eq!(read.title, "題名");
        let [first, heading, list, small, steps] = read.blocks.as_slice() else { panic!("{read:?}") };
        assert_eq!(*first, Block::Paragraph { spans: plain("一行目、二行目。line one line two") });
        assert_eq!(*heading, Block::Heading { level: 2, spans: plain("見出し") });
        assert_eq!(*small, Block::Heading { level: 3, spans: plain("小見出し") });
        let Block::List { numbered: false, items } = list else { panic!("{list:?}") };
        assert_eq!(items[0][0], Span { text: "太字".into(), strong: true, href: None });
        let Block::List { numbered: true, items } = steps else { panic!("{steps:?}") };
        assert_eq!(items[0][0].href.as_deref(), Some("https://example.jp/"));
        assert_eq!(items[1][0].href.as_deref(), Some("mailto:a@example.jp"));
    }

    #[test]
    fn everything_else_is_refused_with_its_line() {
        for (text, line) in [
            ("# a\n\n<b>x</b>\n", 3),
            ("# a\n\n<script>alert(1)</script>\n", 3),
            ("# a\n\nb <i>c</i>\n", 3),
            ("# a\n\n![p](https://example.jp/p.png)\n", 3),
            ("# a\n\n[x](javascript:alert(1))\n", 3),
            ("# a\n\n[x](http://example.jp)\n", 3),
            ("# a\n\n[x](//example.jp)\n", 3),
            ("# a\n\n`code`\n", 3),
            ("# a\n\n    code\n", 3),
            ("# a\n\n> quoted\n", 3),
            ("# a\n\n- b\n  - c\n", 4),
            ("# a\n\n*b*\n", 3),
            ("# a\n\n---\n", 3),
            ("# a\n\n# b\n", 3),
            ("# a\n\n### b\n", 3),
            ("# a\n\n#### b\n", 3),
            ("b\n", 1),
            ("", 1),
        ] {
            let faults = read(text).unwrap_err();
            assert_eq!(faults[0].0, line, "{text:?}: {faults:?}");
        }
    }
}
