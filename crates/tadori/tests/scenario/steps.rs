//! What happens in every scenario, as the pack has it.

use domain::id::{NoticeId, VenueId};
use domain::message::{self, MailKind, Named, Text, Written};
use domain::notice::NoticeState;
use domain::policy::{Approval, NamingConsent};
use domain::service_day::ServiceDay;
use domain::venue::{SizeMeasure, Venue};
use seal::key_ring::RingError;
use serde_json::Value;

use crate::form::{Form, form, with};
use crate::mailbox::Letter;
use crate::mailed::Mailed;
use crate::page::Page;
use crate::paper::scanned;
use crate::story::Officer;
use crate::world::{BASE_URL, HOUR, MINUTE, World, files_with};

/// A registered venue, and what came of it.
pub struct Registered {
    pub venue: Venue,
    /// Where the printed code leads.
    pub path: String,
    /// What its operator prints and shows: addresses of the own page.
    pub offered: Vec<String>,
    /// The printed code.
    pub code: String,
}

pub const NAME: &str = "髙﨑食堂 本町店";
pub const OPERATOR: &str = "operator@shop.example";

impl Mailed {
    /// What an operator types, as the pack's form asks for it.
    fn registration(&self) -> Form {
        let category = &self.world.pack.policy.venues.categories[0];
        let mut fields = form(&[
            ("kind", "shop"),
            ("name", NAME),
            ("category", &category.id),
            ("postal_code", "540-0000"),
            ("address", "中央区見本町1-2-3"),
            ("contact_name", "髙橋 一"),
            ("email", OPERATOR),
            ("phone", "06-0000-0000"),
            ("agreement", "yes"),
        ]);
        if self.world.pack.policy.venues.naming_consent == NamingConsent::AtRegistration {
            fields.extend(form(&[("naming", "yes")]));
        }
        fields.extend(category.measure.map(|measure| (SizeMeasure::as_str(measure).into(), "40".into())));
        fields
    }

    /// An operator registers, choosing measures where the pack lists some, has the poster by mail, and prints it.
    pub async fn registers(&mut self, measures: &[&str]) -> Registered {
        let nonce = self.world.get("/venues/new").await.is(200).nonce();
        let mut fields = with(self.registration(), "nonce", &nonce);
        if !measures.is_empty() {
            let page = self.world.post("/venues", &fields).await.is(200);
            fields = with(carried(&page), "step", "measures");
            fields.extend(measures.iter().map(|measure| ("measure".to_owned(), (*measure).to_owned())));
        }
        let own = self.world.post("/venues", &fields).await.leads_to().to_owned();
        self.is_let_in(&own).await;
        let page = self.world.get(&own).await.is(200).says(NAME);
        let letter = self.receives(1).await.remove(0);
        assert_eq!(letter.to, OPERATOR);
        let link = letter.body.lines().find_map(|line| line.trim().strip_prefix(BASE_URL)).unwrap();
        assert!(own.starts_with(link), "{own} {link}");
        let [(name, media, poster)] = &letter.attached[..] else { panic!("{letter:?}") };
        assert_eq!((name.as_str(), media.as_str()), ("poster.pdf", "application/pdf"));
        let code = scanned(poster);
        let number = link.trim_start_matches("/venues/").split('?').next().unwrap();
        let venue = self.world.intake.venue(VenueId::parse(number).unwrap()).await.unwrap().unwrap();
        assert_eq!(code, format!("{BASE_URL}/v/{}", venue.code).to_uppercase());
        let path = code[BASE_URL.len()..].to_owned();
        Registered { venue, path, offered: page.addresses(), code }
    }

    /// Where the pack has officers let registrations in, nothing comes of one before; then one does.
    async fn is_let_in(&mut self, own: &str) {
        if self.world.pack.policy.venues.approval == Approval::Officer {
            self.receives(0).await;
            let [clerk] = officers(&self.world, ["clerk"]).await;
            let number = own.trim_start_matches("/venues/").split('?').next().unwrap();
            self.world.act(&clerk, &format!("/venues/{number}/approve"), form(&[])).await.leads_to();
        }
    }

    /// A visitor checks in by the app, with an address or a browser's subscription, and is told on the screen.
    pub async fn checks_in_by_app(&self, at: &Registered, contact: Form) {
        let code = at.venue.code.to_string();
        let asked = self.world.get(&format!("/app/form?code={code}")).await.is(200).says(NAME);
        let asked: Value = serde_json::from_str(asked.text()).unwrap();
        let (nonce, now) = (asked["nonce"].as_str().unwrap(), asked["now"].to_string());
        let mut fields = form(&[("code", &code), ("nonce", nonce), ("visited", &now)]);
        fields.extend(contact);
        self.world.post("/app/check-in", &fields).await.is(200).says("stored").says(NAME);
    }

    /// A visitor reads the code, types the address and, where the pack asks for it, when it was; and is thanked.
    pub async fn checks_in(&self, at: &Registered, email: &str, when: Option<(ServiceDay, &str)>) {
        let scanned = self.world.get(&at.path).await.is(200).says(NAME);
        let mut fields = form(&[("nonce", &scanned.nonce()), ("email", email)]);
        assert_eq!(scanned.field("visited_on").is_some(), when.is_some(), "the pack asks when it was");
        if let Some((day, time)) = when {
            fields.extend(form(&[("visited_on", &day.to_string()), ("visited_at", time)]));
        }
        let page = self.world.post(&at.path, &fields).await;
        self.world.get(page.leads_to()).await.is(200).says(NAME);
    }

