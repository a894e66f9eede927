//! Template and values in, PDF out: Typst as a library, in a world of three files a sheet.
//!
//! A sheet has the template, `/values.json` and `/code.svg`. Every other file and every package
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

/// Typesets sheets into one file, a page each, and refuses one that needs more.
pub(crate) fn sheets(sheets: &[Sheet]) -> Result<Vec<u8>, PrintError> {
    let [first, ..] = sheets else {
        return Err(PrintError::Request { message: "there is no sheet to print".to_owned() });
    };
    let world = Desk::new(sheets);
    let pdf = typeset(&world, first, sheets.len());
    // The typesetter remembers what it has seen, for editors that compile at each keystroke; here
    // the next sheet is another venue's.
    typst::comemo::evict(10);
    pdf
}

/// The first page of a sheet as a picture.
pub(crate) fn picture(sheets: &[Sheet]) -> Result<Vec<u8>, PrintError> {
    let world = Desk::new(sheets);
    let document = compiled(&world, sheets.len())?;
    let Some(first) = document.pages().first() else {
        return Err(PrintError::Request { message: "there is no sheet to show".to_owned() });
    };
    Ok(typst_svg::svg(first, &typst_svg::SvgOptions::default()).into_bytes())
}

fn compiled(world: &Desk, sheets: usize) -> Result<PagedDocument, PrintError> {
    let document: PagedDocument = typst::compile(world).output.map_err(|errors| explain(world, &errors))?;
    let pages = document.pages().len();
    if pages != sheets {
        return Err(PrintError::DoesNotFit { pages: pages.saturating_sub(sheets) + 1 });
    }
    Ok(document)
}

fn typeset(world: &Desk, sheet: &Sheet, sheets: usize) -> Result<Vec<u8>, PrintError> {
    let document = compiled(world, sheets)?;

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
fn explain(world: &Desk, errors: &[SourceDiagnostic]) -> PrintError {
    let undrawn = errors.iter().find_map(|error| undrawn_character(&error.message));
    if let Some(character) = undrawn {
        return PrintError::MissingGlyph { field: None, character };
    }
    let Some(error) = errors.first() else {
        return PrintError::Template { line: None, message: "no reason given".to_owned() };
    };
    let line = world
        .range(error.span)
        .and_then(|range| world.text.get(..range.start).map(str::to_owned))
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

/// What lies before the typesetter: the template once, and each sheet's two files.
///
/// A sheet's files are `/values.json` and `/code.svg` to its template, whoever wrote it. Where there are
/// several sheets each is a package of its own, whose root is that of these paths, and the main file
/// includes one after the other.
struct Desk<'a> {
    text: &'a str,
    main: Source,
    files: Vec<(FileId, Bytes)>,
}

impl<'a> Desk<'a> {
    fn new(sheets: &[Sheet<'a>]) -> Self {
        let text = sheets.first().map_or("", |sheet| sheet.template);
        if let [sheet] = sheets {
            let files = own_files(&VirtualRoot::Project, sheet);
            return Self {
                text,
                main: Source::new(file(VirtualRoot::Project, "/template.typ"), text.to_owned()),
                files,
            };
        }
        let (mut main, mut files) = (String::new(), Vec::new());
        for (n, sheet) in sheets.iter().enumerate() {
            let name = format!("@sheet/s{n}:1.0.0");
            let root = VirtualRoot::Package(name.parse().expect("a package's name"));
            let manifest =
                format!("[package]\nname = \"s{n}\"\nversion = \"1.0.0\"\nentrypoint = \"template.typ\"\n");
            files.push((file(root.clone(), "/typst.toml"), Bytes::from_string(manifest)));
            files.push((file(root.clone(), "/template.typ"), Bytes::from_string(text.to_owned())));
            files.extend(own_files(&root, sheet));
            main.push_str(&format!("#include \"{name}\"\n"));
        }
        Self { text, main: Source::new(file(VirtualRoot::Project, "/main.typ"), main), files }
    }
}

fn own_files(root: &VirtualRoot, sheet: &Sheet) -> Vec<(FileId, Bytes)> {
    vec![
        (file(root.clone(), "/values.json"), Bytes::from_string(sheet.values.clone())),
        (file(root.clone(), "/code.svg"), Bytes::from_string(sheet.code.clone())),
    ]
}

fn file(root: VirtualRoot, path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("a plain absolute path");
    RootedPath::new(root, path).intern()
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &fonts::embedded().book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            return Ok(self.main.clone());
        }
        let template = file(id.root().clone(), "/template.typ");
        if id != template {
            return Err(FileError::AccessDenied);
        }
        self.file(id).map(|_| Source::new(id, self.text.to_owned()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files
            .iter()
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
