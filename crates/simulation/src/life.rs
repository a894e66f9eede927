//! A life: days of people, officers, faults and turns, each decided by the dice.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::contact::{Channel, Contact};

use crate::bands::Bands;
use crate::dice::Dice;
use crate::history::{History, Who};
use crate::install::PLACES;
use crate::look::{Looks, People};
use crate::machine::{Machine, Wrong};
use crate::rules::{Installations, Rules};
use crate::turn;

pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// People with an address, and beside them those on LINE, and those with the app.
const PEOPLE: usize = 7;
const ON_LINE: usize = 3;
const WITH_THE_APP: usize = 3;

/// More turns than this without a rest, and something goes round in circles.
const RESTLESS: u32 = 60;

/// How a life ended.
pub struct Lived {
    pub history: History,
    /// What happened, a line an event.
    pub told: Vec<String>,
    /// Days that passed.
    pub days: u32,
    /// Days that it was to live before all was repaired.
    pub asked: u32,
}

/// A life as it is lived.
pub struct Life {
    pub dice: Dice,
    pub machine: Machine,
    pub people: People,
    pub history: History,
    pub looks: Looks,
    /// The number of the turn that comes next.
    pub turn: u32,
    /// Whose mail server takes messages and doesn't say so.
    pub lost: BTreeSet<Who>,
    pub told: Vec<String>,
    /// Time that passed without a turn.
    pub idle: Duration,
    vouch: bool,
    /// Whether it is one of the many that live a day: these rest for as long as they must, and no longer.
    short: bool,
}

/// Lives the life of a seed, for so many days.
pub async fn live(seed: u64, days: u32, installations: &mut Installations) -> Lived {
    let mut life = Life::new(seed, installations).await;
    life.short = days <= 1;
    life.one_turn().await;
    let begin = life.machine.clock.now();
    while life.machine.clock.now().since(begin) < DAY * days {
        life.step().await;
        if life.dice.chance(2) {
            life.rest().await;
        }
    }
    life.rest().await;
    let passed = life.machine.clock.now().since(begin).as_secs() / DAY.as_secs();
    let passed = u32::try_from(passed).unwrap_or(u32::MAX);
    Lived { history: life.history, told: life.told, days: passed, asked: days }
}

impl Life {
    async fn new(seed: u64, installations: &mut Installations) -> Self {
        let mut dice = Dice::new(seed);
        let rules = Rules::of(seed, &mut dice);
        let installed = installations.of(rules).await;
        let machine = Machine::new(&installed, dice.bits()).await;
        let mut contacts: Vec<Contact> = (0..PEOPLE)
            .map(|n| Contact::email(&format!("person.{n}@visitor.example")).expect("an address"))
            .collect();
        let mut by = vec![Channel::Email; PEOPLE];
        if rules.line {
            contacts.extend((0..ON_LINE).filter_map(|n| Contact::line(&format!("U{n:032x}"))));
            by.resize(contacts.len(), Channel::Line);
            let (line, _) = machine.line.as_ref().expect("a stand-in");
            for contact in contacts.iter().skip(PEOPLE) {
                let _ = line.follow(contact.expose());
            }
        }
        if let Some(browsers) = &machine.browsers {
            contacts.extend((0..WITH_THE_APP).map(|_| browsers.subscribe(&machine.randomness)));
            by.resize(contacts.len(), Channel::Push);
        }
        let needed = PLACES.iter().map(|(.., needed)| *needed).collect();
        let looks = Looks::new(&machine).await;
        Self {
            dice,
            people: People::new(contacts),
            history: History::new(rules, Bands::of(&machine.pack.policy), needed, by),
            looks,
            machine,
            turn: 0,
            lost: BTreeSet::new(),
            told: vec![format!("{rules:?}")],
            idle: Duration::ZERO,
            vouch: false,
            short: false,
        }
    }

    /// Notes an event for whoever reads what happened.
    pub fn tell(&mut self, what: impl AsRef<str>) {
        let now = self.machine.pack.policy.calendar.wall_clock(self.machine.clock.now());
        self.told.push(format!("{now} turn {:>3}: {}", self.turn, what.as_ref()));
    }

    /// Time passes without a turn.
    pub fn pass(&mut self, time: Duration) {
        self.machine.pass(time);
        self.idle += time;
        let behind = self.machine.clock.now().since(self.machine.worker_now());
        // Ten days and more look like a clock that jumped, and so do three weeks of days that are due at once.
        self.vouch |= self.idle + behind > DAY * 6;
    }

    async fn step(&mut self) {
        let time = self.time();
        self.pass(time);
        self.people_come().await;
        self.officers_act().await;
        if self.dice.chance(30) {
            self.weather();
        }
        if self.dice.chance(3) {
            self.clock_goes_wrong().await;
        }
        if self.history.rules.line && self.dice.chance(8) {
            self.somebody_blocks().await;
        }
        if self.history.rules.push && self.dice.chance(2) {
            self.somebody_unsubscribes();
        }
        match self.dice.below(10) {
            0 | 1 => self.killed_turn().await,
            2 | 3 => self.turn_beside().await,
            _ => _ = self.one_turn().await,
        }
        if self.dice.chance(if self.short { 25 } else { 60 }) {
            self.one_turn().await;
        }
    }

