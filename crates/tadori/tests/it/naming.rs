//! What a warning names of place and day: nothing, what the policy lets it, or what the operator agreed to.

use domain::id::NoticeId;
use domain::message::{MailKind, Named};
use domain::notice::NoticeState;
use domain::venue::Venue;

use crate::form::{form, with};
use crate::operator::registration;
use crate::story::Officer;
use crate::world::{HOUR, MINUTE, World, policy};

const MEI: &str = "mei@visitor.example";
const HARUTO: &str = "haruto@visitor.example";

const ALERT: &str = "naming_alert = \"none\"";
const WITH_CONSENT: (&str, &str) = (ALERT, "naming_alert = \"with_consent\"");

/// Two places where a case was today: mei was at both, haruto at the second. The notice that waits.
async fn at_two_places(world: &mut World) -> (Officer, [Venue; 2], NoticeId) {
    let officer = world.officer("sato").await;
    let places =
        [world.venue("一号店", "restaurant", 40).await, world.venue("二号店", "restaurant", 40).await];
    for (place, email) in [(0, MEI), (1, MEI), (1, MEI), (1, HARUTO)] {
        world.check_in(&places[place], email).await;
    }
    let day = world.today();
    world.enter(&officer, "本町-1", &[(&places[0], day), (&places[1], day)]).await;
    world.settle().await;
    let notice = world.proposed().await;
    (officer, places, notice)
}

/// HYG-4: an alert names the place and the day that its reader was at, in a message for each, and no other place
/// of the case's; the officer reads them all beforehand, in each language.
#[tokio::test]
async fn an_alert_names_the_readers_own_place_and_day() {
    let mut world = World::with_pack(policy(&[(ALERT, "naming_alert = \"venue_and_date\"")])).await;
    let (officer, places, notice) = at_two_places(&mut world).await;
    let path = format!("/v/{}?lang=en", places[0].code);
    let nonce = world.get(&path).await.nonce();
    world.post(&path, &form(&[("nonce", &nonce), ("email", "tom@visitor.example")])).await.leads_to();
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200);
    for shown in ["施設など：一号店", "施設など：二号店", "利用日：2026年11月22日（日）", "Place: 一号店"]
    {
        assert!(page.text().contains(shown), "{shown}");
    }
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;

    let bodies: Vec<String> = world.notices_to(MEI).into_iter().map(|mail| mail.body).collect();
    assert_eq!(bodies.len(), 2, "one for each place");
    for (one, other) in [("一号店", "二号店"), ("二号店", "一号店")] {
        assert_eq!(bodies.iter().filter(|body| body.contains(one) && !body.contains(other)).count(), 1);
    }
    let mails = world.notices_to(HARUTO);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].body.contains("二号店") && !mails[0].body.contains("一号店"));
    let day = world.today();
    let named = Named::Place { venue: "二号店".into(), days: vec![day] };
    assert_eq!(world.faults(&mails[0], MailKind::Alert, "ja", named), Vec::<String>::new());
    let tom = &world.notices_to("tom@visitor.example")[0];
    assert!(tom.body.contains("Place: 一号店\nDate of use: Sunday, 22 November 2026"), "{}", tom.body);
    world.pass(48 * HOUR).await;
    assert_eq!((world.notices_to(MEI).len(), world.state(notice).await), (2, NoticeState::Settled));
    world.get("/visitors").await.says("場所の名前と日付を書きます").says("施設など：");
}

/// E13: the day and no place; two places of one day are one message.
#[tokio::test]
async fn an_alert_names_the_day_alone() {
    let mut world = World::with_pack(policy(&[(ALERT, "naming_alert = \"date\"")])).await;
    let (officer, _, notice) = at_two_places(&mut world).await;
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    for email in [MEI, HARUTO] {
        let mails = world.notices_to(email);
        assert_eq!(mails.len(), 1, "{email}");
        assert!(mails[0].body.contains("利用日：2026年11月22日（日）") && !mails[0].body.contains("号店"));
    }
    world.get("/visitors").await.is(200).says("日付だけを書きます");
    world.get("/report").await.is(200).says("日付だけを書きます");
}

