//! Balcony as scripts drive it: a configuration, a command line, events in JSON, an exit code.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use balcony::store::database::Database;
use balcony::store::journal::{self, Past, Question};
use serde_json::Value;
use tempfile::TempDir;

use super::daemon::Account;
use super::process::Process;
use super::sample::Sample;
use super::terminal::Terminal;

/// Everything stays on loopback unless a test says otherwise.
const LOOPBACK: &str = "listen = \"127.0.0.1:0\"\nadvertise = [\"127.0.0.1\"]\n";
/// Nobody listens there: the listener is bound to another address.
pub(crate) const DEAD_STREAMHOST: &str = "listen = \"127.0.0.1:0\"\nadvertise = [\"127.0.0.9\"]\n";

const PROGRAM: &str = env!("CARGO_BIN_EXE_balcony");

const RESOURCE: &str = "balcony";

/// One person's Balcony: an account and a home of its own.
pub(crate) struct Balcony {
    home: TempDir,
    jid: String,
    /// What starts it: its path, after whatever takes it elsewhere first.
    program: Vec<String>,
}

/// A `balcony send` or `balcony receive` that runs, while its home and its file are there.
pub(crate) struct Running<'home> {
    process: Process,
    events: Vec<Value>,
    home: &'home Balcony,
}

impl Balcony {
    /// As most tests want it.
    pub(crate) fn of(account: &Account) -> Self {
        Self::with(account, LOOPBACK)
    }

    /// Another device of the same person.
    pub(crate) fn beside(account: &Account, resource: &str) -> Self {
        let access = by_starttls(account, &format!("pin = \"{}\"", account.server.pin()));
        let Account { jid, password, .. } = account;
        let config = format!(
            "[accounts.home]\njid = \"{jid}/{resource}\"\npassword = \"{password}\"\n{access}\n[transfers]\n{LOOPBACK}"
        );
        Self::new(jid, &config, &[])
    }

    /// Without a resource in its configuration.
    pub(crate) fn unnamed(account: &Account) -> Self {
        let access = by_starttls(account, &format!("pin = \"{}\"", account.server.pin()));
        let Account { jid, password, .. } = account;
        let config = format!(
            "[accounts.home]\njid = \"{jid}\"\npassword = \"{password}\"\n{access}\n[transfers]\n{LOOPBACK}\
             downloads = \"~/downloads\"\n"
        );
        Self::new(jid, &config, &[])
    }

    /// Another machine, with a copy of everything.
    pub(crate) fn copied(&self) -> Self {
        let home = tempfile::tempdir().unwrap();
        let copied = Command::new("cp").arg("-a").arg(self.home.path().join(".")).arg(home.path()).status().unwrap();
        assert!(copied.success());
        Balcony { home, jid: self.jid.clone(), program: self.program.clone() }
    }

    /// With these lines as `[transfers]`.
    pub(crate) fn with(account: &Account, transfers: &str) -> Self {
        Self::configured(account, &by_starttls(account, &format!("pin = \"{}\"", account.server.pin())), transfers)
    }

    /// The same, started by way of other programs.
    pub(crate) fn by_way_of(account: &Account, transfers: &str, programs: &[String]) -> Self {
        let mut balcony = Self::with(account, transfers);
        balcony.program.splice(0..0, programs.iter().cloned());
        balcony
    }

    /// Speaking TLS from the first byte.
    pub(crate) fn over_direct_tls(account: &Account) -> Self {
        let (port, pin) = (account.server.direct_tls_port(), account.server.pin());
        let access = format!("server = \"127.0.0.1:{port}\"\ntls = \"direct\"\npin = \"{pin}\"\n");
        Self::configured(account, &access, LOOPBACK)
    }

    /// Trusting the authority that made the server's certificate.
    pub(crate) fn trusting_the_authority(account: &Account) -> Self {
        let authority = account.server.authority();
        Self::configured(account, &by_starttls(account, &format!("ca = \"{}\"", authority.display())), LOOPBACK)
    }

    /// Trusting nobody but whom the system trusts.
    pub(crate) fn trusting_nobody(account: &Account) -> Self {
        Self::configured(account, &by_starttls(account, ""), LOOPBACK)
    }

