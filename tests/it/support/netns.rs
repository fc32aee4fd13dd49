//! Network namespaces: networks of a test's own, which it builds, spoils and removes.
//!
//! A namespace has its own interfaces, routes and filters, and real programs run in it as they would on a machine of
//! their own. Making one takes root's rights, and `ip`, `nft` and `nsenter`; a test that lacks them fails and says so.
//! Nothing outside of the namespaces is touched, and no name is used twice, so that test runs may overlap.

pub(crate) mod internet;
pub(crate) mod line;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What all names begin with; the id of the process that made the namespace follows.
const PREFIX: &str = "balcony-";

/// One network stack. It goes when this is dropped, and every program in it with it.
pub(crate) struct Namespace {
    name: String,
}

impl Namespace {
    /// An empty one, but for loopback.
    pub(crate) fn new(role: &str) -> Self {
        static SWEEP: Once = Once::new();
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        SWEEP.call_once(remove_orphans);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{count}-{role}", std::process::id());
        expect_success("a network namespace (this takes root's rights)", &ip(&["netns", "add", &name]));
        let namespace = Namespace { name };
        namespace.run("ip link set lo up");
        namespace
    }

    /// A program that is to run in it.
    pub(crate) fn command(&self, program: &str) -> Command {
        command_by(&self.way_in(), program)
    }

    /// What a command line has to begin with to be run in it.
    pub(crate) fn way_in(&self) -> [String; 3] {
        ["nsenter".to_owned(), format!("--net=/run/netns/{}", self.name), "--".to_owned()]
    }

    /// Runs these lines of shell in it as root, up to the first that fails.
    pub(crate) fn run(&self, script: &str) -> String {
        let mut shell = self.command("sh");
        shell.args(["-e", "-s"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = shell.spawn().unwrap_or_else(|why| panic!("nsenter does not start: {why}"));
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        expect_success(script, &output);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Lays a cable to another one: an interface of that name here, another there, both up.
    pub(crate) fn connect(&self, interface: &str, other: &Namespace, there: &str) {
        let (here, peer) = (["link", "add", interface, "netns", &self.name], ["peer", "name", there]);
        let output = ip(&[&here[..], &["type", "veth"], &peer[..], &["netns", &other.name]].concat());
        expect_success("a cable between two namespaces", &output);
        self.run(&format!("ip link set dev {interface} up"));
        other.run(&format!("ip link set dev {there} up"));
    }
}

/// A program that is to run where that way leads.
pub(crate) fn command_by(way_in: &[String; 3], program: &str) -> Command {
    let mut command = Command::new(&way_in[0]);
    command.args(&way_in[1..]).arg(program);
    command
}

impl Drop for Namespace {
    #[expect(clippy::print_stderr, reason = "a test that panicked already must not do so again")]
    fn drop(&mut self) {
        let output = remove(&self.name);
        if !output.status.success() && !thread::panicking() {
            eprintln!("{} stays: {}", self.name, String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// Ends what runs in a namespace, then removes it.
fn remove(name: &str) -> Output {
    let inside = ip(&["netns", "pids", name]);
    for process in String::from_utf8_lossy(&inside.stdout).split_whitespace() {
        // It may have ended meanwhile, which is as good.
        let _ = Command::new("kill").args(["-KILL", process]).stderr(Stdio::null()).status();
    }
    ip(&["netns", "delete", name])
}

/// Removes what test runs left that were killed.
fn remove_orphans() {
    let list = ip(&["netns", "list"]);
    for name in String::from_utf8_lossy(&list.stdout).lines().filter_map(|line| line.split_whitespace().next()) {
        let maker = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if maker.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            // Another test run may remove it at the same time.
            remove(name);
        }
    }
}

fn ip(arguments: &[&str]) -> Output {
    let output = Command::new("ip").args(arguments).output();
    output.unwrap_or_else(|why| panic!("ip does not start ({why}); tests/run installs everything that the tests need"))
}

fn expect_success(what: &str, output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cannot be had: {what}\n{said}");
}
