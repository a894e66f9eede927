//! Who may read and write the files: what docs/deploying.md gives, looked at again.
//!
//! What isn't there, or can't be seen by who asks, is passed over: a machine that only serves has no ring.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::config::{Config, Engine};

/// Rights of everybody but the owner.
const GROUP_AND_OTHERS: u32 = 0o077;

/// Rights of everybody but owner and group.
const OTHERS: u32 = 0o007;

/// Rights to write of everybody but the owner.
const TO_WRITE: u32 = 0o022;

/// Looks at what opens something, and at the settings that say which ring is believed.
///
/// # Errors
/// What somebody else may read or change.
pub fn of_secrets(config: &Config, settings: &Path, has_line: bool) -> Result<String, String> {
    let (ring, key_file) = (&config.keys.ring, &config.keys.key_file);
    let mut of_worker = vec![ring.clone(), key_file.clone()];
    of_worker.extend(files_of(ring));
    let mut wrong = Vec::new();
    // Files that another user left in the ring, as `keys rotate` run by root does, stop the worker.
    if let Some(owner) = seen(ring).map(|folder| folder.uid()) {
        wrong.extend(
            of_worker
                .iter()
                .filter(|path| seen(path).is_some_and(|of| of.uid() != owner))
                .map(|path| format!("{} belongs to another user than the ring's folder", path.display())),
        );
    }
    let mail = &config.mail;
    if !mail.username.is_empty() {
        of_worker.push(mail.password_file.clone());
    }
    if has_line {
        of_worker.push(config.line.token_file.clone());
        wrong.extend(has(&config.line.secret_file, OTHERS, "for owner and group only"));
    }
    wrong.extend(of_worker.iter().filter_map(|path| has(path, GROUP_AND_OTHERS, "for its owner only")));
    wrong.extend(has(&config.keys.web_secret, OTHERS, "for owner and group only"));
    // Passwords stand in the addresses of databases.
    if config.store.engine == Engine::Postgres {
        let files = [&config.store.intake_url_file, &config.store.office_url_file];
        wrong.extend(files.iter().filter_map(|file| has(file, OTHERS, "for owner and group only")));
    }
    wrong.extend(has(settings, TO_WRITE, "for its owner to write"));
    said(wrong, "secrets are for those only whom they concern")
}

/// Looks at the databases: worker and doors are different users of one group.
///
/// # Errors
/// What not all of them may write, or somebody else may read.
pub fn of_databases(root: &Path) -> Result<String, String> {
    let mut wrong = Vec::new();
    for folder in ["intake", "intake/day", "office", "office/index"].map(|folder| root.join(folder)) {
        let Some(of_folder) = seen(&folder) else { continue };
        wrong.extend(has(&folder, OTHERS, "for owner and group only"));
        for file in files_of(&folder) {
            wrong.extend(has(&file, OTHERS, "for owner and group only"));
            let shared = |of: &Metadata| of.mode() & 0o660 == 0o660 && of.gid() == of_folder.gid();
            if seen(&file).is_some_and(|of| !shared(&of)) {
                wrong.push(format!("{} isn't for its folder's group to write", file.display()));
            }
        }
    }
    said(wrong, "databases are for their groups, and for nobody else")
}

fn seen(path: &Path) -> Option<Metadata> {
    fs::metadata(path).ok()
}

/// The files right in a folder.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Says so, where a file has any of these rights.
fn has(path: &Path, rights: u32, should: &str) -> Option<String> {
    let mode = seen(path)?.mode() & 0o777;
    (mode & rights != 0).then(|| format!("{} has mode {mode:04o} and should be {should}", path.display()))
}

fn said(wrong: Vec<String>, fine: &str) -> Result<String, String> {
    if wrong.is_empty() { Ok(fine.to_owned()) } else { Err(wrong.join("; ")) }
}
