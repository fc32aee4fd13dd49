//! A conversation as a set of facts, and what they add up to.
//!
//! The same message reaches us by several ways: as it is sent, as a carbon of another device (XEP-0280), once more after
//! a session was lost, out of the server's archive (XEP-0313). And what changes a message later, a correction or a
//! receipt, can reach us before it. So nothing is ever edited: whatever comes is a fact ([`Said`]), a fact that is
//! [the same](Said::is_same) as a known one only [completes](Said::complete) it, and the conversation is what
//! [`told()`] makes of the facts there are. In whatever order they came, it is the same conversation.
//!
//! Times order it. What we heard ourselves bears our clock's; the archive's, once known, replaces it, so that in
//! the end one clock has stamped everything.

use std::time::{Duration, SystemTime};

use jid::BareJid;

use super::event::Author;

mod files;
mod order;
mod query;
pub(super) mod shelf;
mod told;

pub use files::{FileLine, FileNews};
pub use order::{Answer, Conversation, Edge, Name, Order, Page, Part, ReadPlace, Unsent};
pub use query::{Found, Hit, Place, Query, Term};
pub use told::{Fate, Line, Quote, Wording, told};

/// Two messages with the same words and the same id, unless that was drawn by lot, are two if they were sent further apart:
/// some programs count from one each time they start.
pub(crate) const APART: Duration = Duration::from_hours(24);

/// Names of so many characters are drawn by lot: 64 bits in hexadecimal, UUIDs.
const RANDOM: usize = 16;

/// Something that was said in a conversation, or about something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// With whom the conversation is.
    pub with: BareJid,
    /// Who said it.
    pub author: Author,
    /// The sender's name for it.
    pub id: Option<String>,
    /// The name that our archive gave it (XEP-0359).
    pub archived: Option<String>,
    /// When.
    pub at: SystemTime,
    /// Whose clock says so.
    pub clock: Clock,
    /// What.
    pub what: What,
}

/// Whose clock stamped something, the best last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// Ours, when it came.
    Ours,
    /// That of whoever kept it while we were away (XEP-0203).
    Keepers,
    /// Our archive's.
    Archives,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A message.
    Message {
        /// Its text.
        body: String,
        /// The message that it answers (XEP-0461).
        reply_to: Option<String>,
        /// What its author asks for with it.
        hints: Hints,
    },
    /// Other words for an earlier message of the same author (XEP-0308).
    Correction {
        /// Which.
        of: String,
        /// What it should have been.
        body: String,
        /// What its author asks for with it.
        hints: Hints,
    },
    /// An earlier message of the same author is taken back (XEP-0424).
    Retraction {
        /// Which.
        of: String,
    },
    /// All the author's reactions to a message (XEP-0444).
    Reactions {
        /// To which.
        to: String,
        /// None takes earlier ones back.
        emoji: Vec<String>,
    },
    /// A message arrived (XEP-0184).
    Receipt {
        /// Which.
        of: String,
    },
    /// A message, and all before it, was seen (XEP-0333).
    Displayed {
        /// Which.
        of: String,
    },
    /// A message came back.
    Failure {
        /// Which.
        of: String,
        /// Why, as a sentence.
        why: String,
    },
}

/// What the author of a message asks for with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// Nothing in it is meant as styling (XEP-0393).
    pub unstyled: bool,
    /// To be told when it was seen (XEP-0333).
    pub markable: bool,
}

impl Said {
    /// Whether this is the same fact as another, come by another way.
    pub fn is_same(&self, other: &Said) -> bool {
        if let (Some(one), Some(two)) = (&self.archived, &other.archived)
            && (one == two || !self.is_named_for_good())
        {
            return one == two;
        }
        let apart = self.at.max(other.at).duration_since(self.at.min(other.at)).unwrap_or_default();
        self.id.is_some()
            && self.id == other.id
            && self.with == other.with
            && self.speaker() == other.speaker()
            && (self.what == other.what || self.is_worded_anew(other))
            && (apart < APART || self.is_named_for_good())
    }

    /// Whether both are one message of ours that was put differently before it went: it has its first words here, and those
    /// with which it went in the archive.
    fn is_worded_anew(&self, other: &Said) -> bool {
        let are_messages = matches!((&self.what, &other.what), (What::Message { .. }, What::Message { .. }));
        are_messages && self.speaker().is_none() && self.is_named_for_good()
    }

    /// Whether nobody counts up to its name. Who sends a message once more, for the session was lost with it, does so
    /// under its name, and an archive takes it in twice.
    fn is_named_for_good(&self) -> bool {
        self.id.as_ref().is_some_and(|id| id.len() >= RANDOM)
    }

    /// Takes over what another copy of it knows better.
    pub fn complete(&mut self, other: Said) {
        if other.clock > self.clock {
            (self.at, self.clock) = (other.at, other.clock);
        } else if self.is_archived_as(&other) {
            self.at = self.at.max(other.at);
        }
        if self.archived.is_none() {
            self.archived = other.archived;
        }
        if rank(&other.author) > rank(&self.author) {
            self.author = other.author;
        }
    }

    /// Whether both are the archive's word about one message. Going back it stands as early as it may, going on as late
    /// ([places](crate::engine::archive)): the later is right among those before it and those after.
    fn is_archived_as(&self, other: &Said) -> bool {
        self.clock == Clock::Archives && other.clock == Clock::Archives && self.archived == other.archived
    }

    /// The person who said it; none for us, whichever the device.
    pub fn speaker(&self) -> Option<BareJid> {
        self.author.speaker()
    }
}

/// Who knows better who it was: this device remembers what it wrote, and a full address tells more than a bare one.
fn rank(author: &Author) -> u8 {
    match author {
        Author::Me => 2,
        Author::MyOtherDevice => 0,
        Author::Contact(jid) => u8::from(jid.resource().is_some()),
    }
}

/// Puts a fact among others; whether it is a new one.
pub fn put(facts: &mut Vec<Said>, said: Said) -> bool {
    if let Some(known) = facts.iter_mut().find(|known| known.is_same(&said)) {
        known.complete(said);
        false
    } else {
        facts.push(said);
        true
    }
}
