//! Rooms, an event's later days, corrections, replacing and ending: what an operator does on the own page.

use domain::venue::Venue;

use crate::form::{Form, form, with};
use crate::operator::{registration, scanned};
use crate::page::Page;
use crate::world::{DAY, World};

/// A world in which a line of the pack's `[venues]` is added.
async fn world(keys: &str) -> World {
    World::with_pack(|files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        *policy = policy.replace("[venues]\n", &format!("[venues]\n{keys}\n"));
    })
    .await
}

fn part(own: &str, path: &str) -> String {
    own.split_once("&new").map_or(own, |(own, _)| own).replacen('?', &format!("{path}?"), 1)
}

impl World {
    /// A venue of its own page, where it was registered just now.
    async fn registered(&self, fields: Form) -> String {
        self.send_registration(fields).await.leads_to().to_owned()
    }

    /// Sends one of the forms of an operator's page.
    async fn own_act(&self, own: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let nonce = self.get(own).await.is(200).nonce();
        self.post(&part(own, path), &with(form(fields), "nonce", &nonce)).await
    }

    async fn only_venue(&self, name: &str) -> Venue {
        let mut found = self.intake.venues_named(name, 9).await.unwrap();
        found.retain(|venue| venue.room.is_none());
        assert_eq!(found.len(), 1);
        found.remove(0)
    }
}

/// HKD-38, STM-27: rooms are added by lines, each with its code; page, poster and check-in name the room; a
/// reload and a name that is there add nothing.
#[tokio::test]
async fn each_room_has_its_own_code() {
    let world = World::new().await;
    let own = world.registered(registration()).await;
    let nonce = world.get(&own).await.is(200).says("部屋・フロア").nonce();
    let lines = form(&[("rooms", " 2階 個室A \r\n\r\n3階\n3階\n"), ("nonce", &nonce)]);
    world.post(&part(&own, "/rooms"), &lines).await.leads_to();
    world.post(&part(&own, "/rooms"), &lines).await.leads_to();
    let parent = world.only_venue("髙﨑𠮷辻食堂").await;
    let rooms = world.intake.rooms(parent.id).await.unwrap();
    assert_eq!(rooms.iter().map(|room| room.room_name()).collect::<Vec<_>>(), ["2階 個室A", "3階"]);
    assert_eq!(world.count("operator_mail").await, 1, "a room needs no mail");

    let page = world.get(&own).await.is(200).says("2階 個室A").says("3階");
    let offered = page.addresses();
    let all = offered.iter().find(|address| address.contains("posters.pdf")).unwrap();
    assert!(world.get(all).await.is(200).bytes.starts_with(b"%PDF-"));
    world.get(&all.replace("part=1", "part=2")).await.is(404);
    let link = offered.iter().find(|address| address.contains(&rooms[0].id.to_string())).unwrap();
    let room =
        world.get(link).await.is(200).says("髙﨑𠮷辻食堂 2階 個室A").does_not_say("部屋・フロアを加える");
    let png = room.addresses().into_iter().find(|address| address.contains("code.png")).unwrap();
    let path = scanned(&world.get(&png).await.is(200).bytes).replace("HTTPS://TADORI.OSAKA.EXAMPLE", "");
    assert!(path.ends_with(&rooms[0].code.to_string()));
    world.get(&path).await.is(200).says("髙﨑𠮷辻食堂").says("2階 個室A");
    world.check_in(&rooms[0], "a@mail.example").await;
    assert_eq!(world.intake.count_check_ins_at(world.today(), rooms[0].id).await.unwrap(), 1);
    assert_eq!(world.intake.count_check_ins_at(world.today(), parent.id).await.unwrap(), 0);

    for (typed, said) in [
        ("", "入力してください"),
        ("=1+1", "先頭に"),
        ("🍣の間", "印刷できない文字"),
        (&*"階".repeat(31), "30文字"),
        (&*"a\n".repeat(51), "一度に50件"),
    ] {
        world.own_act(&own, "/rooms", &[("rooms", typed)]).await.is(422).says(said);
    }
    assert_eq!(world.count("venue").await, 3);
    // The officer sees both names; a room is chosen by its number, and ended alone.
    let officer = world.officer("sato").await;
    world
        .see(&officer, "/venues?q=髙﨑")
        .await
        .is(200)
        .says("髙﨑𠮷辻食堂 2階 個室A")
        .says("髙﨑𠮷辻食堂 3階");
    world.own_act(link, "/revoke", &[]).await.leads_to();
    world.get(&path).await.is(404);
    world.get(&format!("/v/{}", parent.code)).await.is(200);
    world.get(&png).await.leads_to();
    assert!(world.get(&part(link, "/discard.pdf")).await.is(200).bytes.starts_with(b"%PDF-"));
}

