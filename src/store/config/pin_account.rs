//! Writes into `config.toml` which certificate an account accepts, when the user says so: its table gets one line, in
//! place of an earlier one.

use std::io;
use std::path::Path;

use super::remove_account::table;
use super::rewrite::{quoted, replace, unwritable};
use super::{Config, ConfigError};

/// Has that account accept exactly the certificate of that fingerprint. Returns what the file says after that.
pub fn pin_account(path: &Path, name: &str, fingerprint: &str) -> Result<Config, ConfigError> {
    let (text, lines) = table(path, name)?;
    let Some(lines) = lines else {
        let why = format!("account {name} stands in no table of its own; put pin = {} there", quoted(fingerprint));
        return Err(unwritable(path)(io::Error::other(why)));
    };
    let is_pin = |line: &str| line.split_once('=').is_some_and(|(key, _)| key.trim() == "pin");
    let table = text[lines.clone()].lines().filter(|line| !is_pin(line)).collect::<Vec<_>>().join("\n");
    let pinned = format!("{}{table}\npin = {}\n{}", &text[..lines.start], quoted(fingerprint), &text[lines.end..]);
    replace(path, &pinned).map_err(unwritable(path))?;
    Ok(Config::load(path)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn one_line_is_added_or_replaced_and_everything_else_stays() {
        let first = format!("sha256:{}", "1".repeat(64));
        let second = format!("sha256:{}", "2".repeat(64));
        let before = "# mine\n[accounts.home]\njid = 'a@b' # me\npassword = 'x'\n";
        let after = "\n[accounts.work]\njid = 'c@d'\npassword = 'y'\n\n[ui]\nbell = false\n";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, format!("{before}{after}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for pin in [&first, &second] {
            pin_account(&path, "home", pin).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{before}pin = \"{pin}\"\n{after}"));
        }
        assert!(pin_account(&path, "elsewhere", &first).is_err());
    }
}
