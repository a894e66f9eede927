//! One scenario for each pack on LINE, which is the stand-in of crates/line-stand-in and not LINE.

use domain::message::{MailKind, Named};

use crate::by_line::leads_to;
use crate::form::form;
use crate::mailed::Mailed;
use crate::paper::scanned;
use crate::steps::{NAME, officers, to};
use crate::world::{HOUR, MINUTE};

const MEI: &str = "Uaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SORA: &str = "Ubbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const YUI: &str = "Ucccccccccccccccccccccccccccccccc";
const HARUTO: &str = "haruto@visitor.example";

/// HYG-2, HYG-3, HYG-4, HYG-5, HYG-7, HYG-8, HYG-9, HYG-11, OSK-42: by LINE or by mail, as each visitor chooses; one
/// case is enough where an officer judges so; both kinds of notice name place and day: the mail itself, LINE on
/// a page of the prefecture's own, until the day is erased.
#[tokio::test]
async fn hyogo() {
    let mut hyogo = Mailed::of("hyogo").await;
    let shop = hyogo.registers(&[]).await;
    assert!(shop.venue.naming_consent, "or it is not registered");
    let answer = hyogo.sends(&shop, MEI).await.unwrap();
    assert!(answer.contains("登録しました"), "no button: {answer}");
    hyogo.checks_in(&shop, HARUTO, None).await;
    assert!(hyogo.receives(1).await[0].is_confirmation());
    let [sato] = officers(&hyogo.world, ["sato"]).await;
    hyogo.world.get("/report").await.is(404);
    let day = hyogo.world.today();
    hyogo.is_entered(&sato, &shop, day, ("12:00", "13:00")).await;
    let notice = hyogo.is_proposed(&sato, 2).await;
    let told = hyogo.is_approved(&[&sato], notice, 1).await;
    let named = || Named::Place { venue: NAME.into(), days: vec![day] };
    hyogo.is_in_order(to(&told, HARUTO), MailKind::Alert, named());

    let notice = hyogo.is_declared(&sato, &shop, false).await;
    let cluster = hyogo.is_approved(&[&sato], notice, 1).await;
    hyogo.is_in_order(to(&cluster, HARUTO), MailKind::Cluster, named());
    let by_line = hyogo.told(MEI);
    assert_eq!(by_line.len(), 2, "{by_line:?}");
    let mut pages = Vec::new();
    for (text, kind) in by_line.iter().zip(["感染が分かった方が利用していた", "集団感染（クラスター）"])
    {
        assert!(text.contains(kind), "{text}");
        assert!(!text.contains(NAME) && !text.contains("2026年"), "LINE's company reads neither: {text}");
        for always in
            ["コールセンター", "000-000-0000", "帰国者・接触者相談センター", "毎日の行動を記録", "県外に"]
        {
            assert!(text.contains(always), "{always}: {text}");
        }
        let page = leads_to(text).unwrap();
        hyogo.world.get(&page).await.is(200).does_not_say(NAME);
        hyogo.world.post(&page, &form(&[])).await.is(200).says(NAME).says("2026年11月22日");
        pages.push(page);
    }
    hyogo.is_erased(day, &[MEI, HARUTO]).await;
    for page in pages {
        hyogo.world.post(&page, &form(&[])).await.is(404).does_not_say(NAME);
    }
}

