//! Parameters of REQUIREMENTS section 11 that no pack of 2020 set otherwise, each in a world that differs by it alone.

use domain::decision::Outcome;

use crate::story::case_of;
use crate::world::{DAY, HOUR, MINUTE, World, policy};

const MEI: &str = "mei@visitor.example";
const PATIENT: &str = "patient@visitor.example";

/// F1, section 9 no. 6: sixty days are not two months, and pages, poster and mail say which.
#[tokio::test]
async fn check_ins_are_kept_for_months_or_for_days() {
    for (keep, said, english, days) in [
        ("retention_months = 2", "2か月", "2 months", 61),
        ("retention_days = 60", "60日", "60 days", 60),
        ("retention_days = 14", "14日", "14 days", 14),
    ] {
        let mut world = World::with_pack(|files| {
            policy(&[("retention_months = 2", keep)])(files);
            // What answers promise must be what is kept, or the pack doesn't load.
            let faq = files.get_mut("faq.toml").unwrap();
            *faq = faq.replace("2か月", said);
        })
        .await;
        let venue = world.venue("見本食堂", "restaurant", 40).await;
        world.check_in(&venue, MEI).await;
        world.settle().await;
        assert!(world.mails_to(MEI)[0].body.contains(&format!("登録から{said}たつと消去")), "{keep}");
        for page in ["/privacy", "/visitors", &format!("/v/{}", venue.code)] {
            world.get(page).await.is(200).says(said);
        }
        world.get("/privacy?lang=en").await.is(200).says(english);
        let own = world.send_registration(crate::operator::registration()).await.leads_to().to_owned();
        let poster = world.get(&own.replacen('?', "/poster.pdf?", 1)).await.is(200);
        let words = crate::certificate::words(&poster.bytes);
        assert!(words.contains(&format!("{said}後に消去")), "{words}");
        let day = world.today();
        world.pass_until(day.plus_days(days), 23 * HOUR).await;
        assert_eq!(world.intake.count_check_ins(day).await.unwrap(), 1, "{keep}");
        world.pass_until(day.plus_days(days + 1), HOUR).await;
        assert!(world.intake.day_file_is_gone(day).await.unwrap(), "{keep}");
    }
}

/// E20: whoever is a case isn't told of it, unless the policy has everyone told; the figure that is approved is the
/// number of those who are.
#[tokio::test]
async fn a_case_is_told_of_itself_only_where_the_policy_says_so() {
    for (key, own) in [("", 0), ("exclude_index_contact = false\n", 1)] {
        let to = format!("{key}hold_minutes = 10");
        let mut world = World::with_pack(policy(&[("hold_minutes = 10", &to)])).await;
        let venue = world.venue("見本食堂", "restaurant", 40).await;
        world.check_in(&venue, MEI).await;
        world.check_in(&venue, PATIENT).await;
        let officer = world.officer("sato").await;
        let day = world.today();
        world.report(&officer, &[PATIENT], day, day).await;
        world.settle().await;
        let notice = world.proposed().await;
        assert_eq!(world.office.notice(notice).await.unwrap().unwrap().others, 1 + own, "{key}");
        world.approve(&officer, notice).await;
        world.pass(11 * MINUTE).await;
        let told = (world.notices_to(MEI).len(), world.notices_to(PATIENT).len() as u64);
        assert_eq!(told, (1, own), "{key}");
    }
}

/// D7: where the source is sought, a visit long before onset counts, and the guide says how long.
#[tokio::test]
async fn the_source_is_sought_further_back() {
    for (key, outcome, says) in
        [("", Outcome::OutsideWindow, "2日前"), ("backward_days = 10\n", Outcome::Proposed, "10日前")]
    {
        let to = format!("{key}days_before_onset = 2");
        let mut world = World::with_pack(policy(&[("days_before_onset = 2", &to)])).await;
        let venue = world.venue("見本食堂", "restaurant", 40).await;
        let day = world.today();
        world.check_in(&venue, MEI).await;
        world.pass(8 * DAY).await;
        let officer = world.officer("sato").await;
        let today = world.today();
        let fields = world.case_form("本町-1", today, today, &[(&venue.id.to_string(), day)]);
        let case = case_of(&world.act(&officer, "/cases/new", fields).await);
        world.settle().await;
        assert_eq!(world.findings(case).await[0].outcome, outcome, "{key}");
        world.get("/visitors").await.is(200).says(says);
    }
}

/// E28, HKD-19, KNG-7: what is promised to whoever makes contact stands on the guide and, where there is one, on the
/// report's page; nothing where nothing is promised.
#[tokio::test]
async fn who_makes_contact_is_promised_what_the_pack_says() {
    let own = "self_report = true\nbenefit_on_contact = \"ご案内がスムーズです。\"";
    let both = format!("{own}\nbenefit_on_contact_en = \"It will be quick.\"");
    for (cases, japanese, english) in
        [("self_report = true", false, false), (own, true, false), (&both, true, true)]
    {
        let world = World::with_pack(policy(&[("self_report = true", cases)])).await;
        for page in ["/visitors", "/report"] {
            let shown = world.get(page).await.is(200);
            assert_eq!(shown.text().contains("<p>ご案内がスムーズです。</p>"), japanese, "{page}");
            let shown = world.get(&format!("{page}?lang=en")).await.is(200);
            assert_eq!(shown.text().contains("<p>It will be quick.</p>"), english, "{page}");
            let foreign = "<p lang=\"ja\">ご案内がスムーズです。</p>";
            assert_eq!(shown.text().contains(foreign), japanese && !english, "{page}");
        }
    }
    for pack in ["hokkaido", "kanagawa"] {
        let world = World::of(pack, |_| {}).await;
        world.get("/visitors").await.is(200).says("ご案内がスムーズです");
    }
}
