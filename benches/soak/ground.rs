//! What they stand on, and what fails of it: names, a disk, a clock.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::{NamedTempFile, TempDir};

use super::support::netns::internet::Host;
use super::support::process::{Process, by_another_clock};

/// Holds the largest file twice and all that is kept beside it.
const DISK: &str = "size=48m";

/// Who says where the server is.
pub(crate) struct Names {
    dns: Option<Process>,
    folder: TempDir,
}

impl Names {
    /// The server's own host does.
    pub(crate) fn of(server: &Host) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("resolv.conf"), format!("nameserver {}\n", server.address())).unwrap();
        let mut names = Names { dns: None, folder };
        names.say(server, server.address());
        names
    }

    /// What stands before a program that is to ask there.
    pub(crate) fn way_in(&self) -> Vec<String> {
        let resolver = self.folder.path().join("resolv.conf");
        let script = format!(r#"mount --bind {} /etc/resolv.conf; exec "$0" "$@""#, resolver.display());
        ["unshare", "--mount", "sh", "-e", "-c", &script].map(str::to_owned).into()
    }

    /// Nobody answers.
    pub(crate) fn fall_silent(&mut self) {
        self.dns = None;
    }

    /// The domain's server is there.
    pub(crate) fn say(&mut self, server: &Host, there: IpAddr) {
        self.dns = None;
        let mut command = server.place.command("dnsmasq");
        command.args(["--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root", "--pid-file="]);
        command.args(["--conf-file=/dev/null", "--srv-host=_xmpp-client._tcp.capulet.lit,xmpp.capulet.lit,5222"]);
        command.arg(format!("--listen-address={}", server.address()));
        command.arg(format!("--address=/xmpp.capulet.lit/{there}"));
        self.dns = Some(Process::start("dnsmasq", command));
    }
}

/// A small disk of its own under a folder.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// With what is in the folder already.
    pub(crate) fn under(folder: &Path) -> Self {
        let aside = tempfile::tempdir().unwrap();
        run(&format!(
            "cp -a '{folder}/.' '{aside}' && mount -t tmpfs -o {DISK},mode=700 none '{folder}' && cp -a '{aside}/.' '{folder}'",
            folder = folder.display(),
            aside = aside.path().display()
        ));
        Disk(folder.to_owned())
    }

    /// Nothing more has a place on it.
    pub(crate) fn fill(&self) {
        run(&format!("! dd if=/dev/zero of='{}' bs=4k 2>/dev/null", self.filler().display()));
    }

    /// There is room again.
    pub(crate) fn clear(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run(&format!("umount --lazy '{}'", self.0.display()));
    }
}

fn run(script: &str) {
    let status = Command::new("sh").args(["-e", "-c", script]).status().unwrap();
    assert!(status.success(), "{script}: {status}");
}

/// The time of the day, as somebody's machine has it.
pub(crate) struct Clock(NamedTempFile);

impl Clock {
    /// Right.
    pub(crate) fn new() -> Self {
        let clock = Clock(NamedTempFile::new().unwrap());
        clock.set("+0");
        clock
    }

    /// So far from the truth.
    pub(crate) fn set(&self, offset: &str) {
        fs::write(self.0.path(), offset).unwrap();
    }

    /// What stands before a program that goes by it.
    pub(crate) fn way_in(&self) -> Vec<String> {
        by_another_clock(self.0.path())
    }
}
