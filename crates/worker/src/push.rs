//! Notices to browsers: each is sealed to its browser here and handed to the service that the browser chose.
//!
//! Rows are claimed, marked and settled as those by mail are. A subscription that has ended (404, 410) is given up at
//! once, and counted like an account that has blocked ours; a service that says "too many" is left alone for as long
//! as it says, and no attempt counts (`pace`). The words are those of the mail; what doesn't fit into one message is
//! cut.

pub(crate) mod pace;

use std::collections::HashMap;
use std::sync::Arc;

use deliver::web_push::{PushCourier, PushError, PushMessage};
use domain::clock::{Clock, Instant};
use domain::contact::Channel;
use domain::id::{LeaseId, MessageId, NoticeId};
use domain::message::Text;
use domain::push::{Endpoint, Subscription};
use seal::day_key::Opened;
use seal::random::Randomness;
use seal::web_push::{LONGEST, PushSealError, VapidKey};
use store::outbox::Outgoing;
use tokio::task::JoinSet;

use crate::job::{LAST_ATTEMPT, back_off};
use crate::letter::Letter;
use crate::mail_ways::LONGEST_DELIVERY;
use crate::push::pace::Pace;
use crate::{JobError, Worker};

/// The way to push services, as the worker needs it.
#[derive(Clone)]
pub struct Push {
    /// The way there.
    pub courier: PushCourier,
    /// What signs for us.
    pub key: VapidKey,
    /// Where a service's people reach ours: `mailto:` and an address.
    pub subject: String,
}

impl Push {
    /// Seals the words to the browser and hands them over, when its service's turn has come, if they may go: that is asked when
    /// nothing is left to be waited for, so that an officer's stop works at once. Whether they went.
    async fn send(
        &self,
        id: MessageId,
        to: &Subscription,
        said: &str,
        (pace, may_go): (&Pace, impl Future<Output = bool>),
        (clock, randomness): (&Clock, &Randomness),
    ) -> Result<bool, PushError> {
        let never = |_: PushSealError| PushError::Permanent {
            reply: "a subscription that nothing can be sealed to".to_owned(),
            gone: false,
        };
        let origin = Endpoint::parse(to.endpoint()).map_or("", |at| at.origin);
        let now = clock.now();
        let _place =
            pace.turn(origin, clock).await.map_err(|until| PushError::Busy { after: until.since(now) })?;
        if !may_go.await {
            return Ok(false);
        }
        let authorization = self.key.authorization(origin, &self.subject, now).map_err(never)?;
        let body = seal::web_push::seal(to, said.as_bytes(), randomness).map_err(never)?;
        let sent = self.courier.deliver(&PushMessage { id, to, body, authorization }).await;
        if let Err(PushError::Busy { after }) = &sent {
            pace.rest(origin, now.plus(*after));
        }
        sent.map(|_| true)
    }
}

/// What the app's service worker reads: `{"id", "at", "title", "body"}`, cut to what one message holds. `at` is in
/// milliseconds: by it the phone knows when the notice is over, whatever its own clock says.
pub(crate) fn payload(id: &str, at: Instant, text: &Text) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (id, millis, title) = (quoted(id), at.as_micros() / 1000, quoted(&text.subject));
    let whole =
        |body: &str| format!("{{\"id\":{id},\"at\":{millis},\"title\":{title},\"body\":{}}}", quoted(body));
    let said = whole(&text.body);
    if said.len() <= LONGEST {
        return said;
    }
    let mut room = LONGEST.saturating_sub(whole("…").len());
    let mut fits = |c: &char| {
        // Without the two marks around it.
        let length = quoted(c.encode_utf8(&mut [0; 4])).len() - 2;
        room.checked_sub(length).map(|left| room = left).is_some()
    };
    let mut body: String = text.body.chars().take_while(|c| fits(c)).collect();
    body.push('…');
    whole(&body)
}

