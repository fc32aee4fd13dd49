//! Something that somebody said, as it stands by now.

use crate::engine::history::{Fate, Line, Said, What};

/// Nobody sends more in one message: most servers refuse it. The rest of a longer body is in the history alone.
const LONGEST_BODY: usize = 64 * 1024;

/// Some screens full. What is longer was pasted, and is shown whole to who wants to see it.
const LONGEST_SHOWN: usize = 16 * 1024;

/// What is at hand of earlier wordings of one message. The first of them always is: it is what people look for.
const LONGEST_EARLIER: usize = 4 * LONGEST_SHOWN;

/// Something that somebody said.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) line: Line,
}

impl Message {
    pub(crate) fn new(mut line: Line) -> Message {
        if let Some(body) = &mut line.body {
            shorten(body, LONGEST_BODY);
        }
        Message { line }
    }

    /// Whether it is known not to have arrived.
    pub(crate) fn did_fail(&self) -> bool {
        matches!(self.line.fate, Fate::Failed(_))
    }

    /// Whether we said it, on whichever device.
    pub(crate) fn is_ours(&self) -> bool {
        self.line.speaker().is_none()
    }

    /// Its name, if its author asks to be told when it was seen.
    pub(crate) fn asks_for_mark(&self) -> Option<String> {
        self.line.id.clone().filter(|_| self.line.hints.markable)
    }

    /// Takes in what was said about it later.
    pub(crate) fn amend(&mut self, said: &Said) {
        self.line.amend(said);
        if let Some(body) = &mut self.line.body {
            shorten(body, LONGEST_BODY);
        }
        while self.line.earlier.len() > 1 && self.earlier_weight() > LONGEST_EARLIER {
            self.line.earlier.remove(1);
        }
    }

    /// How many bytes of text there are of it.
    pub(crate) fn weight(&self) -> usize {
        self.line.body.as_ref().map_or(0, String::len) + self.earlier_weight()
    }

    fn earlier_weight(&self) -> usize {
        self.line.earlier.iter().map(|wording| wording.body.len()).sum()
    }

    /// Takes over what the history knows of it.
    pub(crate) fn take_over(&mut self, known: &Message) {
        let before = std::mem::replace(&mut self.line, known.line.clone());
        self.line.quote = self.line.quote.take().or(before.quote);
        self.line.settle(before.fate);
    }

    /// Whether it is the same message as another, come by another way; either may have been changed meanwhile.
    pub(crate) fn is_same(&self, other: &Message) -> bool {
        let called = |one: &Line, two: &Line| two.id.as_deref().is_some_and(|id| one.is_called(id));
        let (one, two) = (&self.line, &other.line);
        let same_name = called(one, two) || called(two, one);
        (same_name || one.at == two.at) && one.speaker() == two.speaker() && (says(one, two) || says(two, one))
    }
}

/// Whether one says, or said before, what the other says. Nobody knows any more what was said in one that was taken back.
fn says(one: &Line, other: &Line) -> bool {
    let (Some(body), Some(same)) = (&one.body, &other.body) else { return true };
    body == same || one.earlier.iter().any(|wording| wording.body == *same)
}

/// Whether a fact changes what a message says.
pub(crate) fn changes_words(said: &Said) -> bool {
    match said.what {
        What::Correction { .. } | What::Retraction { .. } => true,
        What::Message { .. }
        | What::Reactions { .. }
        | What::Receipt { .. }
        | What::Displayed { .. }
        | What::Failure { .. } => false,
    }
}

/// The beginning of a text that is shown among others, and how many bytes that leaves out.
pub(crate) fn beginning(text: &str) -> (&str, usize) {
    let end = text.floor_char_boundary(LONGEST_SHOWN);
    (&text[..end], text.len() - end)
}

/// Cuts a sentence that nobody reads to its end.
pub(crate) fn shorten_sentence(text: &mut String) {
    shorten(text, LONGEST_SHOWN);
}

fn shorten(text: &mut String, longest: usize) {
    if text.len() > longest {
        let end = text.floor_char_boundary(longest);
        let left = text.len() - end;
        text.truncate(end);
        *text = format!("{text}… ({left} more bytes are not shown)");
    }
}
