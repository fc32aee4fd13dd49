//! Sentences about the other side of a conversation, who are called in them as they are when somebody reads them.

use super::super::message::shorten_sentence;

/// Stands for what they are called: nothing that comes in XML and no name of a file has such a character.
pub(crate) const THEM: &str = "\0";

/// A sentence with [`THEM`] in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AboutThem(String);

impl AboutThem {
    /// The sentence.
    pub(crate) fn new(text: String) -> Self {
        AboutThem(text)
    }

    /// The sentence about somebody who is called so.
    pub(crate) fn told_of(&self, who: &str) -> String {
        self.0.replace(THEM, who)
    }

    /// Without what they are called.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn shorten(&mut self) {
        shorten_sentence(&mut self.0);
    }
}
