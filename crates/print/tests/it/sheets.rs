//! The certificate and the handouts, read back as the poster is in [`crate::page`].

use print::certificate;
use print::error::PrintError;
use print::handout;
use print::sheet::Sheet;

use crate::page::{ink_keeps_the_margins, poppler, raster, scan, text_of};
use crate::{sample, sample_sheets};

fn certificate(of: &certificate::Certificate) -> Vec<u8> {
    Sheet::from(of).render(certificate::TEMPLATE).expect("the certificate renders")
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

/// KNG-2, KNG-4: one page lists every measure, however many; the code on it is the poster's; in grey as in
/// colour, and within the margins.
#[test]
fn one_measure_or_thirty_are_one_page_with_the_code() {
    for measures in [1, 8, 20, 30] {
        let of = sample_sheets::certificate(measures);
        let pdf = certificate(&of);
        assert_eq!(scan(&raster(&pdf, "150", &["-gray"])), sample::URL, "{measures}");
        let page = raster(&pdf, "150", &[]);
        assert_eq!(scan(&page), sample::URL, "{measures}");
        assert!(ink_keeps_the_margins(&page), "{measures} run off the page");
        // Without columns, as a reader hears it.
        let text = letters(&poppler("pdftotext", &[], &pdf, &["-"]).0);
        for item in &of.measures {
            assert!(text.contains(&letters(&item.text)), "{measures}: {} isn't in {text}", item.text);
        }
        assert!(
            text.contains("髙﨑𠮷辻󠄀商店") && text.contains("27-0001234") && text.contains("2026年11月22日")
        );
    }
}

/// The longest that a pack may list: thirty measures of sixty characters, under the longest names.
#[test]
fn the_longest_certificate_is_one_page() {
    let mut of = sample_sheets::certificate(30);
    of.measures.iter_mut().for_each(|item| item.text = "長い対策の文".repeat(10));
    of.venue = "大阪府立総合文化芸術交流センター付属みなと展示館 特別企画「水都のあかりと暮らし」展 東会場 西ゲート前 受付カウンター".to_owned();
    of.room = Some("地下2階 多目的展示室「さくら」北側".to_owned());
    let page = raster(&certificate(&of), "150", &[]);
    assert_eq!(scan(&page), sample::URL);
    assert!(ink_keeps_the_margins(&page));
}

/// KNG-22: what is new says so in words, and what the word means is said only where it stands.
#[test]
fn new_measures_are_marked_in_words() {
    let marks = |of: &certificate::Certificate| text_of(&certificate(of)).matches("New").count();
    let mut of = sample_sheets::certificate(8);
    assert_eq!(marks(&of), 2, "one measure, and the explanation");
    of.measures[0].is_new = true;
    assert_eq!(marks(&of), 3);
    of.measures.iter_mut().for_each(|item| item.is_new = false);
    assert_eq!(marks(&of), 0);
    of.new_mark = None;
    assert_eq!(marks(&of), 0);
}

#[test]
fn both_are_tagged_titled_and_archivable() {
    let leaflet =
        Sheet::from(&sample_sheets::handout()).render(handout::TEMPLATE).expect("the leaflet renders");
    for (pdf, title) in [
        (certificate(&sample_sheets::certificate(8)), "感染防止対策取組書 髙﨑𠮷辻󠄀商店 なんば本店"),
        (leaflet, "ご来店の登録をお願いします"),
    ] {
        let info = poppler("pdfinfo", &["-isodates"], &pdf, &[]).0;
        for fact in [&format!("Title:           {title}"), "Tagged:          yes", "Pages:           1", "A4"]
        {
            assert!(info.contains(fact), "{fact} isn't in {info}");
        }
        let metadata = poppler("pdfinfo", &["-meta"], &pdf, &[]).0;
        assert!(metadata.contains("<pdfuaid:part>1<") && metadata.contains("<pdfaid:part>2<"), "{metadata}");
        let structure = poppler("pdfinfo", &["-struct-text"], &pdf, &[]).0;
        for part in ["H1", "H2", "LI", "LBody", "Figure"] {
            assert!(structure.contains(part), "{part} isn't in {structure}");
        }
    }
}

#[test]
fn the_leaflets_code_reads_back() {
    let of = sample_sheets::handout();
    let pdf = Sheet::from(&of).render(handout::TEMPLATE).expect("the leaflet renders");
    let page = raster(&pdf, "150", &[]);
    assert_eq!(scan(&page), of.url);
    assert!(ink_keeps_the_margins(&page));
    let text = letters(&text_of(&pdf));
    for section in &of.sections {
        assert!(text.contains(&letters(&section.heading)));
    }
}

#[test]
fn the_certificates_values_are_checked_as_the_posters() {
    let mut of = sample_sheets::certificate(2);
    of.measures[1].text.push('🍣');
    let missing = PrintError::MissingGlyph { field: Some("measures[1].text".to_owned()), character: '🍣' };
    assert_eq!(Sheet::from(&of).render(certificate::TEMPLATE), Err(missing));
    assert_eq!(certificate(&sample_sheets::certificate(3)), certificate(&sample_sheets::certificate(3)));
}
