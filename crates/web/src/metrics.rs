//! What the doors count: how many, by which way, and why not. Never who, where or which code: every label is a word
//! of this program, which the types see to.

use axum::http::StatusCode;
use domain::contact::Channel;
use metrics::counter;

/// Why a check-in was not taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NotTaken {
    /// No such code, withdrawn, or an event that isn't on.
    UnknownCode,
    /// One client sent too many.
    TooMany,
    /// Something typed was wrong.
    BadInput,
    /// The form was too old.
    FormExpired,
    /// The day takes none any more.
    DayOver,
    /// The store or the day's key wasn't there.
    NotStored,
}

/// A check-in is on the disk.
pub(crate) fn taken(channel: Channel) {
    counter!("tadori_check_ins_total", "channel" => channel.as_str()).increment(1);
}

/// A check-in was refused.
pub(crate) fn not_taken(why: NotTaken) {
    let reason = match why {
        NotTaken::UnknownCode => "unknown_code",
        NotTaken::TooMany => "too_many",
        NotTaken::BadInput => "bad_input",
        NotTaken::FormExpired => "form_expired",
        NotTaken::DayOver => "day_over",
        NotTaken::NotStored => "not_stored",
    };
    counter!("tadori_check_ins_refused_total", "reason" => reason).increment(1);
}

/// An answer left a door.
pub(crate) fn answered(door: &'static str, status: StatusCode) {
    let status = match status.as_u16() {
        200..300 => "2xx",
        300..400 => "3xx",
        404 => "404",
        422 => "422",
        429 => "429",
        400..500 => "4xx",
        503 => "503",
        _ => "5xx",
    };
    counter!("tadori_answers_total", "door" => door, "status" => status).increment(1);
}
