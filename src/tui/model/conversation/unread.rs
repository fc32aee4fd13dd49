//! What nobody has looked at. What was taken back before anybody did needs no look any more.

use std::time::SystemTime;

use super::{Conversation, Entry, EntryNumber};

impl Conversation {
    /// Puts in an entry that nobody has looked at.
    pub(crate) fn push_unread(&mut self, entry: Entry) {
        self.unread += 1;
        self.in_newest(|newest| {
            let number = newest.push_here(entry);
            newest.first_unread.get_or_insert(number);
        });
    }

    /// It was read elsewhere: what came until then is not unread.
    pub(crate) fn read_up_to(&mut self, at: SystemTime) {
        self.in_newest(|newest| {
            let left = newest.entries.iter().filter(|entry| entry.awaits_reading_since(at)).count();
            newest.read = newest.read.map(|read| read.max(at));
            newest.leave_unread(left);
        });
    }

    /// The user looks elsewhere: what was new is old.
    pub(crate) fn leave(&mut self) {
        self.first_unread = None;
        self.read = None;
    }

    /// The history counts so many unread messages. Lines about files are none, and what comes meanwhile may be missing: what
    /// is at hand counts too.
    pub(crate) fn count_unread(&mut self, told: usize) {
        self.in_newest(|newest| {
            let here = newest.unread_here().min(newest.unread);
            newest.unread = newest.unread.max(told);
            newest.leave_unread(here.max(told));
        });
    }

    /// All that is unread is at hand, and some of it may have been taken back.
    pub(crate) fn count_unread_here(&mut self) {
        self.in_newest(|newest| newest.leave_unread(newest.unread_here()));
    }

    /// A message of theirs was taken back.
    pub(super) fn pass_over(&mut self, number: EntryNumber) {
        if self.unread > 0 && self.first_unread.is_some_and(|first| first <= number) {
            self.leave_unread(self.unread - 1);
        }
    }

    /// No more than so much is unread.
    fn leave_unread(&mut self, most: usize) {
        self.unread = self.unread.min(most);
        if self.unread == 0 {
            self.first_unread = None;
        }
    }

    /// What is at hand of what was not looked at.
    fn unread_here(&self) -> usize {
        let Some(first) = self.first_unread else { return 0 };
        let entries = (first..self.end()).filter_map(|number| self.entry(number));
        entries.filter(|entry| entry.awaits_reading()).count()
    }
}

impl Entry {
    /// Whether it is something for us to read, and was not taken back.
    fn awaits_reading(&self) -> bool {
        self.message().is_none_or(|message| !message.is_ours() && message.line.body.is_some())
    }

    /// Whether it is a message for us to read that was said after a moment, and was not taken back.
    pub(super) fn awaits_reading_since(&self, moment: SystemTime) -> bool {
        self.message().is_some_and(|message| message.line.at > moment) && self.awaits_reading()
    }
}
