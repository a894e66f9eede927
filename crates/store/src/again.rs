//! Acts that are done once more when the database took them back, or was lost in the middle.
//!
//! Two acts that wait for each other, or can't be put in an order, are settled by the server: it takes one of them
//! back whole (40P01, 40001), and nothing of it has happened; nor of one whose columns were changed by a newer program's
//! migration (0A000). That one is simply done again. When a connection is
//! lost, nobody knows whether the act was done: only what leaves the same when it is done twice is repeated then,
//! with pauses, for a standby may be taking over at this moment.
//!
//! Used where nobody comes back by themselves: forms of visitors and operators, the ledger, and messages that were
//! handed over and must be written down as that. A job of the worker is done again at its next turn anyway, check-ins
//! have a way of their own ([`crate::check_ins`]).

use std::time::Duration;

use crate::StoreError;

/// What may be repeated when a connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing: done twice it would be there twice, or tell the second time that it was there.
    Once,
    /// It: done twice it leaves the same.
    Same,
}

/// How long to wait before each repetition of what the server took back.
const TAKEN_BACK: [Duration; 4] = [Duration::ZERO, millis(20), millis(100), millis(400)];

/// The same where the connection was lost: about twenty seconds, as long as a standby may take.
const LOST: [Duration; 7] =
    [Duration::ZERO, millis(100), millis(500), millis(1_500), millis(3_000), millis(6_000), millis(9_000)];

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Does it, and again where that is safe.
pub(crate) async fn again<T, F>(fate: Fate, act: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    with_pauses(fate, &TAKEN_BACK, &LOST, act).await
}

async fn with_pauses<T, F>(
    fate: Fate,
    taken_back: &[Duration],
    lost: &[Duration],
    act: impl Fn() -> F,
) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let (mut taken_back, mut lost) = (taken_back.iter(), lost.iter());
    loop {
        let done = act().await;
        let Err(StoreError::Database(error)) = &done else { return done };
        let pause = match why(error) {
            Why::TakenBack => taken_back.next(),
            Why::Lost if fate == Fate::Same => lost.next(),
            Why::Lost | Why::Other => None,
        };
        let Some(pause) = pause else { return done };
        tracing::warn!(%error, "an act is done once more");
        tokio::time::sleep(*pause).await;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    TakenBack,
    Lost,
    Other,
}

fn why(error: &sqlx::Error) -> Why {
    let code = match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => return Why::Lost,
        sqlx::Error::Database(said) => said.code(),
        _ => None,
    };
    match code.as_deref() {
        // The last is a statement that was prepared before somebody migrated.
        Some("40001" | "40P01" | "0A000") => Why::TakenBack,
        // The server goes, is going or isn't there yet; or it is a standby, which takes no writes.
        Some("57P01" | "57P02" | "57P03" | "25006") => Why::Lost,
        Some(code) if code.len() == 5 && code.starts_with("08") => Why::Lost,
        _ => Why::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::ErrorKind;

    use super::*;

    /// Fails so often, then succeeds; how often it was done.
    async fn done(fate: Fate, failures: usize) -> (bool, usize) {
        let times = Cell::new(0);
        let act = || async {
            times.set(times.get() + 1);
            match times.get() > failures {
                true => Ok(()),
                false => Err(StoreError::Database(sqlx::Error::Io(ErrorKind::ConnectionReset.into()))),
            }
        };
        let pauses = [Duration::ZERO; 7];
        (with_pauses(fate, &pauses, &pauses, act).await.is_ok(), times.get())
    }

    #[tokio::test]
    async fn what_is_lost_is_repeated_only_where_it_leaves_the_same() {
        assert_eq!(done(Fate::Once, 1).await, (false, 1));
        assert_eq!(done(Fate::Same, 1).await, (true, 2));
        assert_eq!(done(Fate::Same, 7).await, (true, 8));
        assert_eq!(done(Fate::Same, 99).await, (false, 8), "not for ever");
    }
}
