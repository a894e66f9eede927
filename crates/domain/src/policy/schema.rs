//! JSON schemas of a pack's files, so that an editor completes keys, shows what they decide, and underlines
//! what is wrong while it is typed.
//!
//! They are derived from the types that read the files, comments included: a key that the engine doesn't
//! know can't be in a schema, and one that it knows can't be missing. A schema sees one value at a time;
//! what contradicts what, `tadori jurisdiction check` says.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::certificate::CertificatePolicy;
use super::change::Change;
use super::gallery::Example;
use super::{
    CasePolicy, ChannelPolicy, CheckInPolicy, DataPolicy, Desk, Jurisdiction, NoticePolicy, PagePolicy, Time,
    VenuePolicy,
};
use crate::disease::Disease;
use crate::faq::RawFaq;
use crate::message::Sender;
use crate::threshold::RawTable;

/// What has a schema: each but the last a file of a pack, the last a profile in `crates/domain/diseases`.
pub const FILES: [&str; 7] =
    ["jurisdiction", "thresholds", "faq", "certificate", "changes", "gallery", "disease"];

/// A date as packs write it.
pub(crate) const DATE: &str = r"^\d{4}-\d{2}-\d{2}$";

/// The rules of one jurisdiction: `jurisdiction.toml` of a pack.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "each section is read for itself, so that one mistake hides no other")]
struct PolicyFile {
    jurisdiction: Jurisdiction,
    time: Time,
    sender: Sender,
    channels: Option<ChannelPolicy>,
    check_in: Option<CheckInPolicy>,
    venues: VenuePolicy,
    cases: CasePolicy,
    #[schemars(default, schema_with = "over_a_profile")]
    disease: Option<Disease>,
    notices: NoticePolicy,
    data: Option<DataPolicy>,
    desk: Desk,
    pages: PagePolicy,
}

/// What was changed on the pages, when: `changes.toml` of a pack.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "each entry is read for itself")]
struct ChangesFile {
    change: Vec<Change>,
}

/// How posters hang in places: `gallery.toml` of a pack.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "each entry is read for itself")]
struct GalleryFile {
    example: Vec<Example>,
}

/// The schema of a file, by its name without an ending ([`FILES`]).
pub fn schema(file: &str) -> Option<Value> {
    // What editors for TOML know is an older draft; a schema in one piece is the easiest to follow.
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let generator = settings.into_generator();
    let mut schema = match file {
        "jurisdiction" => generator.into_root_schema_for::<PolicyFile>(),
        "thresholds" => generator.into_root_schema_for::<RawTable>(),
        "faq" => generator.into_root_schema_for::<RawFaq>(),
        "certificate" => generator.into_root_schema_for::<CertificatePolicy>(),
        "changes" => generator.into_root_schema_for::<ChangesFile>(),
        "gallery" => generator.into_root_schema_for::<GalleryFile>(),
        "disease" => profile(generator.into_root_schema_for::<Disease>()),
        _ => return None,
    };
    schema.insert("title".into(), Value::from(format!("{file}.toml")));
    let mut schema = Value::from(schema);
    for_people(&mut schema);
    Some(schema)
}

/// A pack's `[disease]` says only what it knows better than the profile.
fn over_a_profile(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = Disease::json_schema(generator);
    schema.remove("required");
    schema
}

/// A profile is whole, and rests on no other.
fn profile(mut schema: Schema) -> Schema {
    if let Some(keys) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        keys.remove("profile");
    }
    schema
}

/// Takes out of the comments what only rustdoc reads, and of the keys what TOML doesn't have: it knows no
/// null, a key that is left out is left out.
fn for_people(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = text.replace("[`", "`").replace("`]", "`");
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|one| one != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(some)) = object.get_mut("enum") {
                some.retain(|one| !one.is_null());
            }
            // `uint32` and the like are Rust's; the range says it.
            object.retain(|key, value| key != "format" || !value.is_string());
            object.retain(|key, value| key != "default" || !value.is_null());
            either_of_one(object);
            object.values_mut().for_each(for_people);
        }
        Value::Array(list) => list.iter_mut().for_each(for_people),
        _ => {}
    }
}

/// `anyOf` a schema and nothing is that schema, where a key can be left out.
fn either_of_one(object: &mut serde_json::Map<String, Value>) {
    let Some(Value::Array(some)) = object.get_mut("anyOf") else { return };
    some.retain(|one| one.get("type").is_none_or(|kind| kind != "null"));
    let [only] = some.as_slice() else { return };
    let Value::Object(only) = only.clone() else { return };
    object.remove("anyOf");
    for (key, value) in only {
        object.entry(key).or_insert(value);
    }
}
