//! What a mail may not say isn't there, what it must say is, whoever worded it.

use super::*;
use crate::policy::pack::{Pack, PackFiles};

/// The pack that ships, with changes to its policy, each of which must find its words.
fn files(changes: &[(&str, &str)]) -> PackFiles {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../jurisdictions/osaka/");
    let read = |name: &str| (name.to_owned(), std::fs::read_to_string(format!("{root}{name}")).unwrap());
    let mut files = PackFiles::from(["jurisdiction.toml", "thresholds.toml"].map(read));
    let policy = files.get_mut("jurisdiction.toml").unwrap();
    for (from, to) in changes {
        assert!(policy.contains(from), "{from:?} is not there");
        *policy = policy.replace(from, to);
    }
    files
}

fn errors(files: PackFiles) -> Vec<String> {
    Pack::parse(files).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

const NAMED: (&str, &str) = ("naming_alert = \"none\"", "naming_alert = \"venue_and_date\"");

/// A policy's mails by kind, language and what they name.
fn bodies(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let pack = Pack::parse(files(changes)).unwrap();
    let mails = samples(&pack.policy, &pack.wording);
    mails.into_iter().map(|mail| (mail.name(), mail.text.body)).collect()
}

fn body<'a>(bodies: &'a [(String, String)], name: &str) -> &'a str {
    bodies
        .iter()
        .find(|(known, _)| known == name)
        .map_or_else(|| panic!("{name} isn't there"), |(_, body)| body)
}

/// OSK-18, OSK-21, OSK-26: place and days stand where the policy lets them, in the recipient's language.
#[test]
fn each_naming_says_what_it_may_and_no_more() {
    let plain = bodies(&[]);
    let alert = body(&plain, "mail-alert (ja, nothing)");
    assert!(!alert.contains("髙﨑食堂") && !alert.contains("11月") && alert.contains("施設の名前や日時"));
    assert!(!plain.iter().any(|(name, _)| name == "mail-alert (ja, place)"), "never named");
    let published = body(&plain, "mail-cluster (ja, place)");
    assert!(
        published.contains("公表した施設など：髙﨑食堂\n利用日：2026年11月20日（金）、2026年11月21日（土）")
    );
    let english = body(&plain, "mail-cluster (en, place)");
    assert!(english.contains("Date of use: Friday, 20 November 2026; Saturday, 21 November 2026"));

    let named = bodies(&[NAMED]);
    let alert = body(&named, "mail-alert (ja, place)");
    assert!(
        alert.contains("施設など：髙﨑食堂\n利用日：2026年11月20日（金）\n") && !alert.contains("施設の名前")
    );

    let dated = bodies(&[("naming_alert = \"none\"", "naming_alert = \"date\"")]);
    let alert = body(&dated, "mail-alert (ja, days)");
    assert!(alert.contains("利用日：2026年11月20日（金）") && !alert.contains("髙﨑食堂"));
}

/// HKD-4 to HKD-7: what is never done is said in the confirmation; E15, F10: whom to consult; E17, E23: the points;
/// E27: who answers; E1: when anybody is written to.
#[test]
fn each_parameter_changes_the_mail() {
    let never = bodies(&[("[check_in]", "never = [\"sms\", \"phone\", \"other_mail\"]\n[check_in]")]);
    let confirmation = body(&never, "mail-confirmation (ja, nothing)");
    assert!(confirmation.contains("SMS") && confirmation.contains("電話で連絡することはありません"));
    assert!(!body(&bodies(&[]), "mail-confirmation (ja, nothing)").contains("SMS"));

    let alert = |contact: &str| {
        let to = format!("contact = \"{contact}\"");
        body(&bodies(&[("contact = \"desk_name\"", &to)]), "mail-alert (ja, nothing)").to_owned()
    };
    assert!(alert("phone").contains("00-0000-0000") && alert("phone").contains("9時から18時"));
    assert!(!alert("desk_name").contains("00-0000-0000") && alert("desk_name").contains("受診相談センター"));
    assert!(!alert("none").contains("受診相談センター") && alert("none").contains("保健所"));

    let fewer = bodies(&[(", \"keep_record\", \"no_sns\"]", ", \"test_offer\"]")]);
    let alert = body(&fewer, "mail-alert (ja, nothing)");
    assert!(
        alert.contains("検査を受けることができます") && !alert.contains("SNS") && !alert.contains("記録")
    );

    let told = bodies(&[("inquiry = \"refuse\"", "inquiry = \"tell_in_consultation\"")]);
    assert!(!body(&told, "mail-alert (ja, nothing)").contains("お問い合わせ"));

    for (trigger, says) in [("any_positive", "感染が分かったとき"), ("officer_judgement", "必要と判断した")]
    {
        let to = format!("trigger = \"{trigger}\"");
        let mails = bodies(&[("trigger = \"threshold\"", &to)]);
        assert!(body(&mails, "mail-confirmation (ja, nothing)").contains(says), "{trigger}");
    }
}

