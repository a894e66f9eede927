//! `tadori jurisdiction`: looks at packs, and begins new ones.

mod examples;
mod show;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::policy::pack::Pack;
use domain::policy::schema;
use web::page_check::{self, PackFaults};
use web::print_check;

use crate::commands::serve::renderer;
use crate::{packs, say};

// Its comments are `tadori jurisdiction --help`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    act: PackAct,
}

#[derive(clap::Subcommand)]
enum PackAct {
    /// Checks one whole, renders its pages and prints each of its sheets once, and says everything that is wrong with it.
    Check {
        /// The name of a built-in jurisdiction, or a folder.
        pack: String,
    },
    /// Prints the rules in force as a person reads them: values, promises, mails, thresholds, version.
    Show {
        /// The name of a built-in jurisdiction, or a folder.
        pack: String,
        /// The language of promises and mails.
        #[arg(long, default_value = "ja")]
        language: String,
    },
    /// Lists the built-in ones.
    List,
    /// Prints the JSON schema of a file, for editors.
    Schema {
        /// Which file: jurisdiction, thresholds, faq, certificate or disease.
        #[arg(long, default_value = "jurisdiction", value_parser = schema::FILES)]
        file: String,
    },
    /// Begins a new one: a folder with every file, to be filled in.
    New {
        /// Its name: small letters, digits and hyphens.
        id: String,
        /// Which built-in jurisdiction it begins as.
        #[arg(long, default_value = "blank")]
        like: String,
        /// In which folder its own is made.
        #[arg(long, default_value = "jurisdictions")]
        into: PathBuf,
    },
}

/// Runs it.
///
/// # Errors
/// Everything that is wrong with the pack.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.act {
        PackAct::Check { pack } => {
            let loaded = packs::load(&pack)?;
            print(&loaded)?;
            say!(
                "{} ({}): in order, version {}",
                loaded.policy.jurisdiction.id,
                loaded.policy.jurisdiction.name,
                loaded.version
            )?;
            examples::notice(&loaded).into_iter().try_for_each(|line| say!("{line}"))
        }
        PackAct::Show { pack, language } => show::show(&packs::load(&pack)?, &language),
        PackAct::Schema { file } => {
            let schema = schema::schema(&file).context("no such file")?;
            say!("{}", serde_json::to_string_pretty(&schema)?)
        }
        PackAct::List => packs::built_in().try_for_each(|name| say!("{name}")),
        PackAct::New { id, like, into } => {
            let folder = begin(&id, &like, &into)?;
            let folder = folder.display();
            say!("Made {folder}. Next:")?;
            say!("  edit {folder}/jurisdiction.toml")?;
            say!("  tadori jurisdiction check {folder}")?;
            say!("  tadori demo --jurisdiction {folder}")
        }
    }
}

/// Renders each page and each sheet with sample values, sheets in the child process that the server uses.
fn print(pack: &Pack) -> anyhow::Result<()> {
    let known = print_check::TEMPLATES.map(|name| format!("print/{name}"));
    let mut faults: Vec<String> = pack
        .files
        .keys()
        .filter(|name| name.starts_with("print/") && !known.contains(name))
        .map(|name| format!("  {name}: unknown; known are {}", print_check::TEMPLATES.join(", ")))
        .collect();
    if let Err(PackFaults(pages)) = page_check::check(pack) {
        faults.extend(pages.iter().map(|fault| format!("  {fault}")));
    }
    let (renderer, mut rendered) = (renderer()?, Vec::new());
    for trial in print_check::trials(pack)? {
        // Where a template has several sheets the first is the fullest; of the others, each character counts.
        let outcome = if rendered.contains(&trial.name) {
            trial.sheet.check()
        } else {
            rendered.push(trial.name);
            renderer.render(&trial.template, trial.sheet).map(drop)
        };
        if let Err(error) = outcome {
            let about = if trial.about.is_empty() { String::new() } else { format!(" ({})", trial.about) };
            faults.push(format!("  {}{about}: {error}", trial.name));
        }
    }
    let id = &pack.policy.jurisdiction.id;
    anyhow::ensure!(faults.is_empty(), "jurisdiction {id}:\n{}", faults.join("\n"));
    Ok(())
}

/// Writes a built-in pack's files into a folder of their own, under another name.
fn begin(id: &str, like: &str, into: &Path) -> anyhow::Result<PathBuf> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    anyhow::ensure!(
        !id.is_empty() && id.len() <= 40 && id.chars().all(letters),
        "{id:?} can't be a name: small letters, digits and hyphens, at most 40"
    );
    let files = packs::files(like).with_context(|| {
        let known: Vec<&str> = packs::built_in().collect();
        format!("{like:?} is not built in; known are {}", known.join(", "))
    })?;
    let folder = into.join(id);
    anyhow::ensure!(!folder.exists(), "{} is there already", folder.display());
    for (name, text) in files {
        let path = folder.join(&name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        }
        let text = text
            .replace(&format!("id = {like:?}"), &format!("id = {id:?}"))
            .replace("#:schema ../../docs/schema/", "#:schema .schema/");
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    write_schemas(&folder.join(SCHEMAS))?;
    Ok(folder)
}

/// Where a folder of one's own keeps the schemas that its files name; no part of the pack.
const SCHEMAS: &str = ".schema";

fn write_schemas(into: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(into).with_context(|| into.display().to_string())?;
    for (file, schema) in schema::FILES.iter().filter_map(|file| Some((file, schema::schema(file)?))) {
        let path = into.join(format!("{file}.json"));
        let text = format!("{}\n", serde_json::to_string_pretty(&schema)?);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new prefecture needs no Rust: what is begun from any built-in pack is whole under its own name.
    #[test]
    fn what_is_begun_is_whole() {
        for like in packs::built_in() {
            let into = tempfile::tempdir().unwrap();
            let folder = begin("an-eighth", like, into.path()).unwrap();
            let pack = packs::load(&folder.display().to_string()).unwrap();
            assert_eq!(pack.policy.jurisdiction.id, "an-eighth");
            for (name, text) in pack.files.iter().filter(|(name, _)| name.ends_with(".toml")) {
                let schema = text.lines().next().and_then(|line| line.strip_prefix("#:schema "));
                assert!(folder.join(schema.unwrap()).is_file(), "{like}: {name}: {schema:?}");
            }
            let again = begin("an-eighth", like, into.path()).unwrap_err();
            assert!(again.to_string().contains("there already"), "{again}");
        }
    }

    #[test]
    fn a_name_that_is_none_makes_nothing() {
        let into = tempfile::tempdir().unwrap();
        for id in ["", "..", "a/b", "Eighth", "八番目", &"x".repeat(41)] {
            assert!(begin(id, "blank", into.path()).is_err(), "{id}");
        }
        let unknown = begin("an-eighth", "nowhere", into.path()).unwrap_err();
        assert!(unknown.to_string().contains("known are"), "{unknown}");
        assert_eq!(std::fs::read_dir(into.path()).unwrap().count(), 0);
    }
}
