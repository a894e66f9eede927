//! What people do: an operator registers, a visitor checks in, an officer signs in and decides, a patient
//! reports. Over HTTP throughout, but for [`World::venue`], which spares a test the printing of a poster.

use axum::http::header;
use domain::held::Held;
use domain::id::{CaseId, NoticeId, OfficerId, VenueId};
use domain::ledger::{Act, Entry};
use domain::notice::NoticeState;
use domain::service_day::ServiceDay;
use domain::venue::{Size, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use seal::officer_login::{PasswordHash, Totp};
use store::cases::Finding;
use store::officers::Officer as Account;
use store::venues::Registration;

use crate::form::{Form, form, with};
use crate::page::Page;
use crate::world::{Ask, World};

pub const PASSWORD: &str = "たどりの長い合言葉 2026";

/// An officer with a session.
pub struct Officer {
    pub cookie: String,
    pub totp: Totp,
}

impl World {
    // --- operators

    /// A venue, as if its operator had registered it and had the mail.
    pub async fn venue(&self, name: &str, category: &str, size: i64) -> Venue {
        self.put_venue(name, category, size, None).await
    }

    /// An event held from one day to another.
    pub async fn event(&self, name: &str, first: ServiceDay, last: ServiceDay) -> Venue {
        self.put_venue(name, "event", 50, Some((first, last))).await
    }

    async fn put_venue(
        &self,
        name: &str,
        category: &str,
        size: i64,
        held: Option<(ServiceDay, ServiceDay)>,
    ) -> Venue {
        let measure = self.pack.category(category).unwrap().measure;
        let (now, random) = (self.clock.now(), &self.randomness);
        let venue = Venue {
            id: VenueId::from_random(random.bytes()),
            code: VenueCode::from_random(random.bytes()),
            kind: if held.is_some() { VenueKind::EventIndoor } else { VenueKind::Shop },
            name: VenueName::parse(name).unwrap(),
            room: None,
            category: category.to_owned(),
            size: measure.map(|measure| Size { measure, value: size }),
            postal_code: "5400000".into(),
            address: "大阪市中央区見本町1-2-3".into(),
            held: held.map_or_else(Held::always, |(first, last)| Held::once(first, last).unwrap()),
            replaces: None,
            status: VenueStatus::Active,
            registered_at: now,
            naming_consent: false,
        };
        let registration = Registration {
            venue: venue.clone(),
            form_nonce: random.bytes(),
            key_hash: vec![0; 32],
            operator_sealed: vec![1],
            measures: vec![],
        };
        assert!(self.intake.register_venue(&registration, None).await.unwrap());
        venue
    }

    // --- visitors

    /// A visitor scans the code, types an address, and is thanked.
    pub async fn check_in(&self, venue: &Venue, email: &str) {
        self.checked_in(venue, email).await;
    }

    /// The same, and where the thanks are.
    pub async fn checked_in(&self, venue: &Venue, email: &str) -> String {
        let path = format!("/v/{}", venue.code);
        let scanned = self.get(&path).await.is(200);
        let mut fields = form(&[("nonce", &scanned.nonce()), ("email", email)]);
        // Where the pack asks for day and time, the form comes with the present in it.
        for name in ["visited_on", "visited_at"] {
            fields.extend(scanned.field(name).iter().flat_map(|now| form(&[(name, now)])));
        }
        let page = self.post(&path, &fields).await;
        assert!(page.leads_to().starts_with(&format!("{path}/thanks?day=")));
        page.leads_to().to_owned()
    }

    /// A visitor checks in the way that the pack offers first: by the form, or by LINE with the account that stands
    /// for this address, agreeing where a button asks for it.
    pub async fn visit(&mut self, venue: &Venue, email: &str) {
        if self.pack.policy.channels.mails() {
            return self.check_in(venue, email).await;
        }
        let account = account_of(email);
        let hook = self.line().text(&account, &format!("TADORI {}", venue.code));
        self.hook(&hook).await.is(200);
        self.settle().await;
        let asked = self.line().chat(&account).last().and_then(|last| last.button().map(str::to_owned));
        if let Some(data) = asked {
            let hook = self.line().press(&account, &data);
            self.hook(&hook).await.is(200);
            self.settle().await;
        }
    }

    // --- patients

    /// A patient's report as it is typed.
    pub fn report_form(&self, code: &str, emails: &[&str], onset: ServiceDay, positive: ServiceDay) -> Form {
        let mut fields = form(&[
            ("code", code),
            ("has_symptoms", "yes"),
            ("onset_on", &onset.to_string()),
            ("sampled_on", ""),
            ("positive_on", &positive.to_string()),
        ]);
        fields.extend(emails.iter().map(|email| ("email".to_owned(), (*email).to_owned())));
        fields
    }

    /// Opens the report's page and sends the form.
    pub async fn send_report(&self, fields: Form) -> Page {
        let nonce = self.get("/report").await.is(200).nonce();
        self.post("/report", &with(fields, "nonce", &nonce)).await
    }

    /// A patient reports, with a code from the health centre, and is thanked.
    pub async fn report(&self, officer: &Officer, emails: &[&str], onset: ServiceDay, positive: ServiceDay) {
        let code = self.code(officer).await;
        let page = self.send_report(self.report_form(&code, emails, onset, positive)).await;
        assert!(page.leads_to().starts_with("/report/thanks"));
    }

    // --- officers

    /// A new account.
    pub async fn account(&self, name: &str) -> Totp {
        let id = OfficerId::from_random(self.randomness.bytes());
        let totp = Totp::new(&self.randomness);
        let account = Account {
            id,
            name: name.to_owned(),
            password_hash: PasswordHash::new(PASSWORD, &self.randomness).unwrap().to_stored(),
            totp_secret: totp.to_stored(&self.web_secret, id, &self.randomness),
            totp_step: 0,
            failed: 0,
            locked_until: domain::clock::Instant::from_micros(0),
        };
        let now = self.clock.now();
        let mut tx = self.office.begin().await.unwrap();
        tx.add_officer(&account, now).await.unwrap();
        let entry = Entry {
            at: now,
            actor: "engineer".into(),
            act: Act::OfficerAdded,
            subject: name.into(),
            detail: String::new(),
        };
        tx.record(&entry).await.unwrap();
        tx.commit().await.unwrap();
        totp
    }

    /// Tries to sign in, from a client's address.
    pub async fn try_sign_in(&self, name: &str, password: &str, totp: &str, client: &str) -> Page {
        let page = self.ask_console(Ask::get("/sign-in").from(client)).await;
        let nonce = page.field("nonce").unwrap_or_default();
        let fields = form(&[("nonce", &nonce), ("name", name), ("password", password), ("totp", totp)]);
        self.ask_console(Ask::post("/sign-in", &fields).from(client)).await
    }

    /// A new officer, signed in.
    pub async fn officer(&self, name: &str) -> Officer {
        let totp = self.account(name).await;
        self.signed_in(name, totp).await
    }

    /// Signs an account in.
    pub async fn signed_in(&self, name: &str, totp: Totp) -> Officer {
        let code = totp.current(self.clock.now().as_secs());
        let page = self.try_sign_in(name, PASSWORD, &code, "192.0.2.1").await;
        assert_eq!(page.leads_to(), "/cases");
        Officer { cookie: cookie(&page), totp }
    }

    /// An officer's page.
    pub async fn see(&self, officer: &Officer, path: &str) -> Page {
        self.ask_console(Ask::get(path).with(header::COOKIE, &officer.cookie)).await
    }

    /// An officer's form, with the nonce of the officer's session.
    pub async fn act(&self, officer: &Officer, path: &str, fields: Form) -> Page {
        let nonce = self.see(officer, "/codes").await.is(200).nonce();
        self.act_with(officer, path, with(fields, "nonce", &nonce)).await
    }

    /// An officer's form as it stands.
    pub async fn act_with(&self, officer: &Officer, path: &str, fields: Form) -> Page {
        self.ask_console(Ask::post(path, &fields).with(header::COOKIE, &officer.cookie)).await
    }

    /// A new one-time code.
    pub async fn code(&self, officer: &Officer) -> String {
        let page = self.act(officer, "/codes", form(&[])).await.is(200);
        let after = page.text().split_once("<p class=\"code\">").expect("the code is shown").1;
        after.split_once('<').unwrap().0.to_owned()
    }

    /// The form of a case with symptoms and the visits of its interview: venue and day.
    pub fn case_form(
        &self,
        reference: &str,
        onset: ServiceDay,
        positive: ServiceDay,
        visits: &[(&str, ServiceDay)],
    ) -> Form {
        let mut fields = form(&[
            ("reference", reference),
            ("has_symptoms", "yes"),
            ("onset_on", &onset.to_string()),
            ("positive_on", &positive.to_string()),
        ]);
        for (venue, day) in visits {
            let day = day.to_string();
            fields.extend(form(&[("venue", venue), ("visited_on", &day), ("from", ""), ("to", "")]));
        }
        fields
    }

    /// Enters a case: onset and positive test of today, visits by venue and day.
    pub async fn enter(&self, officer: &Officer, reference: &str, visits: &[(&Venue, ServiceDay)]) -> CaseId {
        let numbers: Vec<_> = visits.iter().map(|(venue, day)| (venue.id.to_string(), *day)).collect();
        let visits: Vec<_> = numbers.iter().map(|(number, day)| (number.as_str(), *day)).collect();
        let fields = self.case_form(reference, self.today(), self.today(), &visits);
        case_of(&self.act(officer, "/cases/new", fields).await)
    }

    /// What came of a case's visits, as stored words in order.
    pub async fn outcomes(&self, case: CaseId) -> Vec<&'static str> {
        self.findings(case).await.iter().map(|finding| finding.outcome.as_str()).collect()
    }

    pub async fn findings(&self, case: CaseId) -> Vec<Finding> {
        self.office.findings(case).await.unwrap()
    }

    /// The newest case.
    pub async fn newest_case(&self) -> CaseId {
        self.office.cases(1).await.unwrap()[0].id
    }

    /// The only notice that waits for a decision.
    pub async fn proposed(&self) -> NoticeId {
        let waiting = self.office.notices(NoticeState::Proposed).await.unwrap();
        assert_eq!(waiting.len(), 1, "{waiting:?}");
        waiting[0].id
    }

    /// Where a notice stands.
    pub async fn state(&self, notice: NoticeId) -> NoticeState {
        self.office.notice(notice).await.unwrap().unwrap().state
    }

    /// Approves what the page shows, and the hold begins.
    pub async fn approve(&self, officer: &Officer, notice: NoticeId) {
        let shown = self.see(officer, &format!("/notices/{notice}")).await;
        let fields = form(&[("consents", &shown.field("consents").unwrap_or_default())]);
        let page = self.act(officer, &format!("/notices/{notice}/approve"), fields).await;
        assert_eq!(page.leads_to(), format!("/notices/{notice}"));
    }
}

/// The account on LINE that stands for an address.
pub fn account_of(email: &str) -> String {
    let hex: String = email.bytes().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("U{hex:0<32}")
}

/// The number of the case that a form made.
#[track_caller]
pub fn case_of(page: &Page) -> CaseId {
    CaseId::parse(page.leads_to().trim_start_matches("/cases/")).unwrap()
}

/// The session that a sign-in gave.
pub fn cookie(page: &Page) -> String {
    page.header(header::SET_COOKIE).split(';').next().unwrap_or_default().to_owned()
}
