//! What was found as people read it: a line a kind, and a table in Markdown.

use std::fmt::Write as _;

use crate::faults::verdict::Verdict;

/// A kind's name, and what came of trying it.
pub type Line = (&'static str, anyhow::Result<Verdict>);

/// Whether nothing broke.
pub fn is_good(tried: &anyhow::Result<Verdict>) -> bool {
    tried.as_ref().is_ok_and(|verdict| verdict.broken.is_empty())
}

/// The line, and below it what broke.
pub fn line(name: &str, tried: &anyhow::Result<Verdict>) -> String {
    let verdict = match tried {
        Ok(verdict) => verdict,
        Err(error) => return format!("{name:<16} BROKEN: {error:#}"),
    };
    let mut text = format!(
        "{name:<16}{:>3} faults {:>6} check-ins acknowledged, {:>5} not {:>3} notices, {:>2} stopped {:>6} messages, \
         {:>3} doubled, {:>3} unknown  {}",
        verdict.faults,
        verdict.acknowledged,
        verdict.not_acknowledged,
        verdict.notices,
        verdict.stopped,
        verdict.messages,
        verdict.doubled,
        verdict.unknown,
        if verdict.broken.is_empty() { "good" } else { "BROKEN" }
    );
    for broken in verdict.broken.iter().take(8) {
        let _ = write!(text, "\n    {broken}");
    }
    text
}

/// The table.
pub fn table(lines: &[Line]) -> String {
    let mut text =
        "| kind | faults | acknowledged | not | notices | stopped | messages | doubled | unknown | |\n\
                    |---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n"
            .to_owned();
    for (name, tried) in lines {
        let _ = match tried {
            Err(error) => writeln!(text, "| {name} | | | | | | | | | broken: {error:#} |"),
            Ok(verdict) => {
                let Verdict { faults, acknowledged, not_acknowledged, notices, stopped, .. } = verdict;
                let Verdict { messages, doubled, unknown, broken, .. } = verdict;
                let found = broken.first().map_or("good", String::as_str);
                writeln!(
                    text,
                    "| {name} | {faults} | {acknowledged} | {not_acknowledged} | {notices} | {stopped} | {messages} \
                     | {doubled} | {unknown} | {found} |"
                )
            }
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_broke_is_seen() {
        let good = Verdict { faults: 3, acknowledged: 5, ..Verdict::default() };
        let bad = Verdict { broken: vec!["x is told and was nowhere".into()], ..good.clone() };
        let lines = vec![("a", Ok(good)), ("b", Ok(bad)), ("c", Err(anyhow::anyhow!("no disk")))];
        let table = table(&lines);
        assert!(table.contains("| a | 3 | 5 | 0 | 0 | 0 | 0 | 0 | 0 | good |\n"), "{table}");
        assert!(table.contains("| b | 3 |") && table.contains("was nowhere |\n"), "{table}");
        assert!(table.contains("broken: no disk"), "{table}");
        let good: Vec<bool> = lines.iter().map(|(_, tried)| is_good(tried)).collect();
        assert_eq!(good, [true, false, false]);
        assert!(line("b", &lines[1].1).ends_with("BROKEN\n    x is told and was nowhere"));
    }
}
