//! Venues, their operators' mails and their certificates against a plain model.

use std::collections::{BTreeMap, BTreeSet};

use domain::clock::Instant;
use domain::held::Held;
use domain::venue::{Room, Venue, VenueName, VenueStatus};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use store::arrivals::{NewOperatorMail, OperatorMail};
use store::certificates::{Certificate, ChosenMeasure};
use store::venues::Registration;

use crate::models::{Walked, same, walked};
use crate::samples::{day, later, venue};
use crate::stores::Stores;
use crate::venues::registration;

const VENUES: i64 = 7;
/// The first of the numbers that rooms have.
const ROOMS: i64 = 40;
const NAMES: [&str; 5] = ["見本食堂", "Mihon Cafe", "mihon bar", "見本_100%", "Ａ棟"];
const PARTS: [&str; 7] = ["", "mihon", "MIHON", "見本", "_", "%", "a\0b"];
const MEASURES: [&str; 3] = ["screens", "masks", "air"];

#[derive(Clone, Debug)]
enum Step {
    /// With the form of that number; `again` is another venue by the same form.
    Register {
        form: i64,
        again: bool,
        name: usize,
        pending: bool,
        mail: bool,
        measures: usize,
    },
    AddRooms {
        of: i64,
        rooms: Vec<i64>,
        pending: bool,
        most: usize,
    },
    Import(Vec<i64>),
    Approve(i64),
    Decline(i64),
    Revoke(i64),
    Correct(i64, usize),
    SetHeld {
        of: i64,
        stale: bool,
        last: i64,
    },
    EraseOperator(i64),
    PostponeMail(i64, u32, u64),
    HurryMails(u64),
    EndMail(i64),
    Issue(i64, BTreeSet<usize>),
}

fn step() -> impl Strategy<Value = Step> {
    let of = 0..VENUES;
    let rooms = proptest::collection::btree_set(ROOMS..ROOMS + 4, 1..3);
    prop_oneof![
        6 => (of.clone(), any::<bool>(), 0..NAMES.len(), any::<bool>(), any::<bool>(), 0..3usize).prop_map(
            |(form, again, name, pending, mail, measures)| Step::Register { form, again, name, pending, mail, measures }
        ),
        3 => (of.clone(), rooms, any::<bool>(), 1..5usize).prop_map(|(of, rooms, pending, most)| Step::AddRooms {
            of, rooms: rooms.into_iter().collect(), pending, most
        }),
        1 => vec(of.clone(), 0..4).prop_map(Step::Import),
        2 => of.clone().prop_map(Step::Approve),
        2 => of.clone().prop_map(Step::Decline),
        2 => of.clone().prop_map(Step::Revoke),
        2 => (select(vec![0, 1, 2, 3, ROOMS]), 0..NAMES.len()).prop_map(|(of, name)| Step::Correct(of, name)),
        2 => (of.clone(), any::<bool>(), 4..9i64).prop_map(|(of, stale, last)| Step::SetHeld { of, stale, last }),
        1 => of.clone().prop_map(Step::EraseOperator),
        1 => (of.clone(), 1..5u32, 0..300u64).prop_map(|(of, n, due)| Step::PostponeMail(of, n, due)),
        1 => (0..300u64).prop_map(Step::HurryMails),
        1 => of.clone().prop_map(Step::EndMail),
        2 => (of, proptest::collection::btree_set(0..MEASURES.len(), 1..3)).prop_map(|(of, set)| Step::Issue(of, set)),
    ]
}

struct Mail {
    mail: NewOperatorMail,
    attempts: u32,
    declined: String,
    /// `None` until an officer has decided.
    due: Option<Instant>,
}

#[derive(Default)]
struct Model {
    venues: BTreeMap<i64, Registration>,
    ended_at: BTreeMap<i64, Instant>,
    mails: Vec<Mail>,
    issues: BTreeMap<i64, Vec<(Instant, BTreeSet<String>)>>,
}

