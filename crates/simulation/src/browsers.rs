//! People who use the app: browsers at a push service, which is a stand-in on this machine.

use std::time::Duration;

use deliver::web_push::{PushCourier, PushSettings};
use domain::contact::Contact;
use domain::id::MessageId;
use domain::push::{PushServices, Subscription};
use push_stand_in::PushStandIn;
use seal::random::Randomness;
use seal::web_push::VapidKey;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use worker::Push;

/// Ways there and back: the connections of a worker that was dropped are tasks of their own, and so is each answer.
const ROUNDS: usize = 4;

/// The service, and the key that it knows us by.
pub struct Browsers {
    pub service: PushStandIn,
    key: VapidKey,
}

impl Browsers {
    /// A service of one machine's own.
    pub async fn new(randomness: &Randomness) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let key = VapidKey::new(randomness);
        Self { service: PushStandIn::start(listener, origin, key.public()), key }
    }

    /// What the worker needs to send.
    pub fn push(&self) -> Push {
        let settings =
            PushSettings { services: self.services(), ca_file: None, patience: Duration::from_secs(5) };
        let courier = PushCourier::new(settings).expect("a way to push services");
        Push { courier, key: self.key.clone(), subject: "mailto:office@simulation.example".to_owned() }
    }

    /// One more browser, whose number at the service is the next.
    pub fn subscribe(&self, randomness: &Randomness) -> Contact {
        let own = self.service.subscribe(randomness);
        let own = Subscription::new(&own.endpoint, &own.p256dh, &own.auth, &self.services());
        Contact::push(&own.expect("a subscription"))
    }

    /// What a killed worker had handed to its connections has come, or never will: the service answers one request after
    /// another, and these come behind it.
    pub async fn come_to_rest(&self) {
        let address = self.service.origin().trim_start_matches("http://").to_owned();
        for _ in 0..ROUNDS {
            let mut stream = TcpStream::connect(&address).await.expect("the service");
            stream
                .write_all(b"GET / HTTP/1.1\r\nhost: rest\r\nconnection: close\r\n\r\n")
                .await
                .expect("asked");
            stream.read_to_end(&mut Vec::new()).await.expect("an answer");
        }
    }

    fn services(&self) -> PushServices {
        PushServices::parse([self.service.origin()]).expect("a service on this machine")
    }
}

/// The message whose topic this is.
pub fn message_of(topic: &str) -> Option<[u8; 16]> {
    let number = u128::from_str_radix(topic, 16).ok()?;
    MessageId::from_stored(&number.to_be_bytes()).map(|id| *id.as_bytes())
}
