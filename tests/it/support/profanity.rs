//! A contact with profanity, at a terminal of their own.

use std::fs;
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rusqlite::{Connection, OpenFlags, Row};
use tempfile::TempDir;

use super::daemon::Account;
use super::terminal::Terminal;

/// What they want of their program: copies for every device, receipts, corrections, the archive.
const WISHES: [&str; 6] =
    ["/splash off", "/carbons on", "/mam on", "/receipts request on", "/receipts send on", "/correction on"];

/// Where it keeps everything, in its home.
const DATA: &str = ".local/share/profanity";

/// Somebody who sits at profanity.
pub(crate) struct Profanity {
    terminal: Terminal,
    jid: String,
    home: TempDir,
}

/// A message that profanity has kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// As its sender called it.
    pub(crate) id: String,
    /// Which message it puts right.
    pub(crate) corrects: Option<String>,
    /// Whose it is, without a resource.
    pub(crate) from: String,
    pub(crate) body: String,
}

impl Profanity {
    /// Logs in.
    pub(crate) async fn sit_down(account: &Account) -> Profanity {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(DATA);
        fs::create_dir_all(&folder).unwrap();
        let port = account.server.port();
        let Account { jid, password, .. } = account;
        let accounts = format!(
            "[me]\nenabled=true\njid={jid}\nserver=127.0.0.1\nport={port}\npassword={password}\n\
             resource=profanity\ntls.policy=trust\n"
        );
        let path = folder.join("accounts");
        fs::write(&path, accounts).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let terminal = start(&home).await;
        let profanity = Profanity { terminal, jid: jid.clone(), home };
        profanity.connect().await;
        profanity
    }

    /// Starts it again with what it has kept.
    pub(crate) async fn start_again(&mut self) {
        self.terminal = start(&self.home).await;
        self.connect().await;
    }

    /// Goes online, and knows then what the server can: a window that is opened earlier never asks the archive.
    pub(crate) async fn connect(&self) {
        let (_, domain) = self.jid.split_once('@').unwrap();
        let features = ["<iq", "type=\"result\"", &format!("from=\"{domain}\""), "disco#info"];
        let before = self.heard(&features);
        self.say("/connect me");
        let is_ready = |screen: &str| screen.contains("[online]") && self.heard(&features) > before;
        self.until("profanity to be online", is_ready).await;
    }

    /// Goes offline.
    pub(crate) async fn disconnect(&self) {
        self.say("/disconnect");
        self.until("profanity to be offline", |screen| screen.contains("[offline]")).await;
    }

    /// What is in its database, in the order in which it came there; nothing while it is being written to.
    pub(crate) fn kept(&self) -> Vec<Kept> {
        let folder = self.jid.replace('@', "_at_");
        let path = self.home.path().join(DATA).join("database").join(folder).join("chatlog.db");
        read_kept(&path).unwrap_or_default()
    }

    /// How many stanzas with all of these words it has heard, in all its runs.
    pub(crate) fn heard(&self, words: &[&str]) -> usize {
        let log = fs::read(self.home.path().join(DATA).join("logs/profanity.log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let stanzas = log.lines().filter_map(|line| line.split_once("RECV: "));
        stanzas.filter(|(_, stanza)| words.iter().all(|word| stanza.contains(word))).count()
    }
}

/// Starts it, and tells it what is wanted. It writes every stanza into its log.
async fn start(home: &TempDir) -> Terminal {
    let mut command = Command::new("profanity");
    command.args(["-l", "DEBUG"]).env("HOME", home.path()).env("LANG", "C.UTF-8");
    let terminal = Terminal::start(&command);
    terminal.until_line(&["Profanity. Type /help"]).await;
    for wish in WISHES {
        terminal.say(wish);
    }
    terminal
}

/// Reads the database without locking it: what profanity cannot write because somebody reads, it never writes.
fn read_kept(path: &Path) -> rusqlite::Result<Vec<Kept>> {
    let address = format!("file:{}?immutable=1", path.display());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let database = Connection::open_with_flags(address, flags)?;
    let mut rows = database.prepare("SELECT stanza_id, replace_id, from_jid, message FROM ChatLogs ORDER BY id")?;
    let read = |row: &Row| {
        let corrects: Option<String> = row.get(1)?;
        let corrects = corrects.filter(|id| !id.is_empty());
        Ok(Kept { id: row.get(0)?, corrects, from: row.get(2)?, body: row.get(3)? })
    };
    rows.query_map([], read)?.collect()
}

impl Deref for Profanity {
    type Target = Terminal;

    fn deref(&self) -> &Terminal {
        &self.terminal
    }
}