fn measures(chosen: impl IntoIterator<Item = usize>) -> Vec<String> {
    chosen.into_iter().map(|at| MEASURES[at].to_owned()).collect()
}

/// What a step registers. Everything follows from the number.
fn new(n: i64, form: i64, name: usize, pending: bool, chosen: usize) -> (Registration, NewOperatorMail) {
    let (mut own, mail) = registration(n, NAMES[name]);
    own.form_nonce = registration(form, "").0.form_nonce;
    own.venue.replaces = (n % 3 == 2).then(|| venue(n - 1));
    if pending {
        own.venue.status = VenueStatus::Pending;
    }
    own.measures = measures(0..chosen);
    (own, mail)
}

fn room(n: i64, of: i64, pending: bool) -> Registration {
    let (mut own, _) = new(n, n, 0, pending, 0);
    own.venue.room = Some(Room { of: venue(of), name: format!("{n}階") });
    own
}

impl Model {
    fn insert(&mut self, new: &Registration) -> bool {
        if self.venues.values().any(|known| known.form_nonce == new.form_nonce) {
            return false;
        }
        let id = new.venue.id.as_i64();
        self.venues.insert(id, new.clone());
        if !new.measures.is_empty() {
            let chosen = new.measures.iter().cloned().collect();
            self.issues.entry(id).or_default().push((new.venue.registered_at, chosen));
        }
        true
    }

    fn queue(&mut self, mail: &NewOperatorMail, decided: bool) {
        let due = decided.then_some(mail.queued_at);
        self.mails.push(Mail { mail: mail.clone(), attempts: 0, declined: String::new(), due });
    }

    fn rooms(&self, of: i64) -> Vec<Venue> {
        let is_room = |own: &&Venue| own.room.as_ref().is_some_and(|room| room.of.as_i64() == of);
        self.sorted(|own| is_room(&own), false)
    }

    /// Venues in the order of their registration; `newest` first where it says so.
    fn sorted(&self, wanted: impl Fn(&Venue) -> bool, newest: bool) -> Vec<Venue> {
        let mut found: Vec<Venue> =
            self.venues.values().map(|own| own.venue.clone()).filter(|own| wanted(own)).collect();
        found.sort_by_key(|own| {
            let at = own.registered_at.as_micros();
            (if newest { -at } else { at }, own.id.as_i64())
        });
        found
    }

    /// The venue, where it stands as wanted, and then its rooms that stand so too, are changed.
    fn change(
        &mut self,
        of: i64,
        wanted: impl Fn(&Venue) -> bool,
        status: VenueStatus,
        now: Instant,
    ) -> bool {
        let own = self.venues.get(&of).is_some_and(|own| wanted(&own.venue));
        let rooms = self.rooms(of).into_iter().filter(|room| wanted(room)).map(|room| room.id.as_i64());
        for id in rooms.collect::<Vec<_>>().into_iter().chain(own.then_some(of)) {
            self.venues.get_mut(&id).expect("known").venue.status = status;
            match status {
                VenueStatus::Active => _ = self.ended_at.remove(&id),
                _ => _ = self.ended_at.insert(id, now),
            }
        }
        own
    }

    fn mails_of(&mut self, of: i64) -> impl Iterator<Item = &mut Mail> {
        self.mails.iter_mut().filter(move |mail| mail.mail.venue.as_i64() == of)
    }

    fn certificate(&self, of: i64) -> Option<Certificate> {
        let issues = self.issues.get(&of)?;
        let (issued_at, newest) = issues.last()?;
        let before = issues.len().checked_sub(2).map(|at| &issues[at].1);
        let measures = newest.iter().map(|id| ChosenMeasure {
            id: id.clone(),
            first_at: issues.iter().find(|(_, had)| had.contains(id)).expect("the newest").0,
            is_new: before.is_some_and(|before| !before.contains(id)),
        });
        let issue = u32::try_from(issues.len()).expect("few");
        Some(Certificate { issue, issued_at: *issued_at, measures: measures.collect() })
    }
}

