//! Two operators register one place at the same moment, and whose entry counts where an officer approves.

use domain::venue::VenueStatus;

use crate::certificate::{restaurant, second_page};
use crate::form::with;
use crate::operator::registration;
use crate::world::World;

/// Both are stored, each has its mail, its link and a code that works; each is told that the place may be there
/// already, and so is the officer. One form sent twice at the same moment is one place.
#[tokio::test]
async fn two_operators_register_one_place_at_once() {
    let mut world = World::new().await;
    let other = with(with(registration(), "email", "other@shop.example"), "contact_name", "山田");
    let (one, two) = tokio::join!(world.send_registration(registration()), world.send_registration(other));
    let pages = [one.leads_to().to_owned(), two.leads_to().to_owned()];
    assert_ne!(pages[0], pages[1]);
    assert_eq!(world.count("venue").await, 2);
    for page in &pages {
        world.get(page).await.is(200).says("髙﨑𠮷辻食堂").says("同じ名称と所在地の登録が、ほかに1件");
    }
    world.settle().await;
    for address in ["operator@shop.example", "other@shop.example"] {
        let mails = world.mails_to(address);
        assert_eq!((mails.len(), mails[0].attachments.len()), (1, 1), "{address}");
    }
    for venue in world.intake.find_venues("髙﨑", 9).await.unwrap() {
        world.check_in(&venue, "mei@visitor.example").await;
    }
    assert_eq!(world.check_ins_today().await, 2);

    let nonce = world.get("/venues/new").await.is(200).nonce();
    let fields = with(with(registration(), "name", "二号店"), "nonce", &nonce);
    let (one, two) = tokio::join!(world.post("/venues", &fields), world.post("/venues", &fields));
    let stored = [one, two].iter().filter(|page| page.status.as_u16() == 303).count();
    assert_eq!((stored, world.count("venue").await), (1, 3));
}

/// C8, C22: where an officer approves registrations, what an officer enters for an operator counts at once: whoever
/// would approve it has just heard the operator and answers for it in the ledger.
#[tokio::test]
async fn an_officers_own_entry_waits_for_no_officer() {
    let world = World::of("kanagawa", |files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        *policy = policy.replace("mutability = \"mutable\"", "approval = \"officer\"");
    })
    .await;
    let officer = world.officer("sato").await;
    let nonce = world.see(&officer, "/venues/new").await.is(200).nonce();
    let page = world.act_with(&officer, "/venues", with(restaurant(), "nonce", &nonce)).await.is(200);
    let page = world.act_with(&officer, "/venues", second_page(&page, &["air"])).await;
    drop(page.leads_to().to_owned());
    let page = world.send_registration(with(restaurant(), "name", "自分で登録した店")).await.is(200);
    world.post("/venues", &second_page(&page, &["air"])).await.leads_to();
    let status = async |name: &str| world.intake.find_venues(name, 1).await.unwrap().remove(0).status;
    assert_eq!(status("髙﨑").await, VenueStatus::Active);
    assert_eq!(status("自分で").await, VenueStatus::Pending);
    world.see(&officer, "/ledger").await.is(200).says("施設を代行登録");
}
