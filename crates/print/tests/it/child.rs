//! The child process, which is `src/bin/print-child.rs` here and `tadori render-poster` there.

use std::path::PathBuf;
use std::time::Duration;

use print::discard::{Discard, Mark};
use print::error::PrintError;
use print::poster::{Line, TEMPLATE};
use print::sandbox::Renderer;
use print::sheet::Sheet;

use crate::sample;

fn renderer() -> Renderer {
    // The typesetter may not be optimised here, and other tests run beside.
    let time = Duration::from_secs(90);
    Renderer { time, ..Renderer::new(PathBuf::from(env!("CARGO_BIN_EXE_print-child")), &[]) }
}

fn refusal(template: &str) -> PrintError {
    renderer().render(template, &sample::poster()).expect_err("this template is refused")
}

#[test]
fn the_child_prints_what_this_process_prints() {
    let theirs = renderer().render(TEMPLATE, &sample::poster()).expect("renders");
    assert_eq!(theirs, sample::poster().render(TEMPLATE).expect("renders"));
}

/// STM-27: a venue's poster and those of its rooms, a page each, as one file; each page with its own code.
#[test]
fn rooms_are_printed_a_page_each() {
    let mut room = sample::poster();
    room.room = Some("3階 個室「もみじ」".to_owned());
    room.url = sample::URL.replace("0123", "3210");
    let posters = [sample::poster(), room];
    let book = renderer().render(TEMPLATE, Sheet::Posters(posters.to_vec())).expect("renders");
    assert_eq!(book, Sheet::Posters(posters.to_vec()).render(TEMPLATE).expect("renders"));
    keep("posters.pdf", &book);
    assert_eq!(pages(&book), 2);
    let mut missing = posters;
    missing[1].room = Some("🍣の間".to_owned());
    assert!(matches!(
        renderer().render(TEMPLATE, Sheet::Posters(missing.to_vec())),
        Err(PrintError::MissingGlyph { .. })
    ));
    assert!(matches!(renderer().render(TEMPLATE, Sheet::Posters(vec![])), Err(PrintError::Request { .. })));
    let wordy = "#set page(\"a4\")\n#json(\"/values.json\").venue\n#pagebreak()\nagain";
    assert_eq!(
        renderer().render(wordy, Sheet::Posters(vec![sample::poster(), sample::poster()])),
        Err(PrintError::DoesNotFit { pages: 3 })
    );
}

/// STM-33: the sheet that ends a code names the venue and how the old posters are known.
#[test]
fn the_sheet_that_ends_a_code_is_one_page() {
    let sheet = discard();
    let pdf = renderer().render(print::discard::TEMPLATE, &sheet).expect("renders");
    keep("discard.pdf", &pdf);
    assert_eq!(pages(&pdf), 1);
    let longest = Discard { venue: "髙".repeat(60), room: Some("階".repeat(30)), ..sheet };
    assert_eq!(pages(&longest.render(print::discard::TEMPLATE).expect("fits")), 1);
}

/// For a person to look at, where PRINT_SAMPLES names a folder.
fn keep(name: &str, pdf: &[u8]) {
    if let Some(folder) = std::env::var_os("PRINT_SAMPLES") {
        std::fs::write(std::path::Path::new(&folder).join(name), pdf).expect("written");
    }
}

fn pages(pdf: &[u8]) -> usize {
    let kind = b"/Type /Page\n";
    let other = b"/Type/Page/";
    pdf.windows(kind.len())
        .filter(|window| window == kind)
        .count()
        .max(pdf.windows(other.len()).filter(|window| window == other).count())
}

#[test]
fn the_childs_own_refusal_comes_through() {
    let mut poster = sample::poster();
    poster.room = Some("🍣の間".to_owned());
    let missing = PrintError::MissingGlyph { field: Some("room".to_owned()), character: '🍣' };
    assert_eq!(renderer().render(TEMPLATE, &poster), Err(missing));
}

