//! What the doors hold. No private key, no pepper and no index key is among it (architecture invariant 3):
//! the public door can write what it can't read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use domain::clock::{Clock, Instant};
use domain::ledger::EntryHash;
use domain::policy::pack::Pack;
use domain::push::PushServices;
use domain::service_day::ServiceDay;
use domain::venue::{Venue, VenueCode, VenueStatus};
use print::sandbox::Renderer;
use seal::day_key::{DayPublic, DaySealer, Sealer};
use seal::form::FormSigner;
use seal::identity::{Deployment, VerifyingKey};
use seal::line::ChannelSecret;
use seal::office::{OfficePublic, OfficeSealer};
use seal::random::Randomness;
use seal::token::CodeHasher;
use seal::web_secret::WebSecret;
use store::check_ins::CheckInQueue;
use store::{Intake, Office, StoreError};

use crate::bounded::Bounded;
use crate::limit::Limit;
use crate::page::{PageError, Pages, Site};
use crate::page_check::{self, PackFaults};
use crate::visitor::gallery::Previews;
use crate::visitor::handouts::Handouts;
use crate::visitor::made_pages::MadePages;
use crate::wording::{Wording, WordingError};

/// The name of the office's public key among intake's settings.
pub const OFFICE_PUBLIC: &str = "office_public";

/// What both doors are made of.
pub struct Parts {
    /// The jurisdiction's pack.
    pub pack: Arc<Pack>,
    /// The clock.
    pub clock: Clock,
    /// Randomness.
    pub randomness: Randomness,
    /// Whose installation it is.
    pub deployment: Deployment,
    /// The key ring that this server believes.
    pub verifying: VerifyingKey,
    /// The web servers' shared secret: signs forms, hashes one-time codes; reads nothing.
    pub web_secret: WebSecret,
    /// Where the public door stands, `https://tadori.example`, without a slash at the end.
    pub base_url: String,
    /// Where the public door stands, whichever door this is: links in operators' mails lead there.
    pub public_url: String,
    /// Whether each page says that it is a demonstration.
    pub demo: bool,
    /// Whether a reverse proxy in front tells the client's address in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// How many check-ins one client may send in ten minutes, at the public door; 0 is no limit.
    pub check_ins_per_client: u32,
    /// The jurisdiction's account on LINE; only the public door speaks of it.
    pub line: Option<LineDoor>,
    /// Web Push, for visitors of the app; only the public door speaks of it.
    pub push: Option<PushDoor>,
    /// The public zone.
    pub intake: Intake,
}

/// What the public door knows of Web Push. It can't send.
#[derive(Clone, Debug)]
pub struct PushDoor {
    /// The public half of the key that signs for us: a browser binds its subscription to it.
    pub public_key: String,
    /// Where a subscription may lead.
    pub services: PushServices,
}

/// What the public door knows of the account on LINE. It can't call LINE.
#[derive(Clone, Debug)]
pub struct LineDoor {
    /// What LINE signs webhooks with.
    pub secret: ChannelSecret,
    /// The account's name with its @, as the button leads to it.
    pub account: String,
    /// Where chats are opened: [`LINE_ME`]; in the demo, its stand-in.
    pub chats: String,
}

/// Where LINE opens a chat from a link.
pub const LINE_ME: &str = "https://line.me";

/// Among intake's settings: whether the officers have stopped LINE. Written by the worker.
pub const LINE_STOPPED: &str = "line_stopped";

