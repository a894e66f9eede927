//! One scenario a pack, each with what is that pack's own; those on LINE stand in `line_packs`.

use domain::message::{MailKind, Named};

use crate::form::form;
use crate::mailed::Mailed;
use crate::steps::{NAME, officers, to};
use crate::world::MINUTE;

const MEI: &str = "mei@visitor.example";
const HARUTO: &str = "haruto@visitor.example";
const PATIENT: &str = "patient@visitor.example";
const ALL: &[&str] = &[MEI, HARUTO, PATIENT];

/// OSK-5, OSK-13, OSK-16, OSK-18, OSK-19, OSK-21, OSK-25, OSK-26, OSK-30, OSK-39, OSK-40: the patient reports
/// with a code; the alert names nothing; a cluster that was published is named, and not to the patient; two months.
#[tokio::test]
async fn osaka() {
    let mut osaka = Mailed::of("osaka").await;
    let shop = osaka.registers(&[]).await;
    for email in ALL {
        osaka.checks_in(&shop, email, None).await;
    }
    assert!(osaka.receives(3).await.iter().all(|letter| letter.is_confirmation()));
    let [sato] = officers(&osaka.world, ["sato"]).await;
    let day = osaka.world.today();
    osaka.world.report(&sato, &[PATIENT], day, day).await;
    let notice = osaka.is_proposed(&sato, 2).await;
    let told = osaka.is_approved(&[&sato], notice, 2).await;
    for email in [MEI, HARUTO] {
        osaka.is_in_order(to(&told, email), MailKind::Alert, Named::Nothing);
    }
    let (body, desk) = (&told[0].body, &osaka.world.pack.policy.desk);
    assert!(body.contains(&desk.name) && !body.contains(&desk.phone) && !body.contains("http"), "{body}");

    let notice = osaka.is_declared(&sato, &shop, true).await;
    let told = osaka.is_approved(&[&sato], notice, 2).await;
    let named = Named::Place { venue: NAME.into(), days: vec![day] };
    osaka.is_in_order(to(&told, MEI), MailKind::Cluster, named);
    assert!(told[0].body.contains("公表した施設など：髙﨑食堂"), "{}", told[0].body);
    osaka.is_erased(day, ALL).await;
}

/// HKD-3, HKD-4, HKD-5, HKD-7, HKD-12, HKD-14, HKD-15, HKD-25, HKD-28, HKD-29, HKD-36, HKD-40: each visit is
/// confirmed; one case is enough; two kinds of mail and no third; no link, number or address; two months.
#[tokio::test]
async fn hokkaido() {
    let mut hokkaido = Mailed::of("hokkaido").await;
    let shop = hokkaido.registers(&[]).await;
    for email in [MEI, MEI, HARUTO, PATIENT] {
        hokkaido.world.clock.advance(MINUTE);
        hokkaido.checks_in(&shop, email, None).await;
    }
    let confirmations = hokkaido.receives(4).await;
    assert_eq!(confirmations.iter().filter(|letter| letter.to == MEI).count(), 2);
    assert!(confirmations[0].body.contains("登録完了の確認とお知らせの2種類だけです"));
    let [sato] = officers(&hokkaido.world, ["sato"]).await;
    hokkaido.world.get("/report").await.is(404);
    hokkaido.world.see(&sato, "/clusters/new").await.is(404);
    let day = hokkaido.world.today();
    hokkaido.is_entered(&sato, &shop, day, ("12:00", "13:00")).await;
    let notice = hokkaido.is_proposed(&sato, 3).await;
    let told = hokkaido.is_approved(&[&sato], notice, 3).await;
    for letter in &told {
        hokkaido.is_in_order(letter, MailKind::Alert, Named::Nothing);
        for never in ["http", "@", "00-0000-0000", "髙﨑", "11月", &shop.venue.id.to_string()] {
            assert!(!letter.body.contains(never), "{never}: {}", letter.body);
        }
        for always in
            ["感染したことを意味するものではありません", "どの程度の接触", "体温を測る", "相談センター"]
        {
            assert!(letter.body.contains(always), "{always}: {}", letter.body);
        }
    }
    hokkaido.is_erased(day, ALL).await;
}

