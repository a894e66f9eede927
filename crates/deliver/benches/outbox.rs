//! Messages a second, from a [`Mail`] to the server's 250, by connections and distance to the server.
//!
//! `cargo bench -p deliver` measures against the receiver in this process; `cargo bench -p deliver -- HOST:PORT`
//! against another, such as Postfix's `smtp-sink`, in clear. It prints figures and asserts nothing: the machine
//! decides them.
#![expect(clippy::disallowed_methods, reason = "a bench measures the machine's own time")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use deliver::Courier;
use deliver::receiver::{Options, Receiver};
use deliver::smtp::{SmtpCourier, SmtpSettings, Tls};
use domain::contact::Contact;
use domain::id::MessageId;
use domain::message::{Mail, Sender, Text};

const BODY: &str = "この地域で感染者との接触の可能性がありました。体調にご注意ください。\n";

#[tokio::main]
async fn main() {
    let other = std::env::args().skip(1).find(|argument| argument.contains(':'));
    println!("server                     connections   messages/s   µs a message");
    for (delay, pipelining, count) in
        [(0, true, 20_000), (0, false, 20_000), (5, true, 1_000), (5, false, 1_000)]
    {
        for connections in [1, 4, 16] {
            let options = Options { delay: Duration::from_millis(delay), pipelining, ..Options::default() };
            let receiver = Receiver::start(options).await.expect("a free port");
            let (host, port) = match other.as_deref().and_then(|other| other.rsplit_once(':')) {
                Some((host, port)) => (host.to_owned(), port.parse().expect("HOST:PORT")),
                None => ("localhost".to_owned(), receiver.address().port()),
            };
            let name = match (&other, pipelining) {
                (Some(_), _) => "another".to_owned(),
                (None, true) => format!("{delay} ms away"),
                (None, false) => format!("{delay} ms away, unpipelined"),
            };
            let took = send(host, port, connections, count).await.as_secs_f64();
            let (rate, each) = (f64::from(count) / took, took * 1e6 / f64::from(count));
            println!("{name:<26} {connections:>11} {rate:>12.0} {each:>14.1}");
        }
        if other.is_some() {
            return;
        }
    }
}

async fn send(host: String, port: u16, connections: usize, count: u32) -> Duration {
    let mut settings = SmtpSettings::new(host, port, "tadori.example");
    settings.tls = Tls::None;
    settings.connections = connections;
    let courier = Courier::Smtp(SmtpCourier::new(settings).expect("right settings"));
    let next = Arc::new(AtomicU32::new(0));
    let began = Instant::now();
    let senders: Vec<_> = (0..connections)
        .map(|_| {
            let (courier, next) = (courier.clone(), next.clone());
            tokio::spawn(async move {
                let from = Sender {
                    name: "大阪府".to_owned(),
                    address: "no-reply@osaka.example".to_owned(),
                    never: vec![],
                };
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    courier.deliver(&mail(number), &from).await.expect("the receiver takes everything");
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.expect("no panic");
    }
    began.elapsed()
}

fn mail(number: u32) -> Mail {
    let mut id = [0; 16];
    id[12..].copy_from_slice(&number.to_be_bytes());
    Mail {
        id: MessageId::from_random(id),
        to: Contact::email(&format!("visitor{number}@example.jp")).expect("an address"),
        reply_to: None,
        text: Text { subject: "注意喚起のお知らせ".to_owned(), body: BODY.repeat(5) },
        attachment: None,
        dated: domain::clock::Instant::from_micros(1_606_000_000_000_000),
    }
}
