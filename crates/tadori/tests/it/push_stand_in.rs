//! The push service of the tests (`crates/push-stand-in`), with what the doors and the worker are told of it.

use deliver::web_push::{PushCourier, PushSettings};
use domain::policy::Way;
use domain::policy::pack::Pack;
use domain::push::PushServices;
use seal::random::Randomness;
use seal::web_push::VapidKey;
use serde_json::Value;
use web::PushDoor;
use worker::Push;

use crate::form::{Form, form};

/// The service, and the key that it knows us by. Clones are the same.
#[derive(Clone)]
pub struct PushStandIn {
    service: push_stand_in::PushStandIn,
    key: VapidKey,
}

impl PushStandIn {
    /// Listens on this machine, where the pack has the app.
    pub async fn start(pack: &Pack, randomness: &Randomness) -> Option<Self> {
        if !pack.policy.channels.has(Way::AppPwa) {
            return None;
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let key = VapidKey::new(randomness);
        Some(Self { service: push_stand_in::PushStandIn::start(listener, origin, key.public()), key })
    }

    /// What the public door is told.
    pub fn door(&self) -> PushDoor {
        PushDoor { public_key: self.key.public(), services: self.services() }
    }

    /// What the worker is told.
    pub fn worker(&self) -> Push {
        let patience = std::time::Duration::from_secs(5);
        let settings = PushSettings { services: self.services(), ca_file: None, patience };
        let subject = "mailto:office@tadori.example".to_owned();
        Push { courier: PushCourier::new(settings).unwrap(), key: self.key.clone(), subject }
    }

    fn services(&self) -> PushServices {
        PushServices::parse([self.service.origin()]).unwrap()
    }

    /// A browser subscribes; the fields by which the app's script sends that.
    pub fn subscribe(&self, randomness: &Randomness) -> Form {
        let browser = self.service.subscribe(randomness);
        form(&[("endpoint", &browser.endpoint), ("p256dh", &browser.p256dh), ("auth", &browser.auth)])
    }

    /// What arrived at a browser.
    pub fn arrived(&self, browser: usize) -> Vec<Value> {
        self.service.arrived().into_iter().filter(|one| one.browser == browser).map(|one| one.said).collect()
    }

    /// Every request, with its answer.
    pub fn asked(&self) -> Vec<(usize, String, u16)> {
        self.service.asked().into_iter().map(|one| (one.browser, one.topic, one.status)).collect()
    }

    /// The next requests are answered so, with a `Retry-After` where one is given.
    pub fn answer(&self, answers: &[(u16, Option<u64>)]) {
        self.service.answer(answers);
    }
}
