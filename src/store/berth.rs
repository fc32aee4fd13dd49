//! What this user's Balconies are called at the server: each has the resource that an earlier one had, so that the server
//! puts it in the place of what a killed one left there (RFC 6120 §7.7.2.2).
//!
//! # Theory of operation
//!
//! An account has a row of *berths*, each a file with a resource in it. Whoever logs in takes one that is free and holds
//! its lock for as long as it lives; who runs beside it takes the next. A lock is let go of by the system, however a
//! process ends. The file also says whether the server may still have a session of that name: who ends without a goodbye
//! leaves a berth that the next one takes before others. What the configuration says is the name of the first.
//!
//! Names are random and tell nothing of machine and account. Where none can be kept, each run has its own.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jid::Jid;
use sha2::{Digest, Sha256};

use super::paths::private_folder;

/// More than one person runs at a time; who finds all of them taken has a name for this run alone.
const MOST: usize = 32;

/// What every name of ours begins with.
const PREFIX: &str = "balcony.";

/// More than a file of ours ever has.
const LONGEST: u64 = 64;

/// A resource of an account, which no other Balcony of this user takes while this lives.
#[derive(Debug)]
pub struct Berth {
    name: String,
    /// It is the user's choice.
    is_chosen: bool,
    /// The server may have a session of that name.
    is_in_use: bool,
    /// Where it is kept, locked.
    file: Option<File>,
}

/// Where the berths of those are that share a database.
pub fn folder(database: &Path) -> PathBuf {
    database.with_file_name("berths")
}

impl Berth {
    /// Takes one for whoever logs in as `jid`, which has the resource that the user has chosen, if any. Where there is no
    /// name yet, one is made of `chance`.
    pub fn take(folder: Option<&Path>, jid: &Jid, chance: u64) -> Self {
        match folder.map(|folder| find(folder, jid, chance)) {
            Some(Ok(Some(berth))) => berth,
            Some(Ok(None)) => Berth::unkept(None, chance),
            Some(Err(why)) => {
                tracing::warn!(%why, "what this run is called at the server cannot be kept for the next");
                Berth::unkept(chosen(jid), chance)
            }
            None => Berth::unkept(chosen(jid), chance),
        }
    }

    fn unkept(chosen: Option<String>, chance: u64) -> Self {
        let is_chosen = chosen.is_some();
        Berth { name: chosen.unwrap_or_else(|| name(chance)), is_chosen, is_in_use: false, file: None }
    }

    /// The resource.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A session of that name begins at the server.
    pub fn enter(&mut self) {
        self.is_in_use = true;
        self.keep();
    }

    /// The server knows that the session is over.
    pub fn leave(&mut self) {
        self.is_in_use = false;
        self.keep();
    }

    /// Another program logged in with that name, which it can have only from a copy of our files: it is left to that one,
    /// and a new one made of `chance` is ours for good. Whether that may be; what the user has chosen stays.
    pub fn rename(&mut self, chance: u64) -> bool {
        if !self.is_chosen {
            self.name = name(chance);
            self.leave();
        }
        !self.is_chosen
    }

    fn keep(&self) {
        let Some(file) = &self.file else { return };
        let name = if self.is_chosen { "" } else { &self.name };
        let text = format!("{name}\n{}\n", if self.is_in_use { IN_USE } else { "free" });
        let kept = file.set_len(0).and_then(|()| file.write_all_at(text.as_bytes(), 0));
        if let Err(why) = kept {
            tracing::warn!(%why, "what this run is called at the server is not kept for the next");
        }
    }
}

/// What stands in the file of a berth whose name the server may know.
const IN_USE: &str = "in use";

/// A free berth: the chosen one, or one that was left without a goodbye, or else the first.
fn find(folder: &Path, jid: &Jid, chance: u64) -> io::Result<Option<Berth>> {
    private_folder(folder)?;
    let row = row(jid.as_str());
    let mut first = None;
    for number in 1..=MOST {
        let path = folder.join(format!("{row}.{number}"));
        if first.is_some() && !path.exists() {
            break;
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(why)) => return Err(why),
        }
        let berth = read(file, chosen(jid).filter(|_| number == 1), chance);
        if berth.is_chosen || berth.is_in_use {
            return Ok(Some(berth));
        }
        first.get_or_insert(berth);
    }
    Ok(first)
}

fn read(file: File, chosen: Option<String>, chance: u64) -> Berth {
    let mut text = String::new();
    // A file that is damaged is as good as an empty one.
    let _ = (&file).take(LONGEST).read_to_string(&mut text);
    let mut lines = text.lines();
    let known = lines.next().filter(|name| is_ours(name)).map(str::to_owned);
    let is_in_use = lines.next() == Some(IN_USE);
    let is_chosen = chosen.is_some();
    match chosen.or(known) {
        Some(name) => Berth { name, is_chosen, is_in_use, file: Some(file) },
        None => Berth { name: name(chance), is_chosen, is_in_use: false, file: Some(file) },
    }
}

