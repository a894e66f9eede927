//! Pages: a template, words in the reader's language, and one style sheet inside.
//!
//! A page arrives on a phone in a restaurant's cellar: so it is one answer, with its style
//! inside and nothing else to fetch, and complete without script. The Content-Security-Policy
//! names the style by its hash ([`Pages::style_hash`]), so nothing that slips into a page
//! can bring a style or a script of its own.
//!
//! Templates and words are the engine's, built in; a jurisdiction pack may bring templates of
//! the same names, and its text wins. Everything is compiled when the server starts: a broken
//! template stops the start and never a visitor. There is one environment a language, because
//! `t("key")` must know the language inside macros too, where the context isn't visible.
//!
//! What it refuses: to render a page in which a value is missing (an empty space where a
//! promise should stand is worse than an error page), to print a value as markup, and to go on without end (see
//! `bounds`). Only [`crate::page::Pages`]' own style and a template's explicit `|safe` are not escaped. There is
//! no loader: a template includes templates and nothing that lies on the disk.
//!
//! In templates: `t(key, name=value)`; `plain(…)`, the same for titles and attributes, and `raw(…)`, for
//! words that go into another sentence (see `readings`); `link(path)` (keeps the language), the globals
//! `site`, `lang`, `lang_tag`, `languages`, `style`, and the filters `day`, `short_day`, `moment`,
//! `brief`, `hour`, `span`, `num`. Handlers give days as `2026-11-22`, local moments as
//! `2026-11-22T14:32`, lengths of time in minutes, and counts as numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use data_encoding::BASE64;
use fluent_bundle::{FluentArgs, FluentValue};
use jiff::civil::{Date, DateTime};
use minijinja::value::{Kwargs, Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::wording::{DEFAULT_LANGUAGE, LANGUAGES, Wording, WordingError, tag};

mod bounds;
mod embedded;
mod readings;

pub use embedded::TEMPLATES;

const TOKENS: &str = include_str!("../static/tokens.css");
const BASE: &str = include_str!("../static/base.css");
const CONSOLE: &str = include_str!("../static/console.css");

/// What every page says about the jurisdiction; read by templates as `site`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// What the system is called, as in 大阪コロナ追跡システム.
    pub system_name: String,
    /// The same in English, where it has an English name.
    pub system_name_en: Option<String>,
    /// The prefecture or city that runs it.
    pub jurisdiction_name: String,
    /// The same in English.
    pub jurisdiction_name_en: Option<String>,
    /// Where the public door stands, without a slash at the end.
    pub base_url: String,
    /// The domain from which mails come, and which a phone's filter must let through.
    pub sender_domain: String,
    /// Who answers questions about the system.
    pub desk_name: String,
    /// The same in English.
    pub desk_name_en: Option<String>,
    /// The desk's telephone number; empty where the jurisdiction gives none.
    pub desk_phone: String,
    /// When the desk answers, in words.
    pub desk_hours: String,
    /// The same in English.
    pub desk_hours_en: Option<String>,
    /// The day on which the pages were last changed, `2026-11-22`.
    pub updated_on: String,
    /// Whether the line on the trademark "QR code" stands in the footer.
    pub trademark: bool,
    /// Who is to be thanked in the footer, in words; may be empty.
    pub credits: String,
    /// Whether there is a page of what was changed.
    #[serde(default)]
    pub changes: bool,
    /// Whether there is a page of how posters hang in places.
    #[serde(default)]
    pub gallery: bool,
    /// Whether operators can write to the desk by a form.
    #[serde(default)]
    pub enquiry: bool,
    /// Whether this is a demonstration; each page then says so.
    pub demo: bool,
    /// The languages that the jurisdiction offers; all that have words if none is named.
    #[serde(default)]
    pub languages: Vec<String>,
}

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A template is broken, is missing, or asks for a value that was not given.
    #[error("template: {0:#}")]
    Template(#[from] Error),
    /// The words could not be read.
    #[error(transparent)]
    Wording(#[from] WordingError),
}

/// All pages of one jurisdiction, compiled, in each language.
pub struct Pages {
    environments: BTreeMap<&'static str, Environment<'static>>,
    wording: Arc<Wording>,
    style_hash: String,
    console_style_hash: String,
}

impl Pages {
    /// Compiles the engine's templates with the pack's (`name → text`) laid over them.
    pub fn new(site: &Site, wording: Wording, overlay: &BTreeMap<String, String>) -> Result<Self, PageError> {
        let wording = Arc::new(wording);
        let style = compact(&[BASE]);
        let console_style = compact(&[BASE, CONSOLE]);
        let mut environments = BTreeMap::new();
        let offered = offered(site, &wording);
        for &(language, ..) in &offered {
            let mut environment = environment(language, Arc::clone(&wording), &offered);
            environment.add_global("site", Value::from(Serde(site.in_language(language))));
            environment.add_global("style", Value::from_safe_string(style.clone()));
            environment.add_global("console_style", Value::from_safe_string(console_style.clone()));
            for (name, text) in TEMPLATES {
                environment.add_template(name, text)?;
            }
            for (name, text) in overlay {
                environment.add_template_owned(name.clone(), text.clone())?;
            }
            environments.insert(language, environment);
        }
        let (style_hash, console_style_hash) = (source_hash(&style), source_hash(&console_style));
        Ok(Self { environments, wording, style_hash, console_style_hash })
    }

    /// The page `name` (as in `visitor/check_in.html`), in `lang` or else in Japanese.
    pub fn render(&self, name: &str, lang: &str, context: impl Serialize) -> Result<String, PageError> {
        let environment = self
            .environments
            .get(self.language(lang))
            .ok_or_else(|| Error::new(ErrorKind::TemplateNotFound, format!("no language {lang:?}")))?;
        let mut page = bounds::Growing::default();
        environment.get_template(name)?.render_captured_to(Value::from(Serde(context)), &mut page)?;
        Ok(page.done())
    }

    /// The languages that there are pages in.
    pub fn languages(&self) -> impl Iterator<Item = &'static str> {
        self.environments.keys().copied()
    }

    /// The language a page will be in when `wanted` is asked for: itself if we speak it, else Japanese.
    pub fn language(&self, wanted: &str) -> &'static str {
        self.environments.keys().find(|key| **key == wanted).copied().unwrap_or(DEFAULT_LANGUAGE)
    }

    /// The words, for what handlers say themselves: messages of form errors.
    pub fn wording(&self) -> &Wording {
        &self.wording
    }

    /// The source for `style-src` that admits the style of public pages: `'sha256-…'`.
    pub fn style_hash(&self) -> &str {
        &self.style_hash
    }

    /// The same for officers' pages, whose style holds the console's rules too.
    pub fn console_style_hash(&self) -> &str {
        &self.console_style_hash
    }
}

