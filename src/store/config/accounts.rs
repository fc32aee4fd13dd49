//! `[accounts.NAME]`: who logs in, where, how protected, and where the password comes from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jid::Jid;
use serde::Deserialize;

use super::Others;
use super::document::{Table, Word, read};
use super::fault::Fault;
use crate::store::account::{Account, HostPort, Pin, Secret, Tls, is_loopback};
use crate::store::paths::expand_home;

/// The table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountTable {
    jid: Word,
    password: Option<Word>,
    password_command: Option<Word>,
    server: Option<Word>,
    tls: Option<Word>,
    pin: Option<Word>,
    ca: Option<PathBuf>,
    autoconnect: Option<bool>,
}

/// An account as configured: all but the password is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountConfig {
    /// The name in `[accounts.NAME]`.
    pub name: String,
    /// Bare, or with the resource to ask for.
    pub jid: Jid,
    /// Where the password is.
    pub password: Password,
    /// Where to connect instead of where SRV says.
    pub server: Option<HostPort>,
    /// How the connection is protected.
    pub tls: Tls,
    /// Accept exactly this certificate.
    pub pin: Option<Pin>,
    /// Roots to trust besides the system's: a PEM file.
    pub ca: Option<PathBuf>,
    /// Whether it connects as soon as Balcony starts.
    pub autoconnect: bool,
}

/// Where a password is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// Here.
    Known(Secret),
    /// On the first line that this command prints.
    Command(String),
}

/// Where a command for a password may ask the user to unlock something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompts {
    /// At the terminal.
    AtTerminal,
    /// Only in a window of its own: the terminal has something else on it.
    Elsewhere,
}

/// The command did not give the password. What it printed is not repeated: it may be the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("password_command of account {account} {what}; run it in a shell to see why: {command}")]
pub struct NoPassword {
    account: String,
    command: String,
    what: String,
}

/// Checks every account and brings them into the order of the file.
pub(super) fn check(
    tables: BTreeMap<Word, Table<AccountTable>>,
    folder: &Path,
    others: Others,
) -> Result<Vec<AccountConfig>, Fault> {
    let mut tables: Vec<_> = tables.into_iter().collect();
    tables.sort_by_key(|(name, _)| name.span().start);
    tables.into_iter().map(|(name, Table(table))| table.check(&name, folder, others)).collect()
}

impl AccountTable {
    fn check(self, name: &Word, folder: &Path, others: Others) -> Result<AccountConfig, Fault> {
        let jid = self.jid.get_ref();
        let no_address = |_| Fault::new(self.jid.span(), format!("{jid:?} is no address like juliet@capulet.lit"));
        let jid = Jid::new(jid).map_err(no_address)?;
        if jid.node().is_none() {
            return Err(Fault::new(self.jid.span(), format!("{jid} is a server, not an account; write NAME@{jid}")));
        }
        let server = self.server.as_ref().map(read).transpose()?;
        let tls = self.tls.map_or(Ok(Tls::Auto), |tls| check_tls(&tls, &jid, server.as_ref()))?;
        Ok(AccountConfig {
            password: check_password(name, self.password, self.password_command, others)?,
            name: name.get_ref().clone(),
            jid,
            server,
            tls,
            pin: self.pin.as_ref().map(read).transpose()?,
            ca: self.ca.map(|path| folder.join(expand_home(&path))),
            autoconnect: self.autoconnect.unwrap_or(true),
        })
    }
}

/// Without protection only this machine is spoken to: nobody else can listen there.
fn check_tls(word: &Word, jid: &Jid, server: Option<&HostPort>) -> Result<Tls, Fault> {
    let wanted = read(word)?;
    let stays_here = server.map_or_else(|| is_loopback(jid.domain().as_str()), HostPort::is_loopback);
    if wanted == Tls::None && !stays_here {
        let host = server.map_or(jid.domain().as_str(), |server| &server.host);
        let what = format!("tls = \"none\" is only for loopback addresses, and {host} is none; leave tls out");
        return Err(Fault::new(word.span(), what));
    }
    Ok(wanted)
}

