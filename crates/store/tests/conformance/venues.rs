//! Venues: one form is one venue and one mail; found by what is on the poster and nothing looser.

use domain::clock::Instant;
use domain::held::Held;
use domain::id::{MessageId, VenueId};
use domain::venue::{Size, SizeMeasure, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use store::arrivals::NewOperatorMail;
use store::venues::Registration;

use crate::samples::{NOW, day, later, sixteen, venue};
use crate::stores::{Raw, Stores};

pub fn registration(n: i64, name: &str) -> (Registration, NewOperatorMail) {
    let kind = VenueKind::ALL[usize::try_from(n).expect("small") % 4];
    let number = u64::try_from(n).expect("small");
    let registered = Venue {
        id: venue(n),
        code: VenueCode::from_random(sixteen(number)),
        kind,
        name: VenueName::from_stored(name.into()),
        room: None,
        category: "restaurant".into(),
        size: (n % 2 == 0).then_some(Size { measure: SizeMeasure::FloorM2, value: 120 + n }),
        postal_code: "5400000".into(),
        address: "大阪市中央区".into(),
        held: if kind.is_event() { Held::once(day(1), day(3)).unwrap() } else { Held::always() },
        replaces: None,
        status: VenueStatus::Active,
        registered_at: later(number),
        naming_consent: number % 2 == 0,
    };
    let new = Registration {
        venue: registered,
        form_nonce: sixteen(number),
        key_hash: vec![n as u8; 32],
        operator_sealed: b"sealed operator".to_vec(),
        measures: Vec::new(),
    };
    let mail = NewOperatorMail {
        id: MessageId::from_random(sixteen(number)),
        venue: venue(n),
        sealed: format!("sealed mail {n}").into_bytes(),
        attachment: b"%PDF".to_vec(),
        queued_at: later(number),
    };
    (new, mail)
}

pub async fn with_names(names: &[&str]) -> Stores {
    let stores = Stores::new().await;
    for (n, name) in (0..).zip(names) {
        let (new, mail) = registration(n, name);
        assert!(stores.intake.register_venue(&new, Some(&mail)).await.unwrap());
    }
    stores
}

async fn found(stores: &Stores, part: &str) -> Vec<String> {
    let venues = stores.intake.find_venues(part, 100).await.expect("searched");
    venues.iter().map(|venue| venue.name.as_str().to_owned()).collect()
}

pub fn same(left: &Venue, right: &Venue) -> bool {
    format!("{left:?}") == format!("{right:?}")
}

/// OSK-38: what was registered is read back whole, by each of its names, and by another process.
#[tokio::test]
async fn a_venue_is_read_back_by_each_of_its_names() {
    let stores = with_names(&["a", "b", "c", "d"]).await;
    let (intake, _) = stores.reopened().await;
    for n in 0..4 {
        let (new, _) = registration(n, ["a", "b", "c", "d"][n as usize]);
        let by_code = intake.venue_by_code(new.venue.code).await.unwrap().unwrap();
        let by_form = intake.venue_of_form(&new.form_nonce).await.unwrap().unwrap();
        let by_id = intake.venue(venue(n)).await.unwrap().unwrap();
        assert!([by_code, by_form, by_id].iter().all(|read| same(read, &new.venue)), "{n}");
        assert_eq!(intake.venue_key_hash(venue(n)).await.unwrap(), Some(new.key_hash));
    }
    assert_eq!(intake.count_venues().await.unwrap(), 4);
    assert!(intake.venue(VenueId::from_stored(9)).await.unwrap().is_none());
    assert!(intake.venue_by_code(VenueCode::from_random([3; 16])).await.unwrap().is_none());
    assert!(intake.venue_of_form(&[3; 16]).await.unwrap().is_none());
    assert!(intake.venue_key_hash(VenueId::from_stored(9)).await.unwrap().is_none());
}

/// OSK-39: a form that is sent again is the same venue, and its operator gets one mail.
#[tokio::test]
async fn a_reload_registers_once_and_queues_one_mail() {
    let stores = with_names(&["見本食堂"]).await;
    let (first, _) = registration(0, "見本食堂");
    let (again, mail) = registration(7, "見本食堂");
    let again = Registration { form_nonce: first.form_nonce, ..again };
    assert!(!stores.intake.register_venue(&again, Some(&mail)).await.unwrap());
    assert_eq!(stores.intake.count_venues().await.unwrap(), 1);
    assert_eq!(stores.intake.venue_of_form(&first.form_nonce).await.unwrap().unwrap().id, venue(0));
    let mails = stores.intake.operator_mails(later(100), 10).await.unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].mail.venue, mails[0].attempts), (venue(0), 0));
}

