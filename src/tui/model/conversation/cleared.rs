//! What was cleared from the screen: it comes back when the user scrolls up, and by nothing else.
//!
//! The archive may have more of a conversation than was told, and then what is shown of it is looked up once more: what
//! was there before it was cleared is found again, and stays away. What nobody has seen is shown, whenever it was said.

use std::collections::VecDeque;
use std::time::SystemTime;

use super::{Conversation, Entry, Older, Scroll, take_over};

/// As many as one page of the history may have; of more, the oldest are known by their time alone.
const MOST: usize = 1000;

/// What is not to come back by itself.
#[derive(Debug)]
pub(in crate::tui::model) struct Cleared {
    /// Everything that was earlier.
    before: SystemTime,
    entries: VecDeque<Entry>,
}

impl Cleared {
    fn add(&mut self, entries: VecDeque<Entry>) {
        self.before = entries.front().map_or(self.before, |first| first.at().min(self.before));
        self.entries.extend(entries);
        while self.entries.len() > MOST {
            self.entries.pop_front();
            self.before = self.entries.front().map_or(self.before, Entry::at);
        }
    }

    /// Leaves what is not known from before.
    fn keep_away(&mut self, entries: &mut Vec<Entry>) {
        entries.retain(|entry| entry.at() >= self.before);
        take_over(&mut self.entries, entries);
    }
}

impl Conversation {
    /// The screen is emptied. Neither the draft nor the history is: scrolling up brings back what was said.
    pub(crate) fn clear(&mut self, now: SystemTime) {
        self.show_newest();
        self.start = self.end();
        self.older = Older::More(None);
        let entries = std::mem::take(&mut self.entries);
        self.cleared.get_or_insert_with(|| Cleared { before: now, entries: VecDeque::new() }).add(entries);
        self.first_unread = None;
        self.scroll = Scroll::Following;
    }

    /// Whether something was cleared and is not wanted back.
    pub(crate) fn is_cleared(&self) -> bool {
        self.cleared.is_some()
    }

    /// The user wants to see again what was cleared.
    pub(crate) fn want_back(&mut self) {
        self.cleared = None;
    }

    /// Takes out what was cleared; whether there was any of it.
    pub(crate) fn keep_away(&mut self, entries: &mut Vec<Entry>) -> bool {
        let all = entries.len();
        if let Some(cleared) = &mut self.cleared {
            cleared.keep_away(entries);
        }
        entries.len() < all
    }
}
