//! How long a poster takes, and how large it is: `cargo bench -p print`.
//!
//! Cold is from the start of a child process to its PDF, as `tadori serve` does it; warm is within
//! one process, another venue and code each time. With a path as argument it also writes the sample
//! there, to be looked at: `cargo bench -p print -- sample.pdf`.

#[path = "../tests/it/sample.rs"]
mod sample;

use std::path::Path;
use std::time::Instant;

use print::poster::TEMPLATE;
use print::sandbox::Renderer;

#[expect(clippy::disallowed_methods, reason = "a bench measures the machine, not the jurisdiction's day")]
fn main() {
    let first = Instant::now();
    let pdf = sample::poster().render(TEMPLATE).expect("the sample renders");
    println!("first in this process: {:.1} ms, {} bytes", ms(first), pdf.len());
    if let Some(path) = std::env::args().skip(1).find(|argument| argument.ends_with(".pdf")) {
        std::fs::write(path, &pdf).expect("a place to write to");
    }

    report("warm", 100, |i| {
        let mut poster = sample::poster();
        poster.venue = format!("喫茶 第{i}号店");
        poster.url = format!("HTTPS://TADORI.OSAKA.EXAMPLE/V/{i:027}");
        poster.render(TEMPLATE).expect("renders");
    });
    let renderer = Renderer::new(Path::new(env!("CARGO_BIN_EXE_print-child")).to_owned(), &[]);
    report("from process start", 30, |_| {
        renderer.render(TEMPLATE, &sample::poster()).expect("renders");
    });
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the machine, not the jurisdiction's day")]
fn report(what: &str, times: usize, run: impl Fn(usize)) {
    let mut took: Vec<f64> = (0..times)
        .map(|i| {
            let start = Instant::now();
            run(i);
            ms(start)
        })
        .collect();
    took.sort_by(f64::total_cmp);
    println!(
        "{what}: min {:.1}, median {:.1}, p95 {:.1} ms",
        took[0],
        took[times / 2],
        took[times * 95 / 100]
    );
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the machine, not the jurisdiction's day")]
fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
