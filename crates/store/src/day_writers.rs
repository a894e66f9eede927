//! Where days are opened for the writer of check-ins: on a thread that gives way to nobody.
//!
//! SQLite works on a thread of each connection's own, which has the priority of the thread that opens it. Those that answer
//! visitors give way (`web::runtime`); a group of check-ins, for which all that came meanwhile wait, must not. So whoever
//! starts the writer does so on a thread that doesn't give way, as the program's first is, and this one has its priority.

use domain::service_day::ServiceDay;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::backend::{self, DayWriter};
use crate::check_ins::{GROUP, LONGEST_LOCK};
use crate::{Intake, StoreError};

type Opened = Result<Option<DayWriter>, StoreError>;

/// The way to that thread, which ends with it.
#[derive(Debug)]
pub(crate) struct DayWriters {
    intake: Intake,
    thread: mpsc::UnboundedSender<(ServiceDay, oneshot::Sender<Opened>)>,
}

impl DayWriters {
    /// Begins the thread, in a runtime.
    pub fn start(intake: &Intake) -> Self {
        let (thread, mut asked) = mpsc::unbounded_channel::<(ServiceDay, oneshot::Sender<Opened>)>();
        let (runtime, of) = (Handle::current(), intake.clone());
        let work = move || {
            while let Some((day, answer)) = asked.blocking_recv() {
                let _ = answer.send(runtime.block_on(opened(&of, day)));
            }
        };
        // Where the system has no thread to give, days are opened by whoever asks: slower, and as good.
        let _ = std::thread::Builder::new().name("opens-days".to_owned()).spawn(work);
        Self { intake: intake.clone(), thread }
    }

    /// Opens a day; `None` where it takes no check-ins.
    pub async fn open(&self, day: ServiceDay) -> Opened {
        let (answer, answered) = oneshot::channel();
        if self.thread.send((day, answer)).is_ok()
            && let Ok(opened) = answered.await
        {
            return opened;
        }
        opened(&self.intake, day).await
    }
}

async fn opened(intake: &Intake, day: ServiceDay) -> Opened {
    backend::open_writer(intake, day, GROUP.ilog2() + 1, LONGEST_LOCK).await
}
