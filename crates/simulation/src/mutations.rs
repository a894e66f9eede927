//! Each invariant can fail: a small life in which all is well, and for each invariant changes that break it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::check_in::CheckInNonce;
use domain::clock::Instant;
use domain::contact::Channel;
use domain::exposure::Window;
use domain::id::{CaseId, NoticeId};
use domain::notice::{NoticeKind, NoticeState};
use domain::service_day::{Calendar, ServiceDay};
use domain::time_band::{Reach, Span};

use crate::bands::Bands;
use crate::check::broken;
use crate::history::{
    Act, Call, Calm, Case, ChannelStop, CheckIn, Confirmation, Day, Delivery, History, Notice, Row, Said,
};
use crate::rules::Rules;

const RULES: Rules = Rules {
    hold: 10,
    approvals: 1,
    names_place: false,
    keep: 14,
    boundary: 0,
    line: true,
    push: false,
    tells_case: false,
    by_band: false,
};

const NOTICE: NoticeId = NoticeId::from_random([9; 16]);
const CASE: CaseId = CaseId::from_random([8; 16]);
const START: Instant = Instant::from_micros(1_795_316_400_000_000);

/// The day on which people met, and one that is over since.
fn met() -> ServiceDay {
    ServiceDay::parse("2026-11-22").expect("a day")
}

fn long_ago() -> ServiceDay {
    met().plus_days(-20)
}

fn minutes(n: u64) -> Instant {
    START.plus(Duration::from_secs(60 * n))
}

fn nonce(n: u8) -> CheckInNonce {
    CheckInNonce::from_stored(&[n; 16]).expect("16 bytes")
}

fn check_in(who: usize, day: ServiceDay) -> CheckIn {
    let number = u8::try_from(who).expect("few") + if day == met() { 0 } else { 100 };
    CheckIn {
        nonce: nonce(number),
        at: (0, day),
        moment: START,
        who,
        turn: 1,
        beside: false,
        said: Said::Yes,
    }
}

fn row(who: u8, channel: &str, group: Option<&str>) -> ([u8; 16], Row) {
    let row = Row {
        notice: NOTICE,
        nonce: nonce(who),
        state: "sent".to_owned(),
        channel: channel.to_owned(),
        group: group.map(str::to_owned),
        failed_at: None,
        seen: (4, 9),
    };
    ([50 + who; 16], row)
}

/// 0 is a case and was there; so were 1, who has an address, and 2, who is on LINE; both were told. 1 was there
/// twenty days before too, of which nothing is left.
fn good() -> History {
    let mut history = History::new(RULES, None, vec![1], vec![Channel::Email, Channel::Email, Channel::Line]);
    history.check_ins =
        vec![check_in(0, met()), check_in(1, met()), check_in(2, met()), check_in(1, long_ago())];
    history.cases.push(Case {
        id: CASE,
        window: Window { first: met().plus_days(-2), last: met() },
        positive_on: met(),
        visits: Vec::new(),
        told_from: BTreeMap::new(),
        contacts: vec![0],
        close_contacts: false,
        entered: 2,
        withdrawn: None,
    });
    let notice = Notice {
        kind: NoticeKind::Alert,
        days: vec![(0, met())],
        spans: BTreeMap::new(),
        cases: BTreeSet::from([CASE]),
        ever: BTreeSet::from([CASE]),
        others: 2,
        first_seen: 2,
        approved: Some((3, minutes(10))),
        stopped: None,
        acts: vec![(Act::Approved, 3)],
        state: NoticeState::Settled,
        sent: 2,
        failed: 0,
    };
    history.notices.insert(NOTICE, notice);
    history.rows = BTreeMap::from([row(1, "mail", None), row(2, "line", Some("group"))]);
    let moment = minutes(11);
    let mail = Delivery { message: [51; 16], to: 1, turn: 5, moment, truly: moment, answer_lost: false };
    history.deliveries.push(mail);
    history.calls.push(Call { group: "group".to_owned(), turn: 5, moment, truly: moment });
    history.confirmations.push(Confirmation { nonce: nonce(1), to: 1, turn: 1, answer_lost: false });
    let opened = [0, 1, 2].map(|who| (nonce(who), 0, START, usize::from(who))).to_vec();
    let there = Day { key_is_held: true, file_is_there: true, opened, ..Day::default() };
    let gone = Day { erased: true, published: Some(1), ..Day::default() };
    let acts = ["notice_proposed", "notice_approved", "notice_released", "notice_settled"];
    history.calms.push(Calm {
        turn: 9,
        today: met().plus_days(3),
        days: BTreeMap::from([(met(), there), (long_ago(), gone)]),
        chats: BTreeMap::from([(2, 1)]),
        cases: BTreeSet::from([CASE]),
        ledger_is_whole: true,
        ledger_of_notices: BTreeMap::from([(NOTICE, acts.map(str::to_owned).to_vec())]),
    });
    history
}

