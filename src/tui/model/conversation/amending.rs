//! What is said later about messages that are shown: they are changed where they stand.

use super::{Conversation, Entry, EntryNumber};
use crate::engine::history::{Fate, Line, Said, What};
use crate::tui::model::message::{Message, changes_words};

/// What may still come back; a bounce follows what it is about closely.
const UNDOABLE: usize = 16;

/// How a message was before we changed it.
#[derive(Debug)]
pub(crate) struct Before {
    /// Our name for the change.
    change: String,
    line: Line,
}

impl Conversation {
    /// Takes in what was said about a message; whether that one is at hand.
    pub(crate) fn amend(&mut self, said: &Said) -> bool {
        let is_here = self.amend_here(said);
        let is_newest = self.is_aside() && self.in_newest(|newest| newest.amend_here(said));
        is_here || is_newest
    }

    fn amend_here(&mut self, said: &Said) -> bool {
        let is_meant = |entry: &Entry| matches!(entry, Entry::Message(message) if message.line.is_meant(said));
        let Some(place) = self.entries.iter().rposition(is_meant) else { return false };
        let Some(Entry::Message(message)) = self.entries.get_mut(place) else { return false };
        let before = message.line.clone();
        let is_theirs = !message.is_ours();
        message.amend(said);
        let (after, name) = (message.line.quoted(), message.line.clone());
        if changes_words(said) {
            self.messages_mut().filter(|answer| is_answer(answer, &name)).for_each(|answer| {
                answer.line.quote = Some(after.clone());
            });
        }
        if is_theirs && before.body.is_some() && after.body.is_none() {
            self.pass_over(self.start + EntryNumber::try_from(place).unwrap_or(EntryNumber::MAX));
        }
        match said.what {
            What::Displayed { .. } => self.seen_before(place),
            What::Correction { .. } | What::Retraction { .. } | What::Reactions { .. } => {
                self.remember(said, before);
            }
            What::Message { .. } | What::Receipt { .. } | What::Failure { .. } => {}
        }
        true
    }

    /// What we said before something that was seen was seen too.
    fn seen_before(&mut self, place: usize) {
        let earlier = self.entries.range_mut(..place).rev().filter_map(|entry| match entry {
            Entry::Message(message) if message.is_ours() => Some(&mut message.line),
            Entry::Message(_) | Entry::Notice { .. } | Entry::File { .. } => None,
        });
        for line in earlier.take_while(|line| line.fate != Fate::Displayed) {
            line.seen();
        }
    }

    fn remember(&mut self, said: &Said, line: Line) {
        let (Some(change), None) = (said.id.clone(), said.speaker()) else { return };
        if self.undoable.len() >= UNDOABLE {
            self.undoable.pop_front();
        }
        self.undoable.push_back(Before { change, line });
    }

    /// A change of ours came back: the message is again what it was. Whether there was one of that name.
    pub(crate) fn undo(&mut self, change: &str) -> bool {
        let is_it = |before: &Before| before.change == change;
        let Some(before) = self.undoable.iter().position(is_it).and_then(|at| self.undoable.remove(at)) else {
            return false;
        };
        self.restore(&before.line);
        self.in_newest(|newest| newest.restore(&before.line));
        true
    }

    fn restore(&mut self, line: &Line) {
        let is_it = |message: &&mut Message| message.line.id == line.id && message.line.speaker() == line.speaker();
        if let Some(message) = self.messages_mut().find(is_it) {
            message.line = line.clone();
        }
    }

    /// Notes what became of a message of ours. The newest are looked at first.
    pub(crate) fn set_fate(&mut self, id: &str, fate: &Fate) {
        self.set_fate_here(id, fate);
        self.in_newest(|newest| newest.set_fate_here(id, fate));
    }

    fn set_fate_here(&mut self, id: &str, fate: &Fate) {
        let mut mine = self.messages_mut().filter(|message| message.is_ours());
        if let Some(message) = mine.find(|message| message.line.is_called(id)) {
            message.line.settle(fate.clone());
        }
    }

    /// The newest message of that name.
    pub(crate) fn called(&self, id: &str) -> Option<&Message> {
        self.messages().find(|message| message.line.is_called(id))
    }
}

fn is_answer(answer: &Message, to: &Line) -> bool {
    answer.line.reply_to.as_deref().is_some_and(|id| to.is_called(id))
}