/// The same form twice at once, as a double tap does: one of them registers.
#[tokio::test(flavor = "multi_thread")]
async fn a_double_tap_registers_once() {
    let stores = Stores::new().await;
    let taps: Vec<_> = (0..8)
        .map(|n| {
            let (intake, (new, mail)) = (stores.intake.clone(), registration(n, "見本食堂"));
            let new = Registration { form_nonce: [1; 16], ..new };
            tokio::spawn(async move { intake.register_venue(&new, Some(&mail)).await.unwrap() })
        })
        .collect();
    let mut registered = 0;
    for tap in taps {
        registered += usize::from(tap.await.unwrap());
    }
    assert_eq!(registered, 1);
    assert_eq!(stores.intake.operator_mails(later(100), 10).await.unwrap().len(), 1);
}

/// A number or a code that is taken is an error that says so, and leaves neither venue nor mail.
#[tokio::test]
async fn a_number_or_code_that_is_taken_registers_nothing() {
    let stores = with_names(&["見本食堂"]).await;
    let (first, _) = registration(0, "見本食堂");
    let (mut new, mail) = registration(1, "別の店");
    new.venue.id = first.venue.id;
    assert!(stores.intake.register_venue(&new, Some(&mail)).await.unwrap_err().is_duplicate());
    let (mut new, mail) = registration(1, "別の店");
    new.venue.code = first.venue.code;
    assert!(stores.intake.register_venue(&new, Some(&mail)).await.unwrap_err().is_duplicate());
    assert_eq!(stores.intake.count_venues().await.unwrap(), 1);
    assert_eq!(stores.intake.operator_mails(later(100), 10).await.unwrap().len(), 1);
}

