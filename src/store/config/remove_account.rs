//! Takes an account out of `config.toml` when the user says so: the lines of its table, which they were shown before.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use super::change_rules::whole_lines;
use super::document::Document;
use super::rewrite::{replace, unwritable};
use super::{Config, ConfigError};

/// The lines of that account; none if there is no such account, or it does not stand in a table of its own.
pub fn account_lines(path: &Path, name: &str) -> Result<Option<String>, ConfigError> {
    let (text, lines) = table(path, name)?;
    Ok(lines.map(|lines| text[lines].to_owned()))
}

/// Removes that account, if it still stands there in these lines. Returns what the file says after that.
pub fn remove_account(path: &Path, name: &str, shown: &str) -> Result<Config, ConfigError> {
    let (text, lines) = table(path, name)?;
    let Some(lines) = lines.filter(|lines| text[lines.clone()] == *shown) else {
        return Err(unwritable(path)(io::Error::other("the file has changed meanwhile; nothing was removed")));
    };
    let without = format!("{}{}", &text[..lines.start], text[lines.end..].trim_start_matches(['\n', '\r']));
    replace(path, &without).map_err(unwritable(path))?;
    Ok(Config::load(path)?.unwrap_or_default())
}

/// The file, and where in it the account stands.
pub(super) fn table(path: &Path, name: &str) -> Result<(String, Option<Range<usize>>), ConfigError> {
    let text = fs::read_to_string(path).map_err(|why| ConfigError::Unreadable { path: path.to_owned(), why })?;
    let document = Document::read(&text).map_err(|fault| fault.place(path, &text))?;
    let header = document.accounts.keys().find(|known| known.get_ref() == name).map(toml::Spanned::span);
    let lines = header.and_then(|header| whole_lines(&text, &header));
    Ok((text, lines))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const BOTH: &str = "# mine\n[accounts.home]\njid = 'a@b'\npassword_command = 'true'\n\n# the other\n\
                        [accounts.\"at work\"]\njid = 'c@d'\npassword = 'x'\n\n[ui]\nbell = false\n";

    #[test]
    fn an_account_goes_and_everything_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, BOTH).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let lines = account_lines(&path, "at work").unwrap().unwrap();
        assert_eq!(lines, "[accounts.\"at work\"]\njid = 'c@d'\npassword = 'x'\n");
        assert!(remove_account(&path, "at work", "something else").is_err());
        let left = remove_account(&path, "at work", &lines).unwrap();
        assert_eq!(left.accounts.len(), 1);
        assert_eq!(fs::read_to_string(&path).unwrap(), BOTH.replace(&lines, "").replace("other\n\n", "other\n"));
    }

    #[test]
    fn an_account_without_a_table_of_its_own_is_left_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "[accounts]\nhome = { jid = 'a@b', password_command = 'true' }\n").unwrap();
        assert_eq!(account_lines(&path, "home").unwrap(), None);
        assert_eq!(account_lines(&path, "work").unwrap(), None);
    }
}