/// What the files of an account are called, whatever its address has in it.
pub(super) fn row(jid: &str) -> String {
    Sha256::digest(jid).iter().take(8).fold(String::new(), |mut row, byte| {
        let _ = write!(row, "{byte:02x}");
        row
    })
}

fn chosen(jid: &Jid) -> Option<String> {
    jid.resource().map(|resource| resource.as_str().to_owned())
}

fn name(chance: u64) -> String {
    format!("{PREFIX}{:08x}", chance >> 32)
}

fn is_ours(name: &str) -> bool {
    let digits = name.strip_prefix(PREFIX).unwrap_or_default();
    digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;

    const JULIET: &str = "juliet@capulet.lit";

    /// One installation.
    struct Home {
        folder: tempfile::TempDir,
        chance: Cell<u64>,
    }

    impl Home {
        fn new() -> Self {
            Home { folder: tempfile::tempdir().unwrap(), chance: Cell::new(0) }
        }

        fn chance(&self) -> u64 {
            self.chance.set(self.chance.get() + (1 << 32));
            self.chance.get()
        }

        /// Somebody logs in.
        fn log_in(&self, jid: &str) -> Berth {
            let mut berth = Berth::take(Some(self.folder.path()), &jid.parse().unwrap(), self.chance());
            berth.enter();
            berth
        }

        /// Somebody logs in and out; as what.
        fn pass(&self, jid: &str) -> String {
            let mut berth = self.log_in(jid);
            berth.leave();
            berth.name().to_owned()
        }
    }

    #[test]
    fn the_next_run_has_the_name_of_the_last_however_that_ended() {
        let home = Home::new();
        let name = home.pass(JULIET);
        let killed = home.log_in(JULIET).name().to_owned();
        assert_eq!([&killed, &home.pass(JULIET)], [&name, &name]);
        assert!(is_ours(&name), "{name}");
    }

    #[test]
    fn two_at_a_time_have_two_names_that_the_next_two_have_again() {
        let home = Home::new();
        let names = || {
            let (mut one, mut other) = (home.log_in(JULIET), home.log_in(JULIET));
            one.leave();
            other.leave();
            [one.name, other.name]
        };
        let first = names();
        assert_ne!(first[0], first[1]);
        assert_eq!(names(), first);
        assert_eq!(home.pass(JULIET), first[0]);
    }

    #[test]
    fn who_was_killed_is_replaced_before_anything_else() {
        let home = Home::new();
        let (mut one, other) = (home.log_in(JULIET), home.log_in(JULIET));
        one.leave();
        let killed = other.name().to_owned();
        drop((one, other));
        assert_eq!(home.log_in(JULIET).name(), killed);
    }

    #[test]
    fn what_the_user_has_chosen_is_the_name_of_one_and_not_of_whoever_runs_beside_it() {
        let home = Home::new();
        let chosen = format!("{JULIET}/home");
        let (one, other) = (home.log_in(&chosen), home.log_in(&chosen));
        assert_eq!(one.name(), "home");
        assert!(is_ours(other.name()), "{other:?}");
        drop((one, other));
        assert_eq!(home.pass(&chosen), "home");
    }

    #[test]
    fn accounts_have_different_names() {
        let home = Home::new();
        assert_ne!(home.pass(JULIET), home.pass("romeo@montague.lit"));
    }

    #[test]
    fn a_name_that_another_has_is_left_to_them_for_good() {
        let home = Home::new();
        let mut berth = home.log_in(JULIET);
        let old = berth.name().to_owned();
        assert!(berth.rename(home.chance()));
        let name = berth.name().to_owned();
        assert_ne!(name, old);
        drop(berth);
        assert_eq!(home.pass(JULIET), name);
        assert!(!home.log_in(&format!("{JULIET}/home")).rename(home.chance()));
    }

    #[test]
    fn where_nothing_can_be_kept_each_run_has_its_own_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let take = |jid: &str, chance| Berth::take(Some(file.path()), &jid.parse().unwrap(), chance).name;
        assert_eq!(take(JULIET, 0x0a0b_0c0d << 32), "balcony.0a0b0c0d");
        assert_eq!(take("juliet@capulet.lit/home", 0), "home");
    }

    #[test]
    fn a_damaged_file_is_an_empty_one() {
        let home = Home::new();
        home.pass(JULIET);
        let file = fs::read_dir(home.folder.path()).unwrap().next().unwrap().unwrap().path();
        for damage in ["", "\u{0}", "balcony.\u{fc}berall\nin use\n", "home\nin use\n"] {
            fs::write(&file, damage).unwrap();
            assert!(is_ours(&home.pass(JULIET)), "{damage:?}");
        }
    }
}
