//! Which names the members of an archive get: safe ones, each once, with or without a difference between capitals and
//! small letters; and how many.
//!
//! Both sides ask it: who packs refuses what the other side would. What it keeps takes some mebibytes at most, whatever
//! an archive holds: every folder once, under its own name alone, and of everything else only which names are taken, as
//! a number that a secret key makes of each. Two names that came to the same number would cost one of them its own.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};

use super::tar::Kind;
use crate::engine::transfer::safe_name;

/// More files and folders than anybody means to send, or to look through.
const MOST_MEMBERS: usize = 100_000;

/// More folders than that are no folder but a burden; the largest trees of sources have a third of them.
const MOST_FOLDERS: usize = 20_000;

/// How long the names of all folders are together, in bytes: forty each for the most there may be.
const MOST_NAMED: usize = 800 * 1024;

/// How deep folders may lie in each other.
const DEEPEST: usize = 64;

/// The longest path inside of the folder, in bytes; every usual file system takes it, with a folder before it.
const LONGEST_PATH: usize = 1024;

/// The folder in which everything lies.
const OUTERMOST: usize = 0;

/// Whether a file system tells `Readme` from `README`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Capitals {
    /// It does.
    Count,
    /// It does not, or that is not known.
    #[default]
    Ignored,
}

/// Names that were given.
#[derive(Debug)]
pub(super) struct Names {
    /// Folders by the one in which they lie, and by what they are called in the archive.
    known: BTreeMap<(usize, Box<str>), usize>,
    /// Where folders are placed; the first is the outermost.
    folders: Vec<Placed>,
    /// How many wanted a name, with its folder: in small letters, where capitals do not count.
    taken: HashMap<u64, u32>,
    capitals: Capitals,
    /// How many were given another name than they had.
    renamed: u64,
    key: RandomState,
    files: usize,
    /// How long the folders' names are together.
    named: usize,
}

/// A folder.
#[derive(Debug)]
struct Placed {
    within: usize,
    name: Box<str>,
}

impl Default for Names {
    fn default() -> Self {
        let outermost = Placed { within: OUTERMOST, name: Box::default() };
        Names {
            known: BTreeMap::new(),
            folders: vec![outermost],
            taken: HashMap::new(),
            capitals: Capitals::default(),
            renamed: 0,
            key: RandomState::new(),
            files: 0,
            named: 0,
        }
    }
}

impl Names {
    /// None so far, in a file system of that kind.
    pub(super) fn with(capitals: Capitals) -> Self {
        Names { capitals, ..Names::default() }
    }

    /// How many files and folders are called otherwise than they were: their names were taken, or not safe.
    pub(super) fn renamed(&self) -> u64 {
        self.renamed
    }

    /// Where a member goes; nowhere, if it is the folder itself in which everything lies. The error is what is wrong with
    /// the archive, in words.
    pub(super) fn place(&mut self, path: &str, kind: Kind) -> Result<Option<PathBuf>, String> {
        let components: Vec<&str> = path.split('/').collect();
        let leads_away = |component: &&str| matches!(*component, "" | "." | "..") || component.contains('\0');
        if components.iter().any(leads_away) {
            return Err("a path in it leads elsewhere".to_owned());
        }
        if path.len() > LONGEST_PATH || components.len() > DEEPEST {
            return Err("a path in it is too long".to_owned());
        }
        let inside = if components.len() == 1 && kind != Kind::Folder { &components[..] } else { &components[1..] };
        let placed = match (inside.split_last(), kind) {
            (None, _) => return Ok(None),
            (Some(_), Kind::Folder) => {
                let folder = self.folder(inside)?;
                self.path(folder)
            }
            (Some((name, parents)), Kind::File(_)) => {
                let parent = self.folder(parents)?;
                self.files += 1;
                self.path(parent).join(self.claim(parent, name))
            }
        };
        if self.files + self.folders() > MOST_MEMBERS {
            return Err(format!("it holds more than {MOST_MEMBERS} files and folders"));
        }
        if placed.as_os_str().len() > LONGEST_PATH {
            return Err("a path in it is too long".to_owned());
        }
        Ok(Some(placed))
    }

    /// How many files there are.
    pub(super) fn files(&self) -> usize {
        self.files
    }

    /// How many folders there are, without the outermost.
    pub(super) fn folders(&self) -> usize {
        self.folders.len() - 1
    }

    /// Where every folder is, the outermost first.
    pub(super) fn folder_paths(&self) -> impl Iterator<Item = PathBuf> {
        (0..self.folders.len()).map(|folder| self.path(folder))
    }

