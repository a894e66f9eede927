//! What people do: visitors, patients and officers.

use std::future::Future;
use std::pin::Pin;

use axum::http::StatusCode;
use domain::case::{CaseDates, Course};
use domain::check_in::CheckInNonce;
use domain::clock::Instant;
use domain::contact::{Channel, Contact};
use domain::exposure::Window;
use domain::id::{CaseId, NoticeId};
use domain::notice::NoticeState;
use domain::report::Report;
use domain::service_day::ServiceDay;
use seal::office::Purpose;

use crate::history::{self, At, Case, ChannelStop, CheckIn, Said, Who};
use crate::life::{DAY, Life};

/// An officer's act that was sent to the door.
#[derive(Clone, Debug)]
pub enum Sent {
    Approve(NoticeId),
    Decline(NoticeId),
    Stop(NoticeId),
    Withdraw(CaseId),
    Enter(CaseDates, Vec<(At, Option<Instant>)>, bool),
    Declare(At, ServiceDay),
    /// Whether a channel is stopped.
    Channel(&'static str, bool),
}

/// What the door will answer.
pub type Asked = Pin<Box<dyn Future<Output = (StatusCode, String)>>>;

impl Life {
    pub async fn people_come(&mut self) {
        for _ in 0..self.dice.below(4) {
            let (sent, coming) = self.coming(false);
            if self.dice.chance(4) {
                // The door's process ends while the visitor waits.
                let polls = u32::try_from(self.dice.below(8)).unwrap_or(0);
                let thanked = crate::turn::killed(coming, polls).await;
                self.machine.restart_door();
                let said =
                    thanked.map_or(Said::Nothing, |thanked| if thanked { Said::Yes } else { Said::No });
                self.tell(format!("{} comes to {:?}; the door ends: {said:?}", sent.who, sent.at));
                self.history.check_ins.push(CheckIn { said, ..sent });
            } else {
                let thanked = coming.await;
                self.came(sent, thanked);
            }
        }
        if self.dice.chance(12) {
            self.a_report().await;
        }
    }

    /// Somebody who is about to check in.
    pub fn coming(&mut self, beside: bool) -> (CheckIn, impl Future<Output = bool> + use<>) {
        let who = self.dice.below(self.people.contacts.len());
        let place = self.dice.below(self.machine.venues.len());
        let nonce = CheckInNonce::issue(self.machine.clock.now(), self.machine.randomness.bytes());
        let (at, moment) = ((place, self.machine.today()), self.machine.clock.now());
        let contact = self.spelled(who);
        let coming = self.machine.check_in(place, &contact, nonce);
        (CheckIn { nonce, at, moment, who, turn: self.turn, beside, said: Said::Nothing }, coming)
    }

    pub fn came(&mut self, sent: CheckIn, thanked: bool) {
        self.tell(format!("{} comes to {} on {}: {thanked}", sent.who, sent.at.0, sent.at.1));
        let said = if thanked { Said::Yes } else { Said::No };
        // Keys are made 14 days ahead: who comes after the worker stood still as long finds none.
        if !thanked && self.idle < DAY * 13 && self.machine.worker_now() >= self.machine.clock.now() {
            self.history.surprises.push(format!("turn {}: a check-in was refused", self.turn));
        }
        self.history.check_ins.push(CheckIn { said, ..sent });
    }

    /// The same address, as it may be typed.
    fn spelled(&mut self, who: Who) -> Contact {
        let contact = &self.people.contacts[who];
        if !self.history.is_by(who, Channel::Email) || !self.dice.chance(30) {
            return contact.clone();
        }
        Contact::email(&contact.expose().to_uppercase()).expect("an address")
    }

    // --- patients

    async fn a_report(&mut self) {
        let today = self.machine.today();
        let (dates, _) = self.dates();
        let mut contacts: Vec<Who> = Vec::new();
        for _ in 0..=self.dice.below(2) {
            let who = self.dice.below(self.people.contacts.len());
            if self.history.is_by(who, Channel::Email) && !contacts.contains(&who) {
                contacts.push(who);
            }
        }
        let id = CaseId::from_random(self.machine.randomness.bytes());
        let spelled = contacts.iter().map(|who| self.people.contacts[*who].clone()).collect();
        let Some(sealer) = self.machine.sealer().await.filter(|_| !contacts.is_empty()) else { return };
        let report = Report { dates, contacts: spelled };
        let sealed = sealer.seal_record(Purpose::Report, id.as_bytes(), &report.to_bytes()).expect("sealed");
        let (now, code) = (self.machine.clock.now(), self.machine.randomness.bytes::<32>());
        self.machine.intake.add_code(&code, now, now.plus(DAY)).await.expect("a code");
        let waiting = store::reports::Report { id, reported_at: now, sealed };
        self.machine.intake.put_report(&waiting, &code).await.expect("a report");
        self.tell(format!("{contacts:?} report, {dates:?} on {today}"));
        self.add_case(id, dates, Vec::new(), contacts, false);
    }