/// C10: where rooms have no codes of their own, nothing offers or takes them.
#[tokio::test]
async fn a_pack_without_rooms_takes_none() {
    let world = world("rooms = \"none\"").await;
    let own = world.registered(registration()).await;
    world.get(&own).await.is(200).does_not_say("部屋・フロア");
    world.own_act(&own, "/rooms", &[("rooms", "2階")]).await.is(404);
    world.get("/venues/new").await.is(200).does_not_say("フロアごと");
    assert_eq!(world.count("venue").await, 1);
}

fn event(world: &World) -> Form {
    let today = world.today().to_string();
    let event = with(with(registration(), "kind", "event_indoor"), "category", "event");
    with(with(with(event, "participants", "150"), "starts_on", &today), "ends_on", &today)
}

/// STM-28, C13: a host's later event keeps the code; days are told apart by when people check in. Where each
/// event is registered, none are added.
#[tokio::test]
async fn a_later_event_of_the_same_host_keeps_the_code() {
    let mut first = world("").await;
    let own = first.registered(event(&first)).await;
    let venue = first.only_venue("髙﨑𠮷辻食堂").await;
    let (later, path) = (first.today().plus_days(7).to_string(), format!("/v/{}", venue.code));
    let days = [("starts_on", &*later), ("ends_on", &*later)];
    first.own_act(&own, "/dates", &days).await.leads_to();
    first.own_act(&own, "/dates", &days).await.leads_to();
    first.get(&own).await.is(200).says("2026年11月29日");
    let overlapping = [("starts_on", &*first.today().to_string()), ("ends_on", &*later)];
    first.own_act(&own, "/dates", &overlapping).await.is(422).says("重なって");
    first.own_act(&own, "/dates", &[("starts_on", "2026-11-01"), ("ends_on", "2026-11-02")]).await.is(422);
    first.get(&path).await.is(200);
    first.pass(DAY).await;
    first.get(&path).await.is(404);
    first.pass(6 * DAY).await;
    first.get(&path).await.is(200);
    first.check_in(&venue, "a@mail.example").await;

    let each = world("event_reuse = \"per_event\"").await;
    let own = each.registered(event(&each)).await;
    each.get(&own).await.is(200).says("次のイベントは、新しく登録してください");
    each.own_act(&own, "/dates", &days).await.is(404);
    // What is no event has no days to add.
    let shop = each.registered(with(registration(), "name", "別の店")).await;
    each.own_act(&shop, "/dates", &days).await.is(404);
}

