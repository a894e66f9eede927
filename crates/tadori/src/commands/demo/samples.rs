//! Three sample venues, and invented visitors of the last days, so that a first case has somebody to warn.

use anyhow::Context as _;
use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Clock;
use domain::contact::Contact;
use domain::held::Held;
use domain::id::VenueId;
use domain::policy::Way;
use domain::policy::pack::Pack;
use domain::service_day::ServiceDay;
use domain::venue::{Size, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use seal::day_key::Sealer;
use seal::identity::Deployment;
use seal::key_ring::KeyRing;
use seal::office::Purpose;
use seal::random::Randomness;
use seal::token::{Token, TokenPurpose};
use std::time::Duration;
use store::Intake;
use store::check_ins::SealedCheckIn;
use store::days::{Day, DayState};
use store::line::{FriendState, LineStep};
use store::venues::Registration;
use web::LineDoor;

use crate::commands::demo::line::{DemoLine, Person, VISITORS};

/// What planting needs.
pub struct Seeds<'a> {
    pub intake: &'a Intake,
    pub pack: &'a Pack,
    pub clock: &'a Clock,
    pub randomness: &'a Randomness,
    /// The stand-in of LINE and the account's door, where the pack has that channel.
    pub line: Option<(&'a DemoLine, &'a LineDoor)>,
}

/// A planted venue, with the operator's key.
pub struct Planted {
    pub name: String,
    pub number: String,
    pub code: String,
    pub key: String,
}

/// Days before today that have visitors.
const DAYS: i64 = 4;

