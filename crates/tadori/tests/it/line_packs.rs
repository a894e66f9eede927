//! What the packs on LINE promised in public, requirement by requirement, and rules that are theirs alone.

use crate::line_check_in::MEI;
use crate::pack_rules::says;
use crate::world::{BASE_URL, MINUTE, World};

#[tokio::test]
async fn hyogo_says_what_its_pages_said() {
    let world = says(
        "hyogo",
        &[
            ("HYG-1", "/faq", "感染が広がるのを防ぎ、次の流行に備えるため"),
            ("HYG-2", "/faq", "LINEかメールアドレスのどちらかを選んで登録します"),
            ("HYG-3", "/faq", "集団感染のおそれがあるときなどです"),
            ("HYG-8", "/faq", "感染した方が1人でも"),
            ("HYG-8", "/visitors", "お知らせが必要と判断したときに送ります"),
            ("HYG-5", "/visitors", "帰国者・接触者相談センターへご相談ください"),
            ("HYG-9", "/visitors", "毎日の行動を記録しておいてください"),
            ("HYG-10", "/faq", "LINEの名前、画像、ひとことは取得しません"),
            ("HYG-10", "/faq", "連絡先が店舗などに渡ることはありません"),
            ("HYG-11", "/faq", "県民でなくても登録できます"),
            ("HYG-11", "/visitors", "県外にお住まいの方は、お住まいの都道府県の窓口へ"),
            ("HYG-12", "/faq", "紙の名簿を、備えておいてください"),
            ("HYG-13", "/", "コールセンター（見本）"),
            ("HYG-14", "/operators", "業種を問わず、県内の店舗、施設、イベント"),
        ],
    )
    .await;
    // HYG-2: both ways stand on the page of a code.
    let cafe = world.venue("喫茶みなと", "restaurant", 40).await;
    let page = world.get(&format!("/v/{}", cafe.code)).await.is(200);
    page.says("LINEで登録する").says("name=\"email\"");
}

/// HYG-4, A8: the historical variant that the pack's comment describes, the message itself naming place and day.
#[tokio::test]
async fn hyogo_as_it_was_in_2020_named_the_place_in_the_message() {
    let mut world = World::of("hyogo", |files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        assert!(policy.contains("#   detail_disclosure = \"in_message\""), "the variant is marked there");
        *policy =
            policy.replacen("\ndetail_disclosure = \"pull_page\"", "\ndetail_disclosure = \"in_message\"", 1);
    })
    .await;
    let cafe = world.venue("喫茶みなと", "restaurant", 40).await;
    world.check_in_by_line(MEI, &cafe).await;
    let officer = world.officer("sato").await;
    world.enter(&officer, "本町-1", &[(&cafe, world.today())]).await;
    world.settle().await;
    let notice = world.proposed().await;
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    let told = world.line().chat(MEI).last().unwrap().text().to_owned();
    assert!(told.contains("喫茶みなと") && told.contains("2026年11月22日"), "{told}");
    assert!(!told.contains(BASE_URL), "and leads nowhere: {told}");
}

#[tokio::test]
async fn saitama_tells_visitors_what_its_pages_told() {
    let world = says(
        "saitama",
        &[
            ("STM-1", "/faq", "あなたが登録した場所を感染した方が利用していて"),
            ("STM-3", "/faq", "まだ友だちでない方は、1回目の読み取りのときに追加へ進みます"),
            ("STM-4", "/faq", "県のLINEアカウントに加わった機能です"),
            ("STM-4", "/faq", "濃厚接触の可能性"),
            (
                "STM-5",
                "/faq",
                "QRコードを読み取れるスマートフォンを持ち、県のLINEアカウントを友だちに追加した方",
            ),
            ("STM-6", "/faq", "感染に気をつけるきっかけ"),
            ("STM-6", "/visitors", "早く相談と支援につながります"),
            ("STM-7", "/faq", "まだ友だちでない方は、1回目の読み取りのとき"),
            ("STM-8", "/faq", "スマートフォンのカメラでも、ほかのアプリでもかまいません"),
            ("STM-9", "/faq", "押すのは最初の1回だけです"),
            ("STM-10", "/visitors", "利用するたびに登録してください"),
            ("STM-11", "/faq", "1日に何度でも、そのつど記録する"),
            ("STM-12", "/faq", "そこにいる間であれば、いつ読み取ってもかまいません"),
            ("STM-13", "/visitors", "ブロックを解除してください"),
            ("STM-14", "/faq", "掲示は事業者の任意なので、ない場所もあります"),
            ("STM-15", "/visitors", "お知らせが必要と判断したときに送ります"),
            ("STM-16", "/visitors", "この連絡は、感染したことを意味するものではありません"),
            ("STM-17", "/faq", "具体的な日時や場所は、メッセージに書きません"),
            ("STM-18", "/faq", "場所を突き止めようとしたり、推測したことをSNSに書いたりしないでください"),
            ("STM-18", "/visitors", "推測して、SNSなどに書き込まないでください"),
            ("STM-43", "/", "お知らせシステム相談窓口（見本）"),
            ("STM-43", "/faq", "利用される方から"),
            ("STM-43", "/faq", "施設・店舗・イベントの方から"),
        ],
    )
    .await;
    let cafe = world.venue("喫茶みなと", "food", 40).await;
    let page = world.get(&format!("/v/{}", cafe.code)).await.is(200);
    page.says("LINEで登録する").says("同意して登録する").does_not_say("name=\"email\"");
}