async fn walk(steps: Vec<Step>) -> Walked {
    let stores = Stores::new().await;
    let mut model = Model::default();
    for (time, step) in (1..).zip(steps) {
        done(&stores, &mut model, step, later(1_000 + time)).await?;
        lists(&stores, &model).await?;
    }
    for of in (0..VENUES).chain(20..20 + VENUES).chain(ROOMS..ROOMS + 4) {
        each(&stores, &model, of).await?;
    }
    Ok(())
}

async fn done(stores: &Stores, model: &mut Model, step: Step, now: Instant) -> Walked {
    let intake = &stores.intake;
    match step {
        Step::Register { form, again, name, pending, mail, measures } => {
            let (own, letter) = new(if again { form + 20 } else { form }, form, name, pending, measures);
            let registered = intake.register_venue(&own, mail.then_some(&letter)).await.expect("asked");
            same!(registered, model.insert(&own));
            if registered && mail {
                model.queue(&letter, !pending);
            }
        }
        Step::AddRooms { of, rooms, pending, most } => {
            let rooms: Vec<_> = rooms.iter().map(|n| room(*n, of, pending)).collect();
            let known = |own: &Registration| model.venues.contains_key(&own.venue.id.as_i64());
            let fits =
                model.rooms(venue(of).as_i64()).len() + rooms.len() <= most && !rooms.iter().any(known);
            same!(intake.add_rooms(venue(of), &rooms, most).await.expect("asked"), fits);
            if fits {
                rooms.iter().for_each(|own| assert!(model.insert(own)));
            }
        }
        Step::Import(forms) => {
            let table: Vec<_> = forms.iter().map(|n| new(*n, *n, 1, false, 1)).collect();
            let table: Vec<_> = table.into_iter().map(|(own, mail)| (own, Some(mail))).collect();
            let mut imported = 0;
            for (own, mail) in &table {
                if model.insert(own) {
                    imported += 1;
                    model.queue(mail.as_ref().expect("each has one"), true);
                }
            }
            same!(intake.import_venues(&table).await.expect("imported"), imported);
        }
        Step::Approve(of) => {
            let decided = model.change_pending(of, VenueStatus::Active, now);
            same!(intake.approve_venue(venue(of), now).await.expect("asked"), decided);
            model.mails_of(venue(of).as_i64()).filter(|_| decided).for_each(|mail| mail.due = Some(now));
        }
        Step::Decline(of) => {
            let decided = model.change_pending(of, VenueStatus::Declined, now);
            same!(intake.decline_venue(venue(of), "重複", now).await.expect("asked"), decided);
            for mail in model.mails_of(venue(of).as_i64()).filter(|_| decided) {
                (mail.due, mail.declined, mail.mail.attachment) = (Some(now), "重複".to_owned(), Vec::new());
            }
        }
        Step::Revoke(of) => {
            let wanted = |own: &Venue| own.status != VenueStatus::Revoked;
            let revoked = model.change(venue(of).as_i64(), wanted, VenueStatus::Revoked, now);
            same!(intake.revoke_venue(venue(of), now).await.expect("asked"), revoked);
        }
        other => changed(stores, model, other, now).await?,
    }
    Ok(())
}

impl Model {
    fn change_pending(&mut self, of: i64, status: VenueStatus, now: Instant) -> bool {
        let of = venue(of).as_i64();
        if !self.venues.get(&of).is_some_and(|own| own.venue.status == VenueStatus::Pending) {
            return false;
        }
        self.change(of, |own| own.status == VenueStatus::Pending, status, now)
    }
}

