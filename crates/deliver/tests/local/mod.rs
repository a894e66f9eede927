//! A receiver in this process, and a courier that goes to it.

use std::time::Duration;

use deliver::Courier;
use deliver::receiver::{Options, Receiver};
use deliver::smtp::{SmtpCourier, SmtpSettings, Timeouts, Tls};

/// In clear, to `receiver`, with little patience.
pub fn settings(receiver: &Receiver) -> SmtpSettings {
    let mut settings = SmtpSettings::new("localhost", receiver.address().port(), "tadori.example");
    settings.tls = Tls::None;
    settings.timeouts = Timeouts {
        connect: Duration::from_secs(5),
        command: Duration::from_secs(5),
        idle: Duration::from_secs(30),
    };
    settings
}

pub fn courier(settings: SmtpSettings) -> Courier {
    Courier::Smtp(SmtpCourier::new(settings).expect("right settings"))
}

pub async fn receiver(options: Options) -> Receiver {
    Receiver::start(options).await.expect("a free port")
}
