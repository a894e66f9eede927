//! What must hold for each page and each sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::*;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every file below a folder, by its path from there without the ending.
fn files(name: &str) -> BTreeMap<String, String> {
    let (root, mut found) = (folder(name), BTreeMap::new());
    let mut folders = vec![root.clone()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().with_extension("").display().to_string();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn samples() -> BTreeMap<String, Json> {
    let mut samples: BTreeMap<String, Json> = files("samples")
        .into_iter()
        .map(|(name, text)| (name, serde_json::from_str(&text).expect("a sample is JSON")))
        .collect();
    samples.remove("site");
    samples
}

fn site() -> Site {
    serde_json::from_str(&files("samples")["site"]).unwrap()
}

fn pages() -> Pages {
    Pages::new(&site(), Wording::new(&BTreeMap::new()).unwrap(), &BTreeMap::new()).unwrap()
}

fn template_of(sample: &str) -> String {
    format!("{}.html", sample.split('@').next().unwrap())
}

#[test]
fn the_list_of_templates_is_the_folder() {
    let listed: BTreeSet<String> = TEMPLATES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let there: BTreeSet<String> = files("templates").into_keys().map(|name| name + ".html").collect();
    assert_eq!(listed, there);
}

#[test]
fn every_page_renders_with_each_sample_in_each_language() {
    let pages = pages();
    for (name, context) in samples() {
        for language in pages.environments.keys() {
            let page = pages
                .render(&template_of(&name), language, &context)
                .unwrap_or_else(|error| panic!("{name} in {language}: {error}"));
            assert!(page.starts_with("<!doctype html>"), "{name} doesn't start as HTML");
            assert!(page.ends_with("</html>"), "{name} doesn't end as HTML");
        }
    }
}

#[test]
fn every_page_has_a_sample() {
    let samples: BTreeSet<String> = samples().keys().map(|name| template_of(name)).collect();
    for (name, _) in TEMPLATES {
        let is_part = name.starts_with("parts/")
            || ["base.html", "officer/layout.html", "officer/words.html"].contains(name);
        assert!(is_part || samples.contains(*name), "no sample for {name}");
    }
}

#[test]
fn a_page_is_complete_without_script_and_fetches_nothing() {
    let pages = pages();
    for (name, context) in samples() {
        let page = pages.render(&template_of(&name), "ja", &context).unwrap();
        for forbidden in ["<script", " style=", " on", "src=", "@import", "url(", "http://", "https://"] {
            // The namespace of an SVG code is a name, not a request.
            let bare = page.replace("http://www.w3.org/2000/svg", "");
            // Pictures of the gallery are our own; a page of the pack's own may lead elsewhere by a link.
            let bare = bare.replace(" src=\"/gallery/", "").replace(" src=\"&#x2f;gallery&#x2f;", "");
            let bare = bare.replace(" href=\"https:&#x2f;&#x2f;ministry.example", "");
            // The app's page has one script, of our own address; what it is without, its own tests say.
            let bare = bare.replace(
                r#"<script type="module" src="/app/app.js"></script>"#,
                if name.starts_with("app/app") { "" } else { "<script" },
            );
            let found = match forbidden {
                " on" => ["onclick=", "onload=", "onsubmit="].iter().any(|event| bare.contains(event)),
                _ => bare.contains(forbidden),
            };
            assert!(!found, "{name} contains {forbidden}");
        }
        let ids: Vec<&str> =
            page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let once: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), once.len(), "{name} has an id twice: {ids:?}");
        for target in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(once.contains(target), "{name} links to #{target}, which isn't there");
        }
        for label in page.split("aria-describedby=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            for part in label.split(' ') {
                assert!(once.contains(part), "{name}: aria-describedby {part:?} isn't there");
            }
        }
    }
}

#[test]
fn a_page_with_errors_says_so_in_its_title_and_on_top() {
    let pages = pages();
    for (name, context) in samples() {
        let errors = context["errors"].as_array().is_some_and(|errors| !errors.is_empty());
        let page = pages.render(&template_of(&name), "ja", &context).unwrap();
        assert_eq!(page.contains("<title>エラー"), errors, "{name}");
        assert_eq!(page.contains("id=\"errors\""), errors, "{name}");
    }
}

#[test]
fn a_name_is_never_markup() {
    let mut context = samples()["visitor/check_in"].clone();
    context["venue"]["name"] = json!("<b>丸</b>\"&'");
    let page = pages().render("visitor/check_in.html", "ja", &context).unwrap();
    assert!(page.contains("&lt;b&gt;丸"), "the name isn't there");
    assert!(!page.contains("<b>丸"));

    let mut context = samples()["operator/screen"].clone();
    context["venue"]["name"] = json!("<i>丸</i>");
    let page = pages().render("operator/screen.html", "ja-easy", &context).unwrap();
    assert!(!page.contains("<i>"), "a name in an attribute is markup");
}

#[test]
fn check_in_is_small() {
    let page = pages().render("visitor/check_in.html", "ja", &samples()["visitor/check_in"]).unwrap();
    assert!(page.len() <= 15 * 1024, "{} bytes", page.len());
    let style = compact(&[BASE]);
    assert!(style.len() <= 6 * 1024, "style: {} bytes", style.len());
}

#[test]
fn the_hash_is_that_of_the_style_in_the_page() {
    let pages = pages();
    for (sample, hash) in
        [("visitor/check_in", pages.style_hash()), ("officer/cases", pages.console_style_hash())]
    {
        let page = pages.render(&template_of(sample), "ja", &samples()[sample]).unwrap();
        let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        assert_eq!(source_hash(style), hash);
    }
}

