//! The search over a few entries, and what is refused.

use proptest::prelude::*;

use super::*;

fn entry(id: &str, audience: Audience, question: &str, aliases: &[&str]) -> Entry {
    let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
    Entry { id: id.into(), audience, question: question.into(), answer: "はい。".into(), aliases }
}

fn faq() -> Faq {
    Faq::new(vec![
        entry("mail", Audience::Visitor, "確認メールが届きません。", &["メールが来ない"]),
        entry("app", Audience::Visitor, "アプリを入れる必要はありますか。", &["ダウンロード"]),
        entry("erased", Audience::Visitor, "登録はいつ消えますか。", &["保存期間"]),
        entry("poster", Audience::Operator, "ポスターのメールが届きません。", &[]),
    ])
}

fn first(question: &str) -> String {
    let faq = faq();
    let found = faq.find(Audience::Visitor, &Asked::parse(question).unwrap());
    assert!(found.sure, "{question}: {}", found.score);
    found.entries[0].id.clone()
}

#[test]
fn spelling_does_not_count() {
    for asked in
        ["メールが来ない", "ﾒｰﾙが来ない", "めーるが来なーい!!", "メール　来ない", "めぇるが、来ない？"]
    {
        assert_eq!(first(asked), "mail", "{asked}");
    }
    assert_eq!(first("ﾀﾞｳﾝﾛｰﾄﾞ？"), "app");
    assert_eq!(first("登録ハイツ消エル？"), "erased");
}

#[test]
fn each_side_finds_its_own() {
    let faq = faq();
    let asked = Asked::parse("メールが届かない").unwrap();
    assert_eq!(faq.find(Audience::Operator, &asked).entries[0].id, "poster");
    let ids: Vec<&str> =
        faq.find(Audience::Visitor, &asked).entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids[0], "mail");
    assert!(!ids.contains(&"poster"));
}

#[test]
fn unsure_of_what_it_does_not_know() {
    let faq = faq();
    for asked in ["阪神の試合", "?!", "🍜", "天気", "消"] {
        let found = faq.find(Audience::Visitor, &Asked::parse(asked).unwrap());
        assert!(!found.sure, "{asked}: {} {:?}", found.score, found.entries);
    }
    assert!(Faq::default().find(Audience::Visitor, &Asked::parse("メール").unwrap()).entries.is_empty());
}

#[test]
fn a_question_is_taken_or_refused_with_its_reason() {
    assert_eq!(Asked::parse(" \u{3000}\n").unwrap_err(), TextError::Missing);
    assert_eq!(Asked::parse(&"あ".repeat(201)).unwrap_err(), TextError::TooLong(200));
    assert_eq!(Asked::parse("a\u{202E}b").unwrap_err(), TextError::Invisible(0x202E));
    assert_eq!(Asked::parse("a\0b").unwrap_err(), TextError::Invisible(0));
    let asked = Asked::parse("=一行目\r\n\t二行目").unwrap();
    assert_eq!(format!("{asked:?}"), "Asked(…)");
}

#[test]
fn everything_wrong_with_the_file_is_said_at_once() {
    let text = r#"
[[entry]]
id = "a"
audience = "visitor"
question = "？"
answer = " "
[[entry]]
id = "a"
audience = "operator"
question = "？"
answer = "。"
[[entry]]
id = "A b"
audience = "operator"
question = "？"
answer = "。"
"#;
    let faults = Faq::parse(text).unwrap_err();
    assert_eq!(
        faults,
        [FaqError::Empty("a".into()), FaqError::Twice("a".into()), FaqError::Id("A b".into())]
    );
    let unknown = Faq::parse(&text.replace("operator", "officer")).unwrap_err();
    assert!(unknown[0].to_string().contains("officer"), "{unknown:?}");
    assert!(Faq::parse("entry = []\nx = 1").is_err());
}

/// GEN-2: an answer can't promise another time than the policy keeps.
#[test]
fn an_answer_promises_what_the_policy_keeps() {
    let mut entry = entry("erased", Audience::Visitor, "いつ消えますか。", &["3か月ですか"]);
    entry.answer = "登録から2か月後に消去します。1か月と10か月ではありません。".into();
    let faq = Faq::new(vec![entry]);
    let broken = |kept: Vec<u32>| faq.broken_promises(&[("か月", kept)]).len();
    assert_eq!((broken(vec![2]), broken(vec![1, 2, 10]), broken(vec![])), (2, 0, 3));
}

proptest! {
    /// Whatever is typed, the answer is the same twice, bounded, and from the entries.
    #[test]
    fn any_question_is_answered_or_refused(typed in "\\PC{0,250}") {
        if let Ok(asked) = Asked::parse(&typed) {
            let faq = faq();
            let found = faq.find(Audience::Visitor, &asked);
            prop_assert!(found.entries.len() <= SHOWN && (0.0..=1.0).contains(&found.score), "{found:?}");
            let again = faq.find(Audience::Visitor, &asked);
            prop_assert_eq!(found.score.to_bits(), again.score.to_bits());
        }
    }
}
