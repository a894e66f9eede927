//! A way for messages that go one behind another: as [`Courier::deliver`], but that each is asked for right before it
//! goes, and the next may be announced with the one before.

use crate::Courier;
use crate::circular::Addressed;
use crate::error::DeliveryError;
use crate::folder::Folder;
use crate::inbox::Inbox;
use crate::smtp;

/// One of a courier's ways: as many go side by side as [`Courier::at_once`] says.
pub struct Way(Kind);

enum Kind {
    Smtp(smtp::way::Way),
    Folder(Folder),
    Inbox(Inbox),
}

/// What became of one message.
#[derive(Debug)]
pub enum Handed {
    /// Somebody else is responsible for it now.
    Taken,
    /// It was not to go: nothing of it was sent.
    Kept,
    /// It was not taken over, and what to do next.
    Failed(DeliveryError),
}

impl Courier {
    /// A way of its own.
    pub fn way(&self) -> Way {
        Way(match self {
            Self::Smtp(smtp) => Kind::Smtp(smtp.way()),
            Self::Folder(folder) => Kind::Folder(folder.clone()),
            Self::Inbox(inbox) => Kind::Inbox(inbox.clone()),
        })
    }
}

impl Way {
    /// Hands over one message, if it may go: that is asked when nothing is left to be done before it. `next` comes
    /// after it on this way; to say so spares a round trip.
    ///
    /// Dropping the future is safe, as it is for [`Courier::deliver`].
    pub async fn hand_over(
        &mut self,
        one: &Addressed,
        next: Option<&Addressed>,
        may_go: impl Future<Output = bool>,
    ) -> Handed {
        let sender = one.words.sender();
        let result = match &mut self.0 {
            Kind::Smtp(way) => way.hand_over(one, next, may_go).await,
            Kind::Folder(folder) => match may_go.await {
                true => folder.deliver(&one.mail(), sender).await.map(|_| Handed::Taken),
                false => Ok(Handed::Kept),
            },
            Kind::Inbox(inbox) => match may_go.await {
                true => inbox.deliver(&one.mail(), sender).map(|_| Handed::Taken),
                false => Ok(Handed::Kept),
            },
        };
        result.unwrap_or_else(Handed::Failed)
    }

    /// No message comes any more: what is open may be used by others.
    pub fn rest(self) {
        if let Kind::Smtp(way) = self.0 {
            way.rest();
        }
    }
}
