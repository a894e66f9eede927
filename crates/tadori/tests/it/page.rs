//! An answer as a browser has it: status, headers, words, and the fields of its form.

use axum::http::{HeaderMap, StatusCode, header};

/// One answer.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Page {
    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("a page is UTF-8")
    }

    /// What stands between header and footer, for a test that fails.
    pub fn main(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        let main = text.split_once("<main").and_then(|(_, rest)| rest.split_once("</main>"));
        main.map_or(text.clone(), |(main, _)| main.to_owned())
    }

    /// Fails unless the status is this one; shows the page if not.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "\n{}", self.main());
        self
    }

    /// Fails unless the page says this.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text().contains(words), "does not say {words:?}:\n{}", self.main());
        self
    }

    /// Fails if the page says this.
    #[track_caller]
    pub fn does_not_say(self, words: &str) -> Self {
        assert!(!self.text().contains(words), "says {words:?}:\n{}", self.main());
        self
    }

    /// A header, or nothing.
    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a 303 leads.
    #[track_caller]
    pub fn leads_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "\n{}", self.main());
        self.header(header::LOCATION)
    }

    /// The hidden nonce of its (first) form.
    #[track_caller]
    pub fn nonce(&self) -> String {
        self.field("nonce").unwrap_or_else(|| panic!("no form:\n{}", self.main()))
    }

    /// What stands in a field of its form.
    pub fn field(&self, name: &str) -> Option<String> {
        let tags = self.text().split('<').filter(|tag| tag.starts_with("input"));
        let mut own = tags.filter(|tag| tag.contains(&format!("name=\"{name}\"")));
        let tag = own.find(|tag| !tag.contains("radio") || tag.contains(" checked"))?;
        let value = tag.split_once(" value=\"")?.1.split_once('"')?.0;
        Some(unescaped(value))
    }

    /// Every address in `src`, `href` and `action`.
    pub fn addresses(&self) -> Vec<String> {
        let text = self.text();
        let of = |attribute: &'static str| {
            let after = text.split(attribute).skip(1);
            after.filter_map(|rest| Some(unescaped(rest.split_once('"')?.0)))
        };
        of(" href=\"").chain(of(" src=\"")).chain(of(" action=\"")).collect()
    }
}

fn unescaped(text: &str) -> String {
    let pairs =
        [("&#x2f;", "/"), ("&quot;", "\""), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant))
}
