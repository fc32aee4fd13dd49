//! What came lately, so that a message that comes by two ways is shown once.
//!
//! Only copies are compared: two messages that both came straight to us are two, whatever their ids, for there are
//! programs that count from one each time they start.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jid::Jid;

use crate::xep::stanza::Message;

/// Copies follow each other closely; this is some minutes of a busy account.
const REMEMBERED: usize = 256;

#[derive(Default)]
pub(super) struct Recent {
    seen: VecDeque<Seen>,
}

#[derive(PartialEq, Eq)]
struct Seen {
    from: Option<Jid>,
    id: String,
    content: u64,
    is_copy: bool,
}

impl Recent {
    /// Whether this message came before, and at least one of the two is a copy: a carbon, or out of a store.
    pub(super) fn repeats(&mut self, message: &Message, is_copy: bool) -> bool {
        let Some(id) = message.id.clone() else { return false };
        let seen = Seen { from: message.from.clone(), id, content: content(message), is_copy };
        let same = |earlier: &Seen| {
            let one_copy = earlier.is_copy || seen.is_copy;
            one_copy && earlier.id == seen.id && earlier.from == seen.from && earlier.content == seen.content
        };
        if self.seen.iter().any(same) {
            return true;
        }
        if self.seen.len() >= REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(seen);
        false
    }
}

fn content(message: &Message) -> u64 {
    let mut hasher = DefaultHasher::new();
    message.body.hash(&mut hasher);
    hasher.finish()
}