#[test]
fn no_file_and_no_package_is_there_to_be_read() {
    for (template, words) in [
        ("#read(\"/etc/passwd\")", "access denied"),
        ("#read(\"../../../../etc/passwd\")", ""),
        ("#read(\"/values.csv\")", "access denied"),
        ("#include \"/etc/hostname\"", "access denied"),
        ("#import \"@preview/tablex:0.0.8\": *", "access denied"),
        ("#image(\"/proc/self/environ\")", "access denied"),
        ("#plugin(\"/evil.wasm\")", "access denied"),
        ("#datetime.today()", "date"),
    ] {
        match refusal(template) {
            PrintError::Template { message, .. } => assert!(message.contains(words), "{template}: {message}"),
            other => panic!("{template}: {other:?}"),
        }
    }
}

#[test]
fn endless_loops_and_recursion_are_errors() {
    for template in ["#while true {}", "#let f(x) = f(x + 1)\n#f(0)"] {
        assert!(matches!(refusal(template), PrintError::Template { .. }), "{template}");
    }
}

/// Memory runs out in the child, and only there.
#[test]
fn a_string_too_large_ends_the_child_alone() {
    let refused = refusal("#let s = \"a\" * 2000000000\n#s.len()");
    assert!(
        matches!(&refused, PrintError::Stopped { message, .. } if message.contains("memory")),
        "{refused:?}"
    );
}

/// Doubling ends at the memory's bound where the typesetter is optimised, else at one of the times'.
#[test]
fn a_string_that_doubles_ends_the_child_alone() {
    let refused = refusal("#let s = \"aaaaaaaaaaaaaaaa\"\n#for _ in range(40) { s = s + s }\n#s.len()");
    assert!(matches!(refused, PrintError::Stopped { .. } | PrintError::TimedOut { .. }), "{refused:?}");
}

#[test]
fn what_takes_too_long_is_stopped() {
    let renderer = Renderer { time: Duration::from_millis(300), ..renderer() };
    let slow = "#for i in range(9000) { for j in range(9000) { let _ = calc.pow(i, 2) } }";
    let refused = renderer.render(slow, &sample::poster());
    assert_eq!(refused, Err(PrintError::TimedOut { milliseconds: 300 }));
}

#[test]
fn a_program_that_is_not_there_or_says_nothing_is_an_error() {
    let absent = Renderer::new(PathBuf::from("/nowhere/tadori"), &[]);
    assert!(matches!(absent.render(TEMPLATE, &sample::poster()), Err(PrintError::Process { .. })));
    let mute = Renderer::new(PathBuf::from("/bin/false"), &[]);
    assert!(matches!(mute.render(TEMPLATE, &sample::poster()), Err(PrintError::Stopped { .. })));
}

/// A secret in the server's environment isn't in the child's.
#[test]
fn the_child_starts_with_an_empty_environment() {
    let env = Renderer::new(PathBuf::from("/usr/bin/env"), &[]);
    let printed = env.render(TEMPLATE, &sample::poster()).expect("env prints and succeeds");
    assert_eq!(printed, b"RAYON_NUM_THREADS=1\n");
}

/// The sheet that ends the sample's code.
fn discard() -> Discard {
    let line = |lang: &str, text: &str| Line { lang: lang.to_owned(), text: text.to_owned() };
    let mark = |label: &str, value: &str| Mark { label: label.to_owned(), value: value.to_owned() };
    let poster = sample::poster();
    Discard {
        language: poster.language,
        jurisdiction: poster.jurisdiction,
        system: poster.system,
        headlines: vec![
            line("ja", "このQRコードは\u{200b}使えません。\u{200b}はがして\u{200b}捨ててください"),
            line("en", "This QR code is no longer in use. Please take it down and throw it away."),
        ],
        venue: poster.venue,
        room: poster.room,
        steps: vec![
            line(
                "ja",
                "下の番号の\u{200b}ポスターを、\u{200b}掲示した場所から\u{200b}すべて\u{200b}はがしてください。",
            ),
            line(
                "ja",
                "はがした\u{200b}ポスターは、\u{200b}読み取れないように\u{200b}切ってから\u{200b}捨ててください。",
            ),
            line("ja", "代わりに、\u{200b}新しい登録番号の\u{200b}ポスターを\u{200b}掲示してください。"),
        ],
        marks: vec![
            mark("はがすポスターの登録番号", &poster.registration_number),
            mark("はがすポスターで、QRコードの下に書かれている文字", "/V/0123456789ABCDEFGHJKMNPQRST"),
            mark("新しい登録番号", "27-0005678"),
        ],
        registration_number: poster.registration_number,
        issued_on: poster.issued_on,
        desk: poster.desk,
    }
}
