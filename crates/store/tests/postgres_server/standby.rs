//! A second server that follows the first, for tests of what happens when the first is gone.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::PostgresServer;

/// Copies the first server's files and follows it from there, under a name of its own.
const COPY: &str =
    r#""$1/pg_basebackup" -D data -R -X stream -c fast -U tadori -d "$PRIMARY" > made.log 2>&1"#;

impl PostgresServer {
    /// A standby of this server, by the name by which `synchronous_standby_names` knows it. It follows, and takes
    /// no writes until it is promoted.
    pub fn standby(&self, folder: PathBuf, port: u16, options: &str, name: &str) -> Self {
        let primary = format!(
            "rm -rf data; PRIMARY=\"host='{}' port={} application_name={name}\"; {COPY}",
            self.folder.display(),
            self.port
        );
        Self::made(folder, port, &primary, options)
    }

    /// Makes a standby the one that takes writes.
    pub fn promote(&self) {
        let script = r#"cd "$2" && "$1/pg_ctl" -D data -w promote > promoted.log 2>&1"#;
        assert!(self.shell(script, ""), "it isn't promoted");
    }

    /// Ends the server and each process of it without a warning, as a power cut would.
    pub fn kill(&self) {
        let file = self.folder.join("data/postmaster.pid");
        let head = fs::read_to_string(&file).expect("it runs");
        let server = head.lines().next().expect("its number").to_owned();
        // Its children are asked for before it is gone, for nobody's children are everybody's. Whoever follows it on
        // its files must not find a server that is still ending.
        let script = format!(
            "all=\"{server} $(ps -o pid= --ppid {server})\"; kill -KILL $all; for one in $all; do \
             while grep -q '^State:.[^Z]' /proc/$one/status; do sleep 0.02; done; done 2> /dev/null; rm -f \"$1/data/postmaster.pid\" \"$1/\".s.PGSQL.*"
        );
        let killed = Command::new("sh").args(["-c", &script, "sh"]).arg(&self.folder).status();
        assert!(killed.is_ok_and(|status| status.success()), "it is killed");
    }

    /// Starts a server that was killed on the files that it left.
    pub fn start_again(&self, options: &str) {
        self.start("true", options);
    }
}
