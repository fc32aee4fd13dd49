//! How an account has logged in before: one that has proved its password without telling it (SCRAM) does not tell it the
//! next time, whatever the server, or somebody in its place, offers then.
//!
//! It is a file that is there or not, for each account, beside the [berths](super::berth). Where none can be kept it is
//! known for this run alone.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jid::BareJid;

use super::berth::row;
use super::paths::{append_private, private_folder};

/// What an account does when it logs in.
#[derive(Debug)]
pub struct Habit {
    file: Option<PathBuf>,
    proves: bool,
}

impl Habit {
    /// The one of an account, as far as it is known where the berths are.
    pub fn of(berths: Option<&Path>, account: &BareJid) -> Self {
        let file = berths.map(|berths| berths.with_file_name("logins").join(row(account.as_str())));
        let proves = file.as_ref().is_some_and(|file| file.exists());
        Habit { file, proves }
    }

    /// Whether it proves its password and does not tell it.
    pub fn proves(&self) -> bool {
        self.proves
    }

    /// It did.
    pub fn proved(&mut self) {
        if !self.proves {
            self.proves = true;
            self.keep(|file| append_private(file)?.write_all(b"SCRAM\n"));
        }
    }

    /// The user says that it may be told again.
    pub fn forget(&mut self) {
        self.proves = false;
        self.keep(|file| match fs::remove_file(file) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        });
    }

    fn keep(&self, change: impl FnOnce(&Path) -> io::Result<()>) {
        let Some(file) = &self.file else { return };
        let folder = file.parent().unwrap_or(file);
        if let Err(why) = private_folder(folder).and_then(|()| change(file)) {
            tracing::warn!(%why, "how the account logs in is not kept for the next run");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_proved_once_is_proved_in_every_run_until_the_user_says_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let (berths, juliet) = (folder.path().join("berths"), BareJid::new("juliet@capulet.lit").unwrap());
        let habit = || Habit::of(Some(&berths), &juliet);
        assert!(!habit().proves());
        habit().proved();
        habit().proved();
        assert!(habit().proves());
        let file = habit().file.unwrap();
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!Habit::of(Some(&berths), &BareJid::new("romeo@montague.lit").unwrap()).proves());
        habit().forget();
        habit().forget();
        assert!(!habit().proves());
    }

    #[test]
    fn where_nothing_can_be_kept_it_is_known_for_this_run() {
        let mut habit = Habit::of(None, &BareJid::new("juliet@capulet.lit").unwrap());
        habit.proved();
        assert!(habit.proves());
    }
}