#[tokio::test]
async fn saitama_tells_operators_what_its_pages_told() {
    let world = says(
        "saitama",
        &[
            ("STM-2", "/faq", "市町村の公共施設も掲示しています"),
            ("STM-19", "/operators", "県内の施設の管理者、店舗の経営者、県内で開くイベントの主催者"),
            ("STM-20", "/operators", "不特定多数の方が利用する施設や店舗"),
            ("STM-21", "/operators", "屋内、屋外を問いません"),
            ("STM-22", "/faq", "強制ではありません"),
            ("STM-23", "/faq", "参加する方と通りかかる方を明確に分けられるとき"),
            ("STM-24", "/faq", "登録して掲示してもかまいません"),
            ("STM-25", "/faq", "それぞれの店舗ごとに登録してください"),
            ("STM-26", "/faq", "双方が、それぞれのQRコードを掲示してください"),
            ("STM-27", "/faq", "商業施設では店舗ごと、映画館ではスクリーンごと"),
            ("STM-28", "/faq", "主催者が同じであれば、同じQRコードを掲示し続けてください"),
            ("STM-29", "/faq", "どちらも避けてください"),
            ("STM-30", "/operators", "印刷して、利用される方の目に入る場所に掲示します"),
            ("STM-31", "/faq", "読み取りを呼びかけてください"),
            ("STM-33", "/faq", "誤ったほうのQRコードは破棄してください"),
            ("STM-34", "/faq", "登録は無料です。通信料と印刷の費用はご負担ください"),
            ("STM-35", "/faq", "タブレットの画面に表示してください"),
            ("STM-36", "/faq", "どちらでも構いません"),
            ("STM-37", "/faq", "入口やレジのそば、テーブルの上、メニューなど"),
            ("STM-39", "/faq", "コピーして、何か所に掲示してもかまいません"),
            ("STM-40", "/faq", "利用する方と同じように読み取ってください"),
            ("STM-41", "/faq", "事業者には通知は届きません"),
            ("STM-42", "/faq", "県が必要と判断したときは、公表することがあります"),
        ],
    )
    .await;
    let form = world.get("/venues/new").await.is(200);
    for field in ["name", "category", "postal_code", "address", "phone", "email"] {
        let tag = form.text().split('<').find(|tag| tag.contains(&format!(" name=\"{field}\"")));
        assert!(tag.is_some_and(|tag| tag.contains(" required")), "STM-32: {field}: {tag:?}");
    }
    assert!(form.text().contains(" name=\"daily_users\""), "STM-32: expected users a day");
    assert!(!form.text().contains(" name=\"contact_name\""), "STM-32: no person is asked for");
    assert_eq!(world.pack.policy.venues.categories.len(), 8, "STM-20: eight groups");
    // STM-23, STM-24, STM-26, STM-28, STM-29, STM-33, STM-38, STM-39: operators are told again in their mail.
    let mail = domain::message::operator_registered(
        &world.pack.policy,
        &world.pack.wording,
        &world.venue("見本食堂", "food", 40).await,
        BASE_URL,
        false,
        false,
    );
    for point in [
        "外から読み取れる場所には掲示しないで",
        "印刷物に載せて配ることはしないで",
        "コピーして何か所に掲示しても",
        "両方が、それぞれのQRコードを掲示",
        "登録し直し、誤ったQRコードは破棄",
    ] {
        assert!(mail.body.contains(point), "{point}: {}", mail.body);
    }
}
