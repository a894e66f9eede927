//! One message out. Never sees the list.
//!
//! A [`Courier`] is handed one [`Mail`] and says what became of it: taken over by the mail server, to be
//! tried again, never to be tried again, or nobody to hand it to. Whom to write to, when, how often and in
//! which order is the worker's business; so is what has to be remembered.
//!
//! There are three couriers of mail and no trait: [`SmtpCourier`] hands over to the prefecture's mail server,
//! [`Folder`] writes files, [`Inbox`] keeps messages in memory for the demo and the tests. Beside them stand
//! [`line::LineCourier`], for LINE takes one text to many accounts and answers what no mail server does, and
//! [`web_push::PushCourier`], whose messages are sealed before they come here, for ciphers are `seal`'s.
//!
//! What this crate refuses to do:
//! - decide that something is sent (DESIGN section 4: it was committed before);
//! - keep or log an address: what a server answers is kept without it ([`error`]);
//! - send a password, or a message beyond this machine, over a connection that isn't encrypted
//!   ([`smtp::Tls`]);
//! - read a clock: a message carries its date, and the same message is the same bytes at each attempt.

pub mod circular;
pub mod error;
pub mod folder;
pub mod inbox;
pub mod line;
pub mod mime;
pub mod receiver;
pub mod smtp;
pub mod way;
pub mod web_push;

use domain::message::{Mail, Sender};

use crate::error::DeliveryError;
use crate::folder::Folder;
use crate::inbox::Inbox;
use crate::smtp::SmtpCourier;

/// A way out. Clones share connections, folder or inbox.
#[derive(Clone, Debug)]
pub enum Courier {
    /// To a mail server, which takes it from there.
    Smtp(SmtpCourier),
    /// Into a folder, one file a message: a rehearsal without a mail server.
    Folder(Folder),
    /// Into memory: the demo's inbox, and the tests'.
    Inbox(Inbox),
}

/// Proof that somebody else is responsible for the message now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What the server said, without any address: often its queue number, by which its own log can be
    /// searched.
    pub reply: String,
}

impl Courier {
    /// Hands over one message.
    ///
    /// Dropping the future is safe: a connection in the middle of a message is closed, never used again.
    /// Whether that message arrived is then unknown, as after a broken connection; its constant
    /// `Message-ID` lets the mailbox tell a repeat.
    ///
    /// # Errors
    /// [`DeliveryError`], which says what to do next.
    pub async fn deliver(&self, mail: &Mail, sender: &Sender) -> Result<Receipt, DeliveryError> {
        match self {
            Self::Smtp(smtp) => smtp.deliver(mail, sender).await,
            Self::Folder(folder) => folder.deliver(mail, sender).await,
            Self::Inbox(inbox) => inbox.deliver(mail, sender),
        }
    }

    /// How many messages it hands over side by side: beyond that the next wait for their turn.
    pub fn at_once(&self) -> usize {
        match self {
            Self::Smtp(smtp) => smtp.at_once(),
            Self::Folder(_) | Self::Inbox(_) => 100,
        }
    }

    /// Says goodbye to the mail server, if there is one: the last act of a worker that stops.
    pub async fn close(&self) {
        if let Self::Smtp(smtp) = self {
            smtp.close().await;
        }
    }
}