/// Why a door can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A template is broken.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The words are broken.
    #[error(transparent)]
    Wording(#[from] WordingError),
    /// The pack's own words or templates are.
    #[error(transparent)]
    Pack(#[from] PackFaults),
}

/// What every page needs.
pub(crate) struct Common {
    pub pages: Arc<Pages>,
    pub pack: Arc<Pack>,
    pub clock: Clock,
    pub randomness: Randomness,
    pub deployment: Deployment,
    pub forms: FormSigner,
    pub codes: CodeHasher,
    pub web_secret: WebSecret,
    pub base_url: String,
    pub public_url: String,
    pub behind_proxy: bool,
    pub intake: Intake,
    pub renderer: Renderer,
    pub rendering: Bounded,
    sealer: Sealer,
}

impl Common {
    /// What seals to the office.
    pub async fn office_sealer(&self) -> Result<Option<OfficeSealer>, StoreError> {
        let stored = self.intake.setting(OFFICE_PUBLIC).await?;
        let public = stored.and_then(|bytes| office_public(&bytes));
        let sealer = public.and_then(|public| self.sealer.open_office(&public).ok());
        if sealer.is_none() {
            tracing::error!("the office's public key is missing or not signed by our key ring");
        }
        Ok(sealer)
    }
}

/// The public door's state. Clones are the same.
#[derive(Clone)]
pub struct Public(pub(crate) Arc<PublicState>);

pub(crate) struct PublicState {
    pub common: Common,
    pub queue: CheckInQueue,
    pub handouts: Handouts,
    pub previews: Previews,
    pub check_ins: Limit,
    pub hashing: Arc<tokio::sync::Semaphore>,
    pub line: Option<LineDoor>,
    pub push: Option<PushDoor>,
    pub made_pages: MadePages,
    line_stopped: RwLock<Option<(bool, Instant)>>,
    sealers: RwLock<HashMap<ServiceDay, Arc<DaySealer>>>,
    venues: RwLock<HashMap<VenueCode, (Arc<Venue>, Instant)>>,
}

/// The officers' door's state. Clones are the same.
#[derive(Clone)]
pub struct Console(pub(crate) Arc<ConsoleState>);

pub(crate) struct ConsoleState {
    pub common: Common,
    pub office: Office,
    pub passwords: Bounded,
    pub ledger: Mutex<Option<KnownLedger>>,
    /// One table at a time is read.
    pub importing: tokio::sync::Semaphore,
}

/// How far the ledger was found whole, so that not every look at it reads it all.
#[derive(Clone, Copy)]
pub(crate) struct KnownLedger {
    pub seq: i64,
    pub head: EntryHash,
    /// When it was last read from its beginning.
    pub whole_at: Instant,
}

impl Site {
    /// What a pack says of its jurisdiction.
    pub(crate) fn of(pack: &Pack, base_url: &str, demo: bool) -> Self {
        let policy = &pack.policy;
        Self {
            system_name: policy.jurisdiction.system_name.clone(),
            system_name_en: Some(policy.jurisdiction.system_name_en.clone()),
            jurisdiction_name: policy.jurisdiction.name.clone(),
            jurisdiction_name_en: Some(policy.jurisdiction.name_en.clone()),
            base_url: base_url.to_owned(),
            sender_domain: policy.sender.address.rsplit('@').next().unwrap_or_default().to_owned(),
            desk_name: policy.desk.name.clone(),
            desk_name_en: policy.desk.name_en.clone(),
            desk_phone: policy.desk.phone.clone(),
            desk_hours: policy.desk.hours.clone(),
            desk_hours_en: policy.desk.hours_en.clone(),
            updated_on: policy.pages.updated_on.clone(),
            trademark: policy.pages.trademark,
            credits: policy.pages.credits.clone(),
            changes: !pack.changes.is_empty(),
            gallery: !pack.gallery.is_empty(),
            enquiry: policy.venues.inquiry_form,
            demo,
            languages: policy.notices.languages.clone(),
        }
    }
}

/// A pack's pages, checked and compiled: what takes the time when a door is opened. Clones are the same.
#[derive(Clone)]
pub struct Compiled(Arc<Pages>);

impl Compiled {
    /// The pages of a pack, for a door at this address.
    ///
    /// # Errors
    /// [`StartError`]: a broken template or wording.
    pub fn of(pack: &Pack, base_url: &str, demo: bool) -> Result<Self, StartError> {
        page_check::check(pack)?;
        let wording = Wording::new(&page_check::own(pack, "wording/", ".ftl"))?;
        let overlay = page_check::own(pack, "templates/", "");
        Ok(Self(Arc::new(Pages::new(&Site::of(pack, base_url, demo), wording, &overlay)?)))
    }

    fn of_parts(parts: &Parts) -> Result<Self, StartError> {
        Self::of(&parts.pack, &parts.base_url, parts.demo)
    }
}

fn common(parts: Parts, renderer: Renderer, pages: Compiled) -> Common {
    let sealer = Sealer::new(parts.deployment.clone(), parts.verifying);
    Common {
        pages: pages.0,
        forms: FormSigner::new(&parts.web_secret),
        codes: CodeHasher::new(&parts.web_secret, &parts.deployment),
        pack: parts.pack,
        clock: parts.clock,
        randomness: parts.randomness,
        deployment: parts.deployment,
        web_secret: parts.web_secret,
        base_url: parts.base_url,
        public_url: parts.public_url,
        behind_proxy: parts.behind_proxy,
        intake: parts.intake,
        renderer,
        rendering: Bounded::default(),
        sealer,
    }
}

impl Console {
    /// The officers' door. `renderer` starts the child process that prints for operators who can't (KNG-23).
    ///
    /// # Errors
    /// [`StartError`]: a broken template or wording stops the start, never an officer.
    pub fn new(parts: Parts, office: Office, renderer: Renderer) -> Result<Self, StartError> {
        let pages = Compiled::of_parts(&parts)?;
        Ok(Self::with_pages(parts, office, renderer, pages))
    }

    /// The same with pages that were compiled before, of the same pack and address.
    pub fn with_pages(parts: Parts, office: Office, renderer: Renderer, pages: Compiled) -> Self {
        Self(Arc::new(ConsoleState {
            common: common(parts, renderer, pages),
            office,
            passwords: Bounded::default(),
            ledger: Mutex::new(None),
            importing: tokio::sync::Semaphore::new(1),
        }))
    }
}

/// For how long a venue is believed to be what it was: a withdrawn code is refused after this at the latest.
const VENUE_LIFE: Duration = Duration::from_secs(2);

/// How many days' keys are remembered: today's, and those of the days on which past visits may be entered.
const SEALERS: usize = 32;

/// How many venues are remembered; beyond it, all are forgotten.
const VENUES: usize = 200_000;

impl Public {
    /// The public door. `renderer` starts the child process that prints posters.
    ///
    /// # Errors
    /// [`StartError`]: a broken template or wording stops the start, never a visitor.
    pub fn new(parts: Parts, queue: CheckInQueue, renderer: Renderer) -> Result<Self, StartError> {
        let check_ins = Limit::new(parts.check_ins_per_client);
        let (line, push) = (parts.line.clone(), parts.push.clone());
        let pages = Compiled::of_parts(&parts)?;
        Ok(Self(Arc::new(PublicState {
            common: common(parts, renderer, pages),
            queue,
            handouts: Handouts::default(),
            previews: Previews::default(),
            check_ins,
            hashing: Arc::new(tokio::sync::Semaphore::new(2)),
            line,
            push,
            made_pages: MadePages::default(),
            line_stopped: RwLock::new(None),
            sealers: RwLock::new(HashMap::new()),
            venues: RwLock::new(HashMap::new()),
        })))
    }
}

impl PublicState {
    /// The venue behind a code, from memory where it was asked for a moment ago.
    pub async fn venue(&self, code: VenueCode) -> Result<Option<Arc<Venue>>, StoreError> {
        let now = self.common.clock.now();
        let known = self.venues.read().ok().and_then(|venues| venues.get(&code).cloned());
        if let Some((venue, since)) = known
            && now >= since
            && now.since(since) < VENUE_LIFE
        {
            return Ok(Some(venue));
        }
        let Some(venue) = self.common.intake.venue_by_code(code).await?.map(Arc::new) else {
            return Ok(None);
        };
        // What takes no check-ins is asked for anew: once an officer has approved it, it does.
        if venue.status == VenueStatus::Active
            && let Ok(mut venues) = self.venues.write()
        {
            if venues.len() >= VENUES {
                venues.clear();
            }
            venues.insert(code, (Arc::clone(&venue), now));
        }
        Ok(Some(venue))
    }

    /// Whether the officers have stopped LINE, as it was two seconds ago at the most.
    pub async fn line_is_stopped(&self) -> Result<bool, StoreError> {
        let now = self.common.clock.now();
        let known = self.line_stopped.read().ok().and_then(|known| *known);
        if let Some((stopped, since)) = known
            && now >= since
            && now.since(since) < VENUE_LIFE
        {
            return Ok(stopped);
        }
        let stopped = self.common.intake.setting(LINE_STOPPED).await?.is_some_and(|value| value == b"1");
        if let Ok(mut known) = self.line_stopped.write() {
            *known = Some((stopped, now));
        }
        Ok(stopped)
    }

    /// Forgets what is remembered of venues: one was changed through this door, and it shows at once.
    pub fn forget_venues(&self) {
        if let Ok(mut venues) = self.venues.write() {
            venues.clear();
        }
    }

    /// What seals to a day. `None` if the day has no key that the ring signed: then nothing is taken.
    pub async fn day_sealer(&self, day: ServiceDay) -> Result<Option<Arc<DaySealer>>, StoreError> {
        if let Some(known) = self.sealers.read().ok().and_then(|known| known.get(&day).cloned()) {
            return Ok(Some(known));
        }
        let Some(stored) = self.common.intake.day(day).await? else { return Ok(None) };
        let public = DayPublic::from_stored(day, stored.suite, &stored.public_key, &stored.signature);
        let Some(sealer) = public.and_then(|public| self.common.sealer.open_day(&public).ok()).map(Arc::new)
        else {
            tracing::error!(%day, "the day's public key is not signed by our key ring; nothing is taken");
            return Ok(None);
        };
        if let Ok(mut known) = self.sealers.write() {
            if known.len() >= SEALERS {
                known.clear();
            }
            known.insert(day, Arc::clone(&sealer));
        }
        Ok(Some(sealer))
    }
}

/// The office's public key as it lies among intake's settings: suite, key, signature.
pub fn office_public_bytes(public: &OfficePublic) -> Vec<u8> {
    let mut bytes = public.suite.to_be_bytes().to_vec();
    bytes.extend_from_slice(&public.public_key);
    bytes.extend_from_slice(&public.signature);
    bytes
}

fn office_public(bytes: &[u8]) -> Option<OfficePublic> {
    let (suite, rest) = bytes.split_first_chunk::<8>()?;
    let (key, signature) = rest.split_at_checked(32)?;
    OfficePublic::from_stored(i64::from_be_bytes(*suite), key, signature)
}