    fn add_case(
        &mut self,
        id: CaseId,
        dates: CaseDates,
        visits: Vec<(At, Option<Instant>)>,
        contacts: Vec<Who>,
        close_contacts: bool,
    ) {
        let window = Window::of(&dates, &self.machine.pack.policy.disease);
        self.history.cases.push(Case {
            id,
            window,
            positive_on: dates.positive_on(),
            visits: visits.iter().map(|(at, _)| *at).collect(),
            told_from: visits.into_iter().filter_map(|(at, from)| Some((at, from?))).collect(),
            contacts,
            close_contacts,
            entered: self.turn,
            withdrawn: None,
        });
    }

    /// Dates that can be true: positive in these days, ill since some days, or not at all.
    fn dates(&mut self) -> (CaseDates, ServiceDay) {
        let today = self.machine.today();
        let days = |n: usize| i64::try_from(n).unwrap_or(0);
        let positive = today.plus_days(-days(self.dice.below(4)));
        let before = positive.plus_days(-days(self.dice.below(5)));
        let course = if self.dice.chance(75) { Course::OnsetOn(before) } else { Course::SampledOn(before) };
        let keep = self.machine.pack.policy.data.keep();
        (CaseDates::new(course, positive, today, keep).expect("dates that can be true"), positive)
    }

    // --- officers

    pub async fn officers_act(&mut self) {
        for _ in 0..self.dice.below(4) {
            if let Some((sent, asked)) = self.some_act(false).await {
                let answer = asked.await;
                self.acted(sent, answer, false).await;
            }
        }
    }

    /// What an officer does next, as a form on its way.
    pub async fn some_act(&mut self, beside: bool) -> Option<(Sent, Asked)> {
        let officer = self.dice.below(2);
        let sent = match self.dice.below(if beside { 10 } else { 13 }) {
            0..4 => self.decision(),
            4 | 5 => self.stop(),
            6 | 7 => self.withdrawal(),
            8 => self.channel(),
            9 | 10 => Some(self.entry()),
            11 => self.declaration(),
            _ => None,
        }?;
        let id = |at: &At| self.machine.venues[at.0].id.to_string();
        let asked: Asked = match &sent {
            Sent::Approve(notice) => {
                Box::pin(self.machine.act(officer, &format!("/notices/{notice}/approve"), &[]))
            }
            Sent::Decline(notice) => {
                let reason = [("reason", "見本のため")];
                Box::pin(self.machine.act(officer, &format!("/notices/{notice}/decline"), &reason))
            }
            Sent::Stop(notice) => {
                Box::pin(self.machine.act(officer, &format!("/notices/{notice}/stop"), &[]))
            }
            Sent::Withdraw(case) => {
                Box::pin(self.machine.act(officer, &format!("/cases/{case}/withdraw"), &[]))
            }
            Sent::Enter(dates, visits, close) => {
                let form = self.entry_form(dates, visits, *close);
                let form: Vec<(&str, &str)> =
                    form.iter().map(|(name, value)| (*name, value.as_str())).collect();
                Box::pin(self.machine.act(officer, "/cases/new", &form))
            }
            Sent::Declare(at, last) => {
                let (venue, from, to) = (id(at), at.1.to_string(), last.to_string());
                let form = [("act", "propose"), ("venue", &*venue), ("from", &from), ("to", &to)];
                Box::pin(self.machine.act(officer, "/clusters/new", &form))
            }
            Sent::Channel(channel, stop) => self.send_channel(officer, channel, *stop),
        };
        Some((sent, asked))
    }

    fn send_channel(&self, officer: usize, channel: &str, stop: bool) -> Asked {
        let act = if stop { "stop" } else { "resume" };
        let reason = format!("reason_{channel}");
        let form = [("channel", channel), ("act", act), (&*reason, "見本のため")];
        Box::pin(self.machine.act(officer, "/channels", &form))
    }