fn check_password(
    name: &Word,
    password: Option<Word>,
    command: Option<Word>,
    others: Others,
) -> Result<Password, Fault> {
    match (password, command) {
        (Some(password), None) if others != Others::Nothing => {
            let what = "a password stands here and others may read this file; chmod 600 it, or use password_command";
            Err(Fault::new(password.span(), what))
        }
        (Some(password), None) => Ok(Password::Known(Secret::new(password.into_inner()))),
        (None, Some(command)) if others == Others::Write => {
            let what = "others may write this file, and so say what is run here; chmod 600 it";
            Err(Fault::new(command.span(), what))
        }
        (None, Some(command)) => Ok(Password::Command(command.into_inner())),
        (Some(_), Some(command)) => {
            Err(Fault::new(command.span(), "password and password_command exclude each other; leave one out"))
        }
        (None, None) => {
            let what = format!("account {} has no password; add password_command or password", name.get_ref());
            Err(Fault::new(name.span(), what))
        }
    }
}

impl AccountConfig {
    /// The account with its password. Runs `password_command` and waits for it, however long the user takes to
    /// unlock something.
    pub fn unlock(&self, prompts: Prompts) -> Result<Account, NoPassword> {
        let password = match &self.password {
            Password::Known(secret) => secret.clone(),
            Password::Command(command) => self.ask(command, prompts)?,
        };
        Ok(Account {
            name: self.name.clone(),
            jid: self.jid.clone(),
            password,
            server: self.server.clone(),
            tls: self.tls,
            pin: self.pin.map(|Pin(hash)| hash),
            extra_ca: self.ca.clone(),
        })
    }

