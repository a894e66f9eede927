//! The decision at one venue and day: propose a notice, or decline with the reason.
//!
//! In 2020 hardly any system ever warned anyone, and nobody could see why not. So every visit of every
//! case ends in an [`Outcome`] that a person can read, and the ones that end without a warning say what
//! was missing.

/// What is known of one venue and day when a case touches it.
#[derive(Clone, Copy, Debug)]
pub struct VenueDayFacts {
    /// Whether the day lies in the case's exposure window (OSK-17).
    pub in_window: bool,
    /// Whether its day has been erased.
    pub erased: bool,
    /// How many infected people were there, this case included ([`crate::persons`]).
    pub cases: u32,
    /// How many the table asks for; `None` where it says nothing of this kind of place.
    pub needed: Option<u32>,
    /// How many others would be told: contacts there that day, the cases' own left out.
    pub others: u64,
    /// Whether a notice for this venue and day exists that wasn't declined or stopped.
    pub already_noticed: bool,
    /// The officer's word that the close contacts are known and spoken to.
    pub close_contacts_identified: bool,
}

/// What came of a case's visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A notice is proposed.
    Proposed,
    /// Below the threshold: so many of so many cases.
    BelowThreshold {
        /// Cases there so far.
        cases: u32,
        /// Cases that the table asks for.
        needed: u32,
    },
    /// Nobody else registered there that day.
    NobodyElse,
    /// The visit lies outside the exposure window.
    OutsideWindow,
    /// The place has no code of ours.
    VenueNotRegistered,
    /// The day's check-ins have been erased.
    DayErased,
    /// The table has no row for this category and size.
    NoThreshold,
    /// The close contacts are known: no notice is needed.
    CloseContactsIdentified,
    /// A notice for this venue and day exists already.
    AlreadyNoticed,
    /// The reported addresses weren't used anywhere in the window.
    NoCheckIn,
}

impl Outcome {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::BelowThreshold { .. } => "below_threshold",
            Self::NobodyElse => "nobody_else",
            Self::OutsideWindow => "outside_window",
            Self::VenueNotRegistered => "venue_not_registered",
            Self::DayErased => "day_erased",
            Self::NoThreshold => "no_threshold",
            Self::CloseContactsIdentified => "close_contacts_identified",
            Self::AlreadyNoticed => "already_noticed",
            Self::NoCheckIn => "no_check_in",
        }
    }

    /// The outcome of a stored word and its two figures.
    pub fn from_stored(word: &str, cases: u32, needed: u32) -> Option<Self> {
        Some(match word {
            "proposed" => Self::Proposed,
            "below_threshold" => Self::BelowThreshold { cases, needed },
            "nobody_else" => Self::NobodyElse,
            "outside_window" => Self::OutsideWindow,
            "venue_not_registered" => Self::VenueNotRegistered,
            "day_erased" => Self::DayErased,
            "no_threshold" => Self::NoThreshold,
            "close_contacts_identified" => Self::CloseContactsIdentified,
            "already_noticed" => Self::AlreadyNoticed,
            "no_check_in" => Self::NoCheckIn,
            _ => return None,
        })
    }

    /// The reason in words, for the officer.
    pub fn in_japanese(self) -> String {
        match self {
            Self::Proposed => "お知らせ案を作成しました".into(),
            Self::BelowThreshold { cases, needed } => format!("基準未満です（{needed}人中{cases}人）"),
            Self::NobodyElse => "ほかに登録した人がいません".into(),
            Self::OutsideWindow => "感染可能期間の外です".into(),
            Self::VenueNotRegistered => "登録のない施設です".into(),
            Self::DayErased => "この日の記録は消去済みです".into(),
            Self::NoThreshold => "この業種・規模には基準人数がありません".into(),
            Self::CloseContactsIdentified => "濃厚接触者を特定済みのため、お知らせしません".into(),
            Self::AlreadyNoticed => "この施設・利用日のお知らせはすでにあります".into(),
            Self::NoCheckIn => "期間内に、この連絡先での登録はありません".into(),
        }
    }
}

