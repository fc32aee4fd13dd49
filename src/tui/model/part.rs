//! A part of a conversation that is older than the newest, shown in its place: what was said around something that was
//! found. What comes meanwhile goes to the newest, and the way back to it loses nothing.

use std::time::Duration;

use super::conversation::{Conversation, Entry, EntryNumber, Newer, Newest, Older, Scroll, Sought};
use super::message::Message;
use crate::engine::history::APART;

/// Numbers of a part are so far below those of the newest that none means two entries.
const BELOW: EntryNumber = 1 << 40;

impl Conversation {
    /// Whether a part is shown that is not the newest.
    pub(crate) fn is_aside(&self) -> bool {
        self.newest.is_some()
    }

    /// Shows a part from out of the middle, or another one than so far.
    pub(crate) fn show_part(&mut self, entries: Vec<Entry>, has_older: bool, has_newer: bool) {
        let start = self.newest.as_ref().map_or(self.start(), |newest| newest.start) - BELOW;
        let oldest = entries.first().map(Entry::at).filter(|_| has_older);
        let newest = entries.last().map(Entry::at).filter(|_| has_newer);
        let part = Newest {
            entries: entries.into(),
            start,
            older: oldest.map_or(Older::Nothing, |at| Older::More(Some(at))),
            cleared: None,
            first_unread: None,
            found: None,
            scroll: Scroll::Following,
        };
        let before = self.exchange(part);
        self.newest.get_or_insert_with(|| Box::new(before));
        self.newer = newest.map_or(Newer::Nothing, |at| Newer::More(at + Duration::from_nanos(1)));
    }

    /// Goes back to what is newest, as it was left.
    pub(crate) fn show_newest(&mut self) {
        if let Some(newest) = self.newest.take() {
            self.exchange(*newest);
        }
        (self.newer, self.found, self.sought) = (Newer::Nothing, None, None);
    }

    /// Shows the end of what is newest, and follows it.
    pub(crate) fn follow(&mut self) {
        self.show_newest();
        self.scroll = Scroll::Following;
    }

    /// The number of what comes next, whichever part is shown.
    pub(crate) fn newest_end(&mut self) -> EntryNumber {
        self.in_newest(|newest| newest.end())
    }

    /// Puts in what the history has after the last entry.
    pub(crate) fn put_after(&mut self, entries: Vec<Entry>, has_newer: bool) {
        let last = entries.last().map(Entry::at).filter(|_| has_newer);
        self.newer = last.map_or(Newer::Nothing, |at| Newer::More(at + Duration::from_nanos(1)));
        self.entries.extend(entries);
    }

    /// Does something to the newest part, whichever is shown.
    pub(crate) fn in_newest<T>(&mut self, act: impl FnOnce(&mut Conversation) -> T) -> T {
        let Some(newest) = self.newest.take() else { return act(self) };
        let shown = self.exchange(*newest);
        let result = act(self);
        self.newest = Some(Box::new(self.exchange(shown)));
        result
    }

    fn exchange(&mut self, other: Newest) -> Newest {
        Newest {
            entries: std::mem::replace(&mut self.entries, other.entries),
            start: std::mem::replace(&mut self.start, other.start),
            older: std::mem::replace(&mut self.older, other.older),
            cleared: std::mem::replace(&mut self.cleared, other.cleared),
            first_unread: std::mem::replace(&mut self.first_unread, other.first_unread),
            found: std::mem::replace(&mut self.found, other.found),
            scroll: std::mem::replace(&mut self.scroll, other.scroll),
        }
    }

    /// The entry that was looked for, if it is shown.
    pub(crate) fn number_of(&self, sought: &Sought) -> Option<EntryNumber> {
        // The archive may have told meanwhile that it was said at another time.
        let is_it = |message: &Message| {
            let apart =
                message.line.at.max(sought.at).duration_since(message.line.at.min(sought.at)).unwrap_or_default();
            message.line.id == sought.id && (apart.is_zero() || (sought.id.is_some() && apart < APART))
        };
        let index = self.entries.iter().rposition(|entry| entry.message().is_some_and(is_it))?;
        Some(self.start + EntryNumber::try_from(index).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::engine::event::{Author, ChatMessage};
    use crate::engine::history::Hints;

    fn message(second: u64) -> Entry {
        let said = ChatMessage {
            with: "romeo@montague.lit".parse().unwrap(),
            author: Author::Me,
            id: Some(second.to_string()),
            body: second.to_string(),
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(second),
            delayed: false,
            reply: None,
            hints: Hints::default(),
        };
        Entry::Message(Box::new(Message::new(said.into())))
    }

    fn shown(conversation: &Conversation) -> Vec<String> {
        let numbers = conversation.start()..conversation.end();
        let entries = numbers.filter_map(|number| conversation.entry(number));
        entries.filter_map(Entry::message).filter_map(|message| message.line.body.clone()).collect()
    }

    #[test]
    fn what_comes_while_an_older_part_is_shown_stands_at_the_end_of_the_newest() {
        let mut conversation = Conversation::default();
        conversation.push(message(100));
        conversation.show_part(vec![message(5), message(6)], true, true);
        conversation.push(message(101));
        conversation.put_after(vec![message(7)], false);
        assert_eq!(shown(&conversation), ["5", "6", "7"]);
        assert_eq!(conversation.last_said(), Some(message(101).at()));
        conversation.show_part(vec![message(2)], false, true);
        assert_eq!((shown(&conversation), conversation.older), (vec!["2".to_owned()], Older::Nothing));
        conversation.show_newest();
        assert_eq!(shown(&conversation), ["100", "101"]);
    }

    #[test]
    fn no_number_means_something_in_two_parts() {
        let mut conversation = Conversation::default();
        let newest = conversation.push(message(100));
        conversation.show_part(vec![message(5)], true, true);
        assert!(conversation.entry(newest).is_none());
        let sought = Sought { at: message(5).at(), id: Some("5".to_owned()) };
        assert!(conversation.number_of(&sought).is_some_and(|found| found < newest));
    }
}
