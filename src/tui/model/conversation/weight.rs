//! How much text of a conversation is at hand: some novels where the user looks, a chapter of what they have not seen.
//!
//! Entries are counted elsewhere; here it is what somebody can make of few of them. What is given up the history has.

use super::{Conversation, Entry, EntryNumber, Scroll};

/// Bytes of text that the user has seen.
const HEAVIEST: usize = 16 * 1024 * 1024;

/// Bytes of text while some of it is unread and nobody looks at an older part. Any number of strangers can begin a conversation.
const HEAVIEST_UNREAD: usize = 512 * 1024;

/// How often it is weighed, in entries: between two times they add little.
const WEIGHED_EACH: EntryNumber = 16;

/// An entry of so much is no little one.
const HEAVY: usize = 16 * 1024;

impl Conversation {
    /// Gives up the oldest entries, if all together are too heavy. An entry was just put in.
    pub(super) fn grow_light(&mut self) {
        let is_heavy = self.entries.back().is_some_and(|entry| weight(entry) > HEAVY);
        if is_heavy || self.end() % WEIGHED_EACH == 0 {
            let is_unseen = self.unread > 0 && self.scroll == Scroll::Following;
            let heaviest = if is_unseen { HEAVIEST_UNREAD } else { HEAVIEST };
            self.drop_beyond(self.newest_within(heaviest));
        }
    }

    /// How many of the newest entries have no more text than that; one at least.
    fn newest_within(&self, bytes: usize) -> usize {
        let mut sum = 0;
        let fits = |entry: &&Entry| {
            sum += weight(entry);
            sum <= bytes
        };
        self.entries.iter().rev().take_while(fits).count().max(1)
    }
}

fn weight(entry: &Entry) -> usize {
    match entry {
        Entry::Message(message) => message.weight(),
        Entry::Notice { text, .. } => text.len(),
        Entry::File { text, .. } => text.as_str().len(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn notice(length: usize) -> Entry {
        Entry::Notice { at: SystemTime::UNIX_EPOCH, text: "x".repeat(length) }
    }

    fn weight_of(conversation: &Conversation) -> usize {
        conversation.entries.iter().map(weight).sum()
    }

    #[test]
    fn what_nobody_has_read_grows_no_heavier_than_a_chapter_and_begins_where_the_history_goes_on() {
        let mut conversation = Conversation::default();
        for _ in 0..1000 {
            conversation.push_unread(notice(16 * 1024));
        }
        assert!(weight_of(&conversation) <= HEAVIEST_UNREAD + 16 * 16 * 1024);
        assert!(conversation.older != super::super::Older::Nothing);
        assert_eq!((conversation.end(), conversation.unread), (1000, 1000));
    }

    #[test]
    fn a_long_conversation_of_honest_length_stays_at_hand() {
        let mut conversation = Conversation::default();
        for _ in 0..2000 {
            conversation.push_unread(notice(100));
        }
        assert_eq!(conversation.entries.len(), 2000);
    }
}
