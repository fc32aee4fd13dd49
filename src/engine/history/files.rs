//! What happened to files, between the messages of a conversation.
//!
//! A file stands there by two lines: one when it was offered, and one when that came to an end. Each stands at its own
//! moment, as this machine's clock told it then. They are not kept with the messages: the journal of transfers has them.

use std::time::SystemTime;

use crate::engine::journal::Entry;

/// A line about a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileLine {
    /// What it tells.
    pub news: FileNews,
    /// The transfer, as it is written down.
    pub entry: Entry,
}

/// What is told of a file in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileNews {
    /// It was offered.
    Offered,
    /// That came to an end, one or the other.
    Ended,
}

impl FileLine {
    /// When that was.
    pub fn at(&self) -> SystemTime {
        match self.news {
            FileNews::Offered => self.entry.began,
            FileNews::Ended => self.entry.changed,
        }
    }
}