/// What an officer types is looked for as it stands: no letter of it is a pattern or a statement.
#[tokio::test]
async fn a_search_is_for_the_letters_that_were_typed() {
    let names =
        ["100%果汁", "100円寿司", "a_b", "axb", r"back\slash", r"\%", "it's; drop table venue; --", "カフェ"];
    let stores = with_names(&names).await;
    assert_eq!(found(&stores, "100%").await, ["100%果汁"]);
    assert_eq!(found(&stores, "%").await, [r"\%", "100%果汁"]);
    assert_eq!(found(&stores, "a_b").await, ["a_b"]);
    assert_eq!(found(&stores, "_").await, ["a_b"]);
    assert_eq!(found(&stores, r"\").await, [r"\%", r"back\slash"]);
    assert_eq!(found(&stores, r"\%").await, [r"\%"]);
    assert_eq!(found(&stores, r"\_").await, Vec::<String>::new());
    assert_eq!(found(&stores, "'").await, ["it's; drop table venue; --"]);
    assert_eq!(found(&stores, "' or '1'='1").await, Vec::<String>::new());
    assert_eq!(found(&stores, "$1").await, Vec::<String>::new());
    assert_eq!(found(&stores, "カフ").await, ["カフェ"]);
    assert_eq!(found(&stores, "").await.len(), names.len());
    let newest = stores.intake.find_venues("", 2).await.unwrap();
    assert_eq!(newest.iter().map(|v| v.id).collect::<Vec<_>>(), [venue(7), venue(6)], "the newest first");
}

/// KYF-4: the public list has what takes check-ins, by name; a part is never a pattern.
#[tokio::test]
async fn the_public_list_has_what_takes_check_ins() {
    let stores = with_names(&["カフェ2", "カフェ1", "カフェ3", "100%果汁"]).await;
    assert!(stores.intake.revoke_venue(venue(2), later(30)).await.unwrap());
    let found = async |part: &str, limit: i64| {
        let venues = stores.intake.find_open_venues(part, limit).await.unwrap();
        venues.iter().map(|venue| venue.name.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("カフェ", 9).await, ["カフェ1", "カフェ2"]);
    assert_eq!(found("カフェ", 1).await, ["カフェ1"]);
    assert_eq!(found("%", 9).await, ["100%果汁"]);
    assert_eq!(found("' or '1'='1", 9).await, Vec::<String>::new());
}

/// A withdrawn code takes no check-ins from the next request on; it is withdrawn once.
#[tokio::test]
async fn a_withdrawn_code_is_withdrawn_once() {
    let stores = with_names(&["a", "b"]).await;
    assert!(stores.intake.revoke_venue(venue(0), later(30)).await.unwrap());
    assert!(!stores.intake.revoke_venue(venue(0), later(30)).await.unwrap());
    assert!(!stores.intake.revoke_venue(venue(9), later(30)).await.unwrap());
    let (intake, _) = stores.reopened().await;
    assert_eq!(intake.venue(venue(0)).await.unwrap().unwrap().status, VenueStatus::Revoked);
    assert_eq!(intake.venue(venue(1)).await.unwrap().unwrap().status, VenueStatus::Active);
    assert_eq!(intake.count_venues().await.unwrap(), 1);
}

/// A mail to an operator waits until it is due, is counted, and goes once it was accepted.
#[tokio::test]
async fn an_operators_mail_waits_its_turn_and_goes() {
    let stores = with_names(&["a", "b", "c"]).await;
    let due = async |at: Instant| {
        let mails = stores.intake.operator_mails(at, 10).await.unwrap();
        mails.iter().map(|m| (m.mail.venue, m.attempts)).collect::<Vec<_>>()
    };
    assert_eq!(due(NOW).await, [(venue(0), 0)]);
    assert_eq!(due(later(5)).await, [(venue(0), 0), (venue(1), 0), (venue(2), 0)]);
    assert_eq!(stores.intake.operator_mails(later(5), 2).await.unwrap().len(), 2);
    let id = |n| MessageId::from_random(sixteen(n));
    stores.intake.postpone_operator_mail(id(0), 1, later(60)).await.unwrap();
    assert_eq!(due(later(59)).await, [(venue(1), 0), (venue(2), 0)]);
    assert_eq!(due(later(60)).await, [(venue(1), 0), (venue(2), 0), (venue(0), 1)]);
    stores.intake.end_operator_mail(id(1)).await.unwrap();
    stores.intake.end_operator_mail(id(1)).await.unwrap();
    assert_eq!(due(later(60)).await, [(venue(2), 0), (venue(0), 1)]);
    let mails = stores.intake.operator_mails(later(60), 1).await.unwrap();
    assert_eq!((mails[0].mail.id, mails[0].mail.sealed.as_slice()), (id(2), b"sealed mail 2".as_slice()));
    assert_eq!(
        (mails[0].mail.queued_at, mails[0].mail.attachment.as_slice()),
        (later(2), b"%PDF".as_slice())
    );
}

/// What nobody can be called is nobody's name, on whichever engine.
#[tokio::test]
async fn a_search_for_what_no_name_can_hold_finds_nothing() {
    let stores = with_names(&["a"]).await;
    for typed in ["a\0", "\0", "\0a"] {
        assert!(stores.intake.find_venues(typed, 10).await.unwrap().is_empty());
        assert!(stores.intake.venues_named(typed, 10).await.unwrap().is_empty());
        assert!(stores.office.officer(typed).await.unwrap().is_none());
    }
}

/// A value that no version of the program wrote is an error, never a panic and never a guess.
#[tokio::test]
async fn a_value_that_cannot_be_there_is_an_error() {
    let stores = with_names(&["a"]).await;
    for (damage, repair) in [
        ("update venue set kind = 'castle'", "update venue set kind = 'shop'"),
        ("update venue set held = '2026-02-30/2026-03-01'", "update venue set held = ''"),
        ("update venue set size_measure = 'tatami', size_value = 6", "update venue set size_measure = null"),
    ] {
        stores.meddle(Raw::Intake, damage).await;
        let read = stores.intake.venue(venue(0)).await;
        assert!(matches!(read, Err(store::StoreError::Corrupt { .. })), "{damage}");
        stores.meddle(Raw::Intake, repair).await;
    }
    stores.meddle(Raw::Intake, "update venue set status = 'who knows'").await;
    let read = stores.intake.venue(venue(0)).await.unwrap().unwrap();
    assert_eq!(read.status, VenueStatus::Revoked, "in doubt it takes no check-ins");
}
