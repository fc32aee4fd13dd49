//! A Prosody of one test's own, in a network namespace: it may be killed and come back.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::thread;

use tempfile::TempDir;

use super::ground::{DOMAIN, Ground, PASSWORD};
use super::prosody::{self, LogLevel, World};
use crate::support::netns::{Namespace, command_by};
use crate::support::process::{Process, send_signal};

/// The server and its data. A test that fails with it shows the server's view.
pub(crate) struct OwnProsody {
    way_in: [String; 3],
    ground: Ground,
    process: Option<Process>,
    _folder: TempDir,
}

impl OwnProsody {
    /// Starts one that listens at these addresses of the namespace, at the usual ports.
    pub(crate) fn start(place: &Namespace, addresses: &[IpAddr]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ground = Ground::alone(folder.path(), addresses);
        ground.write("mod_count_in_band.lua", include_str!("mod_count_in_band.lua"));
        prosody::settle(&ground, "\"count_in_band\"", LogLevel::Debug, World::Closed);
        let mut server = OwnProsody { way_in: place.way_in(), ground, process: None, _folder: folder };
        server.come_back();
        server
    }

    /// The lines of an account's table that lead here, at one of its addresses.
    pub(crate) fn route(&self, address: IpAddr) -> String {
        let socket = SocketAddr::new(address, self.ground.ports.c2s);
        format!("server = \"{socket}\"\ntls = \"starttls\"\n")
    }

    /// Whose account, with what certificate: the table of `juliet` or `romeo`, who know each other.
    pub(crate) fn account(&self, name: &str, route: &str) -> String {
        let pin = &self.ground.pin;
        format!("[accounts.home]\njid = \"{}/balcony\"\npassword = \"{PASSWORD}\"\npin = \"{pin}\"\n{route}", jid(name))
    }

    /// Sends it a signal, by its short name.
    pub(crate) fn signal(&self, signal: &str) {
        send_signal(signal, &prosody::process(&self.ground));
    }

    /// How many bytes of files have come to it in-band, those that came twice among them.
    pub(crate) fn counted_in_band(&self) -> u64 {
        let lines = fs::read_to_string(self.ground.folder.join("in-band")).unwrap();
        lines.lines().map(|line| line.parse::<u64>().unwrap()).sum()
    }

    /// Kills it on the spot, as a machine does that loses its power.
    pub(crate) fn die(&mut self) {
        self.signal("KILL");
        self.process = None;
    }

    /// Starts it again with what it has on disk.
    pub(crate) fn come_back(&mut self) {
        self.process = Some(prosody::start(&self.ground, command_by(&self.way_in, "prosody")));
    }

    /// Gives it another certificate, for when it comes back.
    pub(crate) fn change_certificate(&mut self) {
        self.ground.renew_certificates();
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
