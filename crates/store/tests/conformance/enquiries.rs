//! What operators ask the desk: kept once, tried again, emptied when the desk has it.

use std::time::Duration;

use domain::id::MessageId;

use crate::samples::{NOW, later};
use crate::stores::Stores;

#[tokio::test]
async fn a_question_is_kept_once_tried_again_and_emptied() {
    let stores = Stores::new().await;
    let intake = &stores.intake;
    let id = |n: u8| MessageId::from_random([n; 16]);
    for (n, sealed) in [(1, "first"), (1, "the same form again"), (2, "second")] {
        intake.put_enquiry(id(n), sealed.as_bytes(), NOW).await.unwrap();
    }
    let waiting = intake.enquiries(NOW, 10).await.unwrap();
    assert_eq!(
        waiting.iter().map(|e| e.sealed.as_slice()).collect::<Vec<_>>(),
        [b"first".as_slice(), b"second"]
    );
    assert_eq!(intake.enquiries(NOW, 1).await.unwrap().len(), 1);

    intake.postpone_enquiry(id(1), 3, later(60)).await.unwrap();
    let due = intake.enquiries(NOW, 10).await.unwrap();
    assert_eq!(due.iter().map(|e| e.id).collect::<Vec<_>>(), [id(2)]);
    let tried = intake.enquiries(later(60), 10).await.unwrap();
    assert_eq!(tried.iter().find(|e| e.id == id(1)).unwrap().attempts, 3);

    intake.empty_enquiry(id(1)).await.unwrap();
    assert_eq!(intake.enquiries(later(900), 10).await.unwrap().len(), 1);
    intake.put_enquiry(id(1), b"a reload after the mail", NOW).await.unwrap();
    assert_eq!(intake.enquiries(later(900), 10).await.unwrap().len(), 1, "asked once");

    // The mark goes with the form's life; what still waits never does.
    intake.end_enquiries(NOW.plus(Duration::from_secs(1))).await.unwrap();
    assert!(!intake.has_enquiry(id(1)).await.unwrap());
    assert!(intake.has_enquiry(id(2)).await.unwrap());
}
