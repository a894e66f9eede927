//! The kinds of faults, and what an installation needs to have them.

use std::time::Duration;

use crate::settings::Way;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: to be measured against.
    Nothing,
    /// `kill -9` of the visitors' door, at any instant.
    WebKilled,
    /// `kill -9` of the worker.
    WorkerKilled,
    /// Both at once, as when the machine ends.
    BothKilled,
    /// The power goes: both are killed, and of what they wrote only what they had flushed is on the disk.
    PowerCut,
    /// The disk is full, for a while.
    DiskFull,
    /// After a kill, the journal of the day's file ends in half a page of noise, as when the power went.
    TornFile,
    /// `kill -9` of PostgreSQL's postmaster; it is started again.
    DatabaseKilled,
    /// PostgreSQL's primary is killed while it is written to; its synchronous standby takes over.
    FailOver,
    /// Two doors and two workers on one PostgreSQL; one of them is killed.
    NodeKilled,
    /// Nobody listens at the mail server's port.
    MailAway,
    /// The mail server says 4xx to half of them.
    MailLater,
    /// It says 5xx for good to some addresses.
    MailNever,
    /// It takes a message and closes the connection before it says so.
    MailCloses,
    /// It answers slowly.
    MailSlow,
    /// As `MailCloses`, with `mail.unanswered = "hold"`.
    HeldCloses,
    /// As `WorkerKilled`, with `mail.unanswered = "hold"`.
    HeldKilled,
    /// Nobody listens where LINE is.
    LineAway,
    /// LINE answers slowly.
    LineSlow,
    /// LINE says 429.
    LineBusy,
    /// LINE says 500, having taken the messages or not.
    LineFails,
    /// LINE takes messages and closes the connection before it says so.
    LineCloses,
    /// The worker is killed while it writes to LINE.
    LineKilled,
    /// Nobody listens where the push service is.
    PushAway,
    /// It answers slowly.
    PushSlow,
    /// It says 429.
    PushBusy,
    /// It says 500 and 503.
    PushFails,
    /// It takes messages and closes the connection before it says so.
    PushCloses,
    /// It says 410: some subscriptions have ended.
    PushGone,
    /// Every clock jumps, by a second to ten years, and back.
    ClockJumps,
    /// Two doors whose clocks are five minutes apart.
    ClocksApart,
    /// The time comes at which the day is to be erased, and the worker is killed while it does that.
    Retention,
}

/// All of them.
pub const KINDS: [(&str, Kind); 32] = [
    ("nothing", Kind::Nothing),
    ("web-killed", Kind::WebKilled),
    ("worker-killed", Kind::WorkerKilled),
    ("both-killed", Kind::BothKilled),
    ("power-cut", Kind::PowerCut),
    ("disk-full", Kind::DiskFull),
    ("torn-file", Kind::TornFile),
    ("database-killed", Kind::DatabaseKilled),
    ("failover", Kind::FailOver),
    ("node-killed", Kind::NodeKilled),
    ("mail-away", Kind::MailAway),
    ("mail-later", Kind::MailLater),
    ("mail-never", Kind::MailNever),
    ("mail-closes", Kind::MailCloses),
    ("mail-slow", Kind::MailSlow),
    ("held-closes", Kind::HeldCloses),
    ("held-killed", Kind::HeldKilled),
    ("line-away", Kind::LineAway),
    ("line-slow", Kind::LineSlow),
    ("line-busy", Kind::LineBusy),
    ("line-fails", Kind::LineFails),
    ("line-closes", Kind::LineCloses),
    ("line-killed", Kind::LineKilled),
    ("push-away", Kind::PushAway),
    ("push-slow", Kind::PushSlow),
    ("push-busy", Kind::PushBusy),
    ("push-fails", Kind::PushFails),
    ("push-closes", Kind::PushCloses),
    ("push-gone", Kind::PushGone),
    ("clock-jumps", Kind::ClockJumps),
    ("clocks-apart", Kind::ClocksApart),
    ("retention", Kind::Retention),
];

impl Kind {
    /// How visitors come and are told.
    pub fn way(self) -> Way {
        match self {
            Self::LineAway
            | Self::LineSlow
            | Self::LineBusy
            | Self::LineFails
            | Self::LineCloses
            | Self::LineKilled => Way::Line,
            Self::PushAway
            | Self::PushSlow
            | Self::PushBusy
            | Self::PushFails
            | Self::PushCloses
            | Self::PushGone => Way::Push,
            _ => Way::Mail,
        }
    }

    /// Whether it is one of PostgreSQL's.
    pub fn needs_postgres(self) -> bool {
        matches!(self, Self::DatabaseKilled | Self::FailOver | Self::NodeKilled | Self::ClocksApart)
    }

    /// Whether it is one of files on this machine.
    pub fn needs_files(self) -> bool {
        matches!(self, Self::PowerCut | Self::DiskFull | Self::TornFile | Self::Retention)
    }

    /// Whether clocks are moved.
    pub fn needs_hands(self) -> bool {
        matches!(self, Self::ClockJumps | Self::ClocksApart | Self::Retention)
    }

    /// How many doors there are.
    pub fn doors(self) -> usize {
        if matches!(self, Self::NodeKilled | Self::ClocksApart) { 2 } else { 1 }
    }

    /// How many workers.
    pub fn workers(self) -> usize {
        if self == Self::NodeKilled { 2 } else { 1 }
    }

    /// Whether mails of which nobody knows if they were taken are held.
    pub fn holds(self) -> bool {
        matches!(self, Self::HeldCloses | Self::HeldKilled)
    }

    /// How slow the mail server's answers are.
    pub fn delay(self) -> Duration {
        if self == Self::MailSlow { Duration::from_millis(150) } else { Duration::ZERO }
    }

    /// Whether a message may come twice, under one number: only where an answer was lost, or the worker was killed
    /// or cut off from its database before it had written the answer down. LINE's never may: it knows a repeat.
    pub fn may_double(self) -> bool {
        matches!(
            self,
            Self::MailCloses
                | Self::MailAway
                | Self::WorkerKilled
                | Self::BothKilled
                | Self::PowerCut
                | Self::TornFile
                | Self::DiskFull
                | Self::DatabaseKilled
                | Self::FailOver
                | Self::NodeKilled
                | Self::Retention
                | Self::PushCloses
                | Self::PushAway
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_one_name() {
        let names: std::collections::BTreeSet<_> = KINDS.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), KINDS.len());
        for (number, (name, kind)) in KINDS.iter().enumerate() {
            assert!(!KINDS[..number].iter().any(|(_, other)| other == kind), "{name}");
        }
    }
}
