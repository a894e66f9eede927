//! The languages that a pack offers, and no others: pages, menu and mails (E22).

use std::path::Path;

use crate::form::form;
use crate::world::{MINUTE, World, policy};

const LANGUAGES: &str = "languages = [\"ja\", \"ja-easy\", \"en\"]";

/// All words of a language that isn't the engine's, as a pack brings them; for the test they are English.
fn words() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |file: &str| std::fs::read_to_string(root.join(file)).unwrap();
    let pages = ["en", "operators.en", "line.en", "pages.en", "app.en"];
    let pages = pages.map(|name| read(&format!("web/wording/{name}.ftl")));
    let files: Vec<String> = pages.into_iter().chain([read("domain/wording/en.ftl")]).collect();
    files.join("\n").replace("Register", "등록").replace("An important notice", "중요한 알림")
}

async fn check_in(world: &World, path: &str, email: &str) {
    let nonce = world.get(path).await.is(200).nonce();
    world.post(path, &form(&[("nonce", &nonce), ("email", email)])).await.leads_to();
}

/// What isn't offered is Japanese, on pages and in mails, and there is no menu of one language.
#[tokio::test]
async fn a_language_that_is_not_offered_is_japanese() {
    let mut world = World::with_pack(policy(&[(LANGUAGES, "languages = [\"ja\"]")])).await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let path = format!("/v/{}?lang=en", venue.code);
    world.get(&path).await.is(200).says("登録する").does_not_say("class=\"tongues\"");
    check_in(&world, &path, "tom@visitor.example").await;
    world.settle().await;
    assert!(world.mails_to("tom@visitor.example")[0].subject.contains("登録が完了しました"));
}

/// E22: another language is a file of the pack: in the menu, on the page, in the mails, and no Rust.
#[tokio::test]
async fn a_pack_adds_a_language() {
    let mut world = World::with_pack(|files| {
        policy(&[(LANGUAGES, "languages = [\"ja\", \"en\", \"ko\"]")])(files);
        files.insert("wording/ko.ftl".into(), words());
    })
    .await;
    let venue = world.venue("見本食堂", "restaurant", 40).await;
    let plain = format!("/v/{}", venue.code);
    world.get(&plain).await.is(200).says("한국어").does_not_say("やさしい日本語");
    let path = format!("{plain}?lang=ko");
    world.get(&path).await.is(200).says("등록").says("lang=\"ko\"");
    check_in(&world, &path, "minjun@visitor.example").await;
    check_in(&world, &format!("{plain}?lang=vi"), "lan@visitor.example").await;
    let officer = world.officer("sato").await;
    world.enter(&officer, "本町-1", &[(&venue, world.today())]).await;
    world.settle().await;
    let notice = world.proposed().await;
    world.see(&officer, &format!("/notices/{notice}")).await.is(200).says("한국어").says("중요한 알림");
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    let last = |email: &str| world.mails_to(email).last().unwrap().subject.clone();
    assert!(last("minjun@visitor.example").contains("중요한 알림"));
    assert!(last("lan@visitor.example").contains("大切なお知らせ"), "not offered: in Japanese");
}

/// What is printed speaks the pack's languages and no others: a poster, and the sheet that ends its code.
#[tokio::test]
async fn a_poster_speaks_the_packs_languages() {
    for (languages, english, easy) in [
        ("languages = [\"ja\", \"ja-easy\", \"en\"]", true, true),
        ("languages = [\"ja\", \"en\"]", true, false),
        ("languages = [\"ja\"]", false, false),
    ] {
        let world = World::with_pack(policy(&[(LANGUAGES, languages)])).await;
        let own = world.send_registration(crate::operator::registration()).await.leads_to().to_owned();
        let page = world.get(&own).await.is(200);
        let poster = page.addresses().into_iter().find(|address| address.contains("poster.pdf")).unwrap();
        let text = crate::certificate::words(&world.get(&poster).await.is(200).bytes);
        assert!(text.contains("登録をお願いします") || text.contains("登録"), "{text}");
        assert_eq!(text.contains("Pleasecheckin"), english, "{text}");
        assert_eq!(text.contains("Onlyyoure-mailaddress"), english, "{text}");
        assert_eq!(text.contains("やさしい日本語"), easy, "{text}");
        let discard = world.get(&poster.replace("poster.pdf", "discard.pdf")).await.is(200);
        assert_eq!(crate::certificate::words(&discard.bytes).contains("nolongerinuse"), english);
    }
}
