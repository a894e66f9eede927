//! The installation on PostgreSQL: settings of its own for each process, which is a role of its own to the server.

use std::fs;
use std::path::PathBuf;

use super::{Deployment, Mail, ROOT, Role, TADORI, free_port};
use crate::postgres_server::Pair;
use crate::process::Process;

impl Role {
    /// Whom it is to a server of databases.
    const fn of_database(self) -> &'static str {
        match self {
            Self::VisitorDoor => "tadori_visitors",
            Self::OfficerDoor => "tadori_officers",
            Self::Worker | Self::Engineer => "tadori_worker",
        }
    }
}

impl Deployment {
    /// As [`Self::made`], on a pair of PostgreSQL's databases, where each process has a role of its own.
    pub fn made_on_postgres(mail: &Mail) -> Self {
        let mut deployment = Self::prepared(mail);
        let pair = deployment.pair.insert(Pair::empty());
        let urls: Vec<_> = [Role::VisitorDoor, Role::OfficerDoor, Role::Worker, Role::Engineer]
            .into_iter()
            .flat_map(|role| ["intake", "office"].map(|zone| (role, zone)))
            .map(|(role, zone)| (format!("etc/{role:?}.{zone}.url"), pair.url(role.of_database(), zone)))
            .collect();
        for (file, url) in urls {
            fs::write(deployment.path(&file), url).unwrap();
            deployment.give(&deployment.path(&file), ROOT, TADORI, 0o640);
        }
        let etc = deployment.path("etc");
        deployment.change_settings(
            "[store]\n",
            &format!(
                "[store]\nengine = \"postgres\"\ntls = \"none\"\nintake_url_file = \"{0}/ROLE.intake.url\"\n\
                 office_url_file = \"{0}/ROLE.office.url\"\n",
                etc.display()
            ),
        );
        deployment.make()
    }

    /// The settings of one role's machine: on PostgreSQL each has addresses of its own.
    pub(super) fn settings_of(&self, role: Role) -> PathBuf {
        if self.pair.is_none() {
            return self.settings();
        }
        let own = self.path(&format!("etc/{role:?}.toml"));
        let text = fs::read_to_string(self.settings()).unwrap();
        fs::write(&own, text.replace("ROLE", &format!("{role:?}"))).unwrap();
        self.give(&own, ROOT, TADORI, 0o640);
        own
    }

    /// One more visitors' door, on a port of its own, which is spoken to from here on.
    pub async fn another_node(&mut self) -> Process {
        let port = free_port();
        self.change_settings(
            &format!("listen = \"127.0.0.1:{}\"", self.visitor_port),
            &format!("listen = \"127.0.0.1:{port}\""),
        );
        self.visitor_port = port;
        let node = self.serve("visitor").await;
        self.is_ready(port).await;
        node
    }
}