fn found(change: impl FnOnce(&mut History)) -> BTreeSet<u8> {
    let mut history = good();
    change(&mut history);
    broken(&history).into_iter().map(|broken| broken.invariant).collect()
}

fn calm(history: &mut History) -> &mut Calm {
    history.calms.last_mut().expect("one")
}

fn day(history: &mut History, day: ServiceDay) -> &mut Day {
    calm(history).days.get_mut(&day).expect("a day")
}

fn notice(history: &mut History) -> &mut Notice {
    history.notices.get_mut(&NOTICE).expect("the notice")
}

/// A change breaks exactly these.
#[track_caller]
fn breaks(numbers: &[u8], change: impl FnOnce(&mut History)) {
    let found: Vec<u8> = found(change).into_iter().collect();
    assert_eq!(found, numbers);
}

#[test]
fn a_life_in_which_all_is_well() {
    assert_eq!(broken(&good()), []);
}

#[test]
fn what_was_acknowledged_is_there_once() {
    breaks(&[1], |life| _ = day(life, met()).opened.pop());
    breaks(&[1], |life| day(life, met()).opened[1].2 = minutes(1));
    breaks(&[1, 2], |life| {
        let first = day(life, met()).opened[0];
        day(life, met()).opened.push(first);
    });
}

#[test]
fn nothing_is_invented() {
    breaks(&[2], |life| day(life, met()).opened.push((nonce(77), 0, START, 1)));
    breaks(&[2], |life| day(life, met()).unopened = 1);
    breaks(&[1, 2], |life| day(life, met()).opened[1].3 = 2);
}

#[test]
fn a_number_that_is_reached_is_noticed() {
    breaks(&[3], |life| {
        life.notices.clear();
        life.rows.clear();
        life.deliveries.clear();
        life.calls.clear();
        calm(life).chats.clear();
    });
    // Another case on the next day, where 1 was too, and no notice of that.
    let next = met().plus_days(1);
    breaks(&[3], |life| {
        let other = Case {
            id: CaseId::from_random([7; 16]),
            window: Window { first: next, last: next },
            visits: vec![(0, next)],
            ..life.cases[0].clone()
        };
        calm(life).cases.insert(other.id);
        life.cases.push(other);
        let sent = CheckIn { nonce: nonce(30), at: (0, next), ..check_in(1, met()) };
        let there = day(life, met()).clone();
        calm(life).days.insert(next, Day { opened: vec![(sent.nonce, 0, START, 1)], ..there });
        life.check_ins.push(sent);
    });
}

#[test]
fn a_notice_has_grounds() {
    breaks(&[4], |life| life.needed = vec![2]);
    breaks(&[4], |life| life.cases[0].entered = 3);
    breaks(&[3, 4], |life| notice(life).kind = NoticeKind::Cluster);
}

/// The same life by time band: 3 came five hours after the case, and is not told.
fn by_band(change: impl FnOnce(&mut History)) -> impl FnOnce(&mut History) {
    let reach = Reach { stay: Duration::from_secs(4 * 3600), lingering: Duration::ZERO };
    move |life| {
        life.bands = Calendar::new("Asia/Tokyo", 0).map(|calendar| Bands::new(reach, calendar));
        life.by.push(Channel::Email);
        life.check_ins[3].moment = START.minus(Duration::from_secs(20 * 24 * 3600));
        life.check_ins.push(CheckIn { nonce: nonce(3), who: 3, moment: minutes(300), ..check_in(1, met()) });
        day(life, met()).opened.push((nonce(3), 0, minutes(300), 3));
        told_until(life, 240);
        change(life);
    }
}

/// The notice is about those who came from four hours before the case until so many minutes after it.
fn told_until(life: &mut History, after: u64) {
    let from = START.minus(Duration::from_secs(4 * 3600));
    notice(life).spans.insert((0, met()), vec![Span { from, to: minutes(after) }]);
}

