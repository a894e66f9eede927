//! What an officer reads of every pack's decisions: the reason of every visit, and a notice from its proposal to its
//! end.

use std::fmt::Write as _;

use domain::policy::ClusterTrigger;
use domain::threshold::ThresholdTable;
use domain::venue::Size;

use crate::form::form;
use crate::golden;
use crate::story::Officer;
use crate::visible::{part, words};
use crate::world::{MINUTE, World};

/// HKD-13, OSK-13, OSK-14, OSK-41, KYC-8, KNG-25: reasons and decisions are as they were last read by a person.
#[tokio::test]
async fn every_decision_of_every_pack_is_as_it_was_read() {
    for name in crate::built_in() {
        let mut world = World::of(&name, |_| {}).await;
        let officer = world.officer("sato").await;
        let mut told = Told::default();
        reasons(&mut world, &officer, &mut told).await;
        notice(&mut world, &officer, &mut told).await;
        declined(&mut world, &officer, &mut told).await;
        cluster(&world, &officer, &mut told).await;
        golden(&format!("decisions-{name}"), &told.0);
    }
}

/// What the officer has read so far.
#[derive(Default)]
struct Told(String);

impl Told {
    async fn read(&mut self, world: &World, officer: &Officer, what: &str, path: &str) {
        let page = world.see(officer, path).await.is(200);
        writeln!(self.0, "════ {what}\n{}", words(part(page.text(), "main"))).unwrap();
    }

    /// The same without the mails, which were read before.
    async fn read_on(&mut self, world: &World, officer: &Officer, what: &str, path: &str) {
        let page = world.see(officer, path).await.is(200);
        let all = words(part(page.text(), "main"));
        let (before, mails) = all.split_once("\n## 届くメ").unwrap();
        let after = mails.split_once("\n## ").map_or(String::new(), |(_, after)| format!("\n## {after}"));
        writeln!(self.0, "════ {what}\n{before}{after}").unwrap();
    }
}

/// A case whose visits each end in another reason.
async fn reasons(world: &mut World, officer: &Officer, told: &mut Told) {
    let category = world.pack.policy.venues.categories[0].clone();
    let empty = world.venue("だれもいない店", &category.id, 40).await;
    let early = world.venue("ずっと前の店", &category.id, 40).await;
    let day = world.today();
    let (empty, early) = (empty.id.to_string(), early.id.to_string());
    let mut visits = vec![(empty.as_str(), day), (early.as_str(), day.plus_days(-9)), ("登録のない店", day)];
    let mut big = String::new();
    if let Some((id, size)) = world.pack.thresholds.as_ref().and_then(|table| needs_two(world, table)) {
        let venue = world.venue("基準に届かない店", &id, size).await;
        world.visit(&venue, "mei@visitor.example").await;
        big.push_str(&venue.id.to_string());
        visits.push((big.as_str(), day));
    }
    let fields = world.case_form("見本-1", day, day, &visits);
    let case = world.act(officer, "/cases/new", fields).await.leads_to().to_owned();
    world.settle().await;
    told.read(world, officer, "reasons why no notice is proposed", &case).await;
}

/// A category and size of which the table asks for more than one case.
fn needs_two(world: &World, table: &ThresholdTable) -> Option<(String, i64)> {
    let categories = world.pack.policy.venues.categories.iter();
    let sized = categories.filter_map(|category| Some((category, category.measure?)));
    let tried =
        sized.flat_map(|(category, measure)| [40, 4_000].map(|value| (category, Size { measure, value })));
    tried
        .filter(|(category, size)| {
            table.row(&category.level, Some(*size), world.today()).is_some_and(|found| found.row.cases > 1)
        })
        .map(|(category, size)| (category.id.clone(), size.value))
        .next()
}

/// A notice that is proposed, approved, held and sent.
async fn notice(world: &mut World, officer: &Officer, told: &mut Told) {
    let category = world.pack.policy.venues.categories[0].id.clone();
    let venue = world.venue("見本食堂", &category, 40).await;
    world.visit(&venue, "mei@visitor.example").await;
    world.visit(&venue, "ken@visitor.example").await;
    let case = world.enter(officer, "見本-2", &[(&venue, world.today())]).await;
    world.settle().await;
    told.read(world, officer, "a case whose visit leads to a notice", &format!("/cases/{case}")).await;
    let notice = world.proposed().await;
    let page = format!("/notices/{notice}");
    told.read(world, officer, "the notice, proposed", &page).await;
    world.approve(officer, notice).await;
    told.read_on(world, officer, "the notice, approved and held", &page).await;
    world.pass(11 * MINUTE).await;
    told.read_on(world, officer, "the notice, released", &page).await;
}

/// A notice that an officer declines.
async fn declined(world: &mut World, officer: &Officer, told: &mut Told) {
    let category = world.pack.policy.venues.categories[0].id.clone();
    let venue = world.venue("全員に連絡した店", &category, 40).await;
    world.visit(&venue, "yui@visitor.example").await;
    world.enter(officer, "見本-3", &[(&venue, world.today())]).await;
    world.settle().await;
    let notice = world.proposed().await;
    let reason = form(&[("reason", "全員に電話で連絡済み")]);
    world.act(officer, &format!("/notices/{notice}/decline"), reason).await.leads_to();
    told.read_on(world, officer, "a notice that was declined", &format!("/notices/{notice}")).await;
}

/// What the officer sees before declaring a cluster, where the pack has such notices.
async fn cluster(world: &World, officer: &Officer, told: &mut Told) {
    if world.pack.policy.notices.cluster == ClusterTrigger::Off {
        return;
    }
    let day = world.today().to_string();
    let fields = form(&[("venue", "全員に連絡した店"), ("from", &day), ("to", &day), ("act", "propose")]);
    let answer = world.act(officer, "/clusters/new", fields).await;
    told.read(world, officer, "the notice of a cluster, proposed", answer.leads_to()).await;
}
