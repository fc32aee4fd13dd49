//! A Prosody of one test's own, in a network namespace.

use std::net::Ipv4Addr;
use std::thread;

use tempfile::TempDir;

use super::ground::{DOMAIN, Ground, PASSWORD};
use super::prosody;
use crate::support::netns::Namespace;
use crate::support::process::Process;

/// The server and its data. A test that fails with it shows the server's view.
pub(crate) struct OwnProsody {
    ground: Ground,
    _process: Process,
    _folder: TempDir,
}

impl OwnProsody {
    /// Starts one that listens at this address of the namespace, at the usual ports.
    pub(crate) fn start(place: &Namespace, address: Ipv4Addr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ground = Ground::alone(folder.path(), address);
        prosody::settle(&ground, "");
        let process = prosody::start(&ground, place.command("prosody"));
        OwnProsody { ground, _process: process, _folder: folder }
    }

    /// The line of an account's table that leads here.
    pub(crate) fn route(&self) -> String {
        format!("server = \"{}:{}\"\ntls = \"starttls\"\n", self.ground.address, self.ground.ports.c2s)
    }

    /// Whose account, with what certificate: the table of `juliet` or `romeo`, who know each other.
    pub(crate) fn account(&self, name: &str, route: &str) -> String {
        let pin = &self.ground.pin;
        format!("[accounts.home]\njid = \"{}/balcony\"\npassword = \"{PASSWORD}\"\npin = \"{pin}\"\n{route}", jid(name))
    }
}

/// The bare JID of `juliet` or `romeo`.
pub(crate) fn jid(name: &str) -> String {
    format!("{name}1@{DOMAIN}")
}

impl Drop for OwnProsody {
    #[expect(clippy::print_stderr, reason = "libtest shows it with the test that failed")]
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("Prosody wrote last:\n{}", self.ground.end_of_log());
        }
    }
}