impl Seeds<'_> {
    /// Plants venues, days and visitors.
    pub async fn plant(&self, ring: &mut KeyRing, deployment: &Deployment) -> anyhow::Result<Vec<Planted>> {
        let today = self.pack.policy.calendar.day_of(self.clock.now());
        let sealer = Sealer::new(deployment.clone(), ring.verifying_key());
        self.befriend(today).await?;
        let mut planted = Vec::new();
        let mut venues = Vec::new();
        for (name, kind, category) in self.kinds() {
            let venue = self.venue(name, kind, category);
            planted.push(self.register(&venue, ring, deployment).await?);
            venues.push(venue.id);
        }
        for day in today.plus_days(-DAYS).through(today) {
            let public = ring.make_day(day)?;
            let stored = Day {
                day,
                suite: public.suite,
                public_key: public.public_key.to_vec(),
                signature: public.signature.to_vec(),
                state: DayState::Open,
                check_ins: 0,
            };
            self.intake.make_day(&stored, self.clock.now()).await?;
            if day < today {
                self.visits(day, &venues, &sealer.open_day(&public)?).await?;
            }
        }
        Ok(planted)
    }

    /// The first categories of the pack that have different measures or levels, with a name for each.
    fn kinds(&self) -> Vec<(&'static str, VenueKind, String)> {
        let categories = &self.pack.policy.venues.categories;
        let at = |index: usize| {
            categories.get(index).or(categories.first()).map_or_else(String::new, |c| c.id.clone())
        };
        let karaoke = categories.iter().position(|category| category.id == "karaoke").unwrap_or(1);
        vec![
            ("髙﨑𠮷辻食堂", VenueKind::Shop, at(0)),
            ("ライブハウス みなと", VenueKind::Facility, at(2)),
            ("カラオケ あおば", VenueKind::Facility, at(karaoke)),
        ]
    }

    fn venue(&self, name: &str, kind: VenueKind, category: String) -> Venue {
        let measure = self.pack.category(&category).and_then(|category| category.measure);
        Venue {
            id: VenueId::from_random(self.randomness.bytes()),
            code: VenueCode::from_random(self.randomness.bytes()),
            kind,
            name: VenueName::from_stored(name.to_owned()),
            room: None,
            category,
            size: measure.map(|measure| Size { measure, value: 80 }),
            postal_code: "0000000".into(),
            address: "見本市見本町1-2-3".into(),
            held: Held::always(),
            replaces: None,
            status: VenueStatus::Active,
            registered_at: self.clock.now(),
            naming_consent: false,
        }
    }

    /// The first measures of the venue's industry, where the pack issues certificates.
    fn measures(&self, venue: &Venue) -> Vec<String> {
        let today = self.pack.policy.calendar.day_of(venue.registered_at);
        let industry = self.pack.industry_of(&venue.category).into_iter();
        let offered = industry.flat_map(|industry| industry.offered(today));
        offered.take(5).map(|measure| measure.id.clone()).collect()
    }

    async fn register(
        &self,
        venue: &Venue,
        ring: &KeyRing,
        deployment: &Deployment,
    ) -> anyhow::Result<Planted> {
        let key = Token::new(self.randomness);
        let sealer = Sealer::new(deployment.clone(), ring.verifying_key());
        let sealer = sealer.open_office(&ring.office_public()?)?;
        let own = sealer.seal(Purpose::Operator, &venue.id.as_i64().to_be_bytes(), b"name=demo\n")?;
        let registration = Registration {
            venue: venue.clone(),
            form_nonce: self.randomness.bytes(),
            key_hash: key.hash(deployment, TokenPurpose::VenueKey).as_bytes().to_vec(),
            operator_sealed: own,
            measures: self.measures(venue),
        };
        // Its operator is invented: there is nobody to write to.
        self.intake.register_venue(&registration, None).await?;
        Ok(Planted {
            name: venue.name.as_str().to_owned(),
            number: venue.id.to_string(),
            code: venue.code.to_string(),
            key: key.expose().as_str().to_owned(),
        })
    }

    /// How somebody is reached: where both channels are offered, the first two chose LINE.
    fn contact(&self, person: usize, visitor: Person) -> anyhow::Result<Contact> {
        let channels = &self.pack.policy.channels;
        match channels.has(Way::Line) && (person < 2 || !channels.mails()) {
            true => Contact::line(&visitor.account()).context("an account"),
            false => Ok(Contact::email(&format!("{}@mail.example", visitor.id))?),
        }
    }

    /// Who registered by LINE has added the account, and agreed where the policy asks for it.
    async fn befriend(&self, today: ServiceDay) -> anyhow::Result<()> {
        let Some((line, door)) = self.line else { return Ok(()) };
        for (person, visitor) in VISITORS.into_iter().enumerate() {
            let Some(tag) = door.secret.tag(&self.contact(person, visitor)?) else { continue };
            line.befriend(visitor);
            let step = LineStep {
                event_id: visitor.id,
                happened_at: self.clock.now(),
                turns: false,
                at: self.clock.now(),
                heard_on: self.pack.policy.calendar.start_of(today),
                tag,
                state: Some(FriendState::Following),
                consent: Some(self.pack.policy.check_in.consent_version),
                reply: None,
            };
            self.intake.take_line_event(&step).await?;
        }
        Ok(())
    }

    /// Four invented people a day, each at two of the three venues.
    async fn visits(
        &self,
        day: ServiceDay,
        venues: &[VenueId],
        sealer: &seal::day_key::DaySealer,
    ) -> anyhow::Result<()> {
        let start = self.pack.policy.calendar.start_of(day);
        let mut rows = Vec::new();
        for (person, visitor) in VISITORS.into_iter().enumerate() {
            let contact = self.contact(person, visitor)?;
            for visit in 0..2 {
                let hour = u64::try_from(11 + person + 4 * visit)?;
                let at = start.plus(Duration::from_secs(3600 * hour));
                let nonce = CheckInNonce::issue(at, self.randomness.bytes());
                let venue = venues[(person + visit) % venues.len()];
                let place = CheckInPlace { day, venue, at, nonce };
                rows.push(SealedCheckIn { place, sealed: sealer.seal(&contact, "ja", &place)? });
            }
        }
        for row in &rows {
            self.intake.put_check_ins(std::slice::from_ref(row), row.place.at).await?;
        }
        let places: Vec<_> = rows.iter().map(|row| row.place).collect();
        Ok(self.intake.end_arrivals(day, &places).await?)
    }
}
