//! Licence expressions as Cargo.toml writes them: `MIT OR Apache-2.0`, `(A OR B) AND C`, and the old
//! `MIT/Apache-2.0`. `AND` binds tighter than `OR`.

/// Whether somebody who accepts only the licences that `accepts` names may use the work. What can't be
/// read isn't accepted.
pub fn satisfied(expression: &str, accepts: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, accepts };
    reader.any() == Some(true) && reader.words.is_empty()
}

struct Reader<'a> {
    words: &'a [&'a str],
    accepts: &'a dyn Fn(&str) -> bool,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Option<bool> {
        let mut verdict = self.all()?;
        while self.skip("OR") {
            verdict |= self.all()?;
        }
        Some(verdict)
    }

    fn all(&mut self) -> Option<bool> {
        let mut verdict = self.one()?;
        while self.skip("AND") {
            verdict &= self.one()?;
        }
        Some(verdict)
    }

    fn one(&mut self) -> Option<bool> {
        if self.skip("(") {
            let verdict = self.any()?;
            return self.skip(")").then_some(verdict);
        }
        let name = self.next()?;
        if !name.starts_with(|letter: char| letter.is_ascii_alphanumeric()) {
            return None;
        }
        if self.skip("WITH") {
            let exception = self.next()?;
            return Some((self.accepts)(&format!("{name} WITH {exception}")));
        }
        Some((self.accepts)(name))
    }

    fn skip(&mut self, word: &str) -> bool {
        let there = self.words.first() == Some(&word);
        if there {
            self.words = &self.words[1..];
        }
        there
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::satisfied;

    fn permissive(expression: &str) -> bool {
        satisfied(expression, &|name| ["MIT", "Apache-2.0", "ISC", "X WITH Y"].contains(&name))
    }

    /// One side of `OR` is enough, both sides of `AND` are needed.
    #[test]
    fn either_and_both() {
        assert!(permissive("MIT"));
        assert!(permissive("GPL-3.0 OR MIT"));
        assert!(permissive("GPL-3.0/MIT"));
        assert!(permissive("ISC AND (Apache-2.0 OR GPL-3.0)"));
        assert!(permissive("GPL-3.0 AND GPL-2.0 OR MIT"));
        assert!(permissive("X WITH Y"));
        assert!(!permissive("GPL-3.0"));
        assert!(!permissive("MIT AND GPL-3.0"));
        assert!(!permissive("MIT AND (GPL-3.0 OR GPL-2.0)"));
        assert!(!permissive("MIT WITH Y"));
    }

    /// What can't be read isn't accepted.
    #[test]
    fn nonsense() {
        for expression in ["", "OR MIT", "MIT OR", "(MIT", "MIT)", "MIT MIT", "MIT AND OR ISC", "( )"] {
            assert!(!permissive(expression), "{expression}");
        }
    }
}