impl Worker {
    /// Sends claimed rows whose contact is a browser.
    pub(crate) async fn send_by_push(
        &mut self,
        lease: LeaseId,
        rows: Vec<(Outgoing, Opened)>,
        letters: &HashMap<NoticeId, Arc<Letter>>,
    ) -> Result<(), JobError> {
        if rows.is_empty() {
            return Ok(());
        }
        let outgoing: Vec<Outgoing> = rows.iter().map(|(outgoing, _)| outgoing.clone()).collect();
        self.office.mark_channel(lease, &outgoing, Channel::Push).await?;
        let stopped = self.office.is_stopped(Channel::Push).await?;
        let Some(push) = self.push.clone().filter(|_| !stopped) else {
            if !stopped {
                tracing::error!(
                    rows = rows.len(),
                    "notices wait for push, which this worker's settings don't have"
                );
            }
            let later = self.clock.now().plus(std::time::Duration::from_secs(60));
            for outgoing in &outgoing {
                self.office.give_back(lease, outgoing, later).await?;
            }
            return Ok(());
        };
        let mut sending = JoinSet::new();
        for (outgoing, opened) in rows {
            let Some(letter) = letters.get(&outgoing.notice) else { continue };
            let Some(to) = Subscription::read(opened.contact.expose()) else { continue };
            let text = letter.words(&self.pack, &opened.language, &outgoing);
            let said = payload(&outgoing.message.to_string(), letter.dated, &text);
            let (push, pace, office) = (push.clone(), self.push_pace.clone(), self.office.clone());
            let (clock, randomness, sender) = (self.clock.clone(), self.randomness.clone(), self.sender);
            sending.spawn(async move {
                let notice = outgoing.notice;
                let may_go =
                    async { matches!(office.may_be_sent(notice, Channel::Push, sender).await, Ok(true)) };
                let sent = push.send(outgoing.message, &to, &said, (&pace, may_go), (&clock, &randomness));
                let result = tokio::time::timeout(LONGEST_DELIVERY, sent)
                    .await
                    .unwrap_or_else(|_| Err(PushError::Transient { reply: "took too long".to_owned() }));
                (result, outgoing)
            });
        }
        let (mut sent, mut failed, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(ended) = sending.join_next().await {
            match ended {
                Ok((Ok(true), outgoing)) => sent.push(outgoing),
                Ok((Ok(false), outgoing)) => kept.push(outgoing),
                Ok((Err(error), outgoing)) => failed.push((outgoing, error)),
                Err(_) => {}
            }
        }
        // What was sent is written down before anything else: nobody is written to twice for want of it.
        let nobody = sent.is_empty();
        self.remember_sent(sent);
        self.settle_remembered().await?;
        complain(&failed, nobody);
        // They wait until the channel is in use again; where it is the notice that was stopped, they are over.
        for outgoing in &kept {
            self.office.give_back(lease, outgoing, self.clock.now()).await?;
        }
        for (outgoing, error) in failed {
            self.push_failed(lease, &outgoing, &error).await?;
        }
        Ok(())
    }

    async fn push_failed(
        &mut self,
        lease: LeaseId,
        outgoing: &Outgoing,
        error: &PushError,
    ) -> Result<(), JobError> {
        let now = self.clock.now();
        match error {
            PushError::Permanent { gone: true, .. } => self.office.settle_blocked(lease, outgoing).await?,
            PushError::Permanent { reply, .. } => self.office.settle_failed(lease, outgoing, reply).await?,
            PushError::Busy { after } => self.office.give_back(lease, outgoing, now.plus(*after)).await?,
            PushError::Transient { .. } | PushError::Signature { .. } | PushError::Unreachable(_) => {
                let why = error.to_string();
                if outgoing.attempts >= LAST_ATTEMPT {
                    self.office.settle_failed(lease, outgoing, &why).await?;
                } else {
                    let due = now.plus(back_off(outgoing.attempts));
                    self.office.postpone(lease, outgoing, due, &why).await?;
                }
            }
        }
        Ok(())
    }
}

/// What isn't one browser's fault is said to whoever runs the machine: `nobody` was told in this claim.
fn complain(failed: &[(Outgoing, PushError)], nobody: bool) {
    let refused = failed.iter().filter(|(_, error)| matches!(error, PushError::Signature { .. })).count();
    if refused > 0 {
        tracing::error!(refused, "a push service refuses our signature: is it the key that browsers know?");
    }
    let unreachable = failed.iter().filter(|(_, error)| matches!(error, PushError::Unreachable(_))).count();
    if nobody && unreachable > 0 && unreachable == failed.len() {
        tracing::error!(unreachable, "push services can't be reached: is the way out open?");
    }
}

#[cfg(test)]
mod tests {
    use deliver::web_push::PushSettings;
    use domain::push::PushServices;

    use super::*;

    const AT: Instant = Instant::from_micros(1_795_316_400_000_000);

    fn text(body: &str) -> Text {
        Text { subject: "見本県からのお知らせ".to_owned(), body: body.to_owned() }
    }

    /// A stop that comes while a message waits for its service's turn is in time.
    #[tokio::test]
    async fn whether_it_may_go_is_asked_when_its_turn_has_come() {
        let randomness = Randomness::seeded(1);
        let services = PushServices::parse(["http://127.0.0.1:9"]).unwrap();
        let keys = ("B".repeat(87), "a".repeat(22));
        let to = Subscription::new("http://127.0.0.1:9/push/0", &keys.0, &keys.1, &services).unwrap();
        let settings = PushSettings { services, ca_file: None, patience: std::time::Duration::from_secs(1) };
        let courier = PushCourier::new(settings).unwrap();
        let push =
            Push { courier, key: VapidKey::new(&randomness), subject: "mailto:a@b.example".to_owned() };
        let (pace, clock) = (Pace::default(), Clock::set_to(AT));
        let mut others = Vec::new();
        for _ in 0..pace::AT_ONCE {
            others.push(pace.turn("http://127.0.0.1:9", &clock).await.unwrap());
        }
        let asked = std::cell::Cell::new(false);
        let may_go = async {
            asked.set(true);
            false
        };
        let id = MessageId::from_random([1; 16]);
        let mut sent = std::pin::pin!(push.send(id, &to, "一行", (&pace, may_go), (&clock, &randomness)));
        let waits =
            std::future::poll_fn(|context| std::task::Poll::Ready(sent.as_mut().poll(context).is_pending()));
        assert!(waits.await && !asked.get());
        others.pop();
        assert!(!sent.await.unwrap() && asked.get(), "nothing was sent: nobody listens there");
    }

    #[test]
    fn the_app_reads_number_title_and_words() {
        let said: serde_json::Value =
            serde_json::from_str(&payload("1f", AT, &text("一行\n\"二行\""))).unwrap();
        assert_eq!((said["id"].as_str(), said["at"].as_i64()), (Some("1f"), Some(1_795_316_400_000)));
        assert_eq!(said["title"], "見本県からのお知らせ");
        assert_eq!(said["body"], "一行\n\"二行\"");
    }

    #[test]
    fn what_doesnt_fit_is_cut_and_says_so() {
        for long in ["あ".repeat(5_000), "\n".repeat(9_000), "a".repeat(LONGEST)] {
            let said = payload("1f", AT, &text(&long));
            assert!(said.len() <= LONGEST, "{}", said.len());
            let said: serde_json::Value = serde_json::from_str(&said).unwrap();
            assert!(said["body"].as_str().unwrap().ends_with('…'));
        }
    }
}
