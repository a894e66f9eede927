//! Registration of a venue: a form from the pack, a page, a mail with link and poster, and what is printed.

use axum::http::header;
use domain::venue::VenueCode;

use crate::form::{Form, form, with};
use crate::page::Page;
use crate::world::{BASE_URL, MINUTE, World};

/// What the operator of a restaurant types.
pub fn registration() -> Form {
    form(&[
        ("kind", "shop"),
        ("name", "髙﨑𠮷辻食堂"),
        ("category", "restaurant"),
        ("seats", "４０"),
        ("postal_code", "〒540-0000"),
        ("address", "大阪市中央区見本町1-2-3"),
        ("contact_name", "髙橋 一"),
        ("email", "operator@shop.example"),
        ("phone", "06-6941-0000"),
        ("agreement", "yes"),
    ])
}

impl World {
    /// Opens the form and sends it.
    pub async fn send_registration(&self, fields: Form) -> Page {
        let nonce = self.get("/venues/new").await.is(200).nonce();
        self.post("/venues", &with(fields, "nonce", &nonce)).await
    }
}

/// OSK-38, OSK-39, OSK-40, HKD-31, HKD-36: register, land on the own page, get one mail with the link and the poster; from
/// the printed code to a check-in. A reload registers and mails once.
#[tokio::test]
async fn a_venue_is_registered_once_and_its_code_leads_to_its_form() {
    let mut world = World::new().await;
    let nonce = world.get("/venues/new").await.is(200).nonce();
    let fields = with(registration(), "nonce", &nonce);
    let answer = world.post("/venues", &fields).await;
    let own = answer.leads_to().to_owned();
    let page = world.get(&own).await.is(200).says("髙﨑𠮷辻食堂").says("登録");
    assert!(!page.headers.contains_key(header::SET_COOKIE));

    // The reload: nothing is registered, nothing mailed, and the key isn't given out again.
    let again = world.post("/venues", &fields).await.is(200).says("受け付けています").does_not_say("key=");
    drop(again);
    assert_eq!((world.count("venue").await, world.count("operator_mail").await), (1, 1));
    world.settle().await;
    assert_eq!(world.settle().await, 0);
    world.post("/venues", &fields).await.is(200);
    world.settle().await;
    assert_eq!((world.count("venue").await, world.count("operator_mail").await), (1, 0));
    let mails = world.mails_to("operator@shop.example");
    assert_eq!((mails.len(), world.inbox.messages().len()), (1, 1));

    let mail = &mails[0];
    assert!(mail.subject.starts_with("【大阪府】施設の登録が完了しました"), "{}", mail.subject);
    assert!(mail.body.contains("施設などの名称：髙﨑𠮷辻食堂"));
    let poster = &mail.attachments[0];
    assert_eq!((poster.file_name.as_str(), poster.media_type.as_str()), ("poster.pdf", "application/pdf"));
    assert!(poster.bytes.starts_with(b"%PDF-") && poster.bytes.len() <= 200 * 1024, "{}", poster.bytes.len());
    let link = mail.body.lines().map(str::trim).find_map(|line| line.strip_prefix(BASE_URL)).unwrap();
    assert!(own.starts_with(link), "{own} and {link}");

    // What the link's page offers.
    let page = world.get(link).await.is(200);
    let offered: Vec<_> = page.addresses().into_iter().filter(|address| address.contains("key=")).collect();
    let of = |end: &str| offered.iter().find(|address| address.contains(end)).unwrap().clone();
    let pdf = world.get(&of("poster.pdf")).await.is(200);
    assert_eq!(pdf.header(header::CONTENT_TYPE), "application/pdf");
    assert!(pdf.bytes.starts_with(b"%PDF-") && pdf.bytes.len() <= 200 * 1024);
    let svg = world.get(&of("code.svg")).await.is(200);
    assert_eq!(svg.header(header::CONTENT_TYPE), "image/svg+xml");
    assert!(svg.text().contains("<svg") && !svg.text().contains("<script"));
    world.get(&of("screen")).await.is(200).says("<svg").says("髙﨑𠮷辻食堂");
    let png = world.get(&of("code.png")).await.is(200);
    assert_eq!(png.header(header::CONTENT_TYPE), "image/png");

    // Scanned, it leads to the form of this venue.
    let address = scanned(&png.bytes);
    let code = address.strip_prefix("HTTPS://TADORI.OSAKA.EXAMPLE/V/").expect("upper case throughout");
    assert!(VenueCode::parse(code).is_some());
    let path = format!("/V/{code}");
    let nonce = world.get(&path).await.is(200).says("髙﨑𠮷辻食堂").nonce();
    world.post(&path, &form(&[("nonce", &nonce), ("email", "mei@visitor.example")])).await.leads_to();
    assert_eq!(world.check_ins_today().await, 1);
}

