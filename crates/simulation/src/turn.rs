//! A turn of the worker that something comes in between: it is killed at some await, or somebody acts meanwhile.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Polls `turn` so many times; then it is dropped where it stands, as a process that is killed.
/// `None` where it was.
pub async fn killed<T>(turn: impl Future<Output = T>, after: u32) -> Option<T> {
    let mut turn = pin!(turn);
    let mut polls = 0;
    poll_fn(|context| {
        if polls >= after {
            return Poll::Ready(None);
        }
        polls += 1;
        turn.as_mut().poll(context).map(Some)
    })
    .await
}

/// Goes through `turn` while, from its poll number `after` on, `act` goes on beside it. Both end.
pub async fn beside<T, A>(turn: impl Future<Output = T>, after: u32, act: impl Future<Output = A>) -> (T, A) {
    let (mut turn, mut act) = (pin!(turn), pin!(act));
    let (mut polls, mut turned, mut acted) = (0, None, None);
    poll_fn(|context| {
        if turned.is_none()
            && let Poll::Ready(done) = turn.as_mut().poll(context)
        {
            turned = Some(done);
        }
        polls += 1;
        if acted.is_none()
            && (polls > after || turned.is_some())
            && let Poll::Ready(done) = act.as_mut().poll(context)
        {
            acted = Some(done);
        }
        match (turned.take(), acted.take()) {
            (Some(turn), Some(act)) => Poll::Ready((turn, act)),
            (turn, act) => {
                (turned, acted) = (turn, act);
                Poll::Pending
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn steps(counted: &std::cell::Cell<u32>) {
        for _ in 0..10 {
            counted.set(counted.get() + 1);
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_turn_ends_where_it_is_killed() {
        let counted = std::cell::Cell::new(0);
        assert_eq!(killed(steps(&counted), 4).await, None);
        assert_eq!(counted.get(), 4);
        assert_eq!(killed(steps(&counted), 40).await, Some(()));
        assert_eq!(counted.get(), 14);
    }

    #[tokio::test]
    async fn an_act_goes_on_beside_a_turn() {
        let (turn, act) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
        beside(steps(&turn), 5, async {
            assert!(turn.get() >= 5 && turn.get() < 10);
            steps(&act).await;
        })
        .await;
        assert_eq!((turn.get(), act.get()), (10, 10));
    }
}
