//! A table of venues as an officer brings it: UTF-8 or Shift_JIS, a header by the pack's field names, a venue a
//! line (C9). Every line is read by the rules of the operators' form; what is wrong with any is said of all.

use std::collections::{BTreeMap, BTreeSet};

use domain::operator::Operator;
use domain::policy::FieldName;
use domain::policy::pack::Pack;
use domain::venue::{SizeMeasure, Venue, VenueKind};
use seal::form::FormSigner;

use crate::form::{Errors, Fields, Say};
use crate::operator::typed;
use crate::state::Common;

/// The most lines of one table.
pub(crate) const LINES: usize = 20_000;

/// In which characters a table is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8 if it is valid, else Shift_JIS.
    Either,
    Utf8,
    /// As Windows writes it (code page 932), 髙 and 﨑 included.
    ShiftJis,
}

impl Encoding {
    pub fn parse(word: &str) -> Self {
        match word {
            "utf-8" => Self::Utf8,
            "shift_jis" => Self::ShiftJis,
            _ => Self::Either,
        }
    }
}

/// What is wrong with a line.
pub(crate) struct Fault {
    pub line: u64,
    /// The column as the header calls it; empty for the line as a whole.
    pub column: String,
    pub reason: String,
}

/// A good line.
pub(crate) struct Entry {
    pub venue: Venue,
    pub operator: Operator,
    /// The same for the same line, whenever it is brought.
    pub identity: [u8; 16],
}

/// A table that was read whole.
#[derive(Default)]
pub(crate) struct Table {
    pub entries: Vec<Entry>,
    /// Lines that stand there a second time and are left out.
    pub twice: usize,
    pub faults: Vec<Fault>,
}

impl Table {
    fn fault(&mut self, line: u64, column: &str, reason: impl Into<String>) {
        self.faults.push(Fault { line, column: column.to_owned(), reason: reason.into() });
    }
}

/// A column that the pack's form has.
pub(crate) struct Column {
    pub name: &'static str,
    /// What the header may call it: its word, its Japanese and its English label.
    pub labels: [String; 3],
    /// Whether a table without it can't be read.
    pub required: bool,
}

/// The columns of the pack's form, in its order.
pub(crate) fn columns(common: &Common) -> Vec<Column> {
    let venues = &common.pack.policy.venues;
    let asked = |name| venues.fields.iter().find(|field| field.name == name);
    let column = |name: &'static str, required: bool| {
        let key = if name == "email" { "field-operator-email".to_owned() } else { format!("field-{name}") };
        let label = |lang| Say { common, lang }.text(&key, &[]);
        Column { name, labels: [name.to_owned(), label("ja"), label("en")], required }
    };
    let mut columns = vec![column("kind", true), column("name", true), column("category", true)];
    for measure in SizeMeasure::ALL {
        if venues.categories.iter().any(|category| category.measure == Some(measure)) {
            columns.push(column(measure.as_str(), false));
        }
    }
    for (name, word) in [(FieldName::PostalCode, "postal_code"), (FieldName::Address, "address")] {
        columns.extend(asked(name).map(|field| column(word, field.required)));
    }
    if venues.kinds.iter().any(|kind| kind.is_event()) {
        columns.extend([column("starts_on", false), column("ends_on", false)]);
    }
    for (name, word) in
        [(FieldName::ContactName, "contact_name"), (FieldName::Email, "email"), (FieldName::Phone, "phone")]
    {
        columns.extend(asked(name).map(|field| column(word, field.required)));
    }
    columns
}

/// Decodes a file; `None` if it isn't written so.
pub(crate) fn decoded(bytes: &[u8], encoding: Encoding) -> Option<String> {
    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let utf8 = || std::str::from_utf8(bare).ok().map(str::to_owned);
    let shift_jis = || {
        encoding_rs::SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(|text| text.into_owned())
    };
    match encoding {
        Encoding::Utf8 => utf8(),
        Encoding::ShiftJis => shift_jis(),
        Encoding::Either => utf8().or_else(shift_jis),
    }
}

/// Reads a table. Nothing of it counts unless `faults` is empty.
pub(crate) fn read(common: &Common, text: &str) -> Table {
    let mut table = Table::default();
    let columns = columns(common);
    // One line's end, so that lines are counted as an editor counts them.
    let text = &text.replace("\r\n", "\n").replace('\r', "\n");
    if let Some(line) = too_long(text) {
        // Said alone, and before any line is read closely: what else is wrong is found in the parts.
        table.fault(line, "", format!("1つのファイルで取り込めるのは{LINES}行までです。分けてください。"));
        return table;
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut header, mut record) = (Vec::new(), csv::StringRecord::new());
    let mut known = BTreeSet::new();
    let mut lines = 0;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                table.fault(line, "", "CSVとして読み取れません。");
                return table;
            }
        }
        let line = record.position().map_or(0, |at| line_of(text, at));
        if header.is_empty() {
            header = read_header(&record, &columns, line, &mut table);
            if !table.faults.is_empty() {
                return table;
            }
            continue;
        }
        // What a spreadsheet leaves below the last line.
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        lines += 1;
        if record.len() > header.len() && record.iter().skip(header.len()).any(|cell| !cell.trim().is_empty())
        {
            table.fault(line, "", "項目の数が見出しより多くなっています。カンマの位置をお確かめください。");
            continue;
        }
        let cells: BTreeMap<&'static str, String> = header
            .iter()
            .zip(&record)
            .map(|(name, cell)| (*name, meant(name, cell.trim(), common)))
            .collect();
        read_line(common, &columns, line, cells, &mut known, &mut table);
    }
    if header.is_empty() || (lines == 0 && table.faults.is_empty()) {
        table.fault(1, "", "施設が1件も入っていません。");
    }
    table
}

