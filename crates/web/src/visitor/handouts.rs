//! The leaflet for visitors and the flyer for operators, as PDF (OSK-37, HKD-18, HKD-37, KNG-8): what is
//! said of the data is made from the policy with the words of the pages, so that sheet, page and behaviour
//! can't drift apart (GEN-2).
//!
//! Anybody may ask for them, so each is rendered once and kept in memory.

use axum::extract::State;
use axum::response::Response;
use domain::policy::pack::Pack;
use domain::service_day::ServiceDay;
use print::handout::{Handout, Section, TEMPLATE};
use print::poster::{LanguageBlock, Line};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::answer::file;
use crate::error::unavailable;
use crate::form::Lang;
use crate::operator::printed::{issue_date, rendered, tag};
use crate::policy_facts::facts;
use crate::state::Public;
use crate::wording::Wording;

/// Both, once they were asked for.
#[derive(Default)]
pub(crate) struct Handouts {
    leaflet: OnceCell<Vec<u8>>,
    flyer: OnceCell<Vec<u8>>,
}

/// The leaflet for visitors.
pub(crate) async fn leaflet(State(public): State<Public>, Lang(lang): Lang) -> Response {
    kept(&public, lang, &public.0.handouts.leaflet, "leaflet", leaflet_sheet).await
}

/// The flyer for operators.
pub(crate) async fn flyer(State(public): State<Public>, Lang(lang): Lang) -> Response {
    kept(&public, lang, &public.0.handouts.flyer, "flyer", flyer_sheet).await
}

async fn kept(
    public: &Public,
    lang: &str,
    cell: &OnceCell<Vec<u8>>,
    name: &str,
    sheet: fn(&Pack, &Wording, &str) -> Handout,
) -> Response {
    let common = &public.0.common;
    let made = cell.get_or_try_init(|| {
        let sheet = sheet(&common.pack, common.pages.wording(), &common.public_url);
        async move { rendered(common, &format!("print/{name}.typ"), TEMPLATE, &sheet).await }
    });
    match made.await {
        Ok(pdf) => file("application/pdf", Some(&format!("{name}.pdf")), pdf.clone()),
        Err(error) => {
            tracing::error!(%error, "a leaflet or flyer can't be rendered");
            unavailable(common, lang, "/")
        }
    }
}

/// What stands on the leaflet.
pub(crate) fn leaflet_sheet(pack: &Pack, wording: &Wording, public_url: &str) -> Handout {
    let words = Words { pack, wording };
    let steps = ["poster-step-1", "poster-step-2", "poster-step-3"];
    let block = |language: &str| LanguageBlock {
        lang: tag(language).to_owned(),
        heading: words.mail(language, "poster-heading"),
        steps: steps.map(|key| words.mail(language, key)).to_vec(),
    };
    let mut sections = Vec::new();
    for language in ["ja", "ja-easy"] {
        sections.push(words.section(language, "data-heading", words.data(language)));
        sections.push(words.section(language, "notice-heading", words.notice(language)));
    }
    words.handout("leaflet", format!("{public_url}/visitors"), vec![block("ja"), block("ja-easy")], sections)
}

/// What stands on the flyer.
pub(crate) fn flyer_sheet(pack: &Pack, wording: &Wording, public_url: &str) -> Handout {
    let words = Words { pack, wording };
    let block = |language: &str| LanguageBlock {
        lang: tag(language).to_owned(),
        heading: words.page(language, "flyer-steps"),
        steps: ["flyer-step-1", "flyer-step-2", "flyer-step-3"].map(|key| words.page(language, key)).to_vec(),
    };
    let blocks = vec![block("ja"), block("ja-easy")];
    let mut merits: Vec<String> =
        ["flyer-merit-1", "flyer-merit-2", "flyer-merit-3"].map(|key| words.page("ja", key)).to_vec();
    if pack.certificate.is_some() {
        merits.push(words.page("ja", "flyer-merit-certificate"));
    }
    let mut asked = ["operator-how-place", "operator-how-outside", "operator-how-voluntary"]
        .map(|key| words.page("ja", key))
        .to_vec();
    if pack.policy.venues.proxy_entry {
        asked.push(words.page("ja", "flyer-proxy"));
    }
    let data = ["operators-notice-visitors", "operators-data"].map(|key| words.page("ja", key)).to_vec();
    let sections = vec![
        words.section("ja", "flyer-merits", merits),
        words.section("ja", "flyer-asked", asked),
        words.section("ja", "operators-data-heading", data),
    ];
    words.handout("flyer", format!("{public_url}/operators"), blocks, sections)
}

