//! Every page that there is here, by whom it is for (KNG-21).

use axum::extract::State;
use axum::response::Response;
use domain::policy::{Listing, Way};
use serde_json::{Value, json};

use super::own_pages::shown;
use super::pages::plain;
use crate::form::Lang;
use crate::state::Public;

/// The list.
pub(crate) async fn get(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let pack = &public.0.common.pack;
    let app = pack.policy.channels.has(Way::AppPwa);
    let listed_venues = pack.policy.venues.listing == Listing::Public;
    let reports = pack.policy.cases.self_report;
    let visitors = [
        ("/visitors", "nav-visitors", true),
        ("/app", "app-heading", app),
        ("/app/venues", "app-venues-heading", app && listed_venues),
        ("/leaflet.pdf", "handout-leaflet", true),
        ("/report", "nav-report", reports),
    ];
    let operators = [
        ("/operators", "nav-operators", true),
        ("/venues/new", "operator-new-title", true),
        ("/gallery", "gallery-title", !pack.gallery.is_empty()),
        ("/flyer.pdf", "handout-flyer", true),
        ("/enquiry", "enquiry-title", pack.policy.venues.inquiry_form),
    ];
    let everybody = [
        ("/", "crumbs-home", true),
        ("/faq", "nav-faq", true),
        ("/ask", "ask-title", true),
        ("/thresholds", "nav-thresholds", true),
        ("/privacy", "nav-privacy", true),
        ("/erasures", "nav-erasures", true),
        ("/changes", "changes-title", !pack.changes.is_empty()),
    ];
    let own = pack.own_pages.iter().filter(|page| !page.in_guide).map(|page| {
        let words = shown(page, lang);
        json!({ "href": format!("/pages/{}", page.name), "title": words["title"], "lang": words["lang"] })
    });
    let mut groups = [listed(&everybody), listed(&visitors), listed(&operators)];
    groups[0].extend(own);
    let [everybody, visitors, operators] = groups;
    let groups = json!([
        { "heading": "sitemap-everybody", "links": everybody },
        { "heading": "portal-visitors", "links": visitors },
        { "heading": "portal-operators", "links": operators },
    ]);
    plain(&public, lang, "pages/sitemap.html", "/sitemap", json!({ "groups": groups }))
}

/// Those that are there, each with the key of its words.
fn listed(links: &[(&str, &str, bool)]) -> Vec<Value> {
    let there = links.iter().filter(|(.., there)| *there);
    there.map(|(href, key, _)| json!({ "href": href, "key": key })).collect()
}
