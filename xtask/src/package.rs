//! The Debian package: the binary, the units, the settings, the documents and the bill of materials.
//!
//! Made with `dpkg-deb` alone; what stands in it is said here, file by file. `TADORI_BINARY` packs a binary that was built
//! elsewhere instead of building one.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sbom;
use crate::step::{Done, Failure, cargo, output, program, root};

/// Where units look for the program when it is installed by hand, and where the package puts it.
const BY_HAND: &str = "/usr/local/bin/tadori";
const PACKAGED: &str = "/usr/bin/tadori";

/// Files as they are: from the repository, to where, with which rights.
const FILES: [(&str, &str, u32); 10] = [
    ("tadori.toml", "etc/tadori/tadori.toml", 0o640),
    ("LICENSE", "usr/share/doc/tadori/copyright", 0o644),
    ("CHANGELOG.md", "usr/share/doc/tadori/CHANGELOG.md", 0o644),
    ("docs/deploying.md", "usr/share/doc/tadori/deploying.md", 0o644),
    ("docs/data-retention.md", "usr/share/doc/tadori/data-retention.md", 0o644),
    ("docs/metrics.md", "usr/share/doc/tadori/metrics.md", 0o644),
    ("contrib/prometheus/alerts.yml", "usr/share/tadori/prometheus/alerts.yml", 0o644),
    ("contrib/debian/conffiles", "DEBIAN/conffiles", 0o644),
    ("contrib/debian/postinst", "DEBIAN/postinst", 0o755),
    ("contrib/debian/postrm", "DEBIAN/postrm", 0o755),
];

/// The step.
pub fn make() -> Result<Done, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let architecture = output(Command::new("dpkg").arg("--print-architecture"), "apt-get install dpkg")?;
    let architecture = architecture.trim();
    let binary = binary()?;
    let stage = root().join("target/package/tadori");
    let _ = std::fs::remove_dir_all(&stage);
    for (from, to, mode) in FILES {
        copy(&root().join(from), &stage.join(to), mode)?;
    }
    copy(&binary, &stage.join(PACKAGED.trim_start_matches('/')), 0o755)?;
    copy(&sbom::make()?, &stage.join("usr/share/doc/tadori/tadori.cdx.json"), 0o644)?;
    for folder in ["docs/units", "docs/alerts"] {
        for file in files(&root().join(folder))? {
            let name = file.file_name().unwrap_or_default();
            let to =
                if folder == "docs/units" { "usr/lib/systemd/system" } else { "usr/share/doc/tadori/alerts" };
            let text = read(&file)?.replace(BY_HAND, PACKAGED);
            write(&stage.join(to).join(name), text.as_bytes(), 0o644)?;
        }
    }
    let size = std::fs::metadata(&binary).map_or(0, |of| of.len()) / 1024 + 1024;
    let control = read(&root().join("contrib/debian/control"))?
        .replace("@VERSION@", version)
        .replace("@ARCHITECTURE@", architecture)
        .replace("@SIZE@", &size.to_string());
    write(&stage.join("DEBIAN/control"), control.as_bytes(), 0o644)?;
    let package = root().join(format!("target/package/tadori_{version}_{architecture}.deb"));
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "--build"]).arg(&stage).arg(&package);
    program(&mut build, "apt-get install dpkg")?;
    println!("   {}", package.display());
    Ok(Done::Checked)
}

fn binary() -> Result<PathBuf, Failure> {
    if let Some(given) = std::env::var_os("TADORI_BINARY") {
        return Ok(PathBuf::from(given));
    }
    let then = "mend what is named above; or TADORI_BINARY=<a built binary> cargo xtask package";
    program(&mut cargo(&["build", "--release", "--locked", "--package", "tadori"]), then)?;
    let metadata =
        output(&mut cargo(&["metadata", "--format-version", "1", "--no-deps"]), "is this the repository?")?;
    let folder = metadata.split_once("\"target_directory\":\"").and_then(|(_, rest)| rest.split_once('"'));
    let folder = folder.map_or_else(|| root().join("target"), |(folder, _)| PathBuf::from(folder));
    Ok(folder.join("release/tadori"))
}

fn wrong(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::new(format!("{path}: {error}"), "is it there, and may it be written?")
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(wrong(path))
}

fn write(to: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(wrong(folder))?;
    }
    std::fs::write(to, bytes).map_err(wrong(to))?;
    std::fs::set_permissions(to, std::fs::Permissions::from_mode(mode)).map_err(wrong(to))
}

fn copy(from: &Path, to: &Path, mode: u32) -> Result<(), Failure> {
    write(to, &std::fs::read(from).map_err(wrong(from))?, mode)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(wrong(folder))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}