#[test]
fn no_officers_page_shows_a_contact() {
    let pages = pages();
    for (name, context) in samples().into_iter().filter(|(name, _)| name.starts_with("officer/")) {
        let page = pages.render(&template_of(&name), "ja", &context).unwrap();
        let body = page.split_once("</style>").unwrap().1.replace("no-reply@tadori.example", "");
        assert!(!body.contains('@'), "{name} shows an address");
    }
}

#[test]
fn a_missing_value_is_an_error_and_no_empty_space() {
    let mut context = samples()["visitor/check_in"].clone();
    context.as_object_mut().unwrap().remove("policy");
    assert!(pages().render("visitor/check_in.html", "ja", &context).is_err());
}

#[test]
fn a_packs_template_and_words_win() {
    let words = BTreeMap::from([("ja".to_owned(), "check-in-submit = とうろく".to_owned())]);
    let templates =
        BTreeMap::from([("pages/faq.html".to_owned(), "{{ t(\"check-in-submit\") }}".to_owned())]);
    let pages = Pages::new(&site(), Wording::new(&words).unwrap(), &templates).unwrap();
    assert_eq!(pages.render("pages/faq.html", "ja", json!({})).unwrap(), "とうろく");
    assert_eq!(pages.render("pages/faq.html", "en", json!({})).unwrap(), "Register");
    assert_eq!(pages.render("pages/faq.html", "xx", json!({})).unwrap(), "とうろく");

    let broken = BTreeMap::from([("pages/faq.html".to_owned(), "{% if %}".to_owned())]);
    assert!(Pages::new(&site(), Wording::new(&BTreeMap::new()).unwrap(), &broken).is_err());
}

#[test]
fn every_key_of_a_template_exists_in_japanese() {
    let wording = Wording::new(&BTreeMap::new()).unwrap();
    let keys = crate::wording::keys("ja");
    for (name, text) in TEMPLATES {
        for (at, _) in text.match_indices("(\"") {
            let word = text[..at].rsplit(|before: char| !before.is_alphanumeric() && before != '_').next();
            if !matches!(word, Some("t" | "plain" | "raw")) {
                continue;
            }
            let (key, after) = text[at + 2..].split_once('"').unwrap();
            if after.trim_start().starts_with('~') {
                assert!(keys.iter().any(|known| known.starts_with(key)), "{name}: {key}…");
            } else {
                assert!(wording.has("ja", key), "{name}: {key}");
            }
        }
    }
    for sample in ["operator/new"] {
        for field in samples()[sample]["fields"].as_array().unwrap() {
            assert!(wording.has("ja", field["label_key"].as_str().unwrap()), "{field}");
        }
    }
}

#[test]
fn days_and_figures_as_people_write_them() {
    assert_eq!(written_day("ja", "2026-11-22").unwrap(), "2026年11月22日（日）");
    assert_eq!(written_day("en", "2026-11-22").unwrap(), "22 November 2026");
    assert!(written_day("ja", "yesterday").is_err());
    assert_eq!(written_moment("ja", "2026-11-22T04:05").unwrap(), "2026年11月22日 04:05");
    assert_eq!(written_span(0), "0分");
    assert_eq!(written_span(72), "1時間12分");
    assert_eq!(written_span(120), "2時間");
    assert_eq!(written_span(1440 * 2 + 180), "2日3時間");
    assert_eq!(grouped(999), "999");
    assert_eq!(grouped(1_900_000), "1,900,000");
    assert_eq!(grouped(-1_000), "-1,000");
    assert_eq!(link("ja", "/faq"), "/faq");
    assert_eq!(link("en", "/faq#visitor"), "/faq?lang=en#visitor");
    assert_eq!(link("en", "/v?a=1"), "/v?a=1&lang=en");
}

/// One template of a pack, as the page that it is.
fn own(template: &str) -> Result<String, PageError> {
    let overlay = BTreeMap::from([("error.html".to_owned(), template.to_owned())]);
    let pages = Pages::new(&site(), Wording::new(&BTreeMap::new()).unwrap(), &overlay)?;
    pages.render("error.html", "ja", json!({}))
}

/// What a pack's template can't have: a file, another's template, no end.
#[test]
fn a_template_reads_no_file_and_comes_to_an_end() {
    assert_eq!(own("{{ 1 + 1 }}").unwrap(), "2");
    for (template, kind) in [
        ("{% include '/etc/passwd' %}", ErrorKind::TemplateNotFound),
        ("{% include '../../../../etc/passwd' %}", ErrorKind::TemplateNotFound),
        ("{% extends '/etc/passwd' %}", ErrorKind::TemplateNotFound),
        ("{% include 'error.html' %}", ErrorKind::BadInclude),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", ErrorKind::InvalidOperation),
        (
            "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
            ErrorKind::OutOfFuel,
        ),
        ("{% for i in range(9999) %}{{ 'x' * 9999 }}{% endfor %}", ErrorKind::WriteFailure),
        ("{{ 'x' * 999999999 }}", ErrorKind::InvalidOperation),
        ("{{ open('/etc/passwd') }}", ErrorKind::UnknownFunction),
        ("{{ site.nothing_of_the_kind }}", ErrorKind::UndefinedError),
    ] {
        match own(template) {
            Err(PageError::Template(error)) => assert_eq!(error.kind(), kind, "{template}: {error:#}"),
            other => panic!("{template}: {other:?}"),
        }
    }
}

/// No page of the engine's comes near the bound.
#[test]
fn a_page_takes_a_small_part_of_its_steps() {
    let pages = pages();
    for (name, context) in samples() {
        let template = pages.environments["ja"].get_template(&template_of(&name)).unwrap();
        let page = template.render_captured(Value::from(Serde(context))).unwrap();
        let (used, _) = page.state().fuel_levels().unwrap();
        assert!(used < bounds::STEPS / 50, "{name}: {used}");
    }
}
