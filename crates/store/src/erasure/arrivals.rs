//! The end of confirmations: an arrival goes when its mail was accepted, or when none is to be sent.

use domain::check_in::CheckInPlace;
use domain::service_day::ServiceDay;

use crate::again::{Fate, again};
use crate::{Intake, StoreError, backend, many};

/// A check-in's confirmation ends where nobody but the worker sees arrivals; for those of `{these}`.
pub(crate) const END_ARRIVALS: &str = "delete from {arrival} where {these}";

/// The same for all of a day.
pub(crate) const END_ALL_ARRIVALS: &str = "delete from {arrival}";

impl Intake {
    /// These check-ins' confirmations were sent, or can't be: their arrivals go.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_arrivals(&self, day: ServiceDay, ended: &[CheckInPlace]) -> Result<(), StoreError> {
        again(Fate::Same, || async {
            let Some(mut tables) = backend::open_unclosed_day(self, day).await? else { return Ok(()) };
            let (end, together) = tables.texts().end_arrivals;
            let end = tables.text(end).0;
            // Whoever checks in waits while this goes on: each statement is a way to SQLite's thread and back.
            let mut tx = tables.begin().await?;
            for group in ended.chunks(together).flat_map(many::groups) {
                let mut query = sqlx::query(many::text(end.replace("{these}", &these(group.len()))));
                for place in group {
                    query = query.bind(place.at.as_micros()).bind(place.nonce.as_bytes().as_slice());
                    query = query.bind(place.venue.as_i64());
                }
                query.execute(&mut *tx).await?;
            }
            tx.commit().await?;
            tables.close().await
        })
        .await
    }
}

/// So many arrivals, each found by its key. Compared as rows (`(at, nonce, venue_id) in …`), SQLite would read them all.
fn these(many: usize) -> String {
    let one =
        |first: usize| format!("(at = ${} and nonce = ${} and venue_id = ${})", first, first + 1, first + 2);
    (0..many).map(|number| one(number * 3 + 1)).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use sqlx::{AnyConnection, Connection as _, Row as _};

    use super::*;

    #[tokio::test]
    async fn each_arrival_is_found_by_its_key() {
        sqlx::any::install_default_drivers();
        let mut memory = AnyConnection::connect("sqlite::memory:").await.unwrap();
        let table = "create table arrival (at bigint not null, nonce blob not null, venue_id bigint not null, \
                     primary key (at, nonce, venue_id)) without rowid";
        sqlx::query(table).execute(&mut memory).await.unwrap();
        let end = END_ARRIVALS.replace("{arrival}", "arrival").replace("{these}", &these(4));
        let plan = many::text(format!("explain query plan {end}"));
        let plan = sqlx::query(plan).fetch_all(&mut memory).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        assert!(!steps.iter().any(|step| step.contains("SCAN")), "{steps:?}");
        assert_eq!(
            steps
                .iter()
                .filter(|step| step.contains("PRIMARY KEY (at=? AND nonce=? AND venue_id=?)"))
                .count(),
            4
        );
    }
}