    /// Seldom: while a channel is stopped, little happens on it.
    fn channel(&mut self) -> Option<Sent> {
        let channel = match () {
            () if self.history.rules.line && self.dice.chance(50) => "line",
            () if self.history.rules.push && self.dice.chance(50) => "push",
            () => "mail",
        };
        let stopped =
            self.history.channel_stops.iter().any(|stop| stop.channel == channel && stop.until.is_none());
        (stopped || self.dice.chance(40)).then_some(Sent::Channel(channel, !stopped))
    }

    /// Officers put every channel in use again.
    pub async fn resume_channels(&mut self) {
        for channel in ["mail", "line", "push"] {
            let stopped = |stop: &ChannelStop| stop.channel == channel && stop.until.is_none();
            if self.history.channel_stops.iter().any(stopped) {
                let asked = self.send_channel(0, channel, false);
                let answer = asked.await;
                self.acted(Sent::Channel(channel, false), answer, false).await;
            }
        }
    }

    /// Whoever is reached by this way.
    pub fn with(&self, way: Channel) -> Vec<Who> {
        (0..self.people.contacts.len()).filter(|who| self.history.is_by(*who, way)).collect()
    }

    fn notices_in(&self, states: &[NoticeState]) -> Vec<NoticeId> {
        let known = self.history.notices.iter().filter(|(_, notice)| states.contains(&notice.state));
        known.map(|(id, _)| *id).collect()
    }

    fn decision(&mut self) -> Option<Sent> {
        let waiting = self.notices_in(&[NoticeState::Proposed]);
        let notice = *self.dice.pick(&waiting)?;
        Some(if self.dice.chance(85) { Sent::Approve(notice) } else { Sent::Decline(notice) })
    }

    fn stop(&mut self) -> Option<Sent> {
        let under_way = self.notices_in(&[NoticeState::Approved, NoticeState::Released]);
        let notice = *self.dice.pick(&under_way)?;
        self.dice.chance(25).then_some(Sent::Stop(notice))
    }

    fn withdrawal(&mut self) -> Option<Sent> {
        let cases: Vec<CaseId> =
            self.history.cases.iter().filter(|case| case.withdrawn.is_none()).map(|case| case.id).collect();
        let case = *self.dice.pick(&cases)?;
        self.dice.chance(25).then_some(Sent::Withdraw(case))
    }

    fn entry(&mut self) -> Sent {
        let (dates, positive) = self.dates();
        let mut visits: Vec<(At, Option<Instant>)> = Vec::new();
        for _ in 0..=self.dice.below(3) {
            let back = i64::try_from(self.dice.below(7)).unwrap_or(0);
            let recent = self.history.check_ins.iter().rev().take(12);
            let recent: Vec<(At, Instant)> = recent.map(|sent| (sent.at, sent.moment)).collect();
            let (at, moment) = match self.dice.pick(&recent) {
                Some((at, moment)) if self.dice.chance(70) && at.1 <= self.machine.today() => {
                    (*at, Some(*moment))
                }
                _ => ((self.dice.below(self.machine.venues.len()), positive.plus_days(-back)), None),
            };
            if !visits.iter().any(|(other, _)| *other == at) {
                let told = self.history.rules.by_band && self.dice.chance(60);
                visits.push((at, moment.filter(|_| told).map(to_the_minute)));
            }
        }
        Sent::Enter(dates, visits, self.dice.chance(10))
    }

    fn entry_form(
        &self,
        dates: &CaseDates,
        visits: &[(At, Option<Instant>)],
        close: bool,
    ) -> Vec<(&'static str, String)> {
        let mut form = vec![("reference", "見本-1".to_owned())];
        match dates.course() {
            Course::OnsetOn(day) => {
                form.extend([("has_symptoms", "yes".into()), ("onset_on", day.to_string())])
            }
            Course::SampledOn(day) => {
                form.extend([("has_symptoms", "no".into()), ("sampled_on", day.to_string())])
            }
        }
        form.push(("positive_on", dates.positive_on().to_string()));
        if close {
            form.push(("close_contacts_identified", "1".to_owned()));
        }
        for ((place, day), from) in visits {
            form.push(("venue", self.machine.venues[*place].id.to_string()));
            // A time is told with the date of the wall's calendar, which isn't the service day's after midnight.
            let told = from.map(|from| self.machine.pack.policy.calendar.wall_clock(from));
            let told = told.as_ref().and_then(|told| told.split_once(' '));
            let (on, at) = told.map_or((day.to_string(), String::new()), |(on, at)| (on.into(), at.into()));
            form.extend([("visited_on", on), ("from", at), ("to", String::new())]);
        }
        form
    }

