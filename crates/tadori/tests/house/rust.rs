//! A Rust file taken apart as far as the rules need: code without comments and strings, the strings, and
//! neither for what is compiled only in tests.

/// A Rust file of the product.
pub struct Source {
    /// Where it lies, from the repository's root.
    pub path: String,
    /// The file, letter for letter.
    pub text: String,
    /// The code alone: comments, strings and test-only items are blank, lines stay lines.
    pub code: String,
    /// Each string literal outside test-only items: its line, counted from 1, and what is between the
    /// quotes, as written.
    pub strings: Vec<(usize, String)>,
}

impl Source {
    /// Takes a file apart.
    pub fn read(path: &str, text: &str) -> Self {
        let mut reader =
            Reader { text: text.chars().collect(), at: 0, code: Vec::new(), strings: Vec::new() };
        reader.file();
        let (mut code, mut strings) = (reader.code, reader.strings);
        while let Some((start, end)) = test_only(&code) {
            for letter in code[start..end].iter_mut().filter(|letter| **letter != '\n') {
                *letter = ' ';
            }
            strings.retain(|(place, _)| !(start..end).contains(place));
        }
        let line = |place: usize| 1 + reader.text[..place].iter().filter(|letter| **letter == '\n').count();
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            strings: strings.into_iter().map(|(place, string)| (line(place), string)).collect(),
            code: code.into_iter().collect(),
        }
    }

    /// The crate that the file belongs to.
    pub fn room(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or("")
    }

    /// The lines of code, counted from 1, that hold `path` as whole words: `Instant::now` is found in
    /// `time::Instant::now()` and not in `MyInstant::now`.
    pub fn lines_with(&self, path: &str) -> Vec<usize> {
        let lines = self.code.lines().enumerate();
        lines.filter(|(_, line)| has_words(line, path)).map(|(n, _)| n + 1).collect()
    }
}

/// Whether `line` holds `words` and no letter, digit or underscore runs on at either end.
pub fn has_words(line: &str, words: &str) -> bool {
    let in_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(words).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + words.len()..]);
        let open =
            |edge: Option<char>, next: Option<char>| !edge.is_some_and(in_name) || !next.is_some_and(in_name);
        open(words.chars().next(), before.chars().next_back())
            && open(words.chars().next_back(), after.chars().next())
    })
}

struct Reader {
    text: Vec<char>,
    at: usize,
    code: Vec<char>,
    strings: Vec<(usize, String)>,
}

impl Reader {
    fn file(&mut self) {
        while let Some(letter) = self.peek(0) {
            match letter {
                '/' if self.peek(1) == Some('/') => self.blank_until(|reader| reader.peek(0) == Some('\n')),
                '/' if self.peek(1) == Some('*') => self.block_comment(),
                '"' => self.string(),
                'r' if self.opens_raw().is_some() => self.raw_string(),
                '\'' if self.peek(1) == Some('\\') => {
                    self.blank(3);
                    self.blank_until(|reader| reader.peek(0) == Some('\''));
                    self.blank(1);
                }
                '\'' if self.peek(2) == Some('\'') => self.blank(3),
                _ => self.keep(),
            }
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                (None, _) => return,
                _ => {
                    self.blank(1);
                    continue;
                }
            }
            self.blank(2);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.keep();
        let start = self.at;
        while let Some(letter) = self.peek(0).filter(|letter| *letter != '"') {
            self.blank(if letter == '\\' { 2 } else { 1 });
        }
        self.end_string(start);
    }

    fn raw_string(&mut self) {
        let hashes = self.opens_raw().unwrap_or(0);
        self.blank(hashes + 1);
        self.keep();
        let start = self.at;
        self.blank_until(|reader| {
            reader.peek(0) == Some('"') && (1..=hashes).all(|n| reader.peek(n) == Some('#'))
        });
        self.end_string(start);
        self.blank(hashes);
    }

    fn end_string(&mut self, start: usize) {
        let end = self.at.min(self.text.len());
        self.strings.push((start, self.text[start..end].iter().collect()));
        self.keep();
    }

    /// The number of hashes, where a raw string begins at this `r`.
    fn opens_raw(&self) -> Option<usize> {
        let in_name = |back: usize| {
            self.at
                .checked_sub(back)
                .is_some_and(|at| self.text[at].is_alphanumeric() || self.text[at] == '_')
        };
        let prefix = self.at > 0 && matches!(self.text[self.at - 1], 'b' | 'c');
        if in_name(1) && (!prefix || in_name(2)) {
            return None;
        }
        let hashes = self.text[self.at + 1..].iter().take_while(|letter| **letter == '#').count();
        (self.peek(1 + hashes) == Some('"')).then_some(hashes)
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        self.code.extend(self.peek(0));
        self.at += 1;
    }

    fn blank(&mut self, count: usize) {
        for _ in 0..count {
            self.code.extend(self.peek(0).map(|letter| if letter == '\n' { '\n' } else { ' ' }));
            self.at += 1;
        }
    }

    fn blank_until(&mut self, end: impl Fn(&Self) -> bool) {
        while self.peek(0).is_some() && !end(self) {
            self.blank(1);
        }
    }
}

/// From where to where the first item under `#[cfg(test)]` reaches: to its closing brace, or to its `;`.
fn test_only(code: &[char]) -> Option<(usize, usize)> {
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let start = code.windows(mark.len()).position(|window| window == mark)?;
    let mut depth = 0;
    for (n, letter) in code.iter().enumerate().skip(start + mark.len()) {
        match letter {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            ';' if depth == 0 => return Some((start, n + 1)),
            _ => {}
        }
        if depth == 0 && *letter == '}' {
            return Some((start, n + 1));
        }
    }
    Some((start, code.len()))
}

/// Comments, strings of every kind, letters in quotes, lifetimes and test modules are told apart.
#[test]
fn a_file_is_taken_apart() {
    let text = r##"//! doc "quoted"
fn f<'a>(x: &'a str) -> char { g(b"one \" two", '"', '\'', '\u{41}'); h(r#"three " four"#) }
/* a /* nested */ b */ let r#type = 1; var("five
six"); // seven
#[cfg(test)]
mod tests { fn t() { now("eight}"); } }
#[cfg(test)]
use nine;
fn after() { ten() }
"##;
    let source = Source::read("crates/x/src/lib.rs", text);
    let strings: Vec<&str> = source.strings.iter().map(|(_, string)| string.as_str()).collect();
    assert_eq!(strings, [r#"one \" two"#, r#"three " four"#, "five\nsix"]);
    assert_eq!(source.strings[2].0, 3);
    for gone in ["doc", "one", "nested", "seven", "tests", "now", "nine", "41"] {
        assert!(!source.code.contains(gone), "{gone} is still there:\n{}", source.code);
    }
    for kept in ["fn f<'a>(x: &'a str)", "h(", "let r#type = 1", "fn after() { ten() }"] {
        assert!(source.code.contains(kept), "{kept} is gone:\n{}", source.code);
    }
    assert_eq!(source.code.lines().count(), text.lines().count());
    assert_eq!(source.lines_with("ten"), [9]);
}

/// Names are compared whole.
#[test]
fn words_are_whole() {
    assert!(has_words("std::time::Instant::now()", "Instant::now"));
    assert!(!has_words("MyInstant::now()", "Instant::now"));
    assert!(!has_words("Instant::nowhere()", "Instant::now"));
    assert!(has_words("x.elapsed()", ".elapsed("));
}
