//! Whether two registrations may be of one place, typed by two people: a hint, never a refusal.
//!
//! What people type differently without meaning another place is folded away: width, case, spaces, hyphens
//! and brackets, and the variant of a kanji. Names at the same postal code that are then the same are
//! alike; where no postal code was asked, the address says where.

use unicode_normalization::UnicodeNormalization;

/// What registrations of one place have in common: equal means alike.
pub fn likeness(name: &str, postal_code: &str, address: &str) -> String {
    let place = if postal_code.is_empty() { folded(address) } else { folded(postal_code) };
    format!("{}|{place}", folded(name))
}

fn folded(text: &str) -> String {
    // The long vowel is a letter of kana, and what stands for a hyphen in an address: as such it goes.
    let mut folded = String::new();
    for c in text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()) {
        let after_digit = folded.chars().last().is_none_or(|last: char| last.is_ascii_digit());
        if !(c == '\u{30fc}' && after_digit) {
            folded.push(c);
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_differently_is_alike() {
        let first = likeness("カフェ　Ｍｉｎａｔｏ（中央店）", "5400000", "");
        for other in ["カフェMINATO中央店", "ｶﾌｪ minato 中央店", "カフェ・Minato【中央店】"]
        {
            assert_eq!(likeness(other, "5400000", "大阪市"), first, "{other}");
        }
        assert_eq!(likeness("辻\u{E0100}食堂", "5400000", ""), likeness("辻食堂", "5400000", ""));
        assert_eq!(likeness("a", "", "見本町１ー２－３"), likeness("a", "", "見本町1-2-3"));
    }

    #[test]
    fn another_place_is_another() {
        let first = likeness("カフェみなと", "5400000", "見本町1-2-3");
        assert_ne!(likeness("カフェみなと", "5400001", "見本町1-2-3"), first);
        assert_ne!(likeness("カフェみなと2号店", "5400000", "見本町1-2-3"), first);
        assert_ne!(likeness("a", "", "見本町1-2-3"), likeness("a", "", "見本町1-2-4"));
    }
}
