//! Reads one section of a pack's file, and says everything that is wrong with it at once.
//!
//! A parser stops at the first mistake. Here each mistake is noted with its key and what is allowed there, the
//! faulty key is taken out, and the section is read again, until nothing is wrong or nothing can be read.

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use toml::{Table, Value};

use super::pack::PackError;

/// More mistakes than this in one section are one mistake: it is another file.
const MOST: usize = 50;

/// A section's mistakes, each with its key.
pub(super) struct Reader<'a> {
    file: &'static str,
    errors: &'a mut Vec<PackError>,
}

impl<'a> Reader<'a> {
    /// For a file.
    pub fn new(file: &'static str, errors: &'a mut Vec<PackError>) -> Self {
        Self { file, errors }
    }

    /// The file as a table.
    pub fn table(&mut self, text: &str) -> Option<Table> {
        match text.parse() {
            Ok(table) => Some(table),
            Err(error) => {
                self.note(String::new(), &error);
                None
            }
        }
    }

    /// The section `name`, taken out of its file; one that isn't there is read as an empty one.
    pub fn section<T: DeserializeOwned>(&mut self, of: &mut Table, name: &str) -> Option<T> {
        let mut section = of.remove(name).unwrap_or_else(|| Value::Table(Table::new()));
        for taken_out in 0..MOST {
            let error = match serde_path_to_error::deserialize(section.clone()) {
                Ok(read) => return (taken_out == 0).then_some(read),
                Err(error) => error,
            };
            let missing = error.inner().message().starts_with("missing field");
            // What is missing because it was just taken out has been said already.
            if !missing || taken_out == 0 {
                let path = error.path().to_string();
                self.note(
                    if path == "." { name.to_owned() } else { format!("{name}.{path}") },
                    error.inner(),
                );
            }
            let segments: Vec<&Segment> = error.path().iter().collect();
            if missing || !take_out(&mut section, &segments) {
                return None;
            }
        }
        None
    }

    /// Says of everything that is left in the file that nobody knows it.
    pub fn unknown(&mut self, rest: &Table, known: &[&str]) {
        for name in rest.keys() {
            let error = format!("unknown; known are {}", known.join(", "));
            self.errors.push(PackError::Value { file: self.file, key: name.clone(), error });
        }
    }

    fn note(&mut self, key: String, error: &toml::de::Error) {
        let error = if key.is_empty() { error.to_string() } else { error.message().to_owned() };
        self.errors.push(PackError::Value { file: self.file, key, error });
    }
}

fn take_out(value: &mut Value, path: &[&Segment]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    match (value, first) {
        (Value::Table(table), Segment::Map { key }) if rest.is_empty() => table.remove(key).is_some(),
        (Value::Table(table), Segment::Map { key }) => {
            let deeper = table.get_mut(key).is_some_and(|inner| take_out(inner, rest));
            deeper || table.remove(key).is_some()
        }
        (Value::Array(list), Segment::Seq { index }) if *index < list.len() => {
            if rest.is_empty() || !take_out(&mut list[*index], rest) {
                list.remove(*index);
            }
            true
        }
        _ => false,
    }
}
