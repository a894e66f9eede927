//! Forms: what was typed, kept as it was typed, and what is wrong with it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::Response;
use domain::check_in::{CheckInNonce, FORM_LIFE};
use domain::contact::EmailError;
use domain::text::TextError;
use serde_json::{Map, Value, json};
use zeroize::Zeroize as _;

use crate::error::{Door, error_page};
use crate::state::{Common, Console, Public};

/// The fields of a submitted form, in order; a field may stand there several times.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Fields that came another way: a line of a table, the parts of a form with a file.
    pub fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// A field as it was typed; empty if it wasn't sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Every value of a repeated field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Every field but these, to be carried to a form's next page.
    pub fn others(&self, without: &[&str]) -> Value {
        let others = self.0.iter().filter(|(name, _)| !without.contains(&name.as_str()));
        others.map(|(name, value)| json!({ "name": name, "value": value })).collect()
    }

    /// What to show again, for a list of fields.
    pub fn kept(&self, names: &[&str]) -> Value {
        Value::Object(
            names.iter().map(|name| ((*name).to_owned(), json!(self.get(name)))).collect::<Map<_, _>>(),
        )
    }

    async fn read(request: Request, common: &Common, door: Door) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let lang = crate::answer::language(common, &parts.uri, &parts.headers);
        let request = Request::from_parts(parts, body);
        match Bytes::from_request(request, &()).await {
            Ok(bytes) => Ok(Self(form_urlencoded::parse(&bytes).into_owned().collect())),
            Err(_) => Err(error_page(common, StatusCode::PAYLOAD_TOO_LARGE, lang, "too-large", door)),
        }
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        // A form may hold addresses and passwords: overwritten rather than left in freed memory.
        for (_, value) in &mut self.0 {
            value.zeroize();
        }
    }
}

impl FromRequest<Public> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &Public) -> Result<Self, Response> {
        Self::read(request, &state.0.common, Door::Public).await
    }
}

impl FromRequest<Console> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &Console) -> Result<Self, Response> {
        Self::read(request, &state.0.common, Door::Console).await
    }
}

/// The page's language, for handlers.
pub(crate) struct Lang(pub &'static str);

impl axum::extract::FromRequestParts<Public> for Lang {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &Public,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(crate::answer::language(&state.0.common, &parts.uri, &parts.headers)))
    }
}

/// What is wrong with a form, in the order of its fields.
#[derive(Default)]
pub(crate) struct Errors(Vec<(String, String)>);

impl Errors {
    /// Says what is wrong with a field.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push((field.into(), message.into()));
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each field and what is wrong with it.
    pub fn each(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(field, message)| (field.as_str(), message.as_str())).collect()
    }

    /// For templates: `errors`.
    pub fn list(&self) -> Value {
        self.0.iter().map(|(field, message)| json!({ "field": field, "message": message })).collect()
    }

    /// For templates: `error_for`.
    pub fn by_field(&self) -> Value {
        Value::Object(
            self.0
                .iter()
                .rev()
                .map(|(field, message)| (field.clone(), json!(message)))
                .collect::<Map<_, _>>(),
        )
    }
}

/// Words in the page's language.
pub(crate) struct Say<'a> {
    pub common: &'a Common,
    pub lang: &'a str,
}

impl Say<'_> {
    /// A message.
    pub fn text(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.common.pages.wording().text(self.lang, key, values).unwrap_or_else(|_| key.to_owned())
    }

    /// What is wrong with an e-mail address.
    pub fn email(&self, error: EmailError) -> String {
        let key = match error {
            EmailError::Missing => "error-email-missing",
            EmailError::TooLong => "error-email-too-long",
            _ => "error-email-malformed",
        };
        self.text(key, &[])
    }

    /// What is wrong with a line of text in the field labelled `label_key`.
    pub fn line(&self, error: TextError, label_key: &str) -> String {
        let field = self.text(label_key, &[]);
        match error {
            TextError::Missing => self.text("error-field-missing", &[("field", &field)]),
            TextError::TooLong(limit) => {
                self.text("error-too-long", &[("field", &field), ("limit", &limit.to_string())])
            }
            TextError::Invisible(_) => self.text("error-invisible", &[("field", &field)]),
            TextError::PrivateUse(_) => self.text("error-private-use", &[("field", &field)]),
            TextError::Formula(c) => {
                self.text("error-formula", &[("field", &field), ("character", &c.to_string())])
            }
        }
    }
}

/// A new form's nonce, signed for its purpose.
pub(crate) fn issue(common: &Common, bound_to: &[u8]) -> String {
    let nonce = CheckInNonce::issue(common.clock.now(), common.randomness.bytes());
    common.forms.sign(&nonce, bound_to)
}

/// The nonce of a submitted form, if we issued it for this purpose and not too long ago.
pub(crate) fn accepted(common: &Common, fields: &Fields, bound_to: &[u8]) -> Option<CheckInNonce> {
    let nonce = common.forms.verify(fields.get("nonce"), bound_to)?;
    (common.clock.now().since(nonce.issued_at()) <= FORM_LIFE).then_some(nonce)
}

/// The nonce to put into the page shown again: the same one while it is good, so that the form stays one.
pub(crate) fn reissue(common: &Common, fields: &Fields, bound_to: &[u8]) -> String {
    match accepted(common, fields, bound_to) {
        Some(_) => fields.get("nonce").to_owned(),
        None => issue(common, bound_to),
    }
}