/// HKD-5: a pack whose mail says what the policy forbids is refused at the start, whoever worded it.
#[test]
fn what_the_policy_forbids_is_refused_in_each_mail_and_language() {
    for (language, key, body, fault) in [
        (
            "ja",
            "mail-alert-body",
            "詳しくは https://example.jp へ",
            "mail-alert (ja, nothing): contains a link",
        ),
        (
            "en",
            "mail-confirmation-body",
            "See www.example.jp",
            "mail-confirmation (en, nothing): contains a link",
        ),
        (
            "en",
            "mail-cluster-body",
            "Call 06-6941-0351",
            "mail-cluster (en, nothing): contains a telephone number",
        ),
        ("ja", "mail-alert-body", "a@example.jp へ", "contains an e-mail address"),
        ("ja", "point-keep_record", "11月22日からの行動を記録してください。", "names a date"),
        ("en", "point-keep_record", "Keep a record from 22 November on.", "names a date"),
        ("ja", "mail-alert-body", "{ $limits } だけ", "does not say point-health_advice"),
        ("en", "mail-alert-body", "{ $limits }", "mail-alert (en, nothing): does not say what isn't told"),
        ("ja", "mail-alert-body", "{ $nonsense }", "a value or a sentence is missing"),
        (
            "ja",
            "mail-alert-subject",
            "{ $limits }{ $system }{ $disease }{ $desk }あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわ",
            "the subject is not one short line",
        ),
    ] {
        let mut files = files(&[]);
        files.insert(format!("wording/{language}.ftl"), format!("{key} = {body}"));
        let said = errors(files);
        assert!(said.iter().any(|error| error.contains(fault)), "{body}: {said:#?}");
    }
}

/// HKD-4, HKD-6: where a call or an SMS is never made, no mail offers one; elsewhere it may.
#[test]
fn no_mail_offers_what_never_happens() {
    let with = |changes: &[(&str, &str)], sentence: &str| {
        let mut files = files(changes);
        files.insert("wording/ja.ftl".into(), format!("point-keep_record = {sentence}"));
        errors(files)
    };
    let never = [("[check_in]", "never = [\"sms\", \"phone\"]\n[check_in]")];
    for sentence in ["後日お電話します。", "結果はSMSで届きます。"] {
        assert_eq!(with(&[], sentence), Vec::<String>::new());
        assert!(with(&never, sentence).iter().any(|e| e.contains("offers what never happens")), "{sentence}");
    }
}

/// E17: a pack that words a point or a whole body itself is in order where each point still stands there.
#[test]
fn a_body_of_the_packs_own_keeps_the_points() {
    let mut own = files(&[]);
    own.insert(
        "wording/ja.ftl".into(),
        "point-keep_record = 日記をつけてください。\n\
         mail-alert-body =\n    府からのお知らせです。\n    { $limits }\n    { $requests }\n    { $withheld }\n    { $signature }\n"
            .into(),
    );
    let pack = Pack::parse(own).unwrap();
    let mail = compose::alert(&pack.policy, &pack.wording, "ja", &Named::Nothing);
    assert!(
        mail.body.starts_with("府からのお知らせです。\n") && mail.body.contains("・日記をつけてください。")
    );
}

/// E15: the desk's own number is asked for, any other is not let through.
#[test]
fn only_the_desks_number_may_stand_there() {
    let phone = [("contact = \"desk_name\"", "contact = \"phone\"")];
    assert_eq!(errors(files(&phone)), Vec::<String>::new());
    let mut other = files(&phone);
    other.insert("wording/ja.ftl".into(), "point-keep_record = 06-6941-0351 へ".into());
    assert!(errors(other).iter().any(|error| error.contains("contains a telephone number")));
    let mut without = files(&phone);
    without.insert(
        "wording/ja.ftl".into(),
        "mail-signature-phone = { $desk }\nmail-where-phone = { $desk }".into(),
    );
    assert!(errors(without).iter().any(|error| error.contains("does not say the desk's telephone")));
}

