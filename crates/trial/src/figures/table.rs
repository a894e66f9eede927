//! What is read: tables in Markdown, and their places in a page.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

/// A table of these lines under this head.
pub fn table(head: &[&str], lines: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for line in lines {
        text.push_str(&format!("| {} |\n", line.join(" | ")));
    }
    text
}

/// A time as people read it.
pub fn time(of: Duration) -> String {
    match of.as_micros() {
        0..10_000 => format!("{:.2} ms", of.as_secs_f64() * 1e3),
        10_000..1_000_000 => format!("{:.0} ms", of.as_secs_f64() * 1e3),
        _ => format!("{:.1} s", of.as_secs_f64()),
    }
}

/// A number with its thousands apart.
pub fn number(of: u64) -> String {
    let digits = of.to_string();
    let begin = digits.len() % 3;
    let mut parts: Vec<&str> = vec![&digits[..begin]];
    parts.extend((begin..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
    parts.retain(|part| !part.is_empty());
    parts.join(",")
}

/// The middle one of several times.
pub fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Puts figures between a page's marks `<!-- name -->` and `<!-- end of name -->`.
///
/// # Errors
/// If the page has no such marks, or can't be written.
pub fn write(page: &Path, name: &str, figures: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(page).with_context(|| page.display().to_string())?;
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = text.split_once(&begin).with_context(|| format!("no {begin}"))?;
    let (_, after) = rest.split_once(&end).with_context(|| format!("no {end}"))?;
    Ok(std::fs::write(page, format!("{before}{begin}{figures}{end}{after}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_as_people_write_them() {
        assert_eq!(
            ["0", "999", "1,000", "100,000,000"],
            [0, 999, 1000, 100_000_000].map(number).each_ref().map(String::as_str)
        );
        assert_eq!(time(Duration::from_micros(1_234)), "1.23 ms");
        assert_eq!(time(Duration::from_millis(49)), "49 ms");
        assert_eq!(time(Duration::from_millis(2_040)), "2.0 s");
    }

    #[test]
    fn figures_go_between_their_marks() {
        let folder = tempfile::tempdir().expect("a folder");
        let page = folder.path().join("page.md");
        std::fs::write(&page, "a\n<!-- x -->\nold\n<!-- end of x -->\nb\n").expect("written");
        write(&page, "x", "new\n").expect("marks");
        assert_eq!(
            std::fs::read_to_string(&page).expect("read"),
            "a\n<!-- x -->\nnew\n<!-- end of x -->\nb\n"
        );
        assert!(write(&page, "y", "").is_err());
    }
}
