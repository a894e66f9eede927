//! A pack's own print templates, each with values as it will be given them: what `tadori jurisdiction check`
//! renders, so that a template that is wrong is found before an operator waits for a poster.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::clock::Instant;
use domain::held::Held;
use domain::id::VenueId;
use domain::policy::pack::Pack;
use domain::venue::{Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use print::sheet::Sheet;
use store::certificates::{Certificate, ChosenMeasure};

use crate::operator::{certificate, printed};
use crate::visitor::handouts;
use crate::wording::{Wording, WordingError};

/// The templates that a pack may bring, in `print/`.
pub const TEMPLATES: [&str; 5] = ["poster.typ", "discard.typ", "certificate.typ", "leaflet.typ", "flyer.typ"];

/// One rendering that must succeed.
pub struct Trial {
    /// Which template, `print/poster.typ`.
    pub name: &'static str,
    /// With which values, for people.
    pub about: String,
    /// The pack's template, or else the engine's.
    pub template: String,
    /// The values.
    pub sheet: Sheet,
}

/// Where the public door of a sample stands.
const PUBLIC_URL: &str = "https://tadori.example";

/// Every sheet of a pack, with sample values; a certificate of each industry with all its measures, the
/// fullest first.
///
/// # Errors
/// The pack's words can't be read.
pub fn trials(pack: &Pack) -> Result<Vec<Trial>, WordingError> {
    let own = pack.files.iter().filter_map(|(name, text)| {
        Some((name.strip_prefix("wording/")?.strip_suffix(".ftl")?.to_owned(), text.clone()))
    });
    let wording = Wording::new(&own.collect::<BTreeMap<_, _>>())?;
    let trial = |name: &'static str, about: &str, engine: &str, sheet: Sheet| Trial {
        name,
        about: about.to_owned(),
        template: pack.files.get(name).cloned().unwrap_or_else(|| engine.to_owned()),
        sheet,
    };
    let category = pack.policy.venues.categories.first().map_or("", |category| category.id.as_str());
    let poster = printed::sheet(pack, PUBLIC_URL, &sample_venue(category));
    let discard = printed::ending(pack, &sample_venue(category), Some(&sample_venue(category)));
    let (leaflet, flyer) = (
        handouts::leaflet_sheet(pack, &wording, PUBLIC_URL),
        handouts::flyer_sheet(pack, &wording, PUBLIC_URL),
    );
    let mut trials = vec![
        trial("print/poster.typ", "", print::poster::TEMPLATE, (&poster).into()),
        trial("print/discard.typ", "", print::discard::TEMPLATE, (&discard).into()),
        trial("print/leaflet.typ", "", print::handout::TEMPLATE, (&leaflet).into()),
        trial("print/flyer.typ", "", print::handout::TEMPLATE, (&flyer).into()),
    ];
    let mut industries: Vec<_> = pack.certificate.iter().flat_map(|lists| &lists.industries).collect();
    industries
        .sort_by_key(|own| Reverse(own.measures.iter().map(|one| one.text.chars().count()).sum::<usize>()));
    for industry in industries {
        let all = industry.measures.iter().map(|measure| ChosenMeasure {
            id: measure.id.clone(),
            first_at: Instant::from_micros(0),
            is_new: true,
        });
        let issued = Certificate { issue: 2, issued_at: Instant::from_micros(0), measures: all.collect() };
        let Some(category) = industry.categories.first() else { continue };
        if let Some(sheet) = certificate::sheet(pack, PUBLIC_URL, &sample_venue(category), &issued) {
            let engine = print::certificate::TEMPLATE;
            trials.push(trial("print/certificate.typ", &industry.id, engine, (&sheet).into()));
        }
    }
    Ok(trials)
}

/// A place that there isn't, with a name that tests the fonts.
pub(crate) fn sample_venue(category: &str) -> Venue {
    Venue {
        id: VenueId::from_stored(1),
        code: VenueCode::from_random([0; 16]),
        kind: VenueKind::Shop,
        name: VenueName::from_stored("髙﨑𠮷辻食堂 見本市駅前本店".to_owned()),
        room: None,
        category: category.to_owned(),
        size: None,
        postal_code: String::new(),
        address: String::new(),
        held: Held::always(),
        replaces: None,
        status: VenueStatus::Active,
        registered_at: Instant::from_micros(0),
        naming_consent: false,
    }
}
