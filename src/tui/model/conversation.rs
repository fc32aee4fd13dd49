//! A conversation: what was said, how far it was read, what is being written.

use std::collections::VecDeque;
use std::time::{Instant, SystemTime};

use super::message::Message;
use crate::engine::command::Quoted;
use crate::engine::event::ChatState;
use crate::tui::widget::editor::Editor;

mod about;
mod alike;
mod amending;
mod cleared;
mod crowd;
mod entry;
mod order;
mod unread;
mod weight;

pub(crate) use about::{AboutThem, THEM};
use alike::take_over;
use amending::Before;
pub(super) use cleared::Cleared;
use crowd::Crowd;
pub(crate) use entry::{Entry, EntryNumber, FileMark};

/// What is at hand without asking the history.
const MOST_ENTRIES: usize = 5_000;

/// How far somebody scrolls back. Until they are at the end again, nothing that they look at goes away.
const MOST_SCROLLED: usize = 50_000;

/// What was said, how far it was read, what is being written.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    pub(super) entries: VecDeque<Entry>,
    /// The number of the first entry.
    pub(super) start: EntryNumber,
    /// When the history says that something was said last.
    pub(crate) last_known: Option<SystemTime>,
    /// What there is before the first entry.
    pub(crate) older: Older,
    /// What is shown of it is being looked up once more, for the archive had some that was not told.
    pub(crate) is_refreshing: bool,
    /// What there is after the last entry.
    pub(crate) newer: Newer,
    /// The newest part, while an older one is shown instead, between which there may be anything.
    pub(super) newest: Option<Box<Newest>>,
    /// What was there before the screen was cleared.
    pub(super) cleared: Option<Cleared>,
    /// What the user wants to see, which is being looked up.
    pub(crate) sought: Option<Sought>,
    /// The entry that the user looked for.
    pub(crate) found: Option<EntryNumber>,
    /// Up to when it was read in an earlier run, until what is new is old.
    pub(crate) read: Option<SystemTime>,
    pub(crate) draft: Editor,
    /// What the history knows of the draft.
    pub(crate) kept_draft: String,
    /// Whether it was begun in an earlier run, and not touched since.
    pub(crate) is_restored: bool,
    pub(crate) unread: usize,
    /// Above this entry stands the line between old and new.
    pub(crate) first_unread: Option<EntryNumber>,
    pub(crate) scroll: Scroll,
    /// Which earlier message is answered or corrected by what is being written.
    pub(crate) about: Option<About>,
    /// The newest message of theirs that asks to be told when it was seen, until that was told.
    pub(crate) unmarked: Option<String>,
    /// The message that the user looks at, while they do.
    pub(crate) selected: Option<EntryNumber>,
    pub(crate) their_state: Option<ChatState>,
    /// Lines about files that come, if they are too many.
    crowd: Crowd,
    /// How messages were before we changed them, as long as the change can come back.
    undoable: VecDeque<Before>,
    /// What the other side believes of our writing.
    pub(crate) writing: Writing,
}

/// What the other side believes of our writing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Writing {
    /// Nothing.
    #[default]
    Nothing,
    /// That we write; until then, without another key.
    Until(Instant),
    /// That we have stopped for a while.
    Paused,
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

/// The newest part of a conversation while it is not shown.
#[derive(Debug)]
pub(super) struct Newest {
    pub(super) entries: VecDeque<Entry>,
    pub(super) start: EntryNumber,
    pub(super) older: Older,
    pub(super) cleared: Option<Cleared>,
    pub(super) first_unread: Option<EntryNumber>,
    pub(super) found: Option<EntryNumber>,
    pub(super) scroll: Scroll,
}

/// What is done about an earlier message by what is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// It is answered.
    Answer(Quoted),
    /// It is put differently.
    Correction {
        id: String,
        /// What it answers.
        answers: Option<Quoted>,
        /// What was being written before.
        before: String,
    },
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sought {
    pub(crate) at: SystemTime,
    pub(crate) id: Option<String>,
}

/// What the history holds that is newer than what is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Newer {
    /// This is all.
    #[default]
    Nothing,
    /// There is something from this moment on.
    More(SystemTime),
    /// It is being looked up.
    Asked(SystemTime),
}

/// What the history holds that is older than what is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Older {
    /// It was not looked up yet.
    #[default]
    Unasked,
    /// What was said before this moment is being looked up; the newest, without one.
    Asked(Option<SystemTime>),
    /// There is something before this moment.
    More(Option<SystemTime>),
    /// This is all.
    Nothing,
}

impl Conversation {
    /// Puts something in that happened just now; whatever part is shown, it belongs to the newest.
    pub(crate) fn push(&mut self, entry: Entry) -> EntryNumber {
        self.in_newest(|newest| newest.push_here(entry))
    }

    fn push_here(&mut self, mut entry: Entry) -> EntryNumber {
        entry.shorten();
        self.entries.push_back(entry);
        let most = if self.scroll == Scroll::Following { MOST_ENTRIES } else { MOST_SCROLLED };
        self.drop_beyond(most);
        self.grow_light();
        self.end() - 1
    }

