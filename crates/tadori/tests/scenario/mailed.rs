//! The world of the flow tests, its mail going through a real mail server.

use std::collections::HashSet;

use deliver::Courier;
use deliver::smtp::auth::{Login, Password};
use deliver::smtp::{SmtpCourier, SmtpSettings};

use crate::mail_server::{MailServer, PASSWORD, USERNAME};
use crate::mailbox::{Letter, letters};
use crate::world::World;

/// A world with a mail server.
pub struct Mailed {
    pub world: World,
    server: MailServer,
    seen: HashSet<String>,
}

impl Mailed {
    /// The world of a pack as it ships.
    pub async fn of(pack: &str) -> Self {
        let (mut world, server) = (World::of(pack, |_| {}).await, MailServer::start().await);
        let mut settings = SmtpSettings::new("localhost", server.port(), "tadori.sample.example");
        settings.ca_file = Some(server.ca_file());
        settings.login = Some(Login { username: USERNAME.into(), password: Password::new(PASSWORD) });
        assert_eq!(settings.problems(), []);
        let ring = world.stop_worker();
        world.start_worker_with(ring, Courier::Smtp(SmtpCourier::new(settings).unwrap()));
        Self { world, server, seen: HashSet::new() }
    }

    /// The worker does what there is to do, and so many letters arrive that weren't there before; no others.
    pub async fn receives(&mut self, count: usize) -> Vec<Letter> {
        self.world.settle().await;
        let all = letters(&self.server.wait_for(self.seen.len() + count).await);
        let new: Vec<Letter> = all.into_iter().filter(|letter| !self.seen.contains(&letter.id)).collect();
        assert_eq!(new.len(), count, "{new:#?}");
        self.seen.extend(new.iter().map(|letter| letter.id.clone()));
        for letter in &new {
            assert_eq!(letter.auto_submitted, "auto-generated", "{letter:?}");
            assert!(letter.id.ends_with(self.sender_domain()), "{letter:?}");
        }
        new
    }

    fn sender_domain(&self) -> &str {
        self.world.pack.policy.sender.address.split_once('@').unwrap().1
    }
}
