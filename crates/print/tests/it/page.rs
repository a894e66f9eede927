//! The poster's PDF, read back with poppler's tools and a QR reader.

use std::process::Command;

use image::GrayImage;
use print::error::PrintError;
use print::poster::{Poster, TEMPLATE};
use serde_json::json;
use tempfile::TempDir;

use crate::sample;

/// Runs one of poppler's programs on a PDF, and gives what it prints and the folder it ran in.
pub fn poppler(program: &str, before: &[&str], pdf: &[u8], after: &[&str]) -> (String, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("poster.pdf"), pdf).expect("room for a poster");
    let output = Command::new(program)
        .args(before)
        .arg("poster.pdf")
        .args(after)
        .current_dir(folder.path())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}: install Debian's package poppler-utils"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    // `pdfinfo -struct-text` gives the headings' titles in UTF-16.
    (String::from_utf8_lossy(&output.stdout).into_owned(), folder)
}

/// The page as a printer of this resolution puts it on paper.
pub fn raster(pdf: &[u8], dots_per_inch: &str, colour: &[&str]) -> GrayImage {
    let before = [&["-png", "-singlefile", "-r", dots_per_inch], colour].concat();
    let (_, folder) = poppler("pdftoppm", &before, pdf, &["page"]);
    image::open(folder.path().join("page.png")).expect("a PNG").to_luma8()
}

/// What a camera reads from the page.
pub fn scan(page: &GrayImage) -> String {
    let mut prepared = rqrr::PreparedImage::prepare(page.clone());
    let grids = prepared.detect_grids();
    assert_eq!(grids.len(), 1, "one code");
    let (about, text) = grids[0].decode().expect("readable");
    assert_eq!(about.ecc_level, 3, "level Q");
    text
}

pub fn text_of(pdf: &[u8]) -> String {
    poppler("pdftotext", &["-layout"], pdf, &["-"]).0
}

fn render(poster: &Poster) -> Vec<u8> {
    poster.render(TEMPLATE).expect("the poster renders")
}

/// OSK-39, OSK-40: what is printed and posted brings the visitor to the venue's page. STM-36: in
/// grey as in colour.
#[test]
fn the_code_reads_back_from_the_page() {
    let pdf = render(&sample::poster());
    for (dots_per_inch, colour) in [("150", &[][..]), ("72", &[]), ("150", &["-gray"])] {
        assert_eq!(scan(&raster(&pdf, dots_per_inch, colour)), sample::URL, "{dots_per_inch} {colour:?}");
    }
}

/// HKD-39: a copy of a copy is the same code; two prints of one poster are the same bytes.
#[test]
fn the_same_values_give_the_same_bytes() {
    assert_eq!(render(&sample::poster()), render(&sample::poster()));
}

#[test]
fn it_is_tagged_titled_and_archivable() {
    let pdf = render(&sample::poster());
    let info = poppler("pdfinfo", &["-isodates"], &pdf, &[]).0;
    for fact in [
        "Title:           髙﨑𠮷辻󠄀商店 なんば本店 | 大阪来店登録システム",
        "Tagged:          yes",
        "Pages:           1",
        "A4",
        "CreationDate:    2026-11-22T",
    ] {
        assert!(info.contains(fact), "{fact} isn't in {info}");
    }
    let metadata = poppler("pdfinfo", &["-meta"], &pdf, &[]).0;
    for claim in ["<pdfuaid:part>1<", "<pdfaid:part>2<", "<pdfaid:conformance>A<"] {
        assert!(metadata.contains(claim), "{claim} isn't in {metadata}");
    }
    let structure = poppler("pdfinfo", &["-struct-text"], &pdf, &[]).0;
    for part in ["H1", "H2", "H3", "P (block)", "LI", "LBody", "Figure"] {
        assert!(structure.contains(part), "{part} isn't in {structure}");
    }
    let contains = |bytes: &[u8]| pdf.windows(bytes.len()).any(|window| window == bytes);
    assert!(contains(b"/StructTreeRoot") && contains(b"/Lang"), "tags and language");
}

#[test]
fn every_font_is_embedded_as_a_subset_with_its_characters() {
    let pdf = render(&sample::poster());
    assert!(pdf.len() < 150_000, "{} bytes", pdf.len());
    let fonts = poppler("pdffonts", &[], &pdf, &[]).0;
    let rows: Vec<_> = fonts.lines().skip(2).collect();
    assert_eq!(rows.len(), 3, "{fonts}");
    assert!(rows.iter().all(|row| row.contains("yes yes yes")), "{fonts}");
}

#[test]
fn names_come_out_as_they_were_typed() {
    let text = text_of(&render(&sample::poster()));
    for words in
        ["髙﨑𠮷辻󠄀商店", "2階 個室「さくら」", "27-0001234", "2026年11月22日", "English", "デンソーウェーブ"]
    {
        assert!(text.contains(words), "{words} isn't in {text}");
    }
}

