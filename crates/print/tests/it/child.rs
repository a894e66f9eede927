//! The child process, which is `src/bin/print-child.rs` here and `tadori render-poster` there.

use std::path::PathBuf;
use std::time::Duration;

use print::error::PrintError;
use print::poster::TEMPLATE;
use print::sandbox::Renderer;

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
