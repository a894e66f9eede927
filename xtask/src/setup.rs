//! What the tests need beyond cargo: finds it, or installs it, or says what to install.
//!
//! Installing happens only where it can harm nobody: as root on a machine with apt-get, which is what a
//! container and CI are. Elsewhere the step prints the line to copy. A mail server's package would start
//! its service; a policy file forbids that while we install, for the tests start their own in a folder
//! and on a port of theirs.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{Done, Failure, Step, output, program};

/// For which tests.
#[derive(Clone, Copy)]
pub enum Extent {
    /// Every test.
    All,
    /// All but the browser's.
    WithoutBrowser,
}

/// Something that tests call by name.
struct Need {
    /// What it is for.
    purpose: &'static str,
    /// Any one of these programs will do.
    programs: &'static [&'static str],
    /// Debian's package of it.
    package: &'static str,
    /// Only the browser tests want it.
    browser: bool,
}

const NEEDS: &[Need] = &[
    Need {
        purpose: "a mail server, for the conversation in the end-to-end test",
        programs: &["exim4"],
        package: "exim4-daemon-light",
        browser: false,
    },
    Need {
        purpose: "posters as pictures, for reading their code back",
        programs: &["pdftoppm"],
        package: "poppler-utils",
        browser: false,
    },
    Need {
        purpose: "fonts and pages of a poster",
        programs: &["pdfinfo"],
        package: "poppler-utils",
        browser: false,
    },
    Need { purpose: "text of a poster", programs: &["pdftotext"], package: "poppler-utils", browser: false },
    Need {
        purpose: "a database server, for the suite of the store",
        programs: &["initdb"],
        package: "postgresql",
        browser: false,
    },
    Need { purpose: "a browser", programs: BROWSERS, package: "chromium", browser: true },
    Need {
        purpose: "the browser's driver, playwright-core",
        programs: &["node"],
        package: "nodejs",
        browser: true,
    },
    Need { purpose: "to fetch playwright-core", programs: &["npm"], package: "npm", browser: true },
];

const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// The oldest Node.js that playwright-core runs on.
const NODE: u32 = 20;

/// The package with Japanese glyphs, so that screenshots show words and not boxes.
const FONT_PACKAGE: &str = "fonts-noto-cjk";

/// The step.
pub fn step(extent: Extent) -> Step {
    match extent {
        Extent::All => Step { name: "set-up", act: || set_up(true) },
        Extent::WithoutBrowser => Step { name: "set-up", act: || set_up(false) },
    }
}

/// Where a program is, in `PATH`, in the folders of system programs that `PATH` often lacks, or where Debian
/// keeps the programs of a database server.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let servers = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    std::env::split_paths(&path)
        .chain(system)
        .chain(servers.map(|version| version.path().join("bin")))
        .map(|folder| folder.join(program))
        .find(|file| is_program(file))
}

/// Where the browser is.
pub fn browser() -> Option<PathBuf> {
    BROWSERS.iter().find_map(|name| find(name))
}

fn set_up(browser: bool) -> Result<Done, Failure> {
    let missing = missing(browser);
    if missing.is_empty() {
        return node_is_new_enough(browser);
    }
    for (purpose, package) in &missing {
        println!("   missing: {package} ({purpose})");
    }
    let mut packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    packages.dedup();
    let by_hand = instructions(&packages);
    if find("apt-get").is_none() || !is_root() {
        return Err(Failure::new("programs that the tests need are missing", by_hand));
    }
    install(&packages, &by_hand)?;
    match self::missing(browser).first() {
        None => node_is_new_enough(browser),
        Some((purpose, package)) => {
            let what = format!("{package} was installed, yet {purpose} is still not to be found");
            Err(Failure::new(what, by_hand))
        }
    }
}

fn node_is_new_enough(browser: bool) -> Result<Done, Failure> {
    if !browser {
        return Ok(Done::Checked);
    }
    let then = format!("install Node.js {NODE} or newer, then again: cargo xtask setup");
    let said = output(Command::new("node").arg("--version"), &then)?;
    let major =
        said.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE => Ok(Done::Checked),
        _ => Err(Failure::new(format!("Node.js is {}, and playwright-core wants {NODE}", said.trim()), then)),
    }
}

/// Purpose and package of each need that isn't met, packages next to their like.
fn missing(browser: bool) -> Vec<(&'static str, &'static str)> {
    let mut missing: Vec<(&str, &str)> = NEEDS
        .iter()
        .filter(|need| browser || !need.browser)
        .filter(|need| need.programs.iter().all(|program| find(program).is_none()))
        .map(|need| (need.purpose, need.package))
        .collect();
    if browser && !has_japanese_font() {
        missing.push(("Japanese letters on screenshots", FONT_PACKAGE));
    }
    missing
}

fn instructions(packages: &[&str]) -> String {
    let packages = packages.join(" ");
    format!(
        "on Debian or Ubuntu: sudo apt-get update && sudo apt-get install --no-install-recommends {packages}\n\
         elsewhere, the packages of the same purpose; Node.js must be 20 or newer\n\
         then again: cargo xtask setup"
    )
}

fn install(packages: &[&str], by_hand: &str) -> Result<(), Failure> {
    let _quiet = NoServices::declare();
    let mut words = vec!["install", "--yes", "--no-install-recommends"];
    words.extend(packages);
    let then = format!("the package manager's own words are above; by hand:\n{by_hand}");
    if program(&mut apt_get(&words), &then).is_ok() {
        return Ok(());
    }
    // The list of packages is older than the archive, or there is none yet.
    program(&mut apt_get(&["update"]), &then)?;
    program(&mut apt_get(&words), &then)
}

fn apt_get(words: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(["-q", "-o", "DPkg::Lock::Timeout=300"])
        .args(words)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// While it lives, Debian's packages start no services.
struct NoServices {
    policy: Option<PathBuf>,
}

impl NoServices {
    /// Writes the policy, unless the machine has one of its own; that one is left alone.
    fn declare() -> Self {
        let policy = PathBuf::from("/usr/sbin/policy-rc.d");
        let ours = !policy.exists()
            && std::fs::write(&policy, "#!/bin/sh\nexit 101\n").is_ok()
            && std::fs::set_permissions(&policy, std::fs::Permissions::from_mode(0o755)).is_ok();
        Self { policy: ours.then_some(policy) }
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(policy) = &self.policy
            && let Err(error) = std::fs::remove_file(policy)
        {
            println!(
                "   {} could not be removed, and keeps services from starting: {error}",
                policy.display()
            );
        }
    }
}

fn has_japanese_font() -> bool {
    let list = output(Command::new("fc-list").arg(":lang=ja"), "");
    list.is_ok_and(|fonts| !fonts.trim().is_empty())
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u"), "").is_ok_and(|id| id.trim() == "0")
}

fn is_program(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}
