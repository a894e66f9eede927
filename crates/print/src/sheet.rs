//! Any sheet that is printed: what the child process is asked for, and how each becomes a page.

use serde::{Deserialize, Serialize};

use crate::certificate::Certificate;
use crate::error::PrintError;
use crate::handout::Handout;
use crate::poster::{IssueDate, Poster};
use crate::qr::Code;
use crate::{fonts, typeset};

/// One sheet with its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sheet {
    /// A venue's poster.
    Poster(Poster),
    /// A venue's certificate.
    Certificate(Certificate),
    /// The leaflet or the flyer.
    Handout(Handout),
}

impl From<&Poster> for Sheet {
    fn from(poster: &Poster) -> Self {
        Self::Poster(poster.clone())
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
        let (values, url, description, name, on) = match self {
            Self::Poster(of) => {
                let name = format!("poster {}", of.registration_number);
                (serde_json::to_value(of), &of.url, &of.code_description, name, &of.issued_on)
            }
            Self::Certificate(of) => {
                let name = format!("certificate {} {}", of.registration_number, of.issue);
                (serde_json::to_value(of), &of.url, &of.code_description, name, &of.issued_on)
            }
            Self::Handout(of) => {
                let name = format!("handout {}", of.audience);
                (serde_json::to_value(of), &of.url, &of.code_description, name, &of.issued_on)
            }
        };
        let values = values.map_err(|error| PrintError::Request { message: error.to_string() })?;
        let code = Code::new(url)?.svg(description);
        fonts::check(&values)?;
        let IssueDate { year, month, day, .. } = on;
        typeset::one_page(&typeset::Sheet {
            template,
            values: values.to_string(),
            code,
            identity: format!("tadori {name} {url}"),
            issued_on: (*year, *month, *day),
        })
    }
}