impl Site {
    /// The site with its names in this language, where they are known in it.
    fn in_language(&self, language: &str) -> Self {
        let mut site = self.clone();
        if language.starts_with("ja") {
            return site;
        }
        let names = [
            (&mut site.system_name, &self.system_name_en),
            (&mut site.jurisdiction_name, &self.jurisdiction_name_en),
            (&mut site.desk_name, &self.desk_name_en),
            (&mut site.desk_hours, &self.desk_hours_en),
        ];
        for (name, english) in names {
            if let Some(english) = english {
                name.clone_from(english);
            }
        }
        site
    }
}

/// Key, name and tag of a language.
type Language = (&'static str, &'static str, &'static str);

/// The languages that the site offers and that have words; Japanese always.
fn offered(site: &Site, wording: &Wording) -> Vec<Language> {
    let listed = |key: &str| site.languages.is_empty() || site.languages.iter().any(|known| known == key);
    LANGUAGES
        .into_iter()
        .filter(|(key, ..)| *key == DEFAULT_LANGUAGE || listed(key) && wording.speaks(key))
        .collect()
}

fn environment(language: &'static str, wording: Arc<Wording>, offered: &[Language]) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(bounds::STEPS));
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_global("lang", language);
    environment.add_global("lang_tag", tag(language).unwrap_or(DEFAULT_LANGUAGE));
    environment.add_global(
        "languages",
        offered
            .iter()
            .map(|(key, name, tag)| Value::from_pairs([("key", *key), ("name", *name), ("tag", *tag)]))
            .collect::<Vec<_>>(),
    );
    let words = Arc::clone(&wording);
    environment.add_function("t", move |key: &str, values: Kwargs| {
        let sentence = said(&words, language, key, &values)?;
        Ok::<_, Error>(if language == "ja-easy" {
            Value::from_safe_string(readings::as_ruby(&sentence))
        } else {
            Value::from(sentence)
        })
    });
    let words = Arc::clone(&wording);
    environment.add_function("plain", move |key: &str, values: Kwargs| {
        Ok::<_, Error>(readings::without(&said(&words, language, key, &values)?))
    });
    environment.add_function("raw", move |key: &str, values: Kwargs| said(&wording, language, key, &values));
    environment.add_function("link", move |path: &str| link(language, path));
    environment.add_filter("day", move |day: &str| written_day(language, day));
    environment.add_filter("short_day", |day: &str| {
        Ok::<_, Error>(parsed::<Date>(day)?.strftime("%-m月%-d日").to_string())
    });
    environment.add_filter("moment", move |moment: &str| written_moment(language, moment));
    environment.add_filter("brief", |moment: &str| {
        Ok::<_, Error>(parsed::<DateTime>(moment)?.strftime("%-m月%-d日 %H:%M").to_string())
    });
    environment.add_filter("hour", |moment: &str| {
        Ok::<_, Error>(parsed::<DateTime>(moment)?.strftime("%H:%M").to_string())
    });
    environment.add_filter("span", written_span);
    environment.add_filter("num", grouped);
    environment
}

fn said(wording: &Wording, language: &str, key: &str, values: &Kwargs) -> Result<String, Error> {
    let mut arguments = FluentArgs::new();
    for name in values.args() {
        arguments.set(name.to_owned(), fluent_value(&values.get::<Value>(name)?));
    }
    wording
        .say(language, key, &arguments)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()).with_source(error))
}

