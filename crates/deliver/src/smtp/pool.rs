//! A few connections that stay open, and the turn to use one.
//!
//! A message first takes a slot, of which there are as many as connections are allowed; then an idle
//! connection if there is one, else it opens one. The connection goes back before the slot does, so there
//! are never more than slots. Connections that nobody needs any more are closed by a sweeper that looks
//! twice within the idle time, and ends itself when nothing is left to sweep; it counts its own rounds, for
//! there is no clock to ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use domain::contact::Contact;
use domain::message::Sender;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_rustls::TlsConnector;

use crate::smtp::SmtpSettings;
use crate::smtp::connection::{Connection, Envelope};

/// The connections of one courier.
pub(crate) struct Pool {
    settings: SmtpSettings,
    tls: Option<TlsConnector>,
    slots: Semaphore,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// Each with the sweeper's round in which it came back; the one used last is taken first.
    connections: Vec<(Connection, u64)>,
    round: u64,
    swept: bool,
}

/// The turn to use one connection.
pub(crate) struct Slot<'a> {
    pool: &'a Arc<Pool>,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Pool {
    pub fn new(settings: SmtpSettings, tls: Option<TlsConnector>) -> Self {
        let slots = Semaphore::new(settings.connections);
        Self { settings, tls, slots, idle: Mutex::default() }
    }

    pub fn settings(&self) -> &SmtpSettings {
        &self.settings
    }

    pub fn tls(&self) -> Option<&TlsConnector> {
        self.tls.as_ref()
    }

    /// Waits for a turn.
    pub async fn slot(self: &Arc<Self>) -> Slot<'_> {
        // The semaphore is never closed, so a permit always comes.
        Slot { pool: self, _permit: self.slots.acquire().await.ok() }
    }

    /// Says goodbye on all idle connections.
    pub async fn close(&self) {
        let idle = std::mem::take(&mut self.idle().connections);
        for (connection, _) in idle {
            connection.quit().await;
        }
    }

    /// As [`Self::slot`], until [`Self::count_one_less`]: for a connection that stays with whoever uses it.
    pub async fn count_one(&self) {
        if let Ok(permit) = self.slots.acquire().await {
            permit.forget();
        }
    }

    /// That connection is used no longer.
    pub fn count_one_less(&self) {
        self.slots.add_permits(1);
    }

    /// Who sends a message, as the settings have it, and who receives it.
    pub fn envelope(&self, sender: &Sender, to: &Contact) -> Envelope {
        let from = self.settings.envelope_from.as_ref().unwrap_or(&sender.address);
        Envelope::new(from, &to.envelope())
    }

    /// An open connection that waits for work.
    pub fn idle_connection(&self) -> Option<Connection> {
        self.idle().connections.pop().map(|(connection, _)| connection)
    }

    /// The connection for the next message, unless it broke.
    pub fn give_back(self: &Arc<Self>, connection: Connection) {
        if !connection.healthy() {
            return;
        }
        let mut idle = self.idle();
        let round = idle.round;
        idle.connections.push((connection, round));
        if !std::mem::replace(&mut idle.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle {
    /// What has been idle since three rounds began, and whether nothing else is.
    fn next_round(&mut self) -> (Vec<Connection>, bool) {
        self.round += 1;
        let round = self.round;
        let unused = self.connections.extract_if(.., |(_, since)| *since + 3 <= round);
        let unused = unused.map(|(connection, _)| connection).collect();
        self.swept = !self.connections.is_empty();
        (unused, !self.swept)
    }
}

impl Slot<'_> {
    /// An open connection that waits for work.
    pub fn idle_connection(&self) -> Option<Connection> {
        self.pool.idle_connection()
    }

    /// The connection for the next message, unless it broke.
    pub fn give_back(&self, connection: Connection) {
        self.pool.give_back(connection);
    }
}

/// Closes what was idle for too long; ends when nothing is idle, or the courier is gone.
async fn sweep(pool: Weak<Pool>) {
    loop {
        let Some(half) = pool.upgrade().map(|pool| pool.settings.timeouts.idle / 2) else { return };
        tokio::time::sleep(half).await;
        let Some(pool) = pool.upgrade() else { return };
        let (unused, nothing_left) = pool.idle().next_round();
        for connection in unused {
            connection.quit().await;
        }
        if nothing_left {
            return;
        }
    }
}
