//! When a warning is proposed, and who may send it: by a table, by one case, by judgement; clusters or none; known
//! close contacts or not; too few to be told without care.

use domain::decision::Outcome;
use domain::notice::NoticeState;

use crate::form::{form, with};
use crate::world::{MINUTE, World, policy};

const MEI: &str = "mei@visitor.example";

/// E1, KYF-2, HKD-12, STM-15: without a table one case is enough, where the table would ask for two; page, mail and
/// officer's page say by what rule.
#[tokio::test]
async fn one_case_is_enough_where_no_table_decides() {
    for (trigger, officers, visitors) in [
        ("any_positive", "1人でも利用が分かれば", "感染が分かったときなど"),
        ("officer_judgement", "送るかどうかは職員の判断", "必要と判断したときなど"),
    ] {
        let to = format!("trigger = \"{trigger}\"");
        let mut world = World::with_pack(|files| {
            files.remove("thresholds.toml");
            policy(&[("trigger = \"threshold\"", &to)])(files);
        })
        .await;
        let officer = world.officer("sato").await;
        let karaoke = world.venue("カラオケ あおば", "karaoke", 80).await;
        world.check_in(&karaoke, MEI).await;
        let alone = world.venue("だれもいない店", "karaoke", 80).await;
        let case =
            world.enter(&officer, "本町-1", &[(&karaoke, world.today()), (&alone, world.today())]).await;
        world.settle().await;
        let findings = world.findings(case).await;
        let of = |name: &str| findings.iter().find(|finding| finding.venue_text == name).unwrap().outcome;
        assert_eq!((of("カラオケ あおば"), of("だれもいない店")), (Outcome::Proposed, Outcome::NobodyElse));
        let notice = world.proposed().await;
        let days = world.office.notice_days(notice).await.unwrap();
        assert_eq!(days[0].row_record, trigger, "the decision names its rule");
        world.see(&officer, &format!("/notices/{notice}")).await.is(200).says(officers);
        world.get("/thresholds").await.is(200).says("人数の基準はありません").does_not_say("<table>");
        world.get("/").await.is(200).says(visitors);
        let nowhere = world.get("/operators").await.is(200);
        nowhere.does_not_say("送る基準は、業種と規模");
        world.settle().await;
        assert!(world.mails_to(MEI)[0].body.contains(visitors), "{}", world.mails_to(MEI)[0].body);
    }
}

/// E6: where there are no clusters, there is no form, no promise and no sample of one.
#[tokio::test]
async fn where_clusters_are_off_there_is_no_trace_of_them() {
    let changes = [
        ("cluster = \"officer\"", "cluster = \"off\""),
        ("naming_cluster = \"if_published\"", "naming_cluster = \"none\""),
    ];
    let world = World::with_pack(policy(&changes)).await;
    let officer = world.officer("sato").await;
    world.see(&officer, "/clusters/new").await.is(404);
    let day = world.today().to_string();
    let fields = form(&[("venue", "店"), ("from", &day), ("to", &day), ("act", "preview")]);
    world.act(&officer, "/clusters/new", fields).await.is(404);
    world.see(&officer, "/cases").await.is(200).does_not_say("/clusters/new");
    for page in ["/visitors", "/operators", "/thresholds"] {
        world.get(page).await.is(200).does_not_say("クラスター");
    }
}

/// E8, HKD-13: known close contacts keep a notice back only where the policy says so.
#[tokio::test]
async fn known_close_contacts_keep_back_only_where_they_may() {
    for (close_contacts, outcome) in
        [("officer_flag", Outcome::CloseContactsIdentified), ("off", Outcome::Proposed)]
    {
        let to = format!("close_contacts = \"{close_contacts}\"");
        let mut world = World::with_pack(policy(&[("close_contacts = \"officer_flag\"", &to)])).await;
        let officer = world.officer("sato").await;
        let venue = world.venue("見本食堂", "restaurant", 40).await;
        world.check_in(&venue, MEI).await;
        let page = world.see(&officer, "/cases/new").await.is(200);
        assert_eq!(page.text().contains("濃厚接触者をすべて特定"), close_contacts == "officer_flag");
        let (number, day) = (venue.id.to_string(), world.today());
        let fields = world.case_form("本町-1", day, day, &[(&number, day)]);
        world.act(&officer, "/cases/new", with(fields, "close_contacts_identified", "yes")).await.leads_to();
        world.settle().await;
        let case = world.newest_case().await;
        assert_eq!(world.findings(case).await[0].outcome, outcome, "{close_contacts}");
    }
}

