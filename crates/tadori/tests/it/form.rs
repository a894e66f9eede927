//! Fields of a form, and one of them changed.

/// Name and value, in order.
pub type Form = Vec<(String, String)>;

/// A form of these fields.
pub fn form(fields: &[(&str, &str)]) -> Form {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The same form with one field replaced, or added.
pub fn with(mut form: Form, name: &str, value: &str) -> Form {
    match form.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => value.clone_into(known),
        None => form.push((name.to_owned(), value.to_owned())),
    }
    form
}

/// As a browser sends it.
pub fn encoded(form: &Form) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}
