//! No prefecture in Rust: what differs between prefectures is data, in `jurisdictions/`.

use crate::assert_none;
use crate::repository::product;
use crate::rust::Source;

/// The file that names the embedded packs.
const PACKS: &str = "crates/tadori/src/packs.rs";

const NAMES: &[&str] = &[
    "hokkaido",
    "aomori",
    "iwate",
    "miyagi",
    "akita",
    "yamagata",
    "fukushima",
    "ibaraki",
    "tochigi",
    "gunma",
    "saitama",
    "chiba",
    "tokyo",
    "kanagawa",
    "niigata",
    "toyama",
    "ishikawa",
    "fukui",
    "yamanashi",
    "nagano",
    "gifu",
    "shizuoka",
    "aichi",
    "mie",
    "shiga",
    "kyoto",
    "osaka",
    "hyogo",
    "nara",
    "wakayama",
    "tottori",
    "shimane",
    "okayama",
    "hiroshima",
    "yamaguchi",
    "tokushima",
    "kagawa",
    "ehime",
    "kochi",
    "fukuoka",
    "saga",
    "nagasaki",
    "kumamoto",
    "oita",
    "miyazaki",
    "kagoshima",
    "okinawa",
];

/// In Japanese, with the last letter where the name alone is also an everyday word.
const JAPANESE: &[&str] = &[
    "北海道",
    "青森",
    "岩手",
    "宮城",
    "秋田",
    "山形県",
    "福島",
    "茨城",
    "栃木",
    "群馬",
    "埼玉",
    "千葉",
    "東京",
    "神奈川",
    "新潟",
    "富山",
    "石川県",
    "福井",
    "山梨",
    "長野",
    "岐阜",
    "静岡",
    "愛知",
    "三重県",
    "滋賀",
    "京都",
    "大阪",
    "兵庫",
    "奈良",
    "和歌山",
    "鳥取",
    "島根",
    "岡山",
    "広島",
    "山口県",
    "徳島",
    "香川県",
    "愛媛",
    "高知",
    "福岡",
    "佐賀",
    "長崎",
    "熊本",
    "大分県",
    "宮崎",
    "鹿児島",
    "沖縄",
];

fn named(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| source.path != PACKS) {
        let code = source.code.lines().enumerate().map(|(n, line)| (n + 1, line));
        let strings = source.strings.iter().map(|(line, string)| (*line, string.as_str()));
        for (line, text) in code.chain(strings) {
            if let Some(name) = prefecture(text) {
                faults.push(format!("{}:{line}: names {name}: that belongs into its pack", source.path));
            }
        }
    }
    faults
}

/// The first prefecture that the text names, as a whole word in whatever case, or in Japanese.
fn prefecture(text: &str) -> Option<&'static str> {
    // All of Japan keeps the time that the time zone database files under its capital.
    let text = text.replace("Asia/Tokyo", "");
    if let Some(name) = JAPANESE.iter().find(|name| text.contains(**name)) {
        return Some(name);
    }
    let mut apart = String::new();
    let mut before = ' ';
    for letter in text.chars() {
        if before.is_lowercase() && letter.is_uppercase() {
            apart.push(' ');
        }
        apart.extend(letter.to_lowercase());
        before = letter;
    }
    let mut words = apart.split(|letter: char| !letter.is_alphabetic());
    words.find_map(|word| NAMES.iter().find(|name| **name == word).copied())
}

/// A jurisdiction's rule is changed in `jurisdictions/` and in no Rust (invariant 7).
#[test]
fn no_prefecture_in_rust() {
    assert_none(&named(&product()));
}

/// The rule above finds what is planted, and leaves comments and tests alone.
#[test]
fn planted_prefectures_are_found() {
    let text = "//! As in Osaka.\nfn is_osaka() {}\nstruct KyotoPack;\nconst A: &str = \"兵庫県\";\n\
                const Z: &str = \"Asia/Tokyo\";\n#[cfg(test)]\nmod tests { const O: &str = \"osaka\"; }";
    assert_eq!(named(&[Source::read("crates/domain/src/policy.rs", text)]).len(), 3);
    assert_eq!(named(&[Source::read(PACKS, text)]).len(), 0);
    assert_eq!(prefecture("premier dairy, 2倍、大分増えた"), None);
}
