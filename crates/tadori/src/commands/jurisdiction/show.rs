//! `tadori jurisdiction show`: a pack as a person reads it who has to answer for it. What the file leaves out
//! is filled in and marked, and what follows from the rules stands below them: promises, mails, thresholds.

use anyhow::Context as _;
use domain::message::lint;
use domain::policy::pack::Pack;
use domain::threshold::ThresholdTable;
use toml::{Table, Value};

use super::examples;
use crate::say;

/// Prints it.
///
/// # Errors
/// A language that the pack doesn't offer, or nobody who reads.
pub fn show(pack: &Pack, language: &str) -> anyhow::Result<()> {
    let offered = &pack.policy.notices.languages;
    anyhow::ensure!(
        offered.iter().any(|known| known == language),
        "no language {language:?}; offered are {}",
        offered.join(", ")
    );
    text(pack, language)?.iter().try_for_each(|line| say!("{line}"))
}

/// All of it, line by line.
fn text(pack: &Pack, language: &str) -> anyhow::Result<Vec<String>> {
    let named = &pack.policy.jurisdiction;
    let mut lines = vec![
        format!("{} / {} ({}): version {}", named.name, named.name_en, named.id, pack.version),
        String::new(),
        "# Rules, with what jurisdiction.toml leaves out".to_owned(),
    ];
    rules(pack, &mut lines)?;
    if let Some(table) = &pack.thresholds {
        thresholds(pack, table, &mut lines);
    }
    if let Some(lists) = &pack.certificate {
        let measures: usize = lists.industries.iter().map(|industry| industry.measures.len()).sum();
        lines.extend([String::new(), "# Certificates".to_owned()]);
        lines.push(format!(
            "{} industries, {measures} measures; at least {} a certificate; new ones are {}marked",
            lists.industries.len(),
            lists.min_items,
            if lists.new_badge { "" } else { "not " }
        ));
    }
    lines
        .extend([String::new(), format!("# Promises that follow from them, as pages say them ({language})")]);
    let promises = web::promises::promises(pack, language)?;
    lines.extend(promises.into_iter().map(|promise| format!("- {promise}")));
    lines.extend([String::new(), format!("# Mails that are sent, with sample facts ({language})")]);
    mails(pack, language, &mut lines);
    lines.push(String::new());
    lines.extend(examples::notice(pack));
    Ok(lines)
}

/// Every section, a line a key.
fn rules(pack: &Pack, lines: &mut Vec<String>) -> anyhow::Result<()> {
    let file: Table = pack.files.get("jurisdiction.toml").context("no jurisdiction.toml")?.parse()?;
    let mut sections = Table::try_from(&pack.policy)?;
    // Zone and boundary hour are read into a calendar; the file has both.
    sections.extend(file.get("time").map(|time| ("time".to_owned(), time.clone())));
    let none = Table::new();
    for (name, section) in &sections {
        let Some(section) = section.as_table() else { continue };
        let own = file.get(name).and_then(Value::as_table).unwrap_or(&none);
        lines.push(format!("[{name}]"));
        for (key, value) in section {
            let from = match (own.contains_key(key), name.as_str()) {
                (true, _) => "",
                (false, "disease") if key != "profile" => "  # from the profile",
                (false, _) => "  # default",
            };
            match value {
                Value::Array(list) if list.iter().any(Value::is_table) => {
                    lines.push(format!("{key}:{from}"));
                    lines.extend(list.iter().map(|entry| format!("  {entry}")));
                }
                value => lines.push(format!("{key} = {value}{from}")),
            }
        }
    }
    Ok(())
}

/// The table of each version.
fn thresholds(pack: &Pack, table: &ThresholdTable, lines: &mut Vec<String>) {
    lines.extend([String::new(), "# Cases at one venue and day that make a notice".to_owned()]);
    for version in table.versions() {
        lines.push(format!("{} from {} ({})", version.id, version.valid_from, version.source));
        for row in &version.rows {
            let to = row.below.map_or("and more".to_owned(), |below| format!("to below {below}"));
            let own = pack.policy.venues.categories.iter().filter(|category| category.level == row.level);
            let own: Vec<&str> =
                own.filter(|one| one.measure == Some(row.measure)).map(|one| one.id.as_str()).collect();
            lines.push(format!(
                "  {}: level {}, {} {} {to} ({})",
                row.cases,
                row.level,
                row.measure.as_str(),
                row.at_least,
                own.join(", ")
            ));
        }
    }
}

/// Every mail of the language; those to operators are in Japanese.
fn mails(pack: &Pack, language: &str, lines: &mut Vec<String>) {
    let mails = lint::samples(&pack.policy, &pack.wording);
    let language = if language == "ja-easy" { "ja" } else { language };
    for mail in mails.iter().filter(|mail| mail.language == language) {
        lines.push(format!("## {}", mail.name()));
        lines.push(mail.text.subject.clone());
        lines.extend(mail.text.body.lines().map(|line| format!("  {line}").trim_end().to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packs;

    /// Each built-in pack, whole: every section of its file, the mails, the promises, the version; and what
    /// the file leaves out is there and marked.
    #[test]
    fn every_pack_is_shown_whole() {
        for name in packs::built_in() {
            let pack = packs::load(name).unwrap();
            for language in &pack.policy.notices.languages {
                let shown = text(&pack, language).unwrap().join("\n");
                let file: Table = pack.files["jurisdiction.toml"].parse().unwrap();
                for (section, keys) in &file {
                    assert!(shown.contains(&format!("[{section}]\n")), "{name}: {section}");
                    for key in keys.as_table().unwrap().keys() {
                        assert!(shown.contains(&format!("\n{key}")), "{name}: {section}.{key}");
                    }
                }
                for part in [pack.version.as_str(), "\n# Promises", "\n- ", "## mail-alert", "  # "] {
                    assert!(shown.contains(part), "{name} {language}: {part}");
                }
                assert!(!shown.contains("&#") && !shown.contains("<li>"), "{shown}");
            }
        }
    }

    /// D4: what comes from the disease's profile says so.
    #[test]
    fn where_a_value_comes_from_is_said() {
        let text = text(&packs::load("kyoto-city").unwrap(), "ja").unwrap();
        let line = |key: &str| text.iter().find(|line| line.starts_with(key)).unwrap().as_str();
        assert_eq!(line("days_before_onset"), "days_before_onset = 2  # from the profile");
        assert_eq!(line("rooms"), "rooms = \"recommended\"  # default");
        assert_eq!(line("visit_time ="), "visit_time = \"user_entered\"");
    }
}