    fn declaration(&mut self) -> Option<Sent> {
        let recent: Vec<At> = self.history.check_ins.iter().rev().take(20).map(|sent| sent.at).collect();
        let at = *self.dice.pick(&recent)?;
        let last = at.1.plus_days(i64::try_from(self.dice.below(3)).unwrap_or(0)).min(self.machine.today());
        (at.1 <= last).then_some(Sent::Declare(at, last))
    }

    /// What came of it.
    pub async fn acted(&mut self, sent: Sent, (status, leads_to): (StatusCode, String), beside: bool) {
        self.tell(format!("{sent:?}: {status} {leads_to}"));
        if status.is_server_error() {
            self.history.surprises.push(format!("turn {}: {sent:?} is answered {status}", self.turn));
        }
        if status != StatusCode::SEE_OTHER {
            return;
        }
        let turn = self.turn;
        match sent {
            Sent::Approve(id) => {
                let stored = self.machine.office.notice(id).await.expect("notices").expect("that notice");
                let known = self.history.notices.get_mut(&id).expect("a known notice");
                known.acts.push((history::Act::Approved, turn));
                known.state = stored.state;
                // Beside a turn it may have been sent by now, and a case have come to it just before.
                known.ever.extend(self.machine.office.cases_of_notice(id).await.expect("cases"));
                if let (true, Some(until)) = (stored.state != NoticeState::Proposed, stored.release_at) {
                    let expected = self.machine.clock.now().plus(self.history.rules.held());
                    if until != expected {
                        self.history.surprises.push(format!("{id} is held until {until:?}"));
                    }
                    known.approved.get_or_insert((turn, until));
                }
            }
            Sent::Decline(id) => self.set_act(id, history::Act::Declined),
            Sent::Stop(id) => {
                self.set_act(id, history::Act::Stopped);
                self.stopped(id, beside);
            }
            Sent::Withdraw(id) => {
                let case = self.history.cases.iter_mut().find(|case| case.id == id);
                if let Some(case) = case.filter(|case| case.withdrawn.is_none()) {
                    case.withdrawn = Some((turn, beside));
                }
                let resting: Vec<NoticeId> = self.history.notices.keys().copied().collect();
                for id in resting {
                    let stored = self.machine.office.notice(id).await.expect("notices").expect("that notice");
                    if stored.state == NoticeState::Stopped {
                        self.stopped(id, beside);
                    }
                }
            }
            Sent::Enter(dates, visits, close) => {
                let id = CaseId::parse(leads_to.trim_start_matches("/cases/")).expect("the case's page");
                self.add_case(id, dates, visits, Vec::new(), close);
            }
            Sent::Channel(channel, true) => self.history.channel_stops.push(ChannelStop {
                channel: channel.to_owned(),
                from: (turn, beside),
                until: None,
            }),
            Sent::Channel(channel, false) => {
                let stops = self.history.channel_stops.iter_mut();
                for stop in stops.filter(|stop| stop.channel == channel && stop.until.is_none()) {
                    stop.until = Some(turn);
                }
            }
            Sent::Declare(at, last) => {
                let id =
                    NoticeId::parse(leads_to.trim_start_matches("/notices/")).expect("the notice's page");
                let days = self.machine.office.notice_days(id).await.expect("days");
                let within = days
                    .iter()
                    .all(|own| own.venue == self.machine.venues[at.0].id && (at.1..=last).contains(&own.day));
                if within {
                    let days = days.iter().map(|own| (at.0, own.day)).collect();
                    self.history.declared.push((id, days));
                }
            }
        }
    }

    fn set_act(&mut self, id: NoticeId, act: history::Act) {
        if let Some(known) = self.history.notices.get_mut(&id) {
            known.acts.push((act, self.turn));
        }
    }

    fn stopped(&mut self, id: NoticeId, beside: bool) {
        let turn = self.turn;
        if let Some(known) = self.history.notices.get_mut(&id) {
            known.stopped.get_or_insert((turn, beside));
        }
    }
}

/// As a patient remembers it.
fn to_the_minute(at: Instant) -> Instant {
    Instant::from_micros(at.as_micros() - at.as_micros() % 60_000_000)
}
