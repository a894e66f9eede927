//! What becomes of a venue: rooms, decisions, corrections, later days, withdrawal, and whole tables.

use domain::held::Held;
use domain::id::{MessageId, VenueId};
use domain::venue::{Room, Venue, VenueName, VenueStatus};
use store::arrivals::NewOperatorMail;
use store::venues::Registration;

use crate::samples::{NOW, day, later, sixteen, venue};
use crate::stores::Stores;
use crate::venues::{registration, same, with_names};

fn room(n: i64, of: i64, name: &str) -> Registration {
    let (mut new, _) = registration(n, "見本会館");
    new.venue.room = Some(Room { of: venue(of), name: name.into() });
    new
}

fn pending(n: i64) -> (Registration, NewOperatorMail) {
    let (mut new, mail) = registration(n, "見本会館");
    new.venue.status = VenueStatus::Pending;
    (new, mail)
}

async fn status(stores: &Stores, n: i64) -> VenueStatus {
    stores.intake.venue(venue(n)).await.unwrap().unwrap().status
}

/// HKD-38, STM-27: rooms are venues with their own codes, listed under their parent in order; added all or
/// none, and once.
#[tokio::test]
async fn rooms_are_added_all_or_none_and_once() {
    let stores = with_names(&["見本会館"]).await;
    let rooms = [room(1, 0, "2階"), room(2, 0, "1階")];
    assert!(stores.intake.add_rooms(venue(0), &rooms, 3).await.unwrap());
    assert!(!stores.intake.add_rooms(venue(0), &rooms, 9).await.unwrap(), "a reload adds nothing");
    let mut half = [room(3, 0, "地下"), room(4, 0, "屋上")];
    assert!(!stores.intake.add_rooms(venue(0), &half, 3).await.unwrap(), "more than there may be");
    half[1].form_nonce = rooms[0].form_nonce;
    assert!(!stores.intake.add_rooms(venue(0), &half, 9).await.unwrap());
    let (intake, _) = stores.reopened().await;
    let listed = intake.rooms(venue(0)).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().zip(&rooms).all(|(read, new)| same(read, &new.venue)));
    assert_eq!(listed[0].full_name(), "見本会館 2階");
    let by_code = intake.venue_by_code(rooms[1].venue.code).await.unwrap().unwrap();
    assert!(same(&by_code, &rooms[1].venue));
    assert!(intake.rooms(venue(1)).await.unwrap().is_empty());
}

/// C8: a venue that waits has its mail wait; approved it is sent, declined it says why and brings no poster.
#[tokio::test]
async fn a_decision_frees_the_mail() {
    let stores = Stores::new().await;
    for n in [0, 1, 2] {
        let (new, mail) = pending(n);
        assert!(stores.intake.register_venue(&new, Some(&mail)).await.unwrap());
    }
    let mut own = room(5, 0, "2階");
    own.venue.status = VenueStatus::Pending;
    assert!(stores.intake.add_rooms(venue(0), &[own], 9).await.unwrap());
    let century = later(100 * 365 * 86_400);
    assert!(stores.intake.operator_mails(century, 10).await.unwrap().is_empty());
    let waiting = stores.intake.pending_venues(10).await.unwrap();
    assert_eq!(waiting.iter().map(|v| v.id).collect::<Vec<_>>(), [0, 1, 2, 5].map(venue));
    assert_eq!(stores.intake.pending_venues(2).await.unwrap().len(), 2);
    assert_eq!(stores.intake.count_venues().await.unwrap(), 0);

    assert!(stores.intake.approve_venue(venue(0), later(10)).await.unwrap());
    assert!(!stores.intake.approve_venue(venue(0), later(11)).await.unwrap());
    assert!(!stores.intake.decline_venue(venue(0), "x", later(11)).await.unwrap());
    assert_eq!(
        (status(&stores, 0).await, status(&stores, 5).await),
        (VenueStatus::Active, VenueStatus::Active)
    );
    assert!(stores.intake.decline_venue(venue(1), "府外の施設です", later(12)).await.unwrap());
    assert!(!stores.intake.approve_venue(venue(1), later(13)).await.unwrap());
    assert!(!stores.intake.approve_venue(VenueId::from_stored(9), later(13)).await.unwrap());
    assert_eq!(
        (status(&stores, 1).await, status(&stores, 2).await),
        (VenueStatus::Declined, VenueStatus::Pending)
    );

    assert!(stores.intake.operator_mails(later(9), 10).await.unwrap().is_empty());
    let mails = stores.intake.operator_mails(later(12), 10).await.unwrap();
    let told: Vec<_> =
        mails.iter().map(|m| (m.mail.venue, m.declined.as_str(), m.mail.attachment.len())).collect();
    assert_eq!(told, [(venue(0), "", 4), (venue(1), "府外の施設です", 0)]);
}

/// A withdrawn venue's rooms are withdrawn with it; a room alone leaves the venue.
#[tokio::test]
async fn a_withdrawn_venue_takes_its_rooms_with_it() {
    let stores = with_names(&["見本会館"]).await;
    let rooms = [room(1, 0, "1階"), room(2, 0, "2階")];
    assert!(stores.intake.add_rooms(venue(0), &rooms, 9).await.unwrap());
    assert!(stores.intake.revoke_venue(venue(1), later(30)).await.unwrap());
    assert_eq!(
        (status(&stores, 0).await, status(&stores, 2).await),
        (VenueStatus::Active, VenueStatus::Active)
    );
    assert!(stores.intake.revoke_venue(venue(0), later(30)).await.unwrap());
    assert_eq!(status(&stores, 2).await, VenueStatus::Revoked);
    assert_eq!(stores.intake.count_venues().await.unwrap(), 0);
    let ended = stores.intake.ended_with_operator().await.unwrap();
    assert_eq!(ended[0], (venue(0), later(30)), "its operator is to be erased some day");
    stores.intake.erase_operator(venue(0)).await.unwrap();
    assert!(stores.intake.ended_with_operator().await.unwrap().iter().all(|(id, _)| *id != venue(0)));
}

