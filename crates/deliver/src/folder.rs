//! Messages as files, one `.eml` each: a rehearsal without a mail server.
//!
//! A mail program opens them; an officer can read what would have been sent. A file is named after the
//! message's constant identity and appears whole or not at all, so a repeat replaces it. The files hold
//! addresses: only the account that Tadori runs as can read them, and whoever rehearses deletes them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use domain::message::{Mail, Sender};

use crate::Receipt;
use crate::error::{DeliveryError, Stage, Unreachable};
use crate::mime;

/// A folder that messages are written into.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Into `folder`, which must exist when the first message is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    pub(crate) async fn deliver(&self, mail: &Mail, sender: &Sender) -> Result<Receipt, DeliveryError> {
        let eml = mime::eml(mail, sender)?;
        let name = format!("{}.eml", mail.id);
        let (folder, file) = (self.0.clone(), name.clone());
        let written = tokio::task::spawn_blocking(move || write(&folder, &file, &eml)).await;
        match written.map_err(io::Error::other).and_then(|result| result) {
            Ok(()) => Ok(Receipt { reply: name }),
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                Err(DeliveryError::Transient { at: Stage::Content, reply: error.kind().to_string() })
            }
            Err(error) => Err(DeliveryError::Unreachable(Unreachable::Folder(error.kind()))),
        }
    }
}

/// A temporary file is made readable by its owner only.
fn write(folder: &Path, name: &str, eml: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(eml)?;
    file.persist(folder.join(name))?;
    Ok(())
}