/// Decides on one venue and day. Pure: the same facts give the same outcome.
///
/// The order is that of usefulness to the officer: what can't be changed first, then what a further case
/// may change.
pub fn decide(facts: &VenueDayFacts) -> Outcome {
    if !facts.in_window {
        return Outcome::OutsideWindow;
    }
    if facts.erased {
        return Outcome::DayErased;
    }
    if facts.already_noticed {
        return Outcome::AlreadyNoticed;
    }
    if facts.close_contacts_identified {
        return Outcome::CloseContactsIdentified;
    }
    let Some(needed) = facts.needed else { return Outcome::NoThreshold };
    if facts.cases < needed {
        return Outcome::BelowThreshold { cases: facts.cases, needed };
    }
    if facts.others == 0 { Outcome::NobodyElse } else { Outcome::Proposed }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REACHED: VenueDayFacts = VenueDayFacts {
        in_window: true,
        erased: false,
        cases: 2,
        needed: Some(2),
        others: 3,
        already_noticed: false,
        close_contacts_identified: false,
    };

    /// OSK-13, E3: n − 1 cases propose nothing, n do (`comparator = "ge"`, REQUIREMENTS section 9, no. 1).
    #[test]
    fn reaching_the_base_number_is_enough() {
        assert_eq!(decide(&REACHED), Outcome::Proposed);
        let below = VenueDayFacts { cases: 1, ..REACHED };
        assert_eq!(decide(&below), Outcome::BelowThreshold { cases: 1, needed: 2 });
    }

    #[test]
    fn each_reason_is_said() {
        let outcome = |change: fn(&mut VenueDayFacts)| {
            let mut facts = REACHED;
            change(&mut facts);
            decide(&facts)
        };
        assert_eq!(outcome(|f| f.in_window = false), Outcome::OutsideWindow);
        assert_eq!(outcome(|f| f.erased = true), Outcome::DayErased);
        assert_eq!(outcome(|f| f.others = 0), Outcome::NobodyElse);
        assert_eq!(outcome(|f| f.needed = None), Outcome::NoThreshold);
        assert_eq!(outcome(|f| f.already_noticed = true), Outcome::AlreadyNoticed);
        assert_eq!(outcome(|f| f.close_contacts_identified = true), Outcome::CloseContactsIdentified);
    }

    /// Exhaustive over the small world: a notice is proposed only when every condition holds.
    #[test]
    fn nothing_is_proposed_unless_everything_holds() {
        let bits = [false, true];
        for (cases, needed, others) in
            (0..4u32).flat_map(|c| (0..4u32).flat_map(move |n| (0..2u64).map(move |o| (c, n, o))))
        {
            for in_window in bits {
                for erased in bits {
                    for already_noticed in bits {
                        for close in bits {
                            let needed = (needed > 0).then_some(needed);
                            let facts = VenueDayFacts {
                                in_window,
                                erased,
                                cases,
                                needed,
                                others,
                                already_noticed,
                                close_contacts_identified: close,
                            };
                            let all = in_window
                                && !erased
                                && !already_noticed
                                && !close
                                && others > 0
                                && needed.is_some_and(|n| cases >= n);
                            assert_eq!(decide(&facts) == Outcome::Proposed, all, "{facts:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn outcomes_are_read_back() {
        let all = [
            Outcome::Proposed,
            Outcome::BelowThreshold { cases: 1, needed: 2 },
            Outcome::NobodyElse,
            Outcome::OutsideWindow,
            Outcome::VenueNotRegistered,
            Outcome::DayErased,
            Outcome::NoThreshold,
            Outcome::CloseContactsIdentified,
            Outcome::AlreadyNoticed,
            Outcome::NoCheckIn,
        ];
        for outcome in all {
            assert_eq!(Outcome::from_stored(outcome.as_str(), 1, 2), Some(outcome));
        }
    }
}
