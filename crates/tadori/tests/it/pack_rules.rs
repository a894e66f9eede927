//! What the packs' originals promised in public, requirement by requirement: where Tadori says it. The words are
//! ours and may change; that they stand on that page may not.

use crate::world::{BASE_URL, MINUTE, World};

/// Fails unless each page says its words; each row names what it proves.
pub async fn says(pack: &str, rows: &[(&str, &str, &str)]) -> World {
    let world = World::of(pack, |_| {}).await;
    for (id, path, words) in rows {
        let page = world.get(path).await.is(200);
        assert!(page.text().contains(words), "{pack}, {id}: {path} does not say {words:?}\n{}", page.main());
    }
    world
}

#[tokio::test]
async fn osaka_says_what_it_is_for_and_for_whom() {
    let world = says(
        "osaka",
        &[
            ("OSK-1", "/faq", "飲食店などを通じて、感染が広がるのを防ぐため"),
            ("OSK-2", "/faq", "クラスターのおそれに早く気づける"),
            ("OSK-7", "/operators", "飲食店（居酒屋を含む）、料理店、喫茶店など"),
            ("OSK-8", "/operators", "府の休止・自粛要請の対象となった施設、イベント"),
            ("OSK-9", "/operators", "不特定多数の方が利用、参加するもの"),
            ("OSK-10", "/operators", "カラオケボックス・ダンスホール"),
            ("OSK-28", "/privacy", "氏名、住所、電話番号は集めません"),
            ("OSK-29", "/privacy", "ほかの目的には使いません"),
            ("OSK-30", "/privacy", "登録から2か月後に消去します"),
            ("OSK-31", "/privacy", "暗号化"),
            ("OSK-32", "/privacy", "責めに帰すべき"),
        ],
    )
    .await;
    // OSK-7 to OSK-9: operators are told again in their mail, so that who doesn't belong there notices.
    let mail = domain::message::operator_registered(
        &world.pack.policy,
        &world.pack.wording,
        &world.venue("見本食堂", "restaurant", 40).await,
        BASE_URL,
        false,
        false,
    );
    assert!(mail.body.contains("喫茶店"), "{}", mail.body);
}

#[tokio::test]
async fn hokkaido_tells_visitors_what_its_pages_told() {
    says(
        "hokkaido",
        &[
            ("HKD-2", "/", "<meta name=\"viewport\" content=\"width=device-width"),
            ("HKD-3", "/visitors", "利用するたびに登録してください"),
            ("HKD-8", "/faq", "似た名前のメールにはご注意ください"),
            ("HKD-14", "/visitors", "どの程度の接触があったかは分かっていません"),
            ("HKD-15", "/visitors", "体温を測るなど"),
            ("HKD-15", "/visitors", "手洗いと換気"),
            ("HKD-15", "/visitors", "マスクを着けて"),
            ("HKD-15", "/visitors", "医療機関を受診する前に「相談センター（見本）」へご相談ください"),
            ("HKD-16", "/", "「QRコード」は株式会社デンソーウェーブの登録商標です"),
            ("HKD-17", "/visitors", ">00-0000-0000<"),
            ("HKD-19", "/faq", "窓口での相談が円滑になります"),
            ("HKD-21", "/visitors", "感染が分かった方が利用していたことを確認しました"),
            ("HKD-22", "/faq", "施設やイベントごとにQRコードが違います"),
            ("HKD-23", "/faq", "QRコードを読み取った日時をもとにします"),
            ("HKD-24", "/privacy", "氏名、住所、電話番号は集めません"),
            ("HKD-24", "/faq", "位置情報は取得しません"),
            ("HKD-26", "/visitors", "メールは tadori.hokkaido.example から届きます"),
            ("HKD-27", "/privacy", "ほかの目的には使いません"),
            ("HKD-29", "/faq", "うわさによる被害を防ぐため"),
            ("HKD-29", "/visitors", "個別のお問い合わせにはお答えできません"),
            ("HKD-42", "/", "相談センター（見本）"),
            ("HKD-43", "/", "登録からお知らせまで"),
        ],
    )
    .await;
}

/// HKD-31 to HKD-35, HKD-40, HKD-41, HKD-43: six fields, all required, and the way to them.
#[tokio::test]
async fn hokkaido_tells_operators_what_its_pages_told() {
    let world = says(
        "hokkaido",
        &[
            ("HKD-11", "/operators", "不特定多数の方が利用する施設"),
            ("HKD-31", "/operators", "印刷して、利用される方の目に入る場所に掲示します"),
            ("HKD-33", "/venues/new", "登録すると、掲示用のQRコードをすぐにお渡しします"),
            ("HKD-34", "/faq", "連絡先と住所は、主催者のものです"),
            ("HKD-35", "/faq", "名称にイベントの名前を、担当者の欄に主催者の名前と担当者の氏名を"),
            ("HKD-40", "/operators", "場所の名前も、日時も、感染した方に関することも書きません"),
            ("HKD-40", "/faq", "施設や会場の名前も、利用の日も書きません"),
            ("HKD-41", "/faq", "この取り組みのための連絡にだけ使います"),
            ("HKD-43", "/operators", "登録をはじめる"),
        ],
    )
    .await;
    let form = world.get("/venues/new").await.is(200);
    for field in ["name", "contact_name", "email", "phone", "postal_code", "address"] {
        let tag = form.text().split('<').find(|tag| tag.contains(&format!(" name=\"{field}\"")));
        assert!(tag.is_some_and(|tag| tag.contains(" required")), "HKD-32: {field}: {tag:?}");
    }
    assert!(form.field("seats").is_none(), "HKD-32: nothing is asked of a size");
}

