//! What the user asked for, and what is known of it when it goes on.

use std::path::PathBuf;
use std::time::SystemTime;

use jid::Jid;

use crate::engine::command::Via;
use crate::engine::journal::{Course, Entry};

/// What the user asked for; enough to ask again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wish {
    /// To whom; a bare address lets us choose among their programs.
    pub(crate) to: Jid,
    /// Which file; several are sent as one.
    pub(crate) paths: Vec<PathBuf>,
    /// Words that go with it.
    pub(crate) description: Option<String>,
    /// Only these methods; none means the configured ones.
    pub(crate) via: Vec<Via>,
}

impl Wish {
    /// What is written down of it.
    pub(crate) fn course(&self) -> Course {
        let further = self.paths.iter().skip(1).cloned().collect();
        Course::Sending { to: self.to.clone(), path: self.first_path(), further, via: self.via.clone() }
    }

    /// What was written down.
    pub(crate) fn of(course: &Course, description: Option<String>) -> Option<Self> {
        let Course::Sending { to, path, further, via } = course else { return None };
        let paths = std::iter::once(path).chain(further).cloned().collect();
        Some(Wish { to: to.clone(), paths, description, via: via.clone() })
    }

    /// Whether it is of what was written down: the same to the same contact.
    pub(crate) fn is_of(&self, entry: &Entry) -> bool {
        let known = Wish::of(&entry.course, None);
        known.is_some_and(|known| known.paths == self.paths && known.to.to_bare() == self.to.to_bare())
    }

    /// Where the file is, or the first of several.
    pub(super) fn first_path(&self) -> PathBuf {
        self.paths.first().cloned().unwrap_or_default()
    }
}

/// What is known of a transfer that goes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    /// With whom it was.
    pub(crate) peer: Jid,
    /// How long the file was.
    pub(crate) size: Option<u64>,
    /// Its date.
    pub(crate) date: Option<SystemTime>,
    /// What follows if it is another one by now.
    pub(crate) if_changed: IfChanged,
}

impl Known {
    /// What is written down of it.
    pub(crate) fn of(entry: &Entry, if_changed: IfChanged) -> Self {
        Known { peer: entry.peer.clone(), size: entry.file.size, date: entry.file.date, if_changed }
    }
}

/// What follows if the file of a transfer that goes on is another one by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfChanged {
    /// The end: nobody wanted that one to be sent.
    End,
    /// A transfer of the new one: the user has just asked for it.
    Begin,
}