    /// An officer enters a case with a visit; from and to where the interview told them.
    pub async fn is_entered(
        &mut self,
        officer: &Officer,
        at: &Registered,
        day: ServiceDay,
        (from, to): (&str, &str),
    ) {
        let today = self.world.today();
        let number = at.venue.id.to_string();
        let fields = self.world.case_form("本町-1", today, today, &[(&number, day)]);
        let fields = with(with(fields, "from", from), "to", to);
        self.world.act(officer, "/cases/new", fields).await.leads_to();
    }

    /// What the worker made of the case: a notice to so many, which no officer's page says more of than that.
    pub async fn is_proposed(&mut self, officer: &Officer, others: u64) -> NoticeId {
        self.receives(0).await;
        let notice = self.world.proposed().await;
        let page = self.world.see(officer, &format!("/notices/{notice}")).await.is(200);
        let page = page.says(&format!("{others}人")).says(&self.world.pack.version);
        assert!(!page.text().contains("visitor.example"), "officers see counts");
        assert_eq!(self.world.office.notice(notice).await.unwrap().unwrap().others, others);
        notice
    }

    /// As many officers approve as the pack asks for; the hold is waited out, and so many letters arrive.
    pub async fn is_approved(
        &mut self,
        officers: &[&Officer],
        notice: NoticeId,
        letters: usize,
    ) -> Vec<Letter> {
        for (n, officer) in officers.iter().enumerate() {
            assert_eq!(self.world.state(notice).await, NoticeState::Proposed, "after {n}");
            self.world.approve(officer, notice).await;
        }
        assert_eq!(self.world.state(notice).await, NoticeState::Approved);
        let hold = self.world.pack.policy.notices.hold_minutes;
        self.world.pass(MINUTE * (hold - 1)).await;
        self.receives(0).await;
        self.world.pass(MINUTE * 2).await;
        self.receives(letters).await
    }

    /// A cluster is declared by form.
    pub async fn is_declared(&mut self, officer: &Officer, at: &Registered, published: bool) -> NoticeId {
        let day = self.world.today().to_string();
        let mut fields = form(&[("venue", NAME), ("from", &day), ("to", &day), ("act", "propose")]);
        if published {
            fields.extend(form(&[("published", "yes")]));
        }
        let page = self.world.act(officer, "/clusters/new", fields).await;
        let notice = NoticeId::parse(page.leads_to().trim_start_matches("/notices/")).unwrap();
        let days = self.world.office.notice_days(notice).await.unwrap();
        assert!(days.iter().all(|of| of.venue == at.venue.id));
        notice
    }

    /// A letter is what the pack lets it be, and makes all its points.
    pub fn is_in_order(&self, letter: &Letter, kind: MailKind, named: Named) {
        let text = Text { subject: letter.subject.clone(), body: letter.body.clone() };
        let (policy, wording) = (&self.world.pack.policy, &self.world.pack.wording);
        let ours = match kind {
            MailKind::Cluster => message::cluster(policy, wording, "ja", &named),
            _ => message::alert(policy, wording, "ja", &named),
        };
        assert_eq!((text.subject.trim(), text.body.trim()), (ours.subject.trim(), ours.body.trim()));
        let mail = Written { kind, language: "ja".into(), named, text };
        assert_eq!(message::lint(policy, wording, &mail), Vec::<String>::new());
    }

    /// Nothing of a day is lost before its last, and nothing is left after; nobody is written to again.
    pub async fn is_erased(&mut self, day: ServiceDay, emails: &[&str]) {
        let kept = self.world.intake.count_check_ins(day).await.unwrap();
        assert!(kept > 0);
        let last = self.world.pack.policy.data.keep().until(day);
        self.world.pass_until(last, 23 * HOUR).await;
        assert_eq!(self.world.intake.count_check_ins(day).await.unwrap(), kept, "kept to {last}");
        self.world.pass_until(last.plus_days(1), HOUR).await;
        assert!(self.world.intake.day_file_is_gone(day).await.unwrap(), "gone after {last}");
        assert!(matches!(self.world.ring().open_day(day), Err(RingError::Destroyed(_))));
        self.world.get("/erasures").await.is(200).says(&day.in_japanese());
        for email in emails {
            assert_eq!(files_with(self.world.folder.path(), email), Vec::<std::path::PathBuf>::new());
        }
        self.receives(0).await;
    }
}

/// What a page carries on in hidden fields.
fn carried(page: &Page) -> Form {
    let names = page.text().split("<input type=\"hidden\" name=\"").skip(1);
    names.map(|rest| rest.split('"').next().unwrap()).map(|n| (n.into(), page.field(n).unwrap())).collect()
}

/// The letter to this address, and no other.
pub fn to<'a>(letters: &'a [Letter], email: &str) -> &'a Letter {
    let found: Vec<_> = letters.iter().filter(|letter| letter.to == email).collect();
    assert_eq!(found.len(), 1, "{email}: {letters:#?}");
    found[0]
}

/// A world's officers, as many as are needed.
pub async fn officers<const N: usize>(world: &World, names: [&str; N]) -> [Officer; N] {
    let mut found = Vec::new();
    for name in names {
        found.push(world.officer(name).await);
    }
    found.try_into().unwrap_or_else(|_| panic!("as many as names"))
}
