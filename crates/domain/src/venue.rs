//! A venue: a shop, facility, room or event with one QR code.
//!
//! What the public may know of it (name, category, address) is plain; who operates it is sealed
//! ([`crate::operator`]). A [`VenueCode`] that parsed is valid; a [`VenueName`] that parsed can be printed.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::held::Held;
use crate::id::{self, VenueId};
use crate::service_day::ServiceDay;
use crate::text::{self, TextError};

/// What stands in the QR code: 128 random bits and a check, 27 Crockford symbols.
///
/// The check is the value modulo 127, in the last seven bits. 127 is prime and no power of 32 is a
/// multiple of it, so every single mistyped symbol and every swap of neighbours in the random part is
/// noticed, and a guessed address is refused without asking the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VenueCode(u128);

impl VenueCode {
    const SYMBOLS: usize = 27;

    /// From 16 random bytes.
    pub const fn from_random(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// Reads a code from an address: any case, Crockford's look-alikes folded.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != Self::SYMBOLS {
            return None;
        }
        // 135 bits don't fit 128: the first 25 symbols and 3 bits of the 26th are the value.
        let head = id::read_base32(text.get(..25)?)?;
        let (next, last) = (id::symbol(bytes[25])?, id::symbol(bytes[26])?);
        let value = (head << 3) | u128::from(next >> 2);
        let check = (u128::from(next & 3) << 5) | u128::from(last);
        (check == value % 127).then_some(Self(value))
    }
}

impl fmt::Display for VenueCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = self.0 % 127;
        let tail = ((self.0 & 7) << 7) | check;
        write!(f, "{}{}", id::base32(self.0 >> 3, 25), id::base32(tail, 2))
    }
}

/// A name that can be printed: at most 60 characters, nothing that deceives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueName(String);

impl VenueName {
    /// The longest name, in characters: what a poster still shows well.
    pub const MAX: usize = 60;

    /// Reads a name as typed.
    ///
    /// # Errors
    /// [`TextError`]
    pub fn parse(typed: &str) -> Result<Self, TextError> {
        text::line(typed, Self::MAX).map(Self)
    }

    /// A name that was stored, and so was valid when it was typed.
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What kind of place it is (C1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VenueKind {
    /// A facility.
    Facility,
    /// A shop.
    Shop,
    /// An event under a roof.
    EventIndoor,
    /// An event in the open.
    EventOutdoor,
}

impl VenueKind {
    /// All kinds, in the order of forms.
    pub const ALL: [Self; 4] = [Self::Facility, Self::Shop, Self::EventIndoor, Self::EventOutdoor];

    /// The word for it in forms, packs and stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Facility => "facility",
            Self::Shop => "shop",
            Self::EventIndoor => "event_indoor",
            Self::EventOutdoor => "event_outdoor",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it has a first and a last day.
    pub const fn is_event(self) -> bool {
        matches!(self, Self::EventIndoor | Self::EventOutdoor)
    }
}

/// By what a category's size is measured (C4); each category knows one measure, never two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeMeasure {
    /// Number of seats.
    Seats,
    /// Floor area in square metres.
    #[serde(rename = "floor_m2")]
    FloorM2,
    /// Expected participants of an event.
    Participants,
    /// Expected users a day.
    DailyUsers,
}

impl SizeMeasure {
    /// All measures.
    pub const ALL: [Self; 4] = [Self::Seats, Self::FloorM2, Self::Participants, Self::DailyUsers];

    /// The word for it in forms, packs and stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seats => "seats",
            Self::FloorM2 => "floor_m2",
            Self::Participants => "participants",
            Self::DailyUsers => "daily_users",
        }
    }

    /// The measure of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.as_str() == word)
    }
}

/// A venue's size by its category's measure: 1 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// By what it is measured.
    pub measure: SizeMeasure,
    /// How much of it.
    pub value: i64,
}

impl Size {
    /// The greatest size that a form takes.
    pub const MAX: i64 = 1_000_000;

    /// Reads a size as typed: full-width digits and thousands separators are understood.
    pub fn parse(measure: SizeMeasure, typed: &str) -> Option<Self> {
        use unicode_normalization::UnicodeNormalization;
        let digits: String = typed.trim().nfkc().filter(|c| *c != ',').collect();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let value: i64 = digits.parse().ok()?;
        (1..=Self::MAX).contains(&value).then_some(Self { measure, value })
    }
}