    /// Mostly hours; now and then the worker stands still for days, or for so long that nothing is erased before
    /// an engineer has vouched for the clock.
    fn time(&mut self) -> Duration {
        let some = u32::try_from(self.dice.below(60)).unwrap_or(0) + 1;
        match self.dice.below(200) {
            0..100 => MINUTE * some,
            100..185 => MINUTE * some * 12,
            185..195 => DAY * (1 + some / 10),
            195..199 => DAY * (1 + some / 7),
            _ => DAY * (10 + some / 3),
        }
    }

    /// The worker's process begins anew, with a clock that is behind, or right again.
    async fn clock_goes_wrong(&mut self) {
        let wrong = match self.dice.below(5) {
            0 => Wrong::ZERO,
            1 => Wrong::behind(MINUTE * 4),
            2 => Wrong::behind(HOUR * 7),
            3 => Wrong::behind(DAY * 3),
            // Further ahead is in `clock_ahead`.
            _ => Wrong::ahead(MINUTE * 4),
        };
        self.history.wrong_clocks += usize::from(wrong != Wrong::ZERO);
        self.tell(format!("a new worker, its clock {wrong:?}"));
        self.machine.restart_worker(wrong).await;
    }

    // --- turns

    /// One turn; whether it did anything or failed at something.
    async fn one_turn(&mut self) -> (usize, usize) {
        let done = self.machine.worker().turn().await;
        self.ended(format!("a turn: {} done, {} failed", done.done, done.failed)).await;
        (done.done, done.failed)
    }

    async fn killed_turn(&mut self) {
        let after = 1 + u32::try_from(self.dice.below(130)).unwrap_or(0);
        let turned = turn::killed(self.machine.worker().turn(), after).await;
        if turned.is_none() {
            self.history.killed.insert(self.turn);
            self.machine.restart_worker(Wrong::ZERO).await;
            if let Some(browsers) = &self.machine.browsers {
                browsers.come_to_rest().await;
            }
        }
        let idle = self.idle;
        self.ended(format!("killed after {after} polls: {}", turned.is_none())).await;
        if turned.is_none() {
            // Nobody knows whether it came as far as the erasing.
            self.idle = idle;
        }
    }

    /// A turn in the course of which somebody checks in or an officer acts.
    async fn turn_beside(&mut self) {
        let after = 1 + u32::try_from(self.dice.below(120)).unwrap_or(0);
        if self.dice.chance(40) {
            let (sent, coming) = self.coming(true);
            let (_, thanked) = turn::beside(self.machine.worker().turn(), after, coming).await;
            self.came(sent, thanked);
        } else if let Some((act, asked)) = self.some_act(true).await {
            let (_, answer) = turn::beside(self.machine.worker().turn(), after, asked).await;
            self.acted(act, answer, true).await;
        } else {
            self.machine.worker().turn().await;
        }
        self.ended(format!("a turn with something beside it from poll {after} on")).await;
    }

    async fn ended(&mut self, what: String) {
        self.tell(what);
        self.idle = Duration::ZERO;
        self.looks.after(self.turn, &self.machine, &self.people, &self.lost, &mut self.history).await;
        self.turn += 1;
    }

    // --- rest

    /// Everything is repaired, and enough time passes for all that was begun to end. Then everything is looked at.
    async fn rest(&mut self) {
        self.tell("everything is repaired");
        self.clear_weather();
        if self.machine.worker_now() != self.machine.clock.now() {
            self.machine.restart_worker(Wrong::ZERO).await;
        }
        self.resume_channels().await;
        if self.vouch {
            self.machine.office.set(worker::erase_days::CLOCK_TRUSTED, "yes").await.expect("set");
            self.vouch = false;
        }
        let most = [Duration::ZERO, MINUTE * 61, MINUTE * 61, HOUR * 25, HOUR * 25, MINUTE * 61];
        let mut least = vec![MINUTE * 61, HOUR * 25];
        // A band of today reaches into tomorrow.
        least.extend(self.history.rules.by_band.then_some(HOUR * 25));
        for time in if self.short { least } else { most.to_vec() } {
            self.machine.pass(time);
            self.settle(time > Duration::ZERO).await;
        }
        self.looks.at_rest(self.turn, &self.machine, &self.people, &mut self.history).await;
        // What comes now is later than this look.
        self.turn += 1;
    }

    /// Turns until there is nothing to do. With everything repaired no job fails.
    async fn settle(&mut self, whole: bool) {
        for _ in 0..RESTLESS {
            let (done, failed) = self.one_turn().await;
            if failed > 0 && whole {
                self.history.surprises.push(format!("turn {}: a job fails at rest", self.turn - 1));
                return;
            }
            if done == 0 {
                return;
            }
        }
        self.history.surprises.push(format!("turn {}: the worker never rests", self.turn));
    }
}
