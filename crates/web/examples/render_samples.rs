//! Renders every page with its samples into a folder, to be looked at:
//! `cargo run -p web --example render_samples -- /tmp/pages`. Public pages in each language.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

use web::page::{Pages, Site};
use web::wording::{LANGUAGES, Wording};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::args().nth(1).ok_or("usage: render_samples FOLDER")?;
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let site: Site = serde_json::from_str(&fs::read_to_string(samples.join("site.json"))?)?;
    let pages = Pages::new(&site, Wording::new(&BTreeMap::new())?, &BTreeMap::new())?;
    let mut folders = vec![samples.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&samples)?.with_extension("").display().to_string();
            if name == "site" {
                continue;
            }
            let context: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
            let template = format!("{}.html", name.split('@').next().unwrap_or(&name));
            for (language, ..) in LANGUAGES {
                let spoken = pages.language(language) == language;
                if !spoken || name.starts_with("officer/") && language != "ja" {
                    continue;
                }
                let file = Path::new(&out).join(format!("{}.{language}.html", name.replace('/', "-")));
                fs::create_dir_all(&out)?;
                fs::write(file, pages.render(&template, language, &context)?)?;
            }
        }
    }
    Ok(())
}