/// STM-33: what was registered can't be changed; it is registered anew, the old code works until the operator
/// ends it, and a sheet says of it that it is to be thrown away.
#[tokio::test]
async fn a_wrong_registration_is_replaced() {
    let world = World::new().await;
    let own = world.registered(registration()).await;
    let old = world.only_venue("髙﨑𠮷辻食堂").await;
    world.own_act(&own, "/correct", &[("name", "別の店")]).await.is(404);
    let again = world.get(&own).await.is(200).addresses();
    let again = again.iter().find(|address| address.contains("replaces=")).unwrap();
    let page =
        world.get(again).await.is(200).says("登録し直す").says("40").does_not_say("operator@shop.example");
    assert_eq!(page.field("name").as_deref(), Some("髙﨑𠮷辻食堂"));
    let mut fields = with(registration(), "name", "髙﨑食堂");
    for name in ["nonce", "replaces", "replaces_key"] {
        fields = with(fields, name, &page.field(name).unwrap());
    }
    // Without the old one's key nothing is replaced.
    let stolen = with(fields.clone(), "replaces_key", &page.nonce());
    world.post("/venues", &stolen).await.is(404);
    let new = world.post("/venues", &fields).await.leads_to().to_owned();
    let page = world.get(&new).await.is(200).says(&old.id.to_string()).says("前のQRコードは、まだ使えます");
    assert!(!page.text().contains("ほかに1件"), "what replaces another is no duplicate of it");
    world.get(&own).await.is(200).says("として登録し直されています");
    world.get(&format!("/v/{}", old.code)).await.is(200);
    assert!(world.get(&part(&new, "/replaced.pdf")).await.is(200).bytes.starts_with(b"%PDF-"));
    world.own_act(&new, "/retire", &[]).await.leads_to();
    world.get(&format!("/v/{}", old.code)).await.is(404);
    world.get(&own).await.is(200).says("このQRコードは使えません");
    world.get(&new).await.is(200).says("前のQRコードは無効になりました");
    let venue = world.only_venue("髙﨑食堂").await;
    assert_eq!(venue.replaces, Some(old.id));
    world.get(&format!("/v/{}", venue.code)).await.is(200);
    world.post(&part(&own, "/retire"), &form(&[])).await.is(404);
}

/// C7: where the policy lets it be corrected, spelling is corrected and the code stays; nothing is replaced.
#[tokio::test]
async fn a_misspelt_name_is_corrected_where_the_policy_lets_it() {
    let mut world = world("mutability = \"mutable\"").await;
    let own = world.registered(registration()).await;
    let before = world.only_venue("髙﨑𠮷辻食堂").await;
    world.own_act(&own, "/rooms", &[("rooms", "2階")]).await.leads_to();
    world.get(&format!("/v/{}", before.code)).await.is(200);
    let right = [("name", "髙﨑辻食堂"), ("postal_code", "530-0001"), ("address", "大阪市北区見本町9")];
    world.own_act(&own, "/correct", &right).await.leads_to();
    // At once, and on every page: nothing remembers the old name.
    world.get(&format!("/v/{}", before.code)).await.is(200).says("髙﨑辻食堂").does_not_say("𠮷");
    let after = world.only_venue("髙﨑辻食堂").await;
    assert_eq!((after.id, after.code, &*after.postal_code), (before.id, before.code, "5300001"));
    assert_eq!(world.intake.rooms(after.id).await.unwrap()[0].full_name(), "髙﨑辻食堂 2階");
    assert!(world.get(&part(&own, "/poster.pdf")).await.is(200).bytes.starts_with(b"%PDF-"));
    world.own_act(&own, "/correct", &[("name", ""), ("postal_code", "1"), ("address", "")]).await.is(422);
    world.own_act(&own, "/correct", &with_name("=1")).await.is(422).says("先頭に");
    let page = world.get(&own).await.is(200);
    assert!(!page.addresses().iter().any(|address| address.contains("replaces=")));
    let replace = format!("/venues/new?replaces={}&{}", before.id, own.split_once('?').unwrap().1);
    world.get(&replace).await.is(404);
    world.settle().await;
    let mail = &world.mails_to("operator@shop.example")[0].body;
    assert!(mail.contains("上のページで直せます") && !mail.contains("登録し直し"), "{mail}");
}

