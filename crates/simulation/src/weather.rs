//! The weather between the machine and those who take its messages: mail servers, LINE, a push service; and accounts and
//! browsers that want none any more.

use deliver::inbox::Failure;
use domain::contact::Channel;
use line_stand_in::{Fault, Standing};

use crate::life::Life;

impl Life {
    /// An account blocks ours, or lifts its block.
    pub async fn somebody_blocks(&mut self) {
        let accounts = self.with(Channel::Line);
        let Some(who) = self.dice.pick(&accounts).copied() else { return };
        let contact = self.people.contacts[who].clone();
        let (line, _) = self.machine.line.as_ref().expect("a stand-in");
        let blocks = line.standing(contact.expose()) != Standing::Blocked;
        self.machine.turn_account(&contact, blocks).await;
        self.tell(format!("{who} blocks the account: {blocks}"));
        if blocks {
            self.history.blocks += 1;
            self.history.blocked.insert(who);
            self.history.refused.insert(who);
        }
    }

    /// A browser's subscription ends: whoever sends to it is told so.
    pub fn somebody_unsubscribes(&mut self) {
        let Some(browsers) = &self.machine.browsers else { return };
        let with_app = self.with(Channel::Push);
        let number = self.dice.below(with_app.len());
        browsers.service.end(number);
        self.history.refused.insert(with_app[number]);
        self.tell(format!("{}'s subscription ends", with_app[number]));
    }

    /// What the mail servers and LINE do from now on.
    pub fn weather(&mut self) {
        self.clear_weather();
        let storm = self.dice.chance(15);
        let mut said = Vec::new();
        for who in 0..self.people.contacts.len() {
            if !self.history.is_by(who, Channel::Email) {
                continue;
            }
            let failure = match self.dice.below(12) {
                _ if storm => Some(Failure::Unreachable),
                0 => Some(Failure::Transient),
                1 => Some(Failure::Permanent),
                2 => Some(Failure::Lost),
                3 => Some(Failure::Unreachable),
                _ => None,
            };
            if failure == Some(Failure::Permanent) {
                self.history.refused.insert(who);
            }
            if failure == Some(Failure::Lost) {
                self.lost.insert(who);
            }
            said.extend(failure.map(|failure| format!("{who} {failure:?}")));
            self.machine.inbox.fail_for(self.people.contacts[who].expose(), failure);
        }
        if let (Some((line, _)), true) = (&self.machine.line, self.dice.chance(50)) {
            let (status, taken) = [(500, true), (503, false), (429, false), (400, false)][self.dice.below(4)];
            for call in ["push", "multicast"] {
                let times = u32::try_from(self.dice.below(4)).unwrap_or(0);
                line.fail(Fault { call: call.to_owned(), times, taken, status, retry_after: None });
            }
            if status == 400 {
                self.history.refused.extend(self.with(Channel::Line));
            }
            said.push(format!("LINE {status}"));
        }
        if self.history.rules.push && self.dice.chance(50) {
            said.push(self.push_weather());
        }
        self.tell(format!("the weather: {}", said.join(", ")));
    }

    /// What the push service does with the next messages.
    fn push_weather(&mut self) -> String {
        let Some(browsers) = &self.machine.browsers else { return String::new() };
        let (times, (status, taken)) =
            (self.dice.below(4), [(500, true), (503, false), (429, false), (400, false)][self.dice.below(4)]);
        match taken {
            true => browsers.service.take_and_answer(status, times),
            false => {
                let after = (status == 429).then_some(600);
                browsers.service.answer(&vec![(status, after); times]);
            }
        }
        if status == 400 {
            self.history.refused.extend(self.with(Channel::Push));
        }
        format!("push {status} {times} times")
    }

    /// Every server works.
    pub fn clear_weather(&mut self) {
        self.lost.clear();
        for contact in &self.people.contacts {
            self.machine.inbox.fail_for(contact.expose(), None);
        }
        if let Some((line, _)) = &self.machine.line {
            line.recover();
        }
        if let Some(browsers) = &self.machine.browsers {
            browsers.service.recover();
        }
    }
}
