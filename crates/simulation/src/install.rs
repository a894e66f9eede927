//! An installation as the first life of its rules finds it: stores, a ring with the first days' keys, venues,
//! officers, and the pages of their door. Each life begins on a copy of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock, Instant};
use domain::held::Held;
use domain::id::{OfficerId, VenueId};
use domain::policy::pack::Pack;
use domain::venue::{Size, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use seal::identity::Deployment;
use seal::key_ring::{KeyRing, Unlock};
use seal::random::Randomness;
use seal::token::{Token, TokenPurpose};
use seal::web_secret::WebSecret;
use store::officers::Officer;
use store::venues::Registration;
use store::{Intake, Office, Root};
use tempfile::TempDir;
use web::Compiled;

use crate::machine::{BASE_URL, Machine, START};
use crate::rules::Rules;

/// The places: what they are, how large, and how many infected people their notice takes.
pub const PLACES: [(&str, &str, i64, u32); 4] = [
    ("見本食堂", "restaurant", 40, 1),
    ("見本酒場", "night", 20, 1),
    ("見本ホール", "live_house", 150, 2),
    ("見本座", "theatre", 50, 3),
];

/// An officer with a session.
#[derive(Clone)]
pub struct SignedIn {
    pub cookie: String,
    pub token_hash: [u8; 32],
}

/// An installation.
pub struct Installed {
    pub folder: TempDir,
    pub rules: Rules,
    pub pack: Arc<Pack>,
    pub deployment: Deployment,
    pub web_secret: WebSecret,
    pub venues: Vec<Venue>,
    pub officers: Vec<SignedIn>,
    pub pages: Compiled,
}

impl Installed {
    /// A new installation under these rules.
    pub async fn new(rules: Rules, pack: Arc<Pack>) -> Self {
        let (folder, randomness) = (folder(), Randomness::seeded(1));
        let root = Root::new(folder.path().join("store"));
        store::backend::migrate(&root).await.expect("migrated");
        let intake = Intake::open(&root).await.expect("intake");
        let office = Office::open(&root).await.expect("office");
        let deployment = Deployment::parse("simulation").expect("a name");
        drop(
            KeyRing::init(&folder.path().join("ring"), &unlock(folder.path()), &deployment, &randomness)
                .expect("a ring"),
        );
        let mut venues = Vec::new();
        for place in PLACES {
            let venue = venue(&pack, &randomness, place);
            register(&intake, &venue, &randomness).await;
            venues.push(venue);
        }
        let mut officers = Vec::new();
        for name in ["sato", "suzuki"] {
            officers.push(officer(&office, &deployment, &randomness, name).await);
        }
        let pages = Compiled::of(&pack, BASE_URL, false).expect("pages");
        let web_secret = WebSecret::new(&randomness);
        let mut installed = Self { folder, rules, pack, deployment, web_secret, venues, officers, pages };
        installed.make_days(&intake, &office).await;
        installed
    }

    /// The worker makes the first days, so that not every life has to.
    async fn make_days(&mut self, intake: &Intake, office: &Office) {
        intake.checkpoint().await.expect("written back");
        office.checkpoint().await.expect("written back");
        let mut machine = Machine::new(self, 1).await;
        while machine.worker().turn().await.done > 0 {}
        self.folder = machine.end().await;
    }

    /// A folder with all of it, to be lived in.
    pub fn copy(&self) -> TempDir {
        let copy = folder();
        copy_folder(self.folder.path(), copy.path()).expect("copied");
        copy
    }
}

/// A folder of memory, where there is one.
fn folder() -> TempDir {
    let folder = match PathBuf::from("/dev/shm") {
        memory if memory.is_dir() => tempfile::tempdir_in(memory),
        _ => tempfile::tempdir(),
    };
    folder.expect("a folder")
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            std::fs::create_dir(&target)?;
            copy_folder(&path, &target)?;
        } else if !name.ends_with("-wal") && !name.ends_with("-shm") {
            // Journals were written back.
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// What opens the ring in a folder.
pub fn unlock(folder: &Path) -> Unlock {
    Unlock::key_file(folder.join("ring.key"))
}

fn venue(pack: &Pack, randomness: &Randomness, (name, category, size, _): (&str, &str, i64, u32)) -> Venue {
    let measure = pack.category(category).and_then(|category| category.measure);
    Venue {
        id: VenueId::from_random(randomness.bytes()),
        code: VenueCode::from_random(randomness.bytes()),
        kind: VenueKind::Shop,
        name: VenueName::parse(name).expect("a name"),
        room: None,
        category: category.to_owned(),
        size: measure.map(|measure| Size { measure, value: size }),
        postal_code: "5400000".into(),
        address: "見本市".into(),
        held: Held::always(),
        replaces: None,
        status: VenueStatus::Active,
        registered_at: START,
        naming_consent: false,
    }
}

async fn register(intake: &Intake, venue: &Venue, randomness: &Randomness) {
    let registration = Registration {
        venue: venue.clone(),
        form_nonce: randomness.bytes(),
        key_hash: vec![0; 32],
        operator_sealed: vec![1],
        measures: vec![],
    };
    assert!(intake.register_venue(&registration, None).await.expect("registered"));
}

/// An account with a session that lasts a life. Signing in costs a password's hash, which is tested elsewhere.
async fn officer(office: &Office, deployment: &Deployment, randomness: &Randomness, name: &str) -> SignedIn {
    let id = OfficerId::from_random(randomness.bytes());
    let token = Token::new(randomness);
    let token_hash = *token.hash(deployment, TokenPurpose::Session).as_bytes();
    let account = Officer {
        id,
        name: name.to_owned(),
        password_hash: "no password has this hash".to_owned(),
        totp_secret: vec![1],
        totp_step: 0,
        failed: 0,
        locked_until: Instant::from_micros(0),
    };
    let later = START.plus(Duration::from_secs(100 * 365 * 86_400));
    let mut tx = office.begin().await.expect("an act");
    tx.add_officer(&account, START).await.expect("an account");
    tx.begin_session(id, 1, &token_hash, START, later).await.expect("a session");
    tx.commit().await.expect("committed");
    SignedIn { cookie: format!("tadori_session={}", token.expose().as_str()), token_hash }
}

/// The clock that an installation and each of its lives begin with.
pub fn first_clock() -> Clock {
    Clock::set_to(START)
}
