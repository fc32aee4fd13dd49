//! Adds an account to `config.toml` for the first-run dialog.
//!
//! The password goes into the file itself, which is made 0600 with it. A second file would be one more place to look
//! when a password changes, and nothing would be safer for it: whoever can read the one can read the other. Who keeps
//! `config.toml` in public has `password_command`.

use std::io;
use std::path::Path;

use jid::BareJid;

use super::rewrite::{append, quoted, unwritable};
use super::{AccountConfig, Config, ConfigError};
use crate::store::account::{HostPort, Pin, Secret};

/// What the first-run dialog asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// The address.
    pub jid: BareJid,
    /// The password.
    pub password: Secret,
    /// Where its server is, if the domain does not lead there.
    pub server: Option<HostPort>,
    /// The fingerprint of the certificate that the user chose to trust.
    pub pin: Option<Pin>,
}

/// Appends an account to the file, or makes the file with it. Every byte that was there stays; the file becomes
/// readable to its owner alone. It is replaced in one step, so that no crash leaves half of it.
pub fn add_account(path: &Path, new: &NewAccount) -> Result<AccountConfig, ConfigError> {
    let config = Config::load(path)?;
    let taken: Vec<_> = config.iter().flat_map(|config| &config.accounts).map(|account| &*account.name).collect();
    let name = free_name(new, &taken);
    let written = append(path, &table(&name, new))?;
    let account = written.accounts.into_iter().find(|account| account.name == name);
    account.ok_or_else(|| unwritable(path)(io::Error::other("the new account is not in it")))
}

/// The name before the @, and a number if that is taken.
fn free_name(new: &NewAccount, taken: &[&str]) -> String {
    let name = new.jid.node().map_or("account", |node| node.as_str());
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(&&**name)).unwrap_or_default()
}

fn table(name: &str, new: &NewAccount) -> String {
    let is_bare = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let key = if is_bare { name.to_owned() } else { quoted(name) };
    let pin = new.pin.map(|pin| format!("pin = \"{pin}\"\n")).unwrap_or_default();
    let server = new.server.as_ref().map(|server| format!("server = {}\n", quoted(&server.to_string())));
    let (jid, password) = (quoted(new.jid.as_str()), quoted(new.password.reveal()));
    format!("[accounts.{key}]\njid = {jid}\npassword = {password}\n{}{pin}", server.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::{EXAMPLE, Password};
    use super::*;

    fn juliet() -> NewAccount {
        NewAccount {
            jid: BareJid::new("juliet@capulet.lit").unwrap(),
            password: Secret::new("o \"Romeo\"\\\u{e9}"),
            server: Some(HostPort { host: "::1".to_owned(), port: 5222 }),
            pin: Some(Pin([7; 32])),
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_first_account_comes_with_every_key_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("balcony/config.toml");
        let account = add_account(&path, &juliet()).unwrap();
        assert_eq!(account.name, "juliet");
        assert_eq!(account.password, Password::Known(juliet().password));
        assert_eq!((account.server, account.pin), (juliet().server, juliet().pin));
        assert!(fs::read_to_string(&path).unwrap().starts_with(EXAMPLE.trim_end()));
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_in_the_file_stays_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let before = "# mine\n[accounts.juliet]\njid = 'a@b'\npassword_command = 'true'\n";
        fs::write(&path, before).unwrap();
        assert_eq!(add_account(&path, &juliet()).unwrap().name, "juliet-2");
        assert!(fs::read_to_string(&path).unwrap().starts_with(before));
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_link_to_the_file_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, real) = (folder.path().join("config.toml"), folder.path().join("dotfile"));
        fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &path).unwrap();
        add_account(&path, &juliet()).unwrap();
        assert!(path.is_symlink());
        assert!(fs::read_to_string(&real).unwrap().contains("juliet@capulet.lit"));
    }

    #[test]
    fn a_faulty_file_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "nonsense").unwrap();
        add_account(&path, &juliet()).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "nonsense");
    }
}