/// The first line beyond the most that one table may have, if it has so many.
fn too_long(text: &str) -> Option<u64> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut record, mut lines) = (csv::ByteRecord::new(), 0);
    while let Ok(true) = reader.read_byte_record(&mut record) {
        lines += usize::from(record.iter().any(|cell| !cell.trim_ascii().is_empty()));
        if lines > LINES + 1 {
            return record.position().map(|at| line_of(text, at));
        }
    }
    None
}

/// The line on which a record begins: where the reader stood, past the empty lines that it skips.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let rest = usize::try_from(at.byte()).ok().and_then(|byte| text.get(byte..)).unwrap_or_default();
    let empty = rest.bytes().take_while(|byte| *byte == b'\n').count();
    at.line() + u64::try_from(empty).unwrap_or_default()
}

fn read_header(
    record: &csv::StringRecord,
    columns: &[Column],
    line: u64,
    table: &mut Table,
) -> Vec<&'static str> {
    let mut header = Vec::new();
    for cell in record.iter().map(str::trim) {
        let column =
            columns.iter().find(|column| column.labels.iter().any(|label| label.eq_ignore_ascii_case(cell)));
        match column {
            None => table.fault(line, cell, "この見出しの項目はありません。ひな形の見出しをお使いください。"),
            Some(column) if header.contains(&column.name) => {
                table.fault(line, cell, "同じ見出しが2つあります。");
            }
            Some(column) => header.push(column.name),
        }
    }
    for column in columns.iter().filter(|column| column.required && !header.contains(&column.name)) {
        table.fault(line, &column.labels[1], "この見出しの項目が必要です。");
    }
    header
}

fn read_line(
    common: &Common,
    columns: &[Column],
    line: u64,
    cells: BTreeMap<&'static str, String>,
    known: &mut BTreeSet<[u8; 16]>,
    table: &mut Table,
) {
    let identity = identity(&common.forms, &cells);
    let fields = Fields::of(cells.into_iter().map(|(name, cell)| (name.to_owned(), cell)).collect());
    let (say, mut errors) = (Say { common, lang: "ja" }, Errors::default());
    let venue = typed::venue(&fields, &say, common, &mut errors);
    if let Some(character) = print::poster::undrawn(fields.get("name")) {
        errors.add("name", say.text("error-glyph", &[("character", &character.to_string())]));
    }
    let operator = typed::operator(&fields, &say, &common.pack, true, &mut errors);
    let found = errors.each();
    for (field, reason) in &found {
        let column = columns.iter().find(|column| column.name == *field);
        table.fault(line, column.map_or("", |column| column.labels[1].as_str()), *reason);
    }
    match (venue, operator) {
        (Some(venue), Some(operator)) if found.is_empty() => {
            if known.insert(identity) {
                table.entries.push(Entry { venue, operator, identity });
            } else {
                table.twice += 1;
            }
        }
        _ if found.is_empty() => table.fault(line, "", "読み取れません。"),
        _ => {}
    }
}

/// Kinds and categories may stand there by their word or by what people call them.
fn meant(name: &str, cell: &str, common: &Common) -> String {
    let by_label = match name {
        "kind" => VenueKind::ALL.into_iter().find_map(|kind| {
            let key = format!("field-kind-{}", kind.as_str());
            let called = |lang| Say { common, lang }.text(&key, &[]) == cell;
            (called("ja") || called("en")).then(|| kind.as_str().to_owned())
        }),
        "category" => category(&common.pack, cell),
        // A spreadsheet writes dates its own way.
        "starts_on" | "ends_on" => day(cell),
        _ => None,
    };
    by_label.unwrap_or_else(|| cell.to_owned())
}

fn category(pack: &Pack, cell: &str) -> Option<String> {
    pack.policy.venues.categories.iter().find(|category| category.label == cell).map(|found| found.id.clone())
}

/// `2026/1/5` as `2026-01-05`.
fn day(cell: &str) -> Option<String> {
    let parts: Vec<u32> = cell.split('/').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [year, month, day] => Some(format!("{year:04}-{month:02}-{day:02}")),
        _ => None,
    }
}

/// A line is the same whatever the order of its columns and the characters of its file.
fn identity(signer: &FormSigner, cells: &BTreeMap<&'static str, String>) -> [u8; 16] {
    let mut line = String::new();
    for (name, cell) in cells.iter().filter(|(_, cell)| !cell.is_empty()) {
        line.push_str(&format!("{name}\u{1f}{cell}\u{1e}"));
    }
    signer.line(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_in_the_characters_that_it_has() {
        let text = "名称,髙﨑①食堂";
        let (shift_jis, _, wrong) = encoding_rs::SHIFT_JIS.encode(text);
        assert!(!wrong);
        let with_bom = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for (bytes, encoding) in [
            (text.as_bytes(), Encoding::Either),
            (&with_bom, Encoding::Either),
            (&with_bom, Encoding::Utf8),
            (&shift_jis, Encoding::Either),
            (&shift_jis, Encoding::ShiftJis),
        ] {
            assert_eq!(decoded(bytes, encoding).as_deref(), Some(text));
        }
        assert_eq!(decoded(&shift_jis, Encoding::Utf8), None);
        assert_eq!(decoded(b"\xff\xfe\x00", Encoding::Either), None);
    }

    #[test]
    fn days_are_read_as_a_spreadsheet_writes_them() {
        assert_eq!(day("2026/1/5").as_deref(), Some("2026-01-05"));
        for other in ["2026-01-05", "1/5", "", "a/b/c"] {
            assert_eq!(day(other), None, "{other}");
        }
    }
}
