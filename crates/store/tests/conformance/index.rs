//! A day's tag index: finds where a contact was, and is replaced as a whole.

use domain::check_in::CheckInPlace;

use crate::samples::{NOW, check_in, day, later, sixteen};
use crate::stores::{Raw, Stores};

/// OSK-16: every place of a contact on that day is found, and none of another contact or day.
#[tokio::test]
async fn a_contact_is_found_where_it_was() {
    let stores = Stores::new().await;
    assert!(stores.office.places_of(day(0), &[sixteen(1)]).await.unwrap().is_empty());
    assert!(!stores.office.is_indexed(day(0)).await.unwrap());
    let (mine, others) = (sixteen(1), sixteen(2));
    let place = |at_venue, form| check_in(day(0), at_venue, form).place;
    let tags = [(mine, place(2, 1)), (others, place(1, 2)), (mine, place(1, 3)), (mine, place(1, 4))];
    stores.office.write_index(day(0), &tags, NOW).await.unwrap();
    let found = stores.office.places_of(day(0), &[mine, sixteen(3), others]).await.unwrap();
    assert_eq!((found.len(), found[&mine].len()), (2, 3));
    assert!(found[&mine].is_sorted_by_key(|place: &CheckInPlace| (place.venue, place.at)));
    assert_eq!(found[&others], [place(1, 2)]);
    let many: Vec<_> = (0..300).map(sixteen).collect();
    assert_eq!(stores.office.places_of(day(0), &many).await.unwrap(), found, "however many are asked for");
    assert!(stores.office.places_of(day(0), &[sixteen(3)]).await.unwrap().is_empty());
    assert!(stores.office.places_of(day(1), &[mine]).await.unwrap().is_empty());
    assert!(stores.office.is_indexed(day(0)).await.unwrap());
    assert!(!stores.office.is_indexed(day(1)).await.unwrap());
}

/// A day that is indexed again has the new index and nothing of the old one.
#[tokio::test]
async fn an_index_is_replaced_as_a_whole() {
    let stores = Stores::new().await;
    let place = |form| check_in(day(0), 1, form).place;
    stores.office.write_index(day(0), &[(sixteen(1), place(1)), (sixteen(2), place(2))], NOW).await.unwrap();
    stores.office.write_index(day(0), &[(sixteen(2), place(3))], later(1)).await.unwrap();
    assert!(stores.office.places_of(day(0), &[sixteen(1)]).await.unwrap().is_empty());
    assert_eq!(stores.office.places_of(day(0), &[sixteen(2)]).await.unwrap()[&sixteen(2)], [place(3)]);
    assert_eq!(stores.number(Raw::Office, "select rows from indexed_day").await, 1);
}

/// A day at which nobody was is indexed too: it isn't opened again for every case.
#[tokio::test]
async fn an_empty_day_is_indexed() {
    let stores = Stores::new().await;
    stores.office.write_index(day(0), &[], NOW).await.unwrap();
    assert!(stores.office.is_indexed(day(0)).await.unwrap());
}
