//! What is looked for in the history, and what is found.

use std::ops::Range;
use std::time::SystemTime;

use jid::BareJid;

use super::Line;
use crate::engine::event::Side;

/// What somebody looks for: every condition holds for what is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// What the text holds, all of it.
    pub terms: Vec<Term>,
    /// In one conversation alone.
    pub with: Option<BareJid>,
    /// Said by one side alone.
    pub from: Option<Side>,
    /// Said at this moment or later.
    pub after: Option<SystemTime>,
    /// Said before this moment.
    pub before: Option<SystemTime>,
}

/// Something that a text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A word. The last word of a query may lack its end.
    Word(String),
    /// The beginning of a word.
    Beginning(String),
    /// Words that follow each other.
    Phrase(String),
}

impl Term {
    /// What it says.
    pub fn text(&self) -> &str {
        match self {
            Term::Word(text) | Term::Beginning(text) | Term::Phrase(text) => text,
        }
    }
}

impl Query {
    /// Whether it says nothing about what is looked for.
    pub fn is_empty(&self) -> bool {
        *self == Query::default()
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The newest first.
    pub hits: Vec<Hit>,
    /// From where on there may be more.
    pub next: Option<Place>,
    /// Among how many messages nothing was found; 0 where something was.
    pub among: u64,
}

/// A message that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// In which conversation.
    pub with: BareJid,
    /// The message, as it stands by now.
    pub line: Line,
    /// Where in its text the words are, in order and apart from each other.
    pub marks: Vec<Range<usize>>,
}

/// Where a page of what was found ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When the last of it was said.
    pub at: SystemTime,
    /// Its number in the history.
    pub number: i64,
}
