//! The words after a program's name: options, each with its value; a word that the usage doesn't have is an error.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};

/// What was asked for.
pub struct Words(Vec<String>);

impl Words {
    /// Reads them.
    ///
    /// # Errors
    /// An option that the usage doesn't name, or one without a value.
    pub fn read(words: impl Iterator<Item = String>, usage: &str) -> anyhow::Result<Self> {
        let words: Vec<String> = words.collect();
        for pair in words.chunks(2) {
            let known = usage.split(['[', ' ']).any(|word| word == pair[0]);
            ensure!(
                known && pair[0].starts_with("--") && pair.len() == 2,
                "{}: not an option with its value",
                pair[0]
            );
        }
        Ok(Self(words))
    }

    /// The value of an option.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.chunks(2).find(|pair| pair[0] == name).map(|pair| pair[1].as_str())
    }

    /// The same as a number.
    ///
    /// # Errors
    /// If it is none.
    pub fn number(&self, name: &str, otherwise: u64) -> anyhow::Result<u64> {
        self.value(name).map_or(Ok(otherwise), |text| text.parse().with_context(|| format!("{name} {text}")))
    }

    /// The program that is tried: `--program`, or the one that lies beside this one.
    ///
    /// # Errors
    /// If nobody knows where this one lies.
    pub fn program(&self) -> anyhow::Result<PathBuf> {
        let beside = std::env::current_exe()?.with_file_name("tadori");
        Ok(self.value("--program").map_or(beside, PathBuf::from))
    }

    /// Whether the databases are to be PostgreSQL's.
    ///
    /// # Errors
    /// If the engine is neither of both.
    pub fn postgres(&self) -> anyhow::Result<bool> {
        match self.value("--engine") {
            None | Some("sqlite") => Ok(false),
            Some("postgres" | "postgresql") => Ok(true),
            Some(other) => anyhow::bail!("--engine {other}: sqlite or postgresql"),
        }
    }

    /// All of them, as they were written.
    pub fn said(&self) -> String {
        self.0.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USAGE: &str = "usage: x [--seconds <each>] [--engine <sqlite>]";

    fn words(text: &str) -> anyhow::Result<Words> {
        Words::read(text.split_whitespace().map(str::to_owned), USAGE)
    }

    #[test]
    fn an_option_has_a_value_and_is_known() {
        let read = words("--seconds 7 --engine postgresql").unwrap();
        assert_eq!((read.number("--seconds", 1).unwrap(), read.postgres().unwrap()), (7, true));
        assert!(!words("").unwrap().postgres().unwrap());
        for wrong in ["--seconds", "--minutes 7", "7 --seconds", "usage: x"] {
            assert!(words(wrong).is_err(), "{wrong}");
        }
        assert!(words("--seconds x").unwrap().number("--seconds", 1).is_err());
    }
}