fn with_name(name: &str) -> [(&str, &str); 3] {
    [("name", name), ("postal_code", "5400000"), ("address", "大阪市")]
}

/// An operator ends a code: it takes nothing from then on, with all its rooms, and its page says what to do.
#[tokio::test]
async fn an_ended_code_takes_nothing() {
    let world = World::new().await;
    let own = world.registered(registration()).await;
    world.own_act(&own, "/rooms", &[("rooms", "2階")]).await.leads_to();
    let venue = world.only_venue("髙﨑𠮷辻食堂").await;
    let room = world.intake.rooms(venue.id).await.unwrap().remove(0);
    for code in [venue.code, room.code] {
        world.get(&format!("/v/{code}")).await.is(200);
    }
    world.post(&part(&own, "/revoke"), &form(&[("nonce", "")])).await.is(422);
    let done = world.own_act(&own, "/revoke", &[]).await;
    world.get(done.leads_to()).await.is(200).says("はがして").does_not_say("poster.pdf");
    for code in [venue.code, room.code] {
        world.get(&format!("/v/{code}")).await.is(404);
    }
    for path in ["/poster.pdf", "/posters.pdf", "/code.png", "/code.svg", "/screen"] {
        assert!(world.get(&part(&own, path)).await.leads_to().starts_with("/venues/"));
    }
    world.post(&part(&own, "/rooms"), &form(&[("rooms", "3階")])).await.is(404);
}

/// Two operators who register one place are told, and neither is refused; an officer sees it too.
#[tokio::test]
async fn a_second_registration_of_a_place_is_hinted_at() {
    let world = World::new().await;
    let first = world.registered(registration()).await;
    world.get(&first).await.is(200).does_not_say("ほかに1件");
    let second = with(with(registration(), "name", "髙﨑𠮷辻 食堂"), "email", "other@shop.example");
    let second = world.registered(second).await;
    world.get(&second).await.is(200).says("ほかに1件");
    world.get(&first).await.is(200).says("ほかに1件");
    let number = world.only_venue("髙﨑𠮷辻食堂").await.id.to_string();
    let officer = world.officer("sato").await;
    let page = world.see(&officer, "/venues?q=髙﨑𠮷辻").await.is(200).says("名称と所在地が同じ登録");
    assert!(page.addresses().contains(&format!("/venues?q={number}")));
    world.own_act(&first, "/revoke", &[]).await.leads_to();
    world.get(&second).await.is(200).does_not_say("ほかに1件");
}

/// C2, C12, C15, C16, C17: what the policy says of places, posting and scope stands on the pages and in the mail, and
/// nothing else does.
#[tokio::test]
async fn what_operators_are_told_is_the_packs() {
    let keys = "forbidden_places = [\"outside\", \"handouts\"]\ndual_posting = true\ncopies = \"single\"\n\
                eligibility = [\"distinguishable\", \"identified_ok\"]";
    for (mut world, told) in [(world(keys).await, true), (World::new().await, false)] {
        let own = world.registered(registration()).await;
        world.settle().await;
        let mail = world.mails_to("operator@shop.example")[0].body.clone();
        for path in ["/operators", &*own] {
            let page = world.get(path).await.is(200).says("料理店");
            for words in ["外から読み取れる場所", "印刷物に載せて", "主催者の両方", "1か所だけに"]
            {
                assert_eq!(page.text().contains(words), told, "{path}: {words}");
            }
        }
        for path in ["/operators", "/venues/new"] {
            let page = world.get(path).await.is(200);
            for words in ["通りがかりの方と区別", "登録しなくてもかまいません"] {
                assert_eq!(page.text().contains(words), told, "{path}: {words}");
            }
        }
        for words in ["外から読み取れる場所", "印刷物に載せて", "主催者の両方", "1か所だけに"]
        {
            assert_eq!(mail.contains(words), told, "{words}: {mail}");
        }
        assert!(mail.contains("料理店"), "{mail}");
    }
}