/// A wrong key, another venue's key, no key and an unknown venue are answered with the same bytes.
#[tokio::test]
async fn a_wrong_key_and_an_unknown_venue_are_alike() {
    let world = World::new().await;
    let mut own = Vec::new();
    for name in ["一号店", "二号店"] {
        let page = world.send_registration(with(registration(), "name", name)).await;
        let address = page.leads_to().to_owned();
        let (path, query) = address.split_once('?').unwrap();
        let key = query.split('&').next().unwrap().to_owned();
        own.push((path.to_owned(), key));
    }
    let (path, key) = &own[0];
    world.get(&format!("{path}?{key}")).await.is(200);
    let last = if key.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{last}", &key[..key.len() - 1]);
    let mut answers = Vec::new();
    for end in ["", "/poster.pdf", "/code.png", "/code.svg", "/screen"] {
        for address in [
            format!("{path}{end}"),
            format!("{path}{end}?key="),
            format!("{path}{end}?{mistyped}"),
            format!("{path}{end}?{}", own[1].1),
            format!("/venues/00000-00000{end}?{key}"),
            format!("/venues/x{end}?{key}"),
        ] {
            answers.push(world.get(&address).await.is(404).bytes);
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

/// OSK-38, C1, C3 to C5: the form asks what the pack lists, kinds, categories, sizes and fields, and nothing else.
#[tokio::test]
async fn the_form_is_the_packs() {
    let world = World::new().await;
    let page = world.get("/venues/new").await.is(200);
    for category in &world.pack.policy.venues.categories {
        assert!(page.text().contains(&format!("value=\"{}\"", category.id)), "{}", category.id);
    }
    for name in ["seats", "floor_m2", "participants", "starts_on", "ends_on", "contact_name", "phone"] {
        assert!(page.field(name).is_some(), "{name}");
    }
    assert!(page.field("daily_users").is_none(), "no category of Osaka's is measured by users a day");

    let world = World::with_pack(|files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        *policy = policy
            .replace("    { name = \"phone\", required = true },\n", "")
            .replace(
                "{ name = \"contact_name\", required = true }",
                "{ name = \"contact_name\", required = false }",
            )
            .replace(
                "kinds = [\"shop\", \"facility\", \"event_indoor\", \"event_outdoor\"]",
                "kinds = [\"shop\", \"facility\"]",
            );
    })
    .await;
    let page = world.get("/venues/new").await.is(200).does_not_say("event_indoor");
    for name in ["phone", "starts_on", "ends_on"] {
        assert!(page.field(name).is_none(), "{name}");
    }
    let fields = with(with(registration(), "contact_name", ""), "phone", "");
    world.send_registration(with(fields.clone(), "kind", "event_indoor")).await.is(422);
    world.send_registration(fields).await.leads_to();
}

/// An event has its days, and takes check-ins on those alone.
#[tokio::test]
async fn an_event_has_its_days() {
    let mut world = World::new().await;
    let day = world.today();
    let event = with(with(registration(), "kind", "event_indoor"), "category", "event");
    let event = with(event, "participants", "150");
    let on = |first: &str, last: &str| with(with(event.clone(), "starts_on", first), "ends_on", last);
    let (today, tomorrow) = (day.to_string(), day.plus_days(1).to_string());
    let past = day.plus_days(-1).to_string();
    for (first, last) in [
        ("", ""),
        (&*today, ""),
        (&*tomorrow, &*today),
        (&*past, &*past),
        ("2026-02-30", &*today),
        ("=1", "=2"),
    ] {
        let page = world.send_registration(on(first, last)).await.is(422);
        assert_eq!(page.field("starts_on").as_deref(), Some(first));
    }
    assert_eq!(world.count("venue").await, 0);
    let page = world.send_registration(on(&tomorrow, &tomorrow)).await;
    let png = page.leads_to().replacen('?', "/code.png?", 1);
    let path = scanned(&world.get(&png).await.is(200).bytes).replace("HTTPS://TADORI.OSAKA.EXAMPLE", "");
    world.get(&path).await.is(404);
    world.pass(13 * 60 * MINUTE).await;
    world.get(&path).await.is(200).says("髙﨑𠮷辻食堂");
}

/// OSK-39: a mail server in trouble loses no operator's mail, and doubles none.
#[tokio::test]
async fn a_mail_server_in_trouble_loses_no_poster() {
    use deliver::inbox::Failure;
    let mut world = World::new().await;
    world.send_registration(registration()).await.leads_to();
    world.inbox.fail_next(1, Failure::Unreachable);
    assert_eq!(world.turn().await.failed, 1);
    world.inbox.fail_next(1, Failure::Transient);
    world.clock.advance(MINUTE);
    world.turn().await;
    assert!(world.inbox.messages().is_empty());
    world.pass(10 * MINUTE).await;
    assert_eq!(world.mails_to("operator@shop.example").len(), 1);
    world.pass(24 * 60 * MINUTE).await;
    assert_eq!(world.inbox.messages().len(), 1);
}

/// Reads the code as a phone does.
pub fn scanned(png: &[u8]) -> String {
    let picture = image::load_from_memory(png).unwrap().to_luma8();
    let mut prepared = rqrr::PreparedImage::prepare(picture);
    let grids = prepared.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}
