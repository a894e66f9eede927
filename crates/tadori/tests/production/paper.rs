//! What a phone reads from paper.

use std::process::Command;

use tempfile::TempDir;

/// What a phone reads from a sheet of paper that was printed at 150 dots an inch.
pub fn scanned(poster: &[u8]) -> String {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("poster.pdf"), poster).unwrap();
    let output = Command::new("pdftoppm")
        .args(["-r", "150", "-gray", "-png", "-singlefile", "poster.pdf", "page"])
        .current_dir(folder.path())
        .output()
        .unwrap_or_else(|error| panic!("pdftoppm: {error}: install Debian's package poppler-utils"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = image::open(folder.path().join("page.png")).unwrap().to_luma8();
    let mut page = rqrr::PreparedImage::prepare(page);
    let codes = page.detect_grids();
    assert_eq!(codes.len(), 1, "one code on the sheet");
    codes[0].decode().unwrap().1
}