/// KYC-2, KYC-3, KYC-4, KYC-5, KYC-6, KYC-8: visitors say when it was, here yesterday; an officer judges; the
/// place is not told, but for a cluster; one month.
#[tokio::test]
async fn kyoto_city() {
    let mut kyoto = Mailed::of("kyoto-city").await;
    let shop = kyoto.registers(&[]).await;
    let today = kyoto.world.today();
    let yesterday = today.plus_days(-1);
    kyoto.checks_in(&shop, MEI, Some((yesterday, "18:30"))).await;
    kyoto.checks_in(&shop, HARUTO, Some((today, "11:00"))).await;
    kyoto.checks_in(&shop, PATIENT, Some((yesterday, "19:00"))).await;
    let confirmations = kyoto.receives(3).await;
    assert!(to(&confirmations, MEI).body.contains("2026年11月21日（土） 18:30"));
    let [sato] = officers(&kyoto.world, ["sato"]).await;
    kyoto.is_entered(&sato, &shop, yesterday, ("19:00", "20:00")).await;
    let notice = kyoto.is_proposed(&sato, 2).await;
    let told = kyoto.is_approved(&[&sato], notice, 2).await;
    kyoto.is_in_order(to(&told, MEI), MailKind::Alert, Named::Nothing);
    assert!(told.iter().all(|letter| letter.to != HARUTO && !letter.body.contains("髙﨑")), "{told:#?}");

    let notice = kyoto.is_declared(&sato, &shop, false).await;
    let told = kyoto.is_approved(&[&sato], notice, 1).await;
    let named = Named::Place { venue: NAME.into(), days: vec![today] };
    kyoto.is_in_order(to(&told, HARUTO), MailKind::Cluster, named);
    kyoto.is_erased(yesterday, ALL).await;
    kyoto.is_erased(today, ALL).await;
}

/// KYF-1, KYF-2, KYF-3, KYF-4, KYF-5, KYF-6: an application is let in; visitors check in by the app, by mail and by
/// push, or without it; the screen confirms and no mail does; one case is enough, and each is told on their own way.
#[tokio::test]
async fn kyoto_prefecture() {
    let mut kyoto = Mailed::of("kyoto-pref").await;
    let shop = kyoto.registers(&[]).await;
    assert_eq!(kyoto.world.get("/flyer.pdf").await.is(200).bytes[..5], *b"%PDF-");
    kyoto.world.get("/app/venues?q=%E9%A3%9F%E5%A0%82").await.is(200).says(NAME);
    kyoto.checks_in_by_app(&shop, form(&[("email", MEI)])).await;
    let browser = kyoto.world.push().subscribe(&kyoto.world.randomness);
    kyoto.checks_in_by_app(&shop, browser).await;
    kyoto.checks_in(&shop, HARUTO, None).await;
    kyoto.receives(0).await;
    let [sato] = officers(&kyoto.world, ["sato"]).await;
    let day = kyoto.world.today();
    kyoto.is_entered(&sato, &shop, day, ("", "")).await;
    let notice = kyoto.is_proposed(&sato, 3).await;
    let told = kyoto.is_approved(&[&sato], notice, 2).await;
    for email in [MEI, HARUTO] {
        kyoto.is_in_order(to(&told, email), MailKind::Alert, Named::Nothing);
    }
    assert!(told[0].body.contains("相談窓口（見本）"), "{}", told[0].body);
    let pushed = kyoto.world.push().arrived(0);
    assert_eq!(pushed.len(), 1);
    assert!(pushed[0]["body"].as_str().unwrap().contains("感染したことを意味するものではありません"));
    kyoto.is_erased(day, &[MEI, HARUTO, "/push/0"]).await;
}

/// OSK-12, OSK-19, E10 to E14: where a new jurisdiction begins. Two officers approve a cluster's notice, one of
/// them never twice; what wasn't published isn't named; two months.
#[tokio::test]
async fn blank() {
    let mut blank = Mailed::of("blank").await;
    let shop = blank.registers(&[]).await;
    for email in ALL {
        blank.checks_in(&shop, email, None).await;
    }
    blank.receives(3).await;
    let [sato, suzuki] = officers(&blank.world, ["sato", "suzuki"]).await;
    let day = blank.world.today();
    blank.world.report(&sato, &[PATIENT], day, day).await;
    let notice = blank.is_proposed(&sato, 2).await;
    let told = blank.is_approved(&[&sato], notice, 2).await;
    blank.is_in_order(to(&told, HARUTO), MailKind::Alert, Named::Nothing);

    let notice = blank.is_declared(&sato, &shop, false).await;
    let told = blank.is_approved(&[&sato, &suzuki], notice, 2).await;
    blank.is_in_order(to(&told, MEI), MailKind::Cluster, Named::Nothing);
    assert!(!told[0].body.contains("髙﨑"), "{}", told[0].body);
    blank.is_erased(day, ALL).await;
}
