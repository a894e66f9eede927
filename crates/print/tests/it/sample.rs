//! A poster such as a shop gets, for every test and the bench. U+200B says where its phrases end.

use print::poster::{IssueDate, LanguageBlock, Line, Poster};

/// The address in the sample's code.
pub const URL: &str = "HTTPS://TADORI.OSAKA.EXAMPLE/V/0123456789ABCDEFGHJKMNPQRST";

/// The sample.
pub fn poster() -> Poster {
    let line = |lang: &str, text: &str| Line { lang: lang.to_owned(), text: text.to_owned() };
    let block = |lang: &str, heading: &str, steps: [&str; 3]| LanguageBlock {
        lang: lang.to_owned(),
        heading: heading.to_owned(),
        steps: steps.map(str::to_owned).to_vec(),
    };
    Poster {
        language: "ja".to_owned(),
        jurisdiction: "大阪府(見本)".to_owned(),
        system: "大阪来店登録システム".to_owned(),
        headlines: vec![
            line("ja", "ご来店の登録をお願いします"),
            line("en", "Please check in here with your phone"),
        ],
        venue: "髙﨑𠮷辻󠄀商店 なんば本店".to_owned(),
        room: Some("2階 個室「さくら」".to_owned()),
        blocks: vec![
            block(
                "ja",
                "登録のしかた",
                [
                    "スマートフォンの\u{200b}カメラで\u{200b}コードを\u{200b}読み取る",
                    "メールアドレスを\u{200b}入力して\u{200b}送信する",
                    "登録完了の\u{200b}メールを\u{200b}確かめる",
                ],
            ),
            block(
                "ja",
                "やさしい日本語",
                [
                    "スマホの カメラで 上の コードを 見てください",
                    "メールアドレスを 書いて、 おくってください",
                    "メールが とどいたら、おわりです",
                ],
            ),
            block(
                "en",
                "English",
                [
                    "Point your phone’s camera at the code",
                    "Enter your e-mail address and send it",
                    "Check the confirmation e-mail: done",
                ],
            ),
        ],
        promise: vec![
            line(
                "ja",
                "お預かりするのは\u{200b}メールアドレスだけです。\u{200b}同じ日に\u{200b}ここにいた人の\u{200b}感染が\u{200b}わかったときの\u{200b}お知らせに使い、\u{200b}2か月後に\u{200b}消去します。",
            ),
            line(
                "en",
                "We keep only your e-mail address, to warn you if needed. It is erased after two months.",
            ),
        ],
        url: URL.to_owned(),
        code_caption: "カメラで\u{200b}読み取ってください".to_owned(),
        code_description: "この場所の来店登録ページを開くQRコード".to_owned(),
        registration_number: "27-0001234".to_owned(),
        issued_on: IssueDate { year: 2026, month: 11, day: 22, text: "2026年11月22日".to_owned() },
        desk: Some("お問い合わせ 大阪府コールセンター 06-0000-0000(平日 9時–18時)".to_owned()),
        trademark: Some("QRコードは株式会社デンソーウェーブの登録商標です。".to_owned()),
    }
}
