//! When jobs last ended well: one line a job, whoever did it.

use crate::samples::{NOW, later};
use crate::stores::Stores;

#[tokio::test]
async fn the_last_success_of_each_job_is_known_to_all() {
    let stores = Stores::new().await;
    let (_, other) = stores.reopened().await;
    stores.office.jobs_succeeded(&[], NOW).await.unwrap();
    assert_eq!(other.job_successes().await.unwrap(), []);
    stores.office.jobs_succeeded(&["confirm", "canary"], NOW).await.unwrap();
    other.jobs_succeeded(&["confirm"], later(5)).await.unwrap();
    let known = stores.office.job_successes().await.unwrap();
    assert_eq!(known, [("canary".to_owned(), NOW), ("confirm".to_owned(), later(5))]);
    // A clock that went back is believed: figures tell what is.
    stores.office.jobs_succeeded(&["confirm"], NOW).await.unwrap();
    assert_eq!(other.job_successes().await.unwrap()[1].1, NOW);
}
