//! One thing in a conversation: a message, something that nobody said, something about a file.

use std::time::SystemTime;

use super::about::AboutThem;
use crate::engine::history::FileNews;
use crate::engine::journal::EntryKey;
use crate::tui::model::message::{Message, shorten_sentence};

/// Names an entry for as long as the conversation lives. What is older than the first one that came is below 0.
pub(crate) type EntryNumber = i64;

/// One thing in a conversation.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    Message(Box<Message>),
    /// Something that nobody said.
    Notice {
        at: SystemTime,
        text: String,
    },
    /// Something about a file.
    File {
        at: SystemTime,
        text: AboutThem,
        /// What the journal has about the same.
        about: Option<FileMark>,
    },
}

/// What is told of which transfer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FileMark {
    pub(crate) transfer: EntryKey,
    pub(crate) news: FileNews,
}

impl Entry {
    pub(crate) fn at(&self) -> SystemTime {
        match self {
            Entry::Message(message) => message.line.at,
            Entry::Notice { at, .. } | Entry::File { at, .. } => *at,
        }
    }

    pub(crate) fn message(&self) -> Option<&Message> {
        match self {
            Entry::Message(message) => Some(message),
            Entry::Notice { .. } | Entry::File { .. } => None,
        }
    }

    pub(super) fn shorten(&mut self) {
        match self {
            Entry::Notice { text, .. } => shorten_sentence(text),
            Entry::File { text, .. } => text.shorten(),
            Entry::Message(_) => {}
        }
    }
}
