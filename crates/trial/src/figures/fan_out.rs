//! Fan-out: from an officer's approval to the last message taken over by a mail server, by the worker in a process of
//! its own, beside Postfix's own client on the same way to the same sink.

pub mod child;
pub mod postfix;
pub mod relay;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use domain::case::InterviewVisit;
use domain::clock::Clock;
use domain::contact::Contact;
use domain::exposure::Window;
use domain::id::{NoticeId, OfficerId};
use domain::notice::{Approval, NoticeState, Proposed};

use crate::figures::fan_out::child::Child;
use crate::figures::fan_out::postfix::{Connections, Sink};
use crate::figures::fan_out::relay::Relay;
use crate::figures::machine::Machine;
use crate::figures::{Engine, fill, memory, table};

const RULES: &[(&str, &str)] = &[
    ("trigger = \"threshold\"", "trigger = \"any_positive\""),
    ("confirmation = \"every\"", "confirmation = \"none\""),
    ("hold_minutes = 10", "hold_minutes = 0"),
];

/// How much is measured.
pub struct Measure {
    /// Whom the notice is for.
    pub recipients: u64,
    /// Connections to the mail server, of ours and of Postfix's client.
    pub connections: usize,
    /// How long what is said is under way, to the mail server and back.
    pub delay: Duration,
}

/// Where the programs are.
pub struct Programs<'a> {
    /// The folder of `smtp-source` and `smtp-sink`, and of their libraries; empty where they are installed.
    pub postfix: &'a Path,
}

/// Measures on one engine, in a folder of its own; the line of the table.
///
/// # Errors
/// What kept it from being measured.
pub async fn measure(
    folder: &Path,
    engine: Engine,
    of: &Measure,
    programs: &Programs<'_>,
) -> anyhow::Result<Vec<String>> {
    let sink = Sink::start(programs.postfix).await?;
    let relay = if of.delay.is_zero() { None } else { Some(Relay::start(sink.port(), of.delay).await?) };
    let port = relay.as_ref().map_or_else(|| sink.port(), Relay::port);
    let mut machine = Machine::new(folder, engine, 3, RULES).await?;
    let notice = proposed(&mut machine, of.recipients).await?;
    let clock = Clock::system();
    machine.end_worker();
    let mut child = Child::start(&machine, port, of.connections)?;
    // It rests, and holds what it needs for that.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = memory::of(child.id())?.0;
    let begin = clock.now();
    approve(&machine, notice).await?;
    let mut first = None;
    // Asked of the notice alone: counting its messages would cost more than sending them.
    let end = loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        ensure!(child.is_running(), "the worker ended");
        ensure!(clock.now().since(begin) < Duration::from_secs(1_800), "it doesn't end");
        let stored = machine.office.notice(notice).await?.context("no notice")?;
        if stored.last_sent_at.is_some() {
            first.get_or_insert_with(|| clock.now());
        }
        if stored.state == NoticeState::Settled {
            break clock.now();
        }
    };
    let first = first.context("nothing was sent")?;
    let sent = machine.office.notice(notice).await?.context("no notice")?.sent;
    ensure!(sent == of.recipients, "{sent} were sent");
    let most = memory::of(child.id())?.1;
    drop(child);
    let bytes = relay.as_ref().map(|relay| relay.bytes() / of.recipients);
    if let Some(bytes) = bytes {
        eprintln!("{bytes} bytes a message of ours, envelope included");
    }
    let rate = |messages: u64, time: Duration| messages as f64 / time.as_secs_f64();
    let theirs = |connections, messages| {
        postfix::send(programs.postfix, port, (of.connections, connections), messages)
            .map(|time| rate(messages, time))
    };
    let ours = rate(of.recipients, end.since(first));
    // Far away it takes minutes. Near, each connection leaves a port behind that can't be used for one, of 28,000.
    let (many, some) = if of.delay.is_zero() { (of.recipients, 20_000) } else { (2_000, 1_000) };
    let kept = theirs(Connections::Kept, of.recipients.min(many))?;
    let one_each = theirs(Connections::OneEach, of.recipients.min(some))?;
    Ok(vec![
        engine.name().to_owned(),
        format!("{} ms", of.delay.as_millis()),
        of.connections.to_string(),
        table::number(of.recipients),
        table::time(end.since(begin)),
        table::number(ours as u64),
        table::number(kept as u64),
        format!("{:.0} %", 100.0 * ours / kept),
        table::number(one_each as u64),
        format!("{:.0} %", 100.0 * ours / one_each),
        memory::megabytes(idle),
        memory::megabytes(most),
    ])
}

/// A case at a place where so many people were yesterday, and the notice that comes of it.
async fn proposed(machine: &mut Machine, recipients: u64) -> anyhow::Result<NoticeId> {
    let venues = fill::register(machine, 1).await?;
    machine.live(2).await?;
    let (ring, yesterday) = (machine.ring()?, machine.today().plus_days(-1));
    fill::closed(machine, yesterday, 1, recipients).await?;
    fill::with_contacts(machine, &ring, yesterday, &venues, |_, number| {
        Contact::email(&format!("visitor{number}@visitor.example")).expect("an address")
    })
    .await?;
    let visit =
        InterviewVisit { venue: Some(venues[0]), venue_text: String::new(), day: yesterday, stay: None };
    machine.enter(&ring, &[visit], None, Window { first: yesterday, last: machine.today() }).await?;
    let counting = machine.turn().await?;
    let notices = machine.office.notices(NoticeState::Proposed).await?;
    let notice = notices.first().context("no notice")?;
    ensure!(notice.others == recipients, "{} others, not {recipients}", notice.others);
    eprintln!("{} recipients counted in {}", table::number(recipients), table::time(counting));
    Ok(notice.id)
}

async fn approve(machine: &Machine, notice: NoticeId) -> anyhow::Result<()> {
    let (now, by) = (machine.clock.now(), OfficerId::from_random([1; 16]));
    let Approval::Complete(approved) =
        Proposed::loaded(notice, Vec::new(), 1).approve(by, now, Duration::ZERO)
    else {
        anyhow::bail!("one officer is enough");
    };
    let mut tx = machine.office.begin().await?;
    tx.approve(approved, "sato", now).await?;
    Ok(tx.commit().await?)
}
