//! The straight line through an installation: from a poster in a mailbox to a notice in a mailbox.

use domain::message::{self, MailKind, Named, Text, Written};
use domain::policy::pack::{Pack, PackFiles};

use crate::client::Browser;
use crate::deployment::{Deployment, Mail, Role, files_of, today};
use crate::mail_server::MailServer;
use crate::mailbox::{Letter, letters};
use crate::paper::scanned;
use crate::people::{act, check_in, enter_case, officer, proposed, register};
use crate::process::{SOON, eventually};

/// Waits until so many letters lie in the mailbox; those to one address.
async fn letters_to(server: &MailServer, all: usize, to: &str) -> Vec<Letter> {
    let mut found = letters(&server.wait_for(all).await);
    assert_eq!(found.len(), all, "{found:#?}");
    found.retain(|letter| letter.to == to);
    found
}

fn every_mail_is_in_order(letters: &[Letter]) {
    for letter in letters {
        assert_eq!(letter.auto_submitted, "auto-generated", "{letter:?}");
        let (number, domain) = letter.id.split_once('@').unwrap();
        assert!(number.len() == 32 && number.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", letter.id);
        assert_eq!(domain, "tadori.osaka.example");
    }
    let ids: std::collections::BTreeSet<_> = letters.iter().map(|letter| &letter.id).collect();
    assert_eq!(ids.len(), letters.len(), "each has a number of its own");
}

/// OSK-2..6, OSK-12, OSK-16..18, OSK-22..27, OSK-39, OSK-40 on an installation as it is run: separate
/// processes, a folder of rules of the prefecture's own, and mail over STARTTLS with a password, through
/// somebody else's mail server.
#[tokio::test]
async fn a_code_on_paper_becomes_a_notice_in_a_mailbox() {
    let server = MailServer::start().await;
    let deployment = Deployment::made(&Mail::to(&server));
    from_paper_to_mailbox(server, deployment).await;
}

/// The story, on whichever engine the installation has.
pub async fn from_paper_to_mailbox(server: MailServer, deployment: Deployment) {
    deployment.change_settings("[mail]\n", "[log]\nlevel = \"trace\"\n[mail]\n");
    let mut worker = deployment.worker();
    let mut visitors = deployment.serve("visitor").await;
    let mut officers = deployment.serve("officer").await;
    deployment.is_ready(deployment.visitor_port).await;
    deployment.is_ready(deployment.officer_port).await;
    let mut phone = Browser::at(deployment.visitor_port);

    // An operator registers, and has the poster by mail.
    let page = register(&deployment).await;
    phone.get(&page).await.is(200).says("髙﨑食堂 本町店");
    let welcome = letters_to(&server, 1, "operator@shop.example").await.remove(0);
    let link = welcome.body.lines().find(|line| line.starts_with("http")).unwrap();
    let path = link.strip_prefix(&format!("http://localhost:{}", deployment.visitor_port)).unwrap();
    phone.get(path).await.is(200).says("髙﨑食堂 本町店");
    let [(name, media, poster)] = &welcome.attached[..] else { panic!("{welcome:?}") };
    assert_eq!((name.as_str(), media.as_str()), ("poster.pdf", "application/pdf"));
    let number = path.trim_start_matches("/venues/").split('?').next().unwrap();
    assert!(welcome.subject.contains(number) && welcome.body.contains(number), "{welcome:?}");
    let again = path.replace('?', "/poster.pdf?");
    assert_eq!(&phone.get(&again).await.is(200).body, poster, "what is downloaded is what was sent");

    // The code on the printed poster is the venue's address, in capitals.
    let venue = domain::id::VenueId::parse(number).unwrap();
    let venue = deployment.intake().await.venue(venue).await.unwrap().unwrap();
    let scanned = scanned(poster);
    assert_eq!(scanned, format!("HTTP://LOCALHOST:{}/V/{}", deployment.visitor_port, venue.code));
    assert_eq!(scanned, scanned.to_uppercase());
    let code = &scanned[scanned.find("/V/").unwrap()..];

    // Visitors scan it; one of them twice, one of them is infected.
    check_in(&deployment, code, "mei@visitor.example").await;
    check_in(&deployment, code, "mei@visitor.example").await;
    check_in(&deployment, code, "haruto@visitor.example").await;
    check_in(&deployment, code, "patient@visitor.example").await;
    let confirmations = letters_to(&server, 5, "mei@visitor.example").await;
    assert!(confirmations.len() == 2 && confirmations.iter().all(Letter::is_confirmation));
    for place in ["髙﨑", "本町", number, &venue.code.to_string(), "http"] {
        assert!(!confirmations[0].body.contains(place), "the confirmation names {place}");
    }

    // The patient reports with a code from the health centre.
    let mut officer = officer(&deployment).await;
    let page = act(&mut officer, "/codes", "/codes", &[]).await.is(200).text();
    let code = page.split_once("<p class=\"code\">").unwrap().1.split_once('<').unwrap().0.to_owned();
    let nonce = phone.get("/report").await.is(200).nonce();
    let day = today().to_string();
    let report = [
        ("nonce", nonce.as_str()),
        ("code", &code),
        ("email", "patient@visitor.example"),
        ("has_symptoms", "yes"),
        ("onset_on", &day),
        ("positive_on", &day),
    ];
    assert!(phone.post("/report", &report).await.leads_to().starts_with("/report/thanks"));
    let case = eventually("the report is a case", SOON, async || {
        officer.get("/cases").await.is(200).links("/cases/").into_iter().find(|link| link != "/cases/new")
    });
    let case = case.await;
    let notice = proposed(&mut officer, &case).await;
    let page = officer.get(&notice).await.is(200).says("お知らせする人数").says("2人");
    assert!(!page.text().contains("visitor.example"), "officers see counts");
    assert_eq!(server.messages().len(), 5, "nothing is sent before it was approved");

    // Approved, it reaches those who were there, once each, and not the patient.
    let path = format!("{notice}/approve");
    assert_eq!(act(&mut officer, &notice, &path, &[]).await.leads_to(), notice);
    let mut all = letters(&server.wait_for(7).await);
    eventually("the page shows how far it is", SOON, async || {
        let page = officer.get(&notice).await.is(200).text();
        let line = "<dt>送信済み</dt><dd class=\"big\">2通</dd>";
        (page.contains(line) && page.contains("最後の1通")).then_some(())
    })
    .await;
    officer.get(&case).await.is(200).says("受付から送信完了まで");

    // A second case of the same place and day tells nobody again.
    let second = enter_case(&mut officer, "本町-2", &venue).await;
    let told = proposed(&mut officer, &second).await;
    assert_eq!(told, notice, "it joins the notice that there is");

    // Asked to stop, each ends its work; what it did until then is in the mailbox.
    for process in [&mut visitors, &mut officers, &mut worker] {
        process.stop().await;
    }
    all = letters(&server.wait_for(all.len()).await);
    assert_eq!(all.len(), 7, "{all:#?}");
    every_mail_is_in_order(&all);
    let mut told: Vec<&Letter> = all.iter().filter(|letter| letter.is_notice()).collect();
    told.sort_by(|one, other| one.to.cmp(&other.to));
    let [haruto, mei] = told[..] else { panic!("{told:#?}") };
    assert_eq!((haruto.to.as_str(), mei.to.as_str()), ("haruto@visitor.example", "mei@visitor.example"));
    assert_eq!(haruto.body, mei.body);
    let text = Text { subject: mei.subject.clone(), body: mei.body.clone() };
    let (rules, kind) = (rules(&deployment), MailKind::Alert);
    let mail = Written { kind, language: "ja".into(), named: Named::Nothing, text };
    assert_eq!(message::lint(&rules.policy, &rules.wording, &mail), Vec::<String>::new());
    for secret in ["髙﨑", "本町", number, "patient", "example"] {
        assert!(
            !mail.text.body.contains(secret) && !mail.text.subject.contains(secret),
            "the notice names {secret}"
        );
    }

    // Whatever is logged, no address is.
    let said = deployment.said();
    for address in ["mei@", "haruto@", "patient@", "operator@", "@visitor", "@shop"] {
        let line = said.lines().find(|line| line.contains(address));
        assert_eq!(line, None, "an address is in the log");
    }
    deployment.succeeds_as(Role::Worker, &["doctor"], "");
}

fn rules(deployment: &Deployment) -> Pack {
    let files = files_of(&deployment.path("etc/rules"));
    let files: PackFiles = files
        .iter()
        .map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(file).unwrap())
        })
        .collect();
    Pack::parse(files).unwrap()
}
