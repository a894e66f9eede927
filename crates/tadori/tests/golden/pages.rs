//! Every public page of every pack in Japanese, and each page once in English.
//!
//! Answers of the questions are left out: they stand in the pack word for word. So does what a poster or PDF says.

use std::fmt::Write as _;

use domain::policy::pack::PackFiles;

use crate::form::form;
use crate::golden;
use crate::page::Page;
use crate::visible::{part, words};
use crate::world::World;

/// The pages that a pack may have; one that it hasn't is 404 and stands in no file.
const PAGES: [&str; 16] = [
    "/",
    "/visitors",
    "/operators",
    "/faq",
    "/ask",
    "/privacy",
    "/thresholds",
    "/erasures",
    "/changes",
    "/gallery",
    "/sitemap",
    "/report",
    "/report/thanks",
    "/enquiry",
    "/enquiry/thanks",
    "/venues/new",
];

/// HKD-43, KNG-19, OSK-10, OSK-11, OSK-15, OSK-33, OSK-35: every page is as it was last read by a person.
#[tokio::test]
async fn every_page_of_every_pack_is_as_it_was_read() {
    let mut english: Vec<(String, String)> = Vec::new();
    for name in crate::built_in() {
        let world = World::of(&name, |_| {}).await;
        let mut all = String::new();
        let home = world.get("/").await.is(200);
        writeln!(all, "════ head and foot of every page\n{}{}", seen(&home, "header"), seen(&home, "footer"))
            .unwrap();
        for path in paths(&world, true).await {
            let page = world.get(&path).await;
            if page.status == 404 && !path.contains("unknown") {
                continue;
            }
            writeln!(all, "════ {}\n{}", title(&path, &page), shown(&path, &page)).unwrap();
        }
        golden(&format!("pages-{name}"), &all);
        let world = World::of(&name, in_english).await;
        for path in paths(&world, english.is_empty()).await {
            let page = world.get(&format!("{}&lang=en", joined(&path))).await;
            let kind = kind(&path);
            if (page.status == 404 && !path.contains("unknown"))
                || english.iter().any(|(known, _)| *known == kind)
            {
                continue;
            }
            english.push((kind, format!("════ {}\n{}", title(&path, &page), shown(&path, &page))));
        }
    }
    let all: Vec<String> = english.into_iter().map(|(_, text)| text).collect();
    golden("pages-in-english", &all.join("\n"));
}

/// The pack, with English if it has none.
fn in_english(files: &mut PackFiles) {
    let policy = files.get_mut("jurisdiction.toml").unwrap();
    if !policy.contains("languages = ") {
        *policy = policy.replacen("[notices]\n", "[notices]\nlanguages = [\"ja\", \"en\"]\n", 1);
    }
}

/// A path that a language can be added to.
fn joined(path: &str) -> String {
    let path = path.replace("&lang=ja", "");
    if path.contains('?') { path } else { format!("{path}?") }
}

/// Which page it is, whatever venue it is of.
fn kind(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    path.split('/').filter(|word| word.len() < 11 || word.bytes().all(|b| b.is_ascii_lowercase())).collect()
}

/// All pages, those of a venue included where they are wanted: its poster takes a while.
async fn paths(world: &World, of_venues: bool) -> Vec<String> {
    let mut paths: Vec<String> = PAGES.iter().map(|path| (*path).to_owned()).collect();
    let own = world.pack.own_pages.iter().filter(|page| !page.in_guide);
    paths.extend(own.map(|page| format!("/pages/{}", page.name)));
    if !of_venues {
        return paths;
    }
    let category = world.pack.policy.venues.categories[0].id.clone();
    let venue = world.venue("見本食堂", &category, 40).await;
    paths.push(format!("/v/{}", venue.code));
    if world.pack.policy.channels.mails() {
        paths.push(world.checked_in(&venue, "mei@visitor.example").await);
    }
    paths.extend(["/v/unknown".to_owned(), registered(world).await]);
    paths
}

/// An operator registers, and where the own page is.
async fn registered(world: &World) -> String {
    let category = &world.pack.policy.venues.categories[0];
    let nonce = world.get("/venues/new").await.is(200).nonce();
    let mut fields = form(&[
        ("nonce", &nonce),
        ("kind", "shop"),
        ("name", "見本食堂"),
        ("category", &category.id),
        ("seats", "40"),
        ("floor_m2", "40"),
        ("participants", "40"),
        ("daily_users", "40"),
        ("postal_code", "000-0000"),
        ("address", "見本市見本町1-2-3"),
        ("contact_name", "見本 花子"),
        ("email", "operator@shop.example"),
        ("phone", "00-0000-0000"),
        ("naming", "yes"),
        ("agreement", "yes"),
    ]);
    if let Some(industry) = world.pack.industry_of(&category.id) {
        fields.extend(industry.measures.iter().map(|measure| ("measure".to_owned(), measure.id.clone())));
        fields.extend(form(&[("step", "measures")]));
    }
    world.post("/venues", &fields).await.leads_to().to_owned()
}

fn title(path: &str, page: &Page) -> String {
    let path = words(path);
    let (path, title) = (path.trim(), part(page.text(), "title"));
    format!("{} {} {}", page.status.as_u16(), path, title.split(" | ").next().unwrap_or_default())
}

fn seen(page: &Page, tag: &str) -> String {
    words(part(page.text(), tag))
}

/// The page, without the answers of the questions.
fn shown(path: &str, page: &Page) -> String {
    let all = seen(page, "main");
    if path != "/faq" {
        return all;
    }
    let question = |line: &&str| line.starts_with(['?', '#', '-']);
    all.lines().filter(question).map(|line| format!("{line}\n")).collect()
}
