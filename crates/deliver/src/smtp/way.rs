//! One connection for messages that go one behind another.
//!
//! Where the server offers PIPELINING, the next message's sender and recipient go in one write with the text of the
//! one before, so that a message costs one round trip: RFC 2920 allows a text to be the first of a group of commands.
//! What was announced so is no message yet. If it may not go after all, the connection is closed, which is the only
//! way to take DATA back.

use std::sync::Arc;

use domain::id::MessageId;

use crate::circular::Addressed;
use crate::error::DeliveryError;
use crate::smtp::connection::{Connection, Envelope};
use crate::smtp::pool::Pool;
use crate::smtp::verdict;
use crate::way::Handed;

/// The way over one of the pool's connections.
pub(crate) struct Way {
    pool: Arc<Pool>,
    /// Whether one of the pool's slots is ours.
    counted: bool,
    connection: Option<Connection>,
    /// The message whose sender and recipient the server was told with the text before it.
    announced: Option<MessageId>,
}

impl Way {
    pub fn new(pool: Arc<Pool>) -> Self {
        Self { pool, counted: false, connection: None, announced: None }
    }

    /// Hands over one message. Dropping the future is safe: a connection in the middle of a message is closed.
    ///
    /// A connection that had been used may have been closed by the server meanwhile. If it breaks before the
    /// message itself was sent, the message goes once more over a new one; after that, never by itself.
    pub async fn hand_over(
        &mut self,
        one: &Addressed,
        next: Option<&Addressed>,
        may_go: impl Future<Output = bool>,
    ) -> Result<Handed, DeliveryError> {
        if !self.counted {
            self.pool.count_one().await;
            self.counted = true;
        }
        let (envelope, mut content) = (self.envelope(one), one.content()?);
        let (used, announced) = (self.connection.take(), self.announced.take());
        let mut connection = match announced {
            None => self.greeted(used, &envelope, false, one).await?,
            Some(id) if id == one.id => self.greeted(used, &envelope, true, one).await?,
            // Another was announced, who doesn't come: that connection closes here.
            Some(_) => self.greeted(None, &envelope, false, one).await?,
        };
        if !may_go.await {
            return Ok(Handed::Kept);
        }
        let next = next.filter(|_| connection.pipelines());
        let announced = next.map(|next| self.envelope(next));
        let result = connection.finish(&mut content, announced.as_ref()).await;
        if connection.healthy() {
            self.announced = next.map(|next| next.id);
            self.connection = Some(connection);
        }
        result.map(|_| Handed::Taken).map_err(|refusal| verdict(&refusal, &one.to))
    }

    /// Gives the connection back to whoever needs one next.
    pub fn rest(mut self) {
        if let (Some(connection), None) = (self.connection.take(), self.announced) {
            self.pool.give_back(connection);
        }
    }

    /// A connection on which the server waits for the message itself.
    async fn greeted(
        &mut self,
        used: Option<Connection>,
        envelope: &Envelope,
        announced: bool,
        one: &Addressed,
    ) -> Result<Connection, DeliveryError> {
        let announced = announced && used.is_some();
        if let Some(mut used) = used.or_else(|| self.pool.idle_connection()) {
            match used.begin(envelope, announced).await {
                Ok(()) => return Ok(used),
                Err(refusal) if refusal.closed_before_content() => {}
                Err(refusal) => {
                    self.connection = Some(used).filter(Connection::healthy);
                    return Err(verdict(&refusal, &one.to));
                }
            }
        }
        let new = Connection::open(self.pool.settings(), self.pool.tls()).await;
        let mut new = new.map_err(DeliveryError::Unreachable)?;
        match new.begin(envelope, false).await {
            Ok(()) => Ok(new),
            Err(refusal) => {
                self.connection = Some(new).filter(Connection::healthy);
                Err(verdict(&refusal, &one.to))
            }
        }
    }

    fn envelope(&self, one: &Addressed) -> Envelope {
        self.pool.envelope(one.words.sender(), &one.to)
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        if self.counted {
            self.pool.count_one_less();
        }
    }
}