async fn changed(stores: &Stores, model: &mut Model, step: Step, now: Instant) -> Walked {
    let intake = &stores.intake;
    match step {
        Step::Correct(of, name) => {
            let of = venue(of).as_i64();
            let Some(mut own) = model.venues.get(&of).map(|own| own.venue.clone()) else { return Ok(()) };
            own.name = VenueName::from_stored(NAMES[name].to_owned());
            (own.postal_code, own.address) = ("5300000".to_owned(), "大阪市北区".to_owned());
            intake.correct_venue(&own).await.expect("corrected");
            for other in model.venues.values_mut().map(|other| &mut other.venue) {
                if other.id == own.id || other.room.as_ref().is_some_and(|room| room.of == own.id) {
                    other.name = own.name.clone();
                    (other.postal_code, other.address) = (own.postal_code.clone(), own.address.clone());
                }
            }
        }
        Step::SetHeld { of, stale, last } => {
            let own = model.venues.get(&venue(of).as_i64()).map(|own| own.venue.held.clone());
            let before = match own.clone().filter(|_| !stale) {
                Some(held) => held,
                None => Held::once(day(100), day(101)).expect("two days"),
            };
            let after = Held::once(day(2), day(last)).expect("some days");
            let set = intake.set_held(venue(of), &before, &after).await.expect("asked");
            same!(set, own.is_some() && !stale);
            for other in model.venues.values_mut().map(|other| &mut other.venue).filter(|_| set) {
                if other.id == venue(of) || other.room.as_ref().is_some_and(|room| room.of == venue(of)) {
                    other.held = after.clone();
                }
            }
        }
        Step::EraseOperator(of) => {
            intake.erase_operator(venue(of)).await.expect("erased");
            model.mails.retain(|mail| mail.mail.venue != venue(of));
            if let Some(own) = model.venues.get_mut(&venue(of).as_i64())
                && matches!(own.venue.status, VenueStatus::Revoked | VenueStatus::Declined)
            {
                own.operator_sealed.clear();
            }
        }
        Step::PostponeMail(of, attempts, due) => {
            let (_, mail) = registration(of, "");
            intake
                .postpone_operator_mail(mail.id, attempts, now.plus(seconds(due)))
                .await
                .expect("postponed");
            for own in model.mails.iter_mut().filter(|own| own.mail.id == mail.id) {
                (own.attempts, own.due) = (attempts, Some(now.plus(seconds(due))));
            }
        }
        Step::HurryMails(most) => {
            let latest = now.plus(seconds(most));
            let late = |own: &&mut Mail| own.due.is_some_and(|due| due > latest);
            let moved = model.mails.iter_mut().filter(late).map(|own| own.due = Some(now)).count() as u64;
            same!(intake.hurry_operator_mails(latest, now).await.expect("hurried"), moved);
        }
        Step::EndMail(of) => {
            let (_, mail) = registration(of, "");
            intake.end_operator_mail(mail.id).await.expect("ended");
            model.mails.retain(|own| own.mail.id != mail.id);
        }
        Step::Issue(of, chosen) => {
            let (of, chosen) = (venue(of), measures(chosen));
            if !model.venues.contains_key(&of.as_i64()) {
                return Ok(());
            }
            let before = model.certificate(of.as_i64());
            let had: BTreeSet<_> =
                before.iter().flat_map(|c| &c.measures).map(|own| own.id.clone()).collect();
            let new = before.is_none() || had != chosen.iter().cloned().collect();
            same!(intake.issue_certificate(of, &chosen, now).await.expect("asked"), new);
            if new {
                model.issues.entry(of.as_i64()).or_default().push((now, chosen.into_iter().collect()));
            }
        }
        _ => {}
    }
    Ok(())
}

const fn seconds(n: u64) -> std::time::Duration {
    std::time::Duration::from_secs(n)
}

