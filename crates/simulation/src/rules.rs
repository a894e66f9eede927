//! The rules under which a life is lived: one pack that ships, in a few variations that a seed chooses among.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use domain::policy::pack::{Pack, PackFiles};

use crate::dice::Dice;
use crate::install::Installed;

/// A variation of the rules, as the model knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rules {
    /// Minutes for which an approved notice is held.
    pub hold: u32,
    /// How many officers approve an alert.
    pub approvals: u32,
    /// Whether an alert names place and day: then it is a message for each.
    pub names_place: bool,
    /// For how many days a check-in is kept.
    pub keep: u32,
    /// The hour at which a day begins.
    pub boundary: u8,
    /// Whether visitors register by LINE too.
    pub line: bool,
    /// Whether they register by the app too.
    pub push: bool,
    /// Whether a case is told of its own notice (E20).
    pub tells_case: bool,
    /// Whether who was there at the same time is told, and not everyone of the day.
    pub by_band: bool,
}

/// Minutes of a stay, where visits are matched by time band.
const STAY: u32 = 240;

impl Rules {
    /// One of 40 variations. Every fourth seed, and every fourth of the long ones, matches by time band, whatever the dice say,
    /// and as many have the app: others live as they did before there were bands and browsers.
    pub fn of(seed: u64, dice: &mut Dice) -> Self {
        let number = dice.below(16);
        let by_band = seed % 4 == 3 || seed % 128 == 96 || seed % 512 == 384;
        let push = seed % 4 == 1 || seed % 128 == 32;
        let bit = |at: usize| number >> at & 1 == 1;
        Self {
            hold: if bit(0) { 10 } else { 0 },
            approvals: if bit(1) { 2 } else { 1 },
            names_place: bit(2) && bit(0) && !by_band,
            keep: if bit(0) { 14 } else { 21 },
            boundary: if bit(1) { 5 } else { 0 },
            line: bit(3),
            push,
            tells_case: bit(2) && bit(1),
            by_band,
        }
    }

    /// The hold.
    pub fn held(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.hold))
    }

    fn changed(&self, policy: &str) -> String {
        let mut policy = policy.to_owned();
        let mut change = |from: &str, to: String| {
            assert!(policy.contains(from), "{from:?} is not in the pack");
            policy = policy.replacen(from, &to, 1);
        };
        change("hold_minutes = 10", format!("hold_minutes = {}", self.hold));
        let tells = format!("exclude_index_contact = {}", !self.tells_case);
        change("approvals_alert = 1", format!("approvals_alert = {}\n{tells}", self.approvals));
        if self.names_place {
            change("naming_alert = \"none\"", "naming_alert = \"venue_and_date\"".to_owned());
        }
        change("retention_months = 2", format!("retention_days = {}", self.keep));
        change("day_boundary_hour = 0", format!("day_boundary_hour = {}", self.boundary));
        if self.by_band {
            change("match = \"day\"", format!("match = \"time_band\"\ntime_band_minutes = {STAY}"));
        }
        let ways = [(self.line, "\"line\", "), (self.push, "\"app_pwa\", ")];
        let ways: String = ways.iter().filter(|(on, _)| *on).map(|(_, way)| *way).collect();
        if !ways.is_empty() {
            let channels =
                format!("[channels]\nenabled = [{ways}\"web_email\"]\nuser_choice = true\n\n[check_in]");
            change("[check_in]", channels);
        }
        policy
    }
}

/// Installations that lives begin on, one a variation.
#[derive(Default)]
pub struct Installations(BTreeMap<Rules, Rc<Installed>>);

impl Installations {
    /// The installation of these rules.
    pub async fn of(&mut self, rules: Rules) -> Rc<Installed> {
        if let Some(there) = self.0.get(&rules) {
            return Rc::clone(there);
        }
        let new = Rc::new(Installed::new(rules, Arc::new(read(rules))).await);
        Rc::clone(self.0.entry(rules).or_insert(new))
    }
}

fn read(rules: Rules) -> Pack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../jurisdictions/osaka");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the pack that ships");
    let mut files = PackFiles::new();
    files.insert("thresholds.toml".to_owned(), text("thresholds.toml"));
    files.insert("jurisdiction.toml".to_owned(), rules.changed(&text("jurisdiction.toml")));
    match Pack::parse(files) {
        Ok(pack) => pack,
        Err(errors) => panic!("{errors:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_variation_is_a_whole_pack() {
        let variations: BTreeSet<Rules> =
            (0..200).map(|seed| Rules::of(seed, &mut Dice::new(seed))).collect();
        for rules in &variations {
            assert_eq!(read(*rules).policy.notices.hold(), rules.held());
        }
        assert!(variations.len() >= 32, "{}", variations.len());
    }
}
