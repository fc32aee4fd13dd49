//! Real XMPP servers, started for the tests and shared among them.
//!
//! A server of each kind starts when the first test asks for it, with its own configuration, certificate, data and
//! ports on 127.0.0.1, and lives until the last test is over. It knows couples of accounts who are on each other's
//! roster; every test takes a couple that nobody else has. The servers that Debian's packages may run as services are
//! neither used nor disturbed.

mod ejabberd;
pub(crate) mod foreign;
mod ground;
mod mariadb;
pub(crate) mod own;
mod prosody;

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;

use super::process::Process;
use ejabberd::Archive;
use ground::{COUPLES, DOMAIN, Ground, PASSWORD};
use prosody::{LogLevel, World};

/// Which server, and how it is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Prosody,
    /// Writes down what matters and not all that passes, as one that was installed does: for measurements.
    #[allow(dead_code, reason = "only benchmarks measure")]
    QuietProsody,
    /// Reached by the servers of other domains, which tests play.
    OpenProsody,
    /// With the limit of Debian's configuration file: 10 kB/s for all that a client says.
    SlowProsody,
    Ejabberd,
    /// With its archive in `MariaDB`, where it searches.
    SearchingEjabberd,
}

/// A server that runs.
pub(crate) struct Server {
    kind: Kind,
    ground: Ground,
    couples: AtomicUsize,
    /// They live as long as this does.
    _processes: Mutex<Vec<Process>>,
}

/// Two people who see each other online. A test that fails with them shows the server's view of it.
pub(crate) struct Couple {
    pub(crate) juliet: Account,
    pub(crate) romeo: Account,
}

/// Who logs in, and where.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) jid: String,
    pub(crate) password: String,
    pub(crate) server: &'static Server,
}

impl Server {
    /// The one server of its kind.
    pub(crate) fn shared(kind: Kind) -> &'static Server {
        static PROSODY: OnceLock<Server> = OnceLock::new();
        static QUIET_PROSODY: OnceLock<Server> = OnceLock::new();
        static OPEN_PROSODY: OnceLock<Server> = OnceLock::new();
        static SLOW_PROSODY: OnceLock<Server> = OnceLock::new();
        static EJABBERD: OnceLock<Server> = OnceLock::new();
        static SEARCHING_EJABBERD: OnceLock<Server> = OnceLock::new();
        let server = match kind {
            Kind::Prosody => &PROSODY,
            Kind::QuietProsody => &QUIET_PROSODY,
            Kind::OpenProsody => &OPEN_PROSODY,
            Kind::SlowProsody => &SLOW_PROSODY,
            Kind::Ejabberd => &EJABBERD,
            Kind::SearchingEjabberd => &SEARCHING_EJABBERD,
        };
        server.get_or_init(|| Server::start(kind))
    }

    /// Two accounts that nobody else has taken.
    pub(crate) fn couple(&'static self) -> Couple {
        let number = self.couples.fetch_add(1, Ordering::Relaxed) + 1;
        assert!(number <= COUPLES, "there are only {COUPLES} couples on {:?}", self.kind);
        let account = |name: &str| Account {
            jid: format!("{name}{number}@{DOMAIN}"),
            password: PASSWORD.to_owned(),
            server: self,
        };
        Couple { juliet: account("juliet"), romeo: account("romeo") }
    }

    /// Where clients connect.
    pub(crate) fn port(&self) -> u16 {
        self.ground.ports.c2s
    }

    /// Where they speak TLS from the first byte; Prosody's alone.
    pub(crate) fn direct_tls_port(&self) -> u16 {
        self.ground.ports.direct_tls
    }

    /// The certificate of the authority that made the server's.
    pub(crate) fn authority(&self) -> PathBuf {
        self.ground.folder.join("authority.pem")
    }

    /// The certificate's fingerprint, as `pin` takes it.
    pub(crate) fn pin(&self) -> &str {
        &self.ground.pin
    }

    fn start(kind: Kind) -> Self {
        let ground = Ground::fresh(&format!("{kind:?}").to_lowercase());
        let processes = match kind {
            Kind::Prosody => vec![start_prosody(&ground, "", LogLevel::Debug, World::Closed)],
            Kind::QuietProsody => vec![start_prosody(&ground, "", LogLevel::Info, World::Closed)],
            Kind::OpenProsody => vec![start_prosody(&ground, "", LogLevel::Info, World::Open)],
            Kind::SlowProsody => vec![start_prosody(&ground, "\"limits\"", LogLevel::Debug, World::Closed)],
            Kind::Ejabberd => vec![ejabberd::start(&ground, Archive::ItsOwn)],
            Kind::SearchingEjabberd => {
                let database = mariadb::start(&ground);
                vec![ejabberd::start(&ground, Archive::InMariaDb), database]
            }
        };
        Server { kind, ground, couples: AtomicUsize::new(0), _processes: Mutex::new(processes) }
    }
}

fn start_prosody(ground: &Ground, modules: &str, log: LogLevel, world: World) -> Process {
    prosody::settle(ground, modules, log, world);
    prosody::start(ground, Command::new("prosody"))
}

impl Drop for Couple {
    #[expect(clippy::print_stderr, reason = "libtest shows it with the test that failed")]
    fn drop(&mut self) {
        if thread::panicking() {
            let server = self.juliet.server;
            eprintln!("{:?} wrote last:\n{}", server.kind, server.ground.end_of_log());
        }
    }
}
