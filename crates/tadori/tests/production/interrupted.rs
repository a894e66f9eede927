//! A worker that is killed again and again while it sends.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use deliver::receiver::{Options, Receiver};

use crate::deployment::{Deployment, Mail};
use crate::mailbox::{Letter, letter};
use crate::people::{act, check_in_all, enter_case, officer, path_of, proposed, venue};
use crate::process::{Process, SOON, eventually};

const VISITORS: usize = 400;

/// How many letters come between one kill and the next: within a hundred that are handed over side by side,
/// at their end, and across. Half as many as there are visitors, for no letter need come twice, and some come
/// between the last one that is counted and the kill.
const STEPS: [usize; 6] = [1, 30, 69, 10, 60, 20];

struct Kills<'a> {
    deployment: &'a Deployment,
    receiver: &'a Receiver,
    worker: Process,
}

impl Kills<'_> {
    fn letters(&self, of: fn(&Letter) -> bool) -> Vec<Letter> {
        let messages = self.receiver.messages();
        messages.iter().map(|message| letter(&message.eml)).filter(of).collect()
    }

    async fn wait_for(&self, of: fn(&Letter) -> bool, count: usize) {
        eventually(&format!("{count} letters"), SOON, async || {
            (self.letters(of).len() >= count).then_some(())
        })
        .await;
    }

    /// Kills the worker at each of the steps, and starts it again.
    async fn kill_while_sending(&mut self, of: fn(&Letter) -> bool) {
        for step in STEPS {
            self.wait_for(of, self.letters(of).len() + step).await;
            self.worker.kill();
            // What a killed worker had claimed is free after two minutes, which are over now.
            self.deployment.execute("lib/office/office.db", "update outbox set lease_until = 0").await;
            self.worker = self.deployment.worker();
        }
    }

    /// Waits until each visitor has such a letter: the same one, however often it came.
    async fn everybody_has_one(&self, of: fn(&Letter) -> bool, emails: &[String]) -> usize {
        let told = eventually("everybody is told", SOON, async || {
            let mut told: BTreeMap<String, Vec<Letter>> = BTreeMap::new();
            for letter in self.letters(of) {
                told.entry(letter.to.clone()).or_default().push(letter);
            }
            emails.iter().all(|email| told.contains_key(email)).then_some(told)
        })
        .await;
        assert_eq!(told.len(), emails.len(), "nobody else is told");
        let mut numbers = BTreeSet::new();
        for (email, letters) in &told {
            let first = &letters[0];
            for letter in letters {
                assert_eq!(letter.id, first.id, "{email} has two different letters");
                assert_eq!((&letter.subject, &letter.body), (&first.subject, &first.body));
            }
            assert!(numbers.insert(first.id.clone()), "{} was given twice", first.id);
        }
        told.values().map(|letters| letters.len() - 1).sum()
    }
}

/// DESIGN section 9: at least once, under a constant number. Six times in the middle of four hundred
/// confirmations, and six times in the middle of four hundred notices, the worker is killed: nobody is missed,
/// and whatever comes twice is the same message.
#[tokio::test]
async fn a_worker_killed_while_sending_misses_nobody_and_tells_nobody_twice() {
    let options = Options { delay: Duration::from_millis(20), ..Options::default() };
    let receiver = Receiver::start(options).await.unwrap();
    let mail = Mail::plain(receiver.address().port());
    let (deployment, _door, mut worker) = Deployment::running(&mail).await;
    let venue = venue(&deployment).await;
    worker.stop().await;
    let emails: Vec<String> =
        (0..VISITORS).map(|visitor| format!("visitor-{visitor}@mail.example")).collect();
    check_in_all(&deployment, &path_of(&venue), &emails).await;

    let worker = deployment.worker();
    let mut kills = Kills { deployment: &deployment, receiver: &receiver, worker };
    kills.kill_while_sending(Letter::is_confirmation).await;
    let again = kills.everybody_has_one(Letter::is_confirmation, &emails).await;
    println!("confirmations: {VISITORS}, and {again} of them again");

    let _console = deployment.serve("officer").await;
    let mut officer = officer(&deployment).await;
    let case = enter_case(&mut officer, "本町-1", &venue).await;
    let notice = proposed(&mut officer, &case).await;
    officer.get(&notice).await.is(200).says(&format!("{VISITORS}人"));
    assert_eq!(act(&mut officer, &notice, &format!("{notice}/approve"), &[]).await.leads_to(), notice);
    kills.kill_while_sending(Letter::is_notice).await;
    let again = kills.everybody_has_one(Letter::is_notice, &emails).await;
    println!("notices: {VISITORS}, and {again} of them again");

    // The officer is shown them all, once each, and the ledger has survived the kills.
    eventually("the page counts them all", SOON, async || {
        let page = officer.get(&notice).await.is(200).text();
        page.contains(&format!("<dt>送信済み</dt><dd class=\"big\">{VISITORS}通</dd>")).then_some(())
    })
    .await;
    assert!(deployment.succeeds(&["doctor"], "").contains("the chain is whole"));
}
