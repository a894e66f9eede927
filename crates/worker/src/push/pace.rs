//! How fast push services are asked: so many messages at once to each, and none to one that said "too many" until
//! the time that it named is over. In memory only: a worker that begins anew asks, and is told again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::clock::{Clock, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Messages on their way to one service at the same time.
pub(crate) const AT_ONCE: usize = 16;

/// Services that are remembered; beyond them, all are forgotten.
const SERVICES: usize = 64;

/// What is remembered of services, by the origin of their addresses. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Pace(Arc<Mutex<HashMap<String, Service>>>);

#[derive(Clone)]
struct Service {
    places: Arc<Semaphore>,
    rests_until: Option<Instant>,
}

impl Pace {
    /// A place among those who ask this service now; or until when it is left alone.
    pub async fn turn(&self, origin: &str, clock: &Clock) -> Result<OwnedSemaphorePermit, Instant> {
        let places = self.of(origin, |service| Arc::clone(&service.places));
        let place = places.acquire_owned().await.map_err(|_| clock.now())?;
        // Asked behind the queue: whoever was before may have been told "too many".
        match self.of(origin, |service| service.rests_until) {
            Some(until) if clock.now() < until => Err(until),
            _ => Ok(place),
        }
    }

    /// Leaves a service alone.
    pub fn rest(&self, origin: &str, until: Instant) {
        self.of(origin, |service| service.rests_until = service.rests_until.max(Some(until)));
    }

    fn of<T>(&self, origin: &str, look: impl FnOnce(&mut Service) -> T) -> T {
        let mut services = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if services.len() >= SERVICES && !services.contains_key(origin) {
            services.clear();
        }
        let new = || Service { places: Arc::new(Semaphore::new(AT_ONCE)), rests_until: None };
        look(services.entry(origin.to_owned()).or_insert_with(new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const START: Instant = Instant::from_micros(1_795_316_400_000_000);

    #[tokio::test]
    async fn a_service_is_left_alone_and_no_other() {
        let (pace, clock) = (Pace::default(), Clock::set_to(START));
        let until = START.plus(Duration::from_secs(600));
        pace.rest("https://a.example", until);
        pace.rest("https://a.example", START);
        assert_eq!(pace.turn("https://a.example", &clock).await.err(), Some(until), "the longer rest counts");
        assert!(pace.turn("https://b.example", &clock).await.is_ok());
        clock.advance(Duration::from_secs(600));
        assert!(pace.turn("https://a.example", &clock).await.is_ok());
    }

    #[tokio::test]
    async fn so_many_at_once_and_no_more() {
        let (pace, clock) = (Pace::default(), Clock::set_to(START));
        let mut held = Vec::new();
        for _ in 0..AT_ONCE {
            held.push(pace.turn("https://a.example", &clock).await.unwrap());
        }
        let mut next = std::pin::pin!(pace.turn("https://a.example", &clock));
        assert!(
            std::future::poll_fn(|context| std::task::Poll::Ready(next.as_mut().poll(context).is_pending()))
                .await
        );
        held.pop();
        assert!(next.await.is_ok());
    }

    #[tokio::test]
    async fn no_number_of_services_fills_the_memory() {
        let (pace, clock) = (Pace::default(), Clock::set_to(START));
        for n in 0..1_000 {
            assert!(pace.turn(&format!("https://{n}.example"), &clock).await.is_ok());
        }
        assert!(pace.0.lock().unwrap().len() <= SERVICES);
    }
}
