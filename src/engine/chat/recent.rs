//! What came lately, so that a message that comes by two ways, or was sent once more, is shown once.
//!
//! Two that both came straight to us are two if their ids are the kind that is counted, for there are programs that count
//! from one each time they start. Ids that are drawn by lot are given once: who says the same under the same was not sure
//! that we got it, whichever of their programs says it.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jid::Jid;

use crate::xep::stanza::Message;
use crate::xep::stanza_id;

/// Copies follow each other closely; this is some minutes of a busy account.
const REMEMBERED: usize = 256;

/// What is drawn by lot has so many characters at least: 64 bits in hexadecimal.
const RANDOM: usize = 16;

#[derive(Default)]
pub(super) struct Recent {
    seen: VecDeque<Seen>,
}

#[derive(PartialEq, Eq)]
struct Seen {
    from: Option<Jid>,
    name: String,
    content: u64,
    is_copy: bool,
}

impl Recent {
    /// Whether this message came before, and it is no accident that it bears the same name: at least one of the two is a
    /// copy, a carbon or out of a store, or nobody gives that name twice.
    pub(super) fn repeats(&mut self, message: &Message, is_copy: bool) -> bool {
        let Some(seen) = Seen::of(message, is_copy) else { return false };
        if self.seen.iter().any(|earlier| seen.repeats(earlier)) {
            return true;
        }
        if self.seen.len() >= REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(seen);
        false
    }
}

impl Seen {
    fn of(message: &Message, is_copy: bool) -> Option<Seen> {
        let name = stanza_id::read_origin(&message.payloads).or_else(|| message.id.clone())?;
        let is_random = is_drawn_by_lot(&name);
        let from = message.from.clone().map(|from| if is_random { from.to_bare().into() } else { from });
        Some(Seen { from, name, content: content(message), is_copy })
    }

    fn repeats(&self, earlier: &Seen) -> bool {
        let no_accident = self.is_copy || earlier.is_copy || is_drawn_by_lot(&self.name);
        no_accident && earlier.name == self.name && earlier.from == self.from && earlier.content == self.content
    }
}

/// UUIDs and plain numbers in hexadecimal. What only looks long may be the same each time.
fn is_drawn_by_lot(name: &str) -> bool {
    let is_number = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    name.len() >= RANDOM && name.bytes().all(is_number)
}

fn content(message: &Message) -> u64 {
    let mut hasher = DefaultHasher::new();
    message.body.hash(&mut hasher);
    hasher.finish()
}