fn fluent_value(value: &Value) -> FluentValue<'static> {
    match value.kind() {
        ValueKind::Number => value
            .as_i64()
            .map(FluentValue::from)
            .or_else(|| f64::try_from(value.clone()).ok().map(FluentValue::from))
            .unwrap_or_else(|| FluentValue::from(value.to_string())),
        _ => FluentValue::from(value.to_string()),
    }
}

/// A path of ours that keeps the reader's language; Japanese needs no mark.
fn link(language: &str, path: &str) -> String {
    if language == DEFAULT_LANGUAGE {
        return path.to_owned();
    }
    let joint = if path.contains('?') { '&' } else { '?' };
    match path.split_once('#') {
        Some((path, anchor)) => format!("{path}{joint}lang={language}#{anchor}"),
        None => format!("{path}{joint}lang={language}"),
    }
}

fn parsed<T: std::str::FromStr<Err = jiff::Error>>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|error: jiff::Error| {
        Error::new(ErrorKind::InvalidOperation, format!("{text:?} is no date or moment: {error}"))
    })
}

const WEEKDAYS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];

fn written_day(language: &str, day: &str) -> Result<String, Error> {
    let day: Date = parsed(day)?;
    if language == "en" {
        return Ok(day.strftime("%-d %B %Y").to_string());
    }
    if !language.starts_with("ja") {
        return Ok(day.to_string());
    }
    let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
    Ok(format!("{}（{}）", day.strftime("%Y年%-m月%-d日"), WEEKDAYS[weekday]))
}

fn written_moment(language: &str, moment: &str) -> Result<String, Error> {
    let form = match language {
        "en" => "%-d %B %Y, %H:%M",
        "ja" | "ja-easy" => "%Y年%-m月%-d日 %H:%M",
        _ => "%Y-%m-%d %H:%M",
    };
    Ok(parsed::<DateTime>(moment)?.strftime(form).to_string())
}

/// Minutes as an officer reads them: 8分, 1時間12分, 2日3時間.
fn written_span(minutes: i64) -> String {
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes}分"),
        (0, hours, 0) => format!("{hours}時間"),
        (0, hours, minutes) => format!("{hours}時間{minutes}分"),
        (days, 0, _) => format!("{days}日"),
        (days, hours, _) => format!("{days}日{hours}時間"),
    }
}

/// A count with its thousands apart: 1,900,000.
fn grouped(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut out = if count < 0 { String::from("-") } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Our own style sheets as they go into a page: tokens as their values, without comments, indents and
/// line ends. It need not cope with anybody else's.
fn compact(sheets: &[&str]) -> String {
    let mut out = String::new();
    for sheet in sheets {
        let mut rest = *sheet;
        let mut bare = String::new();
        while let Some((before, after)) = rest.split_once("/*") {
            bare.push_str(before);
            rest = after.split_once("*/").map_or("", |(_, after)| after);
        }
        bare.push_str(rest);
        for line in bare.lines() {
            out.push_str(line.trim());
        }
    }
    let tokens = TOKENS.lines().filter_map(|line| line.trim().strip_suffix(';')?.split_once(": "));
    for (name, value) in tokens {
        out = out.replace(&format!("var({name})"), value);
    }
    for (loose, tight) in
        [(": ", ":"), (" {", "{"), ("{ ", "{"), ("; ", ";"), (", ", ","), (" > ", ">"), (";}", "}")]
    {
        out = out.replace(loose, tight);
    }
    out
}

fn source_hash(style: &str) -> String {
    format!("'sha256-{}'", BASE64.encode(&Sha256::digest(style.as_bytes())))
}

#[cfg(test)]
mod tests;