    /// The folder to which these lead, one after the other; those that are new get their places.
    fn folder(&mut self, components: &[&str]) -> Result<usize, String> {
        let mut folder = OUTERMOST;
        for component in components {
            let key = (folder, Box::from(*component));
            folder = match self.known.get(&key) {
                Some(known) => *known,
                None => self.add_folder(key)?,
            };
        }
        Ok(folder)
    }

    fn add_folder(&mut self, key: (usize, Box<str>)) -> Result<usize, String> {
        let within = key.0;
        let name = self.claim(within, &key.1).into_boxed_str();
        self.named += key.1.len();
        if self.folders() >= MOST_FOLDERS || self.named > MOST_NAMED {
            return Err("it holds too many folders".to_owned());
        }
        let folder = self.folders.len();
        self.folders.push(Placed { within, name });
        self.known.insert(key, folder);
        Ok(folder)
    }

    /// Where a folder is, inside of the outermost.
    fn path(&self, mut folder: usize) -> PathBuf {
        let mut names = Vec::new();
        while folder != OUTERMOST {
            let Placed { within, name } = &self.folders[folder];
            names.push(Path::new(&**name));
            folder = *within;
        }
        names.into_iter().rev().collect()
    }

    /// A name in a folder that nothing else has.
    fn claim(&mut self, folder: usize, name: &str) -> String {
        let claimed = self.free(folder, safe_name(name));
        self.renamed += u64::from(claimed != name);
        claimed
    }

    /// That name, or a variation of it.
    fn free(&mut self, folder: usize, name: String) -> String {
        loop {
            let number = self.take(folder, &name);
            if number == 0 {
                return name;
            }
            let other = numbered(&name, number);
            if self.take(folder, &other) == 0 {
                return other;
            }
        }
    }

    /// How many wanted that name before.
    fn take(&mut self, folder: usize, name: &str) -> u32 {
        let number = match self.capitals {
            Capitals::Count => self.key.hash_one((folder, name)),
            Capitals::Ignored => self.key.hash_one((folder, name.to_lowercase())),
        };
        let count = self.taken.entry(number).or_insert(0);
        *count += 1;
        *count - 1
    }
}

/// `a (1).txt`.
fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem} ({number}).{extension}"),
        Some(_) | None => format!("{name} ({number})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: Kind = Kind::File(0);

    /// What is wrong with so many members of such a kind, if anything.
    fn wrong(kind: Kind, paths: impl IntoIterator<Item = String>) -> Option<String> {
        let mut names = Names::default();
        paths.into_iter().find_map(|path| names.place(&path, kind).err())
    }

    #[test]
    fn names_that_differ_in_capitals_alone_stay_where_these_count() {
        let placed = |capitals| {
            let mut names = Names::with(capitals);
            let paths = ["a/Makefile", "a/makefile", "a/D/x", "a/d/x"];
            let placed = paths.map(|path| names.place(path, FILE).unwrap().unwrap().display().to_string());
            (placed, names.renamed())
        };
        assert_eq!(placed(Capitals::Count), (["Makefile", "makefile", "D/x", "d/x"].map(str::to_owned), 0));
        let other = ["Makefile", "makefile (1)", "D/x", "d (1)/x"].map(str::to_owned);
        assert_eq!(placed(Capitals::Ignored), (other, 2));
    }

    #[test]
    fn as_many_as_a_large_tree_of_sources_has_are_fine() {
        assert_eq!(wrong(FILE, (0..90_000).map(|file| format!("linux/drivers/gpu-{}/{file}.c", file / 15))), None);
    }

    #[test]
    fn more_than_anybody_means_to_send_are_refused() {
        let many = wrong(FILE, (0..=100_000).map(|file| format!("a/{file}")));
        assert_eq!(many.as_deref(), Some("it holds more than 100000 files and folders"));
        for wide in [FILE, Kind::Folder] {
            let folders = wrong(wide, (0..=20_000).map(|folder| format!("a/{folder}/b")));
            assert_eq!(folders.as_deref(), Some("it holds too many folders"));
        }
    }

    #[test]
    fn folders_that_no_member_names_count_as_well_as_how_they_are_called() {
        let deep = |file: usize| format!("b/{file}{}/f", "/a".repeat(58));
        assert_eq!(wrong(FILE, (0..3000).map(deep)).as_deref(), Some("it holds too many folders"));
        let long = |file: usize| format!("b/{file}{}/f", "x".repeat(900));
        assert_eq!(wrong(FILE, (0..3000).map(long)).as_deref(), Some("it holds too many folders"));
    }
}