/// E1, GEN-1: the operators' form speaks of a base number only where one decides.
#[tokio::test]
async fn the_form_speaks_of_base_numbers_only_where_there_are_some() {
    for (trigger, says) in [("threshold", true), ("any_positive", false), ("officer_judgement", false)] {
        let to = format!("trigger = \"{trigger}\"");
        let world = World::with_pack(policy(&[("trigger = \"threshold\"", &to)])).await;
        for (lang, words) in [("ja", "お知らせの基準が変わります"), ("en", "It decides when notices")]
        {
            let page = world.get(&format!("/venues/new?lang={lang}")).await.is(200);
            assert_eq!(page.text().contains(words), says, "{trigger} {lang}");
        }
    }
}

/// E21: a notice to fewer than the policy's number warns the officer and takes two approvals.
#[tokio::test]
async fn too_few_take_two_officers() {
    for (min_group, two) in [(3, false), (4, true)] {
        let to = format!("hold_minutes = 10\nmin_group = {min_group}");
        let mut world = World::with_pack(policy(&[("hold_minutes = 10", &to)])).await;
        let (sato, notice) = crate::notice::proposed(&mut world).await;
        let page = world.see(&sato, &format!("/notices/{notice}")).await.is(200);
        assert_eq!(page.text().contains("だれのことか分かってしまう"), two);
        world.approve(&sato, notice).await;
        assert_eq!(world.state(notice).await == NoticeState::Proposed, two);
        if two {
            let suzuki = world.officer("suzuki").await;
            world.approve(&suzuki, notice).await;
        }
        world.pass(11 * MINUTE).await;
        assert_eq!(world.notices_to(MEI).len(), 1);
    }
}

/// HKD-4, HKD-6, HKD-7, A4: how nobody is written to is said on the guide, among the questions and in the
/// confirmation; and a visitor's life long there are two kinds of mail only.
#[tokio::test]
async fn there_are_two_kinds_of_mail_and_no_call() {
    let never = ("[check_in]", "never = [\"sms\", \"phone\", \"other_mail\"]\n[check_in]");
    let mut world = World::with_pack(policy(&[never])).await;
    let (officer, notice) = crate::notice::proposed(&mut world).await;
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    let sentences = domain::message::never(&world.pack.policy, &world.pack.wording, "ja");
    assert_eq!(sentences.len(), 3);
    let confirmation = &world.mails_to(MEI)[0].body;
    for sentence in &sentences {
        assert!(confirmation.contains(sentence.as_str()), "{sentence}");
        world.get("/visitors").await.is(200).says(sentence);
        world.get("/faq").await.is(200).says(sentence);
    }
    world.get("/faq?lang=en").await.is(200).says("never telephones");
    world.pass(90 * crate::world::DAY).await;
    assert_eq!((world.mails_to(MEI).len(), world.notices_to(MEI).len()), (2, 1));

    let plain = World::new().await;
    plain.get("/visitors").await.is(200).does_not_say("SMS");
    plain.get("/faq").await.is(200).does_not_say("お知らせは、どのように届きますか");
}

/// E27, GEN-1: where the desk may tell, neither page nor mail says that nothing is answered.
#[tokio::test]
async fn questions_are_refused_or_met_by_the_desk() {
    for (inquiry, refused) in [("refuse", true), ("tell_in_consultation", false)] {
        let to = format!("inquiry = \"{inquiry}\"");
        let world = World::with_pack(policy(&[("inquiry = \"refuse\"", &to)])).await;
        for (page, words) in [
            ("/visitors", "お問い合わせにもお答えできません"),
            ("/visitors", "個別のお問い合わせにはお答えできません"),
            ("/privacy", "個別のお問い合わせにはお答えしません"),
        ] {
            let shown = world.get(page).await.is(200);
            assert_eq!(shown.text().contains(words), refused, "{inquiry}: {page}");
        }
    }
}