#[test]
fn who_was_there_at_another_time_is_not_told() {
    breaks(&[], by_band(|_| {}));
    breaks(&[6], by_band(|life| life.rows.extend([row(3, "mail", None)])));
    // A notice about more than the cases' time, and one about less.
    breaks(&[4, 5, 12], by_band(|life| told_until(life, 301)));
    breaks(
        &[3, 6, 12],
        by_band(|life| {
            let span = &mut notice(life).spans.get_mut(&(0, met())).expect("a band")[0];
            span.to = span.from;
        }),
    );
    // The case came again, later.
    breaks(
        &[3],
        by_band(|life| {
            life.check_ins.push(CheckIn { nonce: nonce(4), moment: minutes(200), ..check_in(0, met()) });
            day(life, met()).opened.push((nonce(4), 0, minutes(200), 0));
        }),
    );
    // Officers kept the notice back, of which all is known.
    breaks(
        &[],
        by_band(|life| {
            notice(life).state = NoticeState::Declined;
            (notice(life).approved, notice(life).acts) = (None, vec![(Act::Declined, 3)]);
            life.rows.clear();
            life.deliveries.clear();
            life.calls.clear();
            calm(life).chats.clear();
            let acts = ["notice_proposed", "notice_declined"].map(str::to_owned).to_vec();
            calm(life).ledger_of_notices.insert(NOTICE, acts);
        }),
    );
    // What the interview told of the time is taken at its word, and without a time the whole day.
    let told = |life: &mut History, from: Option<Instant>| {
        life.cases[0].contacts.clear();
        life.cases[0].visits.push((0, met()));
        life.cases[0].told_from.extend(from.map(|from| ((0, met()), from)));
        notice(life).others = 3;
        life.rows.extend([row(0, "mail", None)]);
        notice(life).sent = 3;
    };
    breaks(&[], by_band(|life| told(life, Some(START))));
    breaks(&[3], by_band(|life| told(life, None)));
    breaks(&[3, 4], by_band(|life| told(life, Some(minutes(300)))));
}

#[test]
fn everyone_is_told_once() {
    breaks(&[5, 6, 10, 12], |life| _ = life.rows.remove(&[52; 16]));
    breaks(&[5, 9], |life| life.rows.get_mut(&[51; 16]).expect("a row").state = "waiting".to_owned());
    breaks(&[5], |life| {
        let again = life.rows[&[51; 16]].clone();
        life.rows.insert([60; 16], again);
    });
    // Of a day that is erased nobody knows who was told.
    breaks(&[], |life| {
        let mut again = life.rows[&[51; 16]].clone();
        again.seen = (2, 3);
        life.rows.insert([60; 16], again);
    });
    // Refused for good is no fault of ours; not refused and given up is.
    let failed = |life: &mut History| {
        life.rows.get_mut(&[51; 16]).expect("a row").state = "failed".to_owned();
        life.deliveries.clear();
        (notice(life).sent, notice(life).failed) = (1, 1);
    };
    breaks(&[5], failed);
    breaks(&[], |life| {
        failed(life);
        life.refused.insert(1);
    });
}

/// What LINE may have taken more than a day ago isn't sent again; what was never tried, or a moment ago, is no excuse.
#[test]
fn what_nobody_knows_is_given_up() {
    let failed = |life: &mut History, tried: Option<Instant>| {
        let row = life.rows.get_mut(&[52; 16]).expect("a row");
        (row.state, row.failed_at) = ("failed".to_owned(), Some(minutes(24 * 60)));
        life.tries.extend(tried.map(|tried| ("group".to_owned(), tried)));
        (notice(life).sent, notice(life).failed) = (1, 1);
    };
    breaks(&[5], |life| failed(life, None));
    breaks(&[5], |life| failed(life, Some(minutes(23 * 60))));
    breaks(&[], |life| failed(life, Some(minutes(30))));
}

#[test]
fn nobody_else_is_told() {
    breaks(&[6], |life| life.deliveries[0].to = 0);
    breaks(&[6], |life| life.rows.extend([row(0, "mail", None)]));
    breaks(&[6, 10], |life| _ = calm(life).chats.insert(2, 2));
    breaks(&[6], |life| life.confirmations[0].to = 2);
}

#[test]
fn nothing_is_sent_before_the_hold_is_over() {
    breaks(&[7], |life| {
        life.deliveries[0].moment = minutes(9);
        life.deliveries[0].truly = minutes(9);
    });
    // Released by a right clock, and sent again under one that is behind.
    breaks(&[], |life| life.deliveries[0].moment = minutes(9));
    breaks(&[7], |life| life.calls[0].turn = 2);
    breaks(&[7], |life| life.rules.approvals = 2);
    breaks(&[7, 12], |life| notice(life).approved = None);
}

#[test]
fn nothing_is_sent_after_stop() {
    let stopped = |life: &mut History, turn, beside| {
        notice(life).stopped = Some((turn, beside));
    };
    breaks(&[8], |life| stopped(life, 5, false));
    breaks(&[], |life| stopped(life, 5, true));
    breaks(&[8], |life| stopped(life, 4, true));
}