    fn configured(account: &Account, access: &str, transfers: &str) -> Self {
        let Account { jid, password, .. } = account;
        let config = format!(
            "[accounts.home]\njid = \"{jid}/{RESOURCE}\"\npassword = \"{password}\"\n{access}\n[transfers]\n{transfers}"
        );
        Self::new(jid, &config, &[])
    }

    /// With this whole configuration, in which that account is the first; started by way of other programs.
    pub(crate) fn new(jid: &str, config: &str, by_way_of: &[String]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        fs::write(&path, config).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        Balcony { home, jid: jid.to_owned(), program: [by_way_of, &[PROGRAM.to_owned()]].concat() }
    }

    /// Its configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.home.path().join("config.toml")
    }

    /// Saves another configuration as editors do: beside the old one, and in its place then.
    pub(crate) fn reconfigure(&self, config: &str) {
        let fresh = self.home.path().join(".config.toml.new");
        fs::write(&fresh, config).unwrap();
        fs::set_permissions(&fresh, Permissions::from_mode(0o600)).unwrap();
        fs::rename(fresh, self.config()).unwrap();
    }

    pub(crate) fn jid(&self) -> &str {
        &self.jid
    }

    /// What is written down of the latest transfers, whatever is told of them already.
    pub(crate) fn journal(&self) -> Vec<Past> {
        let database = Database::open(&self.home.path().join("state/balcony/balcony.db")).unwrap().database;
        journal::ask(&database, &Question { account: None, with: None, failed: false, before: None, most: 10 }).unwrap()
    }

    /// Where received files go.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.home.path().join("downloads")
    }

    /// What is there.
    pub(crate) fn downloaded(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.downloads()).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// `balcony send`, with further arguments.
    pub(crate) fn send<'a>(&'a self, file: &'a Sample, to: &str, arguments: &[&str]) -> Running<'a> {
        self.send_from(file.path(), to, arguments)
    }

    /// The same with a file or a folder that lies somewhere.
    pub(crate) fn send_from(&self, path: &Path, to: &str, arguments: &[&str]) -> Running<'_> {
        let mut command = self.command("send");
        command.args(arguments).arg(path).arg(to);
        self.start("send", command)
    }

    /// `balcony receive`, with further arguments; returns once it is online.
    pub(crate) fn receive(&self, arguments: &[&str]) -> Running<'_> {
        let mut command = self.command("receive");
        command.arg("--dir").arg(self.downloads()).args(arguments);
        let mut running = self.start("receive", command);
        running.event("online");
        running
    }

    /// `balcony receive` as a person starts it: all that it writes goes to that file.
    pub(crate) fn receive_in_words(&self, arguments: &[&str], all: &Path) -> Process {
        let mut command = self.program();
        command.arg("receive").arg("--dir").arg(self.downloads()).args(arguments);
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"exec "$@" 2>&1 | tee "$0""#]).arg(all).arg(command.get_program()).args(command.get_args());
        shell.env_clear().envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
        shell.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        Process::start(&format!("balcony receive as {}", self.jid), shell)
    }

    /// What is kept of a conversation, as `balcony export` tells it.
    pub(crate) fn export(&self, with: &str) -> Vec<Value> {
        let output = self.command("export").arg(with).output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// `balcony doctor`: its exit code, and what it says.
    pub(crate) fn doctor(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.program().arg("doctor").args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    fn start(&self, subcommand: &str, command: Command) -> Running<'_> {
        let name = format!("balcony {subcommand} as {}", self.jid);
        Running { process: Process::start(&name, command), events: Vec::new(), home: self }
    }

    /// The screen, with everything that a person sees.
    pub(crate) fn sit_down(&self) -> Terminal {
        Terminal::start(&self.program())
    }

    fn command(&self, subcommand: &str) -> Command {
        let mut command = self.program();
        command.arg(subcommand).arg("--json");
        command
    }

    fn program(&self) -> Command {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]);
        command.env_clear().env("HOME", self.home.path()).env("LANG", "C.UTF-8");
        for (variable, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "runtime"),
        ] {
            command.env(variable, self.home.path().join(folder));
        }
        command.arg("--config").arg(self.home.path().join("config.toml"));
        command
    }
}

