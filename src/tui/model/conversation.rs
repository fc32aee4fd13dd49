//! A conversation: what was said, how far it was read, what is being written.

use std::collections::VecDeque;
use std::time::{Instant, SystemTime};

use crate::engine::event::{Author, ChatState};
use crate::tui::widget::editor::Editor;

/// Enough to scroll back through; what is older belongs to a history.
const MOST_ENTRIES: usize = 5_000;

/// No person writes more; the rest of a longer body is not drawn.
const LONGEST_BODY: usize = 16 * 1024;

/// Names an entry for as long as the conversation lives.
pub(crate) type EntryNumber = u64;

/// What was said, how far it was read, what is being written.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    entries: VecDeque<Entry>,
    /// How many entries were dropped from the start.
    dropped: EntryNumber,
    pub(crate) draft: Editor,
    pub(crate) unread: usize,
    /// Above this entry stands the line between old and new.
    pub(crate) first_unread: Option<EntryNumber>,
    pub(crate) scroll: Scroll,
    pub(crate) their_state: Option<ChatState>,
    /// While the other side believes that we are writing: until when, without another key.
    pub(crate) composing_until: Option<Instant>,
}

/// Which part is on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Scroll {
    /// The newest.
    #[default]
    Following,
    /// The lowest visible row is this one of that entry, counted from 1.
    At(EntryNumber, usize),
}

/// One thing in a conversation.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    Message(Message),
    /// Something that nobody said.
    Notice {
        at: SystemTime,
        text: String,
    },
    /// Something about a transfer.
    File {
        at: SystemTime,
        text: String,
    },
}

/// Something that somebody said.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) at: SystemTime,
    pub(crate) author: Author,
    /// As it was called then.
    pub(crate) nick: String,
    pub(crate) id: Option<String>,
    pub(crate) body: String,
    pub(crate) fate: Fate,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    Unknown,
    Arrived,
    Failed(String),
}

impl Entry {
    pub(crate) fn at(&self) -> SystemTime {
        match self {
            Entry::Message(Message { at, .. }) | Entry::Notice { at, .. } | Entry::File { at, .. } => *at,
        }
    }
}

impl Conversation {
    pub(crate) fn push(&mut self, mut entry: Entry) -> EntryNumber {
        match &mut entry {
            Entry::Message(Message { body: text, .. }) | Entry::Notice { text, .. } | Entry::File { text, .. } => {
                shorten(text);
            }
        }
        self.entries.push_back(entry);
        if self.entries.len() > MOST_ENTRIES {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.end() - 1
    }

    /// Puts in an entry that nobody has looked at.
    pub(crate) fn push_unread(&mut self, entry: Entry) {
        let number = self.push(entry);
        self.unread += 1;
        self.first_unread.get_or_insert(number);
    }

    /// The number of the first entry there is.
    pub(crate) fn start(&self) -> EntryNumber {
        self.dropped
    }

    /// One more than the number of the last entry.
    pub(crate) fn end(&self) -> EntryNumber {
        self.dropped + self.entries.len() as EntryNumber
    }

    pub(crate) fn entry(&self, number: EntryNumber) -> Option<&Entry> {
        let index = number.checked_sub(self.dropped)?;
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// Everything said is forgotten, the draft is not.
    pub(crate) fn clear(&mut self) {
        self.dropped = self.end();
        self.entries.clear();
        self.first_unread = None;
        self.scroll = Scroll::Following;
    }

    /// The user looks elsewhere: what was new is old.
    pub(crate) fn leave(&mut self) {
        self.first_unread = None;
    }

    /// Notes what became of a message of ours. The newest are looked at first.
    pub(crate) fn set_fate(&mut self, id: &str, fate: Fate) {
        let messages = self.entries.iter_mut().rev().filter_map(|entry| match entry {
            Entry::Message(message) => Some(message),
            Entry::Notice { .. } | Entry::File { .. } => None,
        });
        let mine =
            |message: &&mut Message| message.id.as_deref() == Some(id) && !matches!(message.author, Author::Contact(_));
        if let Some(message) = messages.into_iter().find(mine) {
            message.fate = fate;
        }
    }
}

fn shorten(body: &mut String) {
    if body.len() > LONGEST_BODY {
        let end = (0..=LONGEST_BODY).rev().find(|&at| body.is_char_boundary(at)).unwrap_or(0);
        let left = body.len() - end;
        body.truncate(end);
        *body = format!("{body}… ({left} more bytes are not shown)");
    }
}