#[test]
fn nothing_is_sent_by_a_stopped_channel() {
    let stopped = |life: &mut History, channel: &str, from, until| {
        life.channel_stops.push(ChannelStop { channel: channel.to_owned(), from, until });
    };
    breaks(&[8], |life| stopped(life, "mail", (5, false), None));
    breaks(&[8], |life| stopped(life, "line", (4, true), Some(6)));
    breaks(&[], |life| stopped(life, "line", (5, true), None));
    breaks(&[], |life| stopped(life, "mail", (3, false), Some(5)));
}

/// The same life with 3, who has the app.
fn with_the_app(change: impl FnOnce(&mut History)) -> impl FnOnce(&mut History) {
    move |life| {
        life.by.push(Channel::Push);
        life.check_ins.push(check_in(3, met()));
        day(life, met()).opened.push((nonce(3), 0, START, 3));
        life.rows.extend([row(3, "push", None)]);
        let moment = minutes(11);
        let told = Delivery { message: [53; 16], to: 3, turn: 5, moment, truly: moment, answer_lost: false };
        life.deliveries.push(told);
        (notice(life).others, notice(life).sent) = (3, 3);
        change(life);
    }
}

#[test]
fn a_browser_is_told_like_an_address() {
    let again = |life: &mut History| life.deliveries.push(life.deliveries[1].clone());
    breaks(&[], with_the_app(|_| {}));
    breaks(&[10], with_the_app(again));
    breaks(
        &[],
        with_the_app(|life| {
            life.deliveries[1].answer_lost = true;
            again(life);
        }),
    );
    breaks(&[6], with_the_app(|life| life.deliveries[1].to = 1));
    breaks(
        &[5, 12],
        with_the_app(|life| life.rows.values_mut().for_each(|row| row.state = "failed".to_owned())),
    );
    let stopped = |life: &mut History| {
        life.channel_stops.push(ChannelStop { channel: "push".to_owned(), from: (5, false), until: None });
    };
    breaks(&[8], with_the_app(stopped));
    breaks(&[8], with_the_app(|life| notice(life).stopped = Some((5, false))));
}

/// LINE takes what is for an account that has blocked ours, and throws it away: nobody's fault.
#[test]
fn what_is_for_a_blocked_account_is_thrown_away() {
    breaks(&[10], |life| _ = calm(life).chats.insert(2, 0));
    breaks(&[], |life| {
        calm(life).chats.insert(2, 0);
        life.blocked.insert(2);
    });
}

#[test]
fn every_approved_notice_settles() {
    breaks(&[9, 12], |life| notice(life).state = NoticeState::Released);
    breaks(&[9, 12], |life| notice(life).state = NoticeState::Approved);
}

#[test]
fn a_mail_is_doubled_for_a_reason_only() {
    let again = |life: &mut History| {
        let second = life.deliveries[0].clone();
        life.deliveries.push(second);
    };
    breaks(&[10], again);
    breaks(&[], |life| {
        again(life);
        life.killed.insert(5);
    });
    breaks(&[], |life| {
        again(life);
        life.deliveries[0].answer_lost = true;
    });
    breaks(&[10], |life| _ = calm(life).chats.insert(2, 0));
    // What LINE took a second time under a key that it knew is one message; under one that it forgot, two.
    let taken_again = |life: &mut History, hours: u64| {
        let first = life.calls[0].clone();
        life.calls.push(Call { truly: first.truly.plus(Duration::from_secs(3600 * hours)), ..first });
        _ = calm(life).chats.insert(2, 2);
    };
    breaks(&[6, 10], |life| taken_again(life, 23));
    breaks(&[], |life| taken_again(life, 24));
    breaks(&[10], |life| {
        let second = life.confirmations[0].clone();
        life.confirmations.push(second);
    });
}

#[test]
fn a_day_goes_in_time() {
    breaks(&[11], |life| day(life, long_ago()).key_is_held = true);
    breaks(&[11], |life| day(life, long_ago()).file_is_there = true);
    breaks(&[11], |life| day(life, long_ago()).office_rows.push(("outbox", 1)));
    breaks(&[11], |life| day(life, met()).key_is_held = false);
    breaks(&[11], |life| {
        calm(life).today = met().plus_days(15);
        let gone = day(life, long_ago()).clone();
        *day(life, met()) = Day { published: Some(3), ..gone };
    });
}

#[test]
fn all_is_recorded() {
    breaks(&[12], |life| calm(life).ledger_is_whole = false);
    breaks(&[12], |life| calm(life).ledger_of_notices.clear());
    breaks(&[12], |life| day(life, long_ago()).published = Some(2));
    breaks(&[12], |life| notice(life).others = 3);
    breaks(&[12], |life| notice(life).sent = 3);
}