    fn ask(&self, command: &str, prompts: Prompts) -> Result<Secret, NoPassword> {
        let fail = |what: String| NoPassword { account: self.name.clone(), command: command.to_owned(), what };
        let terminal = || match prompts {
            Prompts::AtTerminal => Stdio::inherit(),
            Prompts::Elsewhere => Stdio::null(),
        };
        let output = Command::new("sh")
            .arg("-c")
            .arg(command)
            .stdin(terminal())
            .stderr(terminal())
            .output()
            .map_err(|why| fail(format!("could not be started: {why}")))?;
        if !output.status.success() {
            return Err(fail(format!("failed with {}", output.status)));
        }
        let printed = String::from_utf8(output.stdout).map_err(|_| fail("printed no text".to_owned()))?;
        match printed.lines().next() {
            Some(password) if !password.is_empty() => Ok(Secret::new(password)),
            Some(_) | None => Err(fail("printed nothing".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn parse(keys: &str, others: Others) -> Result<AccountConfig, String> {
        let text = format!("[accounts.home]\njid = \"juliet@capulet.lit/balcony\"\n{keys}");
        let config = Config::parse(&text, Path::new("/etc/balcony"), others);
        config.map(|mut config| config.accounts.remove(0)).map_err(|fault| {
            let told = fault.place(Path::new("c"), &text).to_string();
            told.strip_prefix("c:").unwrap().to_owned()
        })
    }

    fn account(keys: &str) -> Result<AccountConfig, String> {
        parse(&format!("password = \"x\"\n{keys}"), Others::Nothing)
    }

    fn asking(command: &str) -> Result<Account, String> {
        let account = parse(&format!("password_command = '{command}'"), Others::Read).unwrap();
        account.unlock(Prompts::AtTerminal).map_err(|why| why.to_string())
    }

    #[test]
    fn every_key_is_read_into_its_type() {
        let hex = "ab".repeat(32);
        let keys = format!("server = \"[::1]:5222\"\ntls = \"direct\"\npin = \"sha256:{hex}\"\nca = \"ca.pem\"\n");
        let read = account(&keys).unwrap();
        assert_eq!(read.jid, Jid::new("juliet@capulet.lit/balcony").unwrap());
        assert_eq!(read.server, Some(HostPort { host: "::1".to_owned(), port: 5222 }));
        assert_eq!(read.tls, Tls::Direct);
        assert_eq!(read.pin, Some(Pin([0xab; 32])));
        assert_eq!(read.ca, Some(PathBuf::from("/etc/balcony/ca.pem")), "relative to the file it stands in");
        assert!(read.autoconnect && !account("autoconnect = false").unwrap().autoconnect);
    }

    #[test]
    fn no_tls_is_for_this_machine_alone() {
        assert_eq!(account("server = \"127.0.0.1:5222\"\ntls = \"none\"").unwrap().tls, Tls::None);
        assert_eq!(account("server = \"localhost:5222\"\ntls = \"none\"").unwrap().tls, Tls::None);
        let told = account("server = \"192.0.2.1:5222\"\ntls = \"none\"").unwrap_err();
        assert_eq!(told, "5:7: tls = \"none\" is only for loopback addresses, and 192.0.2.1 is none; leave tls out");
        let told = account("tls = \"none\"").unwrap_err();
        assert!(told.starts_with("4:7: ") && told.contains("capulet.lit is none"), "{told}");
    }

    #[test]
    fn wrong_values_are_told_where_they_stand() {
        assert!(account("tls = \"ssl\"").unwrap_err().starts_with("4:7: \"ssl\" is no protection"));
        assert!(account("server = \"capulet.lit\"").unwrap_err().starts_with("4:10: \"capulet.lit\" names no port"));
        assert!(account("pin = \"ab\"").unwrap_err().starts_with("4:7: a pin is"));
        assert!(account("jid = \"x\"").unwrap_err().starts_with("4:1: this stands further up already"));
    }

    #[test]
    fn an_account_has_an_address_and_a_server_is_none() {
        let told = |text: &str| {
            let fault = Config::parse(text, Path::new("/"), Others::Nothing);
            fault.unwrap_err().place(Path::new("c"), text).to_string()
        };
        let server = told("[accounts.home]\njid = \"capulet.lit\"");
        assert_eq!(server, "c:2:7: capulet.lit is a server, not an account; write NAME@capulet.lit");
        let spaced = told("[accounts.home]\njid = \"ju liet@capulet.lit\"");
        assert_eq!(spaced, "c:2:7: \"ju liet@capulet.lit\" is no address like juliet@capulet.lit");
        assert_eq!(told("[accounts.home]\npassword = \"x\""), "c:1:1: jid is missing here");
    }

    #[test]
    fn a_password_in_a_file_that_others_can_read_is_refused() {
        let told = parse("password = \"x\"", Others::Read).unwrap_err();
        assert!(told.starts_with("3:12: ") && told.contains("chmod 600"), "{told}");
        assert!(parse("password_command = \"true\"", Others::Read).is_ok());
    }

    #[test]
    fn a_command_in_a_file_that_others_can_write_is_not_run() {
        let told = parse("password_command = \"true\"", Others::Write).unwrap_err();
        assert!(told.starts_with("3:20: others may write this file") && told.contains("chmod 600"), "{told}");
        assert!(parse("password = \"x\"", Others::Write).is_err());
        let modes = [0o600, 0o400, 0o640, 0o604, 0o620, 0o666].map(Others::by);
        let [nothing, read, write] = [Others::Nothing, Others::Read, Others::Write];
        assert_eq!(modes, [nothing, nothing, read, read, write, write]);
    }

    #[test]
    fn there_is_exactly_one_source_of_the_password() {
        assert!(parse("", Others::Nothing).unwrap_err().contains("account home has no password"));
        assert!(account("password_command = \"true\"").unwrap_err().contains("exclude each other"));
    }

    #[test]
    fn a_command_gives_its_first_line() {
        let printed = |command| asking(command).unwrap().password.reveal().to_owned();
        assert_eq!(printed("echo \"but soft\""), "but soft");
        assert_eq!(printed("printf secret"), "secret");
        assert_eq!(printed("printf \"one\\nurl: two\\n\""), "one");
    }

    #[test]
    fn a_command_that_fails_is_told_without_what_it_printed() {
        let told = asking("echo secret; exit 3").unwrap_err();
        assert!(told.contains("failed with exit status: 3"), "{told}");
        assert!(!told.replace("echo secret", "").contains("secret"));
        assert!(asking("true").unwrap_err().contains("printed nothing"));
    }
}