/// The words of one pack, and what its policy makes of them.
struct Words<'a> {
    pack: &'a Pack,
    wording: &'a Wording,
}

impl Words<'_> {
    /// Words of mails and posters.
    fn mail(&self, language: &str, key: &str) -> String {
        self.pack.wording.text(language, key, &[])
    }

    /// Words of pages.
    fn page(&self, language: &str, key: &str) -> String {
        self.with(language, key, &[])
    }

    fn with(&self, language: &str, key: &str, own: &[(&str, &str)]) -> String {
        let policy = &self.pack.policy;
        let jurisdiction = policy.jurisdiction.name(language);
        let domain = policy.sender.address.rsplit('@').next().unwrap_or_default();
        let mut values =
            vec![("name", jurisdiction.as_str()), ("domain", domain), ("desk", &policy.desk.name)];
        values.extend_from_slice(own);
        self.wording.text(language, key, &values).unwrap_or_else(|_| key.to_owned())
    }

    fn section(&self, language: &str, heading: &str, lines: Vec<String>) -> Section {
        Section { lang: tag(language).to_owned(), heading: self.page(language, heading), lines }
    }

    /// What is collected and how long it is kept: as `parts/promises.html` says it on pages.
    fn data(&self, language: &str) -> Vec<String> {
        let facts = facts(self.pack);
        let items = |name: &str| {
            let listed = facts[name].as_array().into_iter().flatten().filter_map(Value::as_str);
            let words: Vec<String> =
                listed.map(|item| self.page(language, &format!("item-{item}"))).collect();
            words.join(&self.page(language, "list-joint"))
        };
        let span = match (facts["retention_months"].as_u64(), facts["retention_days"].as_u64()) {
            (Some(months), _) => self.with(language, "span-months", &[("count", &months.to_string())]),
            (None, days) => {
                self.with(language, "span-days", &[("count", &days.unwrap_or_default().to_string())])
            }
        };
        let mut lines = vec![self.with(language, "promise-collects", &[("items", &items("collects"))])];
        let never = items("never");
        if !never.is_empty() {
            lines.push(self.with(language, "promise-never", &[("items", &never)]));
        }
        lines.push(self.with(language, "promise-erased", &[("span", &span)]));
        lines.push(self.page(language, "promise-no-other-use"));
        lines
    }

    /// When a notice comes, and what it says.
    fn notice(&self, language: &str) -> Vec<String> {
        let facts = facts(self.pack);
        let fact = |name: &str| facts[name].as_str().unwrap_or_default().to_owned();
        [
            format!("promise-alert-{}-{}", fact("trigger"), fact("match")),
            format!("promise-alert-names-{}", fact("alert_names")),
            "promise-not-infected".to_owned(),
        ]
        .map(|key| self.page(language, &key))
        .to_vec()
    }

    fn handout(
        &self,
        name: &str,
        url: String,
        blocks: Vec<LanguageBlock>,
        sections: Vec<Section>,
    ) -> Handout {
        let (policy, say) = (&self.pack.policy, |end: &str| self.page("ja", &format!("{name}-{end}")));
        let match_by = facts(self.pack)["match"].as_str().unwrap_or("day").to_owned();
        let line = |language: &str| Line {
            lang: tag(language).to_owned(),
            text: self.page(language, &format!("{name}-headline")),
        };
        // Checked when the pack was read.
        let updated = ServiceDay::parse(&policy.pages.updated_on).unwrap_or(ServiceDay::LAST);
        let desk = &policy.desk;
        Handout {
            language: "ja".into(),
            jurisdiction: policy.jurisdiction.name.clone(),
            system: policy.jurisdiction.system_name.clone(),
            audience: say("audience"),
            headlines: vec![line("ja"), line("ja-easy")],
            lead: if name == "leaflet" {
                self.page("ja", &format!("portal-lead-{match_by}"))
            } else {
                say("lead")
            },
            blocks,
            sections,
            url,
            code_caption: say("caption"),
            code_description: say("description"),
            issued_on: issue_date(updated),
            desk: Some(format!("{} {} {}", desk.name, desk.phone, desk.hours)),
            trademark: policy.pages.trademark.then(|| self.mail("ja", "poster-trademark")),
        }
    }
}