    /// Gives the oldest entries up; the history has them.
    fn drop_beyond(&mut self, most: usize) {
        while self.entries.len() > most {
            self.entries.pop_front();
            self.start += 1;
            self.older = Older::More(self.entries.front().map(Entry::at));
        }
    }

    /// Puts in what the history has, each entry in its place, but for what is shown already.
    pub(crate) fn put_in(&mut self, mut entries: Vec<Entry>) {
        let repeated = take_over(&mut self.entries, &mut entries);
        self.put_in_order(&repeated);
        for entry in entries.into_iter().rev() {
            let is_new = self.read.is_some_and(|read| entry.awaits_reading_since(read));
            let number = self.put(entry);
            if is_new && self.first_unread.is_none_or(|first| number < first) {
                self.first_unread = Some(number);
            }
        }
    }

    /// Puts in an entry behind all that are older; what stands above it moves up. Returns its number.
    fn put(&mut self, entry: Entry) -> EntryNumber {
        let place = self.entries.iter().take_while(|other| other.at() <= entry.at()).count();
        self.entries.insert(place, entry);
        self.start -= 1;
        let number = self.start + EntryNumber::try_from(place).unwrap_or(EntryNumber::MAX);
        if let Scroll::At(shown, _) = &mut self.scroll
            && *shown <= number
        {
            *shown -= 1;
        }
        let known = [&mut self.first_unread, &mut self.found, &mut self.selected];
        for known in known.into_iter().flatten().filter(|known| **known <= number) {
            *known -= 1;
        }
        number
    }

    /// What the history holds was said after all that is shown, and there is more between: what is shown is given up, for
    /// the history has it too.
    pub(crate) fn give_up_before(&mut self, entries: &[Entry]) {
        let Some(oldest) = entries.first().map(Entry::at) else { return };
        if entries.iter().filter_map(Entry::message).any(|message| self.shows(message)) {
            return;
        }
        while self.entries.front().is_some_and(|entry| entry.at() < oldest) {
            self.entries.pop_front();
            self.start += 1;
        }
        self.scroll = Scroll::Following;
        self.first_unread = None;
        self.older = Older::More(Some(oldest));
    }

    /// When the first message was said that is shown.
    pub(crate) fn first_said(&self) -> Option<SystemTime> {
        self.entries.iter().find_map(Entry::message).map(|message| message.line.at)
    }

    /// Whether so much is shown that older entries have no place.
    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= MOST_SCROLLED
    }

    /// Whether a message that came by one way is the same as one that came by another.
    pub(crate) fn shows(&self, message: &Message) -> bool {
        messages(&self.entries).any(|shown| shown.is_same(message))
    }

    /// When the last message was said.
    pub(crate) fn last_said(&self) -> Option<SystemTime> {
        let newest = self.newest.as_ref().map_or(&self.entries, |newest| &newest.entries);
        messages(newest).next().map(|message| message.line.at)
    }

    /// The newest first, of the part that is shown.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        messages(&self.entries)
    }

    /// The number of the first entry there is.
    pub(crate) fn start(&self) -> EntryNumber {
        self.start
    }

    /// One more than the number of the last entry.
    pub(crate) fn end(&self) -> EntryNumber {
        self.start + EntryNumber::try_from(self.entries.len()).unwrap_or(EntryNumber::MAX)
    }

    pub(crate) fn entry(&self, number: EntryNumber) -> Option<&Entry> {
        let index = number.checked_sub(self.start)?;
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// What is being written for the first time: while something is put differently, what waits for that.
    pub(crate) fn unsaid(&self) -> &str {
        match &self.about {
            Some(About::Correction { before, .. }) => before,
            Some(About::Answer(_)) | None => self.draft.text(),
        }
    }

    /// The message of that number.
    pub(crate) fn message(&self, number: EntryNumber) -> Option<&Message> {
        self.entry(number)?.message()
    }

    /// The number of the newest message of that name.
    pub(crate) fn number_called(&self, id: &str) -> Option<EntryNumber> {
        let is_it = |number: &EntryNumber| self.message(*number).is_some_and(|message| message.line.is_called(id));
        (self.start..self.end()).rev().find(is_it)
    }

    /// The newest message that is shown.
    pub(crate) fn newest_message(&self) -> Option<EntryNumber> {
        self.message_before(self.end())
    }

    /// The message before that entry.
    pub(crate) fn message_before(&self, number: EntryNumber) -> Option<EntryNumber> {
        (self.start..number.min(self.end())).rev().find(|number| self.message(*number).is_some())
    }

    /// The message after that entry.
    pub(crate) fn message_after(&self, number: EntryNumber) -> Option<EntryNumber> {
        (number.saturating_add(1).max(self.start)..self.end()).find(|number| self.message(*number).is_some())
    }

    fn messages_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.entries.iter_mut().rev().filter_map(|entry| match entry {
            Entry::Message(message) => Some(message.as_mut()),
            Entry::Notice { .. } | Entry::File { .. } => None,
        })
    }
}

/// The newest first.
fn messages(entries: &VecDeque<Entry>) -> impl Iterator<Item = &Message> {
    entries.iter().rev().filter_map(Entry::message)
}
