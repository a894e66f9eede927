//! Figures as people read them: a table in Markdown and a chart.

use std::fmt::Write as _;

use crate::load::{Measured, Way};

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Line {
    /// How it was pressed.
    pub way: Way,
    /// While which kind of fault, where there was one, and how often it struck.
    pub during: Option<(&'static str, u32)>,
    /// What came of it.
    pub measured: Measured,
}

const PARTS: [(usize, &str); 3] = [(500, "p50"), (990, "p99"), (999, "p99.9")];

/// The table.
pub fn table(lines: &[Line]) -> String {
    let mut text =
        "| pressed | acknowledged a second | not acknowledged | p50 | p99 | p99.9 | longest |\n".to_owned();
    text.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
    for Line { way, during, measured } in lines {
        let mut pressed = match way {
            Way::Closed(phones) => format!("closed, {phones} phones"),
            Way::Open(rate) => format!("open, {rate}/s"),
        };
        if let Some((kind, faults)) = during {
            let _ = write!(pressed, "; {kind}, {faults} faults");
        }
        let times = PARTS.map(|(part, _)| milliseconds(measured.permille(part)));
        let [p50, p99, p999] = times;
        let longest = milliseconds(measured.permille(1000));
        let (rate, failed) = (measured.rate(), measured.failed);
        let _ = writeln!(text, "| {pressed} | {rate} | {failed} | {p50} | {p99} | {p999} | {longest} |");
    }
    text
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10)
}

const WIDTH: u64 = 720;
const LEFT: u64 = 150;
const ROW: u64 = 66;

/// The chart: for each press its three times, on a scale of powers of ten.
pub fn chart(lines: &[Line]) -> String {
    let height = 50 + ROW * lines.len() as u64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\" role=\"img\"><title>How long a check-in takes</title>\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>"
    );
    for (power, label) in [(0, "0.1 ms"), (1, "1 ms"), (2, "10 ms"), (3, "100 ms"), (4, "1 s")] {
        let x = LEFT + power * (WIDTH - LEFT - 60) / 4;
        let bottom = height - 28;
        let _ = write!(
            svg,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"10\" y2=\"{bottom}\" stroke=\"#ccc\"/>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            height - 10
        );
    }
    for (number, Line { way, measured, .. }) in lines.iter().enumerate() {
        let top = 16 + ROW * number as u64;
        let label = match way {
            Way::Closed(phones) => format!("{phones} phones"),
            Way::Open(rate) => format!("{rate}/s"),
        };
        let _ = write!(svg, "<text x=\"10\" y=\"{}\">{label}</text>", top + 24);
        for (at, ((part, name), colour)) in
            PARTS.into_iter().zip(["#00118f", "#4979f5", "#ff9f2e"]).enumerate()
        {
            let y = top + 17 * at as u64;
            let x = place(measured.permille(part));
            let _ = write!(
                svg,
                "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{}\" height=\"13\" fill=\"{colour}\"/>\
                 <text x=\"{}\" y=\"{}\">{name} {}</text>",
                x.saturating_sub(LEFT).max(1),
                x + 5,
                y + 11,
                milliseconds(measured.permille(part))
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Where a time lies on the scale: each power of ten from 0.1 ms on is as wide.
fn place(micros: u64) -> u64 {
    let micros = micros.clamp(100, 1_000_000);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "pixels of a chart"
    )]
    let along = ((micros as f64 / 100.0).log10() / 4.0 * (WIDTH - LEFT - 60) as f64) as u64;
    LEFT + along
}

/// Puts figures between their marks in a page.
pub fn placed(page: &str, mark: &str, figures: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {mark} -->\n"), format!("<!-- end of {mark} -->"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{figures}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<Line> {
        let measured = Measured { times: (1..=1000).collect(), failed: 3, seconds: 2 };
        vec![Line { way: Way::Open(500), during: None, measured }]
    }

    #[test]
    fn a_line_says_what_was_pressed_and_what_came_of_it() {
        let table = table(&lines());
        assert!(
            table.ends_with("| open, 500/s | 500 | 3 | 0.50 ms | 0.99 ms | 0.99 ms | 1.00 ms |\n"),
            "{table}"
        );
        let mut lines = lines();
        lines[0].during = Some(("failover", 4));
        assert!(super::table(&lines).contains("| open, 500/s; failover, 4 faults | 500 | 3 |"));
    }

    #[test]
    fn ten_times_as_long_is_as_far_again() {
        let steps = [100, 1_000, 10_000, 100_000, 1_000_000].map(place);
        let widths: Vec<u64> = steps.windows(2).map(|two| two[1] - two[0]).collect();
        assert!(widths.iter().all(|width| width.abs_diff(widths[0]) <= 1), "{widths:?}");
        assert!(chart(&lines()).contains("p99 0.99 ms"));
    }

    #[test]
    fn figures_are_put_between_their_marks() {
        let page = "a\n<!-- load -->\nold\n<!-- end of load -->\nb\n";
        assert_eq!(
            placed(page, "load", "new\n").as_deref(),
            Some("a\n<!-- load -->\nnew\n<!-- end of load -->\nb\n")
        );
        assert_eq!(placed(page, "other", "new\n"), None);
    }
}