#[test]
fn short_and_long_names_keep_the_page_and_the_code() {
    let long = "大阪府立総合文化芸術交流センター付属みなと展示館 特別企画「水都のあかりと暮らし」展 東会場 西ゲート前 受付カウンター";
    assert_eq!(long.chars().count(), 60);
    let latin = "The International Okonomiyaki & Takoyaki Academy Restaurant";
    for name in [
        "凪",
        long,
        latin,
        &"W".repeat(60),
        &"𠮷".repeat(60),
        &"ー".repeat(60),
        &"!".repeat(60),
        &"っ々".repeat(30),
    ] {
        let mut poster = sample::poster();
        poster.venue = name.to_owned();
        let pdf = render(&poster);
        let page = raster(&pdf, "150", &[]);
        assert_eq!(scan(&page), sample::URL, "{name}");
        let letters =
            |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect::<String>();
        assert!(letters(&text_of(&pdf)).contains(&letters(name)), "{name} is whole");
        assert!(ink_keeps_the_margins(&page), "{name} runs off the page");
    }
}

/// No printer reaches the edge: nothing may stand in the outer ten millimetres.
pub fn ink_keeps_the_margins(page: &GrayImage) -> bool {
    let (width, height) = page.dimensions();
    let margin = width * 10 / 210;
    page.enumerate_pixels().all(|(x, y, pixel)| {
        let inside = (margin..width - margin).contains(&x) && (margin..height - margin).contains(&y);
        inside || pixel.0[0] == 255
    })
}

#[test]
fn optional_parts_may_be_absent_and_more_languages_present() {
    let mut poster = sample::poster();
    (poster.room, poster.desk, poster.trademark) = (None, None, None);
    poster.promise.clear();
    poster.blocks.truncate(1);
    assert_eq!(scan(&raster(&render(&poster), "150", &[])), sample::URL);

    let mut poster = sample::poster();
    for (lang, heading, step) in
        [("zh", "简体中文", "请用手机相机扫描二维码"), ("zh-Hant", "繁體中文", "請用手機相機掃描")]
    {
        let mut block = poster.blocks[0].clone();
        (block.lang, block.heading, block.steps) =
            (lang.to_owned(), heading.to_owned(), vec![step.to_owned(); 3]);
        poster.blocks.push(block);
    }
    assert_eq!(scan(&raster(&render(&poster), "150", &[])), sample::URL);
}

/// Markup in a name is text, because values never become part of the template.
#[test]
fn a_name_is_never_code() {
    let name = "#panic() *A* $x$ \\ \"; @b <c> // d";
    let mut poster = sample::poster();
    poster.venue = name.to_owned();
    assert!(text_of(&render(&poster)).contains("#panic() *A* $x$ \\ \"; @b <c> // d"));
}

#[test]
fn what_no_font_draws_is_named() {
    for (name, character) in [("寿司🍣", '🍣'), ("외국", '외'), ("外字\u{e123}", '\u{e123}')] {
        let mut poster = sample::poster();
        poster.venue = name.to_owned();
        let missing = PrintError::MissingGlyph { field: Some("venue".to_owned()), character };
        assert_eq!(poster.render(TEMPLATE), Err(missing));
    }
    let template = "#set document(title: [t])\n#set text(lang: \"ja\")\nH₂O";
    let missing = PrintError::MissingGlyph { field: None, character: '₂' };
    assert_eq!(sample::poster().render(template), Err(missing));
}

/// 辻 has two dots in BIZ UDPGothic, 辻󠄀 one: who chose the variant gets it.
#[test]
fn a_variant_is_drawn_as_such() {
    let page = |name: &str| {
        let mut poster = sample::poster();
        poster.venue = name.to_owned();
        raster(&render(&poster), "72", &[])
    };
    assert!(page("辻") != page("辻\u{e0100}"));
}

/// A variant that the font lacks is drawn in its plain form, and is still the same text.
#[test]
fn an_unknown_variant_is_drawn_plain() {
    let mut poster = sample::poster();
    poster.venue = "辻\u{e01ef}と𠮷\u{e0105}".to_owned();
    let text = text_of(&render(&poster));
    assert!(text.contains('辻') && text.contains('𠮷'), "{text}");
}

#[test]
fn too_many_words_are_refused() {
    let mut poster = sample::poster();
    poster.blocks = vec![poster.blocks[0].clone(); 24];
    assert!(matches!(poster.render(TEMPLATE), Err(PrintError::DoesNotFit { pages: 2.. })));
}

#[test]
fn an_impossible_day_is_refused() {
    let mut poster = sample::poster();
    poster.issued_on.day = 31;
    assert!(matches!(poster.render(TEMPLATE), Err(PrintError::Request { .. })));
}

/// The export itself guards what a replaced template could forget.
#[test]
fn a_template_without_title_or_description_is_refused() {
    for template in ["A", "#set document(title: [t])\n#image(\"/code.svg\")"] {
        let refused = sample::poster().render(template);
        assert!(matches!(refused, Err(PrintError::Template { .. })), "{refused:?}");
    }
    let template = "#set document(title: [t])\n#image(\"/code.svg\", alt: \"code\")";
    assert!(sample::poster().render(template).is_ok());
}

#[test]
fn an_error_in_a_template_names_its_line() {
    let refused = sample::poster().render("= A\n\n#let x = 1 +\n");
    assert!(matches!(refused, Err(PrintError::Template { line: Some(3), .. })), "{refused:?}");
}

#[test]
fn values_are_known_by_name() {
    let mut values = serde_json::to_value(sample::poster()).expect("JSON");
    assert_eq!(serde_json::from_value::<Poster>(values.clone()).expect("a poster"), sample::poster());
    values["colour"] = json!("red");
    assert!(serde_json::from_value::<Poster>(values).is_err());
}