/// Whether a venue takes check-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VenueStatus {
    /// It does.
    Active,
    /// An officer is still to look at it; until then the public page answers as for an unknown code.
    Pending,
    /// An officer declined it.
    Declined,
    /// Its code was withdrawn; the public page answers as for an unknown code.
    Revoked,
}

impl VenueStatus {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Declined => "declined",
            Self::Revoked => "revoked",
        }
    }

    /// The status of a stored word; anything unknown takes no check-ins.
    pub fn from_stored(word: &str) -> Self {
        match word {
            "active" => Self::Active,
            "pending" => Self::Pending,
            "declined" => Self::Declined,
            _ => Self::Revoked,
        }
    }
}

/// A room or floor of another venue, with a code of its own (STM-27).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The venue whose room it is.
    pub of: VenueId,
    /// What it is called, beside the venue's name.
    pub name: String,
}

impl Room {
    /// Rooms of one venue at most.
    pub const MOST: usize = 200;

    /// Reads the name of a room, at most 30 characters.
    ///
    /// # Errors
    /// [`TextError`]
    pub fn name(typed: &str) -> Result<String, TextError> {
        text::line(typed, 30)
    }
}

/// A registered venue, as the public zone knows it.
#[derive(Clone, Debug)]
pub struct Venue {
    /// Its number, shown as the registration number.
    pub id: VenueId,
    /// What its QR code holds.
    pub code: VenueCode,
    /// What kind of place it is.
    pub kind: VenueKind,
    /// What it is called; of a room, what the venue is called.
    pub name: VenueName,
    /// Whose room or floor it is, if it is one.
    pub room: Option<Room>,
    /// The pack's word for its category.
    pub category: String,
    /// Its size by that category's measure, where the category has one.
    pub size: Option<Size>,
    /// Postal code, `5400000`.
    pub postal_code: String,
    /// Address as typed.
    pub address: String,
    /// An event's days.
    pub held: Held,
    /// The registration in whose place this one stands (STM-33).
    pub replaces: Option<VenueId>,
    /// Whether it takes check-ins.
    pub status: VenueStatus,
    /// When it was registered.
    pub registered_at: Instant,
    /// Whether its operator agreed, at registration, to be named in notices (C18).
    pub naming_consent: bool,
}

impl Venue {
    /// Name and room together, as people say it.
    pub fn full_name(&self) -> String {
        match &self.room {
            Some(room) => format!("{} {}", self.name.as_str(), room.name),
            None => self.name.as_str().to_owned(),
        }
    }

    /// The room's name; empty for a whole venue.
    pub fn room_name(&self) -> &str {
        self.room.as_ref().map_or("", |room| room.name.as_str())
    }

    /// Whether its code takes check-ins on this day.
    pub fn open_on(&self, day: ServiceDay) -> bool {
        self.status == VenueStatus::Active && self.held.on(day)
    }

    /// What it has in common with another registration of the same place; a room has nothing to compare.
    pub fn likeness(&self) -> String {
        match self.room {
            Some(_) => String::new(),
            None => crate::likeness::likeness(self.name.as_str(), &self.postal_code, &self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_is_read_back_in_any_case(bytes: [u8; 16]) {
            let code = VenueCode::from_random(bytes);
            let text = code.to_string();
            prop_assert_eq!(text.len(), 27);
            prop_assert_eq!(VenueCode::parse(&text), Some(code));
            prop_assert_eq!(VenueCode::parse(&text.to_lowercase()), Some(code));
        }

        #[test]
        fn one_wrong_symbol_is_noticed(bytes: [u8; 16], at in 0usize..27, other in 0usize..32) {
            let text = VenueCode::from_random(bytes).to_string();
            let mut wrong = text.clone().into_bytes();
            wrong[at] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[other];
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert!(wrong == text || VenueCode::parse(&wrong).is_none());
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = VenueCode::parse(&text);
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(Size::parse(SizeMeasure::Seats, "１，２００").map(|s| s.value), Some(1200));
        for bad in ["", "0", "-1", "1e3", "1000001", "十"] {
            assert_eq!(Size::parse(SizeMeasure::Seats, bad), None, "{bad}");
        }
    }
}
