//! The ways to the mail server, side by side: each opens a row's address, asks whether it may go, and hands it over.
//!
//! They take their rows from one queue, and what becomes of each goes back through another. While one mail is on its
//! way the next is opened, so that a way's connection is told of it in the same breath.

use std::sync::Arc;
use std::time::Duration;

use deliver::Courier;
use deliver::circular::Addressed;
use deliver::error::DeliveryError;
use deliver::way::{Handed, Way};
use domain::policy::pack::Pack;
use seal::day_key::DayOpener;
use store::outbox::Outgoing;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use crate::letter::Letter;

/// How long one message may take: the row's lease outlasts it, so that no other worker sends it too.
pub(crate) const LONGEST_DELIVERY: Duration = Duration::from_secs(500);

/// A row that goes by mail, with what it needs for that.
pub(crate) struct ByMail {
    pub outgoing: Outgoing,
    pub letter: Arc<Letter>,
    /// `None` where the day's key is gone.
    pub opener: Option<Arc<DayOpener>>,
    /// With which it was claimed.
    pub claim: usize,
}

/// What became of it.
pub(crate) enum Delivery {
    Sent,
    /// Notice or channel were stopped meanwhile: nothing was sent.
    Stopped,
    /// There is no address to send it to any more.
    Unopened,
    Failed(DeliveryError),
}

/// A row that came back.
pub(crate) struct Delivered {
    pub outgoing: Outgoing,
    pub claim: usize,
    pub delivery: Delivery,
}

/// A row that a way has taken. It comes back whatever happens to the way: nobody waits for it in vain.
struct Owed {
    row: Option<(Outgoing, usize)>,
    done: Done,
}

impl Owed {
    fn back(mut self, delivery: Delivery) {
        self.give(delivery);
    }

    fn give(&mut self, delivery: Delivery) {
        if let Some((outgoing, claim)) = self.row.take() {
            let _ = self.done.send(Delivered { outgoing, claim, delivery });
        }
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.give(Delivery::Failed(DeliveryError::Unanswered { reply: "its way broke off".to_owned() }));
    }
}

/// The ways of one turn. They end with it.
pub(crate) struct MailWays {
    queue: Option<mpsc::UnboundedSender<ByMail>>,
    delivered: mpsc::UnboundedReceiver<Delivered>,
    _running: JoinSet<()>,
    /// Rows that were put in and have not come back.
    under_way: usize,
}

impl MailWays {
    pub fn open(courier: &Courier, pack: &Arc<Pack>) -> Self {
        let (queue, rows) = mpsc::unbounded_channel();
        let (done, delivered) = mpsc::unbounded_channel();
        let rows = Arc::new(Mutex::new(rows));
        let mut running = JoinSet::new();
        for _ in 0..courier.at_once() {
            let (way, pack) = (courier.way(), Arc::clone(pack));
            running.spawn(go_on(way, pack, Arc::clone(&rows), done.clone()));
        }
        Self { queue: Some(queue), delivered, _running: running, under_way: 0 }
    }

    /// Rows that are still to come back.
    pub fn under_way(&self) -> usize {
        self.under_way
    }

    /// One more to be sent.
    pub fn put(&mut self, row: ByMail) {
        if self.queue.as_ref().is_some_and(|queue| queue.send(row).is_ok()) {
            self.under_way += 1;
        }
    }

    /// No more is put in: the ways end when they are through.
    pub fn close(&mut self) {
        self.queue = None;
    }

    /// Waits for what comes back next, and takes all that is there; nothing where nothing more comes.
    pub async fn delivered(&mut self) -> Vec<Delivered> {
        let mut all = Vec::new();
        self.delivered.recv_many(&mut all, usize::MAX).await;
        // All ways have ended: what they didn't take doesn't come back.
        self.under_way = if all.is_empty() { 0 } else { self.under_way.saturating_sub(all.len()) };
        all
    }
}

/// A row with its notice and its mail.
struct Ready {
    owed: Owed,
    letter: Arc<Letter>,
    mail: Addressed,
}

type Done = mpsc::UnboundedSender<Delivered>;

type Rows = Arc<Mutex<mpsc::UnboundedReceiver<ByMail>>>;

async fn go_on(mut way: Way, pack: Arc<Pack>, rows: Rows, done: Done) {
    let mut next: Option<Ready> = None;
    loop {
        let this = match next.take() {
            Some(ready) => ready,
            None => match first(&rows, &pack, &done).await {
                Some(ready) => ready,
                None => break,
            },
        };
        // Who is next is known before this one goes; nobody waits for one who hasn't come yet.
        next = ready(&rows, &pack, &done);
        let delivery = send(&mut way, &this, next.as_ref().map(|next| &next.mail)).await;
        this.owed.back(delivery);
    }
    way.rest();
}

/// Waits for a row and opens it; `None` where no more comes.
async fn first(rows: &Rows, pack: &Pack, done: &Done) -> Option<Ready> {
    loop {
        let row = rows.lock().await.recv().await?;
        if let Some(ready) = opened(row, pack, done) {
            return Some(ready);
        }
    }
}

/// A row that is there, opened.
fn ready(rows: &Rows, pack: &Pack, done: &Done) -> Option<Ready> {
    loop {
        let row = rows.try_lock().ok()?.try_recv().ok()?;
        if let Some(ready) = opened(row, pack, done) {
            return Some(ready);
        }
    }
}

/// The mail of a row; a row that doesn't open goes back.
fn opened(row: ByMail, pack: &Pack, done: &Done) -> Option<Ready> {
    let ByMail { outgoing, letter, opener, claim } = row;
    let check_in = &outgoing.check_in;
    let opened = opener.and_then(|opener| opener.open(&check_in.place, &check_in.sealed).ok());
    let mail = opened.map(|opened| {
        let words = letter.mail(pack, opened.language, &outgoing);
        Addressed { id: outgoing.message, to: opened.contact, words }
    });
    let owed = Owed { row: Some((outgoing, claim)), done: done.clone() };
    match mail {
        Some(mail) => Some(Ready { owed, letter, mail }),
        None => {
            owed.back(Delivery::Unopened);
            None
        }
    }
}

async fn send(way: &mut Way, this: &Ready, next: Option<&Addressed>) -> Delivery {
    let gate = &this.letter.gate;
    if gate.was_shut() && !gate.is_open().await {
        return Delivery::Stopped;
    }
    match tokio::time::timeout(LONGEST_DELIVERY, way.hand_over(&this.mail, next, gate.is_open())).await {
        Ok(Handed::Taken) => Delivery::Sent,
        Ok(Handed::Kept) => Delivery::Stopped,
        Ok(Handed::Failed(error)) => Delivery::Failed(error),
        Err(_) => Delivery::Failed(DeliveryError::Unanswered { reply: "took too long".to_owned() }),
    }
}
