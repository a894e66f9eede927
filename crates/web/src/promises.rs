//! The sentences of promise that a pack's policy makes, one after the other: for whoever looks at a pack without
//! a browser (`tadori jurisdiction show`). They are those of the pages, from the same template (GEN-2).

use domain::policy::pack::Pack;
use serde_json::json;

use crate::page::{PageError, Pages, Site};
use crate::page_check;
use crate::policy_facts::facts;
use crate::wording::Wording;

/// The promises about data and about notices, as list items.
const LISTS: &str =
    "{% import \"parts/promises.html\" as p %}{{ p.data(policy) }}{{ p.notice(policy, site) }}";

/// What pages promise in a language, a sentence or a few an item.
///
/// # Errors
/// The pack's words or templates can't be read.
pub fn promises(pack: &Pack, language: &str) -> Result<Vec<String>, PageError> {
    let wording = Wording::new(&page_check::own(pack, "wording/", ".ftl"))?;
    let mut templates = page_check::own(pack, "templates/", "");
    templates.insert("promises".to_owned(), LISTS.to_owned());
    let pages = Pages::new(&Site::of(pack, "https://tadori.example", false), wording, &templates)?;
    let lists = pages.render("promises", language, json!({ "policy": facts(pack) }))?;
    Ok(lists.split("<li>").skip(1).filter_map(|item| item.split("</li>").next()).map(plain).collect())
}

/// What a browser would show.
fn plain(html: &str) -> String {
    let marks =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")];
    marks.iter().fold(html.trim().to_owned(), |text, (mark, letter)| text.replace(mark, letter))
}