impl Running<'_> {
    /// Waits for the next event of that name.
    pub(crate) fn event(&mut self, name: &str) -> Value {
        self.either(&[name])
    }

    /// Waits for the next event of one of these names.
    pub(crate) fn either(&mut self, names: &[&str]) -> Value {
        let events = &mut self.events;
        self.process.wait_for(&format!("{names:?}"), |line| {
            let event: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("no JSON, {why}: {line}"));
            events.push(event.clone());
            names.iter().any(|name| event["event"] == *name).then_some(event)
        })
    }

    /// The full JID.
    pub(crate) fn jid(&self) -> String {
        format!("{}/{RESOURCE}", self.home.jid)
    }

    /// As whom it is online, as it tells.
    pub(crate) fn address(&self) -> String {
        self.addresses()[0].clone()
    }

    /// As whom it has been online, one after the other.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let online = self.events.iter().filter(|event| event["event"] == "online");
        online.map(|event| event["jid"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits until the one transfer is completed by `method`, and the program with it. What else seemed to work is taken
    /// back.
    pub(crate) fn completes(&mut self, method: &str) -> Value {
        let outcome = self.outcome("completed");
        if outcome["via"] != method {
            self.process.fail(&format!("did not come to its end by {method}"));
        }
        self.exits_with(0);
        if self.active() != [method] {
            self.process.fail(&format!("should tell that {method} alone is active"));
        }
        outcome
    }

    /// Waits for the outcome of a transfer that is to be `result`.
    pub(crate) fn outcome(&mut self, result: &str) -> Value {
        let outcome = self.event("outcome");
        if outcome["result"] != result {
            self.process.fail(&format!("has an outcome that is not {result}"));
        }
        outcome
    }

    /// Waits until so many bytes have moved, as it tells.
    pub(crate) fn reaches(&mut self, bytes: u64) {
        while self.event("progress")["bytes"].as_u64().is_none_or(|moved| moved < bytes) {}
    }

    /// The process's number.
    #[allow(dead_code, reason = "only benchmarks look at it from outside")]
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Whether it has come to its end.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.has_ended()
    }

    /// Kills it on the spot.
    pub(crate) fn die(&mut self) {
        self.process.die();
    }

    /// Stops the test if progress was told of more bytes than there are, or went back while nothing was interrupted.
    pub(crate) fn told_no_lies(&self, size: u64) {
        let mut before = 0;
        for event in &self.events {
            match event["event"].as_str() {
                Some("answer" | "interrupted") => before = 0,
                Some("progress") => {
                    let bytes = event["bytes"].as_u64().unwrap_or(u64::MAX);
                    if bytes < before || bytes > size {
                        self.process.fail(&format!("told of {bytes} bytes after {before}, of {size}"));
                    }
                    before = bytes;
                }
                _ => {}
            }
        }
    }

    /// Waits until it ends by itself, with that code.
    pub(crate) fn exits_with(&mut self, code: i32) {
        let status = self.process.wait();
        if status.code() != Some(code) {
            self.process.fail(&format!("does not exit with {code} but {status}"));
        }
    }

    /// The attempts told so far that came to `state`, by method.
    pub(crate) fn attempts(&self, state: &str) -> Vec<String> {
        self.tries(state).map(|event| event["method"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Stops the test unless these attempts failed so far, for these reasons and each within this many seconds.
    pub(crate) fn failed(&self, expected: &[(&str, &str)], seconds: f64) {
        let word = |event: &Value, field: &str| event[field].as_str().unwrap_or_default().to_owned();
        let failed = self.tries("failed").map(|event| (word(event, "method"), word(event, "reason")));
        let is_other = !failed.eq(expected.iter().map(|(method, reason)| ((*method).to_owned(), (*reason).to_owned())));
        let is_late = self.tries("failed").any(|event| event["secs"].as_f64().is_none_or(|took| took > seconds));
        if is_late || is_other {
            self.process.fail(&format!("should tell of {expected:?} within {seconds} s each"));
        }
    }

    /// The methods that are active, as told so far: what became so and did not fail after that.
    fn active(&self) -> Vec<&Value> {
        let mut active: Vec<&Value> = self.tries("active").map(|event| &event["method"]).collect();
        for event in self.tries("failed") {
            active.retain(|method| **method != event["method"]);
        }
        active
    }

    fn tries(&self, state: &str) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(move |event| event["event"] == "attempt" && event["state"] == state)
    }
}

fn by_starttls(account: &Account, trust: &str) -> String {
    format!("server = \"127.0.0.1:{}\"\ntls = \"starttls\"\n{trust}\n", account.server.port())
}
