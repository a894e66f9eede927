//! The invariants: DESIGN's promises, each judged by the history of a life alone.
//!
//! 1. A check-in that was acknowledged is there once, as it was sent, until its day is erased.
//! 2. Nothing is there that nobody sent, and everything that is there opens.
//! 3. Where as many infected people were as the rules ask for, and somebody else, there is a notice, or officers
//!    kept one back knowing all of them.
//! 4. No notice is proposed without grounds: enough infected people in their windows, or an officer's word.
//! 5. Everyone whom a settled notice is for was told once by it, on each contact (and of each place, where places
//!    are named); only whom a server refused for good was not, who blocked the account, and those of whom LINE
//!    can't say any more whether it took the message.
//! 6. Nobody else is written to, and no case of its own notice where the rules leave it out.
//! 7. Nothing is sent before enough officers approved it and the hold ended.
//! 8. Nothing is sent after *stop*, of a notice or of a channel.
//! 9. Once everything works again, every approved notice has settled, each of its messages sent or given up.
//! 10. A mail comes twice only where its server's answer was lost or the worker was killed, under one Message-ID;
//!     LINE's messages never do. The same holds for confirmations.
//! 11. A day is gone when its time is over and not before: no key, no file, no row of it; and so are its cases.
//! 12. The ledger's chain is whole, each notice's acts are in it, and the figures that officers and the public see
//!     are the model's.

mod kept;
mod sent;
mod told;

use crate::history::History;

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its number.
    pub invariant: u8,
    /// What was seen.
    pub what: String,
}

/// Everything in this life that breaks an invariant.
pub fn broken(history: &History) -> Vec<Broken> {
    let mut found: Vec<Broken> = Vec::new();
    let mut say = |invariant, what: String| found.push(Broken { invariant, what });
    kept::present_once(history, &mut say);
    kept::nothing_invented(history, &mut say);
    told::reached_is_noticed(history, &mut say);
    told::noticed_has_grounds(history, &mut say);
    told::everyone_is_told_once(history, &mut say);
    told::nobody_else(history, &mut say);
    sent::after_the_hold(history, &mut say);
    sent::nothing_after_stop(history, &mut say);
    sent::nothing_on_a_stopped_channel(history, &mut say);
    sent::all_settled(history, &mut say);
    sent::doubled_only_for_a_reason(history, &mut say);
    kept::gone_in_time(history, &mut say);
    kept::recorded(history, &mut say);
    for surprise in &history.surprises {
        found.push(Broken { invariant: 0, what: surprise.clone() });
    }
    found
}
