//! The schema: every table and column by name, of three kinds only, so that one text serves every engine.
//!
//! [`TABLES`] is what `docs/data-retention.md` is to be compared with: a table that isn't here can't be
//! made, and one that is here is in the migrations.

use crate::samples::{NOW, day};
use crate::stores::{Raw, Stores};

/// In which database a table lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    Intake,
    Day,
    Office,
    Index,
}

/// One table, with the kind of each of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub zone: Zone,
    pub name: &'static str,
    pub columns: &'static [(&'static str, &'static str)],
}

const TEXT: &str = "text";
const NUMBER: &str = "bigint";
const BYTES: &str = "blob";

/// Every table that there is.
#[rustfmt::skip]
pub const TABLES: &[Table] = &[
    Table { zone: Zone::Intake, name: "setting", columns: &[
        ("name", TEXT), ("value", BYTES),
    ] },
    Table { zone: Zone::Intake, name: "venue", columns: &[
        ("venue_id", NUMBER), ("code", TEXT), ("kind", TEXT), ("name", TEXT), ("parent_id", NUMBER),
        ("room", TEXT), ("category", TEXT), ("size_measure", TEXT), ("size_value", NUMBER),
        ("postal_code", TEXT), ("address", TEXT), ("likeness", TEXT), ("held", TEXT), ("status", TEXT),
        ("ended_at", NUMBER), ("replaces", NUMBER), ("registered_at", NUMBER),
        ("form_nonce", BYTES), ("key_hash", BYTES), ("operator_sealed", BYTES),
        ("naming_consent", NUMBER),
    ] },
    Table { zone: Zone::Intake, name: "certificate", columns: &[
        ("venue_id", NUMBER), ("issue", NUMBER), ("issued_at", NUMBER),
    ] },
    Table { zone: Zone::Intake, name: "certificate_measure", columns: &[
        ("venue_id", NUMBER), ("issue", NUMBER), ("measure", TEXT),
    ] },
    Table { zone: Zone::Intake, name: "service_day", columns: &[
        ("day", TEXT), ("suite", NUMBER), ("public_key", BYTES), ("signature", BYTES), ("state", TEXT),
        ("check_ins", NUMBER), ("changed_at", NUMBER),
    ] },
    Table { zone: Zone::Intake, name: "operator_mail", columns: &[
        ("mail_id", BYTES), ("venue_id", NUMBER), ("sealed", BYTES), ("attachment", BYTES),
        ("declined", TEXT), ("queued_at", NUMBER), ("attempts", NUMBER), ("due", NUMBER),
    ] },
    Table { zone: Zone::Intake, name: "enquiry", columns: &[
        ("enquiry_id", BYTES), ("sealed", BYTES), ("asked_at", NUMBER), ("attempts", NUMBER), ("due", NUMBER),
    ] },
    Table { zone: Zone::Intake, name: "quota", columns: &[
        ("mark", BYTES), ("tries", NUMBER), ("ends_at", NUMBER),
    ] },
    Table { zone: Zone::Intake, name: "one_time_code", columns: &[
        ("code_hash", BYTES), ("issued_at", NUMBER), ("valid_until", NUMBER),
    ] },
    Table { zone: Zone::Intake, name: "report", columns: &[
        ("report_id", BYTES), ("code_hash", BYTES), ("reported_at", NUMBER), ("sealed", BYTES),
    ] },
    Table { zone: Zone::Intake, name: "line_friend", columns: &[
        ("tag", BYTES), ("state", TEXT), ("consent", NUMBER), ("changed_at", NUMBER),
        ("turned_at", NUMBER),
    ] },
    Table { zone: Zone::Intake, name: "line_event", columns: &[
        ("event_id", TEXT), ("seen_at", NUMBER),
    ] },
    Table { zone: Zone::Intake, name: "line_reply", columns: &[
        ("reply_id", BYTES), ("day", TEXT), ("sealed", BYTES), ("queued_at", NUMBER), ("attempts", NUMBER),
    ] },
    Table { zone: Zone::Intake, name: "notice_page", columns: &[
        ("page_hash", BYTES), ("day", TEXT), ("venue_name", TEXT), ("days", TEXT),
    ] },
    Table { zone: Zone::Intake, name: "erasure", columns: &[
        ("day", TEXT), ("erased_at", NUMBER), ("check_ins", NUMBER), ("index_rows", NUMBER),
        ("outbox_rows", NUMBER), ("verified", NUMBER),
    ] },
    Table { zone: Zone::Day, name: "check_in", columns: &[
        ("venue_id", NUMBER), ("at", NUMBER), ("nonce", BYTES), ("sealed", BYTES),
    ] },
    Table { zone: Zone::Day, name: "arrival", columns: &[
        ("at", NUMBER), ("nonce", BYTES), ("venue_id", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "setting", columns: &[
        ("name", TEXT), ("value", TEXT),
    ] },
    Table { zone: Zone::Office, name: "case_record", columns: &[
        ("case_id", BYTES), ("reference", TEXT), ("source", TEXT), ("onset_on", TEXT),
        ("sampled_on", TEXT), ("positive_on", TEXT), ("first_day", TEXT), ("last_day", TEXT),
        ("received_at", NUMBER), ("entered_by", TEXT), ("contacts_sealed", BYTES),
        ("close_contacts", NUMBER), ("state", TEXT), ("matched_at", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "interview_visit", columns: &[
        ("case_id", BYTES), ("seq", NUMBER), ("venue_id", NUMBER), ("venue_text", TEXT), ("day", TEXT),
        ("from_at", NUMBER), ("to_at", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "case_visit", columns: &[
        ("day", TEXT), ("venue_id", NUMBER), ("case_id", BYTES), ("from_at", NUMBER), ("to_at", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "finding", columns: &[
        ("case_id", BYTES), ("day", TEXT), ("venue_id", NUMBER), ("venue_text", TEXT),
        ("visited_at", NUMBER), ("from_at", NUMBER), ("to_at", NUMBER), ("outcome", TEXT), ("cases", NUMBER), ("reports", NUMBER), ("needed", NUMBER), ("row_record", TEXT),
        ("notice_id", BYTES), ("decided_at", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "notice", columns: &[
        ("notice_id", BYTES), ("kind", TEXT), ("state", TEXT), ("created_at", NUMBER),
        ("created_by", TEXT), ("pack_version", TEXT), ("received_at", NUMBER), ("others", NUMBER),
        ("others_by", TEXT),
        ("published", NUMBER), ("decided_by", TEXT), ("decided_at", NUMBER), ("reason", TEXT),
        ("release_at", NUMBER), ("released_at", NUMBER), ("settled_at", NUMBER),
        ("last_sent_at", NUMBER), ("sent", NUMBER), ("failed", NUMBER), ("key_wrapped", BYTES),
    ] },
    Table { zone: Zone::Office, name: "notice_day", columns: &[
        ("notice_id", BYTES), ("venue_id", NUMBER), ("day", TEXT), ("venue_name", TEXT),
        ("cases", NUMBER), ("needed", NUMBER), ("row_record", TEXT), ("expanded", TEXT),
        ("from_at", NUMBER), ("to_at", NUMBER),
        ("consent", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "notice_case", columns: &[
        ("notice_id", BYTES), ("case_id", BYTES),
    ] },
    Table { zone: Zone::Office, name: "notice_approval", columns: &[
        ("notice_id", BYTES), ("officer_id", BYTES), ("at", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "outbox", columns: &[
        ("notice_id", BYTES), ("recipient_hash", BYTES), ("message_id", BYTES), ("day", TEXT),
        ("venue_id", NUMBER), ("at", NUMBER), ("nonce", BYTES), ("sealed", BYTES), ("state", TEXT),
        ("attempts", NUMBER), ("due", NUMBER), ("lease", BYTES), ("lease_until", NUMBER),
        ("reply", TEXT),
        ("channel", TEXT), ("group_key", BYTES), ("group_since", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "channel_stop", columns: &[
        ("channel", TEXT), ("stopped", NUMBER), ("changed_by", TEXT), ("changed_at", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "officer", columns: &[
        ("officer_id", BYTES), ("name", TEXT), ("password_hash", TEXT), ("totp_secret", BYTES),
        ("totp_step", NUMBER), ("failed", NUMBER), ("locked_until", NUMBER), ("added_at", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "session", columns: &[
        ("token_hash", BYTES), ("officer_id", BYTES), ("created_at", NUMBER), ("expires_at", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "lease", columns: &[
        ("name", TEXT), ("owner", BYTES), ("beat", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "job_success", columns: &[
        ("job", TEXT), ("at", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "indexed_day", columns: &[
        ("day", TEXT), ("rows", NUMBER), ("built_at", NUMBER),
    ] },
    Table { zone: Zone::Office, name: "ledger", columns: &[
        ("seq", NUMBER), ("at", NUMBER), ("actor", TEXT), ("act", TEXT), ("subject", TEXT),
        ("detail", TEXT), ("prev", BYTES), ("hash", BYTES),
    ] },
    Table { zone: Zone::Index, name: "tag_index", columns: &[
        ("tag", BYTES), ("venue_id", NUMBER), ("at", NUMBER), ("nonce", BYTES),
    ] },
];

/// The migrations, as they are compiled in.
const MIGRATIONS: &[(Zone, &str)] = &[
    (Zone::Intake, include_str!("../../migrations/intake/0001_intake.sql")),
    (Zone::Day, include_str!("../../migrations/day/0001_day.sql")),
    (Zone::Office, include_str!("../../migrations/office/0001_office.sql")),
    (Zone::Index, include_str!("../../migrations/index/0001_index.sql")),
];

/// A statement of a migration: comments gone, white space as single blanks, lower case.
fn statements(migration: &str) -> Vec<String> {
    let bare: Vec<&str> = migration.lines().map(|line| line.split("--").next().unwrap_or("")).collect();
    let one_line = bare.join(" ").split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    one_line.split(';').map(|statement| statement.trim().to_owned()).filter(|s| !s.is_empty()).collect()
}

/// A table as a migration makes it: its name, its columns with all their words, its table constraints.
#[derive(Debug)]
struct Made {
    name: String,
    columns: Vec<(String, String)>,
    constraints: Vec<String>,
}

/// Reads `create table name ( … )`; `None` for any other statement.
fn table(statement: &str) -> Option<Made> {
    let rest = statement.strip_prefix("create table ")?;
    let (name, rest) = rest.split_once('(')?;
    let body = rest.strip_suffix(')')?;
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in body.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&body[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&body[start..]);
    let mut made = Made { name: name.trim().to_owned(), columns: Vec::new(), constraints: Vec::new() };
    for part in parts.iter().map(|part| part.trim()) {
        let (first, words) = part.split_once(' ')?;
        if ["primary", "unique", "foreign", "check", "constraint"].contains(&first) {
            made.constraints.push(part.to_owned());
        } else {
            made.columns.push((first.to_owned(), words.trim().to_owned()));
        }
    }
    Some(made)
}

fn made() -> Vec<(Zone, Made)> {
    let of = |(zone, text): &(Zone, &str)| {
        let zone = *zone;
        statements(text).iter().filter_map(|s| table(s)).map(move |made| (zone, made)).collect::<Vec<_>>()
    };
    MIGRATIONS.iter().flat_map(of).collect()
}

/// The list above is the migrations' own, and each column is text, bigint or blob.
#[test]
fn the_list_is_what_the_migrations_make() {
    let made = made();
    for (zone, made) in &made {
        let listed = TABLES.iter().find(|table| table.zone == *zone && table.name == made.name);
        let listed = listed.unwrap_or_else(|| panic!("{zone:?} {} is not listed", made.name));
        let columns: Vec<_> = made
            .columns
            .iter()
            .map(|(name, words)| (name.as_str(), words.split(' ').next().unwrap_or("")))
            .collect();
        assert_eq!(columns, listed.columns, "{}", made.name);
        for (column, kind) in columns {
            assert!([TEXT, NUMBER, BYTES].contains(&kind), "{}.{column} is {kind}", made.name);
        }
    }
    assert_eq!(made.len(), TABLES.len(), "a table is listed that no migration makes");
}

/// What the engine really made is the list too.
#[tokio::test]
async fn the_list_is_what_the_engine_has() {
    let stores = Stores::with_days([day(0)]).await;
    stores.office.write_index(day(0), &[], NOW).await.unwrap();
    for (zone, raw) in [
        (Zone::Intake, Raw::Intake),
        (Zone::Day, Raw::Day(day(0))),
        (Zone::Office, Raw::Office),
        (Zone::Index, Raw::Index(day(0))),
    ] {
        let tables = stores.tables(raw).await;
        let mut listed: Vec<_> = TABLES.iter().filter(|table| table.zone == zone).collect();
        listed.sort_by_key(|table| table.name);
        let names: Vec<_> = tables.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, listed.iter().map(|table| table.name).collect::<Vec<_>>());
        for ((_, columns), table) in tables.iter().zip(listed) {
            let columns: Vec<_> = columns.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
            assert_eq!(columns, table.columns, "{}", table.name);
        }
    }
}

/// What distributed PostgreSQL runs unchanged (DESIGN section 6): every table has its key where it is
/// made; no sequence, default, foreign key, trigger or view; and no unique constraint of a day's tables
/// leaves out the venue, by which they would be distributed.
#[test]
fn the_schema_keeps_to_what_a_distributed_engine_runs() {
    for (zone, text) in MIGRATIONS {
        for statement in statements(text) {
            let made = table(&statement);
            assert!(made.is_some() || statement.starts_with("create index "), "{zone:?}: {statement}");
            let words: Vec<&str> =
                statement.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
            for word in ["references", "serial", "autoincrement", "generated", "default", "check", "collate"]
            {
                assert!(!words.contains(&word), "{zone:?}: {word} in {statement}");
            }
        }
    }
    for (zone, made) in made() {
        let in_column = made.columns.iter().filter(|(_, words)| words.contains("primary key")).count();
        let in_table = made.constraints.iter().filter(|c| c.starts_with("primary key")).count();
        assert_eq!(in_column + in_table, 1, "{} has one key", made.name);
        if matches!(zone, Zone::Day | Zone::Index) {
            let unique = made.columns.iter().any(|(_, words)| words.contains("unique"));
            assert!(in_column == 0 && !unique, "{}: a key without the venue", made.name);
            assert!(made.constraints.iter().all(|constraint| constraint.contains("venue_id")));
        }
    }
}

/// No column is named or typed as something that could hold a person in clear: addresses, names and
/// telephone numbers of people lie sealed, so every such word belongs to a venue, an officer or a code.
#[test]
fn no_column_holds_a_person_in_clear() {
    let plain =
        ["venue.name", "venue.address", "venue.postal_code", "setting.name", "officer.name", "lease.name"];
    for table in TABLES {
        for (column, kind) in table.columns {
            let whole = format!("{}.{column}", table.name);
            let personal = ["name", "mail", "phone", "address", "contact", "postal"];
            let words: Vec<&str> = column.split('_').collect();
            let says =
                personal.iter().any(|word| words.contains(word) || words.contains(&&*format!("{word}s")));
            let sealed = *kind == BYTES || *kind == NUMBER || column == &"venue_name";
            assert!(!says || sealed || plain.contains(&whole.as_str()), "{whole} is {kind}");
        }
    }
}

/// The reader of migrations reads what it should, and nothing passes it unread.
#[test]
fn the_reader_reads_a_migration() {
    let text = "-- a comment; with a semicolon\ncreate table a (\n  b text not null primary key, -- c bigint\n  \
                d numeric(3, 1),\n  unique (b, d)\n);\ncreate index e on a (d);";
    let read = statements(text);
    assert_eq!(read.len(), 2);
    let made = table(&read[0]).unwrap();
    assert_eq!(
        made.columns,
        [("b".into(), "text not null primary key".into()), ("d".into(), "numeric(3, 1)".into())]
    );
    assert_eq!((made.name.as_str(), made.constraints), ("a", vec!["unique (b, d)".to_owned()]));
    assert!(table(&read[1]).is_none());
}