/// C7: corrected, it has the same number and code; its rooms carry the new name.
#[tokio::test]
async fn a_correction_keeps_the_code() {
    let stores = with_names(&["見本会舘", "別の店"]).await;
    assert!(stores.intake.add_rooms(venue(0), &[room(5, 0, "1階")], 9).await.unwrap());
    let before = stores.intake.venue(venue(0)).await.unwrap().unwrap();
    let corrected = Venue {
        name: VenueName::parse("見本会館").unwrap(),
        postal_code: "5300001".into(),
        address: "大阪市北区".into(),
        ..before
    };
    stores.intake.correct_venue(&corrected).await.unwrap();
    assert!(same(&stores.intake.venue(venue(0)).await.unwrap().unwrap(), &corrected));
    assert_eq!(stores.intake.rooms(venue(0)).await.unwrap()[0].full_name(), "見本会館 1階");
    assert_eq!(stores.intake.venue(venue(1)).await.unwrap().unwrap().name.as_str(), "別の店");
    assert_eq!(stores.intake.find_venues("会舘", 9).await.unwrap().len(), 0);
}

/// STM-28: later days of a host's event; two who add days at once don't lose each other's.
#[tokio::test]
async fn later_days_are_added_and_none_is_lost() {
    let stores = with_names(&["a", "b", "c"]).await;
    let before = stores.intake.venue(venue(2)).await.unwrap().unwrap().held;
    let (mut mine, mut theirs) = (before.clone(), before.clone());
    mine.add(day(10), day(10)).unwrap();
    theirs.add(day(20), day(21)).unwrap();
    assert!(stores.intake.set_held(venue(2), &before, &mine).await.unwrap());
    assert!(!stores.intake.set_held(venue(2), &before, &theirs).await.unwrap());
    assert!(!stores.intake.set_held(venue(9), &before, &theirs).await.unwrap());
    assert_eq!(stores.intake.venue(venue(2)).await.unwrap().unwrap().held, mine);
    assert_eq!(stores.intake.venue(venue(0)).await.unwrap().unwrap().held, Held::always());
}

/// Registrations that may be of one place are found; rooms, withdrawn and other places aren't.
#[tokio::test]
async fn what_may_be_the_same_place_is_found() {
    let stores = with_names(&["カフェ Minato", "ｶﾌｪ　ＭＩＮＡＴＯ", "カフェ みなと", "カフェMinato"]).await;
    let of = async |n| {
        let own = stores.intake.venue(venue(n)).await.unwrap().unwrap();
        let alike = stores.intake.venues_alike(&own, 9).await.unwrap();
        alike.iter().map(|v| v.id).collect::<Vec<_>>()
    };
    assert_eq!(of(0).await, [venue(1), venue(3)]);
    assert_eq!(of(2).await, Vec::<VenueId>::new());
    stores.intake.revoke_venue(venue(1), later(30)).await.unwrap();
    assert_eq!(of(3).await, [venue(0)]);
    assert!(stores.intake.add_rooms(venue(0), &[room(5, 0, "1階"), room(6, 0, "2階")], 9).await.unwrap());
    assert_eq!(of(5).await, Vec::<VenueId>::new());
}

/// STM-33: what stands in the place of a registration is known.
#[tokio::test]
async fn what_replaces_a_venue_is_known() {
    let stores = with_names(&["a", "b"]).await;
    let (mut new, mail) = registration(2, "c");
    new.venue.replaces = Some(venue(0));
    assert!(stores.intake.register_venue(&new, Some(&mail)).await.unwrap());
    assert!(same(&stores.intake.venues_replacing(venue(0)).await.unwrap()[0], &new.venue));
    assert!(stores.intake.venues_replacing(venue(1)).await.unwrap().is_empty());
}

/// C9: a table is imported whole or not at all; the same lines again are imported no second time.
#[tokio::test]
async fn a_table_is_imported_whole_and_once() {
    let stores = Stores::new().await;
    let line = |n| {
        let (new, mail) = registration(n, "見本食堂");
        (new, Some(mail))
    };
    let mut table: Vec<_> = (0..40).map(line).collect();
    table[5].1 = None;
    assert_eq!(stores.intake.import_venues(&table).await.unwrap(), 40);
    let mut again: Vec<_> = (0..40).map(|n| line(100 + n)).collect();
    for (new, (old, _)) in again.iter_mut().zip(&table).skip(1) {
        new.0.form_nonce = old.form_nonce;
    }
    assert_eq!(stores.intake.import_venues(&again).await.unwrap(), 1);
    assert_eq!(stores.intake.count_venues().await.unwrap(), 41);
    assert_eq!(stores.intake.operator_mails(later(900), 99).await.unwrap().len(), 40);

    let mut broken: Vec<_> = (200..210).map(line).collect();
    broken[9].0.venue.code = table[0].0.venue.code;
    assert!(stores.intake.import_venues(&broken).await.unwrap_err().is_duplicate());
    broken[9] = line(209);
    broken[9].1.as_mut().unwrap().id = MessageId::from_random(sixteen(0));
    assert!(stores.intake.import_venues(&broken).await.is_err());
    assert_eq!(stores.intake.count_venues().await.unwrap(), 41);
    assert!(stores.intake.operator_mails(NOW, 99).await.unwrap().len() <= 1);
}
