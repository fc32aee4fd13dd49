//! Something that somebody said, as it stands by now.

use crate::engine::history::{Line, Said, What};

/// No person writes more; the rest of a longer body is not drawn.
const LONGEST_BODY: usize = 16 * 1024;

/// What is at hand of earlier wordings of one message. The first of them always is: it is what people look for.
const LONGEST_EARLIER: usize = 4 * LONGEST_BODY;

/// Something that somebody said.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// As its author was called then.
    pub(crate) nick: String,
    pub(crate) line: Line,
}

impl Message {
    pub(crate) fn new(nick: &str, mut line: Line) -> Message {
        line.body.as_mut().map(shorten);
        Message { nick: nick.to_owned(), line }
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
        self.line.body.as_mut().map(shorten);
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

/// Cuts a text that nobody reads to its end.
pub(crate) fn shorten(body: &mut String) {
    if body.len() > LONGEST_BODY {
        let end = (0..=LONGEST_BODY).rev().find(|&at| body.is_char_boundary(at)).unwrap_or(0);
        let left = body.len() - end;
        body.truncate(end);
        *body = format!("{body}… ({left} more bytes are not shown)");
    }
}
