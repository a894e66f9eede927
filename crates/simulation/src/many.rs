//! One life told, or many lives counted.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use domain::clock::Clock;
use domain::contact::Channel;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::check::{self, Broken};
use crate::life::{self, Lived};
use crate::rules::Installations;

/// Which lives are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub from: u64,
    pub seeds: u64,
    pub step: u64,
    /// No new life is begun after so long.
    pub seconds: Option<u64>,
    /// How long each is; otherwise the seed says.
    pub days: Option<u32>,
    /// On which core alone, by its number.
    pub core: Option<usize>,
}

/// How many days a seed lives, before all is repaired and looked at: mostly one; one in 32 is long, and some of
/// these long enough for their first days to be erased.
pub fn days_of(seed: u64) -> u32 {
    match seed % 128 {
        0 => 26,
        32 | 64 | 96 => 2 + u32::try_from(seed / 128 % 5).unwrap_or(0),
        _ => 1,
    }
}

/// What the lives of a run were made of, a number a line.
#[derive(Clone, Copy, Debug, Default)]
struct Sum([u64; COUNTED.len()]);

const COUNTED: [&str; 15] = [
    "lives",
    "of them long",
    "days",
    "check-ins",
    "cases",
    "notices",
    "messages",
    "of them to browsers",
    "kills",
    "stops",
    "withdrawals during a hold",
    "stops of a channel",
    "blocks on LINE",
    "clocks that went wrong",
    "broken lives",
];

impl Sum {
    fn add(&mut self, lived: &Lived, broken: bool) {
        let history = &lived.history;
        let to_browsers =
            history.deliveries.iter().filter(|one| history.is_by(one.to, Channel::Push)).count();
        let messages = history.deliveries.len() + history.calls.len();
        let withdrawn = history.cases.iter().filter(|case| history.withdrawn_in_hold(case)).count();
        let counted = [
            1,
            usize::from(lived.asked > 1),
            lived.days as usize,
            history.check_ins.len(),
            history.cases.len(),
            history.notices.len(),
            messages,
            to_browsers,
            history.killed.len(),
            history.notices.values().filter(|notice| notice.stopped.is_some()).count(),
            withdrawn,
            history.channel_stops.len(),
            history.blocks,
            history.wrong_clocks,
            usize::from(broken),
        ];
        for (sum, own) in self.0.iter_mut().zip(counted) {
            *sum += own as u64;
        }
    }

    fn broken(&self) -> u64 {
        self.0.last().copied().unwrap_or(0)
    }

    fn line(&self) -> String {
        let numbers = self.0.iter().zip(COUNTED).map(|(number, name)| format!("{number} {name}"));
        numbers.collect::<Vec<_>>().join(", ")
    }
}

/// Lives one life and judges it.
pub fn lived(seed: u64, days: Option<u32>, installations: &mut Installations) -> (Lived, Vec<Broken>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let lived = runtime.block_on(life::live(seed, days.unwrap_or_else(|| days_of(seed)), installations));
    let broken = check::broken(&lived.history);
    (lived, broken)
}

/// One life, told until it breaks, or so many times; whether none of them did.
pub fn one(seed: u64, days: Option<u32>, times: u64) -> bool {
    let mut installations = Installations::default();
    for time in 1..=times {
        let (lived, broken) = lived(seed, days, &mut installations);
        if broken.is_empty() && time < times {
            continue;
        }
        for line in &lived.told {
            println!("{line}");
        }
        println!("seed {seed}, life {time} of {times}: {} invariants broken", broken.len());
        tell(&broken);
        return broken.is_empty();
    }
    true
}

fn tell(broken: &[Broken]) {
    for one in broken.iter().take(8) {
        println!("  {} {}", one.invariant, one.what);
    }
}

/// The cores on which this process may run; none where the system doesn't say.
fn cores() -> Vec<usize> {
    let allowed = sched_getaffinity(None).unwrap_or_default();
    (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect()
}

/// Keeps this process and its threads on one core: a life is one thing after another, and waking a thread on another
/// core takes longer than most of what that thread is woken for. Where the system refuses, lives are only slower.
fn stay_on(core: usize) {
    let mut only = CpuSet::new();
    only.set(core);
    let _ = sched_setaffinity(None, &only);
}

/// Every `step`th seed in this process; whether none broke anything.
pub fn alone(asked: &Asked) -> bool {
    asked.core.into_iter().for_each(stay_on);
    let (clock, mut installations, mut sum) = (Clock::system(), Installations::default(), Sum::default());
    let begin = clock.now();
    for seed in
        (asked.from..asked.from + asked.seeds).step_by(usize::try_from(asked.step).unwrap_or(1).max(1))
    {
        if asked.seconds.is_some_and(|most| clock.now().since(begin).as_secs() >= most) {
            break;
        }
        let (lived, broken) = lived(seed, asked.days, &mut installations);
        sum.add(&lived, !broken.is_empty());
        if !broken.is_empty() {
            println!("seed {seed} breaks; again with: cargo run -p simulation -- --seed {seed} --times 20");
            tell(&broken);
        }
    }
    println!("= {}", sum.0.map(|number| number.to_string()).join(" "));
    sum.broken() == 0
}

/// The same in as many processes as there are cores.
pub fn on_every_core(asked: &Asked) -> bool {
    let own = cores();
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let program = std::env::current_exe().expect("this program");
    let clock = Clock::system();
    let begin = clock.now();
    let children: Vec<_> = (0..cores.min(asked.seeds))
        .map(|core| {
            let mut child = Command::new(&program);
            child.arg("--alone").arg("--from").arg((asked.from + core).to_string());
            child.arg("--seeds").arg((asked.seeds - core).to_string()).arg("--step").arg(cores.to_string());
            let number = usize::try_from(core).ok().and_then(|core| own.get(core));
            child.args(number.into_iter().flat_map(|number| ["--core".to_owned(), number.to_string()]));
            for (name, value) in [("--seconds", asked.seconds), ("--days", asked.days.map(u64::from))] {
                child.args(value.map(|value| [name.to_owned(), value.to_string()]).into_iter().flatten());
            }
            child.stdout(Stdio::piped()).spawn().expect("a process")
        })
        .collect();
    let (mut sum, mut good) = (Sum::default(), true);
    for mut child in children {
        let said = child.stdout.take().expect("its output");
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            match line.strip_prefix("= ") {
                None => println!("{line}"),
                Some(numbers) => {
                    let numbers = numbers.split(' ').filter_map(|number| number.parse::<u64>().ok());
                    sum.0.iter_mut().zip(numbers).for_each(|(sum, own)| *sum += own);
                }
            }
        }
        good &= child.wait().is_ok_and(|status| status.success());
    }
    println!("{} in {} s on {cores} cores", sum.line(), clock.now().since(begin).as_secs());
    good && sum.0[0] > 0
}