#[tokio::test]
async fn kyoto_says_what_its_service_said() {
    says(
        "kyoto-city",
        &[
            ("KYC-1", "/", "登録からお知らせまで"),
            ("KYC-2", "/faq", "店舗、施設、催しごとに1つのQRコードを発行し"),
            ("KYC-2", "/faq", "入口など、利用する方の目に入る場所に掲示してください"),
            ("KYC-7", "/faq", "氏名も位置情報も取得しません"),
            ("KYC-7", "/faq", "無料です。登録は任意です"),
            ("KYC-7", "/faq", "無料です。参加は任意です"),
            ("KYC-8", "/visitors", "お知らせが必要と判断したときに送ります"),
        ],
    )
    .await;
}

#[tokio::test]
async fn kanagawa_says_what_its_pages_said() {
    says(
        "kanagawa",
        &[
            ("KNG-5", "/faq", "「LINEで登録する」を押して"),
            ("KNG-13", "/faq", "どのコードをいつ読み取ったかの情報をもとに、メッセージをお送りします"),
            ("KNG-7", "/visitors", "（電話 00-0000-0000）へご相談ください"),
            ("KNG-8", "/faq", "ガイドラインに沿った対策をしていることが、来る方に伝わります"),
            ("KNG-9", "/faq", "QRコードは場所ごとに違います"),
            ("KNG-10", "/faq", "訪れた日ごとに、その場所のコードを読み取ってください"),
            ("KNG-10", "/visitors", "1日に1回登録してください"),
            ("KNG-11", "/faq", "氏名、住所、電話番号はたずねません。位置情報も使いません"),
            ("KNG-12", "/faq", "1人ひとりの来店の履歴を見ることも、使うこともありません"),
            ("KNG-14", "/visitors", "この連絡は、感染したことを意味するものではありません"),
            ("KNG-15", "/visitors", "SNSなどに書き込まないでください"),
            ("KNG-17", "/", "「QRコード」は株式会社デンソーウェーブの登録商標です"),
            ("KNG-20", "/", "平日 9時から17時まで"),
            ("KNG-23", "/faq", "職員が代わりに登録し、取組書とQRコードを印刷してお送りします"),
            ("KNG-25", "/visitors", "お知らせが必要と判断したときに送ります"),
            ("KNG-26", "/faq", "登録に必要なのは、お店や施設の情報と担当の方の連絡先だけです"),
        ],
    )
    .await;
}

/// F7, F9, F10, KNG-16: trademark line, thanks and desk in the foot of each page are the pack's; the first two
/// only where it has them.
#[tokio::test]
async fn the_foot_of_a_page_is_the_packs() {
    let shipped = World::new().await;
    let trademark = "「QRコード」は株式会社デンソーウェーブの登録商標です";
    let (thanks, desk) = ("見本の会社の協力で作られました", "平日 10時から15時まで");
    let varied = World::varied(&[
        ("trademark = true", "trademark = false"),
        ("credits = \"\"", &format!("credits = {thanks:?}")),
        ("hours = \"毎日 9時から18時まで\"", &format!("hours = {desk:?}")),
    ])
    .await;
    for path in ["/", "/visitors", "/operators", "/faq", "/privacy"] {
        shipped.get(path).await.is(200).says(trademark).does_not_say(thanks).does_not_say(desk);
        varied.get(path).await.is(200).does_not_say(trademark).says(thanks).says(desk);
    }
}

/// E12: how long a notice is held is the pack's, to the minute.
#[tokio::test]
async fn the_hold_is_the_packs() {
    for (minutes, told_after_ten) in [(0, 2), (10, 2), (40, 0)] {
        let mut world = World::varied(&[("hold_minutes = 10", &format!("hold_minutes = {minutes}"))]).await;
        let venue = world.venue("見本食堂", "restaurant", 40).await;
        let visitors = ["mei@visitor.example", "aoi@visitor.example"];
        for visitor in visitors {
            world.check_in(&venue, visitor).await;
        }
        let officer = world.officer("sato").await;
        world.enter(&officer, "本町-1", &[(&venue, world.today())]).await;
        world.settle().await;
        let notice = world.proposed().await;
        world.approve(&officer, notice).await;
        let told = |world: &World| visitors.iter().map(|to| world.notices_to(to).len()).sum::<usize>();
        assert_eq!(told(&world), 0, "not in the request that approved it");
        world.pass(10 * MINUTE).await;
        assert_eq!(told(&world), told_after_ten, "{minutes} minutes, after ten");
        world.pass(30 * MINUTE).await;
        assert_eq!(told(&world), 2, "{minutes} minutes, after forty");
    }
}