/// Every list, as it stands after each step.
async fn lists(stores: &Stores, model: &Model) -> Walked {
    let intake = &stores.intake;
    let is_active = |own: &Venue| own.status == VenueStatus::Active;
    for part in PARTS {
        let small = part.to_ascii_lowercase();
        let named = |own: &Venue| own.name.as_str().to_ascii_lowercase().contains(&small);
        same!(intake.find_venues(part, 100).await.expect("searched"), model.sorted(named, true));
        let mut open = model.sorted(|own| named(own) && is_active(own), false);
        open.sort_by_key(|own| (own.name.as_str().to_owned(), own.id.as_i64()));
        open.truncate(3);
        same!(intake.find_open_venues(part, 3).await.expect("searched"), open);
    }
    for name in NAMES {
        let own = model.sorted(|own| own.name.as_str() == name, true);
        same!(intake.venues_named(name, 100).await.expect("searched"), own);
    }
    let active = model.venues.values().filter(|own| is_active(&own.venue)).count() as u64;
    same!(intake.count_venues().await.expect("counted"), active);
    let pending = model.sorted(|own| own.status == VenueStatus::Pending, false);
    same!(intake.pending_venues(100).await.expect("listed"), pending);
    let ended = model.venues.iter().filter(|(_, own)| !own.operator_sealed.is_empty());
    let ended: Vec<_> =
        ended.filter_map(|(id, own)| Some((own.venue.id, *model.ended_at.get(id)?))).collect();
    same!(intake.ended_with_operator().await.expect("listed"), ended);
    for now in [later(0), later(1_060), later(2_000)] {
        let mut mails = intake.operator_mails(now, 100).await.expect("listed");
        mails.sort_by_key(|mail| *mail.mail.id.as_bytes());
        let due = model.mails.iter().filter(|mail| mail.due.is_some_and(|due| due <= now));
        let mut expected: Vec<_> = due
            .map(|own| OperatorMail {
                mail: own.mail.clone(),
                attempts: own.attempts,
                declined: own.declined.clone(),
            })
            .collect();
        expected.sort_by_key(|mail| *mail.mail.id.as_bytes());
        same!(mails, expected);
    }
    Ok(())
}

/// Everything about one venue.
async fn each(stores: &Stores, model: &Model, of: i64) -> Walked {
    let (intake, id) = (&stores.intake, venue(of));
    let own = model.venues.get(&id.as_i64());
    same!(intake.venue(id).await.expect("read"), own.map(|own| &own.venue));
    let numbered = intake.venues_numbered(&[id]).await.expect("read");
    same!(numbered.get(&id), own.map(|own| &own.venue));
    same!(intake.venue_key_hash(id).await.expect("read"), own.map(|own| &own.key_hash));
    let of_form = registration(of, "").0.form_nonce;
    let by_form = model.venues.values().find(|known| known.form_nonce == of_form);
    same!(intake.venue_of_form(&of_form).await.expect("read"), by_form.map(|own| &own.venue));
    let code = registration(of, "").0.venue.code;
    same!(intake.venue_by_code(code).await.expect("read"), own.map(|own| &own.venue));
    same!(intake.rooms(id).await.expect("read"), model.rooms(id.as_i64()));
    let replacing = model.sorted(|other| other.replaces == Some(id), false);
    same!(intake.venues_replacing(id).await.expect("read"), replacing);
    same!(intake.certificate(id).await.expect("read"), model.certificate(id.as_i64()));
    if let Some(own) = own {
        let alike = model.sorted(
            |other| {
                !own.venue.likeness().is_empty()
                    && other.likeness() == own.venue.likeness()
                    && other.id != own.venue.id
                    && matches!(other.status, VenueStatus::Active | VenueStatus::Pending)
            },
            false,
        );
        same!(intake.venues_alike(&own.venue, 100).await.expect("read"), alike);
    }
    Ok(())
}

/// Registrations, rooms, decisions, corrections, withdrawals, mails and certificates in whatever order.
#[test]
fn venues_are_what_a_plain_model_says() {
    walked(step(), walk);
}
