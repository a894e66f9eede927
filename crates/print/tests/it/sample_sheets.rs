//! The certificate of the sample's shop, and a leaflet.

use print::certificate::{Certificate, Item, NewMark};
use print::handout::{Handout, Section};

use crate::sample::{URL, poster};

/// Its certificate with so many measures, every fifth of them new.
pub fn certificate(measures: usize) -> Certificate {
    let texts = [
        "従業員がマスクを着用しています",
        "入口に手指の消毒液を置いています",
        "1時間に2回以上、窓や換気設備で換気しています",
        "テーブルの間隔を1メートル以上空けるか、仕切りを置いています",
        "手渡しを減らすため、トレーやキャッシュレスを使っています",
        "発熱などの症状がある方に利用を控えるようお願いしています",
    ];
    let item = |n: usize| Item { text: texts[n % texts.len()].to_owned(), is_new: n % 5 == 3 };
    let poster = poster();
    Certificate {
        language: poster.language,
        jurisdiction: poster.jurisdiction,
        system: poster.system,
        title: "感染防止対策取組書".to_owned(),
        statement: "この施設は、次の対策に取り組んでいます。".to_owned(),
        venue: poster.venue,
        room: None,
        industry: "飲食店".to_owned(),
        measures: (0..measures).map(item).collect(),
        new_mark: Some(NewMark {
            mark: "New".to_owned(),
            meaning: "前回の発行から増えた対策です。".to_owned(),
        }),
        guidelines: Some("もとにした指針 業種別ガイドライン（見本）".to_owned()),
        url: URL.to_owned(),
        code_caption: poster.code_caption,
        code_promise: "読み取って登録すると、感染のおそれがあるときにお知らせが届きます。".to_owned(),
        code_description: poster.code_description,
        registration_number: poster.registration_number,
        issued_on: poster.issued_on,
        issue: 2,
        desk: poster.desk,
        trademark: poster.trademark,
    }
}

/// A leaflet.
pub fn handout() -> Handout {
    let poster = poster();
    let section = |heading: &str, lines: &[&str]| Section {
        lang: "ja".to_owned(),
        heading: heading.to_owned(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    };
    Handout {
        language: poster.language,
        jurisdiction: poster.jurisdiction,
        system: poster.system,
        audience: "利用される方へ".to_owned(),
        headlines: poster.headlines,
        lead: "同じ日に同じ場所を利用した方の感染が分かったときに、お知らせします。".to_owned(),
        blocks: poster.blocks,
        sections: vec![
            section("集めるもの", &["メールアドレスと、登録した場所・日時だけです。"]),
            section("消去", &["登録から2か月後に消去します。", "ほかの目的には使いません。"]),
            section("お知らせ", &["お知らせが届いても、感染しているとは限りません。"]),
        ],
        url: "HTTPS://TADORI.OSAKA.EXAMPLE/VISITORS".to_owned(),
        code_caption: "くわしくはこちら".to_owned(),
        code_description: "案内のページを開くQRコード".to_owned(),
        issued_on: poster.issued_on,
        desk: poster.desk,
        trademark: poster.trademark,
    }
}
