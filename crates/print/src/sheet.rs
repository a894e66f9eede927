//! Any sheet that is printed: what the child process is asked for, and how each becomes a page.

use serde::{Deserialize, Serialize};

use crate::certificate::Certificate;
use crate::discard::Discard;
use crate::error::PrintError;
use crate::handout::Handout;
use crate::poster::{IssueDate, Poster};
use crate::qr::Code;
use crate::{fonts, typeset};

/// What is printed into one file, with its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sheet {
    /// A venue's poster.
    Poster(Poster),
    /// Several posters in one file, a page each: a venue's and those of its rooms.
    Posters(Vec<Poster>),
    /// The sheet that ends a code.
    Discard(Discard),
    /// A venue's certificate.
    Certificate(Certificate),
    /// The leaflet or the flyer.
    Handout(Handout),
    /// Another sheet, as a picture (SVG) of its first page: to be looked at on a web page.
    Preview(Box<Self>),
}

impl From<&Poster> for Sheet {
    fn from(poster: &Poster) -> Self {
        Self::Poster(poster.clone())
    }
}

impl From<&Discard> for Sheet {
    fn from(discard: &Discard) -> Self {
        Self::Discard(discard.clone())
    }
}

impl From<&Certificate> for Sheet {
    fn from(certificate: &Certificate) -> Self {
        Self::Certificate(certificate.clone())
    }
}

impl From<&Handout> for Sheet {
    fn from(handout: &Handout) -> Self {
        Self::Handout(handout.clone())
    }
}

impl Sheet {
    /// Whether the fonts draw every character of the values; the first that they don't.
    ///
    /// # Errors
    /// [`PrintError::MissingGlyph`]
    pub fn check(&self) -> Result<(), PrintError> {
        let values =
            serde_json::to_value(self).map_err(|error| PrintError::Request { message: error.to_string() })?;
        fonts::check(&values)
    }

    /// Renders the sheet in this process, without bounds on memory and time.
    ///
    /// A server calls [`crate::sandbox::Renderer::render`] instead: a template can take all memory,
    /// and the process with it.
    ///
    /// # Errors
    /// Every [`PrintError`] but those of the child process.
    pub fn render(&self, template: &str) -> Result<Vec<u8>, PrintError> {
        match self {
            Self::Preview(of) => typeset::picture(&of.pages(template)?),
            _ => typeset::sheets(&self.pages(template)?),
        }
    }

    fn pages<'a>(&self, template: &'a str) -> Result<Vec<typeset::Sheet<'a>>, PrintError> {
        Ok(match self {
            Self::Poster(of) => vec![poster(of, template)?],
            Self::Posters(all) => all.iter().map(|of| poster(of, template)).collect::<Result<_, _>>()?,
            Self::Discard(of) => {
                // It has no code: what is scanned from it would be the wrong one.
                let name = format!("discard {}", of.registration_number);
                vec![page(template, of, None, &name, &of.issued_on)?]
            }
            Self::Certificate(of) => {
                let name = format!("certificate {} {}", of.registration_number, of.issue);
                vec![page(template, of, Some((&of.url, &of.code_description)), &name, &of.issued_on)?]
            }
            Self::Handout(of) => {
                let name = format!("handout {}", of.audience);
                vec![page(template, of, Some((&of.url, &of.code_description)), &name, &of.issued_on)?]
            }
            Self::Preview(of) => of.pages(template)?,
        })
    }
}

fn poster<'a>(of: &Poster, template: &'a str) -> Result<typeset::Sheet<'a>, PrintError> {
    let name = format!("poster {}", of.registration_number);
    page(template, of, Some((&of.url, &of.code_description)), &name, &of.issued_on)
}

/// One page: its values, and the code of an address with what is said of it, if it has one.
fn page<'a>(
    template: &'a str,
    values: &impl Serialize,
    code: Option<(&str, &str)>,
    name: &str,
    on: &IssueDate,
) -> Result<typeset::Sheet<'a>, PrintError> {
    let values =
        serde_json::to_value(values).map_err(|error| PrintError::Request { message: error.to_string() })?;
    let (code, identity) = match code {
        Some((url, description)) => (Code::new(url)?.svg(description), format!("tadori {name} {url}")),
        None => (String::new(), format!("tadori {name}")),
    };
    fonts::check(&values)?;
    Ok(typeset::Sheet {
        template,
        values: values.to_string(),
        code,
        identity,
        issued_on: (on.year, on.month, on.day),
    })
}

impl Poster {
    /// Renders the poster in this process: see [`Sheet::render`].
    ///
    /// # Errors
    /// Every [`PrintError`] but those of the child process.
    pub fn render(&self, template: &str) -> Result<Vec<u8>, PrintError> {
        Sheet::from(self).render(template)
    }
}

impl Discard {
    /// Renders the sheet in this process: see [`Sheet::render`].
    ///
    /// # Errors
    /// Every [`PrintError`] but those of the child process.
    pub fn render(&self, template: &str) -> Result<Vec<u8>, PrintError> {
        Sheet::from(self).render(template)
    }
}