/// E22: a language is added by a file, whole or not at all, and its readers are written to in it.
#[test]
fn a_language_is_a_file_of_the_pack() {
    let listed = [("\"ja-easy\", \"en\"]", "\"en\", \"ko\"]")];
    let lacks = errors(files(&listed));
    assert!(lacks.iter().any(|error| error.starts_with("wording: ko.ftl: lacks the sentence")), "{lacks:?}");
    let mut whole = files(&listed);
    let english = crate::message::ENGINE_WORDING[2].1;
    whole.insert("wording/ko.ftl".into(), english.replace("An important notice", "중요한 알림"));
    let pack = Pack::parse(whole).unwrap();
    let subject = |language| compose::alert(&pack.policy, &pack.wording, language, &Named::Nothing).subject;
    assert!(subject("ko").contains("중요한 알림"));
    for other in ["ja", "ja-easy", "vi"] {
        assert_eq!(subject(other), subject("ja"), "not offered: in Japanese");
    }
}

/// Two values that contradict each other are errors that name the key.
#[test]
fn contradictions_are_errors_of_the_pack() {
    let none = ("publication = \"officer_decides\"", "publication = \"none\"");
    let off = ("cluster = \"officer\"", "cluster = \"off\"");
    let consent = ("naming_alert = \"none\"", "naming_alert = \"with_consent\"");
    let asked = ("fields = [", "naming_consent = \"at_registration\"\nfields = [");
    let per_case = ("fields = [", "naming_consent = \"per_case\"\nfields = [");
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[none], "notices.naming_cluster: not \"if_published\""),
        (&[off], "notices.naming_cluster: \"none\" where cluster"),
        (&[consent], "venues.naming_consent: \"at_registration\" or"),
        (&[asked], "venues.naming_consent: \"not_asked\""),
        (&[NAMED, per_case], "venues.naming_consent: only where"),
        (&[("\"ja\", \"ja-easy\"", "\"en\", \"ja-easy\"")], "notices.languages"),
        (&[("\"consult\", ", "\"consult\", \"consult\", ")], "notices.points"),
    ];
    for (changes, fault) in table {
        let said = errors(files(changes));
        assert!(said.iter().any(|error| error.contains(fault)), "{fault}: {said:?}");
    }
    for changes in [&[consent, asked][..], &[consent, per_case], &[NAMED, asked]] {
        assert_eq!(errors(files(changes)), Vec::<String>::new());
    }
}

/// Words that need each other without end, words of no language, words that are none: a pack with them doesn't
/// start, and nothing of it takes long.
#[test]
fn words_that_never_end_are_errors() {
    let with = |name: &str, text: &str| {
        let mut files = files(&[]);
        files.insert(name.to_owned(), text.to_owned());
        errors(files)
    };
    for round in [
        "mail-alert-body = { mail-alert-body }",
        "mail-alert-body = { own }\nown = { other }\nother = { own }",
        "mail-alert-subject = ",
        "mail-alert-subject",
    ] {
        assert!(!with("wording/ja.ftl", round).is_empty(), "{round}");
    }
    let doubling: String = (1..40).map(|n| format!("w{n} = {{ w{} }}{{ w{} }}\n", n - 1, n - 1)).collect();
    let laughs = with("wording/ja.ftl", &format!("w0 = はは\n{doubling}mail-alert-body = {{ w39 }}"));
    assert!(!laughs.is_empty());
    assert!(with("wording/not a tag.ftl", "a = b").iter().any(|error| error.contains("not a language")));
}

/// E1: a table is asked for only where it decides.
#[test]
fn without_a_threshold_no_table_is_needed() {
    for (trigger, faults) in [("threshold", 1), ("any_positive", 0), ("officer_judgement", 0)] {
        let to = format!("trigger = \"{trigger}\"");
        let mut files = files(&[("trigger = \"threshold\"", &to)]);
        files.remove("thresholds.toml");
        assert_eq!(errors(files).len(), faults, "{trigger}");
    }
}