/// STM-1, STM-2, STM-5, STM-7 to STM-13, STM-15 to STM-18, STM-30, STM-32, STM-41: the button at the first scan and never
/// again; each of several visits a day counts; only who was there in the same band of time is told, without place
/// or time, and whom to consult; who blocked the account isn't reached; the operator is told nothing.
#[tokio::test]
async fn saitama() {
    let mut saitama = Mailed::of("saitama").await;
    let shop = saitama.registers(&[]).await;
    let asked = saitama.sends(&shop, MEI).await.unwrap();
    assert!(asked.contains("よろしいですか"), "{asked}");
    assert_eq!(saitama.world.check_ins_today().await, 0, "nothing before the button");
    assert!(saitama.agrees(MEI).await.unwrap().contains("登録しました"));
    saitama.sends(&shop, SORA).await;
    saitama.agrees(SORA).await;
    saitama.world.clock.advance(6 * HOUR);
    assert!(saitama.sends(&shop, MEI).await.unwrap().contains("登録しました"), "asked once");
    saitama.world.clock.advance(10 * MINUTE);
    assert!(saitama.sends(&shop, MEI).await.unwrap().contains("登録しました"), "each visit");
    saitama.sends(&shop, YUI).await;
    saitama.agrees(YUI).await;
    assert_eq!(saitama.world.check_ins_today().await, 5);
    let [sato] = officers(&saitama.world, ["sato"]).await;
    saitama.world.see(&sato, "/clusters/new").await.is(404);
    let day = saitama.world.today();
    saitama.is_entered(&sato, &shop, day, ("18:00", "18:30")).await;
    let notice = saitama.is_proposed(&sato, 2).await;
    saitama.blocks(YUI).await;
    // No mail goes out: not to visitors, and not to the operator.
    saitama.is_approved(&[&sato], notice, 0).await;
    assert!(saitama.told(SORA).is_empty(), "another band of time");
    assert!(saitama.told(YUI).is_empty(), "blocked");
    let told = saitama.told(MEI);
    assert_eq!(told.len(), 1, "once, however often there");
    for always in [
        "同じ時間帯に",
        "感染したことを意味するものではありません",
        "相談窓口",
        "000-000-0000",
        "推測して、SNS",
    ] {
        assert!(told[0].contains(always), "{always}: {}", told[0]);
    }
    for never in [NAME, "2026年", "18:", "http"] {
        assert!(!told[0].contains(never), "{never}: {}", told[0]);
    }
    let progress = saitama.world.office.channel_progress(notice).await.unwrap();
    assert_eq!((progress[0].sent, progress[0].blocked), (1, 1), "{progress:?}");
    saitama.is_erased(day, &[MEI, SORA, YUI]).await;
}

/// KNG-1 to KNG-3, KNG-5 to KNG-7, KNG-10, KNG-13 to KNG-15, KNG-22, KNG-25: certificate and code come together, and the
/// code on both is one; a visiting day is confirmed once, in the chat; who was there in the same period is told
/// there, whom to telephone, and what not to write about.
#[tokio::test]
async fn kanagawa() {
    let mut kanagawa = Mailed::of("kanagawa").await;
    let shop = kanagawa.registers(&["tables", "masks"]).await;
    let certificate = shop.offered.iter().find(|address| address.contains("certificate.pdf")).unwrap();
    assert_eq!(scanned(&kanagawa.world.get(certificate).await.is(200).bytes), shop.code);
    assert!(kanagawa.sends(&shop, SORA).await.unwrap().contains("登録しました"), "no button");
    kanagawa.world.clock.advance(6 * HOUR);
    assert!(kanagawa.sends(&shop, MEI).await.unwrap().contains("登録しました"));
    kanagawa.world.clock.advance(MINUTE);
    assert_eq!(kanagawa.sends(&shop, MEI).await, None, "once a day");
    let [sato] = officers(&kanagawa.world, ["sato"]).await;
    let day = kanagawa.world.today();
    kanagawa.is_entered(&sato, &shop, day, ("18:00", "18:30")).await;
    let notice = kanagawa.is_proposed(&sato, 1).await;
    kanagawa.is_approved(&[&sato], notice, 0).await;
    assert!(kanagawa.told(SORA).is_empty(), "another period");
    let told = kanagawa.told(MEI);
    assert_eq!(told.len(), 1);
    for always in [
        "同じ時間帯に",
        "感染したことを意味するものではありません",
        "専用ダイヤル",
        "電話 00-0000-0000",
        "SNSなどに書き込まない",
    ] {
        assert!(told[0].contains(always), "{always}: {}", told[0]);
    }
    assert!(!told[0].contains(NAME) && leads_to(&told[0]).is_none(), "{}", told[0]);
    kanagawa.is_erased(day, &[MEI, SORA]).await;
}
