//! Template and values in, PDF out: Typst as a library, in a world of three files.
//!
//! The world has the template, `/values.json` and `/code.svg`. Every other file and every package
//! is denied, whatever the path; there is no clock in it and no font but the embedded ones.
//!
//! PDF/UA-1 and PDF/A-2a are asked for together, and the export refuses to write a file that breaks
//! them: no title, no alternative text, a missing glyph or an untagged part is an error here and
//! not a surprise at the reader's.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World, WorldExt as _};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::error::PrintError;
use crate::fonts;

/// Everything that one rendering depends on.
pub(crate) struct Sheet<'a> {
    /// Typst text.
    pub(crate) template: &'a str,
    /// JSON that the template reads as `/values.json`.
    pub(crate) values: String,
    /// The picture that it reads as `/code.svg`.
    pub(crate) code: String,
    /// What this sheet is, for the file's identifier: the same at every reprint.
    pub(crate) identity: String,
    /// Year, month and day that the file carries.
    pub(crate) issued_on: (i32, u8, u8),
}

/// Typesets a sheet, and refuses one that needs more than a page.
pub(crate) fn one_page(sheet: &Sheet) -> Result<Vec<u8>, PrintError> {
    let world = ThreeFiles::new(sheet);
    let pdf = typeset(&world, sheet);
    // The typesetter remembers what it has seen, for editors that compile at each keystroke; here
    // the next sheet is another venue's.
    typst::comemo::evict(10);
    pdf
}

fn typeset(world: &ThreeFiles, sheet: &Sheet) -> Result<Vec<u8>, PrintError> {
    let document: PagedDocument = typst::compile(world).output.map_err(|errors| explain(world, &errors))?;
    let pages = document.pages().len();
    if pages != 1 {
        return Err(PrintError::DoesNotFit { pages });
    }

    let (year, month, day) = sheet.issued_on;
    let midnight = Datetime::from_ymd_hms(year, month, day, 0, 0, 0)
        .ok_or_else(|| PrintError::Request { message: format!("no such day: {year}-{month}-{day}") })?;
    let standards =
        PdfStandards::new(&[PdfStandard::Ua_1, PdfStandard::A_2a]).expect("both build on PDF 1.7");
    let options = PdfOptions {
        ident: Smart::Custom(sheet.identity.clone()),
        creator: Smart::Custom(Some("Tadori".to_owned())),
        timestamp: Some(Timestamp::new_utc(midnight)),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| explain(world, &errors))
}

/// The first error that a person can act on.
fn explain(world: &ThreeFiles, errors: &[SourceDiagnostic]) -> PrintError {
    let undrawn = errors.iter().find_map(|error| undrawn_character(&error.message));
    if let Some(character) = undrawn {
        return PrintError::MissingGlyph { field: None, character };
    }
    let Some(error) = errors.first() else {
        return PrintError::Template { line: None, message: "no reason given".to_owned() };
    };
    let text = world.template.text();
    let line = world
        .range(error.span)
        .and_then(|range| text.get(..range.start))
        .map(|before| before.matches('\n').count() + 1);
    PrintError::Template { line, message: error.message.to_string() }
}

/// The character in “the text `"₂"` could not be displayed with …”, which is all that the export
/// tells. It can only come from the template, since values were checked before.
fn undrawn_character(message: &str) -> Option<char> {
    let (before, _) = message.split_once("` could not be displayed")?;
    let (_, text) = before.rsplit_once("the text `")?;
    text.trim_matches('"').chars().next()
}

/// The world of one sheet.
struct ThreeFiles {
    template: Source,
    values: (FileId, Bytes),
    code: (FileId, Bytes),
}

impl ThreeFiles {
    fn new(sheet: &Sheet) -> Self {
        Self {
            template: Source::new(file("/template.typ"), sheet.template.to_owned()),
            values: (file("/values.json"), Bytes::from_string(sheet.values.clone())),
            code: (file("/code.svg"), Bytes::from_string(sheet.code.clone())),
        }
    }
}

fn file(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("a plain absolute path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

impl World for ThreeFiles {
    fn library(&self) -> &LazyHash<Library> {
        static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &fonts::embedded().book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        [&self.values, &self.code]
            .into_iter()
            .find(|(known, _)| *known == id)
            .map(|(_, bytes)| bytes.clone())
            .ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        fonts::embedded().fonts.get(index).cloned()
    }

    /// There is no today: what a poster says of dates comes in as values.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
