//! A contact with profanity, at a terminal of their own.

use std::fs;
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;

use super::daemon::Account;
use super::terminal::Terminal;

/// What they want of their program: copies for every device, receipts, corrections, the archive.
const WISHES: [&str; 6] =
    ["/splash off", "/carbons on", "/mam on", "/receipts request on", "/receipts send on", "/correction on"];

/// Somebody who sits at profanity.
pub(crate) struct Profanity {
    terminal: Terminal,
    _home: TempDir,
}

impl Profanity {
    /// Logs in.
    pub(crate) async fn sit_down(account: &Account) -> Profanity {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".local/share/profanity");
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
        let mut command = Command::new("profanity");
        command.env("HOME", home.path()).env("LANG", "C.UTF-8");
        let terminal = Terminal::start(&command);
        terminal.until_line(&["Profanity. Type /help"]).await;
        for wish in WISHES {
            terminal.say(wish);
        }
        let profanity = Profanity { terminal, _home: home };
        profanity.connect().await;
        profanity
    }

    /// Goes online.
    pub(crate) async fn connect(&self) {
        self.say("/connect me");
        self.until("profanity to be online", |screen| screen.contains("[online]")).await;
    }

    /// Goes offline.
    pub(crate) async fn disconnect(&self) {
        self.say("/disconnect");
        self.until("profanity to be offline", |screen| screen.contains("[offline]")).await;
    }
}

impl Deref for Profanity {
    type Target = Terminal;

    fn deref(&self) -> &Terminal {
        &self.terminal
    }
}
