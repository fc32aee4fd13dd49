//! People who use other clients: the programs in `tests/peers`, all driven in the one way that its README tells.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use super::daemon::Account;
use super::process::Process;
use super::sample::Sample;

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers");

/// What the contact's client is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    Libpurple,
    Slixmpp,
    Xmpp4r,
}

/// A contact who is online.
pub(crate) struct Contact {
    process: Process,
    /// Where received files go.
    _folder: TempDir,
    jid: String,
}

/// How a transfer ended for the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The file at this path is whole, as far as the contact knows.
    Done(PathBuf),
    Error(String),
}

impl Contact {
    /// Accepts what is offered.
    pub(crate) fn who_receives(library: Library, account: &Account) -> Self {
        Self::start(library, account, &["--mode", "receive"])
    }

    /// Declines what is offered.
    pub(crate) fn who_declines(library: Library, account: &Account) -> Self {
        Self::start(library, account, &["--mode", "decline"])
    }

    /// Offers a file as soon as the contact is online; `methods` as in the README.
    pub(crate) fn who_sends(library: Library, account: &Account, file: &Sample, to: &str, arguments: &[&str]) -> Self {
        let file = file.path().to_str().unwrap();
        Self::start(library, account, &[&["--mode", "send", "--peer", to, "--file", file], arguments].concat())
    }

    /// Chats with somebody, as the head of `slixmpp_chat.py` says.
    pub(crate) fn who_chats(account: &Account, with: &str) -> Self {
        Self::started("slixmpp, chatting", python("slixmpp_chat.py"), account, &["--peer", with])
    }

    /// Waits until the contact's client tells of something, and returns that.
    pub(crate) fn hears(&mut self, what: &str) -> Value {
        self.process.wait_for(&format!("{what:?}"), |line| {
            let event: Value = serde_json::from_str(line).ok()?;
            (event["event"] == what).then_some(event)
        })
    }

    /// The full JID.
    pub(crate) fn jid(&self) -> &str {
        &self.jid
    }

    /// Waits until the contact's client holds a transfer for ended.
    pub(crate) fn ending(&mut self) -> Ending {
        self.process.wait_for("how the transfer ended", |line| {
            let event: Value = serde_json::from_str(line).ok()?;
            let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
            match event["event"].as_str()? {
                "done" => Some(Ending::Done(PathBuf::from(text("path")))),
                "error" => Some(Ending::Error(text("reason"))),
                _ => None,
            }
        })
    }

    /// Waits until the contact is offered a file.
    pub(crate) fn offered(&mut self) {
        self.process.wait_for("that a file is offered", |line| line.contains("\"offer\"").then_some(()));
    }

    /// Waits until this very file is whole, as the contact's client sees it, and is.
    pub(crate) fn receives(&mut self, sample: &Sample) {
        self.offered();
        match self.ending() {
            Ending::Done(path) => sample.assert_same(&path),
            Ending::Error(reason) => self.fail(&format!("received nothing: {reason}")),
        }
    }

    fn start(library: Library, account: &Account, arguments: &[&str]) -> Self {
        Self::started(&format!("{library:?}"), library.command(), account, arguments)
    }

    fn started(name: &str, mut command: Command, account: &Account, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let jid = format!("{}/contact", account.jid);
        command.args(["--jid", &jid, "--password", &account.password]);
        command.args(["--host", "127.0.0.1", "--port", &account.server.port().to_string()]);
        command.arg("--dir").arg(folder.path()).args(arguments).env("HOME", folder.path());
        let mut process = Process::start(&format!("{name} as {jid}"), command);
        process.wait_for("\"ready\"", |line| line.contains("\"ready\"").then_some(()));
        Contact { process, _folder: folder, jid }
    }

    /// Stops the test, with everything that the contact's client said.
    pub(crate) fn fail(&self, what: &str) -> ! {
        self.process.fail(what)
    }
}

impl Library {
    pub(crate) const ALL: [Library; 3] = [Library::Libpurple, Library::Slixmpp, Library::Xmpp4r];

    fn command(self) -> Command {
        match self {
            Library::Libpurple => Command::new(compiled_libpurple()),
            Library::Slixmpp => python("slixmpp_peer.py"),
            Library::Xmpp4r => {
                let mut command = Command::new("ruby");
                command.arg(format!("{PROGRAMS}/xmpp4r.rb"));
                command
            }
        }
    }
}

/// A program in Python, with the libraries that `tests/run` installs.
fn python(program: &str) -> Command {
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/venv/bin/python"));
    command.arg(format!("{PROGRAMS}/{program}"));
    command
}

/// Compiles the program once for all tests.
fn compiled_libpurple() -> &'static Path {
    static COMPILED: OnceLock<PathBuf> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libpurple");
        let script = r#"flags=$(pkg-config --cflags --libs purple) && cc -O1 -rdynamic -Wall "$1" -o "$2" $flags"#;
        let source = format!("{PROGRAMS}/libpurple.c");
        let compiler = Command::new("sh").args(["-c", script, "sh", &source]).arg(&program).output().unwrap();
        let said = String::from_utf8_lossy(&compiler.stderr);
        assert!(
            compiler.status.success(),
            "libpurple's contact cannot be compiled; tests/run installs what that needs: {said}"
        );
        program
    })
}
