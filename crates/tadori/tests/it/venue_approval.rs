//! Where the policy has officers look at registrations: held, approved, declined (KYC-2, C8).

use domain::policy::pack::PackFiles;

use crate::form::form;
use crate::operator::registration;
use crate::world::World;

fn approved(files: &mut PackFiles) {
    let policy = files.get_mut("jurisdiction.toml").unwrap();
    *policy = policy.replace("[venues]\n", "[venues]\napproval = \"officer\"\n");
}

/// Until an officer has approved it a code takes nothing, its page answers as for an unknown one, and no
/// poster is mailed; then all of it at once.
#[tokio::test]
async fn a_held_registration_counts_when_it_is_approved() {
    let mut world = World::with_pack(approved).await;
    let own = world.send_registration(registration()).await.leads_to().to_owned();
    world.get(&own).await.is(200).says("内容を確かめています").does_not_say("poster.pdf");
    let venue = world.intake.pending_venues(9).await.unwrap().remove(0);
    let path = format!("/v/{}", venue.code);
    let unknown = world.get("/v/0000000000000000000000000").await.is(404).bytes;
    assert_eq!(world.get(&path).await.is(404).bytes, unknown);
    let poster = own.replacen('?', "/poster.pdf?", 1);
    world.get(&poster).await.leads_to();
    world.pass(crate::world::DAY).await;
    assert!(world.inbox.messages().is_empty());

    let officer = world.officer("sato").await;
    let page = world
        .see(&officer, "/venues")
        .await
        .is(200)
        .says("確認を待っている登録 1件")
        .says("髙﨑𠮷辻食堂")
        .says("件が確認待ち");
    drop(page);
    let approve = format!("/venues/{}/approve", venue.id);
    world.act(&officer, &approve, form(&[])).await.leads_to();
    world.act(&officer, &approve, form(&[])).await.leads_to();
    world.get(&path).await.is(200);
    world.settle().await;
    let mails = world.mails_to("operator@shop.example");
    assert_eq!(mails.len(), 1);
    assert!(mails[0].attachments[0].bytes.starts_with(b"%PDF-"));
    assert!(world.get(&poster).await.is(200).bytes.starts_with(b"%PDF-"));
    let acts = world.office.ledger(None, 20).await.unwrap();
    assert_eq!(acts.iter().filter(|entry| entry.act == "venue_approved").count(), 1);

    // A room is looked at too.
    let nonce = world.get(&own).await.is(200).nonce();
    let rooms = own.replacen('?', "/rooms?", 1);
    world.post(&rooms, &form(&[("rooms", "2階"), ("nonce", &nonce)])).await.leads_to();
    let room = world.intake.pending_venues(9).await.unwrap().remove(0);
    world.get(&format!("/v/{}", room.code)).await.is(404);
    world.get(&own).await.is(200).says("確認中");
    world.act(&officer, &format!("/venues/{}/approve", room.id), form(&[])).await.leads_to();
    world.get(&format!("/v/{}", room.code)).await.is(200).says("2階");
}

/// Declined, its operator reads why, without a poster; it never counts.
#[tokio::test]
async fn a_declined_registration_says_why() {
    let mut world = World::with_pack(approved).await;
    let own = world.send_registration(registration()).await.leads_to().to_owned();
    let venue = world.intake.pending_venues(9).await.unwrap().remove(0);
    let officer = world.officer("sato").await;
    let decline = format!("/venues/{}/decline", venue.id);
    for reason in ["", "  ", &*"あ".repeat(201), "=1"] {
        world.act(&officer, &decline, form(&[("reason", reason)])).await.is(422).says("理由");
    }
    world.act(&officer, &decline, form(&[("reason", "府外の施設です。")])).await.leads_to();
    world.act(&officer, &format!("/venues/{}/approve", venue.id), form(&[])).await.leads_to();
    world.settle().await;
    let mails = world.mails_to("operator@shop.example");
    assert_eq!((mails.len(), mails[0].attachments.len()), (1, 0));
    assert!(mails[0].subject.contains("見送りました") && mails[0].body.contains("府外の施設です。"));
    assert!(!mails[0].body.contains("key="), "{}", mails[0].body);
    world.get(&format!("/v/{}", venue.code)).await.is(404);
    world.get(&own).await.is(200).says("見送られました").does_not_say("poster.pdf");
    world.see(&officer, &format!("/venues?q={}", venue.id)).await.is(200).says("見送り");
    let acts = world.office.ledger(None, 20).await.unwrap();
    assert!(acts.iter().any(|entry| entry.act == "venue_declined" && entry.detail == "府外の施設です。"));
    assert!(!acts.iter().any(|entry| entry.act == "venue_approved"));
}

/// Where registrations count at once, no page speaks of approving.
#[tokio::test]
async fn without_approval_nothing_waits() {
    let world = World::new().await;
    let officer = world.officer("sato").await;
    world.see(&officer, "/venues").await.is(200).does_not_say("確認を待っている");
}