/// KNG-24, C18: an officer records that the operator agreed, with how that is known, before anybody approves; then
/// the mail names that place. What was approved is what was shown.
#[tokio::test]
async fn an_officer_records_the_operators_consent() {
    let asked = ("fields = [", "naming_consent = \"per_case\"\nfields = [");
    let mut world = World::with_pack(policy(&[WITH_CONSENT, asked])).await;
    let (officer, places, notice) = at_two_places(&mut world).await;
    let path = format!("/notices/{notice}/consent");
    let own = format!("/notices/{notice}");
    world.see(&officer, &own).await.is(200).says("施設名を伝える同意").does_not_say("施設など：");
    let number = places[1].id.to_string();
    let fields = form(&[("venue", &number), ("consent_reason", "店長に電話で確認（佐藤）")]);
    world.act(&officer, &path, with(fields.clone(), "consent_reason", "")).await.is(422).says("経緯を入力");
    world.act(&officer, &path, with(fields.clone(), "venue", "")).await.is(422).says("施設を選んで");
    let elsewhere = with(fields.clone(), "venue", "00000-00000");
    assert!(!world.act(&officer, &path, elsewhere).await.status.is_success(), "not a venue of this notice");
    world.act(&officer, &path, fields.clone()).await.leads_to();
    world.see(&officer, &own).await.is(200).says("施設など：二号店").says("名称を伝える同意あり");
    world.see(&officer, "/ledger").await.is(200).says("店長に電話で確認").says("同意を記録");

    // Another officer still looks at the page from before.
    world.act(&officer, &format!("{own}/approve"), form(&[("consents", "0")])).await.is(409);
    assert_eq!(world.state(notice).await, NoticeState::Proposed);
    world.approve(&officer, notice).await;
    world.act(&officer, &path, with(fields, "venue", &places[0].id.to_string())).await.is(409);
    world.pass(11 * MINUTE).await;

    let haruto = &world.notices_to(HARUTO)[0].body;
    assert!(haruto.contains("施設など：二号店") && !haruto.contains("一号店"), "{haruto}");
    let mei: Vec<String> = world.notices_to(MEI).into_iter().map(|mail| mail.body).collect();
    assert_eq!(mei.len(), 2, "the named place, and the one that isn't");
    assert_eq!(mei.iter().filter(|body| body.contains("二号店")).count(), 1);
    assert!(!mei.iter().any(|body| body.contains("一号店")));
}

/// Without a policy that asks, there is no such act.
#[tokio::test]
async fn consent_is_recorded_only_where_it_is_asked_for() {
    let mut world = World::new().await;
    let (officer, places, notice) = at_two_places(&mut world).await;
    let fields = form(&[("venue", &places[0].id.to_string()), ("consent_reason", "電話で確認")]);
    world.act(&officer, &format!("/notices/{notice}/consent"), fields).await.is(404);
    world.see(&officer, &format!("/notices/{notice}")).await.is(200).does_not_say("施設名を伝える同意");
    world.get("/venues/new").await.is(200).does_not_say("name=\"naming\"");
}

/// HYG-7, C18: the operator agrees on the form of registration, freely; the mail names who did.
#[tokio::test]
async fn an_operator_agrees_at_registration() {
    let asked = ("fields = [", "naming_consent = \"at_registration\"\nfields = [");
    for agrees in [true, false] {
        let mut world = World::with_pack(policy(&[WITH_CONSENT, asked])).await;
        world.get("/venues/new").await.is(200).says("name=\"naming\"").says("同意は任意です");
        let fields = registration();
        let fields = if agrees { with(fields, "naming", "yes") } else { fields };
        world.send_registration(fields).await.leads_to();
        let venue = world.intake.find_venues("髙﨑", 1).await.unwrap().remove(0);
        assert_eq!(venue.naming_consent, agrees);
        world.check_in(&venue, MEI).await;
        let officer = world.officer("sato").await;
        world.enter(&officer, "本町-1", &[(&venue, world.today())]).await;
        world.settle().await;
        let notice = world.proposed().await;
        world.approve(&officer, notice).await;
        world.pass(11 * MINUTE).await;
        let mails = world.notices_to(MEI);
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].body.contains("髙﨑𠮷辻食堂"), agrees, "{}", mails[0].body);
    }
}

/// HYG-7: where places are always named, agreeing is a condition of registration.
#[tokio::test]
async fn where_places_are_named_consent_is_a_condition() {
    let named = (ALERT, "naming_alert = \"venue_and_date\"");
    let asked = ("fields = [", "naming_consent = \"at_registration\"\nfields = [");
    let world = World::with_pack(policy(&[named, asked])).await;
    world.send_registration(registration()).await.is(422).says("同意が必要です");
    assert_eq!(world.count("venue").await, 0);
    world.send_registration(with(registration(), "naming", "yes")).await.leads_to();
    assert_eq!(world.count("venue").await, 1);
}

/// E14, KYC-5: a cluster's notice names its place always, or never, whatever is published.
#[tokio::test]
async fn a_clusters_naming_is_the_policys() {
    for (naming, named) in [("always", true), ("none", false)] {
        let to = format!("naming_cluster = \"{naming}\"");
        let mut world = World::with_pack(policy(&[("naming_cluster = \"if_published\"", &to)])).await;
        let venue = world.venue("ライブハウス みなと", "theatre", 500).await;
        world.check_in(&venue, MEI).await;
        let officer = world.officer("sato").await;
        let day = world.today().to_string();
        let fields =
            form(&[("venue", "ライブハウス みなと"), ("from", &day), ("to", &day), ("act", "propose")]);
        let answer = world.act(&officer, "/clusters/new", with(fields, "published", "yes")).await;
        let notice = NoticeId::parse(answer.leads_to().trim_start_matches("/notices/")).unwrap();
        world.see(&officer, "/ledger").await.is(200).says("公表あり");
        world.approve(&officer, notice).await;
        world.pass(11 * MINUTE).await;
        assert_eq!(world.notices_to(MEI)[0].body.contains("ライブハウス みなと"), named, "{naming}");
    }
}
